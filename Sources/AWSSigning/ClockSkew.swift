package import CueText

/// How far this machine's clock is off the service's, learned from the `Date` of its answers.
///
/// Signatures are refused when they are more than about 15 minutes off, so signing uses the
/// service's time. No cue is ever moved by it. By the clock-skew rules of AWS's SDKs of 2026, with
/// one bound more: an attempt that was signed with the right time already, and is refused all the
/// same, is not repeated for its clock.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
package struct ClockSkew: Hashable, Sendable {
    /// From this difference on, an error that may be due to it is taken to be.
    static let detected: Duration = .seconds(4 * 60)
    /// An answer that took longer says too little about when it was written.
    static let roundTripMax: Duration = .seconds(15 * 60)

    /// What is to be added to our clock.
    package private(set) var skew: Duration = .zero

    package init() {}

    /// The time to sign with at a moment of our clock.
    package func signingTime(at moment: WallTime) -> WallTime { moment + skew }

    /// Learns from an answer's `Date`; one that a cache gave, as its `Age` tells, is no help.
    ///
    /// Returns how far off the time was that the request was signed with, where that is known.
    @discardableResult
    package mutating func learn(
        date: String?, age: String?, sent: WallTime, received: WallTime
    ) -> Duration? {
        guard let date = date.flatMap({ WallTime(httpDate: $0) }), age == nil,
            received - sent <= Self.roundTripMax
        else { return nil }
        let midpoint = sent + (received - sent) / 2
        let before = skew
        skew = date - midpoint
        return skew - before
    }

    /// Whether a signature that far off may have been refused for it.
    package static func explains(_ off: Duration?) -> Bool {
        off.map { $0.magnitude > detected } ?? false
    }
}
