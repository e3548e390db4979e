import CueRunLog
import CueScheduler
import CueText

/// Whether somebody writes the log at this moment, where that can be told.
package enum LogState: Sendable {
    case isWritten
    case isLeft
    case unknown
}

/// Did it work: one sentence.
package struct Verdict: Hashable, Sendable {
    package enum Grade: String, Sendable {
        case good
        /// Nothing was lost, and yet it is not what was planned.
        case careful
        case bad
    }

    package var grade: Grade
    package var text: String

    package init(grade: Grade, text: String) {
        self.grade = grade
        self.text = text
    }
}

extension Review {
    package func verdict(_ state: LogState = .unknown) -> Verdict {
        guard let finish else { return unfinished(state) }
        let tally = tally
        if start?.mode == .known(.dryRun), tally.sent == 0, tally.bad == 0 {
            return Verdict(
                grade: .good,
                text: "Nothing was sent, as meant: a dry run of \(units(tally.all)).")
        }
        if let why = finish.reason.word?.neverPlayed, tally.sent == 0 {
            return Verdict(grade: .bad, text: "The show was not played: \(why).")
        }
        if tally.bad > 0 { return Verdict(grade: .bad, text: failing(tally)) }
        if tally.open > 0 {
            return Verdict(
                grade: .bad,
                text: "\(units(tally.open)) of \(Words.grouped(tally.all)) never ended, though the "
                    + "run did: the log is not whole.")
        }
        let stopped = cues.count { skipReason($0) == .stopped }
        if stopped > 0 {
            let how = finish.reason == .known(.interrupted) ? "by a signal" : "by the operator"
            return Verdict(
                grade: .careful,
                text: "The run was stopped \(how): \(delivered(tally.sent)), "
                    + "\(Words.grouped(stopped)) not sent any more\(latest).")
        }
        if tally.all == 0 { return Verdict(grade: .careful, text: "There was no cue to send.") }
        let skipped =
            tally.skipped == 0
            ? ""
            : " \(Words.grouped(tally.skipped)) more \(tally.skipped == 1 ? "was" : "were") "
                + "skipped on purpose."
        if tally.sent == 0 {
            return Verdict(
                grade: .careful, text: "No cue was sent: all \(Words.grouped(tally.all)) skipped.")
        }
        return Verdict(
            grade: .good,
            text: "Every cue was delivered: \(Words.grouped(tally.sent)) of "
                + "\(Words.grouped(tally.meant))\(latest)." + skipped)
    }

    /// With several channels it is deliveries that are counted: a cue has one on each.
    private func units(_ count: Int) -> String {
        if channels.count < 2 { return Words.count(count, "cue") }
        return count == 1 ? "1 delivery" : "\(Words.grouped(count)) deliveries"
    }

    private func delivered(_ count: Int) -> String {
        channels.count < 2 ? "\(units(count)) delivered" : units(count)
    }

    private var latest: String {
        guard let max = lateness?.max else { return "" }
        if max < .milliseconds(1) { return ", each within a millisecond of its moment" }
        return ", the latest \(Words.span(max)) after its moment"
    }

    private func failing(_ tally: Tally) -> String {
        let lost = tally.missed + tally.failed
        var parts: [String] = []
        if lost > 0 {
            let of = "\(Words.grouped(lost)) of \(units(tally.meant))"
            parts.append("\(of) did not reach viewers: " + named { $0 == .missed || $0 == .failed })
        }
        if tally.inDoubt > 0 {
            let of =
                lost > 0
                ? Words.grouped(tally.inDoubt)
                : "\(Words.grouped(tally.inDoubt)) of \(units(tally.meant))"
            parts.append("\(of) may or may not have reached them: " + named { $0 == .inDoubt })
        }
        return parts.joined(separator: "; ") + "."
    }

    /// The first three, each with its reason.
    private func named(_ isMeant: (Ending) -> Bool) -> String {
        let found = cues.filter { $0.ending.map(isMeant) ?? false }
        let names = found.prefix(3).map { cue in "\(label(cue).printable) (\(why(cue)))" }
        let rest = found.count > 3 ? " and \(Words.grouped(found.count - 3)) more" : ""
        return names.joined(separator: ", ") + rest
    }

    /// Why a cue was not sent, in plain words.
    func why(_ cue: Cue) -> String {
        let reason = reason(cue) ?? ""
        switch cue.ending {
        case .failed: return "IVS refused it: \(reason)".printable
        case .inDoubt where DoubtReason(rawValue: reason) == .stopped:
            return "the run was stopped while it waited for an answer"
        case .sent, nil: return ""
        default: return ReasonText.words(reason).printable
        }
    }

    private func unfinished(_ state: LogState) -> Verdict {
        let tally = tally
        let waiting = cues.filter { $0.ending == nil && $0.isArmed }
        let soFar =
            "\(delivered(tally.sent)) so far, "
            + (tally.bad == 0
                ? "none missed" : "\(Words.grouped(tally.bad)) not, or perhaps not")
        if state == .isWritten {
            let due = waiting.isEmpty ? "" : "; due now: \(names(waiting))"
            return Verdict(
                grade: tally.bad > 0 ? .bad : .good, text: "The run is going on: \(soFar)\(due).")
        }
        let moment = lastTime.map { " at \(Words.moment($0)) UTC" } ?? ""
        let what =
            state == .unknown
            ? "The log has no end: the run is still going on, or was cut off\(moment)"
            : "The run was cut off\(moment)"
        let open = waiting.isEmpty ? "" : "; on their way: \(names(waiting))"
        return Verdict(
            grade: .bad,
            text: "\(what), with \(delivered(tally.sent))"
                + (tally.bad > 0 ? " and \(Words.grouped(tally.bad)) not, or perhaps not" : "")
                + open + ".")
    }

    private func names(_ cues: [Cue]) -> String {
        Words.list(cues.map(label), most: 3)
    }
}

extension EndReason {
    /// Why the show was not played at all; nil where it was.
    fileprivate var neverPlayed: String? {
        switch self {
        case .streamNeverCame: "the stream never came"
        case .joiningLate: "it had begun, and --join was not given"
        case .unreachable: "the service did not answer at all"
        case .noSuchChannel: "the service knows no such channel"
        case .credentials: "the service refused the credentials"
        case .refused: "the service refused to look at the channel"
        case .complete, .stopped, .interrupted: nil
        }
    }
}
