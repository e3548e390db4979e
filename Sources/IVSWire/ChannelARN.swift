import CueText

/// The name of one channel: `arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG123`.
///
/// IVS exists in the partition `aws` alone, and a channel lives in one region, whose endpoint is
/// the only one that knows it.
/// https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/API_Channel.html
package struct ChannelARN: Hashable, Sendable, CustomStringConvertible {
    /// The pattern that IVS's own model gives.
    static let pattern = "arn:aws:ivs:[a-z0-9-]+:[0-9]+:channel/[a-zA-Z0-9-]+"
    /// What messages show to those who gave something else.
    package static let example = "arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG123"

    package let text: String
    package let partition: String
    package let region: String
    package let account: String
    /// What follows `channel/`.
    package let resourceID: String

    /// Nil where the text does not match the pattern or has more than 128 characters.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= IVSLimits.channelARNLengthMax else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1] == "aws", parts[2] == "ivs",
            parts[5].hasPrefix("channel/")
        else { return nil }
        let identifier = parts[5].dropFirst("channel/".count)
        func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
        let hyphen = UInt8(ascii: "-")
        guard !parts[3].isEmpty, !parts[4].isEmpty, !identifier.isEmpty,
            parts[3].utf8.allSatisfy({ isLower($0) || $0.isDigit || $0 == hyphen }),
            parts[4].utf8.allSatisfy(\.isDigit),
            identifier.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == hyphen })
        else { return nil }
        self.text = String(text)
        partition = String(parts[1])
        region = String(parts[3])
        account = String(parts[4])
        resourceID = String(identifier)
    }

    package var description: String { text }
}
