import CueSheet
import CueTestSupport
import CueText
import CueTimeline
import Testing

@Suite struct PositionTests {
    private func positions(_ cues: Cue...) -> [String: Position] {
        let timeline = Timeline.build(.test(cues)).timeline
        return Dictionary(
            uniqueKeysWithValues: timeline.entries.map { ($0.cue.id, $0.position) })
    }

    private func codes(_ cues: Cue...) -> [String] {
        Timeline.build(.test(cues)).diagnostics.map { "\($0.mark.line) \($0.code)" }
    }

    @Test func followsReferencesForwardAndBack() {
        let found = positions(
            .payload("a", at: .anchored(id: "q", edge: .reveal, offset: .seconds(1))),
            .question("q", at: .time(.seconds(90)), reveal: .seconds(5)),
            .payload("b", at: .anchored(id: "q", edge: .end, offset: .seconds(30))),
            .payload("c", at: .afterPrevious(.seconds(2))),
            .payload("d", at: .anchored(id: "b", edge: .start, offset: .seconds(-3))))
        #expect(found["a"] == .placed(.seconds(116)))
        #expect(found["b"] == .placed(.seconds(140)))
        #expect(found["c"] == .placed(.seconds(142)))
        #expect(found["d"] == .placed(.seconds(137)))
    }

    @Test func floatsWhatHangsOnAManualCue() {
        let found = positions(
            .question("m", at: .manual),
            .payload("f", at: .anchored(id: "m", edge: .end, offset: .seconds(5))),
            .payload("g", at: .afterPrevious(.seconds(1))))
        #expect(found["m"] == .floating(root: 0, .zero))
        #expect(found["f"] == .floating(root: 0, .seconds(25)))
        #expect(found["g"] == .floating(root: 0, .seconds(26)))
    }

    @Test func keepsInstantsAsInstants() {
        let instant = WallTime(seconds: 2_000_000_000)
        let found = positions(
            .payload("i", at: .instant(instant)), .payload("j", at: .afterPrevious(.seconds(9))))
        #expect(found["j"] == .instant(instant + .seconds(9)))
    }

    @Test func skipsDisabledEntriesAbove() {
        var off = Cue.payload("off", at: .time(.seconds(50)))
        off.change { $0.disabled = true }
        let found = positions(
            .payload("a", at: .time(.seconds(1))), off,
            .payload("b", at: .afterPrevious(.seconds(2))))
        #expect(found["b"] == .placed(.seconds(3)))
        #expect(found["off"] == nil)
    }

    @Test func reportsACircleOnce() {
        #expect(
            codes(
                .payload("a", at: .anchored(id: "b", edge: .start, offset: .zero)),
                .payload("b", at: .anchored(id: "a", edge: .start, offset: .zero)),
                .payload("c", at: .anchored(id: "a", edge: .start, offset: .zero)),
                .payload("d", at: .anchored(id: "d", edge: .start, offset: .zero)))
                == ["10 circle", "13 circle"])
    }

    @Test func reportsWhatCanNotBeFollowed() {
        var off = Cue.payload("off", at: .time(.zero))
        off.change { $0.disabled = true }
        #expect(
            codes(
                .payload("a", at: .afterPrevious(.seconds(1))), off,
                .payload("b", at: .anchored(id: "off", edge: .start, offset: .zero)),
                .payload("c", at: .anchored(id: "none", edge: .start, offset: .zero)),
                .payload("d", at: .time(.seconds(3))),
                .payload("e", at: .anchored(id: "d", edge: .end, offset: .zero)),
                .payload("f", at: .anchored(id: "d", edge: .start, offset: .seconds(-4))))
                == [
                    "10 unknown-reference", "12 disabled-reference", "13 unknown-reference",
                    "15 missing-edge", "16 before-zero",
                ])
    }

    @Test func followsAChainOfAHundredThousand() {
        let cues = (0..<100_000).map { index in
            Cue.payload("c\(index)", at: index == 0 ? .time(.zero) : .afterPrevious(.seconds(1)))
        }
        let timeline = Timeline.build(.test(cues)).timeline
        #expect(timeline.entries.last?.position == .placed(.seconds(99_999)))
    }

    /// All errors in one pass: another error of the entry hides none of its `at`.
    @Test func checksTheReferencesOfAnEntryInError() {
        var broken = Cue.payload(
            "b", at: .anchored(id: "nobody", edge: .start, offset: .seconds(3)))
        broken.change { $0.isBroken = true }
        var unread = Cue.payload("u", at: .unread)
        unread.change { $0.isBroken = true }
        let reading = Timeline.build(.test(broken, unread))
        #expect(reading.diagnostics.map(\.code) == ["unknown-reference"])
    }
}

