package import CueScheduler
package import CueText
import Synchronization

/// A clock that stands still until it is told to go on, whose sleepers can be awaited.
///
/// Time goes forward step by step, so that sleepers wake in the order of their deadlines; wall
/// time follows it, and can be stepped by itself.
package final class ManualClock: ShowClock {
    private struct Sleeper {
        var id: Int
        var deadline: BootTime
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: BootTime
        var wallOffset: Duration
        var asleep: Duration = .zero
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
        var nextID = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    package init(now: BootTime = BootTime(nanoseconds: 1_000_000_000_000), wall: WallTime) {
        state = Mutex(
            State(now: now, wallOffset: .nanoseconds(wall.nanoseconds - now.nanoseconds)))
    }

    package var now: BootTime { state.withLock { $0.now } }
    package var wall: WallTime {
        state.withLock {
            WallTime(nanoseconds: $0.now.nanoseconds) + $0.wallOffset
        }
    }
    package var awake: BootTime { state.withLock { $0.now - $0.asleep } }
    package var minimumResolution: Duration { .nanoseconds(1) }

    /// Steps the wall clock; the boot clock does not notice.
    package func stepWall(by step: Duration) {
        state.withLock { $0.wallOffset += step }
    }

    package func sleep(until deadline: BootTime, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enlist(Sleeper(id: id, deadline: deadline, continuation: continuation))
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private func enlist(_ sleeper: Sleeper) {
        enum Fate { case cancelled, due, waits([CheckedContinuation<Void, Never>]) }
        let fate = state.withLock { state -> Fate in
            if state.cancelled.remove(sleeper.id) != nil { return .cancelled }
            if sleeper.deadline <= state.now { return .due }
            state.sleepers.append(sleeper)
            let ready = state.watchers.filter { $0.count <= state.sleepers.count }
            state.watchers.removeAll { $0.count <= state.sleepers.count }
            return .waits(ready.map(\.continuation))
        }
        switch fate {
        case .cancelled: sleeper.continuation.resume(throwing: CancellationError())
        case .due: sleeper.continuation.resume()
        case .waits(let watchers): for watcher in watchers { watcher.resume() }
        }
    }

    /// Returns once at least so many tasks sleep on this clock.
    package func sleeping(atLeast count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.sleepers.count >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    /// The earliest moment that somebody sleeps until.
    package var nextDeadline: BootTime? {
        state.withLock { $0.sleepers.map(\.deadline).min() }
    }

    /// Lets time pass without waking anybody before it has: a process that got no processor, or a
    /// machine that slept.
    package func jump(to moment: BootTime, asleep: Bool = false) {
        state.withLock { state in
            guard moment > state.now else { return }
            if asleep { state.asleep += moment - state.now }
            state.now = moment
        }
        advance(to: moment)
    }

    /// Goes on to that moment, waking whoever sleeps until then, the earliest first.
    package func advance(to moment: BootTime) {
        while true {
            let sleeper = state.withLock { state -> Sleeper? in
                let due = state.sleepers.indices.filter { state.sleepers[$0].deadline <= moment }
                guard
                    let first = due.min(by: {
                        state.sleepers[$0].deadline < state.sleepers[$1].deadline
                    })
                else {
                    state.now = max(state.now, moment)
                    return nil
                }
                let sleeper = state.sleepers.remove(at: first)
                state.now = max(state.now, sleeper.deadline)
                return sleeper
            }
            guard let sleeper else { return }
            sleeper.continuation.resume()
        }
    }
}
