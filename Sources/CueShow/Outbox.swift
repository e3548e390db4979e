import CueScheduler
import CueText
import CueTimeline
import IVSWire

/// A dispatch between its due time and its ending.
struct Delivery: Sendable {
    let scheduled: ScheduledDispatch
    let message: Message
    /// As it was when the plan gave the dispatch out.
    let lead: Duration
    var progress = DeliveryProgress()
    /// What the last retry took from the channel's quota.
    fileprivate var cost: Int?

    init(
        _ scheduled: ScheduledDispatch, _ message: Message, lead: Duration,
        mayHaveArrived: Bool = false
    ) {
        self.scheduled = scheduled
        self.message = message
        self.lead = lead
        progress.mayHaveArrived = mayHaveArrived
    }
}

/// The deliveries on their way: whose turn it is on each channel, what the rate allows, and whether
/// a failed attempt is repeated.
struct Outbox: Sendable {
    /// What is next in a channel's queue.
    enum Departure: Sendable {
        case attempt(Delivery, timeout: Duration)
        /// Waited for its turn until it was too late.
        case expired(Delivery, DeliveryEnding)
    }

    /// What follows a failed attempt.
    enum Consequence: Hashable, Sendable {
        case retry(in: Duration)
        case conclude(DeliveryEnding)
    }

    /// A place in a channel's queue: by time, then in the order of coming.
    private struct Turn {
        var time: BootTime
        var number: Int
        var dispatch: Dispatch
        var deadline: BootTime?
    }

    private var deliveries: [Dispatch: Delivery] = [:]
    /// By channel.
    private var queues: [Heap<Turn>]
    /// Over all channels: on most wake-ups nothing waits, and no channel is looked at.
    private var waitingCount = 0
    private var lastTurn = 0
    private var limit: RateLimit
    /// By channel.
    private var quotas: [RetryQuota]
    private let maxAttempts: Int?
    private var random: SplitMix64

    init(channels: Int, settings: ShowSettings, seed: UInt64) {
        queues = Array(
            repeating: Heap { ($0.time, $0.number) < ($1.time, $1.number) }, count: channels)
        limit = RateLimit(
            channels: channels, perChannel: settings.limitChannel,
            perAccount: settings.limitAccount, speed: settings.speed)
        quotas = Array(repeating: RetryQuota(), count: channels)
        maxAttempts = settings.maxAttempts
        random = SplitMix64(state: seed)
    }

    var isEmpty: Bool { deliveries.isEmpty }
    var count: Int { deliveries.count }

    /// All of them in the order of their dispatches.
    var inOrder: [Delivery] {
        deliveries.values.sorted { Dispatch.precedes($0.scheduled.dispatch, $1.scheduled.dispatch) }
    }

    // MARK: In and out

    mutating func add(_ delivery: Delivery, at now: BootTime) {
        deliveries[delivery.scheduled.dispatch] = delivery
        queue(delivery.scheduled, at: now)
    }

    /// Takes out what has come to its ending; nil if it was never in.
    mutating func remove(_ dispatch: Dispatch) -> Delivery? {
        deliveries.removeValue(forKey: dispatch)
    }

    /// What waits for the rate and has not left, as far as anybody knows.
    var unsent: [Dispatch] {
        deliveries.compactMap { dispatch, delivery in
            delivery.progress.attempts == 0 && !delivery.progress.mayHaveArrived ? dispatch : nil
        }
    }

    /// Takes out deliveries that are to be scheduled anew.
    mutating func withdraw(_ dispatches: [Dispatch]) {
        for dispatch in dispatches {
            deliveries[dispatch] = nil
            waitingCount -= queues[dispatch.channel].removeAll { $0.dispatch == dispatch }.count
        }
    }

    // MARK: Turns

    private mutating func queue(_ scheduled: ScheduledDispatch, at time: BootTime) {
        let dispatch = scheduled.dispatch
        lastTurn += 1
        queues[dispatch.channel].push(
            Turn(
                time: time, number: lastTurn, dispatch: dispatch, deadline: scheduled.deadline))
        waitingCount += 1
    }

    private mutating func popFirst(_ channel: Int) {
        if queues[channel].pop() != nil { waitingCount -= 1 }
    }

