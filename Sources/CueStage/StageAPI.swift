package import AWSSigning
import CueText
package import IVSWire
import Synchronization

/// What a stage is to be.
package struct StageSettings: Sendable {
    /// Channels that are on the air from the start.
    var live: [ChannelARN]
    /// Channels that exist and are off the air.
    var offline: [ChannelARN]
    var credentials: Credentials
    /// Runs its limits so much faster, for a rehearsal that does.
    package var speed: Double = 1
    /// 0 is a port that is free.
    package var port: Int = 0
    /// The streams start at the next whole second, so that a rehearsal's first cue is not late:
    /// IVS tells a start in whole seconds. Otherwise they have started by now.
    package var startsAhead = false
    /// The address that is listened on.
    package var host = StageSettings.loopback
    /// How much later viewers get the video than IVS got the frames, as if it were IVS.
    package var delay: Duration = .zero
    package var faults = FaultInjection()
    /// Where answers are kept; nil is memory alone.
    package var answersPath: String?

    package static let loopback = "127.0.0.1"

    package init(
        live: [ChannelARN], offline: [ChannelARN] = [], credentials: Credentials
    ) {
        self.live = live
        self.offline = offline
        self.credentials = credentials
    }
}

/// A call that the stage answered.
package struct StageCall: Sendable {
    package var operation: String
    package var channel: String?
    package var status: Int
    /// AWS's name for what was wrong; nil where nothing was.
    package var code: String?
    package var metadata: String?
}

/// An answer of the stage, not yet on its way.
struct StageReply: Sendable {
    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var call: StageCall
}

/// The part of IVS's API that a show uses, with IVS's limits, error names and shapes, and with
/// every signature verified as AWS would.
///
/// It judges in the order that AWS's gateway and service do: signature, operation, form, channel,
/// rate, stream. https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/Welcome.html
final class StageAPI: Sendable {
    private struct State {
        var puts: RateLimit
        var reads: RateLimit
        var adBreaks = 0
        var draws = FaultDraws()
        /// Where the stage is reached, once it is.
        var url: String?
    }

    private struct Channel {
        var arn: ChannelARN
        var isLive: Bool
    }

    private let channels: [Channel]
    private let start: WallTime
    private let startsAhead: Bool
    private let startBoot: Int64
    private let faults: FaultInjection
    private let viewers: @Sendable () -> Int
    private let verifiers: [String: SignatureVerifier]
    private let state: Mutex<State>

    /// `start` is when the live channels went on the air, and `now` the same on the steady clock;
    /// IVS tells it in whole seconds. `viewers` counts those whose video is running.
    init(
        _ settings: StageSettings, start: WallTime, now: Int64 = 0,
        viewers: @escaping @Sendable () -> Int = { 0 }
    ) {
        let channels =
            settings.live.map { Channel(arn: $0, isLive: true) }
            + settings.offline.map { Channel(arn: $0, isLive: false) }
        self.channels = channels
        self.start = start
        self.viewers = viewers
        startsAhead = settings.startsAhead
        startBoot = now
        faults = settings.faults
        let known = settings.credentials
        verifiers = Dictionary(
            channels.map { channel in
                let region = channel.arn.region
                return (
                    region,
                    SignatureVerifier(region: region, service: IVSOperation.signingName) { id in
                        id == known.accessKeyID ? known : nil
                    }
                )
            }, uniquingKeysWith: { first, _ in first })
        // Reads share one limit an operation; its place is kept like a channel's.
        state = Mutex(
            State(
                puts: RateLimit(
                    channels: channels.count, perChannel: IVSLimits.metadataPerSecondPerChannel,
                    perAccount: IVSLimits.metadataPerSecondPerAccount,
                    window: Self.window(settings.speed),
                    speed: settings.speed),
                reads: RateLimit(
                    channels: IVSOperation.allCases.count,
                    perChannel: IVSLimits.callsPerSecondPerAccount, perAccount: 0,
                    window: .seconds(1))))
    }

