/// Why a received signature is not accepted, as AWS's gateways say it.
///
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
package struct SignatureRejection: Error, Hashable, Sendable {
    package enum Code: String, Sendable {
        /// The request is not signed at all.
        case missingToken = "MissingAuthenticationTokenException"
        /// The signature's header, or the date beside it, cannot be read.
        case incomplete = "IncompleteSignatureException"
        /// Nobody knows the access key, or the token with it.
        case unknownKey = "UnrecognizedClientException"
        /// Signature, scope or date are wrong.
        case invalidSignature = "InvalidSignatureException"
    }

    package var code: Code
    package var message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The HTTP status that goes with the code.
    package var status: Int { code == .incomplete ? 400 : 403 }

    static let missingToken = SignatureRejection(
        code: .missingToken, message: "Missing Authentication Token")

    static let unknownKey = SignatureRejection(
        code: .unknownKey, message: "The security token included in the request is invalid.")

    static func incomplete(_ message: String) -> SignatureRejection {
        SignatureRejection(code: .incomplete, message: message)
    }

    static func invalidSignature(_ message: String) -> SignatureRejection {
        SignatureRejection(code: .invalidSignature, message: message)
    }
}
