/// The lines of a sheet, for marks and for the snippets below diagnostics.
///
/// A line ends at LF, CR or CRLF, as editors count; libyaml would also end one at U+0085, U+2028
/// and U+2029, so places are computed here from byte offsets instead of taken from it.
package struct SourceLines: Sendable {
    /// UTF-8 without a byte order mark, as handed to libyaml.
    let bytes: [UInt8]
    let isASCII: Bool
    /// The offset at which each line begins; never empty.
    private let starts: [UInt32]
    /// The characters before each whole block of `blockSize` bytes; empty where all is ASCII. It
    /// keeps columns cheap in a sheet that is one line of many megabytes.
    private let charactersBefore: [UInt32]

    private static let blockSize = 1_024

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        (starts, isASCII) = SourceLines.scan(bytes)
        charactersBefore = isASCII ? [] : SourceLines.count(bytes)
    }

    package var count: Int { starts.count }

    /// Where a byte lies; `hint` remembers the line for the next call, which is mostly near.
    func mark(at offset: Int, hint: inout Int) -> Mark {
        hint = line(at: offset, hint: hint)
        let start = Int(starts[hint])
        let column = isASCII ? offset - start : characters(from: start, to: offset)
        return Mark(line: hint + 1, column: column + 1)
    }

    package func mark(at offset: Int) -> Mark {
        var hint = 0
        return mark(at: min(offset, bytes.count), hint: &hint)
    }

    /// The mark's line, or at most `width` characters of it, of which `after` lie from the mark on
    /// where there are so many; nil where the sheet has no such line.
    func window(at mark: Mark, width: Int, after: Int) -> LineWindow? {
        let line = Int(mark.line) - 1
        guard starts.indices.contains(line) else { return nil }
        let start = Int(starts[line])
        var end = line + 1 < starts.count ? Int(starts[line + 1]) : bytes.count
        while end > start, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
        let middle = min(end, offset(from: start, characters: Int(mark.column) - 1))
        var (from, upTo) = (middle, middle)
        var room = width
        func lengthen(upTo most: Int) {
            var left = min(most, room)
            while left > 0, upTo < end {
                step(&upTo, by: 1, limit: end)
                (left, room) = (left - 1, room - 1)
            }
        }
        lengthen(upTo: after)
        while room > 0, from > start {
            step(&from, by: -1, limit: start)
            room -= 1
        }
        lengthen(upTo: room)
        return LineWindow(
            before: String(decoding: bytes[from..<middle], as: UTF8.self),
            after: String(decoding: bytes[middle..<upTo], as: UTF8.self),
            isCutBefore: from > start, isCutAfter: upTo < end)
    }

    /// The first character in that line or the one above that breaks the line unseen, or that
    /// stands in its indentation and is no plain space.
    func invisible(upTo last: Int32) -> (scalar: Unicode.Scalar, mark: Mark)? {
        guard !isASCII else { return nil }
        for line in max(0, Int(last) - 2)..<min(Int(last), starts.count) {
            let start = Int(starts[line])
            let end = line + 1 < starts.count ? Int(starts[line + 1]) : bytes.count
            var (column, isIndentation) = (1, true)
            for scalar in String(decoding: bytes[start..<end], as: UTF8.self).unicodeScalars {
                isIndentation = isIndentation && scalar.properties.isWhitespace
                if scalar.isLineBreak || (isIndentation && scalar.value > 0x7F) {
                    return (scalar, Mark(line: line + 1, column: column))
                }
                column += 1
            }
        }
        return nil
    }

    private func step(_ offset: inout Int, by delta: Int, limit: Int) {
        repeat {
            offset += delta
        } while offset != limit && isContinuation(bytes[offset])
    }

    private func line(at offset: Int, hint: Int) -> Int {
        var line = hint
        if starts[line] <= offset {
            for _ in 0..<8 {
                guard line + 1 < starts.count, starts[line + 1] <= offset else { return line }
                line += 1
            }
        }
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    private func characters(from start: Int, to end: Int) -> Int {
        if end - start <= SourceLines.blockSize { return scan(from: start, to: end) }
        return characters(before: end) - characters(before: start)
    }

    private func characters(before offset: Int) -> Int {
        let block = offset / SourceLines.blockSize
        return Int(charactersBefore[block]) + scan(from: block * SourceLines.blockSize, to: offset)
    }

    private func scan(from start: Int, to end: Int) -> Int {
        var count = 0
        for byte in bytes[start..<end] where !isContinuation(byte) { count += 1 }
        return count
    }

    /// The offset of the character that stands so many behind `start`.
    private func offset(from start: Int, characters: Int) -> Int {
        if isASCII { return min(bytes.count, start + characters) }
        let wanted = self.characters(before: start) + characters
        var (low, high) = (0, charactersBefore.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if charactersBefore[middle] <= wanted { low = middle } else { high = middle }
        }
        var offset = low * SourceLines.blockSize
        var passed = Int(charactersBefore[low])
        while offset < bytes.count {
            if !isContinuation(bytes[offset]) {
                if passed == wanted { break }
                passed += 1
            }
            offset += 1
        }
        return offset
    }

    /// Finds the line starts and whether any byte is above 0x7F, eight bytes at a time where
    /// nothing below 0x0E is among them.
    private static func scan(_ bytes: [UInt8]) -> (starts: [UInt32], isASCII: Bool) {
        var starts: [UInt32] = [0]
        starts.reserveCapacity(bytes.count / 24 + 16)
        var high: UInt64 = 0
        bytes.withUnsafeBytes { raw in
            func look(_ offset: Int) {
                let byte = raw[offset]
                let next = offset + 1
                if byte == 0x0A || (byte == 0x0D && (next == raw.count || raw[next] != 0x0A)) {
                    starts.append(UInt32(next))
                }
            }
            var offset = 0
            while offset + 8 <= raw.count {
                let word = raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                high |= word
                if (word &- 0x0E0E_0E0E_0E0E_0E0E) & ~word & 0x8080_8080_8080_8080 != 0 {
                    for place in offset..<offset + 8 { look(place) }
                }
                offset += 8
            }
            for place in offset..<raw.count {
                high |= UInt64(raw[place])
                look(place)
            }
        }
        return (starts, high & 0x8080_8080_8080_8080 == 0)
    }

    private static func count(_ bytes: [UInt8]) -> [UInt32] {
        var counts: [UInt32] = []
        counts.reserveCapacity(bytes.count / blockSize + 1)
        var total: UInt32 = 0
        for start in stride(from: 0, through: bytes.count, by: blockSize) {
            counts.append(total)
            for byte in bytes[start..<min(bytes.count, start + blockSize)]
            where !isContinuation(byte) {
                total += 1
            }
        }
        return counts
    }
}

/// A piece of one line, split at a mark.
struct LineWindow {
    var before: String
    var after: String
    var isCutBefore: Bool
    var isCutAfter: Bool
}

@inline(__always)
func isContinuation(_ byte: UInt8) -> Bool {
    byte & 0xC0 == 0x80
}
