import CueText

/// How many cues ended in which way, over all channels.
package struct Tally: Hashable, Sendable {
    package var sent = 0
    package var missed = 0
    package var failed = 0
    package var inDoubt = 0
    package var skipped = 0
    /// Those that have no ending.
    var open = 0

    package init(
        sent: Int = 0, missed: Int = 0, failed: Int = 0, inDoubt: Int = 0, skipped: Int = 0,
        open: Int = 0
    ) {
        self.sent = sent
        self.missed = missed
        self.failed = failed
        self.inDoubt = inDoubt
        self.skipped = skipped
        self.open = open
    }

    package var all: Int { sent + missed + failed + inDoubt + skipped + open }
    /// What viewers should have got.
    var meant: Int { all - skipped }
    var bad: Int { missed + failed + inDoubt }
}

/// How a measured span is spread over the cues that were sent.
package struct Spread: Hashable, Sendable {
    var count: Int
    package var p50: Duration
    package var p90: Duration
    package var p99: Duration
    package var max: Duration
    /// How many lie below each of `bounds`, and at or above the one before; the last count is for
    /// what is at or above the last bound.
    package var histogram: [Int]

    /// From 1 ms to 10 s, by 1, 2, 5.
    static let bounds: [Duration] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000,
    ].map { .milliseconds($0) }

    /// Nil where there is no value. Percentiles are by nearest rank: the least value that this
    /// share of all does not exceed, as in run_finished.
    package init?(_ values: [Duration]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.map(\.nanoseconds).sorted()
        func percentile(_ share: Int) -> Duration {
            .nanoseconds(sorted[Swift.max(0, (sorted.count * share + 99) / 100 - 1)])
        }
        count = sorted.count
        p50 = percentile(50)
        p90 = percentile(90)
        p99 = percentile(99)
        max = percentile(100)
        histogram = Array(repeating: 0, count: Self.bounds.count + 1)
        let bounds = Self.bounds.map(\.nanoseconds)
        var bin = 0
        for value in sorted {
            while bin < bounds.count, value >= bounds[bin] { bin += 1 }
            histogram[bin] += 1
        }
    }
}

extension Review {
    package var tally: Tally {
        var tally = Tally()
        for cue in cues {
            switch cue.ending {
            case .sent: tally.sent += 1
            case .missed: tally.missed += 1
            case .failed: tally.failed += 1
            case .inDoubt: tally.inDoubt += 1
            case .skipped: tally.skipped += 1
            case nil: tally.open += 1
            }
        }
        return tally
    }

    /// How much later than due − lead the cues left.
    var lateness: Spread? { Spread(cues.compactMap(\.late)) }

    var roundTrips: Spread? { Spread(cues.compactMap(\.roundTrip)) }

    /// Attempts that failed, those to repeat a question included.
    package var failedAttempts: Int { troubles.reduce(0) { $0 + $1.count } }

    package var attempts: Int { cues.reduce(0) { $0 + $1.attempts } }

    /// Attempts after a cue's first.
    package var retries: Int { cues.reduce(0) { $0 + max(0, $1.attempts - 1) } }

    /// The cues for which `value` is greatest, that one first; of equals the earlier.
    package func greatest(
        _ count: Int, by value: (Cue) -> Duration?
    ) -> [(cue: Cue, value: Duration)] {
        var found: [(cue: Cue, value: Duration)] = []
        for cue in cues {
            guard let new = value(cue) else { continue }
            if found.count == count, let last = found.last, new <= last.value { continue }
            let place = found.firstIndex { $0.value < new } ?? found.count
            found.insert((cue, new), at: place)
            if found.count > count { found.removeLast() }
        }
        return found
    }
}
