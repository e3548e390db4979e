package import AWSCredentials
import AWSSigning
package import AWSTransport
import CueScheduler
import CueSheet
package import CueShow
import CueText
package import CueTimeline
package import IVSWire
import Synchronization

/// Sends a show's messages to Amazon IVS, or to whatever speaks its API at the endpoint given.
///
/// Requests are built and signed when they are armed, about a second ahead, so that at the moment
/// itself only the hand-off to the connection is left. One call is one attempt.
package final class IVSPublisher: Sender {
    /// So long before its moment a message is to be handed in: more than the way through the HTTP
    /// client takes as a rule, on a processor that has slept.
    package static let handOff: Duration = .milliseconds(1)

    /// A look at the stream holds up no cue, so it may take longer than an attempt.
    private static let lookTimeout: Duration = .seconds(5)

    private struct Destination {
        var index: Int
        var arn: ChannelARN
        var region: String
        var endpoint: IVSEndpoint
    }

    private let destinations: [Destination]
    private let transport: HTTPTransport
    private let clock: LoopClock
    private let credentials: CredentialSource
    private let userAgent: String
    /// What AWS_MAX_ATTEMPTS says, for the service to see.
    private let maxAttempts: Int?
    /// Where the calendar stood by the boot clock when this began: signing goes by that and by what
    /// the service's answers say, so that a step of the wall clock in mid-show refuses no cue.
    private let anchor: (wall: WallTime, boot: BootTime)
    private let state = Mutex(State())

    private struct State {
        var ready: [Dispatch: Ready] = [:]
        var skew = ClockSkew()
        /// One for each destination, with the credentials of that generation.
        var signers: (generation: Int, all: [Signer]) = (-1, [])
        /// The cues whose last attempt failed.
        var tried: [Dispatch: Invocation] = [:]
    }

    private struct Ready {
        var request: PreparedRequest
        /// What it says: a cue that was armed, moved and armed again says another moment.
        var content: Message.Content?
        var signedFor: WallTime
        var generation: Int
        var invocation: Invocation
    }

    /// The attempts of one cue.
    private struct Invocation {
        var id: String
        var attempt = 1
    }

    /// A signature that is further off than this is made anew: the service takes 15 minutes at
    /// most, and something else has changed.
    private static let signatureDriftMax: Duration = .seconds(60)

    /// `endpoint` gives the address of a channel's API and the region that is signed for. Throws
    /// where a channel's endpoint can't be used.
    package init(
        timeline: Timeline, credentials: CredentialSource,
        endpoint: (ChannelARN) throws(AWSProblem) -> ServiceEndpoint, maxAttempts: Int? = nil,
        transport: HTTPTransport, clock: LoopClock, userAgent: String
    ) throws(AWSProblem) {
        self.transport = transport
        self.clock = clock
        anchor = (clock.wall, clock.now)
        self.credentials = credentials
        self.userAgent = userAgent
        self.maxAttempts = maxAttempts
        var destinations: [Destination] = []
        for channel in timeline.channels {
            let endpoint = try endpoint(channel.arn)
            destinations.append(
                Destination(
                    index: destinations.count, arn: channel.arn, region: endpoint.region,
                    endpoint: try IVSEndpoint(endpoint.url)))
        }
        self.destinations = destinations
    }

    // MARK: Sending

    package func prepare(_ message: Message) {
        let time = signingTime(at: max(message.leaves, clock.now))
        guard var ready = try? request(for: message, at: time) else { return }
        ready.content = message.content
        state.withLock { $0.ready[message.dispatch] = ready }
    }

    package func discard(_ dispatch: Dispatch) {
        state.withLock { _ = $0.ready.removeValue(forKey: dispatch) }
    }

    package func send(_ message: Message, timeout: Duration) async -> Attempt {
        let prepared = state.withLock { $0.ready.removeValue(forKey: message.dispatch) }
        let time = signingTime(at: clock.now)
        let ready: Ready
        do throws(SigningError) {
            if let prepared, prepared.content == message.content,
                prepared.generation == credentials.current.generation,
                (prepared.signedFor - time).magnitude < Self.signatureDriftMax
            {
                ready = prepared
            } else {
                ready = try request(for: message, at: time)
            }
        } catch {
            return Attempt(outcome: .failed(Failure(error)), sent: nil, finished: clock.now)
        }
        let exchange = await transport.exchange(
            ready.request, leaves: message.leaves.nanoseconds, timeout: timeout)
        let off = learn(from: exchange)
        let sent = exchange.sent.map { BootTime(nanoseconds: $0) }
        let finished = BootTime(nanoseconds: exchange.finished)
        note(ready.invocation, of: message.dispatch, exchange)
        switch exchange.result {
        case .failure(let problem):
            return Attempt(outcome: .failed(Failure(problem)), sent: sent, finished: finished)
        case .success(let reply):
            let outcome: Attempt.Outcome =
                (200..<300).contains(reply.status)
                ? .acknowledged
                : .failed(failure(reply, off: off, generation: ready.generation))
            return Attempt(
                outcome: outcome, sent: sent, finished: finished, status: reply.status,
                requestID: IVSError.requestID(in: reply.headers))
        }
    }

    /// Remembers the attempts of a cue until one succeeds.
    private func note(_ invocation: Invocation, of dispatch: Dispatch, _ exchange: Exchange) {
        let isDone =
            if case .success(let reply) = exchange.result {
                (200..<300).contains(reply.status)
            } else {
                false
            }
        state.withLock { state in
            state.tried[dispatch] =
                isDone ? nil : Invocation(id: invocation.id, attempt: invocation.attempt + 1)
        }
    }

    /// Reads a refusal. Where it says that the credentials have ended and others may come, another
    /// attempt is worth while.
    private func failure(_ reply: HTTPReply, off: Duration?, generation: Int) -> Failure {
        var failure = Failure(reply, off: off)
        if failure.kind == .credentials, failure.code.hasPrefix("ExpiredToken"),
            credentials.refused(generation: generation)
        {
            failure.kind = .service
        }
        return failure
    }

    private func request(
        for message: Message, at time: WallTime
    ) throws(SigningError) -> Ready {
        let tried = state.withLock { $0.tried[message.dispatch] }
        let invocation: Invocation
        if let tried { invocation = tried } else { invocation = Invocation(id: try randomUUID()) }
        let destination = destinations[message.dispatch.channel]
        switch message.content {
        case .metadata(let text):
            let body = PutMetadataRequest(channelARN: destination.arn, metadata: text).body
            return try signed(.putMetadata, body, destination, invocation, at: time)
        case .adBreak(let seconds):
            let body = InsertAdBreakRequest(
                channelARN: destination.arn, durationSeconds: seconds
            ).body
            return try signed(.insertAdBreak, body, destination, invocation, at: time)
        }
    }

    private func signed(
        _ operation: IVSOperation, _ body: [UInt8], _ destination: Destination,
        _ invocation: Invocation, at time: WallTime
    ) throws(SigningError) -> Ready {
        let (signer, generation) = signer(for: destination)
        let attempt =
            "attempt=\(invocation.attempt)" + (maxAttempts.map { "; max=\($0)" } ?? "")
        let request = try destination.endpoint.request(
            operation, body, signer: signer, at: time,
            .init(userAgent: userAgent, invocationID: invocation.id, attempt: attempt))
        return Ready(
            request: transport.prepare(request), signedFor: time, generation: generation,
            invocation: invocation)
    }

    /// The signer with the credentials of this moment, which are never waited for.
    private func signer(for destination: Destination) -> (Signer, generation: Int) {
        credentials.check()
        let current = credentials.current
        return state.withLock { state in
            if state.signers.generation != current.generation {
                let all = destinations.map {
                    Signer(
                        credentials: current.credentials, region: $0.region,
                        service: IVSOperation.signingName)
                }
                state.signers = (current.generation, all)
            }
            return (state.signers.all[destination.index], current.generation)
        }
    }

    // MARK: The service's time

    private func calendar(at moment: BootTime) -> WallTime { anchor.wall + (moment - anchor.boot) }

    private func signingTime(at moment: BootTime) -> WallTime {
        state.withLock { $0.skew.signingTime(at: calendar(at: moment)) }
    }

    /// Learns the service's time from an answer; returns how far off its request was signed.
    private func learn(from exchange: Exchange) -> Duration? {
        guard case .success(let reply) = exchange.result, let sent = exchange.sent else {
            return nil
        }
        return state.withLock { state in
            state.skew.learn(
                date: reply.header("date"), age: reply.header("age"),
                sent: calendar(at: BootTime(nanoseconds: sent)),
                received: calendar(at: BootTime(nanoseconds: exchange.finished)))
        }
    }

    // MARK: Looking

    package func stream(channel: Int) async -> StreamAnswer {
        let destination = destinations[channel]
        let ready: Ready
        do throws(SigningError) {
            let body = GetStreamRequest(channelARN: destination.arn).body
            ready = try signed(
                .getStream, body, destination, Invocation(id: randomUUID()),
                at: signingTime(at: clock.now))
        } catch {
            return StreamAnswer(result: .failure(Failure(error)), roundTrip: .zero)
        }
        let start = clock.now
        let exchange = await transport.exchange(ready.request, timeout: Self.lookTimeout)
        let off = learn(from: exchange)
        let sent = exchange.sent.map { BootTime(nanoseconds: $0) } ?? start
        let roundTrip = BootTime(nanoseconds: exchange.finished) - sent
        return StreamAnswer(
            result: status(exchange.result, off: off, generation: ready.generation),
            roundTrip: roundTrip)
    }

    private func status(
        _ result: Result<HTTPReply, TransportProblem>, off: Duration?, generation: Int
    ) -> Result<StreamStatus, Failure> {
        switch result {
        case .failure(let problem): return .failure(Failure(problem))
        case .success(let reply) where reply.status == 200:
            return StreamStatus.read(reply)
        case .success(let reply):
            let failure = failure(reply, off: off, generation: generation)
            // AWS names its errors: something in between answered, or the endpoint is another's.
            guard failure.code == String(reply.status),
                (300..<400).contains(reply.status) || [404, 405, 407].contains(reply.status)
            else { return .failure(failure) }
            return .failure(
                Failure(
                    kind: .unreachable, code: "http_\(reply.status)",
                    message: "the answer is not IVS's (HTTP status \(reply.status))"))
        }
    }

    package func renew() {
        transport.renew()
    }

    package func warm(connections: Int) async {
        // At the same time, since calls one after the other would share one connection.
        await withTaskGroup { group in
            var endpoints: Set<IVSEndpoint> = []
            for (channel, destination) in destinations.enumerated()
            where endpoints.insert(destination.endpoint).inserted {
                for _ in 0..<connections {
                    group.addTask { _ = await self.stream(channel: channel) }
                }
            }
        }
    }
}

extension Failure {
    init(_ error: SigningError) {
        self.init(kind: .refused, code: error.code.rawValue, message: error.message)
    }

    init(_ problem: TransportProblem) {
        self.init(
            kind: problem.kind == .unreachable ? .unreachable : .noAnswer, code: problem.code,
            message: problem.message)
    }

    /// An answer that is no success, to a request whose signature was that far off.
    init(_ reply: HTTPReply, off: Duration?) {
        let error = IVSError(status: reply.status, headers: reply.headers, body: reply.body)
        self.init(error)
        if error.mayBeClockSkew, ClockSkew.explains(off) { kind = .clock }
    }

    init(_ error: IVSError) {
        let kind: Kind =
            switch error.kind {
            case .throttling: .throttled
            case .transient: .service
            case .channelNotBroadcasting: .notLive
            case .clockSkew, .credentials: .credentials
            case .notFound: .notFound
            case .invalid, .other: .refused
            }
        self.init(
            kind: kind, code: error.code,
            message: error.message.isEmpty ? "HTTP status \(error.status)" : error.message,
            retryAfter: error.retryAfter)
    }
}
