import CueText

/// A proxy that connections go through.
package struct ProxyServer: Hashable, Sendable {
    package var host: String
    package var port: Int
    /// Decoded; nil where the proxy wants none.
    package var user: String?
    package var password: String?
}

extension ProxyServer: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without user and password, which reach no log.
    package var description: String { "\(host):\(port)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["server": description]) }
}

/// Which proxy a host is reached through, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say it.
///
/// Read as AWS's own tools read them: the lower-case form of a name wins, also where it is empty;
/// NO_PROXY is `*`, or hosts with everything below them, each with or without a port. Proxies are
/// reached by HTTP; a TLS target goes through CONNECT, so that a proxy sees its host name alone.
/// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html
package struct ProxySettings: Hashable, Sendable {
    private var forHTTPS: ProxyServer?
    private var forHTTP: ProxyServer?
    private var exceptions: [String] = []

    /// No proxy for anything.
    init() {}

    package init(variables: [String: String]) throws(TransportProblem) {
        func value(_ name: String) -> (text: String, name: String)? {
            for name in [name, name.uppercased()] {
                guard let text = variables[name] else { continue }
                return text.isEmpty ? nil : (text, name)
            }
            return nil
        }
        forHTTPS = try Self.server(value("https_proxy"))
        // In a CGI program HTTP_PROXY is what a client sent as its Proxy header.
        if variables["REQUEST_METHOD"] == nil || variables["http_proxy"] != nil {
            forHTTP = try Self.server(value("http_proxy"))
        }
        exceptions = (value("no_proxy")?.text ?? "").split(separator: ",").map {
            let name = $0.filter { !$0.isWhitespace }.lowercased()
            return String(name.drop { $0 == "." })
        }.filter { !$0.isEmpty }
    }

    package var isEmpty: Bool { forHTTPS == nil && forHTTP == nil }

    /// The proxy for a URL; nil where it is reached directly.
    package func server(for url: String) -> ProxyServer? {
        if isEmpty { return nil }
        let isSecure = url.hasPrefix("https://")
        guard let server = isSecure ? forHTTPS : forHTTP,
            let start = url.firstRange(of: "://")?.upperBound
        else { return nil }
        let authority = url[start...].prefix { !"/?#".contains($0) }.lowercased()
        return isException(authority) ? nil : server
    }

    private func isException(_ authority: String) -> Bool {
        var host = authority
        if let colon = authority.lastIndex(of: ":"),
            authority[colon...].dropFirst().allSatisfy(\.isNumber)
        {
            host = String(authority[..<colon])
        }
        return exceptions.contains { name in
            if name == "*" { return true }
            return [host, authority].contains { $0 == name || $0.hasSuffix("." + name) }
        }
    }

    private static func server(
        _ value: (text: String, name: String)?
    ) throws(TransportProblem) -> ProxyServer? {
        guard let value else { return nil }
        func problem(_ what: String) -> TransportProblem {
            TransportProblem(
                kind: .unreachable, code: "proxy_setting", message: "\(value.name) \(what)")
        }
        var rest = Substring(value.text)
        if let mark = rest.firstRange(of: "://") {
            let scheme = rest[..<mark.lowerBound].lowercased()
            guard scheme == "http" else {
                throw problem("names a proxy of the kind \(scheme)://; only http:// is known")
            }
            rest = rest[mark.upperBound...]
        }
        rest = rest.prefix { !"/?#".contains($0) }
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = decoded(parts[0])
            password = parts.count == 2 ? decoded(parts[1]) : ""
            rest = rest[rest.index(after: at)...]
        }
        var port = 80
        if let colon = rest.lastIndex(of: ":"), rest.last != "]" {
            guard let number = Int(rest[rest.index(after: colon)...]),
                (1...65_535).contains(number)
            else { throw problem("has no valid port") }
            port = number
            rest = rest[..<colon]
        }
        if rest.first == "[", rest.last == "]" { rest = rest.dropFirst().dropLast() }
        guard !rest.isEmpty else { throw problem("names no host") }
        return ProxyServer(host: String(rest), port: port, user: user, password: password)
    }

    /// Undoes percent-encoding, which a password with an `@` needs.
    private static func decoded(_ text: Substring) -> String {
        String(decoding: PercentEncoding.decode(text.utf8), as: UTF8.self)
    }
}
