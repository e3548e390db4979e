import CueSystem
@preconcurrency import Glibc
import Synchronization

/// The socket that a running show is controlled by: a thread beside the show.
///
/// Each connection sends lines of words and gets lines of JSON. Only the user that runs the show,
/// and root, are heard: the socket's mode keeps others out, and the kernel is asked who they are
/// all the same.
package final class ControlServer: Sendable {
    private static let connectionsMax = 32

    private struct Shared {
        var answers: [(connection: Int, line: String)] = []
        var events: [[UInt8]] = []
        var hasWatchers = false
        var isClosed = false
    }

    private let path: String
    private let listener: Int32
    private let handler: RequestHandler
    private let shared = Mutex(Shared())
    private let worker = Worker()

    /// Listens at the given path, or by the show's name in the folder of all shows.
    package init(
        path: String?, folder: ControlFolder, name: String, handler: RequestHandler
    ) throws(SocketProblem) {
        if path == nil {
            try folder.prepare()
            folder.removeDead()
        }
        self.path = path ?? folder.socket(name)
        listener = try UnixSocket.listen(self.path)
        self.handler = handler
        worker.start { self.run() }
    }

    /// Sends an event to those that watch; it is a line of the run log.
    package func publish(_ line: [UInt8]) {
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

    // MARK: The thread

    private func run() {
        var connections: [ControlConnection] = []
        var lastID = 0
        var isClosed = false
        while !isClosed {
            let isFull = connections.count >= Self.connectionsMax
            var waits = [
                pollfd(fd: worker.call.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isFull ? -1 : listener, events: Int16(POLLIN), revents: 0),
            ]
            waits += connections.map(\.awaited)
            guard poll(&waits, nfds_t(waits.count), -1) >= 0 || errno == EINTR else { break }
            if waits[0].revents != 0 {
                worker.call.clear()
                isClosed = deliver(to: &connections)
            }
            for index in connections.indices {
                connections[index].receive(Int32(waits[index + 2].revents))
                serve(&connections[index])
            }
            if waits[1].revents != 0 { accept(&connections, &lastID) }
            // What was answered meanwhile has no other chance.
            if isClosed { _ = deliver(to: &connections) }
            for index in connections.indices { connections[index].flush() }
            for connection in connections where connection.isGone {
                Glibc.close(connection.descriptor)
            }
            connections.removeAll(where: \.isGone)
            let isWatched = connections.contains(where: \.isWatching)
            shared.withLock { $0.hasWatchers = isWatched }
        }
        for connection in connections { Glibc.close(connection.descriptor) }
        Glibc.close(listener)
        unlink(path)
    }

    /// Takes over what other threads have left for the connections; true at the end.
    private func deliver(to connections: inout [ControlConnection]) -> Bool {
        let (answers, events, isClosed) = shared.withLock { shared in
            defer {
                shared.answers = []
                shared.events = []
            }
            return (shared.answers, shared.events, shared.isClosed)
        }
        for (id, line) in answers {
            guard let index = connections.firstIndex(where: { $0.id == id }) else { continue }
            connections[index].answer(line)
        }
        for index in connections.indices {
            for event in events { connections[index].publish(event) }
        }
        return isClosed
    }

    private func accept(_ connections: inout [ControlConnection], _ lastID: inout Int) {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        lastID += 1
        connections.append(ControlConnection(id: lastID, descriptor: descriptor))
    }

    private func serve(_ connection: inout ControlConnection) {
        let id = connection.id
        while let words = connection.nextRequest() {
            switch OperatorRequest(words: words, at: .socket) {
            case nil:
                let known = OperatorRequest.socketWords.joined(separator: ", ")
                connection.answer(
                    ControlReply.refused("there is no such action; there are \(known)"))
            case .watch: connection.watch()
            case let request?:
                handler.handle(request) { [self] line in
                    shared.withLock { $0.answers.append((id, line)) }
                    worker.wake()
                }
            }
        }
    }
}
