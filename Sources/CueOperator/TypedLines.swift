import CueSystem
@preconcurrency import Glibc
import Synchronization

/// The lines that somebody types at a terminal, read one by one.
package final class TypedLines: Sendable {
    private let isClosed = Mutex(false)
    private let worker = Worker()

    /// Reads standard input, if nothing else is named; `handle` is called on a dedicated thread.
    package init(
        from descriptor: Int32 = STDIN_FILENO, _ handle: @escaping @Sendable (String) -> Void
    ) {
        worker.start { self.run(descriptor, handle) }
    }

    package func close() {
        isClosed.withLock { $0 = true }
        worker.stop()
    }

    private func run(_ descriptor: Int32, _ handle: (String) -> Void) {
        var lines = LineBuffer()
        var isOver = false
        while !isClosed.withLock({ $0 }) {
            var waits = [
                pollfd(fd: isOver ? -1 : descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: worker.call.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            poll(&waits, 2, -1)
            guard waits[0].revents != 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 4_096)
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            isOver = count <= 0
            lines.append(chunk[..<max(0, count)])
            while let line = lines.next() { handle(line) }
        }
    }
}
