import CueText

/// A request's parts in the one form that both sides of a signature compute.
///
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
enum CanonicalForm {
    /// Headers that proxies and clients add or change under way, so that nobody signs them.
    static let neverSigned: Set<String> = [
        "authorization", "connection", "expect", "keep-alive", "proxy-authenticate",
        "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
        "x-amzn-trace-id",
    ]

    /// The six lines of a request, its headers already chosen.
    static func request(
        method: String, target: String, headers: Headers, bodyHash: String, normalizesPath: Bool
    ) -> String {
        let (path, query) = split(target)
        var text = method
        text.reserveCapacity(512)
        text += "\n"
        text += canonicalPath(path, normalizes: normalizesPath)
        text += "\n"
        text += canonicalQuery(query)
        text += "\n"
        for name in headers.names {
            text += "\(name):\(headers.valuesByName[name, default: ""])\n"
        }
        text += "\n"
        text += headers.signedNames
        text += "\n"
        text += bodyHash
        return text
    }

    /// Names in lower case, sorted by their bytes; each one's values trimmed and joined.
    struct Headers {
        private(set) var valuesByName: [String: String] = [:]
        let names: [String]

        init(_ fields: [HeaderField], where isSigned: (String) -> Bool) {
            for field in fields {
                let name = asciiLowercased(field.name)
                guard isSigned(name) else { continue }
                let value = CanonicalForm.trimmed(field.value)
                if let before = valuesByName[name] {
                    valuesByName[name] = before + "," + value
                } else {
                    valuesByName[name] = value
                }
            }
            names = valuesByName.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }

        var signedNames: String { names.joined(separator: ";") }
    }

    /// No space at either end, and one where there were several or a folded line's break.
    static func trimmed(_ value: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.utf8.count)
        var isBetween = false
        for byte in value.utf8 {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                isBetween = !bytes.isEmpty
            } else {
                if isBetween { bytes.append(0x20) }
                isBetween = false
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func split(_ target: String) -> (path: Substring, query: Substring) {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else {
            return (Substring(target), "")
        }
        return (target[..<mark], target[target.index(after: mark)...])
    }

    /// The path as it is sent, encoded once more: `%3A` on the wire becomes `%253A`, which every
    /// service but S3 expects.
    static func canonicalPath(_ path: Substring, normalizes: Bool) -> String {
        var bytes = Array(path.utf8)
        if bytes.first != UInt8(ascii: "/") { bytes.insert(UInt8(ascii: "/"), at: 0) }
        return PercentEncoding.encode(
            normalizes ? withoutDots(bytes) : bytes, keeps: UInt8(ascii: "/"))
    }

    /// RFC 3986's removal of dot segments, and of empty ones, which AWS removes as well.
    private static func withoutDots(_ path: [UInt8]) -> [UInt8] {
        var kept: [ArraySlice<UInt8>] = []
        for segment in path.split(separator: UInt8(ascii: "/")) {
            if segment.elementsEqual("..".utf8) {
                _ = kept.popLast()
            } else if !segment.elementsEqual(".".utf8) {
                kept.append(segment)
            }
        }
        var result = [UInt8(ascii: "/")]
        result.append(contentsOf: kept.joined(separator: [UInt8(ascii: "/")]))
        if path.last == UInt8(ascii: "/"), !kept.isEmpty { result.append(UInt8(ascii: "/")) }
        return result
    }

    /// Names and values decoded, encoded AWS's way and sorted; `+` is a plus sign.
    static func canonicalQuery(_ query: Substring) -> String {
        let pairs = query.utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let parts = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            func normal(_ text: Substring.UTF8View.SubSequence) -> String {
                PercentEncoding.encode(PercentEncoding.decode(text))
            }
            return (name: normal(parts[0]), value: parts.count > 1 ? normal(parts[1]) : "")
        }
        // All of it is ASCII by now, where a text's order is that of its bytes.
        return pairs.sorted { $0 < $1 }.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }
}
