import CueText
import IVSWire
import Testing

private let arnText = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdEf123456"
private let arn = ChannelARN(arnText)

private func text(_ body: [UInt8]) -> String { String(decoding: body, as: UTF8.self) }

private func problem(_ body: () throws -> Void) -> WireProblem? {
    #expect(throws: WireProblem.self, performing: body)
}

@Suite struct OperationTests {
    @Test func givesEachOperationItsPathAndItsSuccess() {
        let all = IVSOperation.allCases.map { "\($0.path) \($0.successStatus)" }
        #expect(
            all == [
                "/PutMetadata 204", "/InsertAdBreak 200", "/GetStream 200", "/ListStreams 200",
                "/GetChannel 200",
            ])
        for operation in IVSOperation.allCases {
            #expect(IVSOperation(method: "POST", path: operation.path) == operation)
        }
    }

    @Test(arguments: [
        ("GET", "/PutMetadata"), ("post", "/PutMetadata"), ("POST", "/putmetadata"),
        ("POST", "PutMetadata"), ("POST", "/PutMetadata/"), ("POST", "/"), ("POST", ""),
    ])
    func findsNoOperationForOtherMethodsAndPaths(method: String, path: String) {
        #expect(IVSOperation(method: method, path: path) == nil)
    }

    @Test func usesTheLimitsOfIVSsDocumentation() {
        #expect(IVSLimits.metadataBytesMax == 1_024)
        #expect(IVSLimits.metadataPerSecondPerChannel == 5)
        #expect(IVSLimits.metadataPerSecondPerAccount == 155)
        #expect(IVSLimits.adBreakSeconds == 1...300)
        #expect(IVSLimits.regions.count == 7)
        #expect(IVSLimits.regions == IVSLimits.regions.sorted())
    }
}

@Suite struct ChannelARNTests {
    @Test func readsThePartsOfAnARN() throws {
        let arn = try #require(ChannelARN(arnText))
        #expect(arn.partition == "aws")
        #expect(arn.region == "us-west-2")
        #expect(arn.account == "123456789012")
        #expect(arn.resourceID == "AbCdEf123456")
        #expect(arn.text == arnText)
        #expect("\(arn)" == arnText)
        #expect(ChannelARN("arn:aws:ivs:r:1:channel/-") != nil)
    }

    @Test(arguments: [
        "", "arn", "main", "bad arn", "arn:aws:ivs:us-west-2:123456789012:stream-key/AbC",
        "arn:aws-cn:ivs:cn-north-1:123456789012:channel/AbC",
        "arn:aws:ivschat:us-west-2:123456789012:channel/AbC",
        "arn:aws:ivs:us-west-2:123456789012:channel/", "arn:aws:ivs::123456789012:channel/A",
        "arn:aws:ivs:us-west-2::channel/A", "arn:aws:ivs:US-WEST-2:1:channel/A",
        "arn:aws:ivs:us-west-2:12a:channel/A", "arn:aws:ivs:us-west-2:1:channel/A_b",
        "arn:aws:ivs:us-west-2:1:channel/A:b", "arn:aws:ivs:us-west-2:1:channel/é",
        "arn:aws:ivs:us-west-2:1:channel/A\n", " arn:aws:ivs:us-west-2:1:channel/A",
        "arn:aws:ivs:us-west-2:1:channel/A/b", "arn:aws:ivs:us-west-2:١:channel/A",
    ])
    func refusesWhatIsNotAnARN(text: String) {
        #expect(ChannelARN(text) == nil)
    }

    @Test func acceptsAnARNOf128CharactersAndNotOf129() {
        let head = "arn:aws:ivs:us-west-2:123456789012:channel/"
        #expect(ChannelARN(head + String(repeating: "a", count: 128 - head.utf8.count)) != nil)
        #expect(ChannelARN(head + String(repeating: "a", count: 129 - head.utf8.count)) == nil)
    }
}

