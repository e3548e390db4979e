/// The bytes of a sheet turned into UTF-8 without a byte order mark.
///
/// YAML text is UTF-8, or UTF-16 with a byte order mark. UTF-16 is converted before parsing, so
/// that offsets, columns and snippets mean the same for either.
/// https://yaml.org/spec/1.2.2/#52-character-encodings
enum SourceText {
    static func lines(of bytes: [UInt8]) throws(SourceProblem) -> SourceLines {
        guard bytes.count <= CueSheetReader.bytesMax else {
            throw SourceProblem(
                lines: SourceLines([]),
                diagnostic: .error(
                    "too-large", at: Mark(line: 1, column: 1),
                    "the sheet is larger than \(CueSheetReader.bytesMax / 1_048_576) MiB",
                    hint: "split the show into several sheets"))
        }
        if bytes.starts(with: [0xFF, 0xFE]) {
            return try decode(bytes.dropFirst(2), lowByte: 0)
        }
        if bytes.starts(with: [0xFE, 0xFF]) {
            return try decode(bytes.dropFirst(2), lowByte: 1)
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            return SourceLines(Array(bytes.dropFirst(3)))
        }
        return SourceLines(bytes)
    }

    /// Converts UTF-16 whose low bytes stand at that place of each pair.
    private static func decode(
        _ bytes: ArraySlice<UInt8>, lowByte: Int
    ) throws(SourceProblem) -> SourceLines {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        var index = bytes.startIndex
        while index + 1 < bytes.endIndex {
            units.append(
                UInt16(bytes[index + lowByte]) | UInt16(bytes[index + 1 - lowByte]) << 8)
            index += 2
        }
        var isRepaired = false
        _ = transcode(
            units.makeIterator(), from: UTF16.self, to: UTF8.self, stoppingOnError: true
        ) { text.append($0) }
        isRepaired = text.utf16Length != units.count || bytes.count % 2 == 1
        let lines = SourceLines(text)
        guard !isRepaired else {
            throw SourceProblem(
                lines: lines,
                diagnostic: .error(
                    "bad-encoding", at: lines.mark(at: text.count),
                    "the bytes here are not UTF-16 text", hint: "save the sheet as UTF-8"))
        }
        return lines
    }
}

/// Why the bytes of a sheet are no text, with as much of it as can be shown.
struct SourceProblem: Error {
    var lines: SourceLines
    var diagnostic: Diagnostic
}

extension [UInt8] {
    /// The number of UTF-16 units of this UTF-8 text.
    fileprivate var utf16Length: Int {
        reduce(0) { $0 + (isContinuation($1) ? 0 : $1 >= 0xF0 ? 2 : 1) }
    }
}
