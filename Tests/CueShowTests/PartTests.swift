import CueRunLog
import CueScheduler
import CueText
import CueTimeline
import Testing

@testable import CueShow

private func at(_ seconds: Double) -> BootTime {
    BootTime(nanoseconds: Int64(seconds * 1e9))
}

private func dispatch(_ entry: Int) -> Dispatch {
    Dispatch(occurrence: Occurrence(entry: entry, number: 1), channel: 0)
}

@Suite struct ClockReadingTests {
    private let first = ClockReading(
        boot: at(100), wall: WallTime(seconds: 1_000), awake: at(50))

    /// A later reading, by how much each clock went on meanwhile.
    private func after(boot: Duration, wall: Duration, awake: Duration) -> ClockReading {
        ClockReading(
            boot: first.boot + boot, wall: first.wall + wall, awake: first.awake + awake)
    }

    @Test func noticesThatTheMachineSlept() {
        let brief = after(
            boot: .milliseconds(1_500), wall: .zero, awake: .milliseconds(1_000))
        #expect(brief.standstill(since: first) == nil)
        let slept = after(boot: .seconds(9), wall: .zero, awake: .seconds(1))
        let standstill = slept.standstill(since: first)
        #expect(standstill?.isMachine == true)
        #expect(standstill?.duration == .seconds(8))
    }

    @Test func noticesThatTheProcessStoodStill() {
        for (gap, isNoticed) in [(3_000, false), (3_001, true)] {
            let gap = Duration.milliseconds(gap)
            let standstill = after(boot: gap, wall: gap, awake: gap).standstill(since: first)
            #expect((standstill != nil) == isNoticed)
            #expect(standstill?.isMachine != true)
            if isNoticed { #expect(standstill?.duration == gap) }
        }
    }

    @Test(arguments: [(100, nil), (101, 101), (-100, nil), (-101, -101), (3_600_000, 3_600_000)])
    func noticesAStepOfCivilTime(by step: Int, found: Int?) {
        let later = after(
            boot: .seconds(1), wall: .seconds(1) + .milliseconds(step), awake: .seconds(1))
        #expect(later.wallStep(since: first) == found.map { .milliseconds($0) })
    }

    /// Civil time goes on while the machine sleeps: that is no step.
    @Test func takesNoSleepForAStep() {
        let later = after(boot: .seconds(900), wall: .seconds(900), awake: .zero)
        #expect(later.wallStep(since: first) == nil)
    }

    @Test func placesAMomentInCivilTime() {
        #expect(first.wall(at: at(97)) == WallTime(seconds: 997))
        #expect(first.wall(at: at(102.5)) == WallTime(seconds: 1_002) + .milliseconds(500))
    }
}

@Suite struct LatencyEstimateTests {
    @Test func isHalfTheMedian() {
        var latency = LatencyEstimate()
        #expect(latency.oneWayDelay == .zero)
        #expect(latency.median == nil)
        latency.note(roundTrip: .milliseconds(80))
        #expect(latency.oneWayDelay == .milliseconds(40))
        // Of two the greater; an outlier among three counts for nothing.
        latency.note(roundTrip: .milliseconds(20))
        #expect(latency.median == .milliseconds(80))
        latency.note(roundTrip: .milliseconds(900))
        latency.note(roundTrip: .milliseconds(60))
        latency.note(roundTrip: .milliseconds(40))
        #expect(latency.median == .milliseconds(60))
    }

    @Test func isNeverMoreThanALeadMayBe() {
        var latency = LatencyEstimate()
        latency.note(roundTrip: .seconds(5))
        #expect(latency.oneWayDelay == ShowSettings.leadMax)
        #expect(latency.median == .seconds(5))
    }

    @Test func forgetsWhatIsLongPast() {
        var latency = LatencyEstimate()
        for _ in 0..<31 { latency.note(roundTrip: .milliseconds(100)) }
        for _ in 0..<15 { latency.note(roundTrip: .milliseconds(10)) }
        #expect(latency.median == .milliseconds(100))
        latency.note(roundTrip: .milliseconds(10))
        #expect(latency.median == .milliseconds(10))
    }
}

@Suite struct ConnectionWarmthTests {
    private let begun = at(100)

    private func warmth(group: Int = 3) -> ConnectionWarmth {
        var warmth = ConnectionWarmth(largestGroup: group, at: at(0))
        _ = warmth.begin(at: begun)
        return warmth
    }

    @Test func opensOneMoreThanTheLargestGroupAndOnlyOnce() {
        for (group, connections) in [(0, 1), (3, 4), (31, 32), (500, 32)] {
            var warmth = ConnectionWarmth(largestGroup: group, at: at(0))
            let asked = [warmth.begin(at: begun), warmth.begin(at: begun)]
            #expect(asked == [connections, nil])
        }
    }

