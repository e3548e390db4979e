@preconcurrency import Glibc
import Synchronization

/// A dedicated thread for blocking work; Swift's cooperative pool has only one thread per core.
///
/// https://man7.org/linux/man-pages/man3/pthread_create.3.html
struct WorkThread: Sendable {
    private let thread: pthread_t

    private final class Box: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Nil if the system has no thread left.
    init?(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let problem = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard problem == 0 else {
            box.release()
            return nil
        }
        self.thread = thread
    }

    func join() {
        pthread_join(thread, nil)
    }

    func detach() {
        pthread_detach(thread)
    }
}

/// Runs blocking work on a dedicated thread, or right here if the system has none left.
package func onOwnThread<Value: Sendable>(
    _ body: @escaping @Sendable () -> Value
) async -> Value {
    await withCheckedContinuation { continuation in
        let work: @Sendable () -> Void = { continuation.resume(returning: body()) }
        if let thread = WorkThread(work) {
            thread.detach()
        } else {
            work()
        }
    }
}

/// A thread that waits in poll(2) for something to do, and is woken for it.
///
/// Its owner keeps what there is to do, and whether it is over; the thread's body reads both.
package final class Worker: Sendable {
    /// Readable once the thread should look what there is to do.
    package let call = Wake()
    private let thread = Mutex<WorkThread?>(nil)

    package init() {}

    package func start(_ body: @escaping @Sendable () -> Void) {
        thread.withLock { $0 = WorkThread(body) }
    }

    package func wake() {
        call.wake()
    }

    /// Waits until it is woken, and is then ready to be woken anew.
    package func wait() {
        var entry = pollfd(fd: call.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, -1)
        call.clear()
    }

    /// Wakes the thread, whose body should find that it is over, and waits for its end. To be called
    /// at most once, also if the thread was never started.
    package func stop() {
        call.wake()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
        call.close()
    }
}
