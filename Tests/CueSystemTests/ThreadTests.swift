import CueSystem
import Glibc
import Synchronization
import Testing

@Suite struct ThreadTests {
    @Test func runsBlockingWorkOnAnotherThread() async {
        let threads = await withTaskGroup(of: Int.self) { group in
            for _ in 1...8 {
                group.addTask { await onOwnThread { Int(bitPattern: pthread_self()) } }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(threads.count == 8 && !threads.contains(Int(bitPattern: pthread_self())))
    }

    @Test func wakesAWorkerForEveryCall() {
        let worker = Worker()
        let state = Mutex((asked: 0, done: 0, isOver: false))
        let answers = Wake()
        worker.start {
            while true {
                let isOver = state.withLock { state in
                    state.done = state.asked
                    return state.isOver
                }
                answers.wake()
                if isOver { return }
                worker.wait()
            }
        }
        for count in 1...1_000 {
            state.withLock { $0.asked = count }
            worker.wake()
            while state.withLock({ $0.done }) < count { wait(for: answers) }
        }
        state.withLock { $0.isOver = true }
        worker.stop()
        #expect(state.withLock { $0.done } == 1_000)
        answers.close()
    }

    @Test func stopsAWorkerThatNeverStarted() {
        let worker = Worker()
        worker.wake()
        worker.stop()
    }

    @Test func wakesOnceHoweverOftenItIsCalled() {
        let wake = Wake()
        defer { wake.close() }
        #expect(!isReadable(wake))
        // More than the pipe holds.
        for _ in 1...100_000 { wake.wake() }
        #expect(isReadable(wake))
        #expect(!wake.clear(), "nobody stopped the process")
        #expect(!isReadable(wake))
        var byte = Wake.continued
        write(wake.writer, &byte, 1)
        wake.wake()
        #expect(wake.clear())
        #expect(!wake.clear())
    }

    @Test func clocksRunForward() {
        let (boot, awake) = (SystemClock.boot, SystemClock.awake)
        #expect(SystemClock.boot >= boot && SystemClock.awake >= awake)
        #expect(SystemClock.boot >= awake, "time asleep is counted too")
        #expect(SystemClock.milliseconds >= awake / 1_000_000)
    }

    private func isReadable(_ wake: Wake) -> Bool {
        var entry = pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) == 1
    }

    private func wait(for wake: Wake) {
        var entry = pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, 60_000)
        wake.clear()
    }
}
