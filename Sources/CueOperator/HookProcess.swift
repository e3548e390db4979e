import CueSystem
import CueText
@preconcurrency import Glibc

/// A command that runs: fed, read, and killed when its time is over.
struct HookProcess {
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