    /// IVS's second; where it runs faster than life it is shorter by what the network, which
    /// does not, may bunch.
    private static func window(_ speed: Double) -> Duration {
        guard speed > 1 else { return .seconds(1) }
        return max(.zero, .seconds(1) - .milliseconds(5) * speed)
    }

    /// Tells the API where players reach the stage.
    func open(at url: String) {
        state.withLock { $0.url = url }
    }

    /// The live stream of a channel at a moment of the steady clock; nil while it is off the air.
    private func stream(of channel: Int, now: Int64) -> IVSStream? {
        guard channels[channel].isLive, let on = faults.airtime.stream(at: now - startBoot)
        else { return nil }
        let arn = channels[channel].arn
        let began = start + .nanoseconds(on.began)
        let second = began.nanoseconds / 1_000_000_000
        let playback = state.withLock { $0.url }.map { url in
            channel == 0 ? "\(url)/live.m3u8" : "\(url)/live/\(arn.resourceID)/live.m3u8"
        }
        return IVSStream(
            channelARN: arn, streamID: Self.streamID(arn, began), playbackURL: playback,
            startTime: WallTime(seconds: startsAhead && on.number == 0 ? second + 1 : second),
            state: .live, health: .healthy, viewerCount: Int64(viewers()))
    }

    /// 26 characters, as IVS has them; the same for a channel and a start.
    private static func streamID(_ arn: ChannelARN, _ start: WallTime) -> String {
        let hash = hashText("\(arn.text) \(start.nanoseconds)") + hashText(arn.text)
        return "st-" + hash.prefix(23)
    }

    /// Answers one request. `now` is when it arrived, by the calendar and on a steady clock.
    func answer(_ request: SigningRequest, wall: WallTime, now: Int64) -> StageReply {
        let path = request.target.prefix { $0 != "?" }
        let operation = IVSOperation(method: request.method, path: path)
        var call = StageCall(operation: operation?.name ?? String(path), status: 200)
        do throws(IVSError) {
            try verify(request, wall: wall)
            guard let operation else {
                throw IVSError(
                    code: "UnknownOperationException", status: 404,
                    message: "there is no operation \(request.method) \(path)")
            }
            let body = try perform(operation, request.body, now: now, call: &call)
            call.status = operation.successStatus
            return StageReply(
                status: call.status,
                headers: body.isEmpty ? [] : [("Content-Type", IVSOperation.contentType)],
                body: body, call: call)
        } catch {
            call.status = error.status
            call.code = error.code
            return StageReply(
                status: error.status, headers: error.headers, body: error.body, call: call)
        }
    }

    private func verify(_ request: SigningRequest, wall: WallTime) throws(IVSError) {
        // The region that the request claims; one that no channel is in fails with the first's.
        let claimed = request.headers.first { $0.name.lowercased() == "authorization" }?.value
            .split(separator: "/").dropFirst(2).first.map(String.init)
        let verifier =
            claimed.flatMap { verifiers[$0] }
            ?? verifiers.sorted { $0.key < $1.key }.first?.value
        let verdict: SignatureVerifier.Verdict?
        do throws(SigningError) {
            verdict = try verifier?.verify(request, at: wall)
        } catch {
            throw .internalServer(error.message)
        }
        if case .rejected(let rejection) = verdict {
            throw IVSError(
                code: rejection.code.rawValue, status: rejection.status,
                message: rejection.message)
        }
    }