@Suite struct RequestTests {
    @Test func writesPutMetadataToTheByteAndReadsItBack() throws {
        let request = PutMetadataRequest(
            channelARN: try #require(arn), metadata: #"{"cue":"q1","txt":"héllo/\"#)
        #expect(
            text(request.body)
                == #"{"channelArn":"\#(arnText)","metadata":"{\"cue\":\"q1\",\"txt\":\"héllo/\\"}"#)
        #expect(try PutMetadataRequest(body: request.body) == request)
    }

    @Test func readsPutMetadataAsBoto3SendsIt() throws {
        let body = #"{"channelArn": "\#(arnText)", "metadata": "{\"t\":12.5,\"x\":\"h\u00e9\"}"}"#
        let request = try PutMetadataRequest(body: body.utf8)
        #expect(request.metadata == #"{"t":12.5,"x":"hé"}"#)
    }

    @Test func acceptsMetadataOf1To1024BytesOfUTF8() throws {
        func read(_ metadata: String, _ most: Int = 1_024) throws {
            let request = PutMetadataRequest(channelARN: try #require(arn), metadata: metadata)
            _ = try PutMetadataRequest(body: request.body, metadataBytesMax: most)
        }
        try read("x")
        try read(String(repeating: "x", count: 1_024))
        try read(String(repeating: "é", count: 512))
        try read(String(repeating: "\u{1}", count: 1_024))
        try read(String(repeating: "x", count: 2_000), 2_000)
        #expect(problem { try read("") }?.code == .constraint)
        let long = problem { try read(String(repeating: "x", count: 1_025)) }
        #expect(long?.code == .constraint)
        #expect(long?.member == "metadata")
        #expect(long?.message == "metadata must have 1 to 1024 bytes")
        #expect(problem { try read(String(repeating: "é", count: 513)) }?.code == .constraint)
        #expect(problem { try read("xxx", 2) }?.code == .constraint)
    }

    @Test func writesInsertAdBreakToTheByteAndReadsItBackUpToItsLimits() throws {
        let request = InsertAdBreakRequest(channelARN: try #require(arn), durationSeconds: 30)
        #expect(text(request.body) == #"{"channelArn":"\#(arnText)","durationSeconds":30}"#)
        #expect(try InsertAdBreakRequest(body: request.body) == request)
        for seconds in [1, 300] {
            let body = #"{"channelArn":"\#(arnText)","durationSeconds":\#(seconds)}"#
            #expect(try InsertAdBreakRequest(body: body.utf8).durationSeconds == seconds)
        }
        for (value, code) in [
            ("0", WireProblem.Code.constraint), ("301", .constraint), ("-1", .constraint),
            ("9223372036854775807", .constraint), ("9223372036854775808", .type),
            ("1.5", .type), ("\"30\"", .type), ("null", .missing),
        ] {
            let body = #"{"channelArn":"\#(arnText)","durationSeconds":\#(value)}"#
            let found = problem { _ = try InsertAdBreakRequest(body: body.utf8) }
            #expect(found?.code == code, "\(value)")
            #expect(found?.member == "durationSeconds")
        }
    }

    @Test func namesTheChannelByTheKeyOfGetStreamAndGetChannel() throws {
        let stream = GetStreamRequest(channelARN: try #require(arn))
        #expect(text(stream.body) == #"{"channelArn":"\#(arnText)"}"#)
        #expect(try GetStreamRequest(body: stream.body) == stream)
        let channel = GetChannelRequest(channelARN: try #require(arn))
        #expect(text(channel.body) == #"{"arn":"\#(arnText)"}"#)
        #expect(try GetChannelRequest(body: channel.body) == channel)
        #expect(problem { _ = try GetChannelRequest(body: stream.body) }?.code == .missing)
        #expect(problem { _ = try GetStreamRequest(body: channel.body) }?.member == "channelArn")
    }

    @Test func writesListStreamsToTheByteAndReadsItBackUpToItsLimits() throws {
        #expect(text(ListStreamsRequest().body) == "{}")
        #expect(try ListStreamsRequest(body: "{}".utf8) == ListStreamsRequest())
        let request = ListStreamsRequest(health: .starving, nextToken: "t+/=", maxResults: 100)
        #expect(
            text(request.body)
                == #"{"filterBy":{"health":"STARVING"},"nextToken":"t+/=","maxResults":100}"#)
        #expect(try ListStreamsRequest(body: request.body) == request)
        #expect(try ListStreamsRequest(body: #"{"maxResults":1}"#.utf8).maxResults == 1)
        for count in [0, 101] {
            let body = #"{"maxResults":\#(count)}"#
            #expect(
                problem { _ = try ListStreamsRequest(body: body.utf8) }?.member == "maxResults")
        }
        let token = String(repeating: "t", count: 1_024)
        #expect(try ListStreamsRequest(body: #"{"nextToken":"\#(token)"}"#.utf8).nextToken == token)
        #expect(
            problem { _ = try ListStreamsRequest(body: #"{"nextToken":"\#(token)t"}"#.utf8) }?.code
                == .constraint)
        let health = problem {
            _ = try ListStreamsRequest(body: #"{"filterBy":{"health":1}}"#.utf8)
        }
        #expect(health?.member == "filterBy.health")
    }

    @Test(arguments: [
        ("", WireProblem.Code.notJSON), ("{", .notJSON), ("[]", .notJSON), ("\"x\"", .notJSON),
        ("null", .notJSON), ("{}{}", .notJSON), ("\u{FEFF}{}", .notJSON),
        (#"{"channelArn":"\ud800"}"#, .notJSON), ("{}", .missing),
        (#"{"channelArn":null,"metadata":"x"}"#, .missing),
        (#"{"channelArn":1,"metadata":"x"}"#, .type),
        (#"{"channelArn":"bad arn","metadata":"x"}"#, .constraint),
        (#"{"channelArn":"\#(arnText)"}"#, .missing),
        (#"{"channelArn":"\#(arnText)","metadata":{}}"#, .type),
        (#"{"channelArn":"\#(arnText)","metadata":["x"]}"#, .type),
    ])
    func refusesGarbageWithAnErrorOfAKind(body: String, code: WireProblem.Code) {
        #expect(problem { _ = try PutMetadataRequest(body: body.utf8) }?.code == code)
    }

    @Test func refusesBytesThatAreNotUTF8AndDepth() {
        let head = Array(#"{"channelArn":"\#(arnText)","metadata":""#.utf8)
        #expect(
            problem { _ = try PutMetadataRequest(body: head + [0xFF, 0x22, 0x7D]) }?.code
                == .notJSON)
        let deep = String(repeating: "[", count: 60_000)
        #expect(problem { _ = try PutMetadataRequest(body: deep.utf8) }?.code == .notJSON)
    }

    @Test func readsABodyOf65536BytesAndNotOneMore() throws {
        let body = Array(#"{"channelArn":"\#(arnText)"}"#.utf8)
        let full = body + Array(repeating: 0x20, count: 65_536 - body.count)
        #expect(try GetStreamRequest(body: full).channelARN == arn)
        #expect(problem { _ = try GetStreamRequest(body: full + [0x20]) }?.code == .tooLarge)
    }

    @Test func quotesTheMetadataInNoProblem() {
        let body = #"{"channelArn":"secret-arn","metadata":"secret-metadata"}"#
        let found = problem { _ = try PutMetadataRequest(body: body.utf8) }
        #expect("\(String(describing: found))".contains("secret") == false)
        #expect(found?.description.hasSuffix("[constraint]") == true)
    }
}

@Suite struct ResponseTests {
    @Test func writesGetStreamToTheByteAndReadsItBack() throws {
        let stream = IVSStream(
            channelARN: try #require(arn), streamID: "st-1A2b3c4D5e6F78ghij9Klmn",
            playbackURL: "https://x.playback.live-video.net/a.m3u8",
            startTime: WallTime(seconds: 1_588_715_738), state: .live, health: .healthy,
            viewerCount: -1)
        let response = GetStreamResponse(stream: stream)
        #expect(
            text(response.body)
                == #"{"stream":{"channelArn":"\#(arnText)","#
                + #""streamId":"st-1A2b3c4D5e6F78ghij9Klmn","#
                + #""playbackUrl":"https://x.playback.live-video.net/a.m3u8","#
                + #""startTime":"2020-05-05T21:55:38Z","state":"LIVE","health":"HEALTHY","#
                + #""viewerCount":-1}}"#)
        #expect(try GetStreamResponse(body: response.body) == response)
    }

    @Test(
        arguments: [
            ("2020-05-05T21:55:38Z", 1_588_715_738_000_000_000),
            ("2020-05-05T21:55:38+00:00", 1_588_715_738_000_000_000),
            ("2020-05-05T14:55:38-07:00", 1_588_715_738_000_000_000),
            ("2020-05-05T21:55:38.25Z", 1_588_715_738_250_000_000),
            ("2020-05-05T23:55:38.000000001+02:00", 1_588_715_738_000_000_001),
        ] as [(String, Int64)])
    func readsStartTimesInAllFormsThatMayCome(form: String, nanoseconds: Int64) throws {
        let body =
            #"{"stream":{"channelArn":"\#(arnText)","streamId":"st-1","startTime":"\#(form)"}}"#
        let stream = try GetStreamResponse(body: body.utf8).stream
        #expect(stream.startTime == WallTime(nanoseconds: nanoseconds))
        #expect(
            try GetStreamResponse(body: GetStreamResponse(stream: stream).body).stream == stream)
    }

    @Test(arguments: [
        "", "2020-05-05T21:55:38", "2020-05-05", "yesterday", "1588715738",
        "2020-13-05T21:55:38Z", "2020-05-05T21:55:38+0000",
    ])
    func refusesAStartTimeThatNamesNoMoment(form: String) {
        let body =
            #"{"stream":{"channelArn":"\#(arnText)","streamId":"st-1","startTime":"\#(form)"}}"#
        let found = problem { _ = try GetStreamResponse(body: body.utf8) }
        #expect(found?.code == .constraint)
        #expect(found?.member == "stream.startTime")
    }

    @Test func keepsNewWordsAndDoesWithoutWhatIVSLeavesOut() throws {
        let body =
            #"{"more":[1],"stream":{"channelArn":"\#(arnText)","streamId":"st-1","new":{},"#
            + #""health":"SPLENDID","state":null}}"#
        let stream = try GetStreamResponse(body: body.utf8).stream
        #expect(stream.startTime == nil)
        #expect(stream.state == nil)
        #expect(stream.viewerCount == nil)
        #expect(stream.health?.rawValue == "SPLENDID")
    }

    @Test(arguments: [
        ("{}", "stream"), (#"{"stream":[]}"#, "stream"),
        (#"{"stream":{}}"#, "stream.channelArn"),
        (#"{"stream":{"channelArn":"\#(arnText)"}}"#, "stream.streamId"),
        (
            #"{"stream":{"channelArn":"\#(arnText)","streamId":"s","viewerCount":"1"}}"#,
            "stream.viewerCount"
        ),
        ("<html>", ""),
    ])
    func refusesWhatIsNotAResponse(body: String, member: String) {
        #expect(problem { _ = try GetStreamResponse(body: body.utf8) }?.member == member)
    }

    @Test func writesListStreamsToTheByteAndReadsItBack() throws {
        let channel = try #require(arn)
        let response = ListStreamsResponse(
            streams: [
                IVSStream(channelARN: channel, streamID: "st-1", state: .live, viewerCount: 3),
                IVSStream(channelARN: channel, streamID: "st-2", health: .unknown),
            ], nextToken: "next")
        #expect(
            text(response.body)
                == #"{"streams":[{"channelArn":"\#(arnText)","streamId":"st-1","state":"LIVE","#
                + #""viewerCount":3},{"channelArn":"\#(arnText)","streamId":"st-2","#
                + #""health":"UNKNOWN"}],"nextToken":"next"}"#)
        #expect(try ListStreamsResponse(body: response.body) == response)
        let empty = ListStreamsResponse(streams: [])
        #expect(text(empty.body) == #"{"streams":[]}"#)
        #expect(try ListStreamsResponse(body: empty.body) == empty)
        let found = problem { _ = try ListStreamsResponse(body: #"{"streams":[{},1]}"#.utf8) }
        #expect(found?.member == "streams[0].channelArn" || found?.member == "streams[1]")
        #expect(problem { _ = try ListStreamsResponse(body: "{}".utf8) }?.code == .missing)
    }

    @Test func writesGetChannelToTheByteAndReadsItBack() throws {
        let response = GetChannelResponse(
            channel: IVSChannel(
                arn: try #require(arn), name: "show", latencyMode: "LOW", type: "STANDARD",
                ingestEndpoint: "a.global-contribute.live-video.net", playbackURL: "https://p",
                authorized: false))
        #expect(
            text(response.body)
                == #"{"channel":{"arn":"\#(arnText)","name":"show","latencyMode":"LOW","#
                + #""type":"STANDARD","ingestEndpoint":"a.global-contribute.live-video.net","#
                + #""playbackUrl":"https://p","authorized":false}}"#)
        #expect(try GetChannelResponse(body: response.body) == response)
        let wrong = #"{"channel":{"arn":"\#(arnText)","authorized":"no"}}"#
        #expect(problem { _ = try GetChannelResponse(body: wrong.utf8) }?.code == .type)
    }

    @Test func writesInsertAdBreakToTheByteAndReadsItBack() throws {
        let response = InsertAdBreakResponse(adBreakID: "abcDEF123456")
        #expect(text(response.body) == #"{"adBreakId":"abcDEF123456"}"#)
        #expect(try InsertAdBreakResponse(body: response.body) == response)
        #expect(problem { _ = try InsertAdBreakResponse(body: "{}".utf8) }?.code == .missing)
    }

    @Test func readsAResponseOf1MiBAndNotOneByteMore() throws {
        let body = InsertAdBreakResponse(adBreakID: "a").body
        let full = body + Array(repeating: 0x20, count: 1_048_576 - body.count)
        #expect(try InsertAdBreakResponse(body: full).adBreakID == "a")
        #expect(problem { _ = try InsertAdBreakResponse(body: full + [0x20]) }?.code == .tooLarge)
    }
}
