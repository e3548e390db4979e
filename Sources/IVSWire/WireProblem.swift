/// Why a body is not what IVS's API says it must be.
///
/// The offending value is never quoted: metadata is a show's content, which IVS's model marks as
/// sensitive.
package struct WireProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The body is longer than what is read.
        case tooLarge = "too-large"
        /// The body is no JSON object.
        case notJSON = "not-json"
        /// A member is missing or null.
        case missing
        /// A member has another type.
        case type
        /// A member's value breaks a rule.
        case constraint
    }

    package var code: Code
    /// The member, as `stream.startTime`; empty for the body as a whole.
    package var member: String
    package var message: String

    package init(code: Code, member: String = "", message: String) {
        self.code = code
        self.member = member
        self.message = message
    }

    package var description: String { "\(message) [\(code.rawValue)]" }
}
