import CueText

/// How long a cue takes to arrive, by recent round trips on warm connections.
struct LatencyEstimate: Sendable {
    private static let kept = 31

    private var roundTrips: [Duration] = []
    /// Of the round trips that are kept; nil before the first.
    private(set) var median: Duration?

    /// Half the median, and not more than a lead may be.
    var oneWayDelay: Duration { median.map { min($0 / 2, ShowSettings.leadMax) } ?? .zero }

    mutating func note(roundTrip: Duration) {
        roundTrips.append(roundTrip)
        if roundTrips.count > Self.kept { roundTrips.removeFirst() }
        median = roundTrips.sorted()[roundTrips.count / 2]
    }
}
