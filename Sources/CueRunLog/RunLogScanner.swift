package import CueText
@preconcurrency import Glibc

/// What a log has in one place: the fields of a line, or why it is none.
package enum RunLogItem {
    /// Good for the length of the call that gives it.
    case line(RunLogFields, number: Int)
    case flaw(RunLogFlaw)
}

/// Reads a log as it comes, in pieces of any size, and gives each whole line once.
///
/// Only what is asked for is copied out of a line, so that a log of any length is read in the
/// memory of its longest line, many times faster than as `JSONValue`s.
package struct RunLogScanner {
    /// A longer line is no line of a log: the longest one, run_started, has 40 bytes for each of a
    /// sheet's cues.
    package static let lineBytesMax = 64 << 20

    /// Lines so far, from 1.
    package private(set) var lines = 0
    private var pending: [UInt8] = []
    private var isTooLong = false

    package init() {}

    /// A line has begun and not ended yet.
    package var isInLine: Bool { !pending.isEmpty || isTooLong }

    package mutating func take(_ piece: UnsafeRawBufferPointer, _ each: (RunLogItem) -> Void) {
        var rest = piece
        while let start = rest.baseAddress, let newline = memchr(start, 0x0A, rest.count) {
            let length = UnsafeRawPointer(newline) - start
            let part = UnsafeRawBufferPointer(start: start, count: length)
            rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
            end(with: part, isTorn: false, each)
        }
        keep(rest)
    }

    /// Gives a last line that has no end: whole but for that, or torn.
    package mutating func finish(_ each: (RunLogItem) -> Void) {
        if isInLine { end(with: UnsafeRawBufferPointer(start: nil, count: 0), isTorn: true, each) }
    }

    private mutating func keep(_ part: UnsafeRawBufferPointer) {
        guard !isTooLong else { return }
        if pending.count + part.count > Self.lineBytesMax {
            isTooLong = true
            pending = []
        } else {
            pending.append(contentsOf: part)
        }
    }

    private mutating func end(
        with part: UnsafeRawBufferPointer, isTorn: Bool, _ each: (RunLogItem) -> Void
    ) {
        lines += 1
        if pending.isEmpty, !isTooLong { return read(part, isTorn: isTorn, each) }
        keep(part)
        if isTooLong {
            isTooLong = false
            let reason = "longer than \(Self.lineBytesMax >> 20) MiB"
            return each(.flaw(RunLogFlaw(number: lines, reason: reason)))
        }
        var line: [UInt8] = []
        swap(&line, &pending)
        line.withUnsafeBytes { read($0, isTorn: isTorn, each) }
        // The room is kept for the next one, unless it was uncommonly long.
        if line.count < 1 << 20 {
            line.removeAll(keepingCapacity: true)
            pending = line
        }
    }

    private func read(
        _ bytes: UnsafeRawBufferPointer, isTorn: Bool, _ each: (RunLogItem) -> Void
    ) {
        var line = bytes.assumingMemoryBound(to: UInt8.self)
        // What an editor may have put in front of the first line.
        if lines == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) {
            line = UnsafeBufferPointer(rebasing: line[3...])
        }
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { return }
        if let fields = RunLogFields(line), fields.string("event") != nil {
            return each(.line(fields, number: lines))
        }
        var reason = "no event in it"
        do throws(JSONProblem) {
            _ = try JSONValue.parse(line)
        } catch {
            reason = isTorn ? "torn" : "no JSON: \(error.message) at byte \(error.offset)"
        }
        each(.flaw(RunLogFlaw(number: lines, reason: reason)))
    }
}

