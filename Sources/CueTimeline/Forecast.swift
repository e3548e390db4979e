package import CueSheet
import CueText
import IVSWire

/// A dispatch with the moment it is due: nanoseconds after zero, after a GO, or since 1970,
/// whichever its group counts from; the channel's offset is in it.
struct TimelineDispatch: Sendable {
    var due: Int64
    var dispatch: Dispatch

    /// By moment; at the same moment in the sheet's order. The show sends in this order too.
    static func precedes(_ a: TimelineDispatch, _ b: TimelineDispatch) -> Bool {
        a.due == b.due ? Dispatch.precedes(a.dispatch, b.dispatch) : a.due < b.due
    }
}

/// What counts from the same moment.
enum Origin: Hashable, Sendable {
    case zero
    /// The GO of a manual cue, by its index in `Sheet.cues`.
    case go(root: Int)
    /// 1970.
    case epoch
}

extension Timeline {
    /// A question that left later than this makes its reveal as late; below it, it was on time.
    package static let lateTolerance: Duration = .milliseconds(100)
    /// How far repeats without end are looked at where nothing else bounds them.
    static let horizonDefault: Duration = .seconds(3_600)

    /// All dispatches up to the horizon, in the order they are due, by what they count from; cut
    /// off at `limit`, and then not whole.
    ///
    /// The horizon bounds only repeats without end; where it is given by the user, everything.
    func dispatches(
        parts: Bool = true, until horizon: Duration? = nil, limit: Int = 1_500_000
    ) -> (groups: [(origin: Origin, dispatches: [TimelineDispatch])], isWhole: Bool) {
        var groups: [Origin: [TimelineDispatch]] = [:]
        var count = 0
        let isWhole = eachDispatch(parts: parts, until: horizon) { origin, planned in
            guard count < limit else { return false }
            groups[origin, default: []].append(planned)
            count += 1
            return true
        }
        return (Self.sorted(groups), isWhole)
    }

    /// Hands over the dispatches up to the horizon in the order of the sheet, until one is refused;
    /// false then.
    fileprivate func eachDispatch(
        parts: Bool, until horizon: Duration?, _ visit: (Origin, TimelineDispatch) -> Bool
    ) -> Bool {
        let offsets = channelOffsets.map(\.nanoseconds)
        for entry in entries.indices {
            guard var number = firstNumber(of: entry) else { continue }
            let endless = isEndless(entry)
            let channels = entries[entry].cue.channels
            let again = parts ? againCount(of: entry) : 0
            let last = again + (parts && hasReveal(entry) ? 1 : 0)
            var first: Int64?
            while let position = self.position(of: entry, number: number), contains(position) {
                let (origin, time) = position.counted
                let since = time - (first ?? time)
                first = first ?? time
                let reach = origin == .zero ? time : since
                if let horizon, reach > horizon.nanoseconds { break }
                if endless, reach > (horizon ?? Self.horizonDefault).nanoseconds { break }
                let occurrence = Occurrence(entry: entry, number: number)
                for index in 0...last {
                    let part: Part = index == 0 ? .cue : index <= again ? .again(index) : .reveal
                    let due = index == 0 ? time : time + delay(of: part, in: entry).nanoseconds
                    for channel in channels {
                        let dispatch = Dispatch(
                            occurrence: occurrence, part: part, channel: channel)
                        let planned = TimelineDispatch(
                            due: due + offsets[channel], dispatch: dispatch)
                        guard visit(origin, planned) else { return false }
                    }
                }
                number += 1
            }
        }
        return true
    }

    private static func sorted(
        _ groups: [Origin: [TimelineDispatch]]
    ) -> [(origin: Origin, dispatches: [TimelineDispatch])] {
        groups.map { ($0.key, $0.value.sorted(by: TimelineDispatch.precedes)) }
            .sorted { $0.origin.order < $1.origin.order }
    }

    /// The largest number of dispatches that are under way at once, where an answer takes up to
    /// half a second: so many connections are worth keeping warm.
    package func largestGroup(limit: Int = 32) -> Int {
        let span: Int64 = 500_000_000
        var largest = 1
        for group in dispatches(limit: 200_000).groups {
            var start = 0
            for index in group.dispatches.indices {
                while group.dispatches[start].due <= group.dispatches[index].due - span {
                    start += 1
                }
                largest = max(largest, index - start + 1)
                if largest >= limit { return limit }
            }
        }
        return largest
    }
}

