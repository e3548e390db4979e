import CueText

/// How long to wait before another attempt: full jitter over a doubling bound.
///
/// AWS's standard mode of 2026: base 50 ms, 1 s where the service throttles, at most 20 s; what
/// the service asks for is honoured, up to 5 s more than the wait would be. How often is bounded
/// by the cue's late budget alone, since after it a cue is of no use.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
package enum RetryPolicy {
    package static let base: Duration = .milliseconds(50)
    package static let baseThrottled: Duration = .seconds(1)
    package static let longest: Duration = .seconds(20)
    /// A channel that is off the air is asked again at this pace: it comes back at no set time.
    package static let offlinePace: Duration = .seconds(1)

    /// The wait after that many failed attempts; nil where another one is of no use. `share` is a
    /// random number from 0 to 1.
    package static func wait(after failure: Failure, attempts: Int, share: Double) -> Duration? {
        let bound: Duration
        switch failure.kind {
        case .notFound, .credentials, .refused: return nil
        case .notLive: return offlinePace * (0.5 + share / 2)
        case .throttled: bound = doubled(baseThrottled, attempts)
        case .unreachable, .noAnswer, .service: bound = doubled(base, attempts)
        }
        let wait = bound * share
        guard let asked = failure.retryAfter else { return wait }
        return max(wait, min(asked, wait + .seconds(5)))
    }

    private static func doubled(_ base: Duration, _ attempts: Int) -> Duration {
        min(base * (1 << min(max(attempts - 1, 0), 16)), longest)
    }
}
