/// What IVS accepts, in bytes, seconds and calls a second; each number stands here alone.
///
/// https://docs.aws.amazon.com/ivs/latest/LowLatencyUserGuide/service-quotas.html
package enum IVSLimits {
    /// Bytes of `metadata` in UTF-8. The documentation says "1 KB"; 1,024 bytes of the text itself
    /// is how AWS's own sample reads it.
    package static let metadataBytesMax = 1_024
    /// PutMetadata calls a second for one channel; not adjustable.
    package static let metadataPerSecondPerChannel = 5
    /// PutMetadata calls a second for all channels of an account in a region; not adjustable.
    package static let metadataPerSecondPerAccount = 155
    /// Calls a second of every other operation here, for all channels together.
    package static let callsPerSecondPerAccount = 5
    /// Seconds of an ad break.
    package static let adBreakSeconds = 1...300
    /// Characters of a channel's ARN.
    static let channelARNLengthMax = 128
    /// Streams that one ListStreams may ask for.
    package static let listStreamsResults = 1...100
    /// Characters of a page's token.
    static let nextTokenLengthMax = 1_024

    /// Bytes of the longest request body that is read: a full `metadata`, each byte escaped, is
    /// some 6 KB.
    package static let requestBytesMax = 65_536
    /// Bytes of the longest response body that is read: a full page of ListStreams is some 50 KB.
    static let responseBytesMax = 1_048_576

    /// Where IVS is known to exist; a newer region is no mistake.
    /// https://docs.aws.amazon.com/general/latest/gr/ivs.html
    package static let regions = [
        "ap-northeast-1", "ap-northeast-2", "ap-south-1", "eu-central-1", "eu-west-1",
        "us-east-1", "us-west-2",
    ]
}
