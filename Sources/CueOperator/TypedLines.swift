import CueSystem
@preconcurrency import Glibc
import Synchronization

/// Lines that somebody types at a terminal, handed on one by one.
package final class TypedLines: Sendable {
    private let isClosed = Mutex(false)
    private let worker = Worker()

    /// `take` is called on a thread of its own.
    package init(_ take: @escaping @Sendable (String) -> Void) {
        worker.start { self.run(take) }
    }

    package func close() {
        isClosed.withLock { $0 = true }
        worker.stop()
    }

    private func run(_ take: (String) -> Void) {
        var rest: [UInt8] = []
        var isOver = false
        while !isClosed.withLock({ $0 }) {
            var waits = [
                pollfd(fd: isOver ? -1 : 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: worker.call.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            poll(&waits, 2, -1)
            guard waits[0].revents != 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 4_096)
            let count = read(0, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            isOver = count <= 0
            rest += chunk[..<max(0, count)]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                take(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeFirst(end + 1)
            }
        }
    }
}
