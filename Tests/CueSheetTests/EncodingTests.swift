import CueSheet
import CueText
import Testing

/// Bytes, lines and columns.
@Suite struct EncodingTests {
    private static let sheet = Fixture.cues(
        """
          - {id: a, at: 1, payload: {text: "空 and 😀 and é"}}
          - {id: b, at: 2, payload: {}, oops: 1}
        """)
    private static let expected = [
        "5:33: error: unknown key \"oops\" [unknown-key] "
            + "hint: the keys here are id, at, group, question, payload, ad_break, answers, "
            + "correct, for, again, reveal, poll_id, channels, late, repeat, draw, note, disabled"
    ]

    private static func utf16(_ text: String, isBig: Bool) -> [UInt8] {
        (isBig ? [0xFE, 0xFF] : [0xFF, 0xFE])
            + text.utf16.flatMap { unit in
                let bytes = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
                return isBig ? bytes.reversed() : bytes
            }
    }

    @Test func readsEveryEncoding() {
        let text = EncodingTests.sheet
        for bytes in [
            Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8),
            EncodingTests.utf16(text, isBig: false), EncodingTests.utf16(text, isBig: true),
            Array(text.replacing("\n", with: "\r\n").utf8),
            Array(text.replacing("\n", with: "\r").utf8),
            EncodingTests.utf16(text.replacing("\n", with: "\r\n"), isBig: true),
        ] {
            let reading = CueSheetReader.read(bytes)
            #expect(Fixture.describe(reading.diagnostics) == EncodingTests.expected)
            #expect(reading.sheet.cues.map(\.id) == ["a", "b"])
            #expect(YAMLNodeTests.payload(reading) == ["text=\"空 and 😀 and é\""])
        }
    }

    @Test(
        arguments: [
            ([0xE9], 1), ([0x61, 0xC0, 0xAF], 2), ([0xE7, 0xA9, 0xBA, 0xED, 0xA0, 0x80], 2),
            ([0xF5, 0x80, 0x80, 0x80], 1), ([0xF0, 0x9F, 0x98, 0x80, 0x80], 2), ([0xE7, 0xA9], 1),
        ] as [([UInt8], Int)])
    func refusesBytesThatAreNotUTF8(bytes: [UInt8], column: Int) {
        let head = Array(Fixture.payload("{}\n").utf8)
        #expect(
            Fixture.describe(CueSheetReader.read(head + [0x23] + bytes).diagnostics) == [
                "7:\(column + 1): error: the bytes here are not UTF-8 text [bad-encoding] "
                    + "hint: save the sheet as UTF-8"
            ])
    }

    @Test(arguments: [false, true])
    func refusesBrokenUTF16(isBig: Bool) {
        let whole = EncodingTests.utf16(Fixture.payload("{}"), isBig: isBig)
        let lone: [UInt8] = isBig ? [0xD8, 0x00] : [0x00, 0xD8]
        for bytes in [whole + [0x20], whole + lone, whole + lone + [0x20, 0x20]] {
            #expect(
                Fixture.describe(CueSheetReader.read(bytes).diagnostics) == [
                    "6:16: error: the bytes here are not UTF-16 text [bad-encoding] "
                        + "hint: save the sheet as UTF-8"
                ])
        }
    }

    /// UTF-16 without its mark, and UTF-32, are full of zero bytes.
    @Test func refusesOtherEncodings() {
        let text = Fixture.payload("{}")
        let bare = Array(EncodingTests.utf16(text, isBig: false).dropFirst(2))
        #expect(CueSheetReader.read(bare).codes == ["control-character"])
        #expect(CueSheetReader.read(bare).diagnostics[0].mark == Mark(line: 1, column: 2))
        let wide: [UInt8] = [0xFF, 0xFE, 0, 0] + text.utf8.flatMap { [$0, 0, 0, 0] }
        #expect(CueSheetReader.read(wide).codes == ["control-character"])
        #expect(CueSheetReader.read([0xFF, 0xFE]).codes == ["empty-sheet"])
        #expect(CueSheetReader.read([0xFE, 0xFF, 0]).codes == ["bad-encoding"])
    }

    /// A column counts characters, whatever their width or their bytes.
    @Test(arguments: [
        ("ab", 39), ("空空", 39), ("😀", 38), ("e\u{301}", 39), ("\u{2028}", 38), ("\u{85}", 38),
        ("ä", 38), ("", 37),
    ])
    func countsColumnsInCharacters(text: String, column: Int) {
        let sheet = Fixture.cues("- {id: a, at: 0, note: \"\(text)\", payload: 1}")
        #expect(
            CueSheetReader.read(sheet).diagnostics.map(\.mark) == [Mark(line: 4, column: column)])
    }

    /// Columns stay right beyond the blocks that they are counted in.
    @Test func countsColumnsOfLongLines() {
        for text in ["x", "é", "空", "😀"] {
            let note = String(repeating: text, count: 5_000)
            let sheet = Fixture.cues("  - {id: a, at: 0, note: \"\(note)\", payload: 1, oops: 2}")
            #expect(
                CueSheetReader.read(sheet).diagnostics.map(\.mark) == [
                    Mark(line: 4, column: 5_039), Mark(line: 4, column: 5_042),
                ])
        }
    }

    @Test func hasManyLines() {
        let sheet =
            String(repeating: "# a comment\n\r\n\r", count: 20_000) + Fixture.payload("1\n\n\n")
        #expect(
            Fixture.describe(CueSheetReader.read(sheet).diagnostics) == [
                "60006:14: error: payload must be a mapping, found \"1\" [wrong-type]"
            ])
    }
}

