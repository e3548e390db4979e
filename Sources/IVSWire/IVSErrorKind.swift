/// What an error means for the one who sent the request.
///
/// By the tables of AWS's SDKs, with one difference: a bare 429 is throttling here too, since a
/// show wants its cue sent. The code decides before the status does.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
package enum IVSErrorKind: String, CaseIterable, Sendable {
    /// Too many calls: to be repeated later.
    case throttling
    /// The service failed, or asks to try again.
    case transient
    /// The channel is off the air at present.
    case channelNotBroadcasting
    /// The signer's clock is wrong, as the service says itself.
    case clockSkew
    /// Key, token, signature or permission are refused.
    case credentials
    /// Nothing has that name.
    case notFound
    /// The service will never take this request as it is.
    case invalid
    case other
}

extension IVSError {
    package var kind: IVSErrorKind {
        if saysClockIsWrong { return .clockSkew }
        if let known = IVSError.kinds[code] { return known }
        return switch status {
        case 429: .throttling
        case 500, 502, 503, 504: .transient
        case 401, 403: .credentials
        case 404: .notFound
        case 402, 409: .other
        case 400..<500: .invalid
        default: .other
        }
    }

    /// Whether this error may come from a clock that is wrong, so that one more attempt at the
    /// service's time is worth it where the clocks turn out to be apart.
    package var mayBeClockSkew: Bool {
        kind == .clockSkew || IVSError.clockSkewCandidates.contains(code)
    }

    private static let clockSkewCandidates: Set<String> = [
        "AccessDeniedException", "AuthFailure", "InvalidSignatureException",
        "RequestTimeTooSkewed", "SignatureDoesNotMatch",
    ]

    private var saysClockIsWrong: Bool {
        if IVSError.clockSkewCodes.contains(code) { return true }
        return code == "InvalidSignatureException"
            && (message.hasPrefix("Signature expired")
                || message.hasPrefix("Signature not yet current"))
    }

    private static let clockSkewCodes: Set<String> = [
        "RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed",
    ]

    private static let kinds: [String: IVSErrorKind] = {
        var kinds: [String: IVSErrorKind] = [:]
        for (kind, codes) in codesByKind { for code in codes { kinds[code] = kind } }
        return kinds
    }()

    private static let codesByKind: [IVSErrorKind: [String]] = [
        .throttling: [
            "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException",
            "PriorRequestNotComplete", "ProvisionedThroughputExceededException",
            "RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "SlowDown",
            "ThrottledException", "Throttling", "ThrottlingException",
            "TooManyRequestsException", "TransactionInProgressException",
        ],
        .transient: [
            "InternalServerException", "RequestTimeout", "RequestTimeoutException",
            "ServiceUnavailable", "ServiceUnavailableException", "StreamUnavailable",
        ],
        .channelNotBroadcasting: ["ChannelNotBroadcasting"],
        .credentials: [
            "AccessDenied", "AccessDeniedException", "AuthFailure", "ExpiredToken",
            "ExpiredTokenException", "IncompleteSignature", "IncompleteSignatureException",
            "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException",
            "MissingAuthenticationToken", "MissingAuthenticationTokenException",
            "NotAuthorized", "OptInRequired", "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ],
        .notFound: ["ResourceNotFoundException"],
        .invalid: [
            "RequestEntityTooLargeException", "SerializationException", "UnknownOperationException",
            "ValidationException",
        ],
        .other: ["ConflictException", "PendingVerification", "ServiceQuotaExceededException"],
    ]
}
