import CueRunLog
import CueScheduler
import CueShow
import CueText

/// What the view looks like.
extension LiveView {
    /// How many cues a screen of that size can show.
    package static func upcomingMax(rows: Int) -> Int { max(4, rows) }

    /// The screen, line by line; at most `rows`, each to be cut to the screen's width.
    package func lines(columns: Int, rows: Int) -> [ScreenLine] {
        if case .help = mode { return Array(Self.help(facts).prefix(rows)) }
        if case .choosing(let choice, let cue) = mode {
            return choosing(choice, cue, columns: columns, rows: rows)
        }
        let head = [title(columns), clockLine, streamLine]
        let alarms = alarmLines(max(1, rows / 6))
        var foot = alarms
        if let proposal {
            foot.append(ScreenLine("EDIT  \(proposal)  (r: use it, Esc: no)", .strong))
        }
        foot += [promptLine, logLine]
        var manual = manualLines
        // What must be seen comes first; a list that has no room shows what is nearest.
        var rest = rows - head.count - foot.count - 1
        if manual.count > max(1, rest / 4) { manual = Array(manual.prefix(max(1, rest / 4))) }
        rest -= manual.count
        let past = min(recent.count, min(max(0, rest / 2), 8))
        let coming = max(0, rest - past)
        var body = recent.suffix(past).map { line($0, columns) }
        body.append(nextLine(columns))
        body += snapshot.upcoming.dropFirst().prefix(coming).map { line($0, columns) }
        body += manual
        let middle = max(0, rows - head.count - foot.count)
        body = Array(body.prefix(middle))
        body += Array(repeating: ScreenLine(), count: middle - body.count)
        return Array((head + body + foot).prefix(rows))
    }

    // MARK: The head

    private func title(_ columns: Int) -> ScreenLine {
        let mode = facts.mode == "run" ? "" : facts.mode.replacing("_", with: " ").uppercased()
        let left = " \(facts.title) · run \(facts.run)"
        return ScreenLine(left.padded(to: columns - mode.cells - 1) + mode + " ", .inverse)
    }

    private var clockLine: ScreenLine {
        var line = ScreenLine()
        if case .asking(let past) = snapshot.phase {
            line.add("\(past) past: ", .strong)
            line.add("j join here · z zero is now · q quit", .careful)
            return line
        }
        guard let time = snapshot.showTime, let zero = snapshot.zero else {
            line.add("--:--:--  ", .strong)
            line.add(waiting, .careful)
            return line
        }
        line.add(Self.clock(time), .strong)
        if snapshot.isHeld { line.add("  HELD", .careful) }
        if case .ending = snapshot.phase { line.add("  ENDING", .careful) }
        if snapshot.over != .zero {
            let word = snapshot.over > .zero ? "over" : "under"
            // While the show is held it grows all the time.
            let unit: Int64 = snapshot.isHeld ? 1_000 : 100
            let over = snapshot.over.nanoseconds / 1_000_000 / unit * unit
            line.add("  \(word) \(DurationText.format(.milliseconds(abs(over))))", .careful)
        }
        let sure = zero.source == .stream ? " ±1s" : ""
        line.add("  zero: \(EventText.source(zero.source.rawValue))\(sure)", .faint)
        return line
    }

    private var waiting: String {
        if let failure = snapshot.streamFailure, failure.kind != .notLive {
            return "waiting for the stream: \(failure.message)".printable
        }
        return snapshot.waitsForGo ? "waiting for GO (space)" : "waiting for the stream"
    }

    private var streamLine: ScreenLine {
        var line = ScreenLine()
        if snapshot.isLive {
            line.add("on air", .good)
        } else {
            line.add("off air", .bad)
        }
        let counts = snapshot.counts
        line.add(" · sent \(counts.sent)")
        let missed = counts.missed + counts.failed
        line.add(" · missed \(missed)", missed > 0 ? .bad : .plain)
        line.add(" · in doubt \(counts.inDoubt)", counts.inDoubt > 0 ? .bad : .plain)
        if let trip = snapshot.roundTrip { line.add(" · \(DurationText.formatMilliseconds(trip))") }
        if let viewers = snapshot.viewerCount {
            line.add(" · \(viewers) viewer\(viewers == 1 ? "" : "s")")
        }
        return line
    }

    // MARK: Cues

    private func line(_ told: Told, _ columns: Int) -> ScreenLine {
        var line = ScreenLine("  " + (told.time.map(Self.clock) ?? "--:--:--") + "  ", .faint)
        line.add(told.text.word.padded(to: 9), told.text.style)
        line.add((told.text.subject ?? "").padded(to: nameWidth(columns)) + " ")
        line.add(told.text.detail)
        return line
    }

    private func nextLine(_ columns: Int) -> ScreenLine {
        guard let next = snapshot.next else {
            let isOver = snapshot.manual.isEmpty
            return ScreenLine(isOver ? "NEXT  nothing is left" : "NEXT  waits for GO", .faint)
        }
        var line = ScreenLine("NEXT        in ", .strong)
        line.add(countdown(next.wait).padded(to: 6), snapshot.isHeld ? .careful : .strong)
        line.add(name(next).padded(to: nameWidth(columns)) + " ", .strong)
        line.add(next.text)
        return line
    }