/// What a diagnostic looks like, above all its caret.
@Suite struct DiagnosticPrinterTests {
    private func render(_ sheet: String, isColoured: Bool = false) -> [String] {
        let reading = CueSheetReader.read(sheet)
        return DiagnosticPrinter.render(
            reading.diagnostics, path: "show.yaml", lines: reading.lines, colour: isColoured
        ).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func printsPlaceLineCaretAndHint() {
        #expect(
            render(Fixture.payload("{}\nsead: 1")) == [
                "show.yaml:7:1: error: unknown key \"sead\" [unknown-key]",
                "sead: 1",
                "^",
                "hint: did you mean lead?",
                "",
            ])
        #expect(
            render("") == [
                "show.yaml:1:1: error: the sheet is empty [empty-sheet]",
                "hint: cue-runner init prints a sheet to start from",
                "",
            ])
    }

    @Test func coloursForTerminalsOnly() {
        let lines = render(Fixture.payload("1"), isColoured: true)
        #expect(
            lines[0].hasPrefix("\u{1B}[1mshow.yaml:6:14:\u{1B}[0m \u{1B}[1;31merror:\u{1B}[0m "))
        #expect(lines[2] == "             \u{1B}[1;32m^\u{1B}[0m")
    }

    /// The caret stands below its character, on a terminal that shows wide ones in two columns.
    @Test(arguments: [
        ("ab", "  "), ("空", "  "), ("😀", "  "), ("e\u{301}", " "), ("ａ", "  "), ("é", " "),
        ("✅", "  "), ("⭐", "  "), ("🟢", "  "), ("⏰", "  "), ("\u{2764}\u{FE0F}", "  "), ("👍🏽", "  "),
        ("🇩🇪", "  "), ("☀", " "),
    ])
    func keepsTheCaretInPlace(text: String, blanks: String) {
        let lines = render(Fixture.cues("  - {id: a, at: 0, note: \"\(text)\", payload: 1}"))
        let before = String(repeating: " ", count: "  - {id: a, at: 0, note: \"\", payload: ".count)
        #expect(lines[2] == before + blanks + "^")
    }

    @Test func repeatsTabsBelowTabs() {
        let lines = render(Fixture.cues("  - {id: a,\tat: 0,\tpayload: 1}"))
        #expect(lines[2] == "           \t      \t         ^")
    }

    /// What a sheet holds can't steer a terminal.
    @Test func printsNoControlCharacter() {
        let evil = "a\u{200B}\u{202E}\u{2028}b"
        let text = render(Fixture.cues("  - {id: a, at: 0, note: \"\(evil)\", payload: 1}"))[1]
        #expect(text == "  - {id: a, at: 0, note: \"a\u{FFFD}\u{FFFD}\u{FFFD}b\", payload: 1}")
        let escape = render(Fixture.payload("{}\ntitle: \u{1B}[2J"))
        #expect(
            escape[0].hasSuffix(": error: the character U+001B is not allowed [control-character]"))
        #expect(escape[1] == "title: \u{FFFD}[2J")
    }

    @Test func cutsLongLines() {
        let note = String(repeating: "x", count: 1_000_000)
        let first = render(Fixture.cues("  - {id: a, at: 0, oops: 1, payload: {}, note: \(note)}"))
        #expect(first[1].count == 101)
        #expect(first[1].hasPrefix("  - {id: a, at: 0, oops: 1, payload: {}, note: xxx"))
        #expect(first[1].hasSuffix("x…"))
        #expect(first[2] == String(repeating: " ", count: 19) + "^")
        let last = render(Fixture.cues("  - {id: a, at: 0, payload: {}, note: \(note), oops: 1}"))
        #expect(last[1].count == 101)
        #expect(last[1].hasPrefix("…xxx"))
        #expect(last[1].hasSuffix("xxx, oops: 1}"))
        #expect(last[2] == String(repeating: " ", count: 93) + "^")
        let middle = render(
            Fixture.cues("  - {note: \(note), oops: 1, id: a, at: 0, payload: {z: \(note)}}"))
        #expect(middle[1].count == 102)
        #expect(middle[1].hasPrefix("…xxx"))
        #expect(middle[1].hasSuffix("x…"))
        #expect(middle[2] == String(repeating: " ", count: 61) + "^")
    }

    @Test func showsLinesOfAHundredCharactersWhole() {
        let head = "  - {id: a, at: 0, payload: {}, note: "
        let tail = ", oops: 1}"
        for (spare, isWhole) in [(0, true), (1, false)] {
            let note = String(repeating: "x", count: 100 + spare - head.count - tail.count)
            let line = render(Fixture.cues(head + note + tail))[1]
            #expect((line == head + note + tail) == isWhole)
        }
    }

    @Test func printsData() {
        let reading = CueSheetReader.read(Fixture.payload("1\nsead: 2"))
        #expect(
            DiagnosticPrinter.json(reading.diagnostics, path: "a b.yaml") == [
                .object([
                    .init("path", .string("a b.yaml")), .init("line", .number("6")),
                    .init("column", .number("14")), .init("severity", .string("error")),
                    .init("code", .string("wrong-type")),
                    .init("message", .string("payload must be a mapping, found \"1\"")),
                    .init("hint", .null),
                ]),
                .object([
                    .init("path", .string("a b.yaml")), .init("line", .number("7")),
                    .init("column", .number("1")), .init("severity", .string("error")),
                    .init("code", .string("unknown-key")),
                    .init("message", .string("unknown key \"sead\"")),
                    .init("hint", .string("did you mean lead?")),
                ]),
            ])
    }
}
