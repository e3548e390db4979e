package import CueRunLog
import CueSystem
package import CueText
import Synchronization

/// What to run when something happens, as `--hook EVENT=COMMAND` states it.
package struct HookRule: Sendable {
    static let events: [EventName] = [
        .cueSent, .cueMissed, .cueFailed, .streamChanged, .runFinished,
    ]

    let event: EventName
    /// The program and its arguments.
    let words: [String]

    /// Nil if the text names no such event, or no command.
    package init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let event = EventName(rawValue: String(parts[0])),
            Self.events.contains(event),
            let words = CommandWords.split(parts[1]), !words.isEmpty
        else { return nil }
        self.event = event
        self.words = words
    }
}

/// Runs the operator's commands when something happens: each hook has a dedicated thread, beside
/// the show, and runs its command for one event after the other.
package final class Hooks: Sendable {
    private let hooks: [Hook]

    /// `fail` gets each failure, `show` what commands write; both on a hook's thread.
    package init(
        _ rules: [HookRule], fail: @escaping @Sendable (RunEvent.HookFailed) -> Void,
        show: @escaping @Sendable (String) -> Void
    ) {
        hooks = rules.map { Hook($0, fail: fail, show: show) }
    }

    package func run(for event: RunEvent, at time: WallTime) {
        for hook in hooks where hook.event == event.name {
            hook.push(Hook.Call(cue: event.cue, line: event.line(at: time)))
        }
    }

    /// Lets the commands run for the events that still wait, all within one command's time.
    package func finish() {
        for hook in hooks { hook.finish() }
    }
}

extension RunEvent {
    fileprivate var cue: String? {
        switch self {
        case .cueSent(let cue): cue.cue
        case .cueMissed(let cue, _), .cueFailed(let cue, _, _): cue.cue
        default: nil
        }
    }
}

private final class Hook: Sendable {
    struct Call: Sendable {
        var cue: String?
        var line: [UInt8]
    }

    /// In milliseconds; then a command is killed with everything it started.
    private static let timeLimit: Int64 = 10_000
    /// A command that writes more than this is killed.
    private static let outputBytesMax = 1_048_576
    /// How many events wait for a slow command.
    private static let backlogMax = 256

    private struct State {
        var calls: [Call] = []
        var isFinished = false
    }

    let event: EventName
    private let words: [String]
    private let state = Mutex(State())
    private let worker = Worker()
    private let fail: @Sendable (RunEvent.HookFailed) -> Void
    private let show: @Sendable (String) -> Void

    init(
        _ rule: HookRule, fail: @escaping @Sendable (RunEvent.HookFailed) -> Void,
        show: @escaping @Sendable (String) -> Void
    ) {
        event = rule.event
        words = rule.words
        self.fail = fail
        self.show = show
        worker.start { self.run() }
    }

    func push(_ call: Call) {
        let isQueued = state.withLock { state in
            guard state.calls.count < Self.backlogMax else { return false }
            state.calls.append(call)
            return true
        }
        if isQueued {
            worker.wake()
        } else {
            report(call, "it was not run: \(Self.backlogMax) events wait for it already")
        }
    }

    func finish() {
        state.withLock { $0.isFinished = true }
        worker.stop()
    }

    private func run() {
        var deadline: Int64?
        while true {
            let (call, isFinished) = state.withLock { state in
                (state.calls.isEmpty ? nil : state.calls.removeFirst(), state.isFinished)
            }
            // The events that still wait at the end share one command's time.
            if isFinished, deadline == nil {
                deadline = SystemClock.milliseconds + Self.timeLimit
            }
            if let call {
                if let deadline, SystemClock.milliseconds >= deadline {
                    report(call, "it was not run: the commands before it took too long")
                } else if let reason = run(call) {
                    report(call, reason)
                }
                continue
            }
            if isFinished { return }
            worker.wait()
        }
    }

    /// Why it failed, nil if it did not.
    private func run(_ call: Call) -> String? {
        var output = HookOutput { [event, show] in show("hook     \(event.rawValue): \($0)") }
        let process = ChildProcess(
            words, .detached(input: call.line), timeLimit: Self.timeLimit,
            outputBytesMax: Self.outputBytesMax)
        let ending = process.run { output.add($0) }
        output.finish()
        switch ending {
        case .exited(0): return nil
        case .exited(let status): return "it ended with status \(status)"
        case .signalled(let signal): return "it was ended by signal \(signal)"
        case .timedOut: return "it was killed after \(Self.timeLimit / 1_000) s"
        case .wroteTooMuch: return "it was killed: it wrote more than 1 MiB"
        case .hadNoPipe: return "it was not run: the system has no pipe left"
        case .failedToStart(let reason): return "it can't be run: \(reason)"
        }
    }

    private func report(_ call: Call, _ reason: String) {
        fail(.init(hook: .known(event), command: words[0], cue: call.cue, reason: reason))
    }
}
