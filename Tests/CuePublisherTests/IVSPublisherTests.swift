import AWSCredentials
import AWSSigning
import AWSTransport
import CuePublisher
import CueScheduler
import CueSheet
import CueSystem
import CueTestSupport
import CueText
import CueTimeline
import IVSWire
import Testing

@testable import CueShow

/// What a show is promised of its way to IVS, seen from the service's side.
@Suite struct IVSPublisherTests {
    private static let arn = "arn:aws:ivs:us-west-2:123456789012:channel/Test0"
    private let known = Credentials(
        accessKeyID: "AKIATEST", secretAccessKey: "secret-nobody-may-see",
        sessionToken: "token-nobody-may-see")

    /// Two channels, one in Oregon and one in Ireland, at one server.
    private func withPublisher(
        _ answers: [Answer] = [], credentials: CredentialSource? = nil, maxAttempts: Int? = nil,
        at url: String? = nil, path: String = "",
        _ body: (IVSPublisher, LoopbackServer, LoopClock) async throws -> Void
    ) async throws {
        let cue = Cue.payload("q1", at: .time(.zero))
        let timeline = Timeline.build(Sheet.test(channels: 2, cue)).timeline
        let loop = ShowLoop()
        let clock = LoopClock(loop)
        let transport = try HTTPTransport(loop: loop.eventLoop, settings: TransportSettings()) {
            clock.now.nanoseconds
        }
        try await run {
            try await LoopbackServer.run(answers) { server in
                let publisher = try IVSPublisher(
                    timeline: timeline, credentials: credentials ?? CredentialSource(fixed: known),
                    endpoint: { arn in
                        ServiceEndpoint(
                            url: (url ?? server.url) + path,
                            region: arn.resourceID == "Test0" ? "us-west-2" : "eu-west-1",
                            source: nil)
                    },
                    maxAttempts: maxAttempts, transport: transport, clock: clock,
                    userAgent: "cue-runner/test")
                try await body(publisher, server, clock)
            }
        } finally: {
            await transport.shutdown()
            await loop.shutdown()
        }
    }

    private func message(
        _ content: Message.Content = .metadata(#"{"n":1}"#), channel: Int = 0, number: Int = 1,
        leaves: BootTime
    ) -> Message {
        Message(
            dispatch: Dispatch(occurrence: Occurrence(entry: 0, number: number), channel: channel),
            content: content, leaves: leaves)
    }

    private func failure(_ attempt: Attempt) -> Failure? {
        if case .failed(let failure) = attempt.outcome { failure } else { nil }
    }

    // MARK: Requests

    @Test func sendsMetadataAsOneSignedRequest() async throws {
        let reply = Answer.reply(204, [("x-amzn-RequestId", "request-1")])
        try await withPublisher([reply]) { publisher, server, clock in
            let message = message(leaves: clock.now + .milliseconds(5))
            publisher.prepare(message)
            let attempt = await publisher.send(message, timeout: .seconds(60))
            #expect(attempt.outcome == .acknowledged)
            #expect(attempt.status == 204)
            #expect(attempt.requestID == "request-1")
            let sent = try #require(attempt.sent)
            #expect(message.leaves <= sent)
            #expect(sent <= attempt.finished)
            #expect(server.arrivals.count == 1)
            let arrival = try #require(server.arrivals.first)
            #expect(arrival.request.method == "POST")
            #expect(arrival.request.target == "/PutMetadata")
            #expect(arrival.body == #"{"channelArn":"\#(Self.arn)","metadata":"{\"n\":1}"}"#)
            #expect(arrival.header("content-type") == "application/json")
            #expect(arrival.header("user-agent") == "cue-runner/test")
            #expect(try arrival.signer(in: "us-west-2", known) == "AKIATEST")
        }
    }

    @Test func signsForTheRegionOfEachChannel() async throws {
        try await withPublisher { publisher, server, clock in
            for channel in 0...1 {
                let message = message(channel: channel, leaves: clock.now)
                #expect(
                    await publisher.send(message, timeout: .seconds(60)).outcome == .acknowledged)
            }
            let arrivals = server.arrivals
            #expect(arrivals.map { $0.body.contains("channel/Test1") } == [false, true])
            for (arrival, region) in zip(arrivals, ["us-west-2", "eu-west-1"]) {
                let signer = try arrival.signer(in: region, known)
                #expect(signer == "AKIATEST")
            }
        }
    }

