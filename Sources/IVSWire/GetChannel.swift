internal import CueText

/// Asks for a channel's settings; the one request whose key is `arn`.
///
/// https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/API_GetChannel.html
package struct GetChannelRequest: Hashable, Sendable {
    package var channelARN: ChannelARN

    package init(channelARN: ChannelARN) {
        self.channelARN = channelARN
    }

    /// Reads a request's body.
    package init(body: some Collection<UInt8>) throws(WireProblem) {
        let object = try WireObject(body: body, bytesMax: IVSLimits.requestBytesMax)
        channelARN = try object.channelARN("arn")
    }

    /// The body as it is sent.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.field("arn", channelARN.text)
        }
        return writer.bytes
    }
}

/// What GetChannel answers.
package struct GetChannelResponse: Hashable, Sendable {
    var channel: IVSChannel

    package init(channel: IVSChannel) {
        self.channel = channel
    }

    /// Reads a response's body.
    package init(body: some Collection<UInt8>) throws(WireProblem) {
        let object = try WireObject(body: body, bytesMax: IVSLimits.responseBytesMax)
        channel = try IVSChannel(try object.object("channel"))
    }

    /// The body as it is sent.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.key("channel")
            channel.write(to: &$0)
        }
        return writer.bytes
    }
}

/// A channel's settings, as far as a show looks at them.
///
/// https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/API_Channel.html
package struct IVSChannel: Hashable, Sendable {
    var arn: ChannelARN
    var name: String?
    /// `NORMAL` or `LOW`.
    var latencyMode: String?
    /// `BASIC`, `STANDARD`, `ADVANCED_SD` or `ADVANCED_HD`.
    var type: String?
    var ingestEndpoint: String?
    var playbackURL: String?
    /// Whether playback needs a token.
    var authorized: Bool?

    package init(
        arn: ChannelARN, name: String? = nil, latencyMode: String? = nil, type: String? = nil,
        ingestEndpoint: String? = nil, playbackURL: String? = nil, authorized: Bool? = nil
    ) {
        self.arn = arn
        self.name = name
        self.latencyMode = latencyMode
        self.type = type
        self.ingestEndpoint = ingestEndpoint
        self.playbackURL = playbackURL
        self.authorized = authorized
    }

    init(_ object: WireObject) throws(WireProblem) {
        arn = try object.channelARN("arn")
        name = try object.optionalString("name")
        latencyMode = try object.optionalString("latencyMode")
        type = try object.optionalString("type")
        ingestEndpoint = try object.optionalString("ingestEndpoint")
        playbackURL = try object.optionalString("playbackUrl")
        authorized = try object.optionalBool("authorized")
    }

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("arn", arn.text)
            $0.optional("name", name)
            $0.optional("latencyMode", latencyMode)
            $0.optional("type", type)
            $0.optional("ingestEndpoint", ingestEndpoint)
            $0.optional("playbackUrl", playbackURL)
            if let authorized {
                $0.field("authorized", authorized)
            }
        }
    }
}
