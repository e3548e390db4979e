import CueSheet
import CueText
import Testing

/// Sheets that are huge, deep, hostile or broken: each gets its answer.
@Suite struct LimitTests {
    private static let depthHint =
        "hint: check for brackets that are never closed, or lines that each step to the right"

    /// 61 lists below the sheet, its cues, the cue and its payload make 65.
    @Test(arguments: [(60, []), (61, ["too-deep"])])
    func limitsDepth(lists: Int, codes: [String]) {
        let flow = String(repeating: "[", count: lists) + String(repeating: "]", count: lists)
        #expect(CueSheetReader.read(Fixture.payload("{x: \(flow)}")).codes == codes)
        let block = String(repeating: "- ", count: lists) + "end"
        #expect(CueSheetReader.read(Fixture.payload("\n      x:\n        \(block)")).codes == codes)
    }

    @Test func limitsDepthBehindAliases() {
        func sheet(_ lists: Int) -> String {
            let open = String(repeating: "[", count: lists)
            let close = String(repeating: "]", count: lists)
            return Fixture.payload("{x: &a \(open)\(close), y: [[[[[[[[[[*a]]]]]]]]]]}")
        }
        #expect(CueSheetReader.read(sheet(50)).diagnostics == [])
        #expect(CueSheetReader.read(sheet(51)).codes == ["too-deep"])
    }

    @Test func refusesTheDeepestNesting() {
        let count = 20_000
        let open = String(repeating: "[", count: count)
        let close = String(repeating: "]", count: count)
        let braces = String(repeating: "{a: ", count: count)
        let lists = String(repeating: "- ", count: count)
        let keys = (0..<2_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        for (text, mark) in [
            (open + close, "1:65"), (open, "1:65"), (braces, "1:257"), (lists, "1:129"),
            (keys, "65:65"),
        ] {
            #expect(
                Fixture.describe(CueSheetReader.read(text).diagnostics) == [
                    "\(mark): error: lists and mappings are nested more than 64 deep [too-deep] "
                        + LimitTests.depthHint
                ])
        }
    }

    @Test func refusesABombOfAliases() {
        var payload = "\n      a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for (name, before) in zip("bcdefghi", "abcdefgh") {
            let list = Array(repeating: "*\(before)", count: 10).joined(separator: ", ")
            payload += "      \(name): &\(name) [\(list)]\n"
        }
        #expect(
            Fixture.describe(CueSheetReader.read(Fixture.payload(payload)).diagnostics) == [
                "13:26: error: the sheet's aliases stand for more than 5000000 values [alias-bomb] "
                    + "hint: write the values out, or use fewer aliases inside of what has an anchor"
            ])
    }

    /// Aliases that stay below the limit count, and so do the values behind them.
    @Test func limitsValues() {
        func list(_ item: String, _ count: Int) -> String {
            "[" + Array(repeating: item, count: count).joined(separator: ",") + "]"
        }
        func sheet(_ count: Int) -> String {
            // Below a key that is not known nothing is read, so that the values are only counted.
            "hoard:\n  a: &a \(list("x", 999))\n  b: \(list("*a", 4_990))\n  c: \(list("x", count))\n"
                + Fixture.payload("{}")
        }
        // The list a takes 1,000 of the values each time, what is around the lists 21.
        let room = 5_000_000 - 4_991 * 1_000 - 21
        #expect(CueSheetReader.read(sheet(room)).codes == ["unknown-key"])
        #expect(
            Fixture.describe(CueSheetReader.read(sheet(room + 1)).diagnostics) == [
                "10:14: error: the sheet holds more than 5000000 values [too-many-nodes] "
                    + "hint: split the show into several sheets"
            ])
    }

    @Test func limitsSize() {
        let most = 64 * 1_048_576
        let head = Array((Fixture.payload("{}") + "\n#").utf8)
        let whole = head + Array(repeating: 0x78, count: most - head.count)
        #expect(CueSheetReader.read(whole).diagnostics == [])
        #expect(
            Fixture.describe(CueSheetReader.read(whole + [0x78]).diagnostics) == [
                "1:1: error: the sheet is larger than 64 MiB [too-large] "
                    + "hint: split the show into several sheets"
            ])
    }

    @Test func showsAThousandProblems() {
        func sheet(_ count: Int) -> SheetReading {
            CueSheetReader.read(
                Fixture.cues(
                    "  - {at: 0, payload: {}}\n"
                        + (1...count).map { "  - {id: c\($0), at: 0, payload: \($0)}\n" }.joined()))
        }
        let all = sheet(999)
        #expect(all.diagnostics.count == 1_000)
        #expect(all.codes.first == "id-missing")
        #expect(all.codes.last == "wrong-type")
        let some = sheet(1_500)
        #expect(some.diagnostics.count == 1_001)
        // Where not all fit, errors come before warnings.
        #expect(some.codes.first == "wrong-type")
        #expect(some.hasErrors)
        #expect(
            Fixture.describe(some.diagnostics).last
                == "1004:33: error: only the first 1000 problems are shown [too-many-problems]")
    }

    @Test func readsAHundredThousandCues() {
        let count = 100_000
        var text = Fixture.cues("")
        for number in 1...count { text += "- {id: c\(number), at: +1s, payload: {n: \(number)}}\n" }
        let reading = CueSheetReader.read(text)
        #expect(reading.diagnostics == [])
        #expect(reading.sheet.cues.count == count)
        #expect(reading.sheet.cues.last?.id == "c\(count)")
        #expect(reading.sheet.cues.last?.mark == Mark(line: count + 3, column: 3))
    }

    @Test func refusesTheFastestRepetition() {
        let reading = CueSheetReader.read(
            Fixture.cues("- {id: a, at: 0, payload: {}, repeat: {every: 1ns}}"))
        #expect(
            Fixture.describe(reading.diagnostics) == [
                "4:47: error: every must be at least 10ms, found 0.000001ms [out-of-range]"
            ])
    }
}

