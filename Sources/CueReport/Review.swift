package import CueRunLog
package import CueScheduler
package import CueText

/// What a log says of its run, folded in one pass: the material of every report.
///
/// It holds one record of about 200 bytes for each cue and channel, and none of the log's lines;
/// what was sent is kept where `ReviewReader` is asked to.
package struct Review: Sendable {
    /// The line that a run begins with; nil where the log has none.
    package var start: Start?
    /// The processes that went on with the run.
    package var resumes: [Resume] = []
    /// The moment that the sheet's times count from, as found last.
    package var zero: RunEvent.Aligned?
    /// The last line of a run that came to its end.
    package var finish: Finish?
    /// When the first and the last line were written.
    package var firstTime: WallTime?
    package var lastTime: WallTime?

    /// One for each cue and channel, in the order in which the log first names them.
    package var cues: [Cue] = []
    /// The places in `cues` of those that have ended, in the order of their endings.
    package var ended: [Int] = []
    /// The channels of the run, and then those that lines name besides.
    package var channels: [String] = []
    /// Streams, clocks, the operator and whatever else befell the run, in order.
    package var happenings: [Happening] = []
    /// Failed attempts, by what failed, in the order in which each came first.
    package var troubles: [Trouble] = []
    /// How many questions were sent once more.
    package var repeated = 0

    /// Lines, and what among them could not be used.
    package var lines = 0
    package var flaws: [RunLogFlaw] = []
    /// Those of `flaws` and the ones beyond the first thousand.
    package var flawCount = 0
    /// Events that this version does not know, with the first line of each.
    package var unknown: [(event: String, count: Int, line: Int)] = []
    /// Lines whose event is one of a run log.
    package var known = 0

    /// Reasons, codes and messages, each once.
    var texts = TextPool()
    /// What was sent and under which request id, one after the other; a cue knows its places.
    var payloads: [UInt8] = []

    package init() {}

    package struct Start: Sendable {
        package var format: Int64
        package var run: String
        package var version: String
        package var mode: Logged<RunMode>
        package var sheetPath: String
        package var sheetSHA256: String
        package var title: String?
        /// How many entries of the sheet take part.
        package var cues: Int
        package var channels: [(name: String, arn: String)]
        package var seed: String
        package var options: [(name: String, value: String)]
        package var timer: String
        package var line: Int

        package func option(_ name: String) -> String? {
            options.first { $0.name == name }?.value
        }
    }

    package struct Resume: Sendable {
        package var time: WallTime
        package var version: String
        package var tornBytes: Int
        package var timer: String
        package var line: Int
    }

    package struct Finish: Sendable {
        package var reason: Logged<EndReason>
        package var exit: Int
        /// The log's own count.
        package var counts: RunEvent.Counts
        package var line: Int
    }

    package enum Ending: UInt8, CaseIterable, Sendable {
        case sent
        case missed
        case failed
        case inDoubt
        case skipped

        /// As the log's counts name it.
        package var name: String {
            switch self {
            case .sent: "sent"
            case .missed: "missed"
            case .failed: "failed"
            case .inDoubt: "in_doubt"
            case .skipped: "skipped"
            }
        }
    }

    /// A cue on one of its channels.
    package struct Cue: Sendable {
        package var name: String
        /// Its place in `channels`.
        package var channel: Int
        /// Nil while the cue has none.
        package var ending: Ending?
        /// It was due within a second, and still is while it has no ending.
        package var isArmed = false
        /// The moment that the cue was due, shifts and holds included.
        package var due: WallTime?
        package var sent: WallTime?
        package var lead: Duration?
        package var late: Duration?
        package var roundTrip: Duration?
        package var attempts = 0
        /// How often it was sent once more.
        package var repeats = 0
        /// The line of its ending, and before that of what was last said of it.
        package var line: Int
        package var adBreakSeconds: Int?
        var reason = TextPool.none
        var message = TextPool.none
        var trouble = TextPool.none
        var requestID = 0..<0
        var payload = 0..<0

        package var acknowledged: WallTime? {
            guard let sent, let roundTrip else { return nil }
            return sent + roundTrip
        }
    }

    /// Something that befell the run as a whole.
    package struct Happening: Sendable {
        package enum Kind: Sendable {
            case aligned
            case streamSession(channel: Int)
            case streamChanged(channel: Int, isLive: Bool)
            case clockStepped(by: Duration)
            case suspended(for: Duration, isMachine: Bool)
            case operated(action: Logged<OperatorAction.Name>, isRefused: Bool)
            case reloaded
            case resumed
            case hookFailed
        }

        package var kind: Kind
        package var event: EventName
        package var time: WallTime
        /// In plain words, fit for a terminal.
        package var text: String
        package var line: Int
    }

    /// Attempts that failed in the same way.
    package struct Trouble: Sendable {
        package var code: String
        package var status: Int?
        package var count = 0
        /// The first one's, in the service's or the system's words.
        package var message: String
        package var line: Int
    }
}