@Suite struct PayloadTests {
    private func text(_ cue: Cue, _ part: Part = .cue, number: Int = 1) -> String? {
        var options = TimelineOptions()
        options.run = "x7k2"
        let timeline = Timeline.build(.test(cue), options).timeline
        let body = timeline.body(of: Occurrence(entry: 0, number: number), part)
        guard case .metadata(let payload) = body else { return nil }
        return payload.text(due: WallTime(nanoseconds: 1_795_834_890_999_999_999))
    }

    @Test func writesAQuestion() {
        let cue = Cue.question("q1", at: .time(.zero), reveal: .seconds(5), again: .seconds(5))
        #expect(
            text(cue)
                == #"{"cue":"q1","run":"x7k2","poll_id":"q1","#
                + #""current_time":"2026-11-28T03:01:30.999Z","#
                + #""question":"Which?","answers":["This","That"],"seconds":20}"#)
        #expect(text(cue, .again(3))?.hasSuffix(#""seconds":5}"#) == true)
    }

    @Test func writesARevealWithoutTheQuestion() {
        let cue = Cue.question("q1", at: .time(.zero), reveal: .seconds(5))
        #expect(
            text(cue, .reveal)
                == #"{"cue":"q1.reveal","run":"x7k2","poll_id":"q1","#
                + #""current_time":"2026-11-28T03:01:30.999Z","answer":"That","correctIndex":1}"#)
    }

    @Test func neverTellsTheAnswerWithTheQuestion() {
        let cue = Cue.question("q1", at: .time(.zero), reveal: .seconds(5))
        #expect(text(cue)?.contains("correct") == false)
    }

    @Test func numbersRepeats() {
        let cue = Cue.payload("p", at: .time(.zero)).repeated(every: .seconds(1), .times(9))
        #expect(text(cue, number: 3) == #"{"cue":"p#3","run":"x7k2","n":1}"#)
    }

    @Test(arguments: [(990, [String]()), (966, []), (991, ["payload-size"])])
    func measuresUTF8Bytes(letters: Int, codes: [String]) {
        var cue = Cue.payload("p", at: .time(.zero))
        // 34 bytes around the text, and two for each é.
        let filler = String(repeating: "é", count: 4) + String(repeating: "x", count: letters - 8)
        cue.change {
            $0.content = .payload([PayloadMember(key: "text", value: .string(.plain(filler)))])
        }
        let found = Timeline.build(.test(cue)).diagnostics
        #expect(found.filter { $0.severity == .error }.map(\.code) == codes)
    }

    @Test func provesTheLongestDraw() {
        var cue = Cue.payload("p", at: .time(.zero))
        let mark = Mark(line: 1, column: 1)
        let long = String(repeating: "\"", count: 500)
        let drawn = Template(parts: [.variable(name: "d", isHash: false)], mark: mark)
        cue.change {
            $0.draws = [Cue.Draw(name: "d", source: .list(["short", long]), mark: mark)]
            $0.content = .payload([PayloadMember(key: "text", value: .string(drawn))])
        }
        let found = Timeline.build(.test(cue)).diagnostics
        #expect(found.map(\.code) == ["payload-size"])
        #expect(found.first?.message.contains("takes 1034 bytes") == true)
    }
}

@Suite struct CaptionTests {
    @Test func saysWhatEachPartIsAbout() {
        let timeline = Timeline.build(
            .test(
                .payload("p", at: .time(.zero)),
                .question("q", at: .time(.seconds(5)), reveal: .seconds(1)))
        ).timeline
        func caption(_ entry: Int, _ part: Part) -> String {
            timeline.caption(
                of: Dispatch(
                    occurrence: Occurrence(entry: entry, number: 1), part: part, channel: 0))
        }
        #expect(caption(0, .cue) == #"{"n":1}"#)
        #expect(caption(1, .cue) == "Which?")
        #expect(caption(1, .reveal) == "That")
    }
}

