package import CueRunLog
package import CueShow
import CueText

/// Shows a run on the terminal: a line for each event that matters, and below them, on a terminal,
/// the next cue with its countdown.
package struct Progress: Sendable {
    private let terminal: Terminal

    package init(terminal: Terminal) {
        self.terminal = terminal
    }

    /// Shows an event of the run log; `showTime` is the show's clock.
    package func show(_ event: RunEvent, showTime: Duration?) {
        // Before zero one error says why nothing is played; a line for each cue would drown it.
        if case .cueSkipped = event, showTime == nil { return }
        guard let text = EventText(event) else { return }
        let line = Self.line(text, showTime: showTime) { terminal.styled($0, $1) }
        if text.isAlarm {
            terminal.print(line)
        } else {
            terminal.say(line)
        }
    }

    static func line(
        _ text: EventText, showTime: Duration?, styled: (String, Terminal.Style) -> String
    ) -> String {
        let clock = showTime.map { DurationText.formatTime($0, fractionDigits: 0) } ?? "--:--:--"
        var line = clock + "  " + styled(text.word, text.style)
        line += String(repeating: " ", count: max(1, 9 - text.word.count))
        if let subject = text.subject {
            line += subject + String(repeating: " ", count: max(0, 18 - subject.count)) + "  "
        }
        return line + text.detail
    }

    /// The line below: clock, next cue and countdown, how the run stands.
    /// `isBrief` leaves out what changes by itself.
    package func status(_ snapshot: ShowSnapshot, isBrief: Bool = false) -> String {
        var parts: [String] = []
        switch snapshot.phase {
        case .waiting:
            parts.append("waiting for the stream")
            if let failure = snapshot.streamFailure, failure.kind != .notLive {
                parts.append(failure.message.printable)
            }
        case .asking: parts.append("waiting for an answer")
        case .ending: parts.append("ending")
        case .running, .over:
            let time = snapshot.showTime ?? .zero
            if !isBrief { parts.append(DurationText.formatTime(time, fractionDigits: 0)) }
            if snapshot.isHeld { parts.append("HELD") }
        }
        if let next = snapshot.next, snapshot.phase.isRunning, !snapshot.isHeld {
            let wait = max(.zero, (next.wait ?? .zero) + .milliseconds(999))
            let countdown = DurationText.formatTime(wait, fractionDigits: 0).dropFirst(3)
            parts.append("next \(next.name)" + (isBrief ? "" : " in \(countdown)"))
        }
        if let offered = snapshot.offered { parts.append("GO: \(offered)") }
        let counts = snapshot.counts
        parts.append("delivered \(counts.sent)")
        parts.append("missed \(counts.missed + counts.failed)")
        if counts.inDoubt > 0 { parts.append("in doubt \(counts.inDoubt)") }
        var line = parts.joined(separator: " · ")
        if let text = snapshot.next?.text, snapshot.phase.isRunning { line += " · \(text)" }
        return String(line.prefix(max(20, terminal.width - 1)))
    }

    /// The last lines of a run.
    package func summarize(_ conclusion: Conclusion, logPath: String) {
        let counts = conclusion.counts
        let isWhole = counts.missed + counts.failed + counts.inDoubt == 0
        var line =
            "\(counts.sent) delivered, \(counts.missed) missed, \(counts.failed) failed, "
            + "\(counts.skipped) skipped, \(counts.inDoubt) in doubt"
        if counts.repeated > 0 { line += ", \(counts.repeated) repeated" }
        // What went wrong is said under --quiet too.
        let say = isWhole ? terminal.say : terminal.print
        say(terminal.styled(line, isWhole ? .good : .bad))
        if let late = conclusion.late {
            terminal.say(
                "late: p50 \(DurationText.formatMilliseconds(late.p50)), p99 \(DurationText.formatMilliseconds(late.p99)), "
                    + "max \(DurationText.formatMilliseconds(late.max))")
        }
        say("log: \(logPath)")
    }
}

extension ShowSnapshot.Phase {
    var isRunning: Bool {
        if case .running = self { true } else { false }
    }
}
