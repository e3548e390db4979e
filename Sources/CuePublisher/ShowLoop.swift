import CLinux
package import CueScheduler
import CueSystem
package import CueText
@preconcurrency import Glibc
package import NIOCore
import NIOPosix

/// The one thread that carries a show: its timer, its tasks and its connections.
///
/// With one thread, a wake-up, the decision and the write to the socket follow each other without
/// a hand-over between threads, which is what keeps cues punctual on a busy machine. Where the
/// process may, the thread runs under SCHED_FIFO; elsewhere it asks for its turn in short slices,
/// which the kernel grants sooner. Nothing else runs on it: no fsync, no screen, no parsing.
/// https://man7.org/linux/man-pages/man7/sched.7.html
package final class ShowLoop: TaskExecutor {
    package let eventLoop: any EventLoop
    private let group: MultiThreadedEventLoopGroup
    /// How the thread is scheduled, as the log states it.
    package let timer: String

    package init() {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        eventLoop = group.next()
        let manner = try? eventLoop.submit {
            if Self.askForRealTime() { return "SCHED_FIFO" }
            return Self.askForShortSlice() ? "SCHED_OTHER in slices of 0.1 ms" : "SCHED_OTHER"
        }.wait()
        timer = "nio event loop, \(manner ?? "SCHED_OTHER")"
    }

    package func shutdown() async {
        try? await group.shutdownGracefully()
    }

    /// The lowest real-time priority is enough: it goes before every ordinary thread. Threads that
    /// are started from this one don't inherit it (SCHED_RESET_ON_FORK), or a pool's workers would
    /// compete with the show.
    private static func askForRealTime() -> Bool {
        var parameter = sched_param()
        parameter.sched_priority = 1
        let resetOnFork: Int32 = 0x4000_0000
        return sched_setscheduler(0, SCHED_FIFO | resetOnFork, &parameter) == 0
    }

    /// Among busy threads a short slice ends early and so comes early: a thread that wakes for a
    /// cue goes before those whose slices are longer. It takes no right.
    /// https://docs.kernel.org/scheduler/sched-eevdf.html
    private static func askForShortSlice() -> Bool {
        cue_ask_for_slice(100_000)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        eventLoop.execute { job.runSynchronously(on: executor) }
    }
}

/// The clocks of this machine, with the show loop's timer to wait on.
package struct LoopClock: ShowClock {
    private let loop: any EventLoop

    package init(_ loop: ShowLoop) {
        self.loop = loop.eventLoop
    }

    package var now: BootTime { BootTime(nanoseconds: SystemClock.boot) }
    package var awake: BootTime { BootTime(nanoseconds: SystemClock.awake) }
    package var wall: WallTime { SystemClock.wall }
    package var minimumResolution: Duration { .nanoseconds(1) }

    /// Waits on the event loop's own timer; the deadline is read from the boot clock again after
    /// each wait, so a suspend in between makes it late, never wrong.
    package func sleep(until deadline: BootTime, tolerance: Duration?) async throws {
        while true {
            let rest = deadline - now
            if rest <= .zero { return }
            try Task.checkCancellation()
            try await nap(min(rest, .seconds(1)))
        }
    }

    private func nap(_ duration: Duration) async throws {
        let promise = loop.makePromise(of: Void.self)
        let timer = loop.scheduleTask(in: .nanoseconds(duration.nanoseconds)) {
            promise.succeed(())
        }
        try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            // The promise is completed once: by the timer, or here where that was cancelled first.
            timer.futureResult.whenFailure { promise.fail($0) }
            timer.cancel()
        }
    }
}
