import CueText

/// Two runs side by side: a rehearsal and its show, or two shows.
///
/// Cues are the same where id, occurrence and channel are; where each run has one channel, its name
/// does not matter. Both reviews have to keep their payloads.
package struct Comparison: Sendable {
    /// A cue of both runs, by its places in their `cues`.
    package struct Pair: Sendable {
        package var first: Int
        package var second: Int
        /// Viewers got something else, the run's name and the moment apart.
        package var isChanged: Bool
    }

    let first: Review
    let second: Review
    /// Cues of both runs, in the order of the first.
    package private(set) var pairs: [Pair] = []
    package private(set) var onlyFirst: [Int] = []
    package private(set) var onlySecond: [Int] = []
    /// How many of `pairs` are so.
    private(set) var movedCount = 0
    private(set) var changedCount = 0
    private(set) var endedOtherwiseCount = 0

    /// A moment that differs by less has not moved: a reveal follows its question's lateness, and
    /// a rehearsal's clock is coarser by its speed.
    static let movedMin: Duration = .milliseconds(100)

    package init(_ first: Review, _ second: Review) {
        self.first = first
        self.second = second
        let isAlone = first.channels.count == 1 && second.channels.count == 1
        struct Key: Hashable {
            var name: String
            var channel: String
        }
        func key(_ cue: Review.Cue, _ review: Review) -> Key {
            Key(name: cue.name, channel: isAlone ? "" : review.channels[cue.channel])
        }
        var places: [Key: Int] = [:]
        places.reserveCapacity(second.cues.count)
        for (index, cue) in second.cues.enumerated() { places[key(cue, second)] = index }
        for (index, cue) in first.cues.enumerated() {
            if let other = places.removeValue(forKey: key(cue, first)) {
                pairs.append(
                    Pair(
                        first: index, second: other,
                        isChanged: Self.isChanged(
                            (first, cue), (second, second.cues[other]))))
            } else {
                onlyFirst.append(index)
            }
        }
        onlySecond = places.values.sorted()
        movedCount = pairs.count(where: isMoved)
        changedCount = pairs.count(where: \.isChanged)
        endedOtherwiseCount = pairs.count(where: isEndedOtherwise)
    }

    /// How much later after zero the cue was due in the second run; nil where that is not known of
    /// both.
    package func moved(_ pair: Pair) -> Duration? {
        guard let before = first.at(first.cues[pair.first]),
            let after = second.at(second.cues[pair.second])
        else { return nil }
        return after - before
    }

    package func isMoved(_ pair: Pair) -> Bool {
        moved(pair).map { $0.magnitude >= Self.movedMin } ?? false
    }

    /// How much later it left in the second run.
    package func later(_ pair: Pair) -> Duration? {
        guard let before = first.cues[pair.first].late, let after = second.cues[pair.second].late
        else { return nil }
        return after - before
    }

    private static func isChanged(
        _ before: (review: Review, cue: Review.Cue), _ after: (review: Review, cue: Review.Cue)
    ) -> Bool {
        guard before.cue.ending == .sent, after.cue.ending == .sent else { return false }
        if before.cue.adBreakSeconds != after.cue.adBreakSeconds { return true }
        return content(before.review.payload(before.cue))
            != content(after.review.payload(after.cue))
    }

    private static func content(_ payload: String?) -> JSONValue? {
        guard let payload, case .object(let members)? = try? JSONValue.parse(payload.utf8)
        else { return payload.map { .string($0) } }
        return .object(members.filter { $0.key != "run" && $0.key != "current_time" })
    }

    package func isEndedOtherwise(_ pair: Pair) -> Bool {
        let (before, after) = (first.cues[pair.first], second.cues[pair.second])
        return before.ending != after.ending || first.reason(before) != second.reason(after)
    }

    /// What a metric comes to: one of two runs, or else the second's.
    package func figure(_ metric: Metric) -> Figure? {
        switch metric {
        case .onlyFirst: .count(Int64(onlyFirst.count))
        case .onlySecond: .count(Int64(onlySecond.count))
        case .moved: .count(Int64(movedCount))
        case .changed: .count(Int64(changedCount))
        case .endedOtherwise: .count(Int64(endedOtherwiseCount))
        default: second.figure(metric)
        }
    }

    /// What differs, in one sentence.
    package var verdict: Verdict {
        let counts: [(Int, String)] = [
            (onlyFirst.count, "only in the first"), (onlySecond.count, "only in the second"),
            (movedCount, "moved"),
            (changedCount, "with another content"),
            (endedOtherwiseCount, "ended otherwise"),
        ]
        let parts = counts.filter { $0.0 > 0 }.map { "\(Words.grouped($0.0)) \($0.1)" }
        var text = "\(Words.count(pairs.count, "cue")) in both runs"
        text += parts.isEmpty ? ", and all went alike" : ": " + parts.joined(separator: ", ")
        if let before = first.lateness, let after = second.lateness {
            text += "; late p99 \(Words.span(before.p99)), then \(Words.span(after.p99))"
        }
        let isWorse = second.tally.bad > first.tally.bad
        return Verdict(
            grade: isWorse ? .bad : parts.isEmpty ? .good : .careful, text: text + ".")
    }
}