/// Inputs that nobody wrote, each made again from its seed.
@Suite struct RandomInputTests {
    private static let good = """
        # A sheet with something of everything.
        version: 1
        title: "Späte Show: 空"
        channels:
          main: \(Fixture.channel)
          es: {arn: "\(Fixture.channel)4", offset: 200ms}
        start: 2026-11-27T19:00:00-08:00
        late: any
        defaults: {for: 20s, reveal: 5s, again: 4s}
        vars: {host: Ada}
        cues:
          - &first
            id: q1
            at: 00:01:30
            question: >-
              Which planet has
              the most moons?
            answers: [Jupiter, 'Saturn', "Ur\\u0061nus"]
            correct: {number: 2}
          - {<<: *first, id: q2, at: q1.reveal + 1s}
          - id: card
            at: q2.end - 500ms
            channels: [es]
            payload: &card {type: product, price: 19.90, tags: [a, ~, true, 0x1F], by: "${host}"}
          - {id: break, at: manual, ad_break: 30s, disabled: true}
          - {id: fact, at: 5m, repeat: {every: 10s, times: 3}, draw: {f: [A, B]}, payload: {f: "${f}"}}

        """

    /// What holds for whatever is read.
    private func check(_ bytes: [UInt8], _ what: Comment) {
        let reading = CueSheetReader.read(bytes)
        let marks = reading.diagnostics.map(\.mark)
        #expect(marks == marks.sorted(), what)
        #expect(Set(reading.diagnostics).count == reading.diagnostics.count, what)
        #expect(marks.allSatisfy { (1...reading.lines.count).contains(Int($0.line)) }, what)
        #expect(marks.allSatisfy { $0.column >= 1 && Int($0.column) <= bytes.count + 1 }, what)
        #expect(reading.diagnostics.allSatisfy { !$0.message.isEmpty && !$0.code.isEmpty }, what)
        #expect(reading.hasErrors || !reading.sheet.cues.isEmpty, what)
        #expect(reading.hasErrors || !reading.sheet.cues.contains(where: \.isBroken), what)
        let text = DiagnosticPrinter.render(
            reading.diagnostics, path: "x", lines: reading.lines, colour: false)
        #expect(
            text.unicodeScalars.allSatisfy {
                $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
            }, what)
    }

    @Test func theGoodSheetIsGood() {
        let reading = CueSheetReader.read(RandomInputTests.good)
        #expect(reading.diagnostics == [])
        #expect(reading.sheet.cues.count == 5)
    }

    @Test func answersRandomBytes() {
        for seed in 0..<2_000 {
            var random = SplitMix64(state: UInt64(seed))
            let count = Int.random(in: 0...4_096, using: &random)
            check(
                (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }, "seed \(seed)")
        }
    }

    /// Random pieces of YAML come further than random bytes do.
    @Test func answersRandomPieces() {
        let pieces = [
            "- ", ": ", "? ", "[", "]", "{", "}", ", ", "\n", "\n  ", "\n    ", "&a ", "*a",
            "!!int ",
            "!t ", "|\n", ">-\n", "'", "\"", "#", " #", "<<: ", "---\n", "...\n", "%YAML 1.2\n",
            "\t", "~", "0x1", ".inf", "${a}", "$", "é", "空", "\u{2028}", "\r", "\u{FEFF}", "\\x41",
            "version: 1\n", "channel: \(Fixture.channel)\n", "cues:\n", "id: a", "at: 5", "at",
            "payload: ", "question: ", "answers: ", "for: 5s", "repeat: ", "draw: ", "channels: ",
        ]
        for seed in 0..<2_000 {
            var random = SplitMix64(state: UInt64(seed))
            let count = Int.random(in: 0...120, using: &random)
            var text = Bool.random(using: &random) ? Fixture.cues("") : ""
            for _ in 0..<count { text += pieces.randomElement(using: &random) ?? "" }
            check(Array(text.utf8), "seed \(seed)")
        }
    }

    @Test func answersMutations() {
        let good = Array(RandomInputTests.good.utf8)
        for seed in 0..<2_000 {
            var random = SplitMix64(state: UInt64(seed))
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let end = min(bytes.count, place + Int.random(in: 1...12, using: &random))
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(place..<end)
                case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
                case 3:
                    let byte = "[]{}:,-&*!|>'\"#%@` \n\t$~".utf8.randomElement(using: &random) ?? 0
                    bytes[place] = byte
                default:
                    let other = Int.random(in: 0..<bytes.count, using: &random)
                    bytes.swapAt(place, other)
                }
            }
            check(bytes, "seed \(seed)")
        }
    }

    /// A sheet that breaks off anywhere is answered, and says so unless it is whole.
    @Test func answersEveryBeginning() {
        let good = Array(RandomInputTests.good.utf8)
        for count in 0...good.count { check(Array(good[..<count]), "the first \(count) bytes") }
    }
}
