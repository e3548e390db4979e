package import CueScheduler
package import CueText
package import CueTimeline

/// What goes to IVS for one dispatch.
package struct Message: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case metadata(String)
        case adBreak(seconds: Int)
    }

    package var dispatch: Dispatch
    package var content: Content
    /// When it is to leave: what is handed in before that waits for it, signed for that time.
    package var leaves: BootTime
}

/// What one attempt came to.
package struct Attempt: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case acknowledged
        case failed(Failure)
    }

    var outcome: Outcome
    /// When the request was flushed to its connection; nil where it never was.
    var sent: BootTime?
    var finished: BootTime
    var status: Int?
    var requestID: String?

    package init(
        outcome: Outcome, sent: BootTime?, finished: BootTime, status: Int? = nil,
        requestID: String? = nil
    ) {
        self.outcome = outcome
        self.sent = sent
        self.finished = finished
        self.status = status
        self.requestID = requestID
    }
}

/// Why an attempt, or a look at the stream, failed.
package struct Failure: Hashable, Sendable, Error {
    package enum Kind: Hashable, Sendable {
        /// No connection: the request did not leave.
        case unreachable
        /// The request left and no answer came: it may have been taken.
        case noAnswer
        case throttled
        /// The service failed, or asked to try again.
        case service
        case notLive
        case notFound
        case credentials
        /// The signature was refused and our clock was to blame; the next is made with the
        /// service's time.
        case clock
        /// The service will never take this request.
        case refused
    }

    package var kind: Kind
    /// AWS's name for it where it has one.
    package var code: String
    /// What the service or the system said, in its words.
    package var message: String
    /// How long the service asks to wait.
    var retryAfter: Duration?

    package init(kind: Kind, code: String, message: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }
}

/// A live stream, as GetStream tells of it.
package struct StreamStatus: Hashable, Sendable {
    package var streamID: String
    /// Whole seconds, by what IVS documents.
    package var startTime: WallTime?
    package var viewerCount: Int?

    package init(streamID: String, startTime: WallTime?, viewerCount: Int?) {
        self.streamID = streamID
        self.startTime = startTime
        self.viewerCount = viewerCount
    }
}

/// One look at a channel's stream.
package struct StreamAnswer: Hashable, Sendable {
    var result: Result<StreamStatus, Failure>
    var roundTrip: Duration

    package init(result: Result<StreamStatus, Failure>, roundTrip: Duration) {
        self.result = result
        self.roundTrip = roundTrip
    }
}

/// The way to IVS. One call is one attempt: whether there is another, the show decides.
package protocol Sender: Sendable {
    /// Builds and signs a message that is due soon.
    func prepare(_ message: Message)
    /// Forgets one that is not due soon any more.
    func discard(_ dispatch: Dispatch)
    /// One attempt, which leaves no sooner than the message says.
    func send(_ message: Message, timeout: Duration) async -> Attempt
    /// Looks at the stream of a channel, by its index in the timeline.
    func stream(channel: Int) async -> StreamAnswer
    /// Opens so many connections, or keeps them from going cold.
    func warm(connections: Int) async
    /// Leaves the connections there are: what is sent from now on goes over new ones.
    func renew()
}
