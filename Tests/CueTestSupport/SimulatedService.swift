package import CueScheduler
import CueSheet
package import CueShow
import CueText
package import CueTimeline
import Synchronization

/// What goes wrong on the way to IVS in one simulation, as shares of all attempts.
package struct Faults: Sendable {
    package enum Kind: CaseIterable, Sendable {
        case throttled
        case asksToWait
        case broken
        case unreachable
        case resetBefore
        case resetAfter
        case lostAnswer
        case lostRequest
        case slow
        case refused
    }

    package var shares: [(kind: Kind, share: Double)] = []
    package var roundTrip: Duration = .milliseconds(20)
    package var jitter: Duration = .milliseconds(5)

    package init() {}
}

/// One attempt as the service saw it.
package struct SeenAttempt: Sendable {
    package var time: BootTime
    /// Which life of the run made it, from 0.
    package var life: Int
    package var dispatch: Dispatch
    package var name: String
    package var channel: String
    /// The first of its delivery in this life.
    package var isFirst: Bool
    package var leaves: BootTime
    /// When the show learned that it was taken; nil where it never did.
    package var acknowledged: BootTime?
}

/// IVS as a simulation needs it: it takes, refuses and loses what it is sent, by a seed, and keeps
/// a record of its own.
package final class SimulatedService: Sendable {
    private struct State {
        var random: SplitMix64
        var attempts: [SeenAttempt] = []
        var streams: [Result<StreamStatus, Failure>]
        var life = 0
        var started: Set<Dispatch> = []
    }

    private let timeline: Timeline
    private let clock: ManualClock
    private let faults: Faults
    fileprivate let flaw: Simulation.Flaw?
    private let state: Mutex<State>

    package init(
        timeline: Timeline, clock: ManualClock, faults: Faults,
        streams: [Result<StreamStatus, Failure>], seed: UInt64, flaw: Simulation.Flaw? = nil
    ) {
        self.flaw = flaw
        self.timeline = timeline
        self.clock = clock
        self.faults = faults
        state = Mutex(State(random: SplitMix64(state: seed), streams: streams))
    }

    package var attempts: [SeenAttempt] { state.withLock { $0.attempts } }

    package func set(channel: Int, _ stream: Result<StreamStatus, Failure>) {
        state.withLock { $0.streams[channel] = stream }
    }

    /// Ends the life of whoever sends now; what still waits for an answer gets none.
    package func beginLife(_ life: Int) {
        state.withLock { state in
            state.life = life
            state.started = []
        }
    }

    package func sender(life: Int) -> LifeSender { LifeSender(service: self, life: life) }

    // MARK: Attempts

    fileprivate enum Fate {
        case answered(Attempt.Outcome, after: Duration)
        case silent
    }

    fileprivate func isAlive(_ life: Int) -> Bool { state.withLock { $0.life == life } }

    fileprivate func receive(_ message: Message, life: Int) -> (index: Int, fate: Fate)? {
        let dispatch = message.dispatch
        return state.withLock { state in
            guard state.life == life else { return nil }
            state.attempts.append(
                SeenAttempt(
                    time: flaw == .sendsEarly ? clock.now - .milliseconds(5) : clock.now,
                    life: life, dispatch: dispatch,
                    name: timeline.name(of: dispatch.occurrence, dispatch.part),
                    channel: timeline.channels[dispatch.channel].name,
                    isFirst: state.started.insert(dispatch).inserted, leaves: message.leaves))
            let fate = fate(channel: dispatch.channel, &state)
            return (state.attempts.count - 1, fate)
        }
    }

    private func fate(channel: Int, _ state: inout State) -> Fate {
        let delay = roundTrip(&state)
        var roll = Double.random(in: 0..<1, using: &state.random)
        for (kind, share) in faults.shares {
            if roll < share { return fate(kind, delay, &state) }
            roll -= share
        }
        if case .failure(let failure) = state.streams[channel] {
            return .answered(.failed(failure), after: delay)
        }
        return .answered(.acknowledged, after: delay)
    }

    private func fate(_ kind: Faults.Kind, _ delay: Duration, _ state: inout State) -> Fate {
        func failed(_ kind: Failure.Kind, _ code: String, wait: Duration? = nil) -> Fate {
            .answered(
                .failed(Failure(kind: kind, code: code, message: code, retryAfter: wait)),
                after: delay)
        }
        switch kind {
        case .throttled: return failed(.throttled, "ThrottlingException")
        case .asksToWait: return failed(.service, "ServiceUnavailable", wait: .milliseconds(700))
        case .broken: return failed(.service, "InternalServerException")
        case .unreachable: return failed(.unreachable, "connection_refused")
        case .resetBefore, .resetAfter: return failed(.noAnswer, "connection_reset")
        case .lostAnswer, .lostRequest: return .silent
        case .slow:
            let extra = Double.random(in: 0..<4, using: &state.random)
            return .answered(.acknowledged, after: .milliseconds(Int(extra * 1_000)))
        case .refused: return failed(.refused, "ValidationException")
        }
    }

    private func roundTrip(_ state: inout State) -> Duration {
        faults.roundTrip + faults.jitter * Double.random(in: 0...1, using: &state.random)
    }

    fileprivate func acknowledged(_ index: Int, life: Int) -> Bool {
        state.withLock { state in
            guard state.life == life else { return false }
            state.attempts[index].acknowledged = clock.now
            return true
        }
    }

    fileprivate func look(_ channel: Int) -> (Result<StreamStatus, Failure>, Duration) {
        state.withLock { state in
            let delay = roundTrip(&state)
            return (state.streams[channel], delay)
        }
    }
}

