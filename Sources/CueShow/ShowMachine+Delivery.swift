import CueRunLog
import CueScheduler
import CueText
import CueTimeline

/// A dispatch between its moment and its ending.
struct Delivery {
    let planned: Planned
    let message: Message
    let lead: Duration
    var attempts = 0
    var isUnderway = false
    /// Some attempt left without an answer: IVS may have taken it.
    var mayBeTaken = false
    var lastFailure: Failure?
    /// What the last retry took from the channel's quota.
    var cost: Int?
    var isOutOfQuota = false
}

/// A place in a channel's queue: by time, then in the order of coming.
struct Turn {
    var time: BootTime
    var turn: Int
    var dispatch: Dispatch
}

enum Ending {
    case sent(Attempt)
    case missed(reason: String)
    case failed(Failure)
    case inDoubt(reason: String)
    case skipped(SkipReason)
}

/// From a cue's moment to its one ending: turns, attempts, retries.
extension ShowMachine {
    mutating func deliver(_ planned: Planned) {
        var delivery = Delivery(planned: planned, message: message(planned), lead: plan.lead)
        delivery.mayBeTaken = mayBeTakenBefore(planned)
        deliveries[planned.dispatch] = delivery
        queue(planned.dispatch, at: now)
    }

    private mutating func queue(_ dispatch: Dispatch, at time: BootTime) {
        turn += 1
        waiting[dispatch.channel].push(Turn(time: time, turn: turn, dispatch: dispatch))
        waitingCount += 1
    }

    /// Gives back to the plan what waits for the rate and was never attempted, so that an
    /// operator's action finds it among the unsent.
    mutating func recall() {
        let unsent = deliveries.filter { dispatch, delivery in
            delivery.attempts == 0 && !delivery.mayBeTaken && plan.canRecall(dispatch)
        }.keys
        guard !unsent.isEmpty else { return }
        for dispatch in unsent {
            deliveries[dispatch] = nil
            waitingCount -= waiting[dispatch.channel].removeAll { $0.dispatch == dispatch }.count
        }
        plan.recall(unsent.sorted(by: inOrder))
    }

    /// When a channel's first in line may leave, or will have waited too long.
    func nextTurn(_ channel: Int) -> BootTime? {
        guard let first = waiting[channel].first else { return nil }
        let allowed = limit.earliest(channel: channel, now: max(first.time, now).nanoseconds)
        let time = BootTime(nanoseconds: allowed)
        guard let deadline = deliveries[first.dispatch]?.planned.deadline else { return time }
        return min(time, max(first.time, deadline + .nanoseconds(1)))
    }

    /// Starts every attempt whose turn has come; each channel drains in order.
    mutating func startAttempts() {
        for channel in waiting.indices where waitingCount > 0 {
            while let first = waiting[channel].first, first.time <= now {
                guard let delivery = deliveries[first.dispatch] else {
                    popFirst(channel)
                    continue
                }
                if let deadline = delivery.planned.deadline, now > deadline {
                    popFirst(channel)
                    giveUp(first.dispatch)
                    continue
                }
                let allowed = limit.earliest(channel: channel, now: now.nanoseconds)
                guard allowed <= now.nanoseconds else { break }
                popFirst(channel)
                start(first.dispatch, delivery)
            }
        }
    }

    private mutating func popFirst(_ channel: Int) {
        if waiting[channel].pop() != nil { waitingCount -= 1 }
    }

    private mutating func start(_ dispatch: Dispatch, _ delivery: Delivery) {
        let leaves = max(delivery.message.leaves, now)
        limit.record(channel: dispatch.channel, at: leaves.nanoseconds)
        plan.attempted(dispatch)
        deliveries[dispatch]?.attempts += 1
        deliveries[dispatch]?.isUnderway = true
        var timeout = ShowSettings.attemptTimeout
        if let deadline = delivery.planned.deadline {
            timeout = max(min(timeout, deadline - now), ShowSettings.attemptFloor)
        }
        warmth.noteTraffic(at: now)
        effects.append(.attempt(delivery.message, timeout: timeout))
    }

    /// Takes the result of an attempt.
    mutating func finished(_ dispatch: Dispatch, _ attempt: Attempt) {
        guard var delivery = deliveries[dispatch] else { return }
        delivery.isUnderway = false
        switch attempt.outcome {
        case .acknowledged:
            if let sent = attempt.sent { latency.note(roundTrip: attempt.finished - sent) }
            quotas[dispatch.channel].refund(delivery.cost)
            conclude(delivery.planned, .sent(attempt))
        case .failed(let failure):
            if failure.kind == .noAnswer { delivery.mayBeTaken = true }
            delivery.lastFailure = failure
            deliveries[dispatch] = delivery
            retry(dispatch, delivery, failure, status: attempt.status)
        }
    }

