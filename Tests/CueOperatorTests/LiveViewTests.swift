import CueRunLog
import CueScheduler
import CueSheet
import CueTestSupport
import CueText
import Testing

@testable import CueOperator
@testable import CueShow

@Suite struct LiveViewTests {
    private func at(_ seconds: Int) -> Cue.At { .time(.seconds(seconds)) }

    private func stage(_ cues: Cue...) -> ShowStage {
        var settings = ShowSettings()
        settings.lead = .fixed(.zero)
        settings.isAttended = true
        return ShowStage(.test(cues), settings: settings)
    }

    private func view(_ stage: ShowStage) -> LiveView {
        var view = LiveView(
            ShowFacts(
                title: "Quiz \u{1B}[2J空", run: "x7k2", mode: .rehearsal, logName: "quiz.run.jsonl",
                controlName: "quiz"))
        for event in stage.events { view.show(event, showTime: stage.snapshot.showTime) }
        view.update(stage.snapshot(upcoming: 20))
        return view
    }

    private func text(_ view: LiveView, columns: Int = 72, rows: Int = 14) -> [String] {
        view.lines(columns: columns, rows: rows).map(\.text)
    }

    @Test func showsTheWholeShow() {
        let stage = stage(
            .payload("a", at: at(10)), .question("q1", at: at(20), reveal: .seconds(5)),
            .payload("b", at: at(300)), .payload("m", at: .manual))
        stage.play(until: 12.75)
        #expect(
            text(view(stage)) == [
                " Quiz \u{FFFD}[2J空 · run x7k2                                       REHEARSAL ",
                "00:00:12  zero: the stream's start ±1s",
                "on air · sent 1 · missed 0 · in doubt 0 · 4.0 ms · 3 viewers",
                "  00:00:12  sent     a              on time, round trip 10.0 ms",
                "NEXT        in 7.3   q1             Which?",
                "  00:05:00  04:48    b              {\"n\":1}",
                "GO    m {\"n\":1}  (not yet)",
                "", "", "", "", "",
                "zero  2027-01-15T08:00:00.000Z, the stream's start (±1s)",
                "? help · log quiz.run.jsonl",
            ])
    }

    @Test func keepsTheScreenFullAndNoLineTooLong() {
        let cues = (1...80).map { Cue.question("question-number-\($0)", at: at($0)) }
        var settings = ShowSettings()
        settings.isAttended = true
        let stage = ShowStage(.test(cues), settings: settings)
        stage.play(until: 40)
        var view = view(stage)
        for count in 1...40 { view.alarm("error \(count)") }
        for (columns, rows) in [(60, 12), (80, 24), (132, 50), (20, 3), (1, 1)] {
            var painter = ScreenPainter()
            let lines = view.lines(columns: columns, rows: rows)
            #expect(lines.count == rows)
            #expect(!painter.paint(lines, columns: columns, rows: rows).isEmpty)
            #expect(painter.paint(lines, columns: columns, rows: rows).isEmpty)
        }
        #expect(text(view, columns: 60, rows: 12).contains { $0.hasPrefix("NEXT") })
        #expect(text(view, columns: 60, rows: 12).contains { $0.hasPrefix("! error 40") })
    }

    @Test func saysThatTheShowIsHeldAndHowFarItIsOver() {
        let stage = stage(.payload("a", at: at(60)))
        stage.play(until: 10)
        stage.post(.operate(.shift(.seconds(10))))
        stage.post(.operate(.hold))
        stage.play(until: 13)
        let lines = text(view(stage))
        #expect(lines[1] == "00:00:10  HELD  over 13s  zero: the stream's start ±1s")
        #expect(lines[3] == "NEXT        in 01:00 a              {\"n\":1}")
        #expect(lines[13] == "? help · u: undo shift +10s · log quiz.run.jsonl")
    }

    @Test func keepsErrorsUntilTheyAreSeen() {
        let stage = ShowStage(
            .test(.payload("a", at: at(5)), .payload("b", at: at(90))), settings: .init()
        ) { _, _ in
            .failed(Failure(kind: .refused, code: "Bad", message: "no"), after: .milliseconds(1))
        }
        stage.play(until: 20)
        var view = view(stage)
        #expect(text(view).contains("! 00:00:20  failed  a  Bad: no  (x: seen)"))
        #expect(view.press(.text("x")) == nil)
        #expect(!text(view).contains { $0.hasPrefix("!") })
    }

    @Test func asksForWhatTheKeysMean() {
        let stage = stage(
            .question("q1", at: at(20), reveal: .seconds(5)), .payload("b", at: at(300)),
            .payload("m", at: .manual))
        stage.play(until: 30)
        var view = view(stage)
        #expect(view.press(.text(" ")) == .operate(.go(nil)))
        #expect(view.press(.enter) == .operate(.go(nil)))
        #expect(view.press(.text("h")) == .operate(.hold))
        #expect(view.press(.text("s")) == .operate(.skip("b")))
        #expect(view.press(.text("+")) == .operate(.shift(.seconds(1))))
        #expect(view.press(.text("-")) == .operate(.shift(.seconds(-1))))
        #expect(view.press(.text("]")) == .operate(.shift(.seconds(10))))
        #expect(view.press(.text("[")) == .operate(.shift(.seconds(-10))))
        #expect(view.press(.text("u")) == .operate(.undo))
        stage.post(.operate(.hold))
        view.update(stage.snapshot)
        #expect(view.press(.text("h")) == .operate(.resume))
        #expect(view.press(.text("Z")) == nil)
    }

    @Test func takesAndFiresWhatIsChosen() {
        let stage = stage(
            .payload("a", at: at(5)), .payload("b", at: at(300)), .payload("c", at: at(400)),
            .payload("m", at: .manual))
        stage.play(until: 10)
        var view = view(stage)
        func press(_ keys: [Key]) -> OperatorRequest? {
            keys.map { view.press($0) }.last ?? nil
        }
        #expect(press([.text("t"), .down, .enter]) == .operate(.take("c")))
        #expect(press([.text("t"), .down, .down, .down, .up, .enter]) == .operate(.take("c")))
        #expect(press([.text("f"), .down, .down, .down, .enter]) == .operate(.fire("a")))
        #expect(press([.text("t"), .escape]) == nil)
        #expect(press([.text("h")]) == .operate(.hold))
        #expect(press([.text("t")]) == nil)
        stage.post(.operate(.skip("b")))
        view.update(stage.snapshot(upcoming: 9))
        #expect(press([.enter]) == .operate(.take("c")))
    }

    @Test func shiftsByATypedDuration() {
        var view = view(stage(.payload("a", at: at(5))))
        func type(_ text: String) -> OperatorRequest? {
            _ = view.press(.text("d"))
            for character in text { _ = view.press(.text(character)) }
            return view.press(.enter)
        }
        #expect(type("+90s") == .operate(.shift(.seconds(90))))
        #expect(type("-1.5s") == .operate(.shift(.milliseconds(-1500))))
        #expect(type("soon") == nil)
        #expect(text(view)[12] == "\"soon\" is no duration, such as +10s, -1.5s or 2m")
        #expect(view.press(.text("h")) == .operate(.hold))
    }

    @Test func asksBeforeItStops() {
        var view = view(stage(.payload("a", at: at(5))))
        #expect(view.press(.text("q")) == nil)
        #expect(text(view)[12] == "stop the show? y: stop it, any other key: go on")
        #expect(view.press(.text("n")) == nil)
        #expect(view.press(.text("y")) == nil)
        _ = view.press(.text("q"))
        #expect(view.press(.text("y")) == .operate(.stop))
        #expect(view.press(.interrupt) == nil)
        #expect(view.press(.interrupt) == .interrupt)
    }

    @Test func usesAnEditedSheetAfterAYes() {
        var view = view(stage(.payload("a", at: at(5))))
        #expect(view.press(.text("r")) == nil)
        view.propose("changed: a")
        #expect(text(view).contains("EDIT  changed: a  (r: use it, Esc: no)"))
        #expect(view.press(.text("r")) == .reload)
        _ = view.press(.escape)
        #expect(!text(view).contains { $0.hasPrefix("EDIT") })
    }

    @Test func asksHowToJoin() {
        var settings = ShowSettings()
        settings.isAttended = true
        let stage = ShowStage(
            .test(.payload("a", at: at(1)), .payload("b", at: at(90))), settings: settings,
            stream: .success(
                StreamStatus(
                    streamID: "s", startTime: ShowStage.wall + .seconds(-60), viewerCount: nil)))
        stage.play(until: 2)
        var view = view(stage)
        #expect(text(view)[1] == "1 past: j join here · z zero is now · q quit")
        #expect(view.press(.text("z")) == .decide(.zeroNow))
        #expect(view.press(.text("j")) == .decide(.join))
        #expect(view.press(.text("q")) == .decide(.quit))
    }
}

