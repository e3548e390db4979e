import CueRunLog
import CueScheduler
import CueText
import Testing

@testable import CueOperator
@testable import CueShow

@Suite struct ControlProtocolTests {
    private let facts = ShowFacts(
        title: "Quiz", run: "x7k2", mode: .rehearsal, logName: "quiz.run.jsonl",
        controlName: "quiz.x7k2")

    private func running() -> ShowSnapshot {
        var snapshot = ShowSnapshot()
        snapshot.phase = .running
        snapshot.showTime = .milliseconds(12_750)
        snapshot.isLive = true
        snapshot.upcoming = [
            ShowSnapshot.Cue(
                name: "q1", id: "q1", channel: "main", kind: "question", text: "Which\u{1B}?",
                showTime: .seconds(20), wait: .milliseconds(7_250))
        ]
        snapshot.offered = "bonus"
        snapshot.undoable = "shift +10s"
        snapshot.counts.sent = 3
        snapshot.counts.inDoubt = 1
        return snapshot
    }

    @Test func tellsHowAnActionEnded() {
        #expect(
            ControlReply.outcome(.skip("q1"), .done())
                == #"{"ok":true,"action":"skip","target":"q1","by_us":null}"#)
        #expect(
            ControlReply.outcome(.go(nil), .done(target: "bonus"))
                == #"{"ok":true,"action":"go","target":"bonus","by_us":null}"#)
        #expect(
            ControlReply.outcome(.undo, .done(moved: .seconds(-10)))
                == #"{"ok":true,"action":"undo","target":null,"by_us":-10000000}"#)
        #expect(
            ControlReply.outcome(.hold, .refused("it is held"))
                == #"{"ok":false,"refused":"it is held"}"#)
    }

    @Test func tellsHowAReloadEnded() {
        #expect(
            ControlReply.reloaded("changed: q1")
                == #"{"ok":true,"action":"reload","difference":"changed: q1"}"#)
        #expect(
            ControlReply.refused("it has errors", diagnostics: "line 1\n")
                == #"{"ok":false,"refused":"it has errors","diagnostics":"line 1\n"}"#)
    }

    @Test func writesTheWholeStatusInAFixedOrder() {
        #expect(
            ControlReply.status(running(), facts)
                == #"{"ok":true,"show":"quiz.x7k2","title":"Quiz","run":"x7k2","#
                + #""mode":"rehearsal","phase":"running","zero":null,"zero_source":null,"#
                + #""show_time_us":12750000,"held":false,"over_us":0,"#
                + #""next":[{"cue":"q1","id":"q1","channel":"main","kind":"question","#
                + #""text":"Which\u001b?","show_time_us":20000000,"wait_us":7250000}],"manual":[],"#
                + #""offered":"bonus","undo":"shift +10s","on_air":true,"viewers":null,"#
                + #""round_trip_us":null,"counts":{"sent":3,"missed":0,"failed":0,"skipped":0,"#
                + #""in_doubt":1,"repeated":0},"log":"quiz.run.jsonl"}"#)
    }

    @Test func wordsAStatusForPeople() throws {
        var snapshot = running()
        snapshot.isHeld = true
        snapshot.over = .seconds(90)
        snapshot.viewerCount = 7
        let status = try JSONValue.parse(ControlReply.status(snapshot, facts).utf8)
        #expect(
            ControlReply.statusText(status) == """
                Quiz, run x7k2 (rehearsal): running
                clock  00:00:12.7, held, over by 1m30s
                stream on air, 7 viewers
                next   q1 in 00:00:07.2  Which\u{FFFD}?
                GO     bonus
                cues   3 sent, 0 missed, 0 failed, 0 skipped, 1 in doubt
                log    quiz.run.jsonl
                """)
        let idle = try JSONValue.parse(ControlReply.status(ShowSnapshot(), facts).utf8)
        #expect(
            ControlReply.statusText(idle) == """
                Quiz, run x7k2 (rehearsal): waiting
                stream off air
                cues   0 sent, 0 missed, 0 failed, 0 skipped, 0 in doubt
                log    quiz.run.jsonl
                """)
    }
}

@Suite struct LineBufferTests {
    @Test func givesWholeLinesHoweverTheyArrive() {
        let text = Array("hold\n\nshift +10s\r\né空\nrest".utf8)
        for size in 1...text.count {
            var buffer = LineBuffer()
            var lines: [String] = []
            for start in stride(from: 0, to: text.count, by: size) {
                buffer.append(text[start..<min(start + size, text.count)])
                while let line = buffer.next() { lines.append(line) }
            }
            #expect(lines == ["hold", "", "shift +10s\r", "é空"])
            #expect(buffer.count == 4)
            buffer.append([0xFF, 0x0A])
            #expect(buffer.next() == "rest\u{FFFD}" && buffer.next() == nil && buffer.count == 0)
        }
    }
}
