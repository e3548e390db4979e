@preconcurrency import Glibc

/// Wakes a thread that waits in poll(2), from any thread and from a signal handler.
package struct Wake: Sendable {
    /// What a signal handler writes when the process continues after a stop.
    package static let continued: UInt8 = 2

    /// Readable once somebody woke it.
    package let descriptor: Int32
    package let writer: Int32

    package init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        writer = ends[1]
    }

    package func wake() {
        // A full pipe wakes as well as one byte does.
        var byte: UInt8 = 1
        _ = write(writer, &byte, 1)
    }

    /// Ready to be woken anew; true if the process was stopped and continues.
    @discardableResult package func clear() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64)
        var hasContinued = false
        while true {
            let count = read(descriptor, &bytes, bytes.count)
            hasContinued = hasContinued || bytes.prefix(max(0, count)).contains(Self.continued)
            if count < bytes.count { return hasContinued }
        }
    }

    package func close() {
        Glibc.close(writer)
        Glibc.close(descriptor)
    }
}