@Suite struct LiveLayoutTests {
    private let facts = ShowFacts(
        title: "Quiz", run: "x7k2", mode: .run, logName: "quiz.run.jsonl", controlName: "quiz",
        controlOption: "--show quiz")

    private func cue(_ name: String, wait: Duration?) -> ShowSnapshot.Cue {
        ShowSnapshot.Cue(
            name: name, id: name, channel: "main", kind: "payload", text: "text of \(name)",
            showTime: wait, wait: wait)
    }

    private func lines(
        _ mode: LiveContent.Mode, rows: Int = 12, _ change: (inout LiveContent) -> Void = { _ in }
    ) -> [String] {
        var content = LiveContent(facts: facts)
        content.mode = mode
        content.snapshot.upcoming = (1...20).map { cue("c\($0)", wait: .seconds($0 * 60)) }
        change(&content)
        return LiveLayout(content, columns: 60, rows: rows).lines.map(\.text)
    }

    @Test func explainsTheKeys() {
        let help = lines(.help)
        #expect(help.count == 11)
        #expect(help[0] == "KEYS   (any key goes back)")
        #expect(help[10] == "  elsewhere: cue-runner control ACTION --show quiz")
        #expect(lines(.help, rows: 3).count == 3)
    }

    @Test func keepsTheChosenCueInSight() {
        for chosen in 1...20 {
            let screen = lines(.choosing(.take, cue: "c\(chosen)"))
            #expect(screen.count == 12)
            #expect(screen.filter { $0.hasPrefix("> ") }.count == 1)
            #expect(screen.contains { $0.hasPrefix("> c\(chosen) ") })
            #expect(screen[11] == "↑ ↓ choose · Enter take · Esc back")
        }
        let few = lines(.choosing(.fire, cue: "c1")) {
            $0.snapshot.upcoming = [cue("c1", wait: nil)]
        }
        #expect(few[2] == "FIRE: sent now, nothing else moves")
        #expect(few[4] == "" && few.count == 12)
    }

