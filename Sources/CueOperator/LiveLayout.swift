import CueRunLog
import CueScheduler
import CueShow
import CueText

/// How the live view looks: the lines of a screen of one size.
struct LiveLayout {
    private let content: LiveContent
    private let columns: Int
    private let rows: Int
    /// The width of the column of cues' names.
    private let nameWidth: Int

    init(_ content: LiveContent, columns: Int, rows: Int) {
        self.content = content
        self.columns = columns
        self.rows = rows
        nameWidth = min(24, max(10, columns / 5))
    }

    /// How many cues a screen of that size can show.
    static func upcomingMax(rows: Int) -> Int { max(4, rows) }

    /// At most as many as there are rows, each to be cut to the screen's width.
    var lines: [ScreenLine] {
        if case .help = content.mode { return Array(help.prefix(rows)) }
        if case .choosing(let choice, let cue) = content.mode {
            return choosing(choice, cue)
        }
        let head = [title, clockLine, streamLine]
        let alarms = alarmLines(max(1, rows / 6))
        var foot = alarms
        if let proposal = content.proposal {
            foot.append(ScreenLine("EDIT  \(proposal)  (r: use it, Esc: no)", .strong))
        }
        foot += [promptLine, logLine]
        var manual = manualLines
        // What must be seen comes first; a list that has no room shows what is nearest.
        var rest = rows - head.count - foot.count - 1
        if manual.count > max(1, rest / 4) { manual = Array(manual.prefix(max(1, rest / 4))) }
        rest -= manual.count
        let past = min(content.recent.count, min(max(0, rest / 2), 8))
        let coming = max(0, rest - past)
        var body = content.recent.suffix(past).map { line($0) }
        body.append(nextLine)
        body += snapshot.upcoming.dropFirst().prefix(coming).map { line($0) }
        body += manual
        let middle = max(0, rows - head.count - foot.count)
        body = Array(body.prefix(middle))
        body += Array(repeating: ScreenLine(), count: middle - body.count)
        return Array((head + body + foot).prefix(rows))
    }

    private var snapshot: ShowSnapshot { content.snapshot }

    // MARK: The head

    private var title: ScreenLine {
        let mode =
            content.facts.mode == .run
            ? "" : content.facts.mode.rawValue.replacing("_", with: " ").uppercased()
        let left = " \(content.facts.title) · run \(content.facts.run)"
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
        line.add(LiveContent.clock(time), .strong)
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
        line.add("  zero: \(EventText.source(.known(zero.source)))\(sure)", .faint)
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

    private func line(_ ended: LiveContent.Ended) -> ScreenLine {
        var line = ScreenLine(
            "  " + (ended.time.map(LiveContent.clock) ?? "--:--:--") + "  ", .faint)
        line.add(ended.text.word.padded(to: 9), ended.text.style)
        line.add((ended.text.subject ?? "").padded(to: nameWidth) + " ")
        line.add(ended.text.detail)
        return line
    }

    private var nextLine: ScreenLine {
        guard let next = snapshot.next else {
            let isOver = snapshot.manual.isEmpty
            return ScreenLine(isOver ? "NEXT  nothing is left" : "NEXT  waits for GO", .faint)
        }
        var line = ScreenLine("NEXT        in ", .strong)
        line.add(countdown(next.wait).padded(to: 6), snapshot.isHeld ? .careful : .strong)
        line.add(name(next).padded(to: nameWidth) + " ", .strong)
        line.add(next.text)
        return line
    }

    private func line(_ cue: ShowSnapshot.Cue) -> ScreenLine {
        var line = ScreenLine(
            "  " + (cue.showTime.map(LiveContent.clock) ?? "--:--:--") + "  ", .faint)
        line.add(countdown(cue.wait).padded(to: 9))
        line.add(name(cue).padded(to: nameWidth) + " ")
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

    /// Tenths in the last ten seconds, and never ahead of the clock.
    private func countdown(_ wait: Duration?) -> String {
        guard let wait else { return "" }
        let left = max(0, wait.nanoseconds)
        if left < 10_000_000_000 {
            let tenths = (left + 99_999_999) / 100_000_000
            return "\(tenths / 10).\(tenths % 10)"
        }
        let whole = Duration.nanoseconds(left + 999_999_999)
        let text = LiveContent.clock(whole)
        return text.hasPrefix("00:") ? String(text.dropFirst(3)) : text
    }

    // MARK: The foot

    private func alarmLines(_ count: Int) -> [ScreenLine] {
        guard !content.alarms.isEmpty else { return [] }
        var shown = content.alarms.suffix(count).map { ScreenLine("! \($0)", .bad) }
        let more = content.alarms.count - shown.count
        let rest = more > 0 ? "  (and \(more) more; x: seen)" : "  (x: seen)"
        shown[shown.count - 1].add(rest, .faint)
        return shown
    }

    private var promptLine: ScreenLine {
        switch content.mode {
        case .typing(let text):
            return ScreenLine(
                "shift by: \(text.printable)_   (+10s, -1.5s, 2m; Enter, Esc)", .strong)
        case .stopping:
            return ScreenLine("stop the show? y: stop it, any other key: go on", .strong)
        case .interrupting:
            return ScreenLine("Ctrl-C again ends the run; any other key goes on", .strong)
        case .plain, .choosing, .help: return ScreenLine(content.notice ?? "", .plain)
        }
    }

    private var logLine: ScreenLine {
        var line = ScreenLine("? help", .strong)
        if let undoable = snapshot.undoable { line.add(" · u: undo \(undoable)") }
        line.add(" · log \(content.facts.logName)", .faint)
        return line
    }

    // MARK: Other screens

    private func choosing(_ choice: LiveContent.Choice, _ chosen: String) -> [ScreenLine] {
        let cues = content.choices(choice)
        let what =
            choice == .take
            ? "TAKE: sent now, what is before it is skipped, the rest follows"
            : "FIRE: sent now, nothing else moves"
        let head = [title, clockLine, ScreenLine(what, .strong)]
        let room = max(1, rows - head.count - 1)
        let place = cues.firstIndex(of: chosen) ?? 0
        let first = max(0, min(place - room / 2, cues.count - room))
        let known = snapshot.upcoming + snapshot.manual
        var lines = cues[first...].prefix(room).map { id in
            let cue = known.first { $0.id == id && $0.kind != "reveal" }
            var line = ScreenLine(id == chosen ? "> " : "  ", .strong)
            line.add(id.padded(to: nameWidth) + " ", id == chosen ? .strong : .plain)
            line.add((cue.map { countdown($0.wait) } ?? "again").padded(to: 9))
            line.add(cue?.text ?? "", .faint)
            return line
        }
        lines += Array(repeating: ScreenLine(), count: room - lines.count)
        let keys = ScreenLine("↑ ↓ choose · Enter \(choice.rawValue) · Esc back", .strong)
        return Array((head + lines + [keys]).prefix(rows))
    }

    private var help: [ScreenLine] {
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
        if let option = content.facts.controlOption {
            lines.append(ScreenLine("  elsewhere: cue-runner control ACTION \(option)", .faint))
        }
        return lines
    }
}
