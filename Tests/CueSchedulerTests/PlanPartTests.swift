import CueSheet
import CueTestSupport
import CueText
import CueTimeline
import Testing

@testable import CueScheduler

@Suite struct TracksTests {
    private func item(
        _ entry: Int, _ track: Track, _ time: Int64, channel: Int = 0, part: Part = .cue
    ) -> QueuedDispatch {
        QueuedDispatch(
            Dispatch(occurrence: Occurrence(entry: entry), part: part, channel: channel),
            on: track, at: time)
    }

    private func tracks(_ items: QueuedDispatch...) -> Tracks {
        var tracks = Tracks()
        for item in items { tracks.queue(item) }
        return tracks
    }

    @Test func armsTheFirstOfEachTrackThatIsReady() {
        var tracks = tracks(
            item(0, .placed, 30), item(1, .placed, 10), item(2, .pinned, 20), item(3, .called, 5))
        var armed: [Int] = []
        while let item = tracks.arm(where: { $0.trackTime <= 20 }) {
            armed.append(item.dispatch.occurrence.entry)
        }
        #expect(armed == [1, 2, 3])
        #expect(tracks.release { $0.trackTime >= 10 }.map(\.trackTime) == [10, 20])
        #expect(tracks.filter { _ in true }.map(\.trackTime) == [5, 30])
        #expect(!tracks.isEmpty)
    }

    @Test func putsBackWhatIsDisarmed() {
        var tracks = tracks(item(0, .placed, 10), item(1, .instant, 10))
        while tracks.arm(where: { _ in true }) != nil {}
        #expect(tracks.disarm { $0.track == .placed } == [item(0, .placed, 10).dispatch])
        #expect(tracks.firstPlacedTime == 10)
        #expect(tracks.arm { _ in true } == item(0, .placed, 10))
        #expect(tracks.disarm { _ in true }.count == 2)
    }

    @Test func wakesForTheFirstOfWhatIsArmedAndQueued() {
        var tracks = tracks(item(0, .placed, 10), item(1, .placed, 20), item(2, .pinned, 40))
        func earliest() -> Int64? {
            tracks.earliest(
                leaves: { BootTime(nanoseconds: $0.trackTime) },
                isArmed: { BootTime(nanoseconds: $0.trackTime - 15) }
            )?.nanoseconds
        }
        #expect(earliest() == -5)
        _ = tracks.arm { _ in true }
        #expect(earliest() == 5)
        _ = tracks.arm { _ in true }
        #expect(earliest() == 10)
        #expect(tracks.firstPlacedTime == 10)
        _ = tracks.release { _ in true }
        #expect(earliest() == 25)
        #expect(tracks.firstPlacedTime == nil)
    }

    @Test func removesFromEveryTrackAndWhatIsArmed() {
        var tracks = tracks(
            item(0, .placed, 10), item(0, .pinned, 20, part: .reveal), item(1, .instant, 30),
            item(0, .called, 40))
        _ = tracks.arm { $0.track == .placed }
        let (armed, queued) = tracks.remove {
            $0.isPendingCue && $0.dispatch.occurrence.entry == 0
        }
        #expect(armed == [item(0, .placed, 10)])
        #expect(queued.isEmpty)
        #expect(tracks.contains { $0.track == .called })
        #expect(tracks.remove { _ in true }.queued.count == 3)
        #expect(tracks.isEmpty)
    }

    @Test func pinsWhatRemainsOfAnOccurrence() {
        var tracks = tracks(
            item(0, .placed, 10, channel: 1), item(0, .placed, 20, channel: 2),
            item(1, .placed, 15))
        _ = tracks.arm { $0.trackTime == 10 }
        tracks.pin(Occurrence(entry: 0), by: ShowTime(encoderDelay: .nanoseconds(7)))
        #expect(
            tracks.filter { $0.track == .pinned }
                == [item(0, .pinned, 17, channel: 1), item(0, .pinned, 27, channel: 2)])
        #expect(tracks.filter { $0.track == .placed } == [item(1, .placed, 15)])
    }

    @Test func listsTheFirstOfEachTrack() {
        let tracks = tracks(
            item(0, .placed, 30), item(1, .placed, 10), item(2, .placed, 20),
            item(3, .pinned, 5, part: .again(1)), item(3, .pinned, 9, part: .reveal))
        let first = tracks.first(2) { !$0.dispatch.part.isAgain }
        #expect(first.map(\.trackTime) == [10, 20, 9])
    }

    @Test func recallsWhatWasNotCommitted() {
        var tracks = Tracks()
        let (a, b) = (item(0, .placed, 10), item(1, .placed, 20))
        tracks.keepRecallable(a)
        tracks.keepRecallable(b)
        #expect(tracks.isEmpty)
        tracks.commit(b.dispatch)
        #expect(tracks.isRecallable(a.dispatch))
        #expect(!tracks.isRecallable(b.dispatch))
        tracks.recall([a.dispatch, b.dispatch])
        #expect(tracks.filter { _ in true } == [a])
        #expect(!tracks.isRecallable(a.dispatch))
    }
}