@Suite struct DrawTests {
    private func cue(_ id: String) -> Cue {
        let mark = Mark(line: 1, column: 1)
        var cue = Cue.payload(id, at: .time(.zero)).repeated(every: .seconds(1), .times(1_000))
        cue.change {
            $0.draws = [
                Cue.Draw(name: "d", source: .list((0..<10).map { "t\($0)" }), mark: mark)
            ]
            $0.content = .payload([
                PayloadMember(
                    key: "v",
                    value: .string(
                        Template(
                            parts: [
                                .variable(name: "d", isHash: false), .text("/"),
                                .variable(name: "d", isHash: true),
                            ], mark: mark)))
            ])
        }
        return cue
    }

    private func draws(_ sheet: Sheet, entry: Int, seed: String) -> [String] {
        var options = TimelineOptions()
        options.seed = seed
        let timeline = Timeline.build(sheet, options).timeline
        return (1...1_000).map { number in
            guard
                case .metadata(let payload) = timeline.body(
                    of: Occurrence(entry: entry, number: number), .cue)
            else { return "" }
            let value = try? JSONValue.parse(payload.text(due: WallTime(seconds: 0)).utf8)
            return value?["v"]?.string ?? ""
        }
    }

    @Test func dependOnTheirKeyAlone() {
        let alone = draws(.test(cue("b")), entry: 0, seed: "s")
        let among = draws(.test(cue("a"), cue("b")), entry: 1, seed: "s")
        #expect(alone == among)
        #expect(alone != draws(.test(cue("b")), entry: 0, seed: "t"))
        #expect(alone != draws(.test(cue("c")), entry: 0, seed: "s"))
    }

    @Test func spreadOverAllChoices() {
        let counts = Dictionary(grouping: draws(.test(cue("b")), entry: 0, seed: "s")) { $0 }
        #expect(counts.count == 10)
        #expect(counts.values.allSatisfy { (60...140).contains($0.count) })
    }

    @Test func hashIsFNV1a() {
        #expect(hashText("") == "cbf29ce484222325")
        #expect(hashText("foobar") == "85944171f73967e8")
    }
}

@Suite struct ForecastTests {
    @Test func tellsWhoWillBeHowLate() {
        let cues = (0..<7).map { Cue.payload("c\($0)", at: .time(.seconds(10))) }
        let timeline = Timeline.build(.test(cues)).timeline
        let forecast = Forecast(timeline)
        #expect(forecast.delays.map(\.late) == [.milliseconds(1_050), .milliseconds(1_050)])
        let warnings = forecast.diagnostics(of: timeline)
        #expect(warnings.map(\.code) == ["rate-limit"])
        #expect(warnings.first?.message.contains("\"c5\" will be 1.05s late") == true)
    }

    @Test func warnsWhereTheBudgetIsSmallerThanTheDelay() {
        let cues = (0..<40).map { Cue.payload("c\($0)", at: .time(.seconds(10))) }
        let timeline = Timeline.build(.test(cues)).timeline
        let warnings = Forecast(timeline).diagnostics(of: timeline)
        #expect(warnings.map(\.code) == ["rate-limit", "late-budget"])
        // Five leave at once, then five each 1.05 s: the 26th has waited 5.25 s.
        #expect(warnings.last?.message.hasPrefix("\"c25\"") == true)
    }

    @Test func makesARevealAsLateAsItsQuestion() {
        var cues = (0..<5).map { Cue.payload("c\($0)", at: .time(.seconds(10))) }
        cues.append(.question("q", at: .time(.seconds(10)), reveal: .seconds(5)))
        cues += (5..<10).map { Cue.payload("c\($0)", at: .time(.milliseconds(36_050))) }
        let timeline = Timeline.build(.test(cues)).timeline
        let late = Forecast(timeline).delays.map {
            timeline.name(of: $0.dispatch.occurrence, $0.dispatch.part)
        }
        #expect(late == ["q", "c9"])
    }

    @Test func staysQuietOnAnEvenShow() {
        let cue = Cue.payload("c", at: .time(.zero)).repeated(
            every: .milliseconds(250), .times(400))
        let timeline = Timeline.build(.test(cue)).timeline
        #expect(Forecast(timeline).delays.isEmpty)
    }
}
