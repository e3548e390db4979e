package import CueText
import Synchronization

/// Signs requests by AWS's Signature Version 4, in the stages of AWS's own description.
///
/// A value that does no I/O and reads no clock: the moment of signing is a parameter, so that a
/// request can be signed ahead and a skewed clock be corrected. A service takes a signature within
/// 15 minutes of that moment.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package struct Signer: Sendable {
    /// What differs between services; the values here are IVS's.
    package struct Options: Hashable, Sendable {
        /// Resolves `.` and `..` and drops empty segments, as every service but S3 does.
        package var normalizesPath = true
        /// Adds and signs `x-amz-content-sha256`.
        package var signsBodyHeader = false
        /// Covers `X-Amz-Security-Token` by the signature; a few services want it outside.
        package var signsSessionToken = true

        package init() {}
    }

    package let credentials: Credentials
    package let region: String
    package let service: String
    let options: Options
    private let keys = KeyCache()

    package init(
        credentials: Credentials, region: String, service: String, options: Options = Options()
    ) {
        self.credentials = credentials
        self.region = region
        self.service = service
        self.options = options
    }

    /// The headers that make a request acceptable, each to replace any of its name that the request
    /// has: `X-Amz-Security-Token` (for temporary credentials), `X-Amz-Date`,
    /// `x-amz-content-sha256` (where asked for) and `Authorization`.
    ///
    /// Throws where the request has no `Host`, or libcrypto fails.
    package func sign(
        _ request: SigningRequest, at time: WallTime
    ) throws(SigningError) -> [HeaderField] {
        let bodyHash = try sha256Hex(request.body)
        let headers = try signedHeaders(request, at: time, bodyHash: bodyHash)
        let canonical = canonicalRequest(request, headers: headers, bodyHash: bodyHash)
        let signature = try signature(
            of: try stringToSign(canonicalRequest: canonical, at: time), at: time)
        let authorization = Authorization(
            accessKeyID: credentials.accessKeyID, scope: scope(at: time),
            signedHeaders: headers.names, signature: signature)
        var added = addedHeaders(at: time, bodyHash: bodyHash, isSigned: nil)
        added.append((name: "Authorization", value: authorization.text))
        return added
    }

    /// Method, path, query, headers and the body's hash in their canonical form.
    package func canonicalRequest(
        _ request: SigningRequest, at time: WallTime
    ) throws(SigningError) -> String {
        let bodyHash = try sha256Hex(request.body)
        let headers = try signedHeaders(request, at: time, bodyHash: bodyHash)
        return canonicalRequest(request, headers: headers, bodyHash: bodyHash)
    }

    /// Algorithm, moment, scope and the canonical request's hash.
    package func stringToSign(
        canonicalRequest: String, at time: WallTime
    ) throws(SigningError) -> String {
        let hash = try sha256Hex(canonicalRequest.utf8)
        return "\(Authorization.algorithm)\n\(time.basic)\n\(credentialScope(at: time))\n\(hash)"
    }

    /// The signature in lower-case hexadecimal.
    package func signature(
        of stringToSign: String, at time: WallTime
    ) throws(SigningError) -> String {
        let day = String(time.basic.prefix(8))
        return try keys.signature(of: stringToSign, day: day) { () throws(SigningError) in
            try signingKey(day: day)
        }
    }

    /// `20260102/us-west-2/ivs/aws4_request`: where and on which day the signature counts.
    func credentialScope(at time: WallTime) -> String {
        scope(at: time).text
    }

    private func scope(at time: WallTime) -> Authorization.Scope {
        Authorization.Scope(
            day: String(time.basic.prefix(8)), region: region, service: service)
    }

    /// The key that is derived from the secret for one day, region and service.
    private func signingKey(day: String) throws(SigningError) -> SecretBytes {
        let start = credentials.secretBytes(after: "AWS4")
        let ofDay = try LibCrypto.hmac(key: start, text: day)
        let ofRegion = try LibCrypto.hmac(key: ofDay, text: region)
        let ofService = try LibCrypto.hmac(key: ofRegion, text: service)
        return try LibCrypto.hmac(key: ofService, text: "aws4_request")
    }

    private func canonicalRequest(
        _ request: SigningRequest, headers: CanonicalForm.Headers, bodyHash: String
    ) -> String {
        CanonicalForm.request(
            method: request.method, target: request.target, headers: headers, bodyHash: bodyHash,
            normalizesPath: options.normalizesPath)
    }

    private func signedHeaders(
        _ request: SigningRequest, at time: WallTime, bodyHash: String
    ) throws(SigningError) -> CanonicalForm.Headers {
        let added = addedHeaders(at: time, bodyHash: bodyHash, isSigned: true)
        // What the signer sets replaces what the request had, the token also where it is unsigned.
        var replaced = Set(added.map { asciiLowercased($0.name) })
        replaced.formUnion(["x-amz-date", "x-amz-security-token"])
        let kept = request.headers.filter { !replaced.contains(asciiLowercased($0.name)) }
        let headers = CanonicalForm.Headers(kept + added) {
            !CanonicalForm.neverSigned.contains($0)
        }
        guard headers.valuesByName["host"]?.isEmpty == false else {
            throw SigningError(code: .hostMissing, message: "a request needs a Host header")
        }
        return headers
    }

    /// All headers but `Authorization`; with `isSigned` only those that the signature covers.
    private func addedHeaders(
        at time: WallTime, bodyHash: String, isSigned: Bool?
    ) -> [HeaderField] {
        var fields: [HeaderField] = []
        if let token = credentials.sessionToken, isSigned == nil || options.signsSessionToken {
            fields.append((name: "X-Amz-Security-Token", value: token))
        }
        fields.append((name: "X-Amz-Date", value: time.basic))
        if options.signsBodyHeader {
            fields.append((name: "x-amz-content-sha256", value: bodyHash))
        }
        return fields
    }
}

/// The signing key of the latest day: four HMACs a day instead of four a request.
private final class KeyCache: Sendable {
    private struct Entry: ~Copyable {
        let day: String
        let key: SecretBytes
    }

    private let latest = Mutex<Entry?>(nil)

    func signature(
        of text: String, day: String, derive: () throws(SigningError) -> SecretBytes
    ) throws(SigningError) -> String {
        try latest.withLock { (entry) throws(SigningError) in
            if entry?.day != day { entry = Entry(day: day, key: try derive()) }
            switch entry {
            case .none:
                throw SigningError(code: .mac, message: "no signing key")
            case .some(let latest):
                return try LibCrypto.hmac(key: latest.key, text: text).hexadecimalText()
            }
        }
    }
}
