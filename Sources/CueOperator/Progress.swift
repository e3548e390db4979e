package import CueRunLog
package import CueShow
import CueText

/// Tells a run on the terminal: a line for each thing that matters, and below them, on a terminal,
/// the next cue with its countdown.
package struct Progress: Sendable {
    private let terminal: Terminal

    package init(terminal: Terminal) {
        self.terminal = terminal
    }

    /// Tells an event of the run log; `showTime` is the show's clock.
    package func tell(_ event: RunEvent, showTime: Duration?) {
        // Before zero one error says why nothing is played; a line for each cue would drown it.
        if case .cueSkipped = event, showTime == nil { return }
        guard let line = line(event) else { return }
        let clock = showTime.map { DurationText.formatTime($0, fractionDigits: 0) } ?? "--:--:--"
        switch event {
        case .cueMissed, .cueFailed, .cueInDoubt: terminal.print(clock + "  " + line)
        default: terminal.say(clock + "  " + line)
        }
    }

    private func line(_ event: RunEvent) -> String? {
        switch event {
        case .streamAligned(let zero, let source, _, let uncertainty):
            let sure = uncertainty == .zero ? "" : " (±\(DurationText.format(uncertainty)))"
            return
                "zero     \(zero.rfc3339(.milliseconds)), \(Self.sources[source] ?? source)\(sure)"
        case .streamChanged(let channel, _, let to):
            return terminal.styled(
                "stream   \(channel): \(to.map { "live as \($0)" } ?? "off the air")", .careful)
        case .cueSent(let sent):
            return terminal.styled("sent", .good)
                + "     \(Self.named(sent.cue, sent.channel))  \(Self.lateness(sent.late)), "
                + "round trip \(Self.milliseconds(sent.roundTrip))"
        case .cueMissed(let cue, let reason):
            return terminal.styled("missed", .bad)
                + "   \(Self.named(cue.cue, cue.channel))  \(Self.reasons[reason] ?? reason)"
        case .cueFailed(let cue, let code, let message):
            return terminal.styled("failed", .bad)
                + "   \(Self.named(cue.cue, cue.channel))  \(code): \(message)".printable
        case .cueInDoubt(let cue, _):
            return terminal.styled("in doubt", .bad)
                + " \(Self.named(cue.cue, cue.channel))  no answer came: viewers may have got it"
        case .cueSkipped(let cue, let channel, let reason):
            return terminal.styled("skipped", .faint)
                + "  \(Self.named(cue, channel))  \(Self.reasons[reason] ?? reason)"
        case .attemptFailed(let failed):
            let next = failed.retryIn.map { ", again in \(Self.milliseconds($0))" } ?? ""
            return terminal.styled("retry", .careful)
                + "    \(Self.named(failed.cue, failed.channel))  "
                + "\(failed.code): \(failed.message)\(next)".printable
        case .clockStepped(let by):
            return terminal.styled(
                "clock    the wall clock stepped by \(DurationText.format(by)); no cue moves",
                .careful)
        case .operator(let operated):
            let what = [operated.action, operated.target].compactMap { $0 }.joined(separator: " ")
            let by = operated.by.map { " by \(DurationText.format($0))" } ?? ""
            let refused = operated.refused.map { ": refused, \($0)" } ?? ""
            return "operator \(what)\(by)\(refused)"
        case .suspended(let suspended):
            return terminal.styled(
                "asleep   \(suspended.isMachine ? "the machine" : "this process") stood still for "
                    + Self.milliseconds(suspended.duration), .careful)
        case .runResumed: return "resumed  the run goes on from its log"
        case .runStarted, .streamSession, .cueArmed, .cueDisarmed, .cueRepeated, .runFinished:
            return nil
        }
    }

    /// The line below: clock, next cue and countdown, how the run stands.
    package func status(_ snapshot: ShowSnapshot) -> String {
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
            parts.append(DurationText.formatTime(time, fractionDigits: 0))
            if snapshot.isHeld { parts.append("HELD") }
        }
        if let next = snapshot.next, snapshot.phase.isRunning {
            let wait = max(.zero, next.wait + .milliseconds(999))
            let countdown = DurationText.formatTime(wait, fractionDigits: 0).dropFirst(3)
            parts.append("next \(next.name) in \(countdown)")
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
                "late: p50 \(Self.milliseconds(late.p50)), p99 \(Self.milliseconds(late.p99)), "
                    + "max \(Self.milliseconds(late.max))")
        }
        say("log: \(logPath)")
    }

    private static func named(_ cue: String, _ channel: String) -> String {
        let name = channel == "main" ? cue : "\(cue) on \(channel)"
        return name + String(repeating: " ", count: max(0, 18 - name.count))
    }

    private static func lateness(_ late: Duration) -> String {
        late < .milliseconds(1) ? "on time" : "\(milliseconds(late)) late"
    }

    static func milliseconds(_ duration: Duration) -> String {
        let tenths = (duration.microseconds + 50) / 100
        return tenths >= 10_000
            ? DurationText.format(.milliseconds(tenths / 10)) : "\(tenths / 10).\(tenths % 10) ms"
    }

    private static let sources = [
        "stream": "the stream's start", "now": "now", "manual": "your GO",
        "instant": "the start given",
    ]

    /// The log's reasons in plain words.
    private static let reasons = [
        "late": "its moment was past",
        "stream_offline": "the stream was off the air",
        "throttled": "IVS throttled it until it was too late",
        "service_error": "IVS failed until it was too late",
        "unreachable": "IVS could not be reached until it was too late",
        "rate_limited": "too many cues at once: its turn came too late",
        "stopped": "the run was stopped",
        "retries_spent": "IVS failed so often that no more attempts were made",
        "operator": "by the operator",
        "taken_past": "passed over by a take",
        "question_not_sent": "its question was not sent",
        "joined_late": "past when the run joined",
        "not_called": "waited for a GO that did not come",
        "not_rehearsed": "set for an instant, which a rehearsal does not wait for",
        "dry_run": "dry run",
    ]
}

extension ShowSnapshot.Phase {
    fileprivate var isRunning: Bool {
        if case .running = self { true } else { false }
    }
}
