package import AWSCredentials
package import AWSSigning
import AWSTransport
package import CueShow
import CueText
package import IVSWire

/// Looks at a channel as a show would, to tell what stands in its way; sends nothing to viewers.
package struct IVSProbe: Sendable {
    /// One call of IVS and what it told.
    package struct Look: Sendable {
        package var result: Result<StreamStatus?, Failure>
        package var roundTrip: Duration
        /// Between what AWS's clock may be ahead of ours, by the `Date` of its answer.
        package var clock: ClosedRange<Duration>?
    }

    /// Pauses between calls, so that five of them in a second are never reached.
    package static let pause: Duration = .milliseconds(250)
    private static let timeout: Duration = .seconds(5)
    /// The `Date` header is cut to whole seconds, and some servers write it anew once a second.
    private static let dateSlack: Duration = .seconds(2)

    private let endpoint: IVSEndpoint
    private let signer: Signer?
    private let tools: CredentialTools

    /// Without credentials only the way to IVS is looked at: it refuses, and that is an answer.
    package init(
        _ endpoint: ServiceEndpoint, credentials: Credentials?, tools: CredentialTools
    ) throws(AWSProblem) {
        self.endpoint = try IVSEndpoint(endpoint.url)
        signer = credentials.map {
            Signer(
                credentials: $0, region: endpoint.region, service: IVSOperation.signingName)
        }
        self.tools = tools
    }

    /// GetStream of a channel, or ListStreams where there is none.
    package func look(at channel: ChannelARN?) async -> Look {
        let operation: IVSOperation = channel == nil ? .listStreams : .getStream
        let body =
            channel.map { GetStreamRequest(channelARN: $0).body }
            ?? ListStreamsRequest(maxResults: 1).body
        let request: HTTPRequest
        do throws(SigningError) {
            request = try endpoint.request(
                operation, body, signer: signer, at: tools.now(),
                .init(userAgent: tools.userAgent, invocationID: randomUUID()))
        } catch {
            return Look(result: .failure(Failure(error)), roundTrip: .zero)
        }
        let asked = ContinuousClock.now
        let before = tools.now()
        let exchange = await tools.transport.exchange(request, timeout: Self.timeout)
        let after = tools.now()
        let roundTrip =
            exchange.sent.map { .nanoseconds(exchange.finished - $0) }
            ?? asked.duration(to: .now)
        var look = Look(result: .success(nil), roundTrip: roundTrip)
        switch exchange.result {
        case .failure(let problem): look.result = .failure(Failure(problem))
        case .success(let reply):
            look.result = Self.read(reply, operation)
            if let date = reply.header("date").flatMap({ WallTime(httpDate: $0) }) {
                look.clock = (date - after)...max(date - after, date - before + Self.dateSlack)
            }
        }
        return look
    }

    private static func read(
        _ reply: HTTPReply, _ operation: IVSOperation
    ) -> Result<StreamStatus?, Failure> {
        guard reply.status == 200 else { return .failure(Failure(reply, off: nil)) }
        guard operation == .getStream else { return .success(nil) }
        return StreamStatus.read(reply).map(\.self)
    }
}
