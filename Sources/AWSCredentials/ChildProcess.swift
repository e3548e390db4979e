import CueSystem
@preconcurrency import Glibc

/// Runs a program and reads what it prints.
enum ChildProcess {
    static let outputBytesMax = 65_536

    struct Outcome: Sendable {
        /// The exit status; 128 and the signal's number where one ended it.
        var status: Int32
        var output: [UInt8]
    }

    enum Failure: Error, Hashable, Sendable {
        case start(String)
        case timeout
        case tooMuch
    }

    /// Runs it on a thread of its own, so that none of the pool's is held up. Standard input is
    /// empty, standard error is ours.
    static func run(
        _ words: [String], timeout: Duration
    ) async -> Result<Outcome, Failure> {
        await onOwnThread { Result { () throws(Failure) in try wait(for: words, timeout) } }
    }

    private static func wait(
        for words: [String], _ timeout: Duration
    ) throws(Failure) -> Outcome {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .start(reason(errno)) }
        let (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(reading) }
        let spawned = Result { () throws(Failure) in try spawn(words, output: writing) }
        // The read below ends when nobody holds this end any more.
        close(writing)
        let child = try spawned.get()
        var output: [UInt8] = []
        let failure = read(reading, into: &output, timeout)
        if failure != nil { kill(child, SIGKILL) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        if let failure { throw failure }
        let signal = status & 0x7F
        return Outcome(
            status: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output: output)
    }

    private static func spawn(
        _ words: [String], output: Int32
    ) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        let problem = posix_spawnp(&child, words[0], &actions, nil, &arguments, environ)
        guard problem == 0 else { throw .start(reason(problem)) }
        return child
    }

    /// Reads to the end; gives why it stopped before.
    private static func read(
        _ descriptor: Int32, into output: inout [UInt8], _ timeout: Duration
    ) -> Failure? {
        let end = ContinuousClock.now + timeout
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let rest = ContinuousClock.now.duration(to: end)
            if rest <= .zero { return .timeout }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32(clamping: rest.components.seconds * 1_000 + 1)
            let ready = poll(&entry, 1, milliseconds)
            if ready < 0, errno != EINTR { return .start(reason(errno)) }
            if ready <= 0 { continue }
            let count = chunk.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count == 0 { return nil }
            if count > 0 { output += chunk[..<count] }
            if output.count > outputBytesMax { return .tooMuch }
        }
    }

    private static func reason(_ number: Int32) -> String {
        String(cString: strerror(number))
    }
}
