import CueReport
import CueRunLog
import CueScheduler
import CueText

/// Writes logs by the program's own writer, event by event.
struct LogMaker {
    static let zero = WallTime(seconds: 1_800_000_000)

    private(set) var bytes: [UInt8] = []
    var now = LogMaker.zero

    init(
        channels: [String] = ["main"], mode: String = "run", timer: String = "nio, SCHED_FIFO",
        speed: String? = nil, isBegun: Bool = true
    ) {
        guard isBegun else { return }
        add(
            .runStarted(
                .init(
                    run: "x7k2", version: "0.1.0", mode: Logged(rawValue: mode),
                    sheetPath: "show.yaml",
                    sheetSHA256: String(repeating: "0", count: 64), title: "Friday", cues: 3,
                    channels: channels.map {
                        ($0, "arn:aws:ivs:eu-central-1:123456789012:channel/\($0)")
                    }, seed: "1", options: speed.map { [("speed", $0)] } ?? [], timer: timer)))
        add(
            .streamAligned(
                .init(
                    zero: Self.zero, source: .known(.stream), streamID: "st-1",
                    uncertainty: .seconds(1), sinceBoot: .seconds(5), bootID: "b")))
    }

    mutating func add(_ event: RunEvent) { bytes += event.line(at: now) }

    mutating func add(line: String) { bytes += Array((line + "\n").utf8) }

    mutating func armed(_ cue: String, at seconds: Double, on channel: String = "main") {
        add(.cueArmed(cue: cue, channel: channel, due: due(seconds)))
    }

    /// Sent at once, a millisecond late, with a round trip of 20 ms.
    mutating func sent(
        _ cue: String, at seconds: Double, on channel: String = "main",
        late: Duration = .milliseconds(1), roundTrip: Duration = .milliseconds(20),
        attempts: Int = 1, payload: String? = nil, isAgain: Bool = false
    ) {
        let due = due(seconds)
        let delivered = RunEvent.Delivered(
            cue: cue, channel: channel, due: due, sent: due + late,
            acknowledged: due + late + roundTrip, lead: .zero, late: late, roundTrip: roundTrip,
            attempts: attempts, status: 204, requestID: "id-\(cue)",
            content: .metadata(payload ?? "{\"cue\":\"\(cue)\",\"run\":\"x7k2\"}"))
        now = max(now, delivered.acknowledged)
        add(isAgain ? .cueRepeated(delivered) : .cueSent(delivered))
    }

    mutating func missed(
        _ cue: String, at seconds: Double, _ reason: String, attempts: Int = 0,
        on channel: String = "main"
    ) {
        add(
            .cueMissed(
                undelivered(cue, seconds, attempts, channel), reason: Logged(rawValue: reason)))
    }

    mutating func failed(_ cue: String, at seconds: Double, code: String) {
        add(.cueFailed(undelivered(cue, seconds, 1, "main"), code: code, message: "no"))
    }

    mutating func inDoubt(_ cue: String, at seconds: Double, _ reason: String = "no_answer") {
        add(.cueInDoubt(undelivered(cue, seconds, 1, "main"), reason: Logged(rawValue: reason)))
    }

    mutating func skipped(_ cue: String, _ reason: String, on channel: String = "main") {
        add(.cueSkipped(cue: cue, channel: channel, reason: Logged(rawValue: reason)))
    }

    mutating func attemptFailed(
        _ cue: String, _ attempt: Int, code: String = "ThrottlingException", status: Int? = 429
    ) {
        add(
            .attemptFailed(
                .init(
                    cue: cue, channel: "main", attempt: attempt, code: code, message: "slow down",
                    status: status, retryIn: nil)))
    }

    mutating func operated(_ action: String, at seconds: Double, refused: String? = nil) {
        now = due(seconds)
        add(
            .operator(
                .init(
                    action: Logged(rawValue: action), target: nil, by: nil, at: .seconds(seconds),
                    refused: refused)
            ))
    }

    mutating func finished(_ reason: String = "complete", exit: Int = 0) {
        let review = review()
        var counts = RunEvent.Counts()
        counts.sent = review.tally.sent
        counts.missed = review.tally.missed
        counts.failed = review.tally.failed
        counts.inDoubt = review.tally.inDoubt
        counts.skipped = review.tally.skipped
        counts.repeated = review.repeated
        add(
            .runFinished(
                .init(counts: counts, late: nil, exit: exit, reason: Logged(rawValue: reason))))
    }

    func review(_ detail: ReviewReader.Detail = .payloads) -> Review {
        let reader = ReviewReader(detail)
        reader.take(bytes)
        reader.finish()
        return reader.review
    }

    func due(_ seconds: Double) -> WallTime {
        Self.zero + .nanoseconds(Int64(seconds * 1e9))
    }

    private func undelivered(
        _ cue: String, _ seconds: Double, _ attempts: Int, _ channel: String
    ) -> RunEvent.Undelivered {
        .init(cue: cue, channel: channel, due: due(seconds), attempts: attempts)
    }
}
