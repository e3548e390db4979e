import CueText

/// A figure of a report that a rule can hold against a limit.
package enum Metric: String, CaseIterable, Sendable {
    case cues
    case sent
    case missed
    case failed
    case inDoubt = "in_doubt"
    case skipped
    case open
    case repeated
    case attempts
    case retries
    case failedAttempts = "failed_attempts"
    case lateP50 = "late_p50"
    case lateP90 = "late_p90"
    case lateP99 = "late_p99"
    case lateMax = "late_max"
    case roundTripP50 = "round_trip_p50"
    case roundTripP90 = "round_trip_p90"
    case roundTripP99 = "round_trip_p99"
    case roundTripMax = "round_trip_max"
    case finished
    case exit
    case resumes
    case suspended
    case clockSteps = "clock_steps"
    case hooksFailed = "hooks_failed"
    case tornLines = "torn_lines"
    case unknownEvents = "unknown_events"
    // Of two runs.
    case onlyFirst = "only_first"
    case onlySecond = "only_second"
    case moved
    case changed
    case endedOtherwise = "ended_otherwise"

    var isDuration: Bool {
        switch self {
        case .lateP50, .lateP90, .lateP99, .lateMax, .roundTripP50, .roundTripP90, .roundTripP99,
            .roundTripMax, .suspended:
            true
        default: false
        }
    }

    /// What a percentage is a share of; nil where a percentage makes no sense.
    var whole: Metric? {
        switch self {
        case .sent, .missed, .failed, .inDoubt, .skipped, .open: .cues
        case .retries, .failedAttempts: .attempts
        default: nil
        }
    }

    /// It exists where two runs are compared alone.
    package var isOfTwoRuns: Bool {
        switch self {
        case .onlyFirst, .onlySecond, .moved, .changed, .endedOtherwise: true
        default: false
        }
    }
}

/// `--fail-if`: a figure, an operator and a limit, as `late_p99>250ms`.
package struct FailRule: Hashable, Sendable {
    package enum Comparison: String, CaseIterable, Sendable {
        // The longer ones first, since they begin with the shorter.
        case atLeast = ">="
        case atMost = "<="
        case equal = "=="
        case other = "!="
        case more = ">"
        case less = "<"
    }

    enum Limit: Hashable, Sendable {
        case count(Int64)
        case duration(Duration)
        /// Of `Metric.whole`, in millionths of a percent.
        case share(Int64)
    }

    package var text: String
    package var metric: Metric
    var comparison: Comparison
    var limit: Limit

    package init(_ text: String) throws(FailRuleProblem) {
        self.text = text
        let plain = text.filter { $0 != " " }
        guard let place = plain.firstIndex(where: { "<>=!".contains($0) }) else {
            throw FailRuleProblem(
                "\"\(text)\" compares nothing", "write it as 'missed>0' or 'late_p99>250ms'")
        }
        let name = String(plain[..<place])
        guard let metric = Metric(rawValue: name) else { throw Self.unknown(name, text) }
        let rest = plain[place...]
        guard let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) })
        else {
            throw FailRuleProblem(
                "\"\(text)\" has no operator that is known",
                "the operators are > >= < <= == !=")
        }
        self.metric = metric
        self.comparison = comparison
        limit = try Self.limit(rest.dropFirst(comparison.rawValue.count), of: metric, text)
    }

    private static func unknown(_ name: String, _ text: String) -> FailRuleProblem {
        let names = Metric.allCases.map(\.rawValue)
        let near = Suggestion.nearest(to: name, among: names).map { "did you mean \($0)? " } ?? ""
        return FailRuleProblem(
            "\"\(text)\": there is no figure \"\(name)\"",
            near + "There are " + names.joined(separator: ", "))
    }

    private static func limit(
        _ value: Substring, of metric: Metric, _ text: String
    ) throws(FailRuleProblem) -> Limit {
        if metric.isDuration {
            guard let duration = DurationText.parse(value) else {
                throw FailRuleProblem(
                    "\"\(text)\": \(metric.rawValue) is held against a duration",
                    "write it as '\(metric.rawValue)>250ms'")
            }
            return .duration(duration)
        }
        if value.hasSuffix("%") {
            guard let whole = metric.whole else {
                throw FailRuleProblem(
                    "\"\(text)\": \(metric.rawValue) is no share of anything",
                    "write it as '\(metric.rawValue)>0'")
            }
            // The reader of seconds reads any decimal, in billionths.
            guard value.dropLast().allSatisfy({ $0.isNumber || $0 == "." }),
                let percent = DurationText.parse(value.dropLast()), percent <= .seconds(100)
            else {
                throw FailRuleProblem(
                    "\"\(text)\": \"\(value)\" is no percentage of \(whole.rawValue)",
                    "write it as '\(metric.rawValue)>1%'")
            }
            return .share(percent.nanoseconds / 1_000)
        }
        guard let count = Int64(value), count >= 0 else {
            throw FailRuleProblem(
                "\"\(text)\": \(metric.rawValue) is held against a whole number"
                    + (metric.whole == nil ? "" : " or a percentage"),
                "write it as '\(metric.rawValue)>0'")
        }
        return .count(count)
    }

    /// Whether the rule holds; nil where the log has no such figure, as a lateness where nothing
    /// was sent.
    package func holds(_ figure: (Metric) -> Figure?) -> Bool? {
        guard let value = figure(metric) else { return nil }
        switch (value, limit) {
        case (.count(let count), .count(let limit)): return compare(count, limit)
        case (.duration(let span), .duration(let limit)): return compare(span, limit)
        case (.count(let count), .share(let limit)):
            guard let whole = metric.whole, case .count(let all)? = figure(whole), all > 0
            else { return nil }
            // Both in millionths of a percent of the whole.
            return compare(count * 100_000_000, limit * all)
        default: return nil
        }
    }

    private func compare<Value: Comparable>(_ value: Value, _ limit: Value) -> Bool {
        switch comparison {
        case .more: value > limit
        case .atLeast: value >= limit
        case .less: value < limit
        case .atMost: value <= limit
        case .equal: value == limit
        case .other: value != limit
        }
    }
}

