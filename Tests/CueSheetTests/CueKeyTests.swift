import CueSheet
import CueText
import Testing

@Suite struct CueKeyTests {
    private static let example = """
        # yaml-language-server: $schema=../schemas/cue-sheet.schema.json
        version: 1
        title: Friday Night Trivia
        channel: arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG123
        start: stream
        late: 5s
        defaults: {for: 20s, reveal: 5s}
        cues:
          - id: q1
            at: 00:01:30
            group: round 1
            question: Which planet has the most moons?
            answers: [Jupiter, Saturn, Uranus]
            correct: Saturn
            for: 20s
            again: 5s
            reveal: 6s
            note: ask Ada
          - id: sponsor
            at: q1.end + 30s
            payload: {type: product, sku: A-100, price: 19.90}
          - id: bonus
            at: manual
            question: Ready for the bonus round?
            answers: ["Yes", "No"]
            for: 15s
          - id: fact
            at: 5m
            repeat: {every: 10s, times: 30}
            draw: {fact: facts.txt, third: [Perhaps, No idea, Ask the cat]}
            question: ${fact}
            answers: ["True", "False", "${third}"]
            poll_id: ${fact.hash}
            correct: {number: 1}
          - {id: break, at: break2 - 1s, ad_break: 30, disabled: true, late: any}
          - {id: break2, at: "1:00:00", ad_break: 300s, channels: [main]}
        """

