import Synchronization

/// What a stage bears, so that one viewer gone wild can't take it from the others.
enum StageLimits {
    /// Connections at once: a viewer has two that stay open, and some that come and go.
    static let connectionsMax = 2_500
    /// Videos and event streams at once.
    static let streamsMax = 2_200
    /// Answers a second, of all viewers together, and at once.
    static let answersPerSecond = 2_000.0
    /// Answers a second of one viewer, and at once: a change of mind, not a machine.
    static let answersPerSecondPerViewer = 2.0
    static let answersAtOncePerViewer = 10.0
    /// Viewers whose rate is remembered.
    static let viewersRemembered = 20_000
    /// Seconds that a connection may stay without a request.
    static let idleSeconds: Int64 = 120
}

/// So much a second, with some in stock.
struct TokenBucket: Sendable {
    private let rate: Double
    private let stockMax: Double
    private var stock: Double
    private var last: Int64

    init(rate: Double, stock: Double, now: Int64) {
        self.rate = rate
        stockMax = stock
        self.stock = stock
        last = now
    }

    mutating func spend(at now: Int64) -> Bool {
        stock = min(stockMax, stock + Double(max(0, now - last)) / 1e9 * rate)
        last = max(last, now)
        guard stock >= 1 else { return false }
        stock -= 1
        return true
    }
}

/// Counts what is open and how often answers come.
final class Admission: Sendable {
    private struct State {
        var streams = 0
        var all: TokenBucket?
        var viewers: [String: TokenBucket] = [:]
    }

    private let state = Mutex(State())

    /// Whether one more stream may be opened; `leave` gives it back.
    func enter() -> Bool {
        state.withLock { state in
            guard state.streams < StageLimits.streamsMax else { return false }
            state.streams += 1
            return true
        }
    }

    func leave() {
        state.withLock { $0.streams -= 1 }
    }

    /// Whether an answer may come in now. `viewer` is what the sender calls itself; empty where
    /// that can't be read, so that the answer is refused anyway.
    func admit(_ viewer: String, now: Int64) -> Bool {
        state.withLock { state in
            var all =
                state.all
                ?? TokenBucket(
                    rate: StageLimits.answersPerSecond, stock: StageLimits.answersPerSecond,
                    now: now)
            defer { state.all = all }
            guard all.spend(at: now) else { return false }
            if viewer.isEmpty { return true }
            if state.viewers.count >= StageLimits.viewersRemembered { state.viewers = [:] }
            return state.viewers[
                viewer,
                default: TokenBucket(
                    rate: StageLimits.answersPerSecondPerViewer,
                    stock: StageLimits.answersAtOncePerViewer, now: now)
            ].spend(at: now)
        }
    }
}