@Suite struct EntryProgressTests {
    @Test func isOverWhereItWasUsedBeforeItWasPlaced() {
        var progress = EntryProgress()
        progress.passOver(isManual: false)
        #expect(progress.hasComeDue && !progress.isUsed)
        progress.passOver(isManual: true)
        #expect(progress.isOver)
        progress.place(at: 10)
        #expect(progress.firstKey == 10)
        #expect(!progress.isOver)
    }

    @Test func passesOverWhatWasSkippedAheadOnce() {
        var progress = EntryProgress(firstKey: 0)
        progress.skipAhead(2)
        #expect(progress.isSkippedAhead(2))
        let reached = [1, 2, 3].map { progress.reach($0) }
        #expect(reached == [true, false, true])
        #expect(progress.lastNumber == 3)
        #expect(!progress.isSkippedAhead(2))
    }

    @Test func undoesASkipAndNothingElse() {
        var progress = EntryProgress()
        _ = progress.reach(1)
        let before = progress
        _ = progress.reach(2)
        progress.passOver(isManual: true)
        progress.skipAhead(3)
        progress.undoSkip(of: 3, before: before)
        #expect(!progress.isUsed && !progress.hasComeDue && !progress.isSkippedAhead(3))
        #expect(progress.lastNumber == 2)
    }

    @Test func countsFiringsByOccurrence() {
        var progress = EntryProgress(firstKey: 0)
        #expect(progress.firings(of: 1) == 1)
        progress.fireAgain(1)
        progress.fireAgain(1)
        #expect(progress.firings(of: 1) == 3)
        #expect(progress.firings(of: 2) == 1)
    }

    @Test func beginsToSendAnOccurrenceOnce() {
        var progress = EntryProgress(firstKey: 0)
        let isFirst = [1, 1, 2].map { progress.sendPart(of: $0) }
        #expect(isFirst == [true, false, true])
    }

    @Test func anHeirTakesOverAllButItsPlace() {
        var earlier = EntryProgress(firstKey: 5)
        _ = earlier.reach(4)
        earlier.call()
        earlier.skipAhead(6)
        earlier.fireAgain(1)
        var heir = EntryProgress(heirOf: earlier, firstKey: nil)
        #expect(heir.firstKey == nil && heir.lastNumber == 0)
        #expect(heir.isUsed && heir.hasComeDue && heir.isSkippedAhead(6))
        #expect(heir.firings(of: 1) == 2)
        heir.follow(earlier.lastNumber)
        #expect(heir.lastNumber == 4)
        earlier.retire()
        #expect(earlier.lastNumber == .max && earlier.isUsed)
    }

    @Test func whatHasBegunWaitsForNoGo() {
        var waiting = EntryProgress()
        waiting.follow(0)
        #expect(!waiting.isUsed)
        waiting.follow(3)
        #expect(waiting.isOver)
        var placed = EntryProgress(firstKey: 7)
        placed.follow(3)
        #expect(!placed.isUsed)
    }
}

@Suite struct RundownTests {
    private func rundown(_ cues: Cue...) -> Rundown {
        Rundown(Timeline.build(.test(channels: 2, cues)).timeline)
    }

    @Test func queuesAnOccurrenceOnEachOfItsChannels() {
        var sheet = Sheet.test(
            channels: 2,
            .payload("r", at: .at(10)).repeated(every: .seconds(5), .times(3)),
            .payload("m", at: .manual),
            .payload("i", at: .instant(WallTime(seconds: 1_800_000_000))))
        sheet.channels[1].offset = .milliseconds(-200)
        let rundown = Rundown(Timeline.build(sheet).timeline)
        let second = rundown.queued(Occurrence(entry: 0, number: 2))
        #expect(second.map(\.trackTime) == [15_000_000_000, 14_800_000_000])
        #expect(second.allSatisfy { $0.track == .placed })
        #expect(rundown.queued(Occurrence(entry: 1)).isEmpty)
        #expect(rundown.queued(Occurrence(entry: 2)).first?.track == .instant)
    }

