import CueSheet
import Testing

/// Sheets with their diagnostics written below the lines that they belong to.
///
/// A comment `#  ^ error: message [code]` expects a diagnostic in the line above, at the column of
/// its caret; `#< …` stands for column 1, and `# ^ hint: …` adds the hint of the one above it.
enum Fixture {
    static let channel = "arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG123"
    static let head = "version: 1\nchannel: \(channel)\n"

    static func cues(_ entries: String) -> String {
        head + "cues:\n" + entries
    }

    /// A sheet of one question with more keys, given with their own indentation of four.
    static func question(_ keys: String) -> String {
        cues("  - id: q1\n    at: 90\n    question: Which?\n    answers: [A, B, C]\n" + keys)
    }

    static func payload(_ value: String) -> String {
        cues("  - id: p1\n    at: 90\n    payload: " + value)
    }

    static func expectMarked(
        _ sheet: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let reading = CueSheetReader.read(sheet)
        #expect(
            describe(reading.diagnostics) == expected(sheet), sourceLocation: sourceLocation)
    }

    static func describe(_ diagnostics: [Diagnostic]) -> [String] {
        diagnostics.map { found in
            "\(found.mark.line):\(found.mark.column): \(found.severity.rawValue): "
                + "\(found.message) [\(found.code)]" + (found.hint.map { " hint: \($0)" } ?? "")
        }
    }

    private static func expected(_ sheet: String) -> [String] {
        var all: [String] = []
        var line = 0
        for (index, text) in sheet.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            guard let (column, words) = marker(text) else {
                line = index + 1
                continue
            }
            if words.hasPrefix("hint:"), let last = all.popLast() {
                all.append("\(last) \(words)")
            } else {
                all.append("\(line):\(column): \(words)")
            }
        }
        return all
    }

    private static func marker(_ line: Substring) -> (column: Int, words: Substring)? {
        if line.hasPrefix("#< ") { return (1, line.dropFirst(3)) }
        guard line.hasPrefix("#"), let caret = line.firstIndex(of: "^"),
            line[..<caret].dropFirst().allSatisfy({ $0 == " " })
        else { return nil }
        return (
            line.distance(from: line.startIndex, to: caret) + 1,
            line[caret...].dropFirst(2)
        )
    }
}

extension SheetReading {
    var codes: [String] { diagnostics.map(\.code) }
}
