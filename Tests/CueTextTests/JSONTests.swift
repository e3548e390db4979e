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

    @Test func writesMembersAndNullWhereThereIsNoValue() {
        let text = jsonObject {
            $0.field("text", "a")
            $0.field("none", nil as String?)
            $0.field("number", 3)
            $0.field("flag", false)
            $0.field("span", Duration.milliseconds(-2))
            $0.field("time", WallTime(seconds: 1_800_000_000))
            $0.field("never", nil as WallTime?)
        }
        #expect(
            text
                == #"{"text":"a","none":null,"number":3,"flag":false,"span":-2000,"#
                + #""time":"2027-01-15T08:00:00.000000Z","never":null}"#)
    }

    /// The words and the place in the bytes that a damaged text is told with.
    @Test(arguments: [
        (#"{"a":"\q"}"#, "unexpected escape at 8"),
        (#"{"a":"\ud83d\u0041"}"#, "unexpected half of a pair at 18"),
        (#"["a"#, "unexpected end of a string at 3"), ("[tru]", "unexpected word at 1"),
        (#"{"a":1,}"#, "unexpected member name at 7"), ("[1 2]", "unexpected end of array at 3"),
        ("1 2", "unexpected more text at 2"), ("", "unexpected end at 0"),
    ])
    func saysWhereATextIsDamaged(text: String, problem: String) {
        #expect {
            try JSONValue.parse(text.utf8)
        } throws: {
            ($0 as? JSONProblem).map { "\($0.message) at \($0.offset)" } == problem
        }
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
