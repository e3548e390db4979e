import CueText
import Testing

@Suite struct JSONTests {
    @Test func writesCompactlyInTheOrderGiven() {
        let text = jsonObject { writer in
            writer.key("b")
            writer.string("a\"\\\n\u{1}/é😀")
            writer.key("a")
            writer.array {
                $0.integer(1)
                $0.bool(true)
                $0.null()
                $0.object { _ in }
                $0.raw("1.50")
            }
        }
        #expect(text == #"{"b":"a\"\\\n\u0001/é😀","a":[1,true,null,{},1.50]}"#)
    }

    @Test func readsWhatItWrites() throws {
        let text = #"{"z":[1,-2.5e3,"\u00e9\ud83d\ude00\/",null,true],"a":{"n":{}}}"#
        let value = try JSONValue.parse(text.utf8)
        var writer = JSONWriter()
        writer.value(value)
        #expect(writer.text == #"{"z":[1,-2.5e3,"é😀/",null,true],"a":{"n":{}}}"#)
        #expect(value["z"]?.array?.first?.integer == 1)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "01", "1.", "-", "+1", "\"\u{1}\"", "\"\\x\"", "tru", "{} {}",
        "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\u+0ff\"", "nul", "[1 2]",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect(throws: JSONProblem.self) { try JSONValue.parse(text.utf8) }
    }

    @Test func refusesDepth() {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(throws: Never.self) { try JSONValue.parse(nested(64)) }
        #expect(throws: JSONProblem.self) { try JSONValue.parse(nested(66)) }
        #expect(throws: JSONProblem.self) { try JSONValue.parse(nested(1_000_000)) }
    }

    @Test func refusesBytesThatAreNotText() {
        #expect(throws: JSONProblem.self) { try JSONValue.parse([0x22, 0xFF, 0x22]) }
    }
}
