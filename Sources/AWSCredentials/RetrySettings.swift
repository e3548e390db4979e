/// What AWS_RETRY_MODE and AWS_MAX_ATTEMPTS ask for.
///
/// A cue is tried again until it is of no use any more, whatever these say: they can only make
/// attempts fewer. https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
package struct RetrySettings: Hashable, Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        case legacy
        case standard
        case adaptive
    }

    /// Nil where nobody chose one.
    package var mode: Mode?
    /// All attempts, with the first; nil where nobody set a number.
    package var maxAttempts: Int?

    package init(_ configuration: AWSConfiguration) throws(AWSProblem) {
        if let text = configuration.setting("AWS_RETRY_MODE", "retry_mode") {
            guard let mode = Mode(rawValue: text.lowercased()) else {
                throw AWSProblem(
                    .configuration, "the retry mode \"\(text)\" is not known",
                    hint: "AWS_RETRY_MODE and retry_mode take legacy, standard or adaptive")
            }
            self.mode = mode
        }
        if let text = configuration.setting("AWS_MAX_ATTEMPTS", "max_attempts") {
            guard let number = Int(text), number >= 1 else {
                throw AWSProblem(
                    .configuration, "\"\(text)\" is no number of attempts",
                    hint: "AWS_MAX_ATTEMPTS and max_attempts take a number from 1")
            }
            maxAttempts = number
        }
    }
}
