package import CueScheduler
package import CueText

/// One thing that happened in a run, as `schemas/run-log.schema.json` states it.
///
/// The order of fields is fixed, times are RFC 3339 in UTC with microseconds, durations whole
/// microseconds. No credential, token or signature has a place in any of them.
package enum RunEvent: Sendable {
    case runStarted(RunStarted)
    case runResumed(RunResumed)
    case streamAligned(Aligned)
    case streamSession(channel: String, streamID: String, startTime: WallTime?)
    case streamChanged(channel: String, from: String?, to: String?)
    case cueArmed(cue: String, channel: String, due: WallTime)
    case cueDisarmed(cue: String, channel: String)
    case cueSent(Delivered)
    case cueRepeated(Delivered)
    case cueMissed(Undelivered, reason: Logged<MissReason>)
    case cueFailed(Undelivered, code: String, message: String)
    case cueInDoubt(Undelivered, reason: Logged<DoubtReason>)
    case cueSkipped(cue: String, channel: String, reason: Logged<SkipReason>)
    case attemptFailed(AttemptFailed)
    case clockStepped(by: Duration)
    case suspended(Suspended)
    case `operator`(Operated)
    case sheetReloaded(SheetReloaded)
    case hookFailed(HookFailed)
    case runFinished(RunFinished)
}

extension RunEvent {
    package var name: EventName {
        switch self {
        case .runStarted: .runStarted
        case .runResumed: .runResumed
        case .streamAligned: .streamAligned
        case .streamSession: .streamSession
        case .streamChanged: .streamChanged
        case .cueArmed: .cueArmed
        case .cueDisarmed: .cueDisarmed
        case .cueSent: .cueSent
        case .cueRepeated: .cueRepeated
        case .cueMissed: .cueMissed
        case .cueFailed: .cueFailed
        case .cueInDoubt: .cueInDoubt
        case .cueSkipped: .cueSkipped
        case .attemptFailed: .attemptFailed
        case .clockStepped: .clockStepped
        case .suspended: .suspended
        case .operator: .operator
        case .sheetReloaded: .sheetReloaded
        case .hookFailed: .hookFailed
        case .runFinished: .runFinished
        }
    }

    /// The event as one line of the log, its end of line included.
    package func line(at time: WallTime) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.field(.event, .known(name))
            writer.field(.time, time)
            writeFields(&writer)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private func writeFields(_ writer: inout JSONWriter) {
        switch self {
        case .runStarted(let started): started.write(&writer)
        case .runResumed(let resumed): resumed.write(&writer)
        case .streamAligned(let aligned): aligned.write(&writer)
        case .streamSession(let channel, let streamID, let startTime):
            writer.field(.channel, channel)
            writer.field(.streamID, streamID)
            writer.field(.startTime, startTime)
        case .streamChanged(let channel, let from, let to):
            writer.field(.channel, channel)
            writer.field(.from, from)
            writer.field(.to, to)
        case .cueArmed(let cue, let channel, let due):
            writer.field(.cue, cue)
            writer.field(.channel, channel)
            writer.field(.due, due)
        case .cueDisarmed(let cue, let channel):
            writer.field(.cue, cue)
            writer.field(.channel, channel)
        case .cueSent(let delivered), .cueRepeated(let delivered): delivered.write(&writer)
        case .cueMissed(let undelivered, let reason):
            undelivered.write(&writer)
            writer.field(.reason, reason.rawValue)
        case .cueInDoubt(let undelivered, let reason):
            undelivered.write(&writer)
            writer.field(.reason, reason.rawValue)
        case .cueFailed(let undelivered, let code, let message):
            undelivered.write(&writer)
            writer.field(.code, code)
            writer.field(.message, message)
        case .cueSkipped(let cue, let channel, let reason):
            writer.field(.cue, cue)
            writer.field(.channel, channel)
            writer.field(.reason, reason.rawValue)
        case .attemptFailed(let failed): failed.write(&writer)
        case .clockStepped(let by): writer.field(.by, by)
        case .suspended(let suspended): suspended.write(&writer)
        case .operator(let operated): operated.write(&writer)
        case .sheetReloaded(let reloaded): reloaded.write(&writer)
        case .hookFailed(let failed): failed.write(&writer)
        case .runFinished(let finished): finished.write(&writer)
        }
    }
}

extension LogField<Logged<EventName>> {
    /// What a line tells; every line has it.
    package static var event: Self { Self("event") }
}

extension LogField<WallTime> {
    /// When the line was written.
    package static var time: Self { Self("time") }
}
