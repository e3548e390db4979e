@preconcurrency import Glibc

/// One connection to the control socket, as the server sees it: what it asked, what it is owed,
/// and whether it is over. Neither reading nor writing blocks.
struct ControlConnection {
    private static let requestBytesMax = 4_096
    /// A watcher that reads so slowly is left behind.
    private static let backlogBytesMax = 4 * 1_048_576

    let id: Int
    let descriptor: Int32
    private(set) var isWatching = false
    private(set) var isGone = false
    private var input = LineBuffer()
    private var output: [UInt8] = []
    /// It sends nothing more, and may still listen.
    private var isSilent = false
    /// Its last request has no answer yet; the next one waits for that.
    private var isWaiting = false
    /// It is not heard; what is written is flushed first.
    private var isRefused = false

    init(id: Int, descriptor: Int32) {
        self.id = id
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        let peer = UnixSocket.peer(descriptor)
        if peer != geteuid(), peer != 0 {
            answer(ControlReply.refused("the show belongs to another user"))
            isRefused = true
        }
    }

    /// What poll(2) should wait for.
    var awaited: pollfd {
        let events =
            (isRefused || isSilent ? 0 : POLLIN) | (output.isEmpty ? 0 : POLLOUT)
        return pollfd(fd: descriptor, events: Int16(events), revents: 0)
    }

    // MARK: Requests

    /// Reads what poll(2) found.
    mutating func receive(_ events: Int32) {
        if events & POLLIN != 0, !isRefused, !isSilent { read() }
        if events & (POLLHUP | POLLERR) != 0 { isGone = true }
    }

    private mutating func read() {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        if count > 0 {
            input.append(chunk[..<count])
        } else if count == 0 {
            // The other end has sent everything; what it is owed may still be under way.
            isSilent = true
        } else if errno != EAGAIN, errno != EINTR {
            isGone = true
        }
    }

    /// The words of the next request. It waits for its answer, if it is not `watch`.
    mutating func nextRequest() -> [String]? {
        guard !isWaiting, !isRefused, let line = input.next() else {
            if input.count > Self.requestBytesMax { isGone = true }
            return nil
        }
        isWaiting = true
        return line.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    // MARK: Answers

    mutating func answer(_ line: String) {
        output += Array(line.utf8) + [UInt8(ascii: "\n")]
        isWaiting = false
    }

    mutating func watch() {
        isWatching = true
        isWaiting = false
    }

    /// Adds an event, if the connection watches them.
    mutating func publish(_ line: [UInt8]) {
        guard isWatching else { return }
        output += line
        if output.count > Self.backlogBytesMax { isGone = true }
    }

    mutating func flush() {
        while !output.isEmpty {
            let count = output.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                if errno == EAGAIN || errno == EINTR { return }
                isGone = true
                return
            }
            output.removeFirst(count)
        }
        let isServed = isSilent && !isWatching && input.count == 0
        if isRefused || isServed, !isWaiting { isGone = true }
    }
}
