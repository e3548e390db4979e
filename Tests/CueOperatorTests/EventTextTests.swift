import CueRunLog
import CueSheet
import CueTestSupport
import CueText
import Testing

@testable import CueOperator
@testable import CueShow

@Suite struct EventTextTests {
    /// The line of an event as a terminal without colour gets it.
    private func line(_ event: RunEvent, at showTime: Duration? = .seconds(3_661)) -> String? {
        EventText(event).map { Progress.line($0, showTime: showTime) { text, _ in text } }
    }

    @Test func wordsWhatHappensBesideTheCues() {
        #expect(
            line(.streamChanged(channel: "main", from: nil, to: "st-2"))
                == "01:01:01  stream   main: live as st-2")
        #expect(
            line(.streamChanged(channel: "main", from: "st-2", to: nil), at: nil)
                == "--:--:--  stream   main: off the air")
        #expect(
            line(.clockStepped(by: .seconds(-3)))
                == "01:01:01  clock    the wall clock stepped by -3s; no cue moves")
        #expect(
            line(.suspended(.init(duration: .milliseconds(1_500), isMachine: false)))
                == "01:01:01  asleep   this process stood still for 1.5s")
        let reloaded = RunEvent.SheetReloaded(
            sheetSHA256: "", digests: [], cues: 3, at: nil, changed: ["a", "b"], added: [],
            removed: ["c"])
        #expect(
            line(.sheetReloaded(reloaded))
                == "01:01:01  reload   the edited sheet is in force: 2 changed, 1 gone")
    }

    @Test func criesOutWhatWentWrong() throws {
        let failed = RunEvent.hookFailed(
            .init(hook: .known(.cueSent), command: "x\u{1B}", cue: nil, reason: "it ended"))
        let text = try #require(EventText(failed))
        #expect(text.isAlarm && text.style == .bad)
        #expect(text.detail == "cue_sent: x\u{FFFD}: it ended")
        let retry = RunEvent.attemptFailed(
            .init(
                cue: "q1", channel: "es", attempt: 1, code: "Throttling", message: "slow down",
                status: 429, retryIn: .milliseconds(200)))
        #expect(EventText(retry)?.isAlarm == false)
        #expect(
            line(retry)
                == "01:01:01  retry    q1 on es            Throttling: slow down, again in 200.0 ms"
        )
    }

    @Test func leavesOutWhatNobodyNeedsToRead() {
        let cues = ShowStage(
            .test(.payload("a", at: .time(.seconds(5))), .payload("b", at: .time(.seconds(9)))),
            settings: .init())
        cues.play()
        let lines = cues.events.compactMap { line($0, at: .seconds(5)) }
        #expect(cues.events.count > lines.count)
        #expect(
            lines == [
                "00:00:05  zero     2027-01-15T08:00:00.000Z, the stream's start (±1s)",
                "00:00:05  sent     a                   on time, round trip 10.0 ms",
                "00:00:05  sent     b                   on time, round trip 10.0 ms",
            ])
    }

    @Test func tellsHowTheRunStandsInALine() {
        let progress = Progress(terminal: Terminal(environment: ["TERM": "dumb"]))
        var snapshot = ShowSnapshot()
        #expect(progress.status(snapshot) == "waiting for the stream · delivered 0 · missed 0")
        snapshot.streamFailure = Failure(kind: .notLive, code: "x", message: "offline")
        #expect(progress.status(snapshot) == "waiting for the stream · delivered 0 · missed 0")
        snapshot.streamFailure = Failure(kind: .refused, code: "x", message: "no")
        #expect(progress.status(snapshot) == "waiting for the stream · no · delivered 0 · missed 0")
        snapshot.phase = .asking(past: 2)
        #expect(progress.status(snapshot) == "waiting for an answer · delivered 0 · missed 0")
        snapshot.phase = .running
        snapshot.showTime = .seconds(12)
        snapshot.counts.sent = 4
        snapshot.counts.missed = 1
        snapshot.counts.failed = 2
        snapshot.upcoming = [
            ShowSnapshot.Cue(
                name: "q1", id: "q1", channel: "main", kind: "question", text: "Which?",
                showTime: .seconds(20), wait: .milliseconds(7_001))
        ]
        #expect(
            progress.status(snapshot)
                == "00:00:12 · next q1 in 00:08 · delivered 4 · missed 3 · Which?")
        #expect(
            progress.status(snapshot, isBrief: true)
                == "next q1 · delivered 4 · missed 3 · Which?")
        snapshot.isHeld = true
        snapshot.offered = "m"
        snapshot.counts.inDoubt = 1
        #expect(
            progress.status(snapshot)
                == "00:00:12 · HELD · GO: m · delivered 4 · missed 3 · in doubt 1 · Which?")
    }
}