    private func line(_ cue: ShowSnapshot.Cue, _ columns: Int) -> ScreenLine {
        var line = ScreenLine("  " + (cue.showTime.map(Self.clock) ?? "--:--:--") + "  ", .faint)
        line.add(countdown(cue.wait).padded(to: 9))
        line.add(name(cue).padded(to: nameWidth(columns)) + " ")
        line.add(cue.text, .faint)
        return line
    }

    private var manualLines: [ScreenLine] {
        snapshot.manual.enumerated().map { index, cue in
            let isOffered = cue.id == snapshot.offered
            var line = ScreenLine(index == 0 ? "GO    " : "      ", isOffered ? .strong : .faint)
            line.add("\(cue.name) ", isOffered ? .strong : .faint)
            line.add(cue.text, isOffered ? .plain : .faint)
            if index == 0, !isOffered { line.add("  (not yet)", .faint) }
            return line
        }
    }

    private func name(_ cue: ShowSnapshot.Cue) -> String {
        cue.channel == "main" ? cue.name : "\(cue.name) on \(cue.channel)".printable
    }

    private func nameWidth(_ columns: Int) -> Int { min(24, max(10, columns / 5)) }

    /// Tenths in the last ten seconds, and never ahead of the clock.
    private func countdown(_ wait: Duration?) -> String {
        guard let wait else { return "" }
        let left = max(0, wait.nanoseconds)
        if left < 10_000_000_000 {
            let tenths = (left + 99_999_999) / 100_000_000
            return "\(tenths / 10).\(tenths % 10)"
        }
        let whole = Duration.nanoseconds(left + 999_999_999)
        let text = Self.clock(whole)
        return text.hasPrefix("00:") ? String(text.dropFirst(3)) : text
    }

    // MARK: The foot

    private func alarmLines(_ count: Int) -> [ScreenLine] {
        guard !alarms.isEmpty else { return [] }
        var shown = alarms.suffix(count).map { ScreenLine("! \($0)", .bad) }
        let more = alarms.count - shown.count
        let rest = more > 0 ? "  (and \(more) more; x: seen)" : "  (x: seen)"
        shown[shown.count - 1].add(rest, .faint)
        return shown
    }

    private var promptLine: ScreenLine {
        switch mode {
        case .typing(let text):
            return ScreenLine(
                "shift by: \(text.printable)_   (+10s, -1.5s, 2m; Enter, Esc)", .strong)
        case .stopping:
            return ScreenLine("stop the show? y: stop it, any other key: go on", .strong)
        case .interrupting:
            return ScreenLine("Ctrl-C again ends the run; any other key goes on", .strong)
        case .plain, .choosing, .help: return ScreenLine(notice ?? "", .plain)
        }
    }

    private var logLine: ScreenLine {
        var line = ScreenLine("? help", .strong)
        if let undoable = snapshot.undoable { line.add(" · u: undo \(undoable)") }
        line.add(" · log \(facts.logName)", .faint)
        return line
    }

    // MARK: Other screens

    private func choosing(
        _ choice: Choice, _ chosen: String, columns: Int, rows: Int
    ) -> [ScreenLine] {
        let cues = choices(choice)
        let what =
            choice == .take
            ? "TAKE: sent now, what is before it is skipped, the rest follows"
            : "FIRE: sent now, nothing else moves"
        let head = [title(columns), clockLine, ScreenLine(what, .strong)]
        let room = max(1, rows - head.count - 1)
        let place = cues.firstIndex(of: chosen) ?? 0
        let first = max(0, min(place - room / 2, cues.count - room))
        let known = snapshot.upcoming + snapshot.manual
        var lines = cues[first...].prefix(room).map { id in
            let cue = known.first { $0.id == id && $0.kind != "reveal" }
            var line = ScreenLine(id == chosen ? "> " : "  ", .strong)
            line.add(id.padded(to: nameWidth(columns)) + " ", id == chosen ? .strong : .plain)
            line.add((cue.map { countdown($0.wait) } ?? "again").padded(to: 9))
            line.add(cue?.text ?? "", .faint)
            return line
        }
        lines += Array(repeating: ScreenLine(), count: room - lines.count)
        let keys = ScreenLine("↑ ↓ choose · Enter \(choice.rawValue) · Esc back", .strong)
        return Array((head + lines + [keys]).prefix(rows))
    }

    private static func help(_ facts: ShowFacts) -> [ScreenLine] {
        let keys = [
            ("Space Enter", "GO: the manual cue on offer, or the show's start"),
            ("h", "hold the show's clock, or resume"),
            ("s  u", "skip the next cue · undo the last skip or shift"),
            ("t  f", "take or fire a chosen cue"),
            ("+ -  ] [", "shift the rest by 1 s, by 10 s"),
            ("d", "shift the rest by a typed duration"),
            ("x", "errors are seen"),
            ("r", "use the edited sheet"),
            ("q", "stop the show (asks)"),
        ]
        var lines = [ScreenLine("KEYS   (any key goes back)", .strong)]
        for (key, meaning) in keys {
            var line = ScreenLine("  " + key.padded(to: 13), .strong)
            line.add(meaning)
            lines.append(line)
        }
        if let option = facts.controlOption {
            lines.append(ScreenLine("  elsewhere: cue-runner control ACTION \(option)", .faint))
        }
        return lines
    }
}
