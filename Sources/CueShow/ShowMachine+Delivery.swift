import CueRunLog
import CueScheduler
import CueText
import CueTimeline

/// From a cue's moment to its one ending: turns, attempts, retries.
extension ShowMachine {
    mutating func deliver(_ planned: ScheduledDispatch) {
        outbox.add(
            Delivery(
                planned, message(planned), lead: plan.lead,
                mayHaveArrived: mayHaveBeenSentBefore(planned)), at: now)
    }

    /// Gives back to the plan what waits for the rate and was never attempted, so that an
    /// operator's action finds it among the unsent.
    mutating func recall() {
        let unsent = outbox.unsent.filter(plan.canRecall)
        guard !unsent.isEmpty else { return }
        outbox.withdraw(unsent)
        plan.recall(unsent.sorted(by: Dispatch.precedes))
    }

    /// Starts every attempt whose turn has come, and ends what has waited too long for its turn.
    mutating func startAttempts() {
        for channel in streams.indices where outbox.hasWaiting {
            while let departure = outbox.nextDeparture(channel: channel, at: now) {
                switch departure {
                case .expired(let delivery, let ending): conclude(delivery.planned, ending)
                case .attempt(let delivery, let timeout):
                    plan.commit(delivery.planned.dispatch)
                    warmth.noteTraffic(at: now)
                    effects.append(.attempt(delivery.message, timeout: timeout))
                }
            }
        }
    }

    /// What an attempt came to.
    mutating func receive(_ attempt: Attempt, of dispatch: Dispatch) {
        switch attempt.outcome {
        case .acknowledged:
            guard let delivery = outbox.acknowledge(dispatch) else { return }
            if let sent = attempt.sent { latency.note(roundTrip: attempt.finished - sent) }
            conclude(delivery.planned, .sent(attempt))
        case .failed(let failure):
            var isEnding = false
            if case .ending = phase { isEnding = true }
            guard
                let (delivery, consequence) = outbox.fail(
                    dispatch, failure, at: now, isRunEnding: isEnding)
            else { return }
            var failed = RunEvent.AttemptFailed(
                cue: name(dispatch), channel: channelName(dispatch),
                attempt: delivery.progress.attempts, code: failure.code, message: failure.message,
                status: attempt.status, retryIn: nil)
            switch consequence {
            case .retry(let wait):
                failed.retryIn = wait
                log(.attemptFailed(failed))
            case .conclude(let ending):
                log(.attemptFailed(failed))
                conclude(delivery.planned, ending)
            }
        }
    }

    /// Ends a delivery because the run is stopped.
    mutating func abandon(_ delivery: Delivery) {
        conclude(delivery.planned, delivery.progress.ending(.stopped))
    }

    /// The one ending of a dispatch: recorded, counted, and told to what follows it.
    mutating func conclude(_ planned: ScheduledDispatch, _ ending: DeliveryEnding) {
        let dispatch = planned.dispatch
        let delivery = outbox.remove(dispatch)
        effects.append(.discard(dispatch))
        plan.commit(dispatch)
        guard !dispatch.part.isAgain else {
            if case .sent(let attempt) = ending, let delivery {
                tally.count(.repeated)
                log(.cueRepeated(delivered(delivery, attempt)))
            }
            return
        }
        let undelivered = RunEvent.Undelivered(
            cue: name(dispatch), channel: channelName(dispatch), due: wall(planned.due),
            attempts: delivery?.progress.attempts ?? 0)
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

    private mutating func followUp(_ planned: ScheduledDispatch, _ outcome: QuestionOutcome) {
        for step in plan.conclude(planned, outcome) { take(step) }
        if case .ending = phase {
            // What a late answer brings up now comes too late for a run that ends.
            for step in plan.skipAll(.stopped) { take(step) }
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
            roundTrip: attempt.finished - sent, attempts: delivery.progress.attempts,
            status: attempt.status ?? 0, requestID: attempt.requestID, content: content)
    }
}
