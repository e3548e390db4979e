import CueSheet
import CueText
import CueTimeline
import Testing

@testable import CueScheduler

@Suite struct ShowTimeTests {
    private static let boot = BootTime(nanoseconds: 500_000_000_000)
    private static let wall = WallTime(seconds: 1_800_000_000)

    private func after(_ seconds: Double) -> BootTime {
        Self.boot + .nanoseconds(Int64(seconds * 1e9))
    }

    private func time(
        encoderDelay: Duration = .zero, speed: Double = 1, source: Zero.Source? = .now
    ) -> ShowTime {
        var time = ShowTime(encoderDelay: encoderDelay, speed: speed)
        if let source { time.align(Zero(wall: Self.wall, source: source, boot: Self.boot)) }
        return time
    }

    private func item(_ track: Track, _ seconds: Int64) -> QueuedDispatch {
        var start: Int64 = 0
        switch track {
        case .placed, .pinned: break
        case .instant: start = Self.wall.nanoseconds
        case .called: start = Self.boot.nanoseconds
        }
        return QueuedDispatch(
            Dispatch(occurrence: Occurrence(entry: 0), channel: 0), on: track,
            at: start + seconds * 1_000_000_000)
    }

    @Test func nothingIsDueBeforeZeroIsKnown() {
        let time = time(source: nil)
        #expect(Track.allCases.allSatisfy { time.due(item($0, 10)) == nil })
        #expect(time.reading(at: after(5)) == nil)
        #expect(time.placedTime(of: Self.wall) == nil)
        // Before zero, as at zero.
        #expect(time.placedTime(at: after(5)) == 0)
    }

    @Test func everyTrackCountsFromItsOwnBeginning() {
        let time = time()
        for track in Track.allCases {
            #expect(time.due(item(track, 10)) == after(10))
            #expect(time.moment(of: item(track, 10))?.calendar == Self.wall + .seconds(10))
        }
    }

    @Test func shiftMovesThePlacedAlone() {
        var time = time(encoderDelay: .seconds(2))
        time.shift(by: 3_000_000_000)
        #expect(time.due(item(.placed, 10)) == after(15))
        #expect(time.due(item(.pinned, 10)) == after(10))
        #expect(time.due(item(.instant, 10)) == after(10))
        #expect(time.due(item(.called, 10)) == after(10))
        #expect(time.over(at: after(1)) == 3_000_000_000)
    }

    @Test func theStreamsOwnStartHasTheEncodersDelayInIt() {
        let time = time(encoderDelay: .seconds(2), source: .stream)
        #expect(time.due(item(.placed, 10)) == after(10))
        #expect(
            time.calledTime(at: after(1), offset: .seconds(-5)) == after(1).nanoseconds)
        #expect(
            time.calledTime(at: after(1), offset: .seconds(1)) == after(4).nanoseconds)
    }

    @Test func aHoldStopsAllButTheCalled() {
        var time = time()
        time.hold(at: after(4))
        #expect(time.reading(at: after(9)) == 4_000_000_000)
        #expect(time.due(item(.called, 10)) == after(10))
        for track in [Track.placed, .pinned, .instant] { #expect(time.due(item(track, 10)) == nil) }
        #expect(time.over(at: after(9)) == 5_000_000_000)
        #expect(time.resumed(at: after(9)).due(item(.placed, 10)) == after(15))
        #expect(time.beforeHold.due(item(.placed, 10)) == after(10))
        time.resume(at: after(9))
        #expect(time.due(item(.placed, 10)) == after(15))
        #expect(time.due(item(.pinned, 10)) == after(15))
        #expect(time.due(item(.instant, 10)) == after(10))
        #expect(time.over(at: after(30)) == 5_000_000_000)
        // A second hold adds to the first.
        time.hold(at: after(20))
        time.resume(at: after(21))
        #expect(time.over(at: after(30)) == 6_000_000_000)
    }

    @Test func aHoldFromBeforeZeroStandsAtZero() {
        var time = time(source: nil)
        time.hold(at: after(-7))
        time.align(Zero(wall: Self.wall, source: .now, boot: Self.boot))
        #expect(time.reading(at: after(5)) == 0)
        time.resume(at: after(5))
        #expect(time.due(item(.placed, 10)) == after(15))
    }

    @Test func runsFastButKeepsTheCalendar() {
        let time = time(speed: 60)
        let moment = time.moment(of: item(.placed, 120))
        #expect(moment?.due == after(2))
        #expect(moment?.calendar == Self.wall + .seconds(120))
        #expect(moment?.showTime == 120_000_000_000)
        #expect(time.reading(at: after(2)) == 120_000_000_000)
        #expect(time.scaled(.milliseconds(2_500)) == 150_000_000_000)
        // What is set by a clock on the wall comes no sooner.
        #expect(time.due(item(.instant, 120)) == after(120))
        #expect(time.due(item(.called, 2)) == after(2))
    }

    @Test func aPlacedTimeLeadsBackToNow() {
        var time = time(encoderDelay: .seconds(2), speed: 2)
        time.shift(by: 3_000_000_000)
        time.hold(at: after(3))
        time.resume(at: after(4))
        let now = after(9)
        let placed = QueuedDispatch(
            item(.placed, 0).dispatch, on: .placed, at: time.placedTime(at: now))
        #expect(time.due(placed) == now)
        let soon = QueuedDispatch(
            placed.dispatch, on: .placed, at: time.placedTime(at: now, ahead: .seconds(1)))
        #expect(time.due(soon) == now + .seconds(1))
        #expect(time.placedTime(ofCallAt: now) - placed.trackTime == 2_000_000_000)
    }

    @Test func aPinnedDispatchStaysWhereItIsDue() {
        var time = time(encoderDelay: .seconds(2))
        time.shift(by: 3_000_000_000)
        let pinned = time.pinning(item(.placed, 10))
        #expect(pinned.track == .pinned)
        #expect(time.due(pinned) == after(15))
        time.shift(by: 60_000_000_000)
        #expect(time.due(pinned) == after(15))
        #expect(time.pinning(pinned) == pinned)
    }

    @Test func anInstantLiesAmongThePlaced() {
        var time = time()
        time.shift(by: 3_000_000_000)
        time.hold(at: after(1))
        time.resume(at: after(2))
        // Due 20 s after zero on the boot clock, 1 s of it held, 3 s of it shifted.
        #expect(time.placedTime(of: Self.wall + .seconds(20)) == 16_000_000_000)
    }
}
