import CueText
import Testing

@Suite struct PrintableTextTests {
    @Test func keepsATerminalFromBeingSteered() {
        #expect("plain, with ümlauts, 空 and 🎉".printable == "plain, with ümlauts, 空 and 🎉")
        #expect("\u{1B}[2Jgone".printable == "\u{FFFD}[2Jgone")
        #expect("two\nlines\tand a tab".printable == "two lines and a tab")
        // A right-to-left override would turn round what stands behind it.
        #expect("a\u{202E}b\u{7}c\u{9B}d".printable == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d")
    }
}