    /// When the first in some line may leave, or will have waited too long.
    func nextTurn(at now: BootTime) -> BootTime? {
        guard waitingCount > 0 else { return nil }
        var next: BootTime?
        for channel in queues.indices {
            guard let first = queues[channel].first else { continue }
            let time = turn(of: first, at: now)
            next = min(next ?? time, time)
        }
        return next
    }

    private func turn(of first: Turn, at now: BootTime) -> BootTime {
        let allowed = limit.earliest(
            channel: first.dispatch.channel, now: max(first.time, now).nanoseconds)
        let time = BootTime(nanoseconds: allowed)
        guard let deadline = first.deadline else { return time }
        return min(time, max(first.time, deadline + .nanoseconds(1)))
    }

    /// Whether the first in a channel's line has had its time: cheap, since on every wake-up all
    /// channels are asked.
    func isDue(channel: Int, at now: BootTime) -> Bool {
        guard waitingCount > 0, let first = queues[channel].first else { return false }
        return first.time <= now
    }

    /// What is to leave now on a channel, or to end; nil when nothing more is. Each channel drains
    /// in order.
    mutating func nextDeparture(channel: Int, at now: BootTime) -> Departure? {
        while let first = queues[channel].first, first.time <= now {
            guard let delivery = deliveries[first.dispatch] else {
                popFirst(channel)
                continue
            }
            let deadline = delivery.scheduled.deadline
            if let deadline, now > deadline {
                popFirst(channel)
                return .expired(delivery, delivery.progress.ending(.tooLate))
            }
            guard limit.earliest(channel: channel, now: now.nanoseconds) <= now.nanoseconds else {
                return nil
            }
            popFirst(channel)
            countSend(channel: channel, at: max(delivery.message.leaves, now))
            deliveries[first.dispatch]?.progress.attempts += 1
            deliveries[first.dispatch]?.progress.isUnderway = true
            var timeout = ShowSettings.attemptTimeout
            if let deadline {
                timeout = max(min(timeout, deadline - now), ShowSettings.attemptFloor)
            }
            return .attempt(delivery, timeout: timeout)
        }
        return nil
    }

    /// Counts a send for the rate.
    mutating func countSend(channel: Int, at time: BootTime) {
        limit.record(channel: channel, at: time.nanoseconds)
    }

    // MARK: Answers

    /// Notes that a delivery was acknowledged; nil where it has ended before.
    mutating func acknowledge(_ dispatch: Dispatch) -> Delivery? {
        guard let delivery = deliveries[dispatch] else { return nil }
        quotas[dispatch.channel].refund(delivery.cost)
        return delivery
    }

    /// Notes that an attempt failed, and decides what follows; nil where the delivery has ended
    /// before.
    mutating func fail(
        _ dispatch: Dispatch, _ failure: Failure, at now: BootTime, isRunEnding: Bool
    ) -> (Delivery, Consequence)? {
        guard var delivery = deliveries[dispatch] else { return nil }
        delivery.progress.isUnderway = false
        if failure.kind == .noAnswer { delivery.progress.mayHaveArrived = true }
        delivery.progress.lastFailure = failure
        let consequence = consequence(of: failure, &delivery, at: now, isRunEnding: isRunEnding)
        deliveries[dispatch] = delivery
        if case .retry(let pause) = consequence { queue(delivery.scheduled, at: now + pause) }
        return (delivery, consequence)
    }

    private mutating func consequence(
        of failure: Failure, _ delivery: inout Delivery, at now: BootTime, isRunEnding: Bool
    ) -> Consequence {
        let progress = delivery.progress
        let dispatch = delivery.scheduled.dispatch
        func conclude(_ why: DeliveryProgress.LastWord) -> Consequence {
            .conclude(progress.ending(why))
        }
        let wait = RetryPolicy.wait(
            after: failure, attempts: progress.attempts, share: random.share())
        guard let wait else { return conclude(.refused(failure)) }
        // A repetition is sent once: its successor follows anyway.
        if isRunEnding || dispatch.part.isAgain { return conclude(.tooLate) }
        if let deadline = delivery.scheduled.deadline, now + wait > deadline {
            return conclude(.tooLate)
        }
        // A channel that is off the air is not a failing service, so its retries aren't counted.
        if let maxAttempts, progress.attempts >= maxAttempts, failure.kind != .notLive {
            return conclude(.retriesExhausted)
        }
        guard let cost = quotas[dispatch.channel].charge(for: failure) else {
            return conclude(.retriesExhausted)
        }
        delivery.cost = cost
        return .retry(in: wait)
    }
}
