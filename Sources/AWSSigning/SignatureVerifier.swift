package import CueText

/// Judges received requests by their Signature Version 4, as a service of AWS's does.
///
/// It is for the rehearsal stage: a request that passes here passes at AWS as far as AWS's rules
/// are documented. Codes and texts are those that AWS's services answer with.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
package struct SignatureVerifier: Sendable {
    /// How far a request's date may be from the service's, either way.
    static let tolerance: Duration = .seconds(15 * 60)

    let region: String
    let service: String
    private let credentials: @Sendable (String) -> Credentials?

    /// `credentials` finds the secret and token that belong to an access key id; nil for others.
    package init(
        region: String, service: String, credentials: @escaping @Sendable (String) -> Credentials?
    ) {
        self.region = region
        self.service = service
        self.credentials = credentials
    }

    package enum Verdict: Hashable, Sendable {
        case accepted(accessKeyID: String)
        case rejected(SignatureRejection)
    }

    /// Throws only where libcrypto fails, which says nothing about the request.
    package func verify(
        _ request: SigningRequest, at now: WallTime
    ) throws(SigningError) -> Verdict {
        let claim: Claim
        let known: Credentials
        do throws(SignatureRejection) {
            claim = try Claim(request)
            try checkScope(claim)
            try checkDate(claim, now: now)
            known = try knownCredentials(claim, of: request)
        } catch {
            return .rejected(error)
        }
        guard
            LibCrypto.isEqual(
                try expectedSignature(request, claim, known).utf8,
                claim.authorization.signature.utf8)
        else {
            return .rejected(
                .invalidSignature(
                    "The request signature we calculated does not match the signature you "
                        + "provided. Check your AWS Secret Access Key and signing method. "
                        + "Consult the service documentation for details."))
        }
        return .accepted(accessKeyID: known.accessKeyID)
    }

    private func checkScope(_ claim: Claim) throws(SignatureRejection) {
        let scope = claim.authorization.scope
        guard scope.region == region else {
            throw .invalidSignature(
                "Credential should be scoped to a valid region, not '\(scope.region.prefix(64))'.")
        }
        guard scope.service == service else {
            throw .invalidSignature("Credential should be scoped to correct service: '\(service)'.")
        }
        let date = claim.time.basic
        guard scope.day == date.prefix(8) else {
            throw .invalidSignature(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                    + "from HTTP: '\(scope.day.prefix(64))' != '\(date.prefix(8))', "
                    + "from '\(date)'.")
        }
    }

    private func checkDate(_ claim: Claim, now: WallTime) throws(SignatureRejection) {
        let tolerance = SignatureVerifier.tolerance
        let minutes = "\(tolerance.components.seconds / 60) min."
        if now - claim.time > tolerance {
            throw .invalidSignature(
                "Signature expired: \(claim.time.basic) is now earlier than "
                    + "\((now - tolerance).basic) (\(now.basic) - \(minutes))")
        }
        if claim.time - now > tolerance {
            throw .invalidSignature(
                "Signature not yet current: \(claim.time.basic) is still later than "
                    + "\((now + tolerance).basic) (\(now.basic) + \(minutes))")
        }
    }

    /// The secret behind the key id, where the token that comes with it is the right one as well.
    private func knownCredentials(
        _ claim: Claim, of request: SigningRequest
    ) throws(SignatureRejection) -> Credentials {
        let tokens = request.values("x-amz-security-token").map(CanonicalForm.trimmed)
        guard let known = credentials(claim.authorization.accessKeyID),
            tokens.count == (known.sessionToken == nil ? 0 : 1),
            LibCrypto.isEqual((tokens.first ?? "").utf8, (known.sessionToken ?? "").utf8)
        else { throw .unknownKey }
        return known
    }

    private func expectedSignature(
        _ request: SigningRequest, _ claim: Claim, _ known: Credentials
    ) throws(SigningError) -> String {
        let canonical = CanonicalForm.request(
            method: request.method, target: request.target, headers: claim.headers,
            bodyHash: try sha256Hex(request.body), normalizesPath: true)
        // Names that are claimed and missing, or not in order, leave another list than the claimed.
        guard claim.headers.names == claim.authorization.signedHeaders else { return "" }
        let signer = Signer(credentials: known, region: region, service: service)
        return try signer.signature(
            of: try signer.stringToSign(canonicalRequest: canonical, at: claim.time),
            at: claim.time)
    }
}

/// What a request says of its own signature, before any of it is believed.
private struct Claim {
    var authorization: Authorization
    var time: WallTime
    var headers: CanonicalForm.Headers

    init(_ request: SigningRequest) throws(SignatureRejection) {
        let fields = request.values("authorization")
        guard let field = fields.first else { throw .missingToken }
        guard fields.count == 1 else {
            throw .incomplete("Authorization header must be given once.")
        }
        do throws(Authorization.Problem) {
            authorization = try Authorization(parsing: field)
        } catch {
            throw .incomplete(error.message)
        }
        let dates = request.values("x-amz-date")
        guard let date = dates.first else {
            throw .incomplete("Authorization header requires existence of a 'X-Amz-Date' header.")
        }
        guard dates.count == 1, let time = WallTime(basic: CanonicalForm.trimmed(date)) else {
            throw .incomplete(
                "Date must be in ISO-8601 'basic format'. Got '\(date.prefix(64))'. See "
                    + "http://en.wikipedia.org/wiki/ISO_8601")
        }
        self.time = time
        let signed = Set(authorization.signedHeaders)
        var required = ["host", "x-amz-date"]
        if !request.values("x-amz-security-token").isEmpty {
            required.append("x-amz-security-token")
        }
        if let name = required.first(where: { !signed.contains($0) }) {
            throw .invalidSignature(
                "'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
        }
        headers = CanonicalForm.Headers(request.headers) { signed.contains($0) }
    }
}