    @Test func insertsAdBreaks() async throws {
        let reply = Answer.reply(200, [], #"{"adBreakId":"a1"}"#)
        try await withPublisher([reply]) { publisher, server, clock in
            let message = message(.adBreak(seconds: 30), leaves: clock.now)
            #expect(await publisher.send(message, timeout: .seconds(60)).outcome == .acknowledged)
            let arrival = try #require(server.arrivals.first)
            #expect(arrival.request.target == "/InsertAdBreak")
            #expect(arrival.body == #"{"channelArn":"\#(Self.arn)","durationSeconds":30}"#)
            #expect(try arrival.signer(in: "us-west-2", known) == "AKIATEST")
        }
    }

    @Test func keepsThePathOfAnEndpoint() async throws {
        try await withPublisher(path: "/stand/in/") { publisher, server, clock in
            _ = await publisher.send(message(leaves: clock.now), timeout: .seconds(60))
            let arrival = try #require(server.arrivals.first)
            #expect(arrival.request.target == "/stand/in/PutMetadata")
            #expect(try arrival.signer(in: "us-west-2", known) == "AKIATEST")
        }
    }

    /// A request is signed for the time at which it leaves, so its date shows whether it was ready.
    @Test func sendsWhatWasPreparedUnlessItWasDiscarded() async throws {
        try await withPublisher { publisher, server, clock in
            for isDiscarded in [false, true] {
                let later = message(leaves: clock.now + .seconds(50))
                publisher.prepare(later)
                if isDiscarded { publisher.discard(later.dispatch) }
                _ = await publisher.send(message(leaves: clock.now), timeout: .seconds(60))
            }
            let isFromBefore = try server.arrivals.map { try #require($0.signed) > $0.wall }
            #expect(isFromBefore == [true, false])
        }
    }

    @Test func sendsWhatTheMessageSaysWhenItLeaves() async throws {
        try await withPublisher { publisher, server, clock in
            publisher.prepare(message(.metadata("before"), leaves: clock.now))
            let now = message(.metadata("after"), leaves: clock.now)
            _ = await publisher.send(now, timeout: .seconds(60))
            #expect(server.arrivals.map { $0.body.contains(#""metadata":"after""#) } == [true])
        }
    }

    @Test func countsTheAttemptsOfACueUntilOneSucceeds() async throws {
        let answers: [Answer] = [.reply(503), .hangUp, .reply(204), .reply(204)]
        try await withPublisher(answers, maxAttempts: 3) { publisher, server, clock in
            for _ in 0..<4 {
                _ = await publisher.send(message(leaves: clock.now), timeout: .seconds(60))
            }
            let attempts = server.arrivals.map { $0.header("amz-sdk-request") }
            #expect(
                attempts == [
                    "attempt=1; max=3", "attempt=2; max=3", "attempt=3; max=3", "attempt=1; max=3",
                ])
            let identifiers = server.arrivals.map { $0.header("amz-sdk-invocation-id") }
            let isTheFirst = identifiers.map { $0 == identifiers[0] }
            #expect(isTheFirst == [true, true, true, false])
        }
    }

    // MARK: Answers

    @Test(arguments: [
        (
            429, "ThrottlingException", #"{"exceptionMessage":"slow down"}"#,
            Failure(
                kind: .throttled, code: "ThrottlingException", message: "slow down",
                retryAfter: .milliseconds(1_500))
        ),
        (
            404, "ChannelNotBroadcasting", #"{"exceptionMessage":"off"}"#,
            Failure(kind: .notLive, code: "ChannelNotBroadcasting", message: "off")
        ),
        (
            404, "ResourceNotFoundException", #"{"exceptionMessage":"which?"}"#,
            Failure(kind: .notFound, code: "ResourceNotFoundException", message: "which?")
        ),
        (
            400, "ValidationException", #"{"exceptionMessage":"too long"}"#,
            Failure(kind: .refused, code: "ValidationException", message: "too long")
        ),
        (
            403, "AccessDeniedException", #"{"message":"no"}"#,
            Failure(kind: .credentials, code: "AccessDeniedException", message: "no")
        ),
        (
            403, "ExpiredTokenException", #"{"message":"over"}"#,
            Failure(kind: .credentials, code: "ExpiredTokenException", message: "over")
        ),
        (
            500, "InternalServerException", #"{"exceptionMessage":"oops"}"#,
            Failure(kind: .service, code: "InternalServerException", message: "oops")
        ),
        (
            502, "", "<html>",
            Failure(kind: .service, code: "502", message: "HTTP status 502")
        ),
        (
            418, "", "",
            Failure(kind: .refused, code: "418", message: "HTTP status 418")
        ),
    ])
    func distinguishesRefusals(
        status: Int, code: String, body: String, expected: Failure
    ) async throws {
        var headers: [HeaderField] = [
            ("x-amzn-ErrorType", code), ("x-amzn-RequestId", "request-2"),
        ]
        if expected.retryAfter != nil { headers.append(("x-amz-retry-after", "1500")) }
        try await withPublisher([.reply(status, headers, body)]) { publisher, _, clock in
            let attempt = await publisher.send(
                message(leaves: clock.now), timeout: .seconds(60))
            #expect(failure(attempt) == expected)
            #expect(attempt.status == status)
            #expect(attempt.requestID == "request-2")
            #expect(attempt.sent != nil)
        }
    }

    @Test func distinguishesARefusedConnectionFromAMissingAnswer() async throws {
        let url = try await LoopbackServer.closedURL()
        try await withPublisher(at: url) { publisher, _, clock in
            let attempt = await publisher.send(
                message(leaves: clock.now), timeout: .seconds(60))
            #expect(failure(attempt)?.kind == .unreachable)
            #expect(failure(attempt)?.code == "connection_refused")
            #expect(attempt.sent == nil)
            #expect(attempt.status == nil)
        }
        try await withPublisher([.hangUp, .silence]) { publisher, _, clock in
            for (timeout, code) in [(60.0, "connection_closed"), (0.1, "timeout")] {
                let attempt = await publisher.send(
                    message(leaves: clock.now), timeout: .seconds(timeout))
                #expect(failure(attempt)?.kind == .noAnswer)
                #expect(failure(attempt)?.code == code)
                #expect(attempt.sent != nil)
                #expect(attempt.status == nil)
            }
        }
    }

    /// A clock that is an hour slow is to blame once: after that the service's time is known.
    @Test func signsWithTheServicesTimeOnceItIsKnown() async throws {
        func refusal(_ wall: WallTime) -> Answer {
            let hourAhead = (wall + .seconds(3_600)).httpDate
            return .reply(
                403, [("x-amzn-ErrorType", "InvalidSignatureException"), ("Date", hourAhead)],
                #"{"message":"Signature expired"}"#)
        }
        let refusals = [refusal(SystemClock.wall), refusal(SystemClock.wall)]
        try await withPublisher(refusals) { publisher, server, clock in
            var kinds: [Failure.Kind?] = []
            for _ in 0..<2 {
                let attempt = await publisher.send(
                    message(leaves: clock.now), timeout: .seconds(60))
                kinds.append(failure(attempt)?.kind)
            }
            #expect(kinds == [.clock, .credentials])
            let ahead = try server.arrivals.map { try #require($0.signed) - $0.wall }
            #expect(ahead[0] < .seconds(60))
            #expect(ahead[1] > .seconds(3_500))
        }
    }

    @Test func sendsAgainWithOtherCredentialsWhereTheFirstHaveEnded() async throws {
        func found(_ id: String) -> FoundCredentials {
            FoundCredentials(
                credentials: Credentials(accessKeyID: id, secretAccessKey: "of \(id)"),
                origin: CredentialOrigin(.container, "a test", isRenewable: true))
        }
        let (reports, report) = AsyncStream.makeStream(of: CredentialSource.Report.self)
        let (old, new) = (found("AKIAOLD"), found("AKIANEW"))
        let source = CredentialSource(old, now: { WallTime(seconds: 1_800_000_000) }) {
            () async throws(AWSProblem) in
            new
        } report: {
            report.yield($0)
        }
        let ended = Answer.reply(403, [("x-amzn-ErrorType", "ExpiredTokenException")])
        try await withPublisher([ended], credentials: source) { publisher, server, clock in
            let prepared = message(number: 2, leaves: clock.now)
            publisher.prepare(prepared)
            let first = await publisher.send(message(leaves: clock.now), timeout: .seconds(60))
            #expect(failure(first)?.kind == .service)
            for await _ in reports { break }
            let second = await publisher.send(prepared, timeout: .seconds(60))
            #expect(second.outcome == .acknowledged)
            let signers = try server.arrivals.map {
                try $0.signer(in: "us-west-2", old.credentials, new.credentials)
            }
            #expect(signers == ["AKIAOLD", "AKIANEW"])
        }
        await source.close()
    }

    @Test func showsNoSecret() async throws {
        let refusal = Answer.reply(403, [("x-amzn-ErrorType", "UnrecognizedClientException")])
        try await withPublisher([refusal]) { publisher, server, clock in
            let attempt = await publisher.send(
                message(leaves: clock.now), timeout: .seconds(60))
            publisher.prepare(message(number: 2, leaves: clock.now))
            var shown = "\(attempt) \(publisher)"
            dump(attempt, to: &shown)
            dump(publisher, to: &shown)
            #expect(!shown.contains("nobody-may-see"))
            let arrival = try #require(server.arrivals.first)
            #expect(arrival.header("x-amz-security-token") == "token-nobody-may-see")
            let all = arrival.request.headers.map(\.value).joined(separator: "\n") + arrival.body
            #expect(!all.contains("secret-nobody-may-see"))
        }
    }

    // MARK: Looking

    @Test func reportsTheStreamOfAChannel() async throws {
        let live = """
            {"stream":{"channelArn":"\(Self.arn)","streamId":"st-1","state":"LIVE",
            "startTime":"2026-11-27T19:00:00Z","viewerCount":3}}
            """
        try await withPublisher([.reply(200, [], live)]) { publisher, server, _ in
            let answer = await publisher.stream(channel: 0)
            let start = WallTime(rfc3339: "2026-11-27T19:00:00Z")
            #expect(
                answer.result
                    == .success(StreamStatus(streamID: "st-1", startTime: start, viewerCount: 3)))
            #expect(answer.roundTrip > .zero)
            let arrival = try #require(server.arrivals.first)
            #expect(arrival.request.target == "/GetStream")
            #expect(arrival.body == #"{"channelArn":"\#(Self.arn)"}"#)
            #expect(try arrival.signer(in: "us-west-2", known) == "AKIATEST")
        }
    }

    @Test(arguments: [
        (
            Answer.reply(
                200, [],
                #"{"stream":{"channelArn":"\#(IVSPublisherTests.arn)","streamId":"st-1","state":"OFFLINE"}}"#
            ),
            Failure.Kind.notLive, "OFFLINE"
        ),
        (
            .reply(404, [("x-amzn-ErrorType", "ChannelNotBroadcasting")]), .notLive,
            "ChannelNotBroadcasting"
        ),
        (
            .reply(404, [("x-amzn-ErrorType", "ResourceNotFoundException")]), .notFound,
            "ResourceNotFoundException"
        ),
        (.reply(200, [], "<html>"), .service, "garbled_answer"),
        (.reply(404, [], "<html>"), .unreachable, "http_404"),
        (.reply(302, [("Location", "https://login.example/")]), .unreachable, "http_302"),
        (.reply(503), .service, "503"),
        (.hangUp, .noAnswer, "connection_closed"),
    ])
    func explainsWhyThereIsNoStream(answer: Answer, kind: Failure.Kind, code: String) async throws {
        try await withPublisher([answer]) { publisher, _, _ in
            switch await publisher.stream(channel: 0).result {
            case .success(let status): Issue.record("\(status)")
            case .failure(let failure):
                #expect(failure.kind == kind)
                #expect(failure.code == code)
            }
        }
    }
}
