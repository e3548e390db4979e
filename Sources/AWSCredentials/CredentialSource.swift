package import AWSSigning
package import CueText
import Synchronization

/// How near credentials are to their end.
///
/// Renewed from 15 minutes before it, when a failure does not matter yet; from 10 minutes before it
/// in earnest. Those that live for half an hour or less have windows that are as much shorter: half
/// of what they live, and a third.
/// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
struct RefreshSchedule: Hashable, Sendable {
    enum Window: Hashable, Sendable {
        case fresh
        case advisory
        case mandatory
        case over
    }

    static let advisory: Duration = .seconds(15 * 60)
    static let mandatory: Duration = .seconds(10 * 60)

    var obtained: WallTime
    /// Nil for those that never end.
    var expiration: WallTime?

    func window(at now: WallTime) -> Window {
        guard let expiration else { return .fresh }
        let rest = expiration - now
        if rest <= .zero { return .over }
        if rest <= min(Self.mandatory, lifetime / 3) { return .mandatory }
        return rest <= min(Self.advisory, lifetime / 2) ? .advisory : .fresh
    }

    /// How long to wait after an attempt that brought nothing new.
    func pause(after failures: Int, in window: Window) -> Duration {
        switch window {
        case .fresh, .advisory: min(.seconds(60), max(lifetime / 8, .milliseconds(100)))
        case .mandatory, .over: min(.milliseconds(500) * (1 << min(failures, 6)), .seconds(30))
        }
    }

    /// How long new ones are left alone: a quarter of what they live, or a minute where they come
    /// ended already by our clock, which then is the one that is wrong.
    var pauseAfterRenewal: Duration {
        lifetime == .zero ? .seconds(60) : min(lifetime / 4, .seconds(60))
    }

    private var lifetime: Duration {
        guard let expiration else { return .zero }
        return max(expiration - obtained, .zero)
    }
}

/// The credentials that requests are signed with, renewed before they end.
///
/// Nobody ever waits here: `current` is what there is, and `check()` at most starts a renewal, one
/// at a time, on the pool and not on the show's loop. Whoever signs calls both.
package final class CredentialSource: Sendable {
    package struct Current: Sendable {
        package var credentials: Credentials
        /// Changes with the credentials.
        package var generation: Int
    }

    package enum Report: Sendable {
        case renewed(until: WallTime?)
        /// `isUrgent` once the end is near, or past.
        case failed(AWSProblem, until: WallTime?, isUrgent: Bool)
    }

    package typealias Load = @Sendable () async throws(AWSProblem) -> FoundCredentials

    private struct State {
        var found: FoundCredentials
        var generation = 0
        var schedule: RefreshSchedule
        var isRefreshing = false
        var failures = 0
        var next: WallTime
        var task: Task<Void, Never>?
        var isClosed = false
    }

    private let state: Mutex<State>
    private let load: Load?
    private let now: @Sendable () -> WallTime
    private let report: @Sendable (Report) -> Void

    /// `load` gets new credentials; it is called on the pool. `report` is told what came of it.
    package init(
        _ found: FoundCredentials, now: @escaping @Sendable () -> WallTime, load: @escaping Load,
        report: @escaping @Sendable (Report) -> Void
    ) {
        self.now = now
        self.load = found.origin.isRenewable ? load : nil
        self.report = report
        state = Mutex(Self.state(found, now()))
    }

    /// Credentials that are never renewed.
    package init(fixed credentials: Credentials) {
        now = { WallTime(seconds: 0) }
        load = nil
        report = { _ in }
        let origin = CredentialOrigin(.fixed, "the program itself", isRenewable: false)
        state = Mutex(
            Self.state(FoundCredentials(credentials: credentials, origin: origin), now()))
    }

    private static func state(_ found: FoundCredentials, _ now: WallTime) -> State {
        State(
            found: found,
            schedule: RefreshSchedule(obtained: now, expiration: found.credentials.expiration),
            next: now)
    }

    package var current: Current {
        state.withLock { Current(credentials: $0.found.credentials, generation: $0.generation) }
    }

    /// A service said that those of this generation have ended. True where others may come.
    package func refused(generation: Int) -> Bool {
        guard load != nil else { return false }
        let isHopeful = state.withLock { state in
            if state.generation == generation, state.schedule.window(at: now()) != .over {
                // By the service's clock, which is the one that counts.
                state.schedule.expiration = now()
                state.next = now()
            }
            return state.generation != generation || state.failures == 0
        }
        check()
        return isHopeful
    }

    /// Starts a renewal where it is time for one.
    package func check() {
        guard let load else { return }
        let now = now()
        state.withLock { state in
            guard !state.isRefreshing, !state.isClosed, now >= state.next,
                state.schedule.window(at: now) != .fresh
            else { return }
            state.isRefreshing = true
            state.task = Task.detached { await self.refresh(load) }
        }
    }

    /// Ends a renewal that is under way, and starts no other.
    package func close() async {
        let task = state.withLock { state in
            state.isClosed = true
            return state.task
        }
        task?.cancel()
        await task?.value
    }

    private func refresh(_ load: Load) async {
        let result: Result<FoundCredentials, AWSProblem>
        do throws(AWSProblem) {
            result = .success(try await load())
        } catch {
            result = .failure(error)
        }
        let now = now()
        let report: Report? = state.withLock { state in
            state.isRefreshing = false
            if state.isClosed { return nil }
            switch result {
            case .success(let found): return Self.adopt(found, into: &state, now)
            case .failure(let problem):
                let window = state.schedule.window(at: now)
                state.next = now + state.schedule.pause(after: state.failures, in: window)
                state.failures += 1
                return .failed(
                    problem, until: state.schedule.expiration,
                    isUrgent: window == .mandatory || window == .over)
            }
        }
        if let report { self.report(report) }
    }

    private static func adopt(
        _ found: FoundCredentials, into state: inout State, _ now: WallTime
    ) -> Report? {
        guard found.credentials != state.found.credentials else {
            // A container's agent hands out the old ones until it has new ones itself.
            let window = state.schedule.window(at: now)
            state.next = now + state.schedule.pause(after: state.failures, in: window)
            state.failures += 1
            return nil
        }
        state.found = found
        state.generation += 1
        state.failures = 0
        state.schedule = RefreshSchedule(
            obtained: now, expiration: found.credentials.expiration)
        state.next = now + state.schedule.pauseAfterRenewal
        return .renewed(until: found.credentials.expiration)
    }
}
