package import CueRunLog
import CueSystem
package import CueText
import Synchronization

/// What to run when something happens, as `--hook EVENT=COMMAND` says it.
package struct HookRule: Sendable {
    package static let events = [
        "cue_sent", "cue_missed", "cue_failed", "stream_changed", "run_finished",
    ]

    let event: String
    /// The program and its arguments.
    let words: [String]

    /// Nil where the text names no such event, or no command.
    package init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, Self.events.contains(String(parts[0])),
            let words = CommandWords.split(parts[1]), !words.isEmpty
        else { return nil }
        event = String(parts[0])
        self.words = words
    }
}

/// Runs the operator's commands when something happens: each hook has a thread of its own, beside
/// the show, and takes its events one by one.
package final class Hooks: Sendable {
    /// So long a command may take; then it is killed with all that it started.
    static let timeLimit: Int64 = 10_000
    /// A command that writes more than this is killed.
    static let outputBytesMax = 1_048_576
    /// Of what a command writes, so many lines are shown.
    static let linesMax = 5
    /// So many events wait for a command that is slow.
    static let backlogMax = 256

    private let hooks: [Hook]

    /// `fail` is told of failures, `show` gets what commands write; both on a hook's thread.
    package init(
        _ rules: [HookRule], fail: @escaping @Sendable (RunEvent.HookFailed) -> Void,
        show: @escaping @Sendable (String) -> Void
    ) {
        hooks = rules.map { Hook($0, fail: fail, show: show) }
    }

    package func tell(_ event: RunEvent, at time: WallTime) {
        for hook in hooks where hook.event == event.name {
            hook.push(Hook.Call(cue: event.cue, line: event.line(at: time)))
        }
    }

    /// Lets the commands finish what they were told, each within its time.
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

    private struct State {
        var calls: [Call] = []
        var isFinished = false
    }

    let event: String
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
        let isTaken = state.withLock { state in
            guard state.calls.count < Hooks.backlogMax else { return false }
            state.calls.append(call)
            return true
        }
        if isTaken {
            worker.wake()
        } else {
            report(call, "it was not run: \(Hooks.backlogMax) events wait for it already")
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
            // What still waits at the end shares one command's time.
            if isFinished, deadline == nil {
                deadline = SystemClock.milliseconds + Hooks.timeLimit
            }
            if let call {
                if let deadline, SystemClock.milliseconds >= deadline {
                    report(call, "it was not run: the commands before it took too long")
                } else if let child = HookProcess(words, input: call.line, show: tell) {
                    if let reason = child.wait() { report(call, reason) }
                } else {
                    report(call, "it was not run: the system has no pipe left")
                }
                continue
            }
            if isFinished { return }
            worker.wait()
        }
    }

    private func report(_ call: Call, _ reason: String) {
        fail(.init(hook: event, command: words[0], cue: call.cue, reason: reason))
    }

    private func tell(_ line: String) {
        show("hook     \(event): \(line)")
    }
}