    @Test func asksInTheLineAboveTheLast() {
        #expect(lines(.typing("+9"))[10] == "shift by: +9_   (+10s, -1.5s, 2m; Enter, Esc)")
        #expect(lines(.interrupting)[10] == "Ctrl-C again ends the run; any other key goes on")
        #expect(lines(.plain)[10] == "")
        #expect(lines(.plain) { $0.notice = "done" }[10] == "done")
    }

    @Test func saysWhatItWaitsFor() {
        #expect(lines(.plain)[1] == "--:--:--  waiting for the stream")
        #expect(
            lines(.plain) { $0.snapshot.waitsForGo = true }[1] == "--:--:--  waiting for GO (space)"
        )
        let refused = Failure(kind: .refused, code: "x", message: "no\u{1B}")
        #expect(
            lines(.plain) { $0.snapshot.streamFailure = refused }[1]
                == "--:--:--  waiting for the stream: no\u{FFFD}")
        let idle = lines(.plain) { $0.snapshot.upcoming = [] }
        #expect(idle[3] == "NEXT  nothing is left")
    }

    @Test func countsTheAlarmsThatHaveNoRoom() {
        let screen = lines(.plain) { $0.alarms = (1...9).map { "error \($0)" } }
        #expect(screen[8] == "! error 8")
        #expect(screen[9] == "! error 9  (and 7 more; x: seen)")
    }
}

