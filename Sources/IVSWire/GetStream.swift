internal import CueText

/// Asks for a channel's live stream; a channel that is off the air answers ChannelNotBroadcasting.
///
/// https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/API_GetStream.html
package struct GetStreamRequest: Hashable, Sendable {
    package var channelARN: ChannelARN

    package init(channelARN: ChannelARN) {
        self.channelARN = channelARN
    }

    /// Reads a request's body.
    package init(body: some Collection<UInt8>) throws(WireProblem) {
        let object = try WireObject(body: body, bytesMax: IVSLimits.requestBytesMax)
        channelARN = try object.channelARN("channelArn")
    }

    /// The body as it is sent.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.field("channelArn", channelARN.text)
        }
        return writer.bytes
    }
}

/// What GetStream answers.
package struct GetStreamResponse: Hashable, Sendable {
    package var stream: IVSStream

    package init(stream: IVSStream) {
        self.stream = stream
    }

    /// Reads a response's body.
    package init(body: some Collection<UInt8>) throws(WireProblem) {
        let object = try WireObject(body: body, bytesMax: IVSLimits.responseBytesMax)
        stream = try IVSStream(try object.object("stream"))
    }

    /// The body as it is sent.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.key("stream")
            stream.write(to: &$0)
        }
        return writer.bytes
    }
}
