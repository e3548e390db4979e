package import AWSSigning
package import AWSTransport
import CueScheduler
import CueSheet
package import CueShow
import CueText
package import CueTimeline
import IVSWire
import Synchronization

/// Sends a show's messages to Amazon IVS, or to whatever speaks its API at the endpoint given.
///
/// Requests are built and signed when they are armed, about a second ahead, so that at the moment
/// itself only the hand-off to the connection is left. One call is one attempt.
package final class IVSPublisher: Sender {
    /// A look at the stream holds up no cue, so it may take longer than an attempt.
    private static let lookTimeout: Duration = .seconds(5)

    private struct Destination {
        var arn: ChannelARN
        var signer: Signer
        /// Without a slash at its end.
        var endpoint: String
        var host: String
    }

    private let destinations: [Destination]
    private let transport: HTTPTransport
    private let clock: LoopClock
    private let userAgent: String
    /// Where the calendar stood by the boot clock when this began: signing goes by that and by what
    /// the service's answers say, so that a step of the wall clock in mid-show refuses no cue.
    private let anchor: (wall: WallTime, boot: BootTime)
    private let state = Mutex(State())

    private struct State {
        var ready: [Dispatch: Ready] = [:]
        var skew = ClockSkew()
    }

    private struct Ready {
        var request: HTTPRequest
        var signedFor: WallTime
    }

    /// A signature that is further off than this is made anew: the service takes 15 minutes at
    /// most, and something else has changed.
    private static let signatureDriftMax: Duration = .seconds(60)

    /// `endpoint` replaces AWS's own for every region; the region that is signed for is `region`
    /// or else the channel's own. Throws where a channel's ARN or the endpoint can't be used.
    package init(
        timeline: Timeline, credentials: Credentials, endpoint: String?, region: String?,
        transport: HTTPTransport, clock: LoopClock, userAgent: String
    ) throws(EndpointProblem) {
        self.transport = transport
        self.clock = clock
        anchor = (clock.wall, clock.now)
        self.userAgent = userAgent
        var destinations: [Destination] = []
        for channel in timeline.channels {
            guard let arn = ChannelARN(channel.arn) else {
                throw EndpointProblem(message: "\"\(channel.arn)\" is not the ARN of a channel")
            }
            let region = region ?? arn.region
            let base = endpoint ?? "https://ivs.\(region).amazonaws.com"
            let (url, host) = try EndpointURL.parse(base)
            destinations.append(
                Destination(
                    arn: arn,
                    signer: Signer(
                        credentials: credentials, region: region,
                        service: IVSOperation.signingName),
                    endpoint: url, host: host))
        }
        self.destinations = destinations
    }

    // MARK: Sending

    package func prepare(_ message: Message) {
        let time = signingTime(at: max(message.leaves, clock.now))
        guard let request = try? request(for: message, at: time) else { return }
        state.withLock { $0.ready[message.dispatch] = Ready(request: request, signedFor: time) }
    }

    package func discard(_ dispatch: Dispatch) {
        state.withLock { _ = $0.ready.removeValue(forKey: dispatch) }
    }

    package func send(_ message: Message, timeout: Duration) async -> Attempt {
        let prepared = state.withLock { $0.ready.removeValue(forKey: message.dispatch) }
        let time = signingTime(at: clock.now)
        let request: HTTPRequest
        do throws(SigningError) {
            if let prepared, (prepared.signedFor - time).magnitude < Self.signatureDriftMax {
                request = prepared.request
            } else {
                request = try self.request(for: message, at: time)
            }
        } catch {
            return Attempt(outcome: .failed(Failure(error)), sent: nil, finished: clock.now)
        }
        let exchange = await transport.exchange(request, timeout: timeout)
        let off = learn(from: exchange)
        let sent = exchange.sent.map { BootTime(nanoseconds: $0) }
        let finished = BootTime(nanoseconds: exchange.finished)
        switch exchange.result {
        case .failure(let problem):
            return Attempt(outcome: .failed(Failure(problem)), sent: sent, finished: finished)
        case .success(let reply):
            let outcome: Attempt.Outcome =
                (200..<300).contains(reply.status)
                ? .acknowledged : .failed(Failure(reply, off: off))
            return Attempt(
                outcome: outcome, sent: sent, finished: finished, status: reply.status,
                requestID: IVSError.requestID(in: reply.headers))
        }
    }

    private func request(
        for message: Message, at time: WallTime
    ) throws(SigningError) -> HTTPRequest {
        let destination = destinations[message.dispatch.channel]
        switch message.content {
        case .metadata(let text):
            let body = PutMetadataRequest(channelARN: destination.arn, metadata: text).body
            return try signed(.putMetadata, body, destination, at: time)
        case .adBreak(let seconds):
            let body = InsertAdBreakRequest(
                channelARN: destination.arn, durationSeconds: seconds
            ).body
            return try signed(.insertAdBreak, body, destination, at: time)
        }
    }

    private func signed(
        _ operation: IVSOperation, _ body: [UInt8], _ destination: Destination, at time: WallTime
    ) throws(SigningError) -> HTTPRequest {
        var headers = [
            (name: "Host", value: destination.host),
            (name: "Content-Type", value: IVSOperation.contentType),
        ]
        let url = destination.endpoint + operation.path
        let afterScheme = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        let signing = SigningRequest(
            method: IVSOperation.method, target: "/" + (afterScheme.last ?? ""), headers: headers,
            body: body)
        headers += try destination.signer.sign(signing, at: time)
        headers += [
            ("User-Agent", userAgent), ("Accept", IVSOperation.contentType),
            ("amz-sdk-invocation-id", try randomUUID()), ("amz-sdk-request", "attempt=1"),
        ]
        return HTTPRequest(url: url, headers: headers, body: body)
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
        let request: HTTPRequest
        do throws(SigningError) {
            let body = GetStreamRequest(channelARN: destination.arn).body
            request = try signed(
                .getStream, body, destination, at: signingTime(at: clock.now))
        } catch {
            return StreamAnswer(result: .failure(Failure(error)), roundTrip: .zero)
        }
        let start = clock.now
        let exchange = await transport.exchange(request, timeout: Self.lookTimeout)
        let off = learn(from: exchange)
        let sent = exchange.sent.map { BootTime(nanoseconds: $0) } ?? start
        let roundTrip = BootTime(nanoseconds: exchange.finished) - sent
        return StreamAnswer(result: Self.status(exchange.result, off: off), roundTrip: roundTrip)
    }

    private static func status(
        _ result: Result<HTTPReply, TransportProblem>, off: Duration?
    ) -> Result<StreamStatus, Failure> {
        switch result {
        case .failure(let problem): return .failure(Failure(problem))
        case .success(let reply) where reply.status == 200:
            do {
                let stream = try GetStreamResponse(body: reply.body).stream
                guard stream.state != .offline else {
                    return .failure(
                        Failure(
                            kind: .notLive, code: "OFFLINE", message: "the channel is off the air"))
                }
                return .success(
                    StreamStatus(
                        streamID: stream.streamID, startTime: stream.startTime,
                        viewerCount: stream.viewerCount.map { Int(clamping: $0) }))
            } catch {
                return .failure(
                    Failure(
                        kind: .service, code: "garbled_answer",
                        message: "the answer to GetStream can't be read: \(error.message)"))
            }
        case .success(let reply):
            let failure = Failure(reply, off: off)
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
            var endpoints: Set<String> = []
            for (channel, destination) in destinations.enumerated()
            where endpoints.insert(destination.endpoint).inserted {
                for _ in 0..<connections {
                    group.addTask { _ = await self.stream(channel: channel) }
                }
            }
        }
    }
}

/// Why an endpoint can't be used.
package struct EndpointProblem: Error, Hashable, Sendable {
    package var message: String
}

/// Reads `http://127.0.0.1:8080` and `https://ivs.us-west-2.amazonaws.com`.
enum EndpointURL {
    /// The address without a slash at its end, and its `Host` header.
    static func parse(_ text: String) throws(EndpointProblem) -> (url: String, host: String) {
        let url = text.hasSuffix("/") ? String(text.dropLast()) : text
        let isSecure = url.hasPrefix("https://")
        guard isSecure || url.hasPrefix("http://") else {
            throw EndpointProblem(message: "the endpoint \"\(text)\" is not an http or https URL")
        }
        let rest = url.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        var name = authority
        var port: Int?
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            name = authority[..<colon]
            port = Int(authority[authority.index(after: colon)...])
            guard let port, (1...65_535).contains(port) else {
                throw EndpointProblem(message: "the endpoint \"\(text)\" has no valid port")
            }
        }
        guard !name.isEmpty, !name.contains("@"), !name.contains(" ") else {
            throw EndpointProblem(message: "the endpoint \"\(text)\" names no host")
        }
        return (
            url, SigningRequest.host(String(name), port: port, isSecure: isSecure)
        )
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
