/// Why nothing could be signed, hashed or drawn; never a statement about a received signature.
package struct SigningError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// SHA-256 could not be computed.
        case digest
        /// HMAC could not be computed.
        case mac
        /// The system has no random bytes to give.
        case random
        /// The request has no `Host` header, which every signature covers.
        case hostMissing = "host-missing"
    }

    package var code: Code
    package var message: String

    package var description: String { "\(message) [\(code.rawValue)]" }
}