extension Position {
    /// What the position counts from, and the nanoseconds since then.
    var counted: (origin: Origin, time: Int64) {
        switch self {
        case .placed(let time): (.zero, time.nanoseconds)
        case .floating(let root, let time): (.go(root: root), time.nanoseconds)
        case .instant(let time): (.epoch, time.nanoseconds)
        }
    }
}

extension Origin {
    fileprivate var order: Int {
        switch self {
        case .zero: -1
        case .go(let root): root
        case .epoch: .max
        }
    }
}

/// What the rate limit will do to a timeline: which dispatch leaves how late, were every call to
/// succeed at once.
package struct Forecast: Sendable {
    package struct Delay: Sendable {
        package var dispatch: Dispatch
        package var late: Duration
    }

    /// Every dispatch that can't leave on time, in the order it leaves.
    package private(set) var delays: [Delay] = []

    package init(_ timeline: Timeline) {
        guard !Forecast.isCalm(timeline) else { return }
        for group in timeline.dispatches().groups {
            var run = ForecastRun(timeline: timeline, dispatches: group.dispatches)
            delays += run.play()
        }
    }

    /// Whether the rate limit lets everything leave the moment it is due, as it does in most
    /// sheets: told without a list of dispatches and without queues.
    private static func isCalm(_ timeline: Timeline) -> Bool {
        var moments: [Origin: [(due: Int64, channel: Int)]] = [:]
        var room = 1_500_000
        let isWhole = timeline.eachDispatch(parts: true, until: nil) { origin, planned in
            moments[origin, default: []].append((planned.due, planned.dispatch.channel))
            room -= 1
            return room > 0
        }
        guard isWhole else { return false }
        for origin in Array(moments.keys) {
            // Taken out, so that it is sorted where it lies.
            guard var group = moments.removeValue(forKey: origin) else { continue }
            group.sort { $0.due < $1.due }
            var limit = RateLimit(channels: timeline.channels.count)
            for (due, channel) in group {
                guard limit.earliest(channel: channel, now: due) == due else { return false }
                limit.record(channel: channel, at: due)
            }
        }
        return true
    }

    /// One warning for each burst on a channel, at the cue that it makes latest.
    package func diagnostics(of timeline: Timeline) -> [Diagnostic] {
        var warnings: [Diagnostic] = []
        var bursts: [Int: [Delay]] = [:]
        func close(_ channel: Int) {
            guard let burst = bursts.removeValue(forKey: channel) else { return }
            warnings += Self.warnings(of: burst, channel: channel, timeline)
        }
        for delay in delays {
            let channel = delay.dispatch.channel
            if let last = bursts[channel]?.last,
                delay.dispatch.occurrence.entry != last.dispatch.occurrence.entry,
                delay.late <= RateLimit.window, last.late > RateLimit.window
            {
                close(channel)
            }
            bursts[channel, default: []].append(delay)
        }
        for channel in bursts.keys.sorted() { close(channel) }
        return warnings
    }

    private static func warnings(
        of burst: [Delay], channel: Int, _ timeline: Timeline
    ) -> [Diagnostic] {
        guard let worst = burst.max(by: { $0.late < $1.late }) else { return [] }
        let name = timeline.name(of: worst.dispatch.occurrence, worst.dispatch.part)
        let cue = timeline.entries[worst.dispatch.occurrence.entry].cue
        let channelName = timeline.channels[channel].name
        let late = DurationText.format(.milliseconds(worst.late.nanoseconds / 1_000_000))
        var found = [
            Diagnostic.warning(
                "rate-limit", at: cue.mark,
                "too many sends at once on channel \"\(channelName)\": \"\(name)\" will be "
                    + "\(late) late",
                hint: "IVS takes \(IVSLimits.metadataPerSecondPerChannel) a second on a channel "
                    + "and \(IVSLimits.metadataPerSecondPerAccount) on an account; "
                    + "\(burst.count) of these leave late")
        ]
        if let missed = burst.first(where: { delay in
            let late = timeline.entries[delay.dispatch.occurrence.entry].cue.late
            if case .within(let budget) = late { return delay.late > budget }
            return false
        }) {
            let cue = timeline.entries[missed.dispatch.occurrence.entry].cue
            if case .within(let budget) = cue.late {
                let name = timeline.name(of: missed.dispatch.occurrence, missed.dispatch.part)
                found.append(
                    .warning(
                        "late-budget", at: cue.mark,
                        "\"\(name)\" would be later than its budget of "
                            + "\(DurationText.format(budget)), and be missed",
                        hint: "spread the cues, or raise late"))
            }
        }
        return found
    }
}

