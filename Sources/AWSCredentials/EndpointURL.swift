import AWSSigning

/// Reads `http://127.0.0.1:8080` and `https://ivs.us-west-2.amazonaws.com`.
package enum EndpointURL {
    /// The address without a slash at its end, and its `Host` header.
    package static func parse(_ text: String) throws(AWSProblem) -> (url: String, host: String) {
        func problem(_ what: String) -> AWSProblem {
            AWSProblem(
                .configuration, "the endpoint \"\(text)\" \(what)",
                hint: "an endpoint looks like https://ivs.us-west-2.amazonaws.com")
        }
        let url = text.hasSuffix("/") ? String(text.dropLast()) : text
        let isSecure = url.hasPrefix("https://")
        guard isSecure || url.hasPrefix("http://") else {
            throw problem("is not an http or https URL")
        }
        let rest = url.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        var name = authority
        var port: Int?
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            name = authority[..<colon]
            port = Int(authority[authority.index(after: colon)...])
            guard let port, (1...65_535).contains(port) else { throw problem("has no valid port") }
        }
        guard !name.isEmpty, !name.contains("@"), !name.contains(" ") else {
            throw problem("names no host")
        }
        return (url, SigningRequest.host(String(name), port: port, isSecure: isSecure))
    }
}
