package import CueText

extension WallTime {
    /// Reads `20261127T190130Z`, the form of `X-Amz-Date`; nil where the text is anything else.
    package init?(basic text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 16 else { return nil }
        func part(_ range: Range<Int>) -> String {
            String(decoding: bytes[range], as: UTF8.self)
        }
        guard part(8..<9) == "T", part(15..<16) == "Z" else { return nil }
        self.init(
            rfc3339: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T"
                + "\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
    }
}
