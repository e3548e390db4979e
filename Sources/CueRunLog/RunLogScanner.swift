package import CueText
@preconcurrency import Glibc

/// What a log has in one place: the fields of a line, or why it is none.
package enum RunLogItem {
    /// Good for the length of the call that gives it.
    case line(JSONFields, number: Int)
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
        let reason: String
        do throws(JSONProblem) {
            let fields = try JSONFields(line)
            if let fields, fields.string("event") != nil {
                return each(.line(fields, number: lines))
            }
            reason = "no event in it"
        } catch {
            reason = isTorn ? "torn" : "no JSON: \(error.message) at byte \(error.offset)"
        }
        each(.flaw(RunLogFlaw(number: lines, reason: reason)))
    }
}
