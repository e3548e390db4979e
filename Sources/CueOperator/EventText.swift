import CueRunLog
import CueScheduler
import CueShow
import CueText

/// An event of the run log in words, as the line form and the live view both show it.
struct EventText: Hashable, Sendable {
    /// `sent`, `missed`, `operator`, …
    var word: String
    var style: Terminal.Style
    /// The cue, with its channel if that is not the main one.
    var subject: String?
    var detail: String
    /// It went wrong, and is shown even under `--quiet`.
    var isAlarm: Bool

    private init(
        _ word: String, _ style: Terminal.Style = .plain, _ subject: String? = nil,
        _ detail: String, isAlarm: Bool = false
    ) {
        self.word = word
        self.style = style
        self.subject = subject
        self.detail = detail
        self.isAlarm = isAlarm
    }

    /// Nil for an event that needs no reader while a show runs.
    init?(_ event: RunEvent) {
        switch event {
        case .streamAligned(let aligned):
            let (zero, source) = (aligned.zero, aligned.source)
            let uncertainty = aligned.uncertainty
            let sure = uncertainty == .zero ? "" : " (±\(DurationText.format(uncertainty)))"
            self.init(
                "zero", .plain, nil,
                "\(zero.rfc3339(.milliseconds)), \(Self.source(source))\(sure)")
        case .streamChanged(let channel, _, let to):
            self.init(
                "stream", .careful, nil,
                "\(channel): \(to.map { "live as \($0)" } ?? "off the air")".printable)
        case .cueSent(let sent):
            self.init(
                "sent", .good, Self.named(sent.cue, sent.channel),
                "\(Self.lateness(sent.late)), round trip \(DurationText.formatMilliseconds(sent.roundTrip))"
            )
        case .cueMissed(let cue, let reason):
            self.init(
                "missed", .bad, Self.named(cue.cue, cue.channel), ReasonText.words(reason),
                isAlarm: true)
        case .cueFailed(let cue, let code, let message):
            self.init(
                "failed", .bad, Self.named(cue.cue, cue.channel), "\(code): \(message)".printable,
                isAlarm: true)
        case .cueInDoubt(let cue, _):
            self.init(
                "in doubt", .bad, Self.named(cue.cue, cue.channel),
                "no answer came: viewers may have got it", isAlarm: true)
        case .cueSkipped(let cue, let channel, let reason):
            self.init(
                "skipped", .faint, Self.named(cue, channel), ReasonText.words(reason))
        case .attemptFailed(let failed):
            let next =
                failed.retryIn.map { ", again in \(DurationText.formatMilliseconds($0))" } ?? ""
            self.init(
                "retry", .careful, Self.named(failed.cue, failed.channel),
                "\(failed.code): \(failed.message)\(next)".printable)
        case .clockStepped(let by):
            self.init(
                "clock", .careful, nil,
                "the wall clock stepped by \(DurationText.format(by)); no cue moves")
        case .operator(let operated): self.init("operator", .plain, nil, Self.words(operated))
        case .suspended(let suspended):
            self.init(
                "asleep", .careful, nil,
                "\(suspended.isMachine ? "the machine" : "this process") stood still for "
                    + DurationText.formatMilliseconds(suspended.duration))
        case .sheetReloaded(let reloaded):
            let parts = [
                ("changed", reloaded.changed), ("new", reloaded.added), ("gone", reloaded.removed),
            ].filter { !$0.1.isEmpty }.map { "\($0.1.count) \($0.0)" }
            self.init(
                "reload", .strong, nil,
                "the edited sheet is in force: \(parts.joined(separator: ", "))")
        case .hookFailed(let failed):
            self.init(
                "hook", .bad, nil,
                "\(failed.hook.rawValue): \(failed.command): \(failed.reason)".printable,
                isAlarm: true)
        case .runResumed: self.init("resumed", .plain, nil, "the run goes on from its log")
        case .runStarted, .streamSession, .cueArmed, .cueDisarmed, .cueRepeated, .runFinished:
            return nil
        }
    }

    private static func words(_ operated: RunEvent.Operated) -> String {
        let what = [operated.action.rawValue, operated.target].compactMap { $0 }.joined(
            separator: " ")
        let by = operated.by.map { " by \(DurationText.format($0))" } ?? ""
        let refused = operated.refused.map { ": refused, \($0)" } ?? ""
        return "\(what)\(by)\(refused)".printable
    }

    private static func named(_ cue: String, _ channel: String) -> String {
        (channel == "main" ? cue : "\(cue) on \(channel)").printable
    }

    static func lateness(_ late: Duration) -> String {
        late < .milliseconds(1) ? "on time" : "\(DurationText.formatMilliseconds(late)) late"
    }

    static func source(_ source: Logged<Zero.Source>) -> String {
        switch source {
        case .known(.stream): "the stream's start"
        case .known(.now): "now"
        case .known(.manual): "your GO"
        case .known(.instant): "the start given"
        case .unknown(let name): name
        }
    }
}
