import CueText
import Testing

@Suite struct CommandWordsTests {
    @Test(arguments: [
        ("a b  c", ["a", "b", "c"]), ("'a b' \"c d\"", ["a b", "c d"]),
        (#"a\ b "c\"d" "e\f" 'g\h'"#, ["a b", #"c"d"#, #"e\f"#, #"g\h"#]),
        ("a '' \"\"", ["a", "", ""]), ("x'y'z", ["xyz"]), ("", []), ("  ", []),
    ])
    func splitsCommandsAsAShellWould(_ text: String, _ words: [String]) {
        #expect(CommandWords.split(text) == words)
    }

    @Test(arguments: [
        ("a-B_1", "a-B_1"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("$(x)", "'$(x)'"),
        (#"\"#, #"'\'"#),
    ])
    func quotesForAShell(word: String, quoted: String) {
        #expect(CommandWords.quoted(word) == quoted)
        #expect(CommandWords.split(quoted) == [word])
    }

    @Test(arguments: ["'a", "\"a", #"a\"#])
    func refusesAQuoteThatIsNotClosed(_ text: String) {
        #expect(CommandWords.split(text) == nil)
    }
}
