import CueRunLog
import CueText
import Testing

@Suite struct RunLogScannerTests {
    /// What a log is read as: a line's number and event, or a flaw's reason.
    private func read(_ bytes: [UInt8], pieces: Int) -> [String] {
        var scanner = RunLogScanner()
        var found: [String] = []
        func note(_ item: RunLogItem) {
            switch item {
            case .line(let fields, let number):
                found.append("\(number) \(fields.string("event") ?? "")")
            case .flaw(let flaw): found.append("\(flaw.number) \(flaw.reason)")
            }
        }
        bytes.withUnsafeBytes { all in
            var start = 0
            while start < all.count {
                let end = min(all.count, start + pieces)
                scanner.take(UnsafeRawBufferPointer(rebasing: all[start..<end]), note)
                start = end
            }
        }
        scanner.finish(note)
        return found
    }

    @Test func readsTheSameInPiecesOfAnySize() {
        let text =
            "\u{FEFF}{\"event\":\"a\"}\r\n\n{\"event\":\"b\",\"cue\":\"é\"}\ngarbage\n[1]\n"
            + "{\"time\":\"t\"}\n{\"event\":\"c\"}\n{\"event\":\"cue_se"
        let whole = [
            "1 a", "3 b", "4 no JSON: unexpected character in a number at byte 0",
            "5 no event in it",
            "6 no event in it", "7 c", "8 torn",
        ]
        for pieces in 1...80 { #expect(read(Array(text.utf8), pieces: pieces) == whole) }
    }

    @Test func takesALastLineThatIsWholeButForItsEnd() {
        #expect(read(Array("{\"event\":\"a\"}".utf8), pieces: 4) == ["1 a"])
    }

    @Test func readsFields() {
        let text = """
            {"event":"e","n":-42,"big":9223372036854775807,"over":9223372036854775808,"f":1.5,\
            "s":"a\\"b\\u00e9","none":null,"t":"2026-11-27T19:00:00.5Z","l":["x"],"n":7}

            """
        var scanner = RunLogScanner()
        var count = 0
        Array(text.utf8).withUnsafeBytes { bytes in
            scanner.take(bytes) { item in
                guard case .line(let fields, _) = item else { return }
                count += 1
                #expect(fields.integer("n") == 7)
                #expect(fields.integer("big") == .max)
                #expect(fields.integer("over") == nil)
                #expect(fields.integer("f") == nil)
                #expect(fields.microseconds("big") == nil)
                #expect(fields.string("s") == "a\"bé")
                #expect(fields.string("none") == nil)
                #expect(fields.string("absent") == nil)
                #expect(fields.time("t")?.rfc3339(.milliseconds) == "2026-11-27T19:00:00.500Z")
                #expect(fields.value("l") == .array([.string("x")]))
            }
        }
        #expect(count == 1)
    }

    /// The scanner and `JSONValue` agree on what is JSON, and on what a field says.
    @Test func agreesWithTheJSONReader() {
        let line = Array(
            """
            {"event":"cue_sent","a":[1,-2.5e+3,true,false,null,{"b":"\\ud83d\\ude00 ü"}],"n":0}
            """.utf8)
        let marks = Array("{}[]\",:\\u0189aEe+-.tfn \u{1}é".utf8)
        var generator = SplitMix64(state: 7)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = line
            for _ in 0..<Int(generator.next() % 3) {
                let place = Int(generator.next() % UInt64(bytes.count))
                switch generator.next() % 3 {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = marks[Int(generator.next() % UInt64(marks.count))]
                default: bytes.insert(marks[Int(generator.next() % UInt64(marks.count))], at: place)
                }
            }
            let value = try? JSONValue.parse(bytes)
            let isLine = value?["event"]?.string != nil
            var scanner = RunLogScanner()
            var wasLine = false
            var event: String?
            bytes.append(10)
            bytes.withUnsafeBytes { bytes in
                scanner.take(bytes) { item in
                    guard case .line(let fields, _) = item else { return }
                    wasLine = true
                    event = fields.string("event")
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            // A name with an escape in it is not looked at.
            if !isLine || !text.contains("u00") { #expect(isLine == wasLine, "\(text)") }
            if wasLine { #expect(event == value?["event"]?.string, "\(text)") }
            accepted += wasLine ? 1 : 0
        }
        #expect(accepted > 1_000)
    }
}
