/// The parts of an `Authorization` header by Signature Version 4.
///
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
struct Authorization: Hashable {
    static let algorithm = "AWS4-HMAC-SHA256"
    /// Bytes of the longest header that is read; a request of IVS's has some 250.
    static let bytesMax = 8_192

    var accessKeyID: String
    var scope: Scope
    var signedHeaders: [String]
    var signature: String

    /// Where and on which day a signature counts.
    struct Scope: Hashable {
        /// `20260102`, in UTC.
        var day: String
        var region: String
        var service: String

        var text: String { "\(day)/\(region)/\(service)/aws4_request" }
    }

    var text: String {
        "\(Authorization.algorithm) Credential=\(accessKeyID)/\(scope.text), "
            + "SignedHeaders=\(signedHeaders.joined(separator: ";")), Signature=\(signature)"
    }

    /// What is wrong with a header, in AWS's words where they are known.
    struct Problem: Error {
        var message: String
    }

    init(accessKeyID: String, scope: Scope, signedHeaders: [String], signature: String) {
        self.accessKeyID = accessKeyID
        self.scope = scope
        self.signedHeaders = signedHeaders
        self.signature = signature
    }

    init(parsing header: String) throws(Problem) {
        guard header.utf8.count <= Authorization.bytesMax else {
            throw Problem(message: "Authorization header is too long.")
        }
        let text = CanonicalForm.trimmed(header)
        let end = text.firstIndex(of: " ") ?? text.endIndex
        guard text[..<end] == Authorization.algorithm else {
            throw Problem(message: "Unsupported AWS 'algorithm': '\(text[..<end].prefix(64))'.")
        }
        var parameters: [String: String] = [:]
        for part in text[end...].split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else {
                throw Problem(
                    message: "not a valid key=value pair (missing equal-sign) in Authorization "
                        + "header.")
            }
            let name = CanonicalForm.trimmed(String(pair[0]))
            let value = CanonicalForm.trimmed(String(pair[1]))
            guard parameters.updateValue(value, forKey: name) == nil else {
                throw Problem(message: "Authorization header has '\(name.prefix(64))' twice.")
            }
        }
        let missing = ["Credential", "Signature", "SignedHeaders"].filter {
            parameters[$0, default: ""].isEmpty
        }
        guard missing.isEmpty else {
            let texts = missing.map { "Authorization header requires '\($0)' parameter." }
            throw Problem(message: texts.joined(separator: " "))
        }
        try self.init(parameters)
    }

    private init(_ parameters: [String: String]) throws(Problem) {
        // A key id may hold slashes, the scope's four parts may not.
        let parts = parameters["Credential", default: ""].split(
            separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 5, parts.last == "aws4_request" else {
            throw Problem(
                message: "Credential must have at least 5 slash-delimited elements, "
                    + "e.g. keyid/date/region/service/term.")
        }
        accessKeyID = parts.dropLast(4).joined(separator: "/")
        let (day, region, service) = (parts.count - 4, parts.count - 3, parts.count - 2)
        scope = Scope(
            day: String(parts[day]), region: String(parts[region]), service: String(parts[service]))
        signedHeaders = parameters["SignedHeaders", default: ""].split(separator: ";").map(
            String.init)
        signature = parameters["Signature", default: ""]
    }
}