/// What a metric comes to.
package enum Figure: Hashable, Sendable {
    case count(Int64)
    case duration(Duration)

    package var text: String {
        switch self {
        case .count(let count): Words.grouped(Int(count))
        case .duration(let span): Words.span(span)
        }
    }
}

/// A rule that can't be read, and how to write it.
package struct FailRuleProblem: Error, Hashable, Sendable {
    package var message: String
    package var hint: String

    init(_ message: String, _ hint: String) {
        self.message = message
        self.hint = hint
    }
}

extension Review {
    /// What a metric comes to in this run; nil where there is none.
    package func figure(_ metric: Metric) -> Figure? {
        let tally = tally
        func count(_ value: Int) -> Figure { .count(Int64(value)) }
        func happened(_ isMeant: (Happening.Kind) -> Bool) -> Figure {
            count(happenings.count { isMeant($0.kind) })
        }
        switch metric {
        case .cues: return count(tally.all)
        case .sent: return count(tally.sent)
        case .missed: return count(tally.missed)
        case .failed: return count(tally.failed)
        case .inDoubt: return count(tally.inDoubt)
        case .skipped: return count(tally.skipped)
        case .open: return count(tally.open)
        case .repeated: return count(repeated)
        case .attempts: return count(attempts)
        case .retries: return count(retries)
        case .failedAttempts: return count(failedAttempts)
        case .lateP50: return lateness.map { .duration($0.p50) }
        case .lateP90: return lateness.map { .duration($0.p90) }
        case .lateP99: return lateness.map { .duration($0.p99) }
        case .lateMax: return lateness.map { .duration($0.max) }
        case .roundTripP50: return roundTrips.map { .duration($0.p50) }
        case .roundTripP90: return roundTrips.map { .duration($0.p90) }
        case .roundTripP99: return roundTrips.map { .duration($0.p99) }
        case .roundTripMax: return roundTrips.map { .duration($0.max) }
        case .finished: return count(finish == nil ? 0 : 1)
        case .exit: return finish.map { count($0.exit) }
        case .resumes: return count(resumes.count)
        case .suspended: return .duration(standstill)
        case .clockSteps: return happened { if case .clockStepped = $0 { true } else { false } }
        case .hooksFailed: return happened { if case .hookFailed = $0 { true } else { false } }
        case .tornLines: return count(flawCount)
        case .unknownEvents: return count(unknown.reduce(0) { $0 + $1.count })
        case .onlyFirst, .onlySecond, .moved, .changed, .endedOtherwise: return nil
        }
    }

    /// How long machine and process stood still, in all.
    private var standstill: Duration {
        happenings.reduce(.zero) { sum, happening in
            if case .suspended(let span, _) = happening.kind { sum + span } else { sum }
        }
    }
}
