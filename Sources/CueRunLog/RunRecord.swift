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
        guard let first = lines.first, first.event == "run_started",
            let run = first.fields["run"]?.string, let seed = first.fields["seed"]?.string,
            let mode = first.fields["mode"]?.string,
            let sha = first.fields["sheet"]?["sha256"]?.string
        else { throw RunRecordProblem("it does not begin with a whole run_started") }
        guard first.fields["format"]?.integer == 1 else {
            throw RunRecordProblem("it was written by another version of cue-runner")
        }
        self.run = run
        self.seed = seed
        self.mode = Logged(rawValue: mode)
        sheetSHA256 = sha
        digests = Self.texts(first.fields["sheet"]?["digests"]).map { (id: $0, digest: $1) }
        options = Self.texts(first.fields["options"])
        for line in lines.dropFirst() {
            switch line.event {
            case "run_finished": isFinished = true
            case "run_resumed", "sheet_reloaded":
                if let sha = line.fields["sheet_sha256"]?.string { sheetSHA256 = sha }
                removed += (line.fields["removed"]?.array ?? []).compactMap(\.string)
                if let edited = line.fields["digests"] {
                    digests = Self.texts(edited).map { (id: $0, digest: $1) }
                }
            default: if let entry = try Self.entry(line) { entries.append(entry) }
            }
        }
    }

    private static func texts(_ value: JSONValue?) -> [(name: String, value: String)] {
        guard case .object(let members)? = value else { return [] }
        return members.compactMap { member in
            member.value.string.map { (name: member.key, value: $0) }
        }
    }

    /// Moments and uptimes beyond these are no run's, and other durations beyond the longest that
    /// is read; below them, sums of them fit wherever the plan reckons.
    private static let timeMax = WallTime(seconds: 7_258_118_400)  // 2200-01-01
    private static let uptimeMax: Duration = .seconds(10 * 366 * 86_400)

    private static func entry(_ line: RunLogLine) throws(RunRecordProblem) -> Entry? {
        let fields = line.fields
        func present(_ name: String) -> JSONValue? { fields[name] == .null ? nil : fields[name] }
        func time(_ name: String) throws(RunRecordProblem) -> WallTime? {
            guard let value = present(name) else { return nil }
            guard let time = value.string.flatMap({ WallTime(rfc3339: $0) }), time < timeMax
            else { throw RunRecordProblem("line \(line.number): \(name) is no moment of a run") }
            return time
        }
        func duration(
            _ name: String, max: Duration = DurationText.longest
        ) throws(RunRecordProblem) -> Duration? {
            guard let value = present(name) else { return nil }
            guard let count = value.integer, Duration.microseconds(count).magnitude <= max else {
                throw RunRecordProblem("line \(line.number): \(name) is no duration of a run")
            }
            return .microseconds(count)
        }
        let channel = fields["channel"]?.string ?? ""
        if line.event == "stream_aligned", let zero = try time("zero") {
            return .aligned(
                .init(
                    zero: zero, source: Logged(rawValue: fields["source"]?.string ?? ""),
                    streamID: fields["stream_id"]?.string, uncertainty: .zero,
                    sinceBoot: try duration("since_boot_us", max: uptimeMax) ?? .zero,
                    bootID: fields["boot_id"]?.string ?? ""))
        }
        if line.event == "operator", let action = fields["action"]?.string {
            return .operated(
                .init(
                    action: Logged(rawValue: action), target: fields["target"]?.string,
                    by: try duration("by_us"),
                    at: try duration("at_us"), refused: fields["refused"]?.string))
        }
        if line.event == "stream_session", let id = fields["stream_id"]?.string {
            return .session(channel: channel, streamID: id)
        }
        guard let cue = fields["cue"]?.string else { return nil }
        switch line.event {
        case "cue_armed": return try time("due").map { .armed(cue: cue, channel: channel, due: $0) }
        case "cue_disarmed": return .disarmed(cue: cue, channel: channel)
        case "cue_repeated":
            return try time("due").map { .repeated(cue: cue, channel: channel, due: $0) }
        case "attempt_failed": return try time("time").map { .attempted(channel: channel, at: $0) }
        case "cue_sent":
            guard let sent = try time("sent"), let late = try duration("late_us"),
                let lead = try duration("lead_us")
            else {
                // Passed over, the line would let an acknowledged cue go out again.
                throw RunRecordProblem(
                    "line \(line.number): cue_sent lacks sent, late_us or lead_us")
            }
            return .ended(cue: cue, channel: channel, .sent(at: sent, late: late, lead: lead))
        case "cue_missed": return .ended(cue: cue, channel: channel, .missed)
        case "cue_failed": return .ended(cue: cue, channel: channel, .failed)
        case "cue_skipped": return .ended(cue: cue, channel: channel, .skipped)
        case "cue_in_doubt": return .ended(cue: cue, channel: channel, .inDoubt)
        default: return nil
        }
    }
}

/// Why a log can't be gone on with.
package struct RunRecordProblem: Error, Hashable, Sendable {
    package var message: String

    init(_ message: String) {
        self.message = message
    }
}
