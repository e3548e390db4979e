import CueText
import Testing

@Suite("Words of a command")
struct CommandWordsTests {
    @Test(
        "Commands are split as a shell would",
        arguments: [
            ("a b  c", ["a", "b", "c"]), ("'a b' \"c d\"", ["a b", "c d"]),
            (#"a\ b "c\"d" "e\f" 'g\h'"#, ["a b", #"c"d"#, #"e\f"#, #"g\h"#]),
            ("a '' \"\"", ["a", "", ""]), ("x'y'z", ["xyz"]), ("", []), ("  ", []),
        ])
    func words(_ text: String, _ words: [String]) {
        #expect(CommandWords.split(text) == words)
    }

    @Test("A quote that is not closed is none", arguments: ["'a", "\"a", #"a\"#])
    func openQuote(_ text: String) {
        #expect(CommandWords.split(text) == nil)
    }
}