/// The members of a line's object, read where they lie.
///
/// The whole line is known to be JSON by RFC 8259; a member's value is decoded when it is asked
/// for. Of members of one name the last counts; names with escapes, which no writer of ours makes,
/// are not found.
package struct RunLogFields {
    private let line: UnsafeBufferPointer<UInt8>
    private let members: [Member]

    private struct Member {
        var name: Range<Int>
        var value: Range<Int>
    }

    /// Nil where the line is no JSON object.
    init?(_ line: UnsafeBufferPointer<UInt8>) {
        self.line = line
        var members: [Member] = []
        members.reserveCapacity(16)
        var scan = JSONScan(bytes: line)
        let isObject = scan.object(depth: 0) { members.append(Member(name: $0, value: $1)) }
        scan.skipSpace()
        guard isObject, scan.position == line.count, scan.isText else { return nil }
        self.members = members
    }

    private func range(_ name: StaticString) -> Range<Int>? {
        for member in members.reversed() where member.name.count == name.utf8CodeUnitCount {
            let start = line.baseAddress?.advanced(by: member.name.lowerBound)
            if let start, memcmp(start, name.utf8Start, member.name.count) == 0 {
                return member.value
            }
        }
        return nil
    }

    /// The bytes of a string's inside; nil for any other value.
    private func inside(_ name: StaticString) -> UnsafeBufferPointer<UInt8>? {
        guard let range = range(name), line[range.lowerBound] == UInt8(ascii: "\"") else {
            return nil
        }
        return UnsafeBufferPointer(rebasing: line[range.lowerBound + 1..<range.upperBound - 1])
    }

    package func string(_ name: StaticString) -> String? {
        guard let text = inside(name) else { return nil }
        guard text.contains(UInt8(ascii: "\\")) else {
            return String(decoding: text, as: UTF8.self)
        }
        return value(name)?.string
    }

    /// The value of a number without fraction that fits.
    package func integer(_ name: StaticString) -> Int64? {
        guard let range = range(name) else { return nil }
        var digits = line[range]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            let (tens, isOver) = value.multipliedReportingOverflow(by: 10)
            let (next, isLess) = tens.subtractingReportingOverflow(Int64(digit - 48))
            // Counted downwards, since the least number has no positive.
            guard !isOver, !isLess else { return nil }
            value = next
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    package func microseconds(_ name: StaticString) -> Duration? {
        // More than nanoseconds can count is no duration of a show.
        guard let count = integer(name), count.magnitude <= UInt64(Int64.max) / 1_000 else {
            return nil
        }
        return .microseconds(count)
    }

    package func time(_ name: StaticString) -> WallTime? {
        inside(name).flatMap { WallTime(rfc3339: String(decoding: $0, as: UTF8.self)) }
    }

    /// A value of any kind.
    package func value(_ name: StaticString) -> JSONValue? {
        range(name).flatMap { try? JSONValue.parse(line[$0]) }
    }
}

/// Walks over JSON and builds nothing; what it passes, `JSONValue` reads.
private struct JSONScan {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    /// Every bit that was set in a byte of a string.
    var bits: UInt8 = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// Whether all strings are UTF-8.
    var isText: Bool {
        bits < 0x80 || String(validating: bytes, as: UTF8.self) != nil
    }

    private var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    mutating func skipSpace() {
        while position < bytes.count, next == 0x20 || (0x09...0x0D).contains(next) {
            position += 1
        }
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) -> Bool {
        guard depth <= 64 else { return false }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return object(depth: depth) { _, _ in }
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        case UInt8(ascii: "n"): return word("null")
        default: return number()
        }
    }

    private mutating func word(_ text: StaticString) -> Bool {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count, let start = bytes.baseAddress?.advanced(by: position),
            memcmp(start, text.utf8Start, text.utf8CodeUnitCount) == 0
        else { return false }
        position = end
        return true
    }

    mutating func object(
        depth: Int, _ member: (_ name: Range<Int>, _ value: Range<Int>) -> Void
    ) -> Bool {
        skipSpace()
        guard take("{") else { return false }
        skipSpace()
        if take("}") { return true }
        repeat {
            skipSpace()
            let name = position
            guard next == UInt8(ascii: "\""), string() else { return false }
            let end = position
            skipSpace()
            guard take(":") else { return false }
            skipSpace()
            let start = position
            guard value(depth: depth + 1) else { return false }
            member(name + 1..<end - 1, start..<position)
            skipSpace()
        } while take(",")
        return take("}")
    }

    private mutating func array(depth: Int) -> Bool {
        position += 1
        skipSpace()
        if take("]") { return true }
        repeat {
            guard value(depth: depth + 1) else { return false }
            skipSpace()
        } while take(",")
        return take("]")
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0"), !digits() { return false }
        if take("."), !digits() { return false }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            return digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = position
        while (48...57).contains(next) { position += 1 }
        return position > start
    }

    private mutating func string() -> Bool {
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            if byte == UInt8(ascii: "\\") {
                guard escape() else { return false }
            } else if byte < 0x20 {
                return false
            }
            bits |= byte
        }
        return false
    }

    private mutating func escape() -> Bool {
        let mark = next
        position += 1
        switch mark {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        case UInt8(ascii: "u"):
            guard let first = unit() else { return false }
            guard (0xD800..<0xE000).contains(first) else { return true }
            // A pair, the greater half first, or nothing.
            guard first < 0xDC00, take("\\"), take("u"), let second = unit() else { return false }
            return (0xDC00..<0xE000).contains(second)
        default: return false
        }
    }

    private mutating func unit() -> UInt32? {
        var code: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch next {
            case 48...57: digit = next - 48
            case 65...70: digit = next - 55
            case 97...102: digit = next - 87
            default: return nil
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}
