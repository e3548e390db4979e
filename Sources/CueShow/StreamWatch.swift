import CueRunLog
import CueScheduler
import CueText

/// What is known of the channels' streams, and when which of them is looked at.
struct StreamWatch: Sendable {
    /// What a look found that is new.
    enum Change: Hashable, Sendable {
        /// A stream that was not seen before.
        case session(StreamStatus)
        /// On the air again, off the air, or another stream; by their ids.
        case changed(from: String?, to: String?)
        /// Another stream than the last one seen, after `changed`.
        case restarted
    }

    private struct View {
        var isLooking = false
        var status: StreamStatus?
        /// The last stream seen, also after it went off the air.
        var lastID: String?
    }

    /// By channel.
    private var views: [View]
    private let began: BootTime
    private var nextLook: BootTime
    private var lookTurn = 0
    /// The service was reached, whatever it said.
    private(set) var hasAnswer = false
    private(set) var lastFailure: Failure?

    init(channels: Int, at now: BootTime) {
        views = Array(repeating: View(), count: channels)
        began = now
        nextLook = now
    }

    /// A channel's stream while it is on the air.
    func status(channel: Int) -> StreamStatus? { views[channel].status }

    // MARK: When

    /// The channel to look at now. Before zero it is the first: everything waits for it.
    mutating func nextChannel(at now: BootTime, hasZero: Bool) -> Int? {
        guard now >= nextLook else { return nil }
        let channel = hasZero ? lookTurn % views.count : 0
        guard !views[channel].isLooking else { return nil }
        views[channel].isLooking = true
        lookTurn += 1
        let pace = hasZero ? ShowSettings.poll / views.count : ShowSettings.pollBeforeZero
        nextLook = now + max(pace, ShowSettings.pollPace)
        return channel
    }

    /// When the next look is due; nil where it is overdue and waits for an answer.
    func nextWake(after now: BootTime) -> BootTime? { nextLook > now ? nextLook : nil }

    /// The next look is due at once: while nothing ran, a stream may have become another.
    mutating func lookSoon(at now: BootTime) { nextLook = now }

    /// Why the wait for zero is over; nil while it goes on. `limit` is how long a stream may take
    /// to come; a show that `needsStream` has no other zero.
    func endOfWait(
        at now: BootTime, limit: Duration?, needsStream: Bool
    ) -> (reason: EndReason, failure: Failure?)? {
        let waited = now - began
        if !hasAnswer, waited > min(limit ?? .seconds(3600), ShowSettings.reachWithin) {
            let silence = Failure(
                kind: .noAnswer, code: "timeout", message: "no answer in time")
            return (.unreachable, lastFailure ?? silence)
        }
        if needsStream, let limit, waited > limit { return (.streamNeverCame, lastFailure) }
        return nil
    }

    // MARK: What

    /// Notes what a look at a channel found; the changes are in the order of the log.
    mutating func note(
        _ result: Result<StreamStatus, Failure>, channel: Int
    ) -> [Change] {
        views[channel].isLooking = false
        switch result {
        case .success(let status):
            hasAnswer = true
            return live(channel, status)
        case .failure(let failure):
            lastFailure = failure
            if failure.kind != .unreachable, failure.kind != .noAnswer { hasAnswer = true }
            guard failure.kind == .notLive, let last = views[channel].status?.streamID else {
                return []
            }
            views[channel].status = nil
            return [.changed(from: last, to: nil)]
        }
    }

    private mutating func live(_ channel: Int, _ status: StreamStatus) -> [Change] {
        let before = views[channel]
        views[channel].status = status
        views[channel].lastID = status.streamID
        guard before.status?.streamID != status.streamID else { return [] }
        var changes: [Change] = []
        if before.lastID != status.streamID { changes.append(.session(status)) }
        if let last = before.lastID {
            changes.append(.changed(from: before.status?.streamID, to: status.streamID))
            if last != status.streamID { changes.append(.restarted) }
        }
        return changes
    }

    /// The last stream that an earlier life of the run saw.
    mutating func resume(channel: Int, streamID: String) { views[channel].lastID = streamID }
}

extension Failure {
    /// How a show ends that meets this before its zero; nil where waiting may help.
    var endOfShow: (status: ExitStatus, reason: EndReason)? {
        switch kind {
        case .credentials: (.noPermission, .credentials)
        case .notFound: (.unavailable, .noSuchChannel)
        case .refused: code == "ValidationException" ? (.unavailable, .refused) : nil
        case .unreachable, .noAnswer, .throttled, .service, .notLive, .clock: nil
        }
    }
}

/// What to do with a show that has begun without us.
package enum JoinDecision: String, Sendable {
    case join
    case zeroNow = "zero"
    case quit
}
