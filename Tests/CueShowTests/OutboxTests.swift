import CueRunLog
import CueText
import CueTimeline
import Testing

@testable import CueScheduler
@testable import CueShow

private func at(_ milliseconds: Int) -> BootTime {
    BootTime(nanoseconds: 10_000_000_000) + .milliseconds(milliseconds)
}

private func dispatch(_ entry: Int, channel: Int = 0, _ part: Part = .cue) -> Dispatch {
    Dispatch(occurrence: Occurrence(entry: entry, number: 1), part: part, channel: channel)
}

private func failure(_ kind: Failure.Kind) -> Failure {
    Failure(kind: kind, code: "\(kind)", message: "")
}

/// Due at 0 ms, with a budget of 5 s unless it is told otherwise.
private func delivery(
    _ dispatch: Dispatch, leaves: Int = 0, budget: Int? = 5_000, mayHaveArrived: Bool = false
) -> Delivery {
    Delivery(
        ScheduledDispatch(
            dispatch: dispatch, due: at(0), moment: WallTime(seconds: 0),
            deadline: budget.map { at($0) }, showTime: 0),
        Message(dispatch: dispatch, content: .metadata("x"), leaves: at(leaves)),
        lead: .zero, mayHaveArrived: mayHaveArrived)
}

@Suite struct DeliveryEndingTests {
    private static let kinds: [(Failure.Kind?, missed: MissReason)] = [
        (nil, .rateLimited), (.unreachable, .unreachable), (.noAnswer, .refused),
        (.throttled, .throttled), (.service, .serviceError), (.notLive, .streamOffline),
        (.notFound, .refused), (.credentials, .refused), (.clock, .serviceError),
        (.refused, .refused),
    ]
    private static let bools = [false, true]

    /// All that can be known of a delivery, with the reason that its last failure gives.
    private static let known = kinds.flatMap { kind, missed in
        bools.flatMap { isUnderway in
            bools.flatMap { mayHaveArrived in
                [0, 1, 7].map { attempts in
                    (
                        DeliveryProgress(
                            attempts: attempts, isUnderway: isUnderway,
                            mayHaveArrived: mayHaveArrived, lastFailure: kind.map(failure)),
                        missed
                    )
                }
            }
        }
    }

    @Test func whatMayHaveArrivedIsInDoubtAndNeverAnythingElse() {
        for (progress, _) in Self.known where progress.mayHaveArrived {
            #expect(progress.ending(.tooLate) == .inDoubt(.noAnswer))
            #expect(progress.ending(.retriesExhausted) == .inDoubt(.noAnswer))
            #expect(progress.ending(.refused(failure(.refused))) == .inDoubt(.noAnswer))
            #expect(progress.ending(.stopped) == .inDoubt(.stopped))
        }
    }

    @Test func whatDidNotArriveEndsByWhyNothingMoreIsTried() {
        for (progress, missed) in Self.known where !progress.mayHaveArrived {
            let refused = failure(.credentials)
            #expect(progress.ending(.refused(refused)) == .failed(refused))
            #expect(progress.ending(.retriesExhausted) == .missed(.retriesSpent))
            #expect(progress.ending(.tooLate) == .missed(missed))
            switch (progress.isUnderway, progress.attempts) {
            case (true, _): #expect(progress.ending(.stopped) == .inDoubt(.stopped))
            case (false, 0): #expect(progress.ending(.stopped) == .skipped(.stopped))
            case (false, _): #expect(progress.ending(.stopped) == .missed(.stopped))
            }
        }
    }
}

@Suite struct OutboxTests {
    private func outbox(
        channels: Int = 1, perAccount: Int = 155, maxAttempts: Int? = nil
    ) -> Outbox {
        var settings = ShowSettings()
        settings.limitAccount = perAccount
        settings.maxAttempts = maxAttempts
        return Outbox(channels: channels, settings: settings, seed: 7)
    }

    /// What leaves or ends now on a channel, as `1` or `1 ended`.
    private func departures(
        _ outbox: inout Outbox, channel: Int = 0, at now: BootTime
    ) -> [String] {
        var found: [String] = []
        while let departure = outbox.nextDeparture(channel: channel, at: now) {
            switch departure {
            case .attempt(let delivery, _):
                found.append("\(delivery.scheduled.dispatch.occurrence.entry)")
            case .expired(let delivery, let ending):
                #expect(ending == .missed(.rateLimited))
                found.append("\(delivery.scheduled.dispatch.occurrence.entry) ended")
                _ = outbox.remove(delivery.scheduled.dispatch)
            }
        }
        return found
    }