@Suite struct ScreenTests {
    @Test func writesOnlyWhatChanged() {
        var painter = ScreenPainter()
        let first = painter.paint([ScreenLine("one"), ScreenLine("two")], columns: 9, rows: 2)
        #expect(
            first
                == "\u{1B}[?2026h\u{1B}[2J\u{1B}[1;1Hone\u{1B}[K\u{1B}[2;1Htwo\u{1B}[K\u{1B}[?2026l"
        )
        let second = painter.paint([ScreenLine("one"), ScreenLine("2", .bad)], columns: 9, rows: 2)
        #expect(second == "\u{1B}[?2026h\u{1B}[2;1H\u{1B}[31m2\u{1B}[0m\u{1B}[K\u{1B}[?2026l")
        let wider = painter.paint([ScreenLine("one")], columns: 10, rows: 2)
        #expect(wider == "\u{1B}[?2026h\u{1B}[2J\u{1B}[1;1Hone\u{1B}[K\u{1B}[?2026l")
    }

    @Test func cutsAtTheWidthThatTheTerminalGives() {
        var painter = ScreenPainter()
        func row(_ text: String, _ columns: Int) -> String {
            painter.forget()
            let bytes = painter.paint([ScreenLine(text)], columns: columns, rows: 1)
            var text = bytes.dropFirst("\u{1B}[?2026h\u{1B}[2J\u{1B}[1;1H".count).dropLast(8)
            // A row that fills its columns leaves nothing to erase behind it.
            if text.hasSuffix("\u{1B}[K") { text = text.dropLast(3) }
            return String(text)
        }
        #expect(row("空空空", 6) == "空空空")
        #expect(row("空空空", 5) == "空空…")
        #expect(row("空空空", 4) == "空…")
        #expect(row("e\u{301}e\u{301}e\u{301}", 3) == "e\u{301}e\u{301}e\u{301}")
        #expect(row("🎬🎬", 3) == "🎬…")
        #expect(row("한글", 4) == "한글")
        #expect(row("ｱｲｳ", 3) == "ｱｲｳ")
    }
}

@Suite struct KeyDecoderTests {
    private func keys(_ text: String) -> [Key] {
        var decoder = KeyDecoder()
        return decoder.decode(Array(text.utf8))
    }

    @Test func readsKeys() {
        #expect(
            keys(" h\r\n\u{3}\u{7F}") == [
                .text(" "), .text("h"), .enter, .enter, .interrupt, .backspace,
            ])
        #expect(keys("\u{1B}[A\u{1B}[B\u{1B}OC\u{1B}[D") == [.up, .down, .right, .left])
        #expect(keys("\u{1B}[1;5C\u{1B}[15~é空") == [.other, .other, .text("é"), .text("空")])
        #expect(keys("\u{1A}\u{0}") == [.other, .other])
    }

    @Test func waitsForTheRestOfASequence() {
        var decoder = KeyDecoder()
        #expect(decoder.decode([0x1B]) == [])
        #expect(decoder.decode(Array("[A".utf8)) == [.up])
        #expect(decoder.decode([0x1B]) == [])
        #expect(decoder.pause() == [.escape])
        #expect(decoder.pause() == [])
        #expect(decoder.decode([0xE7, 0xA9]) == [])
        #expect(decoder.decode([0xBA]) == [.text("空")])
        #expect(decoder.decode([0xFF, 0x41]).last == .text("A"))
    }

    @Test func dropsWhatIsPasted() {
        var decoder = KeyDecoder()
        #expect(decoder.decode(Array("a\u{1B}[200~q\ny and much more".utf8)) == [.text("a")])
        #expect(decoder.decode(Array("y\u{1B}[20".utf8)) == [])
        #expect(decoder.decode(Array("1~b".utf8)) == [.text("b")])
    }
}