/// Plays one group of dispatches against a rate limit, as the show will: each channel drains in
/// order, its head goes as soon as the limit allows, or is missed where that is after its budget.
/// Repetitions and the reveal join once their question has left; the reveal is as late as that.
private struct ForecastRun {
    let timeline: Timeline
    var limit: RateLimit
    var queues: [Heap<Waiting>]

    /// In the order of coming: what follows a late question may be due before others that wait
    /// already, and stands behind them.
    struct Waiting {
        var since: Int64
        var item: TimelineDispatch

        static func precedes(_ a: Waiting, _ b: Waiting) -> Bool {
            a.since == b.since ? TimelineDispatch.precedes(a.item, b.item) : a.since < b.since
        }
    }

    init(timeline: Timeline, dispatches: [TimelineDispatch]) {
        self.timeline = timeline
        limit = RateLimit(channels: timeline.channels.count)
        queues = Array(
            repeating: Heap(precedes: Waiting.precedes), count: timeline.channels.count)
        for item in dispatches where item.dispatch.part == .cue {
            queues[item.dispatch.channel].push(Waiting(since: item.due, item: item))
        }
    }

    mutating func play() -> [Forecast.Delay] {
        var delays: [Forecast.Delay] = []
        var heads = Heap<(time: Int64, channel: Int)> {
            ($0.time, $0.channel) < ($1.time, $1.channel)
        }
        for channel in queues.indices {
            if let since = queues[channel].first?.since { heads.push((since, channel)) }
        }
        while let (time, channel) = heads.pop() {
            let allowed = limit.earliest(channel: channel, now: time)
            guard let item = queues[channel].first?.item else { continue }
            let isMissed = budget(of: item).map { allowed > item.due + $0 } ?? false
            if allowed > time, !isMissed {
                heads.push((allowed, channel))
                continue
            }
            _ = queues[channel].pop()
            let late = allowed - item.due
            // A repetition that comes too late is nobody's loss.
            if late > 0, !(isMissed && item.dispatch.part.isAgain) {
                delays.append(.init(dispatch: item.dispatch, late: .nanoseconds(late)))
            }
            if !isMissed {
                limit.record(channel: channel, at: time)
                pushFollowers(of: item, late: late)
            }
            if let since = queues[channel].first?.since {
                heads.push((max(since, time), channel))
            }
        }
        return delays
    }

    private func budget(of item: TimelineDispatch) -> Int64? {
        let cue = timeline.entries[item.dispatch.occurrence.entry].cue
        var budget: Int64?
        if case .within(let late) = cue.late { budget = late.nanoseconds }
        guard item.dispatch.part.isAgain, let again = cue.again?.nanoseconds else { return budget }
        return min(again, budget ?? again)
    }

    private mutating func pushFollowers(of question: TimelineDispatch, late: Int64) {
        guard question.dispatch.part == .cue else { return }
        let entry = question.dispatch.occurrence.entry
        for count in 0..<timeline.againCount(of: entry) {
            push(.again(count + 1), of: question, sent: late, movedBy: 0)
        }
        guard timeline.hasReveal(entry) else { return }
        let shift = late > Timeline.lateTolerance.nanoseconds ? late : 0
        push(.reveal, of: question, sent: late, movedBy: shift)
    }

    private mutating func push(
        _ part: Part, of question: TimelineDispatch, sent lateness: Int64, movedBy shift: Int64
    ) {
        var follower = question
        follower.dispatch.part = part
        let delay = timeline.delay(of: part, in: question.dispatch.occurrence.entry)
        let sent = follower.due + lateness
        follower.due += delay.nanoseconds + shift
        queues[follower.dispatch.channel].push(
            Waiting(since: max(follower.due, sent), item: follower))
    }
}
