import AWSSigning
import CueText
import IVSWire
import Testing

@testable import CueStage

/// The stage's judgements at moments that the test sets; the judges in Tests/python see the same
/// from outside, with AWS's own clients.
@Suite struct StageAPITests {
    private let live = "arn:aws:ivs:us-west-2:123456789012:channel/onAir"
    private let other = "arn:aws:ivs:us-west-2:123456789012:channel/alsoOnAir"
    private let dark = "arn:aws:ivs:us-west-2:123456789012:channel/offAir"
    private let credentials = Credentials(accessKeyID: "AKIASTAGE", secretAccessKey: "known here")
    private let start = WallTime(nanoseconds: 1_800_000_000_400_000_000)

    private func stage(speed: Double = 1, startsAhead: Bool = false) throws -> StageAPI {
        var settings = StageSettings(
            live: try [live, other].map { try #require(ChannelARN($0)) },
            offline: [try #require(ChannelARN(dark))], credentials: credentials)
        settings.speed = speed
        settings.startsAhead = startsAhead
        return StageAPI(settings, start: start)
    }

    /// Sends a call that AWS's clients would send, at a time in milliseconds.
    private func call(
        _ stage: StageAPI, _ operation: IVSOperation, _ body: String, at milliseconds: Int64 = 0,
        by signer: Credentials? = nil
    ) throws -> StageReply {
        var request = SigningRequest(
            method: "POST", target: operation.path,
            headers: [("Host", "127.0.0.1:80"), ("Content-Type", "application/json")],
            body: Array(body.utf8))
        request.headers += try Signer(
            credentials: signer ?? credentials, region: "us-west-2", service: "ivs"
        ).sign(request, at: start)
        return stage.answer(request, wall: start, now: milliseconds * 1_000_000)
    }

    private func put(
        _ stage: StageAPI, _ channel: String, at milliseconds: Int64
    ) throws -> StageReply {
        try call(
            stage, .putMetadata, #"{"channelArn":"\#(channel)","metadata":"x"}"#, at: milliseconds)
    }

    private func text(_ reply: StageReply) -> String { String(decoding: reply.body, as: UTF8.self) }

    @Test func answersPutMetadataWith204AndNothingElse() throws {
        let reply = try put(try stage(), live, at: 0)
        #expect(reply.status == 204)
        #expect(reply.body.isEmpty)
        #expect(reply.headers.isEmpty)
        #expect(reply.call.operation == "PutMetadata")
        #expect(reply.call.channel == "onAir")
        #expect(reply.call.metadata == "x")
        #expect(reply.call.code == nil)
    }

    @Test func throttlesTheSixthCallOfASecondOnAChannelAlone() throws {
        let stage = try stage()
        for index in 0..<5 { #expect(try put(stage, live, at: Int64(index * 10)).status == 204) }
        let refused = try put(stage, live, at: 999)
        #expect(refused.status == 429)
        #expect(refused.call.code == "ThrottlingException")
        #expect(try put(stage, other, at: 999).status == 204)
        #expect(try put(stage, live, at: 1_000).status == 204)
        #expect(try put(stage, live, at: 1_005).status == 429)
    }

    @Test func countsAnAdBreakWithTheMetadataOfItsChannel() throws {
        let stage = try stage()
        for _ in 0..<5 { #expect(try put(stage, live, at: 0).status == 204) }
        let body = #"{"channelArn":"\#(live)","durationSeconds":30}"#
        #expect(try call(stage, .insertAdBreak, body, at: 10).status == 429)
        let reply = try call(stage, .insertAdBreak, body, at: 1_010)
        #expect(reply.status == 200)
        #expect(text(reply).hasPrefix(#"{"adBreakId":""#))
    }

    @Test func shortensTheLimitsSecondAtSpeed60LessWhatTheNetworkBunches() throws {
        let stage = try stage(speed: 60)
        for _ in 0..<5 { #expect(try put(stage, live, at: 0).status == 204) }
        #expect(try put(stage, live, at: 11).status == 429)
        #expect(try put(stage, live, at: 12).status == 204)
    }

    @Test func chargesNothingForARefusedCall() throws {
        let stage = try stage()
        for index in 0..<5 { #expect(try put(stage, live, at: Int64(index)).status == 204) }
        for index in 0..<20 { #expect(try put(stage, live, at: 900 + Int64(index)).status == 429) }
        #expect(try put(stage, live, at: 1_000).status == 204)
    }

    @Test func givesEachReadingOperationFiveCallsASecondForTheAccount() throws {
        let stage = try stage()
        let body = #"{"channelArn":"\#(live)"}"#
        for _ in 0..<5 { #expect(try call(stage, .getStream, body).status == 200) }
        #expect(try call(stage, .getStream, body).status == 429)
        #expect(try call(stage, .listStreams, "{}").status == 200)
        #expect(try call(stage, .getChannel, #"{"arn":"\#(live)"}"#).status == 200)
    }

    @Test func reportsAStreamsStartInWholeSecondsPastOrNext() throws {
        let body = #"{"channelArn":"\#(live)"}"#
        let past = text(try call(try stage(), .getStream, body))
        #expect(past.contains(#""startTime":"2027-01-15T08:00:00Z""#))
        #expect(past.contains(#""state":"LIVE""#))
        let ahead = text(try call(try stage(startsAhead: true), .getStream, body))
        #expect(ahead.contains(#""startTime":"2027-01-15T08:00:01Z""#))
    }

    @Test func distinguishesAChannelOffTheAirFromAnUnknownOne() throws {
        let stage = try stage()
        for operation in [IVSOperation.putMetadata, .getStream] {
            let extra = operation == .putMetadata ? #","metadata":"x""# : ""
            let offline = try call(stage, operation, #"{"channelArn":"\#(dark)"\#(extra)}"#)
            #expect(offline.status == 404)
            #expect(offline.call.code == "ChannelNotBroadcasting")
            let unknown = try call(stage, operation, #"{"channelArn":"\#(dark)X"\#(extra)}"#)
            #expect(unknown.status == 404)
            #expect(unknown.call.code == "ResourceNotFoundException")
        }
    }

    @Test func listsTheStreamsOnTheAirPageByPage() throws {
        let stage = try stage()
        let first = text(try call(stage, .listStreams, #"{"maxResults":1}"#))
        #expect(first.contains(live))
        #expect(!first.contains(other))
        #expect(first.contains(#""nextToken":"page-1""#))
        let second = text(
            try call(stage, .listStreams, #"{"maxResults":1,"nextToken":"page-1"}"#))
        #expect(second.contains(other))
        #expect(!second.contains("nextToken"))
        #expect(try call(stage, .listStreams, #"{"nextToken":"none"}"#).status == 400)
        #expect(!text(try call(stage, .listStreams, "{}")).contains(dark))
    }

    @Test func refusesAnotherSecretOtherPathsAndABodyThatIsNoJSON() throws {
        let stage = try stage()
        let wrong = Credentials(accessKeyID: "AKIASTAGE", secretAccessKey: "guessed")
        let body = #"{"channelArn":"\#(live)","metadata":"x"}"#
        #expect(try call(stage, .putMetadata, body, by: wrong).status == 403)
        #expect(try call(stage, .putMetadata, "not JSON").status == 400)
        let nowhere = stage.answer(
            SigningRequest(method: "POST", target: "/DeleteEverything", headers: [], body: []),
            wall: start, now: 0)
        #expect(nowhere.status == 403)
    }
}