    private mutating func retry(
        _ dispatch: Dispatch, _ delivery: Delivery, _ failure: Failure, status: Int?
    ) {
        var wait = RetryPolicy.wait(
            after: failure, attempts: delivery.attempts, share: random.share())
        let isFinal = wait == nil
        if case .ending = phase { wait = nil }
        // A repetition is sent once: its successor follows anyway.
        if dispatch.part.isAgain { wait = nil }
        if let pause = wait, let deadline = delivery.planned.deadline, now + pause > deadline {
            wait = nil
        }
        if let most = settings.maxAttempts, delivery.attempts >= most, wait != nil {
            // A channel off the air is no failure of the service: that wait is the show's own.
            if failure.kind != .notLive {
                deliveries[dispatch]?.isOutOfQuota = true
                wait = nil
            }
        }
        if wait != nil {
            deliveries[dispatch]?.cost = quotas[dispatch.channel].take(for: failure)
            if deliveries[dispatch]?.cost == nil {
                deliveries[dispatch]?.isOutOfQuota = true
                wait = nil
            }
        }
        log(
            .attemptFailed(
                .init(
                    cue: name(dispatch), channel: channelName(dispatch),
                    attempt: delivery.attempts, code: failure.code, message: failure.message,
                    status: status, retryIn: wait)))
        if let wait {
            queue(dispatch, at: now + wait)
        } else if isFinal, !delivery.mayBeTaken {
            conclude(delivery.planned, .failed(failure))
        } else {
            giveUp(dispatch)
        }
    }

    /// Ends a delivery whose budget is spent, by what is known of it.
    private mutating func giveUp(_ dispatch: Dispatch) {
        guard let delivery = deliveries[dispatch] else { return }
        if delivery.mayBeTaken {
            conclude(delivery.planned, .inDoubt(reason: "no_answer"))
            return
        }
        if delivery.isOutOfQuota {
            conclude(delivery.planned, .missed(reason: "retries_spent"))
            return
        }
        let reason: String
        switch delivery.lastFailure?.kind {
        case .notLive: reason = "stream_offline"
        case .throttled: reason = "throttled"
        case .service, .clock: reason = "service_error"
        case .unreachable: reason = "unreachable"
        case .noAnswer, .notFound, .credentials, .refused: reason = "refused"
        // Whatever reaches the queue leaves at once unless the rate holds it back.
        case nil: reason = "rate_limited"
        }
        conclude(delivery.planned, .missed(reason: reason))
    }

    /// Ends a delivery because the run is stopped.
    mutating func abandon(_ dispatch: Dispatch) {
        guard let delivery = deliveries[dispatch] else { return }
        if delivery.mayBeTaken || delivery.isUnderway {
            conclude(delivery.planned, .inDoubt(reason: "stopped"))
        } else if delivery.attempts > 0 {
            conclude(delivery.planned, .missed(reason: "stopped"))
        } else {
            conclude(delivery.planned, .skipped(.stopped))
        }
    }

    /// The one ending of a dispatch: recorded, counted, and told to what follows it.
    mutating func conclude(_ planned: Planned, _ ending: Ending) {
        let dispatch = planned.dispatch
        let delivery = deliveries.removeValue(forKey: dispatch)
        effects.append(.discard(dispatch))
        plan.attempted(dispatch)
        guard !dispatch.part.isAgain else {
            if case .sent(let attempt) = ending, let delivery {
                tally.count(.repeated)
                log(.cueRepeated(delivered(delivery, attempt)))
            }
            return
        }
        let undelivered = RunEvent.Undelivered(
            cue: name(dispatch), channel: channelName(dispatch), due: wall(planned.due),
            attempts: delivery?.attempts ?? 0)
        var outcome = QuestionOutcome.notSent
        switch ending {
        case .sent(let attempt):
            guard let delivery else { return }
            let delivered = delivered(delivery, attempt)
            tally.count(.sent(late: delivered.late))
            outcome = .sent(late: delivered.late)
            log(.cueSent(delivered))
        case .missed(let reason):
            tally.count(.missed)
            log(.cueMissed(undelivered, reason: reason))
        case .failed(let failure):
            tally.count(.failed)
            log(.cueFailed(undelivered, code: failure.code, message: failure.message))
        case .inDoubt(let reason):
            tally.count(.inDoubt)
            outcome = .inDoubt
            log(.cueInDoubt(undelivered, reason: reason))
        case .skipped(let reason): skip(dispatch, reason)
        }
        followUp(planned, outcome)
    }

    private mutating func followUp(_ planned: Planned, _ outcome: QuestionOutcome) {
        for step in plan.finished(planned, outcome) { take(step) }
        if case .ending = phase {
            // What a late answer brings up now comes too late for a run that ends.
            for step in plan.endAll(.stopped) { take(step) }
        }
    }

    private func delivered(_ delivery: Delivery, _ attempt: Attempt) -> RunEvent.Delivered {
        let planned = delivery.planned
        let sent = attempt.sent ?? attempt.finished
        let content: RunEvent.Content
        switch delivery.message.content {
        case .metadata(let text): content = .metadata(text)
        case .adBreak(let seconds): content = .adBreak(seconds: seconds)
        }
        return RunEvent.Delivered(
            cue: name(planned.dispatch), channel: channelName(planned.dispatch),
            due: wall(planned.due), sent: wall(sent), acknowledged: wall(attempt.finished),
            lead: delivery.lead, late: sent - (planned.due - delivery.lead),
            roundTrip: attempt.finished - sent, attempts: delivery.attempts,
            status: attempt.status ?? 0, requestID: attempt.requestID, content: content)
    }
}
