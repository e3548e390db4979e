package import CueText

/// What a log says of a run, as far as going on with it needs that.
package struct RunRecord: Sendable {
    package enum Ending: Hashable, Sendable {
        case sent(at: WallTime, late: Duration, lead: Duration)
        case missed
        case failed
        case skipped
        case inDoubt
    }

    package enum Entry: Sendable {
        case aligned(RunEvent.Aligned)
        case session(channel: String, streamID: String)
        case armed(cue: String, channel: String, due: WallTime)
        case disarmed(cue: String, channel: String)
        case ended(cue: String, channel: String, Ending)
        case repeated(cue: String, channel: String, due: WallTime)
        case attempted(channel: String, at: WallTime)
        case operated(RunEvent.Operated)
    }

    package var run: String
    package var seed: String
    package var mode: Logged<RunMode>
    package var sheetSHA256: String
    package var digests: [(id: String, digest: String)]
    package var options: [(name: String, value: String)]
    /// The cues that an edit of the sheet took out while the show ran.
    package var removed: [String] = []
    package var entries: [Entry] = []
    /// The run has come to its end; there is nothing to go on with.
    package var isFinished = false

    /// The moment that the sheet's times count from, as found last.
    package var zero: WallTime? {
        for case .aligned(let aligned) in entries.reversed() { return aligned.zero }
        return nil
    }

    /// Reads the whole lines of a log.
    package init(_ bytes: some Collection<UInt8>) throws(RunRecordProblem) {
        let (lines, flaws) = RunLogReader.read(bytes)
        try self.init(lines, flaws)
    }

    /// The same of lines that are read already.
    package init(_ lines: [RunLogLine], _ flaws: [RunLogFlaw]) throws(RunRecordProblem) {
        if let flaw = flaws.first {
            throw RunRecordProblem("line \(flaw.number) is not a line of a run log: \(flaw.reason)")
        }
        guard let first = lines.first, first.name == .known(.runStarted),
            let run = first.fields[.run], let seed = first.fields[.seed],
            let mode = first.fields[.mode], let sha = first.fields[.sheet]?[.sha256]
        else { throw RunRecordProblem("it does not begin with a whole run_started") }
        guard first.fields[.format] == 1 else {
            throw RunRecordProblem("it was written by another version of cue-runner")
        }
        self.run = run
        self.seed = seed
        self.mode = mode
        sheetSHA256 = sha
        digests = Self.digests(first.fields[.sheet]?[.digests])
        options = first.fields[.options]?.texts ?? []
        for line in lines.dropFirst() { try take(line) }
    }

    private static func digests(_ value: JSONValue?) -> [(id: String, digest: String)] {
        (value?.texts ?? []).map { (id: $0, digest: $1) }
    }

    /// Moments and uptimes beyond these are no run's, and other durations beyond the longest that
    /// is read; below them, sums of them fit wherever the plan reckons.
    fileprivate static let timeMax = WallTime(seconds: 7_258_118_400)  // 2200-01-01
    private static let uptimeMax: Duration = .seconds(10 * 366 * 86_400)

    private mutating func take(_ line: RunLogLine) throws(RunRecordProblem) {
        let fields = line.fields
        let channel = fields[.channel] ?? ""
        switch line.name {
        case .known(.runFinished): isFinished = true
        case .known(.runResumed), .known(.sheetReloaded):
            sheetSHA256 = fields[.sheetSHA256] ?? sheetSHA256
            removed += fields[.removed] ?? []
            if let edited = fields[.digests] { digests = Self.digests(edited) }
        case .known(.streamAligned):
            guard let zero = try line.time(.zero) else { return }
            entries.append(
                .aligned(
                    .init(
                        zero: zero, source: fields[.source] ?? Logged(rawValue: ""),
                        streamID: fields[.streamID], uncertainty: .zero,
                        sinceBoot: try line.duration(.sinceBoot, max: Self.uptimeMax) ?? .zero,
                        bootID: fields[.bootID] ?? "")))
        case .known(.operator):
            guard let action = fields[.action] else { return }
            entries.append(
                .operated(
                    .init(
                        action: action, target: fields[.target], by: try line.duration(.by),
                        at: try line.duration(.at), refused: fields[.refused])))
        case .known(.streamSession):
            guard let id = fields[.streamID] else { return }
            entries.append(.session(channel: channel, streamID: id))
        case .known(let event):
            guard let cue = fields[.cue],
                let entry = try Self.entry(event, cue, channel, line)
            else { return }
            entries.append(entry)
        case .unknown: break
        }
    }

    /// What a line tells of a cue.
    private static func entry(
        _ event: EventName, _ cue: String, _ channel: String, _ line: RunLogLine
    ) throws(RunRecordProblem) -> Entry? {
        switch event {
        case .cueArmed:
            return try line.time(.due).map { .armed(cue: cue, channel: channel, due: $0) }
        case .cueDisarmed: return .disarmed(cue: cue, channel: channel)
        case .cueRepeated:
            return try line.time(.due).map { .repeated(cue: cue, channel: channel, due: $0) }
        case .attemptFailed:
            return try line.time(.time).map { .attempted(channel: channel, at: $0) }
        case .cueSent:
            guard let sent = try line.time(.sent), let late = try line.duration(.late),
                let lead = try line.duration(.lead)
            else {
                // Passed over, the line would let an acknowledged cue go out again.
                throw RunRecordProblem(
                    "line \(line.number): cue_sent lacks sent, late_us or lead_us")
            }
            return .ended(cue: cue, channel: channel, .sent(at: sent, late: late, lead: lead))
        case .cueMissed: return .ended(cue: cue, channel: channel, .missed)
        case .cueFailed: return .ended(cue: cue, channel: channel, .failed)
        case .cueSkipped: return .ended(cue: cue, channel: channel, .skipped)
        case .cueInDoubt: return .ended(cue: cue, channel: channel, .inDoubt)
        case .runStarted, .runResumed, .runFinished, .streamAligned, .streamSession,
            .streamChanged, .clockStepped, .suspended, .operator, .sheetReloaded, .hookFailed:
            return nil
        }
    }
}

extension RunLogLine {
    fileprivate var name: Logged<EventName> { Logged(rawValue: event) }

    fileprivate func time(_ field: LogField<WallTime>) throws(RunRecordProblem) -> WallTime? {
        guard fields.has(field) else { return nil }
        guard let time = fields[field], time < RunRecord.timeMax else {
            throw RunRecordProblem("line \(number): \(field.name) is no moment of a run")
        }
        return time
    }

    fileprivate func duration(
        _ field: LogField<Duration>, max: Duration = DurationText.longest
    ) throws(RunRecordProblem) -> Duration? {
        guard fields.has(field) else { return nil }
        guard let duration = fields[field], duration.magnitude <= max else {
            throw RunRecordProblem("line \(number): \(field.name) is no duration of a run")
        }
        return duration
    }
}

/// Why a log can't be gone on with.
package struct RunRecordProblem: Error, Hashable, Sendable {
    package var message: String

    init(_ message: String) {
        self.message = message
    }
}
