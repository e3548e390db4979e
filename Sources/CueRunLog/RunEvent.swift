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

    /// The show has its zero.
    package struct Aligned: Sendable {
        package var zero: WallTime
        package var source: Logged<Zero.Source>
        package var streamID: String?
        package var uncertainty: Duration
        /// Zero on the clock that counts from the machine's start, and which start that was: for
        /// going on in spite of a wall clock that was set meanwhile. An unknown start is empty.
        package var sinceBoot: Duration
        package var bootID: String

        package init(
            zero: WallTime, source: Logged<Zero.Source>, streamID: String?, uncertainty: Duration,
            sinceBoot: Duration, bootID: String
        ) {
            self.zero = zero
            self.source = source
            self.streamID = streamID
            self.uncertainty = uncertainty
            self.sinceBoot = sinceBoot
            self.bootID = bootID
        }
    }

    package struct RunStarted: Sendable {
        package var run: String
        package var version: String
        package var mode: Logged<RunMode>
        package var sheetPath: String
        package var sheetSHA256: String
        /// By the cue's id, in the sheet's order: what tells whether a cue was changed.
        package var digests: [(id: String, digest: String)]
        package var title: String?
        package var cues: Int
        package var channels: [(name: String, arn: String)]
        package var seed: String
        package var options: [(name: String, value: String)]
        package var timer: String

        package init(
            run: String, version: String, mode: Logged<RunMode>, sheetPath: String,
            sheetSHA256: String,
            digests: [(id: String, digest: String)] = [], title: String?, cues: Int,
            channels: [(name: String, arn: String)], seed: String,
            options: [(name: String, value: String)], timer: String
        ) {
            self.run = run
            self.version = version
            self.mode = mode
            self.sheetPath = sheetPath
            self.sheetSHA256 = sheetSHA256
            self.digests = digests
            self.title = title
            self.cues = cues
            self.channels = channels
            self.seed = seed
            self.options = options
            self.timer = timer
        }
    }

    /// A run that goes on after its process ended without finishing it.
    package struct RunResumed: Sendable {
        package var version: String
        package var sheetSHA256: String
        /// Of a line that the end of the process tore; they were cut off.
        package var tornBytes: Int
        package var options: [(name: String, value: String)]
        package var timer: String

        package init(
            version: String, sheetSHA256: String, tornBytes: Int,
            options: [(name: String, value: String)], timer: String
        ) {
            self.version = version
            self.sheetSHA256 = sheetSHA256
            self.tornBytes = tornBytes
            self.options = options
            self.timer = timer
        }
    }

    /// The process stood still, alone or with the whole machine.
    package struct Suspended: Sendable {
        package var duration: Duration
        package var isMachine: Bool

        package init(duration: Duration, isMachine: Bool) {
            self.duration = duration
            self.isMachine = isMachine
        }
    }

    /// What reached IVS.
    package struct Delivered: Sendable {
        package var cue: String
        package var channel: String
        package var due: WallTime
        package var sent: WallTime
        package var acknowledged: WallTime
        /// Half a round trip after it was sent: the best estimate there is.
        package var arrival: WallTime { sent + roundTrip / 2 }
        package var lead: Duration
        package var late: Duration
        package var roundTrip: Duration
        package var attempts: Int
        package var status: Int
        package var requestID: String?
        package var content: Content

        package init(
            cue: String, channel: String, due: WallTime, sent: WallTime, acknowledged: WallTime,
            lead: Duration, late: Duration, roundTrip: Duration, attempts: Int, status: Int,
            requestID: String?, content: Content
        ) {
            self.cue = cue
            self.channel = channel
            self.due = due
            self.sent = sent
            self.acknowledged = acknowledged
            self.lead = lead
            self.late = late
            self.roundTrip = roundTrip
            self.attempts = attempts
            self.status = status
            self.requestID = requestID
            self.content = content
        }
    }

    package enum Content: Sendable {
        case metadata(String)
        case adBreak(seconds: Int)
    }

    /// What did not, or perhaps did not.
    package struct Undelivered: Sendable {
        package var cue: String
        package var channel: String
        package var due: WallTime
        package var attempts: Int

        package init(cue: String, channel: String, due: WallTime, attempts: Int) {
            self.cue = cue
            self.channel = channel
            self.due = due
            self.attempts = attempts
        }
    }

    package struct AttemptFailed: Sendable {
        package var cue: String
        package var channel: String
        package var attempt: Int
        package var code: String
        package var message: String
        package var status: Int?
        /// Nil where there is no further attempt.
        package var retryIn: Duration?

        package init(
            cue: String, channel: String, attempt: Int, code: String, message: String,
            status: Int?, retryIn: Duration?
        ) {
            self.cue = cue
            self.channel = channel
            self.attempt = attempt
            self.code = code
            self.message = message
            self.status = status
            self.retryIn = retryIn
        }
    }

    package struct Operated: Sendable {
        package var action: Logged<OperatorAction.Name>
        package var target: String?
        package var by: Duration?
        /// On the boot clock since zero, so that the action can be folded again at its moment; nil
        /// before zero.
        package var at: Duration?
        /// Why the action was refused; nil where it was carried out.
        package var refused: String?

        package init(
            action: Logged<OperatorAction.Name>, target: String?, by: Duration?, at: Duration?,
            refused: String?
        ) {
            self.action = action
            self.target = target
            self.by = by
            self.at = at
            self.refused = refused
        }

        /// The action as it is taken again, to the same effect; nil where the line tells of none.
        package var replayed: OperatorAction? {
            // Which firing of a cue it was follows from those before it.
            let cue = target.map { String($0.prefix { $0 != "!" }) }
            return switch action.word {
            case .hold: .hold
            case .undo: .undo
            case .shift: .shift(by ?? .zero)
            case .go: .go(cue)
            case .skip: cue.map { .skip($0) }
            case .take: cue.map { .take($0) }
            case .fire: cue.map { .fire($0) }
            case .resume: cue == nil ? .resume : nil
            case .stop: cue == nil ? .stop : nil
            case nil: nil
            }
        }
    }

    /// The sheet was edited while the show ran, and from now on is in force for what is to come.
    package struct SheetReloaded: Sendable {
        package var sheetSHA256: String
        package var digests: [(id: String, digest: String)]
        package var cues: Int
        /// On the boot clock since zero; nil before zero.
        package var at: Duration?
        package var changed: [String]
        package var added: [String]
        package var removed: [String]

        package init(
            sheetSHA256: String, digests: [(id: String, digest: String)], cues: Int,
            at: Duration?, changed: [String], added: [String], removed: [String]
        ) {
            self.sheetSHA256 = sheetSHA256
            self.digests = digests
            self.cues = cues
            self.at = at
            self.changed = changed
            self.added = added
            self.removed = removed
        }
    }

    /// A command that was to be told of an event did not do its work.
    package struct HookFailed: Sendable {
        package var hook: Logged<EventName>
        package var command: String
        /// The cue of the event that it was for, where that has one.
        package var cue: String?
        package var reason: String

        package init(hook: Logged<EventName>, command: String, cue: String?, reason: String) {
            self.hook = hook
            self.command = command
            self.cue = cue
            self.reason = reason
        }
    }

    package struct RunFinished: Sendable {
        package var counts: Counts
        package var late: Lateness?
        package var exit: Int
        package var reason: Logged<EndReason>

        package init(counts: Counts, late: Lateness?, exit: Int, reason: Logged<EndReason>) {
            self.counts = counts
            self.late = late
            self.exit = exit
            self.reason = reason
        }
    }

    package struct Counts: Hashable, Sendable {
        package var sent = 0
        package var missed = 0
        package var failed = 0
        package var skipped = 0
        package var inDoubt = 0
        package var repeated = 0

        package init() {}
    }

    /// How late the cues left, over all that were sent.
    package struct Lateness: Hashable, Sendable {
        package var p50: Duration
        package var p99: Duration
        package var max: Duration

        package init?(of values: [Duration]) {
            guard !values.isEmpty else { return nil }
            let sorted = values.sorted()
            func percentile(_ share: Int) -> Duration {
                // Nearest rank: the least value that this share of all does not exceed.
                sorted[Swift.max(0, (sorted.count * share + 99) / 100 - 1)]
            }
            p50 = percentile(50)
            p99 = percentile(99)
            max = sorted[sorted.count - 1]
        }
    }
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
            writer.field("event", name.rawValue)
            writer.field("time", time)
            writeFields(&writer)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private func writeFields(_ writer: inout JSONWriter) {
        switch self {
        case .runStarted(let started): started.write(&writer)
        case .runResumed(let resumed): resumed.write(&writer)
        case .streamAligned(let aligned):
            writer.field("zero", aligned.zero)
            writer.field("source", aligned.source.rawValue)
            writer.field("stream_id", aligned.streamID)
            writer.field("uncertainty_us", aligned.uncertainty)
            writer.field("since_boot_us", aligned.sinceBoot)
            writer.field("boot_id", aligned.bootID)
        case .streamSession(let channel, let streamID, let startTime):
            writer.field("channel", channel)
            writer.field("stream_id", streamID)
            writer.field("start_time", startTime)
        case .streamChanged(let channel, let from, let to):
            writer.field("channel", channel)
            writer.field("from", from)
            writer.field("to", to)
        case .cueArmed(let cue, let channel, let due):
            writer.field("cue", cue)
            writer.field("channel", channel)
            writer.field("due", due)
        case .cueDisarmed(let cue, let channel):
            writer.field("cue", cue)
            writer.field("channel", channel)
        case .cueSent(let delivered), .cueRepeated(let delivered): delivered.write(&writer)
        case .cueMissed(let undelivered, let reason):
            undelivered.write(&writer)
            writer.field("reason", reason.rawValue)
        case .cueInDoubt(let undelivered, let reason):
            undelivered.write(&writer)
            writer.field("reason", reason.rawValue)
        case .cueFailed(let undelivered, let code, let message):
            undelivered.write(&writer)
            writer.field("code", code)
            writer.field("message", message)
        case .cueSkipped(let cue, let channel, let reason):
            writer.field("cue", cue)
            writer.field("channel", channel)
            writer.field("reason", reason.rawValue)
        case .attemptFailed(let failed): failed.write(&writer)
        case .clockStepped(let by): writer.field("by_us", by)
        case .suspended(let suspended):
            writer.field("for_us", suspended.duration)
            writer.field("what", suspended.isMachine ? "machine" : "process")
        case .operator(let operated): operated.write(&writer)
        case .sheetReloaded(let reloaded): reloaded.write(&writer)
        case .hookFailed(let failed):
            writer.field("hook", failed.hook.rawValue)
            writer.field("command", failed.command)
            // Not "cue": this line says nothing of how a cue fared.
            writer.field("about", failed.cue)
            writer.field("reason", failed.reason)
        case .runFinished(let finished): finished.write(&writer)
        }
    }
}