    @Test func readsTheExample() throws {
        let reading = CueSheetReader.read(CueKeyTests.example)
        #expect(reading.diagnostics == [])
        let cues = reading.sheet.cues
        #expect(cues.map(\.id) == ["q1", "sponsor", "bonus", "fact", "break", "break2"])
        #expect(cues.map(\.isBroken).contains(true) == false)
        #expect(cues.map(\.mark.line) == [9, 19, 22, 27, 35, 36])
        #expect(
            cues.map(\.at) == [
                .time(.seconds(90)), .anchored(id: "q1", edge: .end, offset: .seconds(30)),
                .manual, .time(.seconds(300)),
                .anchored(id: "break2", edge: .start, offset: .seconds(-1)),
                .time(.seconds(3_600)),
            ])
        #expect(cues[0].group == "round 1")
        #expect(cues[0].note == "ask Ada")
        #expect(
            cues.map(\.window) == [
                .seconds(20), nil, .seconds(15), .seconds(20), .seconds(30), .seconds(300),
            ])
        #expect(cues.map(\.again) == [.seconds(5), nil, nil, nil, nil, nil])
        #expect(cues.map(\.reveal) == [.seconds(6), nil, nil, .seconds(5), nil, nil])
        #expect(cues.map(\.disabled) == [false, false, false, false, true, false])
        #expect(cues[4].late == .any)
        #expect(cues[0].atMark == Mark(line: 10, column: 9))
        #expect(cues[0].contentMark == Mark(line: 12, column: 15))
    }

    @Test func readsContents() throws {
        let cues = CueSheetReader.read(CueKeyTests.example).sheet.cues
        guard case .question(let first) = cues[0].content, case .text(let right)? = first.correct,
            case .payload(let members) = cues[1].content,
            case .question(let fact) = cues[3].content, case .number(1)? = fact.correct,
            case .adBreak(30) = cues[4].content, case .adBreak(300) = cues[5].content
        else {
            Issue.record("other contents: \(cues.map(\.content))")
            return
        }
        #expect(first.text.plain == "Which planet has the most moons?")
        #expect(first.answers.map(\.plain) == ["Jupiter", "Saturn", "Uranus"])
        #expect(first.answers.map(\.mark.column) == [15, 24, 32])
        #expect(right.plain == "Saturn")
        #expect(members.map(\.key) == ["type", "sku", "price"])
        #expect(fact.text.parts == [.variable(name: "fact", isHash: false)])
        #expect(fact.answers[2].parts == [.variable(name: "third", isHash: false)])
        #expect(cues[3].pollID?.parts == [.variable(name: "fact", isHash: true)])
        guard case .file("facts.txt") = cues[3].draws[0].source,
            case .list(["Perhaps", "No idea", "Ask the cat"]) = cues[3].draws[1].source,
            let repetition = cues[3].repetition, case .times(30) = repetition.end
        else {
            Issue.record("other draws or repetition")
            return
        }
        #expect(repetition.every == .seconds(10))
    }

    @Test func reportsIdentities() {
        Fixture.expectMarked(
            Fixture.cues(
                """
                  - at: 1
                #   ^ warning: the cue has no id and is called cue-1 [id-missing]
                # ^ hint: give it an id: a made one changes when entries are added above
                    payload: {}
                  - id: a b
                #       ^ error: "a b" can't be an id [bad-id]
                # ^ hint: use letters, digits, _ and -, at most 64, a letter or digit first
                    at: 2
                    payload: {}
                  - id: true
                #       ^ error: id must be a text, found true [wrong-type]
                # ^ hint: put the word in quotes if it is meant as text
                    at: 3
                    payload: {}
                  - id: cue-6
                    at: 4
                    payload: {}
                  - id: cue-6
                #       ^ error: the id "cue-6" is there twice, first on line 18 [duplicate-id]
                # ^ hint: give this cue another id
                    at: 5
                    payload: {}
                  - at: 6
                #   ^ error: the cue would be called "cue-6", the id of the cue on line 18 [duplicate-id]
                # ^ hint: give it an id of its own
                #   ^ warning: the cue has no id and is called cue-6 [id-missing]
                # ^ hint: give it an id: a made one changes when entries are added above
                    payload: {}
                  - 7
                #   ^ error: an entry of cues must be a mapping, found "7" [wrong-type]
                """
            ))
    }

    @Test func keepsBrokenEntries() {
        let sheet = CueSheetReader.read(
            Fixture.cues(
                """
                  - {id: a, at: soon enough, payload: {}}
                  - {id: b, at: a.end + 1s, payload: {}}
                  - nothing
                """)
        ).sheet
        #expect(sheet.cues.map(\.id) == ["a", "b", "cue-3"])
        #expect(sheet.cues.map(\.isBroken) == [true, false, true])
        #expect(sheet.cues[0].at == .anchored(id: "", edge: .start, offset: .zero))
    }

    @Test func reportsContents() {
        Fixture.expectMarked(
            Fixture.cues(
                """
                  - {id: a}
                #   ^ error: at is missing [missing-key]
                # ^ hint: say when the cue is due, as in at: 00:01:30
                #   ^ error: the cue has no question, payload or ad_break [content-missing]
                # ^ hint: give it one of them: it is what viewers get
                  - {id: b, at: 2, payload: {}, ad_break: 3}
                #                               ^ error: the cue has payload and ad_break, it can have one of them [content-twice]
                # ^ hint: make a cue of its own for each
                  - {id: c, at: 3, question: Why?}
                #   ^ error: answers is missing [missing-key]
                # ^ hint: a question needs from 2 to 10 answers
                  - {id: d, at: 4, payload: {}, answers: [A, B], poll_id: x}
                #                               ^ error: answers belongs to a question, the cue has payload [not-a-question]
                # ^ hint: remove it, or indent it further if it belongs inside payload
                #                                                ^ error: poll_id belongs to a question, the cue has payload [not-a-question]
                # ^ hint: remove it, or indent it further if it belongs inside payload
                  - {id: e, at: 5, ad_break: 30s, for: 3s, correct: A, again: 1s, reveal: 1s}
                #                                 ^ error: for can't stand beside ad_break [ad-break-for]
                # ^ hint: an ad break's window is its own length
                #                                          ^ error: correct belongs to a question, the cue has ad_break [not-a-question]
                # ^ hint: remove it
                #                                                      ^ error: again belongs to a question, the cue has ad_break [not-a-question]
                # ^ hint: remove it
                #                                                                 ^ error: reveal belongs to a question, the cue has ad_break [not-a-question]
                # ^ hint: remove it
                  - {id: f, at: 6, ad_break: 1.5s}
                #                            ^ error: ad_break takes whole seconds from 1s to 300s, found "1.5s" [out-of-range]
                  - {id: g, at: 7, payload: text}
                #                           ^ error: payload must be a mapping, found "text" [wrong-type]
                  - {id: h, at: 8, payload: {cue: 1, run: 2, runs: 3}}
                #                            ^ error: payload can't hold the key "cue" [reserved-key]
                # ^ hint: use another name: cue and run are added when the payload is sent
                #                                    ^ error: payload can't hold the key "run" [reserved-key]
                # ^ hint: use another name: cue and run are added when the payload is sent
                  - {id: i, at: 9, anwsers: [A, B], question: Why?, answers: [A, B]}
                #                  ^ error: unknown key "anwsers" [unknown-key]
                # ^ hint: did you mean answers?
                """))
    }

    @Test func reportsQuestions() {
        Fixture.expectMarked(
            Fixture.cues(
                """
                  - {id: a, at: 1, question: "", answers: [A, " "]}
                #                            ^ error: question is an empty text [empty-text]
                #                                             ^ error: an answer is an empty text [empty-text]
                  - {id: b, at: 2, question: Why?, answers: [A]}
                #                                           ^ error: answers needs at least 2 entries, found 1 [answers-count]
                  - {id: c, at: 3, question: Why?, answers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}
                #                                           ^ error: answers takes at most 10 entries, found 11 [answers-count]
                  - {id: d, at: 4, question: Why?, answers: [A, B, A]}
                #                                                  ^ error: answers 1 and 3 are the same, "A" [answers-same]
                  - {id: e, at: 5, question: Why?, answers: [Mars, Venus], correct: Marz}
                #                                                                   ^ error: correct is not among the answers [correct-unknown]
                # ^ hint: did you mean Mars?
                  - {id: f, at: 6, question: Why?, answers: [Mars, Venus], correct: 2}
                #                                                                   ^ error: correct is not among the answers [correct-unknown]
                # ^ hint: for answer 2 write correct: {number: 2}
                  - {id: g, at: 7, question: Why?, answers: [A, B], correct: {number: 3}}
                #                                                                     ^ error: there is no answer 3 [correct-unknown]
                # ^ hint: answers are counted from 1 to 2
                  - {id: h, at: 8, question: Why?, answers: [A, B], correct: {}}
                #                                                            ^ error: number is missing in correct [missing-key]
                # ^ hint: for the second answer write correct: {number: 2}
                  - {id: i, at: 9, question: Why?, answers: A}
                #                                           ^ error: answers must be a list, found "A" [wrong-type]
                  - {id: j, at: 10, question: Why?, answers: [null, {a: b}]}
                #                                             ^ error: an answer must be a text, found nothing [wrong-type]
                # ^ hint: put the word in quotes if it is meant as text
                #                                                   ^ error: an answer must be a text, found a mapping [wrong-type]
                  - {id: k, at: 11, question: Why?, answers: [A, B], correct: {number: "1"}}
                #                                                                      ^ error: number must be a whole number, found "1" [wrong-type]
                  - {id: l, at: 12, question: Why?, answers: [A, B], correct: Elephant}
                #                                                             ^ error: correct is not among the answers [correct-unknown]
                # ^ hint: write it as the answer is written
                """))
    }

    @Test func leavesVariablesInAnswersToTheTimeline() {
        let sheet = Fixture.cues(
            """
              - {id: a, at: 1, question: W, answers: ["${x}", B], correct: C}
              - {id: b, at: 1, question: W, answers: [A, B], correct: "${x}"}
            """)
        #expect(CueSheetReader.read(sheet).diagnostics == [])
    }

    @Test func reportsWindows() {
        Fixture.expectMarked(
            Fixture.cues(
                """
                  - {id: a, at: 1, question: W, answers: [A, B], again: 2s, reveal: 1s}
                #                                                ^ error: again needs for [needs-key]
                # ^ hint: say with for how long answers are taken
                #                                                           ^ error: reveal needs correct [needs-key]
                # ^ hint: say with correct which answer is right
                  - {id: b, at: 1, question: W, answers: [A, B], correct: A, reveal: 1s}
                #                                                            ^ error: reveal needs for [needs-key]
                # ^ hint: say with for how long answers are taken
                  - {id: c, at: 1, question: W, answers: [A, B], for: 2s, again: 2s}
                #                                                                ^ error: again must be shorter than for (2s), found 2s [out-of-range]
                  - {id: d, at: 1, question: W, answers: [A, B], for: 2s, again: 199ms}
                #                                                                ^ error: again must be at least 200ms, found 199ms [out-of-range]
                  - {id: e, at: 1, question: W, answers: [A, B], for: soon, correct: A, reveal: 1s}
                #                                                     ^ error: for must be a duration, found "soon" [bad-duration]
                # ^ hint: write it as 20s, 1.5s, 250ms, 2m or 1h2m3s
                  - {id: f, at: 1, payload: {}, for: 0, late: often}
                #                                    ^ error: for must be longer than zero [out-of-range]
                #                                             ^ error: late must be a duration or any, found "often" [bad-duration]
                # ^ hint: write it as 20s, 1.5s, 250ms, 2m or 1h2m3s
                """))
    }

    @Test func appliesDefaultsWhereTheyFit() {
        let reading = CueSheetReader.read(
            "defaults: {for: 20s, reveal: 5s, again: 4s}\n"
                + Fixture.cues(
                    """
                      - {id: a, at: 1, question: W, answers: [A, B], correct: A}
                      - {id: b, at: 1, question: W, answers: [A, B], for: 4s}
                      - {id: c, at: 1, payload: {}}
                      - {id: d, at: 1, ad_break: 9}
                      - {id: e, at: 1, payload: {}, for: 3s}
                    """))
        #expect(reading.diagnostics == [])
        let cues = reading.sheet.cues
        #expect(
            cues.map(\.window) == [.seconds(20), .seconds(4), nil, .seconds(9), .seconds(3)])
        #expect(cues.map(\.again) == [.seconds(4), nil, nil, nil, nil])
        #expect(cues.map(\.reveal) == [.seconds(5), nil, nil, nil, nil])
    }

    @Test func reportsChannelsRepeatsAndDraws() {
        Fixture.expectMarked(
            Fixture.cues(
                """
                  - {id: a, at: 1, payload: {}, channels: [man, main, main]}
                #                                          ^ error: the sheet has no channel "man" [unknown-channel]
                # ^ hint: did you mean main?
                #                                                     ^ error: the channel "main" is there twice [channel-same]
                # ^ hint: remove one of them
                  - {id: b, at: 1, payload: {}, channels: []}
                #                                         ^ error: channels is empty [no-channels]
                # ^ hint: name at least one, or remove the key for all of them
                  - {id: c, at: 1, payload: {}, repeat: {times: 3}}
                #                                       ^ error: every is missing in repeat [missing-key]
                # ^ hint: say how often, as in repeat: {every: 10s}
                  - {id: d, at: 1, payload: {}, repeat: {every: 9ms, times: 2}}
                #                                               ^ error: every must be at least 10ms, found 9ms [out-of-range]
                  - {id: e, at: 1, payload: {}, repeat: {every: 1s, times: 0}}
                #                                                          ^ error: times must be from 1 to 1000000, found 0 [out-of-range]
                  - {id: f, at: 1, payload: {}, repeat: {every: 1s, times: 2, until: 9}}
                #                                                             ^ error: repeat has both times and until, it can have one of them [repeat-twice]
                  - {id: g, at: 1, payload: {}, repeat: {every: 1s, until: never}}
                #                                                          ^ error: until must be a time, found "never" [bad-value]
                # ^ hint: write a time after zero (00:10:00 or 10m), or an instant such as 2026-11-27T19:00:00-08:00
                  - {id: h, at: 1, payload: {}, draw: {x: ../facts.txt, 2y: [A], z: [], w: {}}}
                #                                         ^ error: "../facts.txt" does not name a file beside the sheet [draw-path]
                # ^ hint: put the file in the sheet's folder or below it, and separate with /
                #                                                       ^ error: "2y" can't name a variable [bad-name]
                # ^ hint: use letters, digits and _, at most 64, not a digit first
                #                                                                   ^ error: z lists nothing to draw from [draw-count]
                #                                                                          ^ error: w must be a list or a file name, found a mapping [wrong-type]
                  - {id: i, at: 1, payload: {}, disabled: yes, repeat: 3}
                #                                         ^ error: disabled must be true or false, found "yes" [wrong-type]
                #                                                      ^ error: repeat must be a mapping, found "3" [wrong-type]
                  - {id: j, at: 1, payload: {}, repeat: {every: 1s, until: "2026-11-27T19:00:00"}}
                #                                                          ^ error: the instant "2026-11-27T19:00:00" has no offset from UTC [instant-offset]
                # ^ hint: add Z for UTC, or the offset, as in 2026-11-27T19:00:00-08:00
                  - {id: k, at: 1, payload: {}, repeat: {every: 1s, times: 2.5}}
                #                                                          ^ error: times must be a whole number, found "2.5" [wrong-type]
                """))
    }

    @Test(arguments: [
        ("1s", true), ("300s", true), ("5m", true), ("1", true), ("301s", false), ("0", false),
        ("0.5", false), ("1.000s", true),
    ])
    func limitsAdBreaks(length: String, isGood: Bool) {
        let reading = CueSheetReader.read(
            Fixture.cues("  - {id: a, at: 0, ad_break: \(length)}"))
        #expect(reading.codes == (isGood ? [] : ["out-of-range"]))
    }

    @Test(arguments: [(1, true), (2, false), (10, false), (11, true)])
    func limitsAnswers(count: Int, isError: Bool) {
        let answers = (1...count).map { "A\($0)" }.joined(separator: ", ")
        let reading = CueSheetReader.read(
            Fixture.cues("  - {id: a, at: 0, question: W, answers: [\(answers)]}"))
        #expect(reading.codes == (isError ? ["answers-count"] : []))
    }

    @Test(arguments: [
        ("every: 10ms", true), ("every: 1s, times: 1000000", true),
        ("every: 1s, times: 1000001", false), ("every: 1s, until: 1000h", true),
        ("every: 1s, until: 2026-11-27T19:00:00Z", true),
    ])
    func limitsRepeats(keys: String, isGood: Bool) {
        let reading = CueSheetReader.read(
            Fixture.cues("  - {id: a, at: 0, payload: {}, repeat: {\(keys)}}"))
        #expect(reading.codes == (isGood ? [] : ["out-of-range"]))
    }

    @Test(arguments: [
        ("a", true), ("A-_9", true), (String(repeating: "x", count: 64), true),
        (String(repeating: "x", count: 65), false), ("-a", false), ("_a", false), ("é", false),
        ("a.b", false), ("9", true), ("\"\"", false),
    ])
    func limitsIDs(id: String, isGood: Bool) {
        let reading = CueSheetReader.read(Fixture.cues("  - {id: \(id), at: 0, payload: {}}"))
        #expect(reading.codes == (isGood ? [] : ["bad-id"]))
    }

    @Test(arguments: [
        ("facts.txt", true), ("a/b.txt", true), ("./facts.txt", true), ("..facts", true),
        ("a/../b", false), ("/etc/passwd", false), ("..", false), ("a\\b", false),
        ("a//b", false), ("\"\"", false), ("\"a\\0b\"", false),
    ])
    func keepsDrawsBesideTheSheet(path: String, isGood: Bool) {
        let reading = CueSheetReader.read(
            Fixture.cues("  - {id: a, at: 0, payload: {}, draw: {x: \(path)}}"))
        #expect(reading.codes == (isGood ? [] : ["draw-path"]))
    }

    @Test func limitsDraws() {
        for (count, codes) in [(100_000, []), (100_001, ["draw-count"])] {
            let list = String(repeating: "a, ", count: count)
            let reading = CueSheetReader.read(
                Fixture.cues("  - {id: a, at: 0, payload: {}, draw: {x: [\(list)]}}"))
            #expect(reading.codes == codes)
        }
    }

    @Test(arguments: ["true", "True", "TRUE", "false", "False", "FALSE"])
    func readsBooleans(word: String) {
        let reading = CueSheetReader.read(
            Fixture.cues("  - {id: a, at: 0, payload: {}, disabled: \(word)}"))
        #expect(reading.diagnostics == [])
        #expect(reading.sheet.cues[0].disabled == word.lowercased().hasPrefix("t"))
    }

    @Test(arguments: ["\"true\"", "yes", "on", "1", "tRUE", "null", "!!str true"])
    func refusesOtherBooleans(word: String) {
        let reading = CueSheetReader.read(
            Fixture.cues("  - {id: a, at: 0, payload: {}, disabled: \(word)}"))
        #expect(reading.codes == ["wrong-type"])
    }

    @Test func readsTextsAsText() {
        let reading = CueSheetReader.read(
            Fixture.cues("  - {id: 007, at: 0, question: 1e3, answers: [no, 1:30, True, 0x1F]}"))
        #expect(reading.diagnostics == [])
        guard case .question(let question) = reading.sheet.cues[0].content else { return }
        #expect(reading.sheet.cues[0].id == "007")
        #expect(question.text.plain == "1e3")
        #expect(question.answers.map(\.plain) == ["no", "1:30", "True", "0x1F"])
    }
}