    @Test func reachesOneNumberAfterAnother() {
        var rundown = rundown(
            .payload("r", at: .at(10)).repeated(every: .seconds(5), .times(4)))
        #expect(rundown.nextNumber(of: 0) == 1)
        rundown.skipAhead(Occurrence(entry: 0, number: 2))
        rundown.skipAhead(Occurrence(entry: 0, number: 4))
        #expect(rundown.reach(0, number: 1)?.number == 1)
        #expect(rundown.nextAhead(of: 0)?.number == 3)
        #expect(rundown.reach(0, number: 2)?.number == 3)
        #expect(rundown.nextAhead(of: 0) == nil)
        #expect(rundown.reach(0, number: 4) == nil)
        #expect(rundown.occurrence(named: "r")?.number == 4)
        #expect(rundown.occurrence(named: "r#2")?.number == 2)
        #expect(rundown.occurrence(named: "r#5") == nil)
        #expect(rundown.occurrence(named: "x") == nil)
    }

    @Test func aRepeatWithoutEndHasNoRestOnceItHasBegun() {
        var rundown = rundown(
            .payload("r", at: .at(10)).repeated(every: .seconds(5), .times(3)),
            .payload("e", at: .at(10)).repeated(every: .seconds(5), .never),
            .payload("m", at: .manual))
        _ = rundown.reach(0, number: 1)
        _ = rundown.reach(1, number: 1)
        #expect(rundown.endRest(of: 0).map(\.number) == [2, 3])
        #expect(rundown.endRest(of: 0).isEmpty)
        #expect(rundown.endRest(of: 1).isEmpty)
        #expect(rundown.endRest(of: 2).map(\.number) == [1])
    }

    @Test func placesWhatFloatsOnAManualCue() {
        var rundown = rundown(
            .payload("a", at: .at(10)), .payload("m", at: .manual),
            .payload("f", at: .after("m", 40)), .payload("n", at: .manual))
        #expect(rundown.offered == nil)
        rundown.comeDue(0)
        #expect(rundown.offered == 1)
        #expect(rundown.place(1, at: 60_000_000_000) == [2])
        rundown.call(1)
        #expect(rundown.trackTime(of: Occurrence(entry: 2)) == 100_000_000_000)
        // What floats on the first is to come before the next.
        #expect(rundown.offered == nil)
        rundown.comeDue(2)
        #expect(rundown.offered == 3)
        #expect(rundown.hasUncalled)
        #expect(rundown.waitingForGo(9).map(\.occurrence.entry) == [3])
        rundown.passOver(3)
        #expect(!rundown.hasUncalled)
        #expect(rundown.offered == nil)
    }

    @Test func handsTheProgressOfACueToItsHeir() {
        var rundown = rundown(
            .payload("m", at: .manual), .payload("f", at: .after("m", 10)),
            .payload("gone", at: .at(9)),
            .payload("r", at: .at(1)).repeated(every: .seconds(1), .times(2)))
        _ = rundown.place(0, at: 5_000_000_000)
        rundown.call(0)
        let edited = Timeline.build(
            .test(
                channels: 2, .payload("f", at: .after("m", 20)), .payload("m", at: .manual),
                .payload("r", at: .at(1)), .payload("new", at: .at(7)))
        ).timeline
        let handOver = rundown.replace(with: edited)
        #expect(handOver.map(\.earlier) == [0, 1, 2, 3])
        // What repeats goes by other names than what does not.
        #expect(handOver.map(\.heir) == [5, 4, nil, nil])
        #expect(rundown.current == 4..<8)
        #expect(rundown[5].isUsed)
        #expect(rundown.trackTime(of: Occurrence(entry: 4)) == 25_000_000_000)
        #expect(rundown.trackTime(of: Occurrence(entry: 7)) == 7_000_000_000)
        rundown.follow(0, by: 5)
        #expect(rundown[5].lastNumber == 1)
    }
}

@Suite struct UndoMemoryTests {
    private let placed = QueuedDispatch(
        Dispatch(occurrence: Occurrence(entry: 0), channel: 0), on: .placed, at: 10)

    private var skip: Undoable {
        .skip(
            .init(
                occurrence: placed.dispatch.occurrence, items: [], wouldLeave: [placed],
                progress: EntryProgress()))
    }

    @Test func keepsAShiftUntilSomethingPlacedLeaves() {
        var undo = Undo()
        undo.remember(.shift(by: 5))
        undo.noteLeft(QueuedDispatch(placed.dispatch, on: .pinned, at: 10))
        undo.expire { _ in true }
        undo.forgetSkip()
        #expect(undo.last != nil)
        undo.noteLeft(placed)
        #expect(undo.last == nil)
    }

    @Test func keepsASkipUntilItWouldHaveLeft() {
        var undo = Undo()
        undo.remember(skip)
        undo.noteLeft(placed)
        undo.expire { $0.trackTime > 10 }
        #expect(undo.holdsSkip)
        undo.expire { $0.trackTime >= 10 }
        #expect(!undo.holdsSkip)
    }

    @Test func forgetsASkipThatIsToStand() {
        var undo = Undo()
        undo.remember(skip)
        undo.forgetSkip()
        #expect(undo.last == nil)
    }
}