    /// What follows when the one delivery that is underway fails.
    private func consequence(
        _ outbox: inout Outbox, _ dispatch: Dispatch, _ kind: Failure.Kind, at now: Int = 0,
        isRunEnding: Bool = false
    ) -> Outbox.Consequence? {
        _ = departures(&outbox, channel: dispatch.channel, at: at(now))
        return outbox.fail(dispatch, failure(kind), at: at(now), isRunEnding: isRunEnding)?.1
    }

    @Test func keepsTheRateAndTheOrderOfComing() {
        var outbox = outbox()
        for entry in [3, 1, 2, 9, 8, 7] { outbox.add(delivery(dispatch(entry)), at: at(0)) }
        #expect(outbox.nextTurn(at: at(0)) == at(0))
        #expect(departures(&outbox, at: at(0)) == ["3", "1", "2", "9", "8"])
        #expect(outbox.nextTurn(at: at(10)) == at(1_050))
        #expect(departures(&outbox, at: at(1_049)) == [])
        #expect(departures(&outbox, at: at(1_050)) == ["7"])
        #expect(outbox.nextTurn(at: at(1_050)) == nil)
        #expect(outbox.count == 6)
    }

    @Test func saysOfEachChannelWhetherItsFirstIsDue() {
        var outbox = outbox(channels: 2)
        #expect(!outbox.isDue(channel: 1, at: at(0)))
        outbox.add(delivery(dispatch(1, channel: 1)), at: at(5))
        #expect(!outbox.isDue(channel: 1, at: at(4)))
        #expect(outbox.isDue(channel: 1, at: at(5)))
        #expect(!outbox.isDue(channel: 0, at: at(5)))
    }

    @Test func countsASendWhenItLeavesAndNotWhenItIsHandedOver() {
        var outbox = outbox()
        for entry in 0..<6 { outbox.add(delivery(dispatch(entry), leaves: 40), at: at(0)) }
        #expect(departures(&outbox, at: at(0)).count == 5)
        #expect(outbox.nextTurn(at: at(0)) == at(1_090))
    }

    @Test func sharesTheAccountsRateAmongTheChannels() {
        var outbox = outbox(channels: 2, perAccount: 3)
        for entry in 0..<2 {
            for channel in 0...1 {
                outbox.add(delivery(dispatch(entry, channel: channel)), at: at(0))
            }
        }
        #expect(departures(&outbox, channel: 0, at: at(0)) == ["0", "1"])
        #expect(departures(&outbox, channel: 1, at: at(0)) == ["0"])
    }

    @Test func sendsOfAnEarlierLifeCount() {
        var outbox = outbox()
        for _ in 0..<4 { outbox.countSend(channel: 0, at: at(-100)) }
        for entry in 0..<2 { outbox.add(delivery(dispatch(entry)), at: at(0)) }
        #expect(departures(&outbox, at: at(0)) == ["0"])
        #expect(departures(&outbox, at: at(950)) == ["1"])
    }

    @Test func endsWhatWaitedTooLong() {
        var outbox = outbox()
        for entry in 0..<6 { outbox.add(delivery(dispatch(entry), budget: 500), at: at(0)) }
        _ = departures(&outbox, at: at(0))
        let end = at(500) + .nanoseconds(1)
        #expect(outbox.nextTurn(at: at(1)) == end)
        #expect(departures(&outbox, at: at(500)) == [])
        #expect(departures(&outbox, at: end) == ["5 ended"])
    }

    @Test func waitsForAnAnswerNoLongerThanTheBudgetAndAMoment() {
        for (budget, timeout) in [(5_000, 2_000), (700, 700), (0, 250)] {
            var outbox = outbox()
            outbox.add(delivery(dispatch(1), budget: budget), at: at(0))
            guard case .attempt(_, let given)? = outbox.nextDeparture(channel: 0, at: at(0))
            else {
                Issue.record("does not leave")
                continue
            }
            #expect(given == .milliseconds(timeout))
        }
    }

    @Test func queuesARetryAfterItsWait() {
        var outbox = outbox()
        outbox.add(delivery(dispatch(1)), at: at(0))
        guard case .retry(let wait)? = consequence(&outbox, dispatch(1), .service) else {
            Issue.record("is not repeated")
            return
        }
        #expect(wait <= RetryPolicy.base)
        #expect(outbox.nextTurn(at: at(0)) == at(0) + wait)
        #expect(departures(&outbox, at: at(0) + wait) == ["1"])
        let delivered = outbox.acknowledge(dispatch(1))
        #expect(delivered?.progress.attempts == 2)
    }