    private func perform(
        _ operation: IVSOperation, _ body: [UInt8], now: Int64, call: inout StageCall
    ) throws(IVSError) -> [UInt8] {
        switch operation {
        case .putMetadata:
            let request = try Self.decoded { () throws(WireProblem) in
                try PutMetadataRequest(body: body)
            }
            call.metadata = request.metadata
            try fail()
            try put(request.channelARN, now: now, call: &call)
            return []
        case .insertAdBreak:
            let request = try Self.decoded { () throws(WireProblem) in
                try InsertAdBreakRequest(body: body)
            }
            try put(request.channelARN, now: now, call: &call)
            return InsertAdBreakResponse(adBreakID: nextAdBreak()).body
        case .getStream:
            let request = try Self.decoded { () throws(WireProblem) in
                try GetStreamRequest(body: body)
            }
            let channel = try channel(request.channelARN, call: &call)
            try read(operation, now: now)
            guard let stream = stream(of: channel, now: now) else { throw Self.offline }
            return GetStreamResponse(stream: stream).body
        case .getChannel:
            let request = try Self.decoded { () throws(WireProblem) in
                try GetChannelRequest(body: body)
            }
            let channel = try channel(request.channelARN, call: &call)
            try read(operation, now: now)
            return GetChannelResponse(channel: describe(channels[channel].arn)).body
        case .listStreams:
            let request = try Self.decoded { () throws(WireProblem) in
                try ListStreamsRequest(body: body)
            }
            try read(operation, now: now)
            return try list(request, now: now).body
        }
    }

    private static func decoded<Value>(
        _ decode: () throws(WireProblem) -> Value
    ) throws(IVSError) -> Value {
        do throws(WireProblem) {
            return try decode()
        } catch {
            throw IVSError(error)
        }
    }

    // MARK: Operations

    private static let offline = IVSError.channelNotBroadcasting(
        "The stream is offline for the given channel ARN.")

    private func channel(_ arn: ChannelARN, call: inout StageCall) throws(IVSError) -> Int {
        call.channel = arn.resourceID
        guard let index = channels.firstIndex(where: { $0.arn == arn }) else {
            throw .resourceNotFound("Channel \(arn.text) does not exist.")
        }
        return index
    }

    private func put(_ arn: ChannelARN, now: Int64, call: inout StageCall) throws(IVSError) {
        let channel = try channel(arn, call: &call)
        let isAllowed = state.withLock { state in
            guard state.puts.earliest(channel: channel, now: now) <= now else { return false }
            state.puts.record(channel: channel, at: now)
            return true
        }
        guard isAllowed else { throw Self.throttled }
        guard stream(of: channel, now: now) != nil else { throw Self.offline }
    }

    /// Fails where the faults that were asked for say so.
    private func fail() throws(IVSError) {
        let failure = state.withLock { $0.draws.failure(among: faults.failures) }
        if let failure { throw failure.error }
    }

    private func read(_ operation: IVSOperation, now: Int64) throws(IVSError) {
        let place = IVSOperation.allCases.firstIndex(of: operation) ?? 0
        let isAllowed = state.withLock { state in
            guard state.reads.earliest(channel: place, now: now) <= now else { return false }
            state.reads.record(channel: place, at: now)
            return true
        }
        guard isAllowed else { throw Self.throttled }
    }

    private static let throttled = IVSError.throttling(
        "Request was denied due to request throttling.")

    /// 12 characters, as IVS has them.
    private func nextAdBreak() -> String {
        let count = state.withLock { state in
            state.adBreaks += 1
            return state.adBreaks
        }
        return String(hashText("ad break \(count)").prefix(12))
    }

    private func describe(_ arn: ChannelARN) -> IVSChannel {
        IVSChannel(
            arn: arn, name: arn.resourceID, latencyMode: "LOW", type: "STANDARD",
            authorized: false)
    }

    private func list(
        _ request: ListStreamsRequest, now: Int64
    ) throws(IVSError) -> ListStreamsResponse {
        var first = 0
        if let token = request.nextToken {
            guard token.hasPrefix("page-"), let index = Int(token.dropFirst(5)), index >= 0 else {
                throw .validation("The nextToken is not valid.")
            }
            first = index
        }
        let live = channels.indices.compactMap { stream(of: $0, now: now) }
            .filter { request.health == nil || $0.health == request.health }
        let page = live.dropFirst(first).prefix(
            request.maxResults ?? IVSLimits.listStreamsResults.upperBound)
        let rest = first + page.count
        return ListStreamsResponse(
            streams: Array(page), nextToken: rest < live.count ? "page-\(rest)" : nil)
    }
}

/// Why a stage can't be set up.
package struct StageProblem: Error, Hashable, Sendable {
    package var message: String
}
