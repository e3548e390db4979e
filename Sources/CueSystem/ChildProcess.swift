@preconcurrency import Glibc

/// A program to run without a shell: fed, read, and killed once its time is over.
///
/// It inherits the environment, and no descriptor but its three standard ones.
/// https://man7.org/linux/man-pages/man3/posix_spawn.3.html
package struct ChildProcess: Sendable {
    package enum Ties: Sendable {
        /// In our session and with our signals. Its standard input is empty, its standard error is
        /// ours; it is over once nobody can write to its output.
        case attached
        /// In its own session, with signals as a program expects them and the lowest priority; fed
        /// with `input`, and standard error is output too. It is over once it exits, and everything
        /// it started ends with it.
        case detached(input: [UInt8])
    }

    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
        case wroteTooMuch
        /// The system had no pipe for it; the reason in the system's words.
        case hadNoPipe(String)
        case failedToStart(String)
    }

    /// The program and its arguments.
    private let words: [String]
    private let ties: Ties
    private let timeLimit: Int64
    private let outputBytesMax: Int

    /// It is killed when its time is over, and once it has written more than `outputBytesMax`.
    package init(
        _ words: [String], _ ties: Ties, timeLimit milliseconds: Int64, outputBytesMax: Int
    ) {
        self.words = words
        self.ties = ties
        timeLimit = milliseconds
        self.outputBytesMax = outputBytesMax
    }

    /// Blocks until it has ended; `receive` gets its output piece by piece.
    package func run(_ receive: (ArraySlice<UInt8>) -> Void) -> Ending {
        guard let output = Pipe() else { return .hadNoPipe(Self.reason(errno)) }
        defer { close(output.reader) }
        var input: Pipe?
        var text: [UInt8] = []
        if case .detached(let given) = ties {
            input = Pipe()
            guard input != nil else {
                defer { close(output.writer) }
                return .hadNoPipe(Self.reason(errno))
            }
            text = given
        }
        var process = pid_t()
        let problem = spawn(&process, input: input?.reader, output: output.writer)
        // Our reading ends once nobody holds this end any more.
        close(output.writer)
        if let input { close(input.reader) }
        var exchange = Exchange(
            text: text[...], input: input?.writer ?? -1, output: output.reader,
            outputBytesMax: outputBytesMax)
        defer { exchange.closeInput() }
        guard problem == 0 else { return .failedToStart(Self.reason(problem)) }
        return input == nil
            ? awaitOutput(process, &exchange, receive) : awaitExit(process, &exchange, receive)
    }

    private func awaitOutput(
        _ process: pid_t, _ exchange: inout Exchange, _ receive: (ArraySlice<UInt8>) -> Void
    ) -> Ending {
        let deadline = SystemClock.milliseconds + timeLimit
        var failure: Ending?
        while exchange.isOpen, failure == nil {
            let rest = deadline - SystemClock.milliseconds
            if rest > 0 { exchange.advance(milliseconds: rest, receive) }
            if exchange.hasTooMuch {
                failure = .wroteTooMuch
            } else if rest <= 0 {
                failure = .timedOut
            }
        }
        if failure != nil { kill(process, SIGKILL) }
        let ending = Self.reap(process)
        return failure ?? ending
    }

    private func awaitExit(
        _ process: pid_t, _ exchange: inout Exchange, _ receive: (ArraySlice<UInt8>) -> Void
    ) -> Ending {
        setpriority(Int32(PRIO_PROCESS.rawValue), id_t(process), 10)
        let deadline = SystemClock.milliseconds + timeLimit
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 {
            let isLate = SystemClock.milliseconds >= deadline
            if isLate || exchange.hasTooMuch {
                kill(-process, SIGKILL)
                kill(process, SIGKILL)
                _ = Self.reap(process)
                return isLate ? .timedOut : .wroteTooMuch
            }
            // Its output wakes us; its exit does not, so that it is polled.
            exchange.advance(milliseconds: 20, receive)
        }
        kill(-process, SIGKILL)
        exchange.read(receive)
        return Self.ending(status)
    }

    private static func reap(_ process: pid_t) -> Ending {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return ending(status)
    }

    private static func ending(_ status: Int32) -> Ending {
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    }

    private static func reason(_ number: Int32) -> String {
        String(cString: strerror(number))
    }

    // MARK: Starting it

    private func spawn(_ process: inout pid_t, input: Int32?, output: Int32) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        Self.closeOnExec()
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
            posix_spawn_file_actions_adddup2(&actions, output, 2)
            Self.detach(&attributes)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        return posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
    }

    private static func detach(_ attributes: inout posix_spawnattr_t) {
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
    }

    /// Libraries open descriptors that a program would inherit, connections with the show's
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
}

private struct Pipe {
    let reader: Int32
    let writer: Int32

    /// Nil if the system has none left.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reader, writer) = (ends[0], ends[1])
    }
}

/// What passes between us and a program that runs.
private struct Exchange {
    private var text: ArraySlice<UInt8>
    private var input: Int32
    private let output: Int32
    private let outputBytesMax: Int
    private var count = 0
    /// Somebody can still write to its output.
    private(set) var isOpen = true

    init(text: ArraySlice<UInt8>, input: Int32, output: Int32, outputBytesMax: Int) {
        self.text = text
        self.input = input
        self.output = output
        self.outputBytesMax = outputBytesMax
        for end in [input, output] where end >= 0 { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }

    var hasTooMuch: Bool { count > outputBytesMax }

    /// Waits until there is something to read or to write, at most this long, and does it.
    mutating func advance(milliseconds: Int64, _ receive: (ArraySlice<UInt8>) -> Void) {
        var waits = [
            pollfd(fd: isOpen ? output : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: input, events: Int16(POLLOUT), revents: 0),
        ]
        guard poll(&waits, 2, Int32(clamping: milliseconds)) > 0 else { return }
        if waits[0].revents != 0 { read(receive) }
        if waits[1].revents != 0 { write(isRead: waits[1].revents & Int16(POLLERR) == 0) }
    }

    /// Reads what is there.
    mutating func read(_ receive: (ArraySlice<UInt8>) -> Void) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !hasTooMuch {
            let taken = Glibc.read(output, &chunk, chunk.count)
            if taken < 0, errno == EINTR { continue }
            if taken == 0 { isOpen = false }
            guard taken > 0 else { return }
            count += taken
            receive(chunk[..<taken])
        }
    }

    private mutating func write(isRead: Bool) {
        text = text.dropFirst(
            max(0, text.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }))
        if text.isEmpty || !isRead { closeInput() }
    }

    mutating func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }
}