/// The way to the simulated service of one life of a run.
package struct LifeSender: Sender {
    let service: SimulatedService
    let life: Int
    private var clock: ManualClock { service.manualClock }

    package func prepare(_ message: Message) {}
    package func discard(_ dispatch: Dispatch) {}
    package func warm(connections: Int) async {}
    package func renew() {}

    package func send(_ message: Message, timeout: Duration) async -> Attempt {
        if case .sendsLate(let delay) = service.flaw {
            try? await clock.sleep(until: clock.now + delay, tolerance: nil)
        }
        let given = Failure(kind: .noAnswer, code: "cancelled", message: "given up")
        if service.flaw != .sendsEarly, clock.now < message.leaves {
            do {
                try await clock.sleep(until: message.leaves, tolerance: nil)
            } catch {
                return Attempt(outcome: .failed(given), sent: nil, finished: clock.now)
            }
        }
        let sent = clock.now
        if service.flaw == .swallowsQuestions, message.dispatch.part == .cue {
            return Attempt(outcome: .acknowledged, sent: sent, finished: sent, status: 204)
        }
        guard let (index, fate) = service.receive(message, life: life) else {
            return Attempt(outcome: .failed(given), sent: nil, finished: sent)
        }
        var outcome = Attempt.Outcome.failed(
            Failure(kind: .noAnswer, code: "timeout", message: "no answer in time"))
        var wait = timeout
        if case .answered(let answer, let delay) = fate, delay <= timeout {
            outcome = answer
            wait = delay
        }
        do {
            try await clock.sleep(until: sent + wait, tolerance: nil)
        } catch {
            return Attempt(outcome: .failed(given), sent: sent, finished: clock.now)
        }
        if outcome == .acknowledged, !service.acknowledged(index, life: life) {
            outcome = .failed(given)
        }
        if service.flaw == .sendsTwice { _ = service.receive(message, life: life) }
        return Attempt(outcome: outcome, sent: sent, finished: clock.now)
    }

    package func stream(channel: Int) async -> StreamAnswer {
        let start = clock.now
        let (result, delay) = service.look(channel)
        try? await clock.sleep(until: start + delay, tolerance: nil)
        return StreamAnswer(result: result, roundTrip: clock.now - start)
    }
}

extension SimulatedService {
    fileprivate var manualClock: ManualClock { clock }
}
