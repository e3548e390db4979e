@preconcurrency import Glibc
import Synchronization

/// A thread of one's own for work that blocks: the pool that Swift's tasks share is as wide as the
/// machine has processors.
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

    /// Nil where the system has no thread left.
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

/// Does what blocks on a thread of its own; here, where the system has none left.
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
/// What there is to do, and that it is over, its owner keeps and the thread's body reads.
package final class Worker: Sendable {
    /// Readable once the thread is to look what there is to do.
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

    /// Wakes the thread, which is to know that it is over, and waits for its end. To be called at
    /// most once, and also where the thread was never started.
    package func stop() {
        call.wake()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
        call.close()
    }
}
