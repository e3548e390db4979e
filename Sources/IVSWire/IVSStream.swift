package import CueText

/// A live stream, as GetStream and ListStreams tell of it.
///
/// https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/API_Stream.html
package struct IVSStream: Hashable, Sendable {
    /// A word of IVS's that may grow new values.
    package struct State: RawRepresentable, Hashable, Sendable {
        package var rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        package static let live = State(rawValue: "LIVE")
        /// IVS may not send it: the error ChannelNotBroadcasting says that a stream is over.
        package static let offline = State(rawValue: "OFFLINE")
    }

    package struct Health: RawRepresentable, Hashable, Sendable {
        package var rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        package static let healthy = Health(rawValue: "HEALTHY")
        package static let starving = Health(rawValue: "STARVING")
        package static let unknown = Health(rawValue: "UNKNOWN")
    }

    var channelARN: ChannelARN
    /// `st-` and 23 characters, another one for each stream.
    package var streamID: String
    /// Not told by ListStreams.
    var playbackURL: String?
    /// When the stream went live. IVS's examples are in whole seconds, so that it is exact to ±1 s.
    package var startTime: WallTime?
    package var state: State?
    package var health: Health?
    /// Viewers at present; −1 where IVS could not count them in time.
    package var viewerCount: Int64?

    package init(
        channelARN: ChannelARN, streamID: String, playbackURL: String? = nil,
        startTime: WallTime? = nil, state: State? = nil, health: Health? = nil,
        viewerCount: Int64? = nil
    ) {
        self.channelARN = channelARN
        self.streamID = streamID
        self.playbackURL = playbackURL
        self.startTime = startTime
        self.state = state
        self.health = health
        self.viewerCount = viewerCount
    }

    init(_ object: WireObject) throws(WireProblem) {
        channelARN = try object.channelARN("channelArn")
        streamID = try object.string("streamId")
        playbackURL = try object.optionalString("playbackUrl")
        startTime = try object.optionalTime("startTime")
        state = try object.optionalString("state").map(State.init)
        health = try object.optionalString("health").map(Health.init)
        viewerCount = try object.optionalInteger("viewerCount")
    }

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("channelArn", channelARN.text)
            $0.field("streamId", streamID)
            $0.optional("playbackUrl", playbackURL)
            $0.optional("startTime", startTime?.iso8601)
            $0.optional("state", state?.rawValue)
            $0.optional("health", health?.rawValue)
            if let viewerCount {
                $0.field("viewerCount", viewerCount)
            }
        }
    }
}

extension WallTime {
    /// Whole seconds as IVS writes them, and a fraction only where there is one.
    var iso8601: String { rfc3339(nanoseconds % 1_000_000_000 == 0 ? .none : .nanoseconds) }
}

extension JSONWriter {
    mutating func optional(_ key: String, _ text: String?) {
        guard let text else { return }
        self.key(key)
        string(text)
    }
}
