import CueRunLog
import CueText

extension Comparison {
    private static let cuesMax = 20
    private static let greatestMax = 10

    /// The comparison for a terminal, what differs first.
    package func text(_ style: ReportStyle, logs: (String, String)) -> String {
        var lines = style.wrapped(verdict.text).map { style.graded($0, verdict.grade) }
        lines += [""] + table(style, logs)
        lines += section("Only in the first", listed(onlyFirst, first, style), style)
        lines += section("Only in the second", listed(onlySecond, second, style), style)
        lines += section("Moved", rows(isMoved, style) { movedText($0) }, style)
        lines += section("Another content", rows(\.isChanged, style) { _ in "" }, style)
        lines += section("Ended otherwise", rows(isEndedOtherwise, style) { endedText($0) }, style)
        lines += section("Lateness that differs most", mostDiffering(style), style)
        return lines.map { $0 + "\n" }.joined()
    }

    private func section(_ title: String, _ lines: [String], _ style: ReportStyle) -> [String] {
        lines.isEmpty ? [] : ["", style.strong(title)] + lines
    }

    // MARK: The runs as a whole

    private func table(_ style: ReportStyle, _ logs: (String, String)) -> [String] {
        var rows = [["", "FIRST", "SECOND", ""]]
        func row(_ name: String, _ value: (Review) -> String) {
            rows.append([name, value(first), value(second), ""])
        }
        // The names' ends tell more than their folders.
        let width = (min(style.columns, 80) - 30) / 2
        func name(_ path: String) -> String {
            let file = path.split(separator: "/").last.map(String.init) ?? path
            return file.printable.cut(to: width)
        }
        rows.append(["log", name(logs.0), name(logs.1), ""])
        row("show") { ($0.start?.title ?? $0.start?.sheetPath ?? "?").printable.cut(to: width) }
        row("run") { review in
            guard let start = review.start else { return "?" }
            return "\(start.run), \(start.mode.rawValue)".printable.cut(to: width)
        }
        row("began") { $0.firstTime.map(Words.moment) ?? "?" }
        let metrics: [(String, Metric)] = [
            ("cues", .cues), ("sent", .sent), ("missed", .missed), ("failed", .failed),
            ("in doubt", .inDoubt), ("skipped", .skipped), ("open", .open),
            ("failed attempts", .failedAttempts), ("late p50", .lateP50), ("late p90", .lateP90),
            ("late p99", .lateP99), ("late max", .lateMax), ("round trip p50", .roundTripP50),
            ("round trip p99", .roundTripP99),
        ]
        for (name, metric) in metrics {
            let (before, after) = (first.figure(metric), second.figure(metric))
            let isNothing = before == .count(0) && after == .count(0)
            if isNothing, metric != .sent { continue }
            rows.append([
                name, before?.text ?? "–", after?.text ?? "–", Self.difference(before, after),
            ])
        }
        let cells = rows.map { row in row.prefix(3).map { " " + $0 } + [row[3]] }
        return TextTable.lines(cells, gap: " ").map { String((" " + $0).trimmingBlanks) }
    }

    private static func difference(_ before: Figure?, _ after: Figure?) -> String {
        switch (before, after) {
        case (.count(let before)?, .count(let after)?):
            before == after
                ? "" : (after > before ? "+" : "") + Words.grouped(Int(after - before))
        case (.duration(let before)?, .duration(let after)?):
            (after - before).magnitude < .microseconds(50) ? "" : Words.signed(after - before)
        default: ""
        }
    }

    // MARK: Cue by cue

    private func line(
        _ cue: Review.Cue, _ review: Review, _ width: Int, _ text: String, _ style: ReportStyle
    ) -> [String] {
        let at = Words.at(review.at(cue))
        let head = "  \(review.label(cue).printable.padded(to: width))  \(at.padded(to: 11))"
        return text.isEmpty
            ? [String(head.trimmingBlanks)]
            : style.wrapped(text, indent: head.cells + 1, first: head)
    }

    private func width(_ cues: [Review.Cue], _ review: Review) -> Int {
        min(24, cues.map { review.label($0).printable.cells }.max() ?? 0)
    }

    private func listed(
        _ places: [Int], _ review: Review, _ style: ReportStyle
    ) -> [String] {
        let shown = places.prefix(Self.cuesMax).map { review.cues[$0] }
        let width = width(shown, review)
        return shown.flatMap { line($0, review, width, $0.ending?.word ?? "open", style) }
            + more(places.count, shown.count)
    }

    private func more(_ all: Int, _ shown: Int) -> [String] {
        all > shown ? ["  and \(Words.grouped(all - shown)) more"] : []
    }

    private func rows(
        _ isMeant: (Pair) -> Bool, _ style: ReportStyle,
        _ text: (Pair) -> String
    ) -> [String] {
        let found = pairs.filter(isMeant)
        let shown = Array(found.prefix(Self.cuesMax))
        let width = width(shown.map { first.cues[$0.first] }, first)
        return shown.flatMap { line(first.cues[$0.first], first, width, text($0), style) }
            + more(found.count, shown.count)
    }

    private func movedText(_ pair: Pair) -> String {
        let after = Words.at(second.at(second.cues[pair.second]))
        return "→ \(after) (\(moved(pair).map(Words.signed) ?? "–"))"
    }

    private func endedText(_ pair: Pair) -> String {
        func text(_ cue: Review.Cue, _ review: Review) -> String {
            let why = review.why(cue)
            return (cue.ending?.word ?? "open") + (why.isEmpty ? "" : " (\(why))")
        }
        return text(first.cues[pair.first], first) + " → "
            + text(second.cues[pair.second], second)
    }

    private func mostDiffering(_ style: ReportStyle) -> [String] {
        let found = pairs.compactMap { pair in
            later(pair).flatMap { $0.magnitude >= .milliseconds(1) ? (pair, $0) : nil }
        }
        let shown = found.sorted { $0.1.magnitude > $1.1.magnitude }.prefix(Self.greatestMax)
        let width = width(shown.map { first.cues[$0.0.first] }, first)
        return shown.flatMap { pair, difference in
            let before = first.cues[pair.first].late.map(Words.span) ?? "–"
            let after = second.cues[pair.second].late.map(Words.span) ?? "–"
            return line(
                first.cues[pair.first], first, width,
                "\(before) → \(after) (\(Words.signed(difference)))", style)
        }
    }
}

extension Review.Ending {
    /// In a sentence.
    var word: String { self == .inDoubt ? "in doubt" : name }
}