    @Test func growsWithASheetAndNeverShrinks() {
        var warmth = warmth(group: 3)
        let asked = [9, 1].map { group in
            warmth.grow(toGroup: group)
            return warmth.renew(at: begun)
        }
        #expect(asked == [10, 10])
    }

    @Test func usesThemAfterSilence() {
        var warmth = warmth()
        func uses(_ seconds: Double...) -> [Double] {
            seconds.filter { warmth.keep(at: at($0)) == 4 }
        }
        #expect(uses(119.9, 120, 120, 121) == [120])
        warmth.noteTraffic(at: at(130))
        #expect(uses(149.9, 150) == [150])
        _ = warmth.renew(at: at(160))
        #expect(uses(170, 180) == [180])
    }

    @Test func doesNothingBeforeTheServiceHasAnswered() {
        var warmth = ConnectionWarmth(largestGroup: 3, at: at(0))
        let asked = [warmth.keep(at: at(1_000)), warmth.renew(at: at(1_000))]
        #expect(asked == [nil, nil])
        #expect(!warmth.isReady(at: at(1_000)))
    }

    @Test func isReadyWhenTheyAreOpenOrTookTooLong() {
        var opened = warmth()
        #expect(!opened.isReady(at: at(100.1)))
        opened.opened()
        #expect(opened.isReady(at: at(100.1)))
        #expect(!warmth().isReady(at: at(101.9)))
        #expect(warmth().isReady(at: at(102)))
    }
}

@Suite struct RunTallyTests {
    @Test func countsEachOutcome() {
        var tally = RunTally()
        #expect(tally.lateness == nil)
        tally.count(.sent(late: .milliseconds(4)))
        tally.count(.sent(late: .milliseconds(2)))
        tally.count(.skipped)
        tally.count(.repeated)
        #expect(tally.isWhole)
        #expect(tally.counts.sent == 2)
        #expect(tally.counts.skipped == 1)
        #expect(tally.counts.repeated == 1)
        #expect(tally.lateness?.max == .milliseconds(4))
        #expect(tally.lateness?.p50 == .milliseconds(2))
    }

    @Test func isNotWholeWhereACueWasNotSent() {
        for outcome in [RunTally.Outcome.missed, .failed, .inDoubt] {
            var tally = RunTally()
            tally.count(outcome)
            #expect(!tally.isWhole)
            let counts = tally.counts
            #expect(counts.missed + counts.failed + counts.inDoubt == 1)
            #expect(counts.sent + counts.skipped + counts.repeated == 0)
        }
    }
}

@Suite struct EditLedgerTests {
    @Test func remembersWhatEveryEditTookOut() {
        var edits = EditLedger(removed: ["z"])
        edits.replace(["a", "b", "c"], by: ["b", "d"])
        edits.replace(["b", "d"], by: ["b"])
        #expect(edits.broughtBack(by: ["b", "e"]) == nil)
        #expect(edits.broughtBack(by: ["d", "c", "b"]) == "c")
        #expect(edits.broughtBack(by: ["z"]) == "z")
    }
}

@Suite struct PendingSkipsTests {
    @Test func givesOutOnceWhatWasNotTakenBack() {
        var skips = PendingSkips()
        for entry in 1...3 { skips.withhold(dispatch(entry), .operator) }
        skips.restore(dispatch(2))
        let released = skips.release()
        #expect(released.map(\.dispatch) == [dispatch(1), dispatch(3)])
        #expect(released.map(\.reason) == [.operator, .operator])
        let again = skips.release()
        #expect(again.isEmpty)
    }
}

@Suite struct EarlierLifeTests {
    @Test func saysOnceWhatMayHaveBeenSentBefore() {
        var earlier = EarlierLife(inDoubt: [dispatch(1), dispatch(2), dispatch(3)], horizon: at(5))
        func maySend(_ entry: Int, due: Double) -> Bool {
            earlier.mayHaveSent(dispatch(entry), due: at(due))
        }
        #expect(earlier.hasArmed(dispatch(1)))
        #expect(maySend(1, due: 5))
        #expect(!maySend(1, due: 5))
        #expect(!earlier.hasArmed(dispatch(1)))
        // Due after the process had ended.
        #expect(!maySend(2, due: 5.1))
        // Disarmed before it was sent, so that it is armed anew.
        earlier.disarm(dispatch(3))
        #expect(!maySend(3, due: 4))
        #expect(!maySend(4, due: 4))
    }
}
