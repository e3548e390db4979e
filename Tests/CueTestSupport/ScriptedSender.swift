package import CueScheduler
package import CueShow
import CueText
package import CueTimeline
import Synchronization

/// A way to IVS that does what a script says, on a manual clock.
package final class ScriptedSender: Sender {
    package enum Answer: Sendable {
        /// Taken, after that long.
        case taken(Duration)
        case failed(Failure, after: Duration)
        /// No answer until the attempt times out; perhaps it was taken.
        case silence
    }

    package struct Call: Sendable {
        package var time: BootTime
        package var message: Message
    }

    private struct State {
        var calls: [Call] = []
        var prepared: Set<Dispatch> = []
        var warmed: [Int] = []
        var renewals = 0
        var waiting = 0
        var stream: Result<StreamStatus, Failure>
    }

    private let clock: ManualClock
    private let opening: Duration
    private let state: Mutex<State>
    private let answer: @Sendable (_ call: Int, Message) -> Answer

    /// `answer` gets the number of the call, from 0; connections take `opening` to be there.
    package init(
        clock: ManualClock, stream: Result<StreamStatus, Failure>, opening: Duration = .zero,
        answer: @escaping @Sendable (Int, Message) -> Answer = { _, _ in .taken(.milliseconds(10)) }
    ) {
        self.clock = clock
        self.opening = opening
        self.answer = answer
        state = Mutex(State(stream: stream))
    }

    package var calls: [Call] { state.withLock { $0.calls } }
    /// Handed over, and held until their moment.
    package var waiting: Int { state.withLock { $0.waiting } }
    package var renewals: Int { state.withLock { $0.renewals } }
    package var warmed: [Int] { state.withLock { $0.warmed } }

    package func set(stream: Result<StreamStatus, Failure>) {
        state.withLock { $0.stream = stream }
    }

    package func prepare(_ message: Message) {
        state.withLock { _ = $0.prepared.insert(message.dispatch) }
    }

    package func discard(_ dispatch: Dispatch) {
        state.withLock { _ = $0.prepared.remove(dispatch) }
    }

    package func send(_ message: Message, timeout: Duration) async -> Attempt {
        if clock.now < message.leaves {
            state.withLock { $0.waiting += 1 }
            try? await clock.sleep(until: message.leaves, tolerance: nil)
            state.withLock { $0.waiting -= 1 }
        }
        let sent = clock.now
        let number = state.withLock { state in
            state.calls.append(Call(time: sent, message: message))
            return state.calls.count - 1
        }
        switch answer(number, message) {
        case .taken(let delay):
            guard delay <= timeout else { return await silence(sent, timeout) }
            try? await clock.sleep(until: sent + delay, tolerance: nil)
            return Attempt(outcome: .acknowledged, sent: sent, finished: clock.now, status: 204)
        case .failed(let failure, let delay):
            guard delay <= timeout else { return await silence(sent, timeout) }
            try? await clock.sleep(until: sent + delay, tolerance: nil)
            let hasLeft = failure.kind != .unreachable
            return Attempt(
                outcome: .failed(failure), sent: hasLeft ? sent : nil, finished: clock.now)
        case .silence: return await silence(sent, timeout)
        }
    }

    private func silence(_ sent: BootTime, _ timeout: Duration) async -> Attempt {
        try? await clock.sleep(until: sent + timeout, tolerance: nil)
        let failure = Failure(kind: .noAnswer, code: "timeout", message: "no answer in time")
        return Attempt(outcome: .failed(failure), sent: sent, finished: clock.now)
    }

    package func stream(channel: Int) async -> StreamAnswer {
        let start = clock.now
        try? await clock.sleep(until: start + .milliseconds(4), tolerance: nil)
        return StreamAnswer(result: state.withLock { $0.stream }, roundTrip: clock.now - start)
    }

    package func renew() {
        state.withLock { $0.renewals += 1 }
    }

    package func warm(connections: Int) async {
        state.withLock { $0.warmed.append(connections) }
        if opening > .zero { try? await clock.sleep(until: clock.now + opening, tolerance: nil) }
    }
}
