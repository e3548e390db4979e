import AWSCredentials
import AWSSigning
import AWSTransport
import CuePublisher
import CueShow
import CueSystem
import CueText
import IVSWire
import Testing

/// What `doctor` learns of a channel, seen from the service's side.
@Suite struct IVSProbeTests {
    private let known = Credentials(accessKeyID: "AKIATEST", secretAccessKey: "a test's")

    private func look(
        _ answer: Answer, at channel: String?, credentials: Credentials?
    ) async throws -> (IVSProbe.Look, Arrival) {
        let transport = try HTTPTransport(background: TransportSettings())
        let environment = AWSEnvironment(variables: [:]) { _ in nil }
        let tools = CredentialTools(
            configuration: try AWSConfiguration(environment, profile: nil), transport: transport,
            userAgent: "cue-runner/test", now: { SystemClock.wall })
        return try await run {
            try await LoopbackServer.run([answer]) { server in
                let probe = try IVSProbe(
                    ServiceEndpoint(url: server.url, region: "us-west-2", source: nil),
                    credentials: credentials, tools: tools)
                let look = await probe.look(at: try channel.map { try #require(ChannelARN($0)) })
                return (look, try #require(server.arrivals.first))
            }
        } finally: {
            await transport.shutdown()
        }
    }

    @Test func looksAtAChannelWithCredentials() async throws {
        let arn = "arn:aws:ivs:us-west-2:123456789012:channel/Test0"
        let body = #"{"stream":{"channelArn":"\#(arn)","streamId":"st-1","state":"LIVE"}}"#
        let (look, arrival) = try await look(.reply(200, [], body), at: arn, credentials: known)
        #expect(
            look.result
                == .success(StreamStatus(streamID: "st-1", startTime: nil, viewerCount: nil)))
        #expect(look.roundTrip > .zero)
        #expect(look.clock == nil)
        #expect(arrival.request.target == "/GetStream")
        #expect(try arrival.signer(in: "us-west-2", known) == "AKIATEST")
    }

    @Test func listsStreamsWhereThereIsNoChannel() async throws {
        let (look, arrival) = try await look(
            .reply(200, [], #"{"streams":[]}"#), at: nil, credentials: known)
        #expect(look.result == .success(nil))
        #expect(arrival.request.target == "/ListStreams")
        #expect(arrival.body == #"{"maxResults":1}"#)
    }

    @Test func asksUnsignedWithoutCredentials() async throws {
        let refusal = Answer.reply(
            403, [("x-amzn-ErrorType", "MissingAuthenticationTokenException")],
            #"{"message":"Missing Authentication Token"}"#)
        let (look, arrival) = try await look(refusal, at: nil, credentials: nil)
        #expect(arrival.header("authorization") == nil)
        #expect(
            look.result
                == .failure(
                    Failure(
                        kind: .credentials, code: "MissingAuthenticationTokenException",
                        message: "Missing Authentication Token")))
    }

    @Test func boundsHowFarAWSsClockIsAhead() async throws {
        let date = (SystemClock.wall + .seconds(3_600)).httpDate
        let (look, arrival) = try await look(
            .reply(200, [("Date", date)], #"{"streams":[]}"#), at: nil, credentials: known)
        let written = try #require(WallTime(httpDate: date))
        let clock = try #require(look.clock)
        #expect(clock.contains(written - arrival.wall))
        #expect(clock.lowerBound > .zero)
    }
}
