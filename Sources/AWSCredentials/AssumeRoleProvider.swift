import AWSSigning

/// A role that a profile assumes with the credentials of another profile or place.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
struct AssumeRoleProvider: CredentialProvider {
    let origin: CredentialOrigin
    private let profileName: String
    private let role: String
    private let source: any CredentialProvider
    private let externalID: String?
    private let sessionName: String?
    private let duration: Int?
    private let mfaSerial: String?

    /// `profile` has a `role_arn`, and `source` is what its `source_profile` or
    /// `credential_source` names.
    init(
        profile: SharedConfig.Profile, name: String, source: any CredentialProvider
    ) throws(AWSProblem) {
        profileName = name
        role = profile["role_arn"] ?? ""
        self.source = source
        externalID = profile["external_id"]
        sessionName = profile["role_session_name"]
        duration = try Self.duration(profile, name)
        mfaSerial = profile["mfa_serial"]
        let needsPerson = mfaSerial != nil || source.origin.needsPerson
        origin = CredentialOrigin(
            .assumeRole,
            "the role \(roleName(role)) of profile \(name), assumed with \(source.origin.words)",
            // Whether the source's own keys last is found out when they are used again.
            isRenewable: !needsPerson, needsPerson: needsPerson)
    }

    func load(_ tools: CredentialTools) async throws(AWSProblem) -> Credentials? {
        guard let credentials = try await source.load(tools) else {
            throw AWSProblem(
                .credentials,
                "the profile \"\(profileName)\" assumes its role with \(source.origin.words), "
                    + "which has no credentials",
                hint: "check source_profile or credential_source of the profile")
        }
        var parameters = [
            ("Action", "AssumeRole"), ("RoleArn", role),
            ("RoleSessionName", sessionName ?? STS.sessionName(tools.now())),
        ]
        if let externalID { parameters.append(("ExternalId", externalID)) }
        if let duration { parameters.append(("DurationSeconds", "\(duration)")) }
        if let mfaSerial {
            guard let askCode = tools.askCode else {
                throw AWSProblem(
                    .credentials,
                    "the profile \"\(profileName)\" wants the code of the MFA device \(mfaSerial), "
                        + "and there is no terminal to ask on",
                    hint: "run it at a terminal, or put the keys in the environment with `eval "
                        + "\"$(aws configure export-credentials --profile \(profileName) --format "
                        + "env)\"`")
            }
            guard let code = await askCode(mfaSerial)?.trimmed, !code.isEmpty else {
                throw AWSProblem(
                    .credentials, "no MFA code was given for the profile \"\(profileName)\"",
                    hint: "type the six digits that the device \(mfaSerial) shows")
            }
            parameters += [("SerialNumber", mfaSerial), ("TokenCode", code)]
        }
        return try await STS.credentials(
            parameters, signedBy: credentials, tools: tools,
            hint: "allow sts:AssumeRole on \(role) for \(source.origin.words), and check the "
                + "role's trust policy")
    }

    static func duration(
        _ profile: SharedConfig.Profile, _ name: String
    ) throws(AWSProblem) -> Int? {
        guard let text = profile["duration_seconds"] else { return nil }
        guard let seconds = Int(text), (900...43_200).contains(seconds) else {
            throw AWSProblem(
                .credentials, "duration_seconds of the profile \"\(name)\" is \"\(text)\"",
                hint: "it takes a number of seconds from 900 to 43200")
        }
        return seconds
    }
}
