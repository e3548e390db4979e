/// Why credentials, a region or an endpoint can't be had, and what to do about it.
package struct AWSProblem: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// There are no credentials, or nobody takes them.
        case credentials
        /// A file, a variable or an option says what can't be meant.
        case configuration
        /// Whoever hands out the credentials could not be reached.
        case unreachable
    }

    package var kind: Kind
    package var message: String
    package var hint: String

    package init(_ kind: Kind, _ message: String, hint: String) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }
}
