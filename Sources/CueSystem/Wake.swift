@preconcurrency import Glibc

/// Wakes a thread that waits in poll(2), from any thread and from a signal handler.
package struct Wake: Sendable {
    /// What a signal handler writes where the process goes on.
    package static let goesOn: UInt8 = 2

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

    /// Ready to be woken anew; true where the process was stopped and goes on.
    @discardableResult package func clear() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64)
        var hasGoneOn = false
        while true {
            let count = read(descriptor, &bytes, bytes.count)
            hasGoneOn = hasGoneOn || bytes.prefix(max(0, count)).contains(Self.goesOn)
            if count < bytes.count { return hasGoneOn }
        }
    }

    package func close() {
        Glibc.close(writer)
        Glibc.close(descriptor)
    }
}
