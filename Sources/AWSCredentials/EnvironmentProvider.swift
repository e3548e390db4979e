import AWSSigning
import CueText

/// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN for temporary ones.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
struct EnvironmentProvider: CredentialProvider {
    let origin = CredentialOrigin(.environment, "the environment", isRenewable: false)
    private let credentials: Credentials

    /// Nil where the environment has no pair of keys; a blank one is none.
    init?(_ environment: AWSEnvironment) {
        guard let id = environment.value("AWS_ACCESS_KEY_ID"),
            let secret = environment.value("AWS_SECRET_ACCESS_KEY")
        else { return nil }
        credentials = Credentials(
            accessKeyID: id.trimmed, secretAccessKey: secret.trimmed,
            sessionToken: environment.value("AWS_SESSION_TOKEN")?.trimmed,
            expiration: environment.value("AWS_CREDENTIAL_EXPIRATION").flatMap(Expiry.read))
    }

    func load(_ tools: CredentialTools) async throws(AWSProblem) -> Credentials? {
        credentials
    }
}

/// Moments as those who hand out credentials write them.
enum Expiry {
    /// RFC 3339, or with `UTC` in place of `Z` as old token files of AWS's CLI have it.
    static func read(_ text: String) -> WallTime? {
        WallTime(rfc3339: text.hasSuffix("UTC") ? text.dropLast(3) + "Z" : text)
    }

    /// Ten years, longer than any credentials live: what a service says is cut to what can be
    /// reckoned with.
    private static let longest: Int64 = 10 * 365 * 86_400

    /// A moment in milliseconds since 1970, at most in the year 2200.
    static func read(milliseconds: Int64) -> WallTime {
        WallTime(seconds: min(max(0, milliseconds / 1_000), 7_258_118_400))
    }

    /// How long something is good for.
    static func lifetime(seconds: Int64) -> Duration {
        .seconds(min(max(0, seconds), longest))
    }
}

extension String {
    var trimmed: String { String(trimmingSpace) }
}
