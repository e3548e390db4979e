import CueRunLog
import CueScheduler
import CueText

/// How a report looks on a terminal; without colours where it goes elsewhere.
package struct ReportStyle: Sendable {
    var hasColour: Bool
    /// Columns that lines keep to.
    var columns: Int

    package init(hasColour: Bool = false, columns: Int = 80) {
        self.hasColour = hasColour
        self.columns = max(40, columns)
    }

    func strong(_ text: String) -> String { styled(text, "1") }
    func faint(_ text: String) -> String { styled(text, "2") }

    func graded(_ text: String, _ grade: Verdict.Grade) -> String {
        switch grade {
        case .good: styled(text, "32")
        case .careful: styled(text, "33")
        case .bad: styled(text, "31")
        }
    }

    func styled(_ text: String, _ code: String) -> String {
        hasColour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// The text in lines of at most `columns`, broken at spaces; a longer word stands alone. `first`
    /// goes before the first line, `indent` spaces before the others.
    func wrapped(_ text: String, indent: Int = 0, first: String = "") -> [String] {
        let space = String(repeating: " ", count: max(0, indent - 1))
        var lines: [String] = []
        var line = first
        var isEmpty = first.isEmpty
        for word in text.split(separator: " ") {
            if !isEmpty, line.cells + 1 + word.cells > columns, line != space {
                lines.append(line)
                line = space
                isEmpty = indent == 0
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }
}

extension Review {
    private static let cuesMax = 20
    private static let happeningsMax = 40
    private static let greatestMax = 5
    private static let flawsMax = 5

    /// The whole report for a terminal, the verdict first.
    package func text(
        _ style: ReportStyle, state: LogState = .unknown, answers: Answers? = nil
    ) -> String {
        let verdict = verdict(state)
        var lines = style.wrapped(verdict.text).map { style.graded($0, verdict.grade) }
        lines.append("")
        lines += head(style)
        lines += section("Not delivered", notDelivered(style), style)
        lines += section("Latest", latest(style), style)
        lines += section("Slowest round trips", slowest(style), style)
        lines += section("What happened", happened(style), style)
        if let answers {
            lines += section("Answers", Answers.lines(answers.of(start?.run), style), style)
        }
        lines += section(
            "What to change", advice.flatMap { style.wrapped($0.text, indent: 4, first: "  -") },
            style)
        lines += section("Lines of the log that could not be used", flawed(style), style)
        return lines.map { $0 + "\n" }.joined()
    }

    private func section(_ title: String, _ lines: [String], _ style: ReportStyle) -> [String] {
        lines.isEmpty ? [] : ["", style.strong(title)] + lines
    }

    // MARK: What it was

    private func head(_ style: ReportStyle) -> [String] {
        var lines: [String] = []
        func row(_ name: String, _ text: String) {
            lines += style.wrapped(text, indent: 12, first: "  " + name.padded(to: 9))
        }
        if let start {
            let name = start.title ?? start.sheetPath
            let sheet = start.title == nil ? "" : " (\(start.sheetPath))"
            row("show", (name + sheet).printable)
            let resumed = resumes.isEmpty ? "" : ", resumed \(Words.count(resumes.count, "time"))"
            let mode =
                switch start.mode.word {
                case .rehearsal: ", a rehearsal"
                case .dryRun: ", a dry run"
                case .run, nil: ""
                }
            let speed = speed == 1 ? "" : " at \(start.option("speed") ?? "") times the speed"
            row(
                "run",
                "\(start.run)\(mode)\(speed)\(resumed), by cue-runner \(start.version)".printable)
        }
        if let firstTime, let duration {
            row(
                "time",
                "\(Words.moment(firstTime)) UTC, for "
                    + DurationText.format(.seconds(duration.nanoseconds / 1_000_000_000)))
        }
        if let zero { row("zero", Words.zero(zero)) }
        row("cues", counted)
        if failedAttempts > 0 {
            let kinds = troubles.map { "\($0.code) \(Words.grouped($0.count))" }
            row(
                "attempts",
                "\(Words.grouped(failedAttempts)) failed: \(Words.list(kinds, most: 4))")
        }
        if let late = lateness {
            row("late", Self.percentiles(late))
            lines += histogram(late, style)
        }
        if let trips = roundTrips { row("trips", Self.percentiles(trips)) }
        return lines
    }

    private var counted: String {
        let tally = tally
        var parts = ["\(Words.grouped(tally.sent)) sent"]
        for (count, word) in [
            (tally.missed, "missed"), (tally.failed, "failed"), (tally.inDoubt, "in doubt"),
            (tally.skipped, "skipped"), (tally.open, "open"),
            (repeated, "repeated for late joiners"),
        ] where count > 0 {
            parts.append("\(Words.grouped(count)) \(word)")
        }
        if channels.count > 1 { parts.append("over \(channels.count) channels") }
        return parts.joined(separator: ", ")
    }

    static func percentiles(_ spread: Spread) -> String {
        [("p50", spread.p50), ("p90", spread.p90), ("p99", spread.p99), ("max", spread.max)]
            .map { "\($0) \(Words.span($1))" }.joined(separator: " · ")
    }

    /// A bar for each span between two bounds, from the first that holds anything to the last.
    private func histogram(_ spread: Spread, _ style: ReportStyle) -> [String] {
        let bins = spread.histogram
        guard let first = bins.firstIndex(where: { $0 > 0 }),
            let last = bins.lastIndex(where: { $0 > 0 }), let most = bins.max()
        else { return [] }
        let room = min(style.columns, 80) - 34
        return (first...last).map { bin in
            // The least bar is for at least one.
            let length = bins[bin] == 0 ? 0 : max(1, bins[bin] * room / most)
            let bar = String(repeating: "█", count: length)
            return "            " + Spread.label(bin).padded(to: 12)
                + (bar.isEmpty ? "" : bar + " ") + style.faint(Words.grouped(bins[bin]))
        }
    }

    // MARK: What went wrong

    private func row(_ cue: Cue, _ width: Int, _ more: String, _ style: ReportStyle) -> [String] {
        let head =
            "  \(label(cue).printable.padded(to: width))  \(Words.at(at(cue)).padded(to: 10))"
        return style.wrapped(more, indent: head.cells + 1, first: head)
    }

    private func width(_ cues: [Cue]) -> Int {
        min(24, cues.map { label($0).printable.cells }.max() ?? 0)
    }

    private func notDelivered(_ style: ReportStyle) -> [String] {
        let found = cues.filter { cue in
            switch cue.ending {
            case .missed, .failed, .inDoubt: true
            case .skipped: skipReason(cue) == .questionNotSent
            case nil: cue.isArmed && finish != nil
            case .sent: false
            }
        }
        let shown = Array(found.prefix(Self.cuesMax))
        var lines = shown.flatMap { row($0, width(shown), ending($0), style) }
        if found.count > shown.count {
            lines.append("  and \(Words.grouped(found.count - shown.count)) more")
        }
        return lines
    }

    private func ending(_ cue: Cue) -> String {
        let word =
            switch cue.ending {
            case .inDoubt: "in doubt"
            case .none: "never ended"
            case .some(let ending): ending.name
            }
        var text = "\(word): \(why(cue))"
        if cue.ending == .failed, let message = message(cue), !message.isEmpty {
            text += ": " + message
        }
        if cue.attempts > 1 || (cue.attempts == 1 && cue.ending != .failed) {
            text += "; \(Words.count(cue.attempts, "attempt"))"
            if cue.ending != .failed, let trouble = trouble(cue) {
                text += ", the last: " + trouble
            }
        }
        return text.printable
    }

    private func latest(_ style: ReportStyle) -> [String] {
        let found = greatest(Self.greatestMax) { cue in
            cue.late.flatMap { $0 > Self.latenessHigh ? $0 : nil }
        }
        return found.flatMap { cue, late in
            row(cue, width(found.map(\.cue)), Words.span(late) + lateReason(cue), style)
        }
    }

    /// Nothing was lost, and all of the log could be used.
    package func isFaultless(_ state: LogState) -> Bool {
        verdict(state).grade == .good && flawCount == 0 && unknown.isEmpty
    }

    /// A cue's ending in one line, as it is told while the log grows.
    package func line(_ cue: Cue) -> String {
        let what =
            cue.ending == .sent
            ? "sent     \(label(cue).printable)  \(Words.span(cue.late ?? .zero)) late"
                + lateReason(cue)
            : "\((cue.ending?.word ?? "open").padded(to: 9))\(label(cue).printable)  \(why(cue))"
        return "\(Words.at(at(cue)).padded(to: 10))  \(what)"
    }

    /// Why a cue that was sent was late, where the log tells.
    func lateReason(_ cue: Cue) -> String {
        guard cue.attempts > 1 else { return "" }
        let before = trouble(cue).map { " (\($0))" } ?? ""
        return ", with attempt \(cue.attempts)\(before)".printable
    }

    private func slowest(_ style: ReportStyle) -> [String] {
        let found = greatest(Self.greatestMax, by: \.roundTrip)
        return found.flatMap { row($0.cue, width(found.map(\.cue)), Words.span($0.value), style) }
    }

    // MARK: What happened besides

    private func happened(_ style: ReportStyle) -> [String] {
        let shown = happenings.prefix(Self.happeningsMax)
        var lines = shown.flatMap { happening in
            let when = at(happening.time).map { Words.at($0) } ?? "before zero"
            return style.wrapped(
                happening.text, indent: 24,
                first: "  \(when.padded(to: 11)) \(happening.word.padded(to: 8))")
        }
        if happenings.count > shown.count {
            lines.append("  and \(Words.grouped(happenings.count - shown.count)) more")
        }
        return lines
    }

    private func flawed(_ style: ReportStyle) -> [String] {
        var lines = flaws.prefix(Self.flawsMax).flatMap { flaw in
            style.wrapped(flaw.reason, indent: 4, first: "  line \(flaw.number):")
        }
        if flawCount > Self.flawsMax {
            lines.append("  and \(Words.grouped(flawCount - Self.flawsMax)) more")
        }
        for (event, count, line) in unknown.prefix(Self.flawsMax) {
            let first = count == 1 ? "in line \(line)" : "\(count) times, first in line \(line)"
            lines += style.wrapped(
                "the event \(event.printable) is not known to this version: \(first)", indent: 4,
                first: " ")
        }
        if let finish, finish.counts != counts {
            lines += style.wrapped(
                "run_finished counts otherwise than its lines: some of them are missing",
                indent: 4, first: "  line \(finish.line):")
        }
        return lines
    }

    /// As run_finished counts.
    var counts: RunEvent.Counts {
        let tally = tally
        var counts = RunEvent.Counts()
        counts.sent = tally.sent
        counts.missed = tally.missed
        counts.failed = tally.failed
        counts.skipped = tally.skipped
        counts.inDoubt = tally.inDoubt
        counts.repeated = repeated
        return counts
    }
}

extension Review.Happening {
    /// A word for the column before what happened.
    var word: String {
        switch kind {
        case .aligned: "zero"
        case .streamSession, .streamChanged: "stream"
        case .clockStepped: "clock"
        case .suspended: "asleep"
        case .operated: "operator"
        case .reloaded: "reload"
        case .resumed: "resumed"
        case .hookFailed: "hook"
        }
    }
}

extension Spread {
    /// `2–5 ms`, `≥ 10 s`.
    static func label(_ bin: Int) -> String {
        func text(_ bound: Duration) -> (String, String) {
            let milliseconds = bound.nanoseconds / 1_000_000
            return milliseconds < 1_000
                ? ("\(milliseconds)", "ms") : ("\(milliseconds / 1_000)", "s")
        }
        if bin == 0 { return "< 1 ms" }
        if bin == bounds.count { return "≥ 10 s" }
        let (low, lowUnit) = text(bounds[bin - 1])
        let (high, highUnit) = text(bounds[bin])
        return lowUnit == highUnit
            ? "\(low)–\(high) \(highUnit)" : "\(low) \(lowUnit)–\(high) \(highUnit)"
    }
}