extension RunEvent.RunStarted {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("format", 1)
        writer.field("run", run)
        writer.field("version", version)
        writer.field("mode", mode.rawValue)
        writer.key("sheet")
        writer.object {
            $0.field("path", sheetPath)
            $0.field("sha256", sheetSHA256)
            $0.key("digests")
            $0.object { for cue in digests { $0.field(cue.id, cue.digest) } }
        }
        writer.field("title", title)
        writer.field("cues", cues)
        writer.key("channels")
        writer.array { list in
            for channel in channels {
                list.object {
                    $0.field("name", channel.name)
                    $0.field("arn", channel.arn)
                }
            }
        }
        writer.field("seed", seed)
        writer.key("options")
        writer.object { for option in options { $0.field(option.name, option.value) } }
        writer.field("timer", timer)
    }
}

extension RunEvent.RunResumed {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("version", version)
        writer.field("sheet_sha256", sheetSHA256)
        writer.field("torn_bytes", tornBytes)
        writer.key("options")
        writer.object { for option in options { $0.field(option.name, option.value) } }
        writer.field("timer", timer)
    }
}

extension RunEvent.Delivered {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("cue", cue)
        writer.field("channel", channel)
        writer.field("due", due)
        writer.field("sent", sent)
        writer.field("acknowledged", acknowledged)
        writer.field("arrival", arrival)
        writer.field("lead_us", lead)
        writer.field("late_us", late)
        writer.field("round_trip_us", roundTrip)
        writer.field("attempts", attempts)
        writer.field("status", status)
        writer.field("request_id", requestID)
        switch content {
        case .metadata(let text):
            writer.field("bytes", text.utf8.count)
            writer.field("metadata", text)
        case .adBreak(let seconds): writer.field("ad_break_seconds", seconds)
        }
    }
}

