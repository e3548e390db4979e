package import CueRunLog
package import CueText

/// What a log says of each cue's way to the viewers, for players and editing tools.
///
/// Unlike a `Review` it keeps what was sent, repetitions included, and when each stream began.
package struct RunTrack: Sendable {
    package enum Ending: String, Sendable {
        case sent
        case repeated
        case missed
        case failed
        case inDoubt = "in_doubt"
    }

    package struct Moment: Sendable {
        package var cue: String
        package var channel: String
        package var ending: Ending
        package var due: WallTime
        package var sent: WallTime?
        /// When it reached IVS, estimated; of what did not, when it was due there.
        package var arrival: WallTime
        package var late: Duration?
        package var metadata: String?
        package var adBreakSeconds: Int?
        package var reason: String?
        package var group: String?
    }

    package struct Stream: Sendable {
        package var channel: String
        package var id: String
        /// To the second; nil where IVS told none.
        package var start: WallTime?
    }

    package var run = ""
    package var seed = ""
    package var mode = Logged<RunMode>(rawValue: "")
    package var title: String?
    package var sheetPath = ""
    package var channels: [String] = []
    package var options: [(name: String, value: String)] = []
    /// By the cue's id, of the sheet that was in force last.
    package var digests: [String: String] = [:]
    package var zero: WallTime?
    package var streams: [Stream] = []
    /// In the order in which the log has them.
    package var moments: [Moment] = []
    /// Lines that are no events, the first of them.
    package var flaws = 0
    package var firstFlaw: RunLogFlaw?

    package init() {}

    /// How many times faster than the clock the show went.
    package var speed: Double {
        let speed = options.first { $0.name == "speed" }.flatMap { Double($0.value) } ?? 1
        return speed > 0 ? speed : 1
    }

    /// The moment that a cue's text gives, which at another speed is not the clock's.
    package func due(_ moment: Moment) -> WallTime {
        guard let zero, speed != 1 else { return moment.due }
        return zero + .nanoseconds((moment.due - zero).nanoseconds, scaledBy: speed)
    }
}

/// Folds a log into a `RunTrack`, in pieces of any size as they are read.
package struct RunTrackReader {
    package private(set) var track = RunTrack()
    private var scanner = RunLogScanner()

    package init() {}

    package mutating func take(_ piece: UnsafeRawBufferPointer) {
        scanner.take(piece) { track.take($0) }
    }

    package mutating func finish() {
        scanner.finish { track.take($0) }
    }
}

extension RunTrack {
    fileprivate mutating func take(_ item: RunLogItem) {
        switch item {
        case .flaw(let flaw):
            flaws += 1
            firstFlaw = firstFlaw ?? flaw
        case .line(let fields, _):
            let channel = fields.string("channel") ?? ""
            switch fields.string("event") {
            case "run_started": start(fields)
            case "sheet_reloaded": learn(fields.value("digests"))
            case "stream_aligned": zero = fields.time("zero") ?? zero
            case "stream_session":
                guard let id = fields.string("stream_id") else { return }
                streams.append(Stream(channel: channel, id: id, start: fields.time("start_time")))
            case "cue_sent": delivered(fields, channel, .sent)
            case "cue_repeated": delivered(fields, channel, .repeated)
            case "cue_missed": undelivered(fields, channel, .missed)
            case "cue_failed": undelivered(fields, channel, .failed)
            case "cue_in_doubt": undelivered(fields, channel, .inDoubt)
            default: break
            }
        }
    }

    private mutating func start(_ fields: JSONFields) {
        // Another run in the same file is not this one's.
        guard run.isEmpty else { return }
        run = fields.string("run") ?? ""
        seed = fields.string("seed") ?? ""
        mode = Logged(rawValue: fields.string("mode") ?? "")
        title = fields.string("title")
        sheetPath = fields.value("sheet")?["path"]?.string ?? ""
        channels = (fields.value("channels")?.array ?? []).compactMap { $0["name"]?.string }
        if case .object(let members)? = fields.value("options") {
            options = members.compactMap { member in
                member.value.string.map { (member.key, $0) }
            }
        }
        learn(fields.value("sheet")?["digests"])
    }

    private mutating func learn(_ value: JSONValue?) {
        guard case .object(let members)? = value else { return }
        for member in members { digests[member.key] = member.value.string }
    }

    private mutating func delivered(_ fields: JSONFields, _ channel: String, _ ending: Ending) {
        guard let cue = fields.string("cue"), let due = fields.time("due"),
            let sent = fields.time("sent")
        else { return }
        // Logs of older versions have no estimate of their own.
        let half = (fields.microseconds("round_trip_us") ?? .zero) / 2
        moments.append(
            Moment(
                cue: cue, channel: channel, ending: ending, due: due, sent: sent,
                arrival: fields.time("arrival") ?? sent + half,
                late: fields.microseconds("late_us"), metadata: fields.string("metadata"),
                adBreakSeconds: fields.integer("ad_break_seconds").map { Int($0) }))
    }

    private mutating func undelivered(_ fields: JSONFields, _ channel: String, _ ending: Ending) {
        guard let cue = fields.string("cue"), let due = fields.time("due") else { return }
        moments.append(
            Moment(
                cue: cue, channel: channel, ending: ending, due: due, arrival: due,
                reason: fields.string("reason") ?? fields.string("code")))
    }
}
