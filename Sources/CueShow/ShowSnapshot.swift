package import CueRunLog
package import CueScheduler
import CueSheet
import CueText
import CueTimeline

/// How a show stands, for whoever looks at it.
package struct ShowSnapshot: Sendable {
    package enum Phase: Sendable {
        case waiting
        case asking(past: Int)
        case running
        case ending
        case over
    }

    package var phase: Phase = .waiting
    package var zero: Zero?
    /// On the show's clock, since zero.
    package var showTime: Duration?
    package var isHeld = false
    /// The show starts by a GO that was not given yet.
    package var waitsForGo = false
    /// How far the rest lies behind the sheet by holds and shifts.
    package var over: Duration = .zero
    package var offered: String?
    package var counts = RunEvent.Counts()
    package var isLive = false
    package var viewerCount: Int?
    /// Why the stream can't be seen, where it can't.
    package var streamFailure: Failure?
    package var roundTrip: Duration?
    /// Since the show's loop last went round: proof of life for a watchdog.
    package var turnedAgo: Duration = .zero
    /// What is due next, in order.
    package var upcoming: [Cue] = []
    /// The manual cues that were not called yet.
    package var manual: [Cue] = []
    /// What an undo would take back: `skip q2`, `shift +10s`.
    package var undoable: String?

    package init() {}

    package var next: Cue? { upcoming.first }

    package struct Cue: Sendable {
        /// As the log names it: `q1`, `q1.reveal`, `fact#3`.
        package var name: String
        /// The cue's id, which actions take.
        package var id: String
        package var channel: String
        package var kind: String
        package var text: String
        /// On the show's clock, since zero; nil for a manual cue.
        package var showTime: Duration?
        /// Until it is due, as the clock on the wall goes; while the show is held, as if it went
        /// on now.
        package var wait: Duration?
    }
}

/// What a snapshot takes from the plan, without words yet.
struct PlanListing {
    var now: BootTime
    var upcoming: [Upcoming]
    var manual: [Dispatch]
    var undoable: Undoable?
}

extension DispatchPlan {
    func listing(upcoming count: Int, at now: BootTime) -> PlanListing {
        PlanListing(
            now: now, upcoming: upcoming(count, at: now), manual: waitingForGo(min(count, 32)),
            undoable: undoable)
    }
}

extension ShowSnapshot {
    func worded(_ plan: PlanListing, _ timeline: Timeline) -> ShowSnapshot {
        func cue(_ dispatch: Dispatch) -> Cue {
            Cue(
                name: timeline.name(of: dispatch.occurrence, dispatch.part),
                id: timeline.name(of: dispatch.occurrence),
                channel: timeline.channels[dispatch.channel].name,
                kind: timeline.kind(of: dispatch), text: timeline.caption(of: dispatch))
        }
        var snapshot = self
        snapshot.upcoming = plan.upcoming.map { upcoming in
            var cue = cue(upcoming.dispatch)
            cue.showTime = .nanoseconds(upcoming.showTime)
            cue.wait = upcoming.due.map { $0 - plan.now }
            return cue
        }
        snapshot.manual = plan.manual.map(cue)
        switch plan.undoable {
        case .shift(let moved):
            snapshot.undoable = "shift " + DurationText.formatSigned(.nanoseconds(moved))
        case .skip(let skip): snapshot.undoable = "skip " + timeline.name(of: skip.occurrence)
        case nil: break
        }
        return snapshot
    }
}