extension RunEvent.Undelivered {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("cue", cue)
        writer.field("channel", channel)
        writer.field("due", due)
        writer.field("attempts", attempts)
    }
}

extension RunEvent.AttemptFailed {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("cue", cue)
        writer.field("channel", channel)
        writer.field("attempt", attempt)
        writer.field("code", code)
        writer.field("message", message)
        writer.field("status", status)
        writer.field("retry_in_us", retryIn)
    }
}

extension RunEvent.Operated {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("action", action.rawValue)
        writer.field("target", target)
        writer.field("by_us", by)
        writer.field("at_us", at)
        writer.field("refused", refused)
    }
}

extension RunEvent.SheetReloaded {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("sheet_sha256", sheetSHA256)
        writer.key("digests")
        writer.object { for cue in digests { $0.field(cue.id, cue.digest) } }
        writer.field("cues", cues)
        writer.field("at_us", at)
        for (name, ids) in [("changed", changed), ("added", added), ("removed", removed)] {
            writer.key(name)
            writer.array { for id in ids { $0.string(id) } }
        }
    }
}

extension RunEvent.RunFinished {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("reason", reason.rawValue)
        writer.key("counts")
        writer.object {
            $0.field("sent", counts.sent)
            $0.field("missed", counts.missed)
            $0.field("failed", counts.failed)
            $0.field("skipped", counts.skipped)
            $0.field("in_doubt", counts.inDoubt)
            $0.field("repeated", counts.repeated)
        }
        writer.key("late_us")
        if let late {
            writer.object {
                $0.field("p50", late.p50)
                $0.field("p99", late.p99)
                $0.field("max", late.max)
            }
        } else {
            writer.null()
        }
        writer.field("exit", exit)
    }
}
