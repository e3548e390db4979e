import CueScheduler
import CueShow
import CueSystem
import CueText
@preconcurrency import Glibc
import Synchronization

/// The socket that a running show is controlled by: a thread beside the show.
///
/// Each connection asks by lines of words and is answered by lines of JSON. Only the user that
/// runs the show, and root, are heard: the socket's mode keeps others out, and the kernel is asked
/// who they are all the same.
package final class ControlServer: Sendable {
    package typealias Reload = @Sendable (_ reply: @escaping @Sendable (String) -> Void) -> Void

    private static let clientsMax = 32
    private static let requestBytesMax = 4_096
    /// A watcher that reads so slowly is left behind.
    private static let backlogBytesMax = 4 * 1_048_576

    private struct Shared {
        var replies: [(client: Int, line: String)] = []
        var events: [[UInt8]] = []
        var hasWatchers = false
        var isClosed = false
    }

    private struct Client {
        let id: Int
        let descriptor: Int32
        var input: [UInt8] = []
        var output: [UInt8] = []
        var isWatching = false
        /// It says nothing more, and may still listen.
        var isSilent = false
        var isWaiting = false
        /// Nothing more is read; what is written is flushed first.
        var isLeaving = false
        var isGone = false
    }

    package let path: String
    private let listener: Int32
    private let facts: ShowFacts
    private let desk: OperatorDesk
    private let reload: Reload
    private let shared = Mutex(Shared())
    private let worker = Worker()

    /// Listens at a path of one's own, or in the folder of all shows.
    package init(
        path: String?, folder: ControlFolder, name: String, facts: ShowFacts, desk: OperatorDesk,
        reload: @escaping Reload
    ) throws(SocketProblem) {
        if path == nil {
            try folder.prepare()
            folder.removeDead()
        }
        self.path = path ?? folder.socket(name)
        listener = try UnixSocket.listen(self.path)
        self.facts = facts
        self.desk = desk
        self.reload = reload
        worker.start { self.run() }
    }

    /// Hands an event on to those that watch; it is a line of the run log.
    package func tell(_ line: [UInt8]) {
        let isHeard = shared.withLock { shared in
            if shared.hasWatchers { shared.events.append(line) }
            return shared.hasWatchers
        }
        if isHeard { worker.wake() }
    }

    /// Ends all connections and removes the socket.
    package func close() {
        shared.withLock { $0.isClosed = true }
        worker.stop()
    }

    private func reply(_ client: Int, _ line: String) {
        shared.withLock { $0.replies.append((client, line)) }
        worker.wake()
    }

    // MARK: The thread

    private func run() {
        var clients: [Client] = []
        var nextID = 0
        var isClosed = false
        while !isClosed {
            var waits = [
                pollfd(fd: worker.call.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(
                    fd: clients.count < Self.clientsMax ? listener : -1, events: Int16(POLLIN),
                    revents: 0),
            ]
            waits += clients.map { client in
                let events =
                    (client.isLeaving || client.isSilent ? 0 : POLLIN)
                    | (client.output.isEmpty ? 0 : POLLOUT)
                return pollfd(fd: client.descriptor, events: Int16(events), revents: 0)
            }
            guard poll(&waits, nfds_t(waits.count), -1) >= 0 || errno == EINTR else { break }
            if waits[0].revents != 0 {
                worker.call.clear()
                isClosed = collect(&clients)
            }
            for index in clients.indices {
                serve(&clients[index], Int32(waits[index + 2].revents))
            }
            if waits[1].revents != 0 { accept(&clients, &nextID) }
            for index in clients.indices { flush(&clients[index]) }
            for client in clients where client.isGone { Glibc.close(client.descriptor) }
            clients.removeAll(where: \.isGone)
            let isWatched = clients.contains(where: \.isWatching)
            shared.withLock { $0.hasWatchers = isWatched }
        }
        for client in clients { Glibc.close(client.descriptor) }
        Glibc.close(listener)
        unlink(path)
    }

    /// Takes over what other threads have left; true at the end.
    private func collect(_ clients: inout [Client]) -> Bool {
        let (replies, events, isClosed) = shared.withLock { shared in
            defer {
                shared.replies = []
                shared.events = []
            }
            return (shared.replies, shared.events, shared.isClosed)
        }
        for (id, line) in replies {
            guard let index = clients.firstIndex(where: { $0.id == id }) else { continue }
            clients[index].output += Array(line.utf8) + [UInt8(ascii: "\n")]
            clients[index].isWaiting = false
        }
        for index in clients.indices where clients[index].isWatching {
            for event in events { clients[index].output += event }
            if clients[index].output.count > Self.backlogBytesMax { clients[index].isGone = true }
        }
        if isClosed {
            for index in clients.indices { flush(&clients[index]) }
        }
        return isClosed
    }

    private func accept(_ clients: inout [Client], _ nextID: inout Int) {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        nextID += 1
        var client = Client(id: nextID, descriptor: descriptor)
        let peer = UnixSocket.peer(descriptor)
        if peer != geteuid(), peer != 0 {
            let line = ControlReply.refused("the show belongs to another user")
            client.output = Array(line.utf8) + [UInt8(ascii: "\n")]
            client.isLeaving = true
        }
        clients.append(client)
    }

    private func serve(_ client: inout Client, _ events: Int32) {
        if events & POLLIN != 0, !client.isLeaving, !client.isSilent { read(&client) }
        if events & (POLLHUP | POLLERR) != 0 { client.isGone = true }
        let newline = UInt8(ascii: "\n")
        while !client.isWaiting, !client.isLeaving, let end = client.input.firstIndex(of: newline) {
            let line = String(decoding: client.input[..<end], as: UTF8.self)
            client.input.removeFirst(end + 1)
            take(line, &client)
        }
        if client.input.count > Self.requestBytesMax { client.isGone = true }
    }

    private func read(_ client: inout Client) {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(client.descriptor, &chunk, chunk.count)
        if count > 0 {
            client.input += chunk[..<count]
        } else if count == 0 {
            // The other end has said all; what it is owed may still be under way.
            client.isSilent = true
        } else if errno != EAGAIN, errno != EINTR {
            client.isGone = true
        }
    }

    private func take(_ line: String, _ client: inout Client) {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        let id = client.id
        func say(_ text: String) { client.output += Array(text.utf8) + [UInt8(ascii: "\n")] }
        switch ControlRequest(words: words) {
        case nil:
            let actions = ControlRequest.actions.joined(separator: ", ")
            say(ControlReply.refused("there is no such action; there are \(actions)"))
        case .status: say(ControlReply.status(desk.snapshot(8), facts))
        case .watch: client.isWatching = true
        case .reload:
            client.isWaiting = true
            reload { self.reply(id, $0) }
        case .operate(let action):
            client.isWaiting = true
            desk.ask(.operate(action)) { outcome in
                self.reply(id, ControlReply.outcome(action, outcome))
            }
        }
    }

    private func flush(_ client: inout Client) {
        while !client.output.isEmpty {
            let count = client.output.withUnsafeBytes {
                send(client.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                if errno == EAGAIN || errno == EINTR { return }
                client.isGone = true
                return
            }
            client.output.removeFirst(count)
        }
        let isServed = client.isSilent && !client.isWatching && client.input.isEmpty
        if client.isLeaving || isServed, !client.isWaiting { client.isGone = true }
    }
}

/// The other end: asks a running show, and reads what it says.
package struct ControlClient: ~Copyable {
    private let descriptor: Int32
    private var rest: [UInt8] = []

    package init(path: String) throws(SocketProblem) {
        descriptor = try UnixSocket.connect(path)
    }

    deinit { close(descriptor) }

    package func ask(_ words: [String]) {
        let bytes = Array((words.joined(separator: " ") + "\n").utf8)
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The next line; nil once the show is over.
    package mutating func line() -> String? {
        while true {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: rest[..<end], as: UTF8.self)
                rest.removeFirst(end + 1)
                return line
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            rest += chunk[..<count]
        }
    }
}
