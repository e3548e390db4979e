@preconcurrency import Glibc

/// Wakes a thread that waits in poll(2), from any thread and from a signal handler.
package struct Wake: Sendable {
    /// What a signal handler writes where the process goes on.
    static let goesOn: UInt8 = 2

    /// Readable once somebody woke it.
    package let descriptor: Int32
    let writer: Int32

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

/// A thread of one's own for work that blocks: the pool that Swift's tasks share is as wide as the
/// machine has processors.
package struct WorkThread: Sendable {
    private let thread: pthread_t

    private final class Box: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    package init(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Box(body)).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, argument)
        self.thread = thread
    }

    package func join() {
        pthread_join(thread, nil)
    }
}

/// Milliseconds on a clock that no step of the wall clock moves, for time-outs.
package func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}
