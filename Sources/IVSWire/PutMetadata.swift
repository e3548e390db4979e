internal import CueText

/// Inserts a text into a live stream; the answer is 204 with an empty body.
///
/// It has no idempotency token: the same request sent twice inserts twice.
/// https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/API_PutMetadata.html
package struct PutMetadataRequest: Hashable, Sendable {
    package var channelARN: ChannelARN
    /// What every viewer gets, 1 to 1,024 bytes of UTF-8.
    package var metadata: String

    package init(channelARN: ChannelARN, metadata: String) {
        self.channelARN = channelARN
        self.metadata = metadata
    }

    /// Reads a request's body, refusing metadata that is empty or longer than `metadataBytesMax`.
    package init(
        body: some Collection<UInt8>, metadataBytesMax: Int = IVSLimits.metadataBytesMax
    ) throws(WireProblem) {
        let object = try WireObject(body: body, bytesMax: IVSLimits.requestBytesMax)
        channelARN = try object.channelARN("channelArn")
        metadata = try object.string("metadata")
        guard !metadata.isEmpty, metadata.utf8.count <= metadataBytesMax else {
            throw object.constraint("metadata", "must have 1 to \(metadataBytesMax) bytes")
        }
    }

    /// The body as it is sent.
    package var body: [UInt8] {
        var writer = JSONWriter(capacity: metadata.utf8.count + 256)
        writer.object {
            $0.field("channelArn", channelARN.text)
            $0.field("metadata", metadata)
        }
        return writer.bytes
    }
}