    @Test func drawsTheSameWaitsFromTheSameSeed() {
        let waits = (0..<2).map { _ in
            var outbox = outbox()
            return (0..<20).map { entry in
                outbox.add(delivery(dispatch(entry), budget: nil), at: at(entry * 2_000))
                return consequence(&outbox, dispatch(entry), .throttled, at: entry * 2_000)
            }
        }
        #expect(waits[0] == waits[1])
        #expect(Set(waits[0]).count > 10)
    }

    @Test func triesNoMoreWhatIsRefusedOrTooLateOrARepetition() {
        let again = dispatch(1, .again(1))
        for (dispatch, kind, budget, isRunEnding, ending):
            (
                Dispatch, Failure.Kind, Int, Bool, DeliveryEnding
            ) in [
                (dispatch(1), .credentials, 5_000, false, .failed(failure(.credentials))),
                (dispatch(1), .credentials, 5_000, true, .failed(failure(.credentials))),
                (dispatch(1), .notLive, 400, false, .missed(.streamOffline)),
                (dispatch(1), .service, 5_000, true, .missed(.serviceError)),
                (dispatch(1), .noAnswer, 5_000, true, .inDoubt(.noAnswer)),
                (again, .service, 5_000, false, .missed(.serviceError)),
            ]
        {
            var outbox = outbox()
            outbox.add(delivery(dispatch, budget: budget), at: at(0))
            let found = consequence(&outbox, dispatch, kind, isRunEnding: isRunEnding)
            #expect(found == .conclude(ending))
            #expect(outbox.nextTurn(at: at(0)) == nil)
        }
    }

    @Test func boundsTheAttemptsExceptWhileTheChannelIsOffTheAir() {
        for (kind, isRepeated) in [
            (Failure.Kind.service, false), (.throttled, false), (.notLive, true),
        ] {
            var outbox = outbox(maxAttempts: 1)
            outbox.add(delivery(dispatch(1)), at: at(0))
            let found = consequence(&outbox, dispatch(1), kind)
            if isRepeated {
                #expect(outbox.nextTurn(at: at(0)) != nil)
            } else {
                #expect(found == .conclude(.missed(.retriesSpent)))
            }
        }
    }

    /// 500 at 14 each are 35 retries; a success gives back what its cue's last retry took.
    @Test func paysForRetriesOfEachChannelAlone() {
        var outbox = outbox(channels: 2)
        func fails(_ entry: Int, channel: Int) -> Outbox.Consequence? {
            let dispatch = dispatch(entry, channel: channel)
            let now = entry * 10_000
            outbox.add(delivery(dispatch, budget: nil), at: at(now))
            return consequence(&outbox, dispatch, .service, at: now)
        }
        let spent = Outbox.Consequence.conclude(.missed(.retriesSpent))
        let first = (0..<36).map { fails($0, channel: 0) }
        #expect(!first.dropLast().contains(spent))
        #expect(first.last == spent)
        #expect(fails(36, channel: 1) != spent)
        #expect(fails(37, channel: 0) == spent)
        _ = outbox.acknowledge(dispatch(3))
        #expect(fails(38, channel: 0) != spent)
    }

    @Test func givesBackWhatHasSurelyNotLeft() {
        var outbox = outbox()
        outbox.add(delivery(dispatch(9)), at: at(0))
        #expect(departures(&outbox, at: at(0)) == ["9"])
        outbox.add(delivery(dispatch(1)), at: at(0))
        outbox.add(delivery(dispatch(2), mayHaveArrived: true), at: at(0))
        #expect(outbox.unsent == [dispatch(1)])
        outbox.withdraw(outbox.unsent)
        #expect(outbox.inOrder.map(\.scheduled.dispatch) == [dispatch(2), dispatch(9)])
        #expect(departures(&outbox, at: at(0)) == ["2"])
        #expect(outbox.nextTurn(at: at(0)) == nil)
    }

    @Test func knowsNothingOfWhatHasEnded() {
        var outbox = outbox()
        outbox.add(delivery(dispatch(1)), at: at(0))
        let removed = [outbox.remove(dispatch(1)), outbox.remove(dispatch(1))]
        #expect(removed.map { $0 != nil } == [true, false])
        #expect(outbox.isEmpty)
        let late = outbox.acknowledge(dispatch(1))
        #expect(late?.scheduled == nil)
        #expect(consequence(&outbox, dispatch(1), .service) == nil)
        // Its place in the queue has nobody in it.
        #expect(departures(&outbox, at: at(0)) == [])
        #expect(outbox.nextTurn(at: at(0)) == nil)
    }
}
