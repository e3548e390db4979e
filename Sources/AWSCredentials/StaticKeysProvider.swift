import AWSSigning

/// The access key that stands in a profile.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
struct StaticKeysProvider: CredentialProvider {
    let origin: CredentialOrigin
    private let credentials: Credentials

    /// Nil where the profile has no key; throws where it has one half of it.
    init?(profile: SharedConfig.Profile, name: String) throws(AWSProblem) {
        let id = profile["aws_access_key_id"]
        let secret = profile["aws_secret_access_key"]
        if id == nil, secret == nil { return nil }
        guard let id, let secret else {
            let missing = id == nil ? "aws_access_key_id" : "aws_secret_access_key"
            throw AWSProblem(
                .credentials, "the profile \"\(name)\" has half a key: \(missing) is missing",
                hint: "run `aws configure --profile \(name)`")
        }
        credentials = Credentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: profile["aws_session_token"])
        let isShared = profile.fromCredentialsFile.contains("aws_access_key_id")
        origin = CredentialOrigin(
            isShared ? .sharedCredentialsFile : .configFile, "profile \(name)",
            isRenewable: false)
    }

    func load(_ tools: CredentialTools) async throws(AWSProblem) -> Credentials? {
        credentials
    }
}
