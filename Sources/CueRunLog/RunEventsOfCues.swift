package import CueText

extension RunEvent {
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
}

extension RunEvent.Delivered {
    func write(_ writer: inout JSONWriter) {
        writer.field(.cue, cue)
        writer.field(.channel, channel)
        writer.field(.due, due)
        writer.field(.sent, sent)
        writer.field(.acknowledged, acknowledged)
        writer.field(.arrival, arrival)
        writer.field(.lead, lead)
        writer.field(.late, late)
        writer.field(.roundTrip, roundTrip)
        writer.field(.attempts, attempts)
        writer.field(.status, status)
        writer.field(.requestID, requestID)
        switch content {
        case .metadata(let text):
            writer.field(.bytes, text.utf8.count)
            writer.field(.metadata, text)
        case .adBreak(let seconds): writer.field(.adBreakSeconds, seconds)
        }
    }
}

extension RunEvent.Undelivered {
    func write(_ writer: inout JSONWriter) {
        writer.field(.cue, cue)
        writer.field(.channel, channel)
        writer.field(.due, due)
        writer.field(.attempts, attempts)
    }
}

extension RunEvent.AttemptFailed {
    func write(_ writer: inout JSONWriter) {
        writer.field(.cue, cue)
        writer.field(.channel, channel)
        writer.field(.attempt, attempt)
        writer.field(.code, code)
        writer.field(.message, message)
        writer.field(.status, status)
        writer.field(.retryIn, retryIn)
    }
}

extension LogField<String> {
    package static var cue: Self { Self("cue") }
    package static var channel: Self { Self("channel") }
    package static var requestID: Self { Self("request_id") }
    package static var metadata: Self { Self("metadata") }
    package static var code: Self { Self("code") }
    package static var message: Self { Self("message") }
    /// A word out of the vocabulary of its event.
    package static var reason: Self { Self("reason") }
}

extension LogField<WallTime> {
    package static var due: Self { Self("due") }
    package static var sent: Self { Self("sent") }
    package static var acknowledged: Self { Self("acknowledged") }
    package static var arrival: Self { Self("arrival") }
}

extension LogField<Duration> {
    package static var lead: Self { Self("lead_us") }
    package static var late: Self { Self("late_us") }
    package static var roundTrip: Self { Self("round_trip_us") }
    package static var retryIn: Self { Self("retry_in_us") }
}

extension LogField<Int> {
    package static var attempts: Self { Self("attempts") }
    package static var attempt: Self { Self("attempt") }
    package static var status: Self { Self("status") }
    package static var bytes: Self { Self("bytes") }
    package static var adBreakSeconds: Self { Self("ad_break_seconds") }
}
