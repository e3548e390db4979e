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
            guard let event = fields[.event]?.word else { return }
            switch event {
            case .runStarted: start(fields)
            case .sheetReloaded: learn(fields[.digests])
            case .streamAligned: zero = fields[.zero] ?? zero
            case .streamSession:
                guard let id = fields[.streamID] else { return }
                streams.append(
                    Stream(channel: fields[.channel] ?? "", id: id, start: fields[.startTime]))
            case .cueSent: delivered(fields, .sent)
            case .cueRepeated: delivered(fields, .repeated)
            case .cueMissed: undelivered(fields, .missed)
            case .cueFailed: undelivered(fields, .failed)
            case .cueInDoubt: undelivered(fields, .inDoubt)
            case .runResumed, .runFinished, .streamChanged, .cueArmed, .cueDisarmed, .cueSkipped,
                .attemptFailed, .clockStepped, .suspended, .operator, .hookFailed:
                break
            }
        }
    }

    private mutating func start(_ fields: JSONFields) {
        // Another run in the same file is not this one's.
        guard run.isEmpty else { return }
        run = fields[.run] ?? ""
        seed = fields[.seed] ?? ""
        mode = fields[.mode] ?? Logged(rawValue: "")
        title = fields[.title]
        let sheet = fields[.sheet]
        sheetPath = sheet?[.path] ?? ""
        channels = RunEvent.RunStarted.channels(of: fields[.channels]).map(\.name)
        options = fields[.options]?.texts ?? options
        learn(sheet?[.digests])
    }

    private mutating func learn(_ value: JSONValue?) {
        guard case .object(let members)? = value else { return }
        for member in members { digests[member.key] = member.value.string }
    }

    private mutating func delivered(_ fields: JSONFields, _ ending: Ending) {
        guard let cue = fields[.cue], let due = fields[.due], let sent = fields[.sent] else {
            return
        }
        // Logs of older versions have no estimate of their own.
        let half = (fields[.roundTrip] ?? .zero) / 2
        moments.append(
            Moment(
                cue: cue, channel: fields[.channel] ?? "", ending: ending, due: due, sent: sent,
                arrival: fields[.arrival] ?? sent + half, late: fields[.late],
                metadata: fields[.metadata], adBreakSeconds: fields[.adBreakSeconds]))
    }

    private mutating func undelivered(_ fields: JSONFields, _ ending: Ending) {
        guard let cue = fields[.cue], let due = fields[.due] else { return }
        moments.append(
            Moment(
                cue: cue, channel: fields[.channel] ?? "", ending: ending, due: due, arrival: due,
                reason: fields[.reason] ?? fields[.code]))
    }
}
