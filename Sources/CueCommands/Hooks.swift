import ArgumentParser
import CueOperator
import CueRunLog
import CueSystem
import CueText
@preconcurrency import Glibc
import Synchronization

/// `EVENT=COMMAND`: what to run when something happens.
struct HookOption: ExpressibleByArgument {
    static let events = ["cue_sent", "cue_missed", "cue_failed", "stream_changed", "run_finished"]

    var event: String
    /// The program and its arguments.
    var words: [String]

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, Self.events.contains(String(parts[0])),
            let words = CommandWords.split(parts[1]), !words.isEmpty
        else { return nil }
        event = String(parts[0])
        self.words = words
    }
}

/// Runs the operator's commands when something happens: each hook has a thread of its own, beside
/// the show, and takes its events one by one.
final class Hooks: Sendable {
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
    init(
        _ options: [HookOption], fail: @escaping @Sendable (RunEvent.HookFailed) -> Void,
        show: @escaping @Sendable (String) -> Void
    ) {
        hooks = options.map { Hook($0, fail: fail, show: show) }
    }

    func tell(_ event: RunEvent, at time: WallTime) {
        for hook in hooks where hook.event == event.name {
            hook.push(Hook.Call(cue: event.cue, line: event.line(at: time)))
        }
    }

    /// Lets the commands finish what they were told, each within its time.
    func finish() {
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
        _ option: HookOption, fail: @escaping @Sendable (RunEvent.HookFailed) -> Void,
        show: @escaping @Sendable (String) -> Void
    ) {
        event = option.event
        words = option.words
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
                } else if let child = Child(words, input: call.line, show: tell) {
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

/// A command that runs: fed, read, and killed when its time is over.
private struct Child {
    private let process: pid_t
    private let problem: String?
    private let input: Int32
    private let output: Int32
    private let text: [UInt8]
    private let show: (String) -> Void

    init?(_ words: [String], input text: [UInt8], show: @escaping (String) -> Void) {
        self.text = text
        self.show = show
        var toChild: [Int32] = [-1, -1]
        var fromChild: [Int32] = [-1, -1]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { return nil }
        input = toChild[1]
        output = fromChild[0]
        for end in [input, output] {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        var process = pid_t()
        let status = Self.spawn(words, toChild[0], fromChild[1], &process)
        close(toChild[0])
        close(fromChild[1])
        self.process = process
        problem = status == 0 ? nil : "it can't be run: \(String(cString: strerror(status)))"
    }

    /// In a session of its own, so that it can be killed with all it started, and with signals as
    /// a program expects them.
    private static func spawn(
        _ words: [String], _ input: Int32, _ output: Int32, _ process: inout pid_t
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        closeOnExec()
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // All of them: what started us may have had some ignored, as a shell does for its jobs.
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // POSIX_SPAWN_SETSID, which glibc hides from plain POSIX programs.
        let setsid: Int32 = 0x80
        let flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | setsid
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        return posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
    }

    /// Libraries open descriptors that a command would inherit, connections with the show's
    /// credentials among them.
    private static func closeOnExec() {
        guard let folder = opendir("/proc/self/fd") else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let descriptor = Int32(name), descriptor > 2 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            }
        }
    }

    /// Waits for its end; why it failed, nil where it did not.
    func wait() -> String? {
        var reason = problem
        if reason == nil {
            reason = work()
        } else {
            close(input)
        }
        close(output)
        return reason
    }

    private func work() -> String? {
        // What a hook does can wait; what the show does can't.
        setpriority(Int32(PRIO_PROCESS.rawValue), id_t(process), 10)
        let deadline = SystemClock.milliseconds + Hooks.timeLimit
        var reading = Reading(show: show)
        var fed = 0
        var isFeeding = true
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 {
            if SystemClock.milliseconds >= deadline {
                return end("it was killed after \(Hooks.timeLimit / 1_000) s", &reading)
            }
            if reading.count > Hooks.outputBytesMax {
                return end("it was killed: it wrote more than 1 MiB", &reading)
            }
            var waits = [
                pollfd(
                    fd: reading.isOver ? -1 : output, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isFeeding ? input : -1, events: Int16(POLLOUT), revents: 0),
            ]
            // Its end wakes nobody, so it is looked for; its output does.
            poll(&waits, 2, 20)
            if waits[0].revents != 0 { reading.read(output) }
            if isFeeding, waits[1].revents != 0 {
                fed += max(0, feed(from: fed))
                isFeeding = fed < text.count && waits[1].revents & Int16(POLLERR) == 0
                if !isFeeding { close(input) }
            }
        }
        if isFeeding { close(input) }
        // What it left behind goes with it.
        kill(-process, SIGKILL)
        reading.read(output)
        reading.finish()
        if status & 0x7F != 0 { return "it was ended by signal \(status & 0x7F)" }
        let code = status >> 8 & 0xFF
        return code == 0 ? nil : "it ended with status \(code)"
    }

    private func feed(from place: Int) -> Int {
        text[place...].withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
    }

    private func end(_ reason: String, _ reading: inout Reading) -> String {
        kill(-process, SIGKILL)
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        close(input)
        reading.finish()
        return reason
    }
}

/// What a command writes: the first lines are shown, the rest is counted.
private struct Reading {
    let show: (String) -> Void
    var count = 0
    var isOver = false
    private var line: [UInt8] = []
    private var lines = 0

    init(show: @escaping (String) -> Void) {
        self.show = show
    }

    /// Takes what is there.
    mutating func read(_ descriptor: Int32) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while count <= Hooks.outputBytesMax {
            let taken = Glibc.read(descriptor, &chunk, chunk.count)
            if taken < 0, errno == EINTR { continue }
            if taken == 0 { isOver = true }
            guard taken > 0 else { return }
            count += taken
            for byte in chunk[..<taken] where lines < Hooks.linesMax {
                if byte == UInt8(ascii: "\n") {
                    flush()
                } else if line.count < 200 {
                    line.append(byte)
                }
            }
        }
    }

    mutating func finish() {
        flush()
        if lines >= Hooks.linesMax, count > 0 { show("… (\(count) bytes in all)") }
    }

    private mutating func flush() {
        guard !line.isEmpty, lines < Hooks.linesMax else { return }
        show(String(decoding: line, as: UTF8.self).printable)
        line = []
        lines += 1
    }
}
