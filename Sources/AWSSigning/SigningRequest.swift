package typealias HeaderField = (name: String, value: String)

/// An HTTP request as a signature covers it: what is about to be sent, or what was received.
package struct SigningRequest: Sendable {
    package var method: String
    /// Path and query exactly as they stand in the request line.
    package var target: String
    /// In their order; a name may come again.
    package var headers: [HeaderField]
    package var body: [UInt8]

    package init(method: String, target: String, headers: [HeaderField], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// The `Host` header for an address: lower case, with the port where it is not the scheme's
    /// own (443, or 80 without TLS); IPv6 addresses in brackets.
    package static func host(_ name: String, port: Int?, isSecure: Bool) -> String {
        let bare = asciiLowercased(name)
        let text =
            bare.utf8.contains(UInt8(ascii: ":")) && !bare.hasPrefix("[") ? "[\(bare)]" : bare
        guard let port, port != (isSecure ? 443 : 80) else { return text }
        return "\(text):\(port)"
    }

    /// The values of all headers of that name (lower case), in their order.
    func values(_ name: String) -> [String] {
        headers.filter { asciiLowercased($0.name) == name }.map(\.value)
    }
}

/// Lower case for A to Z alone: header names are ASCII, and Unicode's rules would change others.
func asciiLowercased(_ text: some StringProtocol) -> String {
    String(
        decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
}
