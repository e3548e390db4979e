import AWSSigning

/// A role that is assumed with the token of another identity provider, as on EKS and in CI.
///
/// The token's file is read for every call, since whoever wrote it puts a new one there.
/// https://docs.aws.amazon.com/sdkref/latest/guide/access-assume-role-web.html
struct WebIdentityProvider: CredentialProvider {
    let origin: CredentialOrigin
    private let tokenPath: String
    private let role: String
    private let sessionName: String?
    private let duration: Int?

    /// AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN; nil where the environment has no such file.
    init?(_ environment: AWSEnvironment) throws(AWSProblem) {
        guard let path = environment.value("AWS_WEB_IDENTITY_TOKEN_FILE") else { return nil }
        guard let role = environment.value("AWS_ROLE_ARN") else {
            throw AWSProblem(
                .credentials, "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not",
                hint: "set AWS_ROLE_ARN to the role to assume")
        }
        tokenPath = path
        self.role = role
        sessionName = environment.value("AWS_ROLE_SESSION_NAME")
        duration = nil
        origin = CredentialOrigin(
            .webIdentity, "the role \(roleName(role)), by the web identity of the environment",
            isRenewable: true)
    }

    /// `web_identity_token_file` with `role_arn` of a profile; nil where it has no such file.
    init?(profile: SharedConfig.Profile, name: String) throws(AWSProblem) {
        guard let path = profile["web_identity_token_file"] else { return nil }
        guard let role = profile["role_arn"] else {
            throw AWSProblem(
                .credentials,
                "the profile \"\(name)\" has a web_identity_token_file and no "
                    + "role_arn",
                hint: "run `aws configure set role_arn ARN --profile \(name)`")
        }
        tokenPath = path
        self.role = role
        sessionName = profile["role_session_name"]
        duration = try AssumeRoleProvider.duration(profile, name)
        origin = CredentialOrigin(
            .webIdentity, "the role \(roleName(role)), by the web identity of profile \(name)",
            isRenewable: true)
    }

    func load(_ tools: CredentialTools) async throws(AWSProblem) -> Credentials? {
        let path = tools.configuration.environment.expanded(tokenPath)
        guard let token = tools.configuration.environment.readFile(path)?.trimmed, !token.isEmpty
        else {
            throw AWSProblem(
                .credentials, "the web identity token can't be read from \"\(path)\"",
                hint: "whatever runs this is to put a token there; check its service account")
        }
        var parameters = [
            ("Action", "AssumeRoleWithWebIdentity"), ("RoleArn", role),
            ("RoleSessionName", sessionName ?? STS.sessionName(tools.now())),
            ("WebIdentityToken", token),
        ]
        if let duration { parameters.append(("DurationSeconds", "\(duration)")) }
        return try await STS.credentials(
            parameters, signedBy: nil, tools: tools,
            hint: "check the role's trust policy, and that the token has not expired")
    }
}

/// What stands behind the last slash of a role's ARN.
func roleName(_ arn: String) -> String {
    arn.split(separator: "/").last.map(String.init) ?? arn
}
