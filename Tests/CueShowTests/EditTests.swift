import CueRunLog
import CueScheduler
import CueSheet
import CueShow
import CueTestSupport
import CueText
import Testing

@Suite struct EditTests {
    private func at(_ seconds: Int) -> Cue.At { .time(.seconds(seconds)) }

    private func settings() -> ShowSettings {
        var settings = ShowSettings()
        settings.lead = .fixed(.zero)
        return settings
    }

    @Test func endsASkippedCueWhenItCanNotBeTakenBackAnyMore() {
        let stage = ShowStage(
            .test(.payload("a", at: at(10)), .payload("b", at: at(20)), .payload("c", at: at(30))),
            settings: settings())
        stage.play(until: 5)
        stage.post(.operate(.skip("a")))
        stage.play(until: 9)
        #expect(stage.endings == [])
        stage.post(.operate(.undo))
        stage.post(.operate(.skip("b")))
        stage.play(until: 15)
        #expect(stage.endings == ["sent a"])
        stage.play()
        #expect(stage.endings == ["sent a", "skipped b operator", "sent c"])
        #expect(stage.snapshot.counts.skipped == 1)
    }

    @Test func endsASkippedCueAtTheEnd() {
        let stage = ShowStage(
            .test(.payload("a", at: at(10)), .payload("b", at: at(20))), settings: settings())
        stage.play(until: 15)
        stage.post(.operate(.skip("b")))
        stage.play(until: 17)
        #expect(stage.endings == ["sent a", "skipped b operator"])
        #expect(stage.conclusion?.status == .success)
    }

    @Test func tellsWhatAnUndoWouldTakeBack() {
        let stage = ShowStage(
            .test(.payload("a", at: at(10)), .payload("b", at: at(20))), settings: settings())
        stage.play(until: 5)
        stage.post(.operate(.shift(.seconds(10))))
        #expect(stage.snapshot.undoable == "shift +10s")
        #expect(stage.snapshot.over == .seconds(10))
        #expect(stage.snapshot.next?.wait == .seconds(15))
        stage.post(.operate(.skip("b")))
        #expect(stage.snapshot.undoable == "skip b")
        stage.post(.operate(.undo))
        #expect(stage.snapshot.undoable == nil)
    }

    @Test func logsWhichSheetIsInForce() throws {
        let stage = ShowStage(
            .test(
                .question("a", at: at(10), reveal: .seconds(5)), .payload("b", at: at(50)),
                .payload("c", at: at(60))), settings: settings())
        stage.play(until: 20)
        stage.edit(.test(.question("a", at: at(30)), .payload("c", at: at(70))))
        #expect(stage.snapshot.next?.name == "a.reveal")
        stage.play()
        #expect(
            stage.endings == ["sent a", "skipped b removed", "sent a.reveal", "sent c"])
        #expect(stage.attempts == ["10000 a", "35000 a.reveal", "70000 c"])
        let record = try RunRecord(
            ([
                """
                {"event":"run_started","time":"2027-01-15T08:00:00.000000Z","format":1,"run":"test",\
                "mode":"run","sheet":{"path":"s","sha256":"00","digests":{}},"seed":"0","options":{}}

                """
            ] + stage.lines).joined().utf8)
        #expect(record.sheetSHA256 == "5e1f")
        #expect(record.digests.map(\.id) == ["a", "c"])
    }

    @Test func refusesAnEditAfterTheEnd() {
        let stage = ShowStage(.test(.payload("a", at: at(1))), settings: settings())
        stage.play()
        stage.edit(.test(.payload("b", at: at(90))))
        #expect(stage.endings == ["sent a"])
    }

    @Test func bringsNothingBackThatHasEndedAsTakenOut() {
        let before = Sheet.test(.payload("a", at: at(10)), .payload("b", at: at(50)))
        let stage = ShowStage(before, settings: settings())
        stage.play(until: 12)
        stage.edit(.test(.payload("a", at: at(10)), .payload("c", at: at(60))))
        stage.edit(before)
        stage.play()
        #expect(stage.endings == ["sent a", "skipped b removed", "sent c"])
    }

    @Test func skipsWhatIsPastWhereTheShowIsJoined() {
        var settings = settings()
        settings.isAttended = true
        let stage = ShowStage(
            .test(.payload("a", at: at(1)), .payload("b", at: at(90))), settings: settings,
            stream: .success(
                StreamStatus(
                    streamID: "s", startTime: ShowStage.wall + .seconds(-60), viewerCount: nil)))
        stage.play(until: 2)
        stage.post(.decide(.join))
        stage.play()
        #expect(stage.endings == ["skipped a joined_late", "sent b"])
    }

    @Test func disarmsWhatAnEditMoves() {
        let stage = ShowStage(.test(.payload("a", at: at(10))), settings: settings())
        stage.play(until: 9.5)
        stage.edit(.test(.payload("a", at: at(20))))
        stage.play()
        #expect(stage.attempts == ["20000 a"])
        let armed = stage.events.map(\.name.rawValue).filter { $0.contains("armed") }
        #expect(armed == ["cue_armed", "cue_disarmed", "cue_armed"])
    }
}
