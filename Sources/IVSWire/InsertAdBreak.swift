internal import CueText

/// Inserts an ad break into a live stream.
///
/// https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/API_InsertAdBreak.html
package struct InsertAdBreakRequest: Hashable, Sendable {
    package var channelARN: ChannelARN
    /// At most how long it lasts, 1 to 300 seconds.
    package var durationSeconds: Int

    package init(channelARN: ChannelARN, durationSeconds: Int) {
        self.channelARN = channelARN
        self.durationSeconds = durationSeconds
    }

    /// Reads a request's body, refusing a duration outside of IVS's range.
    package init(body: some Collection<UInt8>) throws(WireProblem) {
        let object = try WireObject(body: body, bytesMax: IVSLimits.requestBytesMax)
        channelARN = try object.channelARN("channelArn")
        let range = IVSLimits.adBreakSeconds
        guard let seconds = try object.optionalInteger("durationSeconds") else {
            throw WireProblem(
                code: .missing, member: "durationSeconds", message: "durationSeconds is missing")
        }
        guard let whole = Int(exactly: seconds), range.contains(whole) else {
            throw object.constraint(
                "durationSeconds", "must be \(range.lowerBound) to \(range.upperBound)")
        }
        durationSeconds = whole
    }

    /// The body as it is sent.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.field("channelArn", channelARN.text)
            $0.field("durationSeconds", durationSeconds)
        }
        return writer.bytes
    }
}

/// What InsertAdBreak answers.
package struct InsertAdBreakResponse: Hashable, Sendable {
    package var adBreakID: String

    package init(adBreakID: String) {
        self.adBreakID = adBreakID
    }

    /// Reads a response's body.
    package init(body: some Collection<UInt8>) throws(WireProblem) {
        let object = try WireObject(body: body, bytesMax: IVSLimits.responseBytesMax)
        adBreakID = try object.string("adBreakId")
    }

    /// The body as it is sent.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.field("adBreakId", adBreakID)
        }
        return writer.bytes
    }
}