extension Review {
    /// How many times faster than the clock the show went; 1 but for a rehearsal with --speed.
    package var speed: Double {
        guard let speed = start?.option("speed").flatMap(Double.init), speed > 0 else { return 1 }
        return speed
    }

    /// A moment on the show's clock; nil before there is a zero.
    package func at(_ time: WallTime) -> Duration? {
        guard let zero else { return nil }
        let span = time - zero.zero
        return speed == 1 ? span : .nanoseconds(span.nanoseconds, scaledBy: speed)
    }

    package func at(_ cue: Cue) -> Duration? { cue.due.flatMap(at) }

    /// Why it ended so: a reason of the log's, or the code of the error that refused it.
    package func reason(_ cue: Cue) -> String? { texts[cue.reason] }
    func missReason(_ cue: Cue) -> MissReason? {
        cue.ending == .missed ? reason(cue).flatMap { MissReason(rawValue: $0) } : nil
    }
    func skipReason(_ cue: Cue) -> SkipReason? {
        cue.ending == .skipped ? reason(cue).flatMap { SkipReason(rawValue: $0) } : nil
    }
    package func message(_ cue: Cue) -> String? { texts[cue.message] }
    /// The last attempt that failed: `ThrottlingException: Rate exceeded`.
    package func trouble(_ cue: Cue) -> String? { texts[cue.trouble] }
    /// AWS's identifier of the request; kept with the payloads.
    package func requestID(_ cue: Cue) -> String? { kept(cue.requestID) }

    /// What viewers got, byte for byte; nil where it was not sent or not kept.
    package func payload(_ cue: Cue) -> String? { kept(cue.payload) }

    private func kept(_ place: Range<Int>) -> String? {
        place.isEmpty ? nil : String(decoding: payloads[place], as: UTF8.self)
    }

    /// The cue, with its channel where there are several and it is not the main one.
    package func label(_ cue: Cue) -> String {
        let channel = channels[cue.channel]
        return channels.count == 1 || channel == "main" ? cue.name : "\(cue.name) on \(channel)"
    }

    /// When the cues went: from the first line to the last.
    package var duration: Duration? {
        guard let firstTime, let lastTime else { return nil }
        return lastTime - firstTime
    }
}

/// Texts that come again and again, each kept once and known by a number.
struct TextPool: Sendable {
    static let none: Int32 = -1

    private(set) var all: [String] = []
    private var numbers: [String: Int32] = [:]

    subscript(_ number: Int32) -> String? { number < 0 ? nil : all[Int(number)] }

    mutating func number(_ text: String?) -> Int32 {
        guard let text else { return Self.none }
        if let known = numbers[text] { return known }
        // A log has fewer lines than that.
        let number = Int32(clamping: all.count)
        all.append(text)
        numbers[text] = number
        return number
    }
}
