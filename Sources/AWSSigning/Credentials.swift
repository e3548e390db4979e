package import CueText

/// An AWS access key, with the token and the end that a temporary one has.
///
/// However it is printed, secret and token are left out, so that neither reaches a log, a crash
/// report or a test's output.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/security-creds.html
package struct Credentials: Hashable, Sendable {
    package var accessKeyID: String
    private let secret: SecretText
    private var token: SecretText?
    /// When they stop being valid; nil where they are long-lived, or nobody said.
    package var expiration: WallTime?

    package init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil,
        expiration: WallTime? = nil
    ) {
        self.accessKeyID = accessKeyID
        secret = SecretText(secretAccessKey)
        token = sessionToken.map(SecretText.init)
        self.expiration = expiration
    }

    package var secretAccessKey: String { secret.reveal() }
    package var sessionToken: String? {
        get { token?.reveal() }
        set { token = newValue.map { SecretText($0) } }
    }
    var hasToken: Bool { token != nil }

    /// The secret as signing keys are derived from it.
    func secretBytes(after prefix: String) -> SecretBytes {
        secret.bytes(after: prefix)
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        var text = "Credentials(\(accessKeyID), secret redacted"
        if hasToken { text += ", token redacted" }
        if let expiration { text += ", until \(expiration.rfc3339(.none))" }
        return text + ")"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror {
        Mirror(self, children: ["description": description], displayStyle: .struct)
    }
}
