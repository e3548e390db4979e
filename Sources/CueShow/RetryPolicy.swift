import CueText

/// How long to wait before another attempt: full jitter over a doubling bound.
///
/// AWS's standard mode of 2026: base 50 ms, 1 s where the service throttles, at most 20 s; what
/// the service asks for is honoured, up to 5 s more than the wait would be. How often is bounded
/// by the cue's late budget alone, since after it a cue is of no use.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
enum RetryPolicy {
    static let base: Duration = .milliseconds(50)
    private static let baseThrottled: Duration = .seconds(1)
    private static let longest: Duration = .seconds(20)
    /// A channel that is off the air is asked again at this pace: it comes back at no set time.
    private static let offlinePace: Duration = .seconds(1)

    /// The wait after that many failed attempts; nil where another one is of no use. `share` is a
    /// random number from 0 to 1.
    static func wait(after failure: Failure, attempts: Int, share: Double) -> Duration? {
        let bound: Duration
        switch failure.kind {
        case .notFound, .credentials, .refused: return nil
        case .notLive: return offlinePace * (0.5 + share / 2)
        case .throttled: bound = doubled(baseThrottled, attempts)
        case .unreachable, .noAnswer, .service, .clock: bound = doubled(base, attempts)
        }
        let wait = bound * share
        guard let asked = failure.retryAfter else { return wait }
        return max(wait, min(asked, wait + .seconds(5)))
    }

    private static func doubled(_ base: Duration, _ attempts: Int) -> Duration {
        min(base * (1 << min(max(attempts - 1, 0), 16)), longest)
    }
}

/// What retries may cost a channel, so that a service in trouble is not hammered.
///
/// AWS's standard mode of 2026: a bucket of 500, from which a retry takes 14, or 5 where the service
/// throttles; a success gives back what the last retry of its cue took, or 1. Here each channel has
/// one, since one channel's trouble must not take another's attempts. That a channel is off the air
/// is no failure of the service and costs nothing.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
struct RetryQuota: Hashable, Sendable {
    private static let full = 500
    private static let cost = 14
    private static let costThrottled = 5

    private(set) var rest = Self.full

    init() {}

    /// Charges what a retry after that failure costs; nil where too little is left.
    mutating func charge(for failure: Failure) -> Int? {
        let cost: Int
        switch failure.kind {
        case .notLive: cost = 0
        case .throttled: cost = Self.costThrottled
        default: cost = Self.cost
        }
        guard cost <= rest else { return nil }
        rest -= cost
        return cost
    }

    /// Gives back after a success, whose cue's last retry had that cost; nil without one.
    mutating func refund(_ cost: Int?) {
        rest = min(Self.full, rest + (cost ?? 1))
    }
}
