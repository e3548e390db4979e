import CueText
import Testing

@Suite struct CSVTextTests {
    @Test func quotesWhatHasToBe() {
        #expect(CSVText.record(["a", "", "b c"]) == "a,,b c")
        #expect(CSVText.record(["a,b", "c;d", "e\tf"]) == "\"a,b\",\"c;d\",\"e\tf\"")
        #expect(
            CSVText.record(["say \"no\"", "two\nlines"]) == "\"say \"\"no\"\"\",\"two\nlines\"")
        // A joiner makes one character of the quote before it and itself.
        #expect(CSVText.record(["\"\u{200D}"]) == "\"\"\"\u{200D}\"")
    }

    @Test func keepsFormulasText() {
        for text in ["=1", "+1", "-1", "@a", "'=1", "''-1", "'a", "a", "", "'", "\rx", "\tx"] {
            let field = CSVText.record([text])
            let bare = field.hasPrefix("\"") ? field.dropFirst().dropLast() : field[...]
            #expect(!"=+-@\r\t".unicodeScalars.contains(bare.unicodeScalars.first ?? "a"))
            #expect(CSVText.unguarded(bare) == text)
        }
    }
}

@Suite struct WebVTTTests {
    @Test func writesBlocks() {
        let text = WebVTT.file([
            .note("A show\n\nwith --> an arrow"),
            .cue(id: "q1", start: .milliseconds(1_500), end: .seconds(360_000), text: "{}"),
            .cue(id: "now", start: .seconds(2), end: .seconds(2), text: "{}"),
        ])
        #expect(
            text == """
                WEBVTT

                NOTE
                A show
                with -- > an arrow

                q1
                00:00:01.500 --> 100:00:00.000
                {}

                now
                00:00:02.000 --> 00:00:02.001
                {}

                """)
    }

    @Test func spellsTheArrowOtherwise() {
        #expect(WebVTT.metadata(#"{"a":"x --> y"}"#) == #"{"a":"x --\u003e y"}"#)
        #expect(WebVTT.metadata("\"-->\u{200D}--->\"") == "\"--\\u003e\u{200D}---\\u003e\"")
        #expect(WebVTT.title("a & <b> --> c\nd") == "a &amp; &lt;b&gt; --&gt; c d")
    }

    @Test func makesChaptersOfGroups() {
        let cues: [(group: String?, start: Duration)] = [
            (nil, .seconds(1)), ("one", .seconds(2)), (nil, .seconds(3)), ("one", .seconds(4)),
            ("two", .seconds(5)), ("one", .seconds(6)),
        ]
        #expect(
            WebVTT.chapters(cues, end: .seconds(9)) == [
                .cue(id: "1", start: .seconds(2), end: .seconds(5), text: "one"),
                .cue(id: "2", start: .seconds(5), end: .seconds(6), text: "two"),
                .cue(id: "3", start: .seconds(6), end: .seconds(9), text: "one"),
            ])
        #expect(WebVTT.chapters([], end: .zero) == [])
    }
}
