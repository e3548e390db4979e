/// Reads what a profile says about where its credentials come from.
///
/// In this order, as AWS's CLI has it: a role to be assumed with other credentials, a web identity,
/// SSO, keys in the credentials file, a program, keys in the config file.
/// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
enum ProfileProviders {
    /// Nil where the profile says nothing about credentials.
    static func provider(
        for name: String, in configuration: AWSConfiguration
    ) throws(AWSProblem) -> (any CredentialProvider)? {
        try provider(for: name, in: configuration, visited: [])
    }

    private static func provider(
        for name: String, in configuration: AWSConfiguration, visited: [String]
    ) throws(AWSProblem) -> (any CredentialProvider)? {
        guard let profile = configuration.files.profiles[name] else { return nil }
        // A source that has keys of its own lends those, also where it could assume a role.
        let lendsKeys = !visited.isEmpty && profile["aws_access_key_id"] != nil
        if profile["role_arn"] != nil, profile["web_identity_token_file"] == nil, !lendsKeys {
            return try role(profile, name, configuration, visited)
        }
        if let provider = try WebIdentityProvider(profile: profile, name: name) {
            return provider
        }
        if let provider = try SSOProvider(
            profile: profile, name: name, configuration: configuration)
        {
            return provider
        }
        let keys = try StaticKeysProvider(profile: profile, name: name)
        if let keys, keys.origin.method == .sharedCredentialsFile { return keys }
        if let provider = try ProcessProvider(profile: profile, name: name) { return provider }
        if keys == nil, profile["login_session"] != nil {
            throw AWSProblem(
                .credentials,
                "the profile \"\(name)\" is one of `aws login`, whose tokens are not read here",
                hint: "put `credential_process = aws configure export-credentials --profile "
                    + "\(name)` into another profile, and use that")
        }
        return keys
    }

    private static func role(
        _ profile: SharedConfig.Profile, _ name: String, _ configuration: AWSConfiguration,
        _ visited: [String]
    ) throws(AWSProblem) -> any CredentialProvider {
        let source: any CredentialProvider
        switch (profile["source_profile"], profile["credential_source"]) {
        case (let lender?, nil):
            source = try lenderOf(profile, name, lender, configuration, visited)
        case (nil, let place?):
            source = try self.place(place, name, configuration)
        case (nil, nil):
            throw AWSProblem(
                .credentials,
                "the profile \"\(name)\" has a role_arn and neither source_profile nor "
                    + "credential_source",
                hint: "run `aws configure set source_profile NAME --profile \(name)`")
        case (_?, _?):
            throw AWSProblem(
                .credentials,
                "the profile \"\(name)\" has both source_profile and credential_source",
                hint: "keep one of them")
        }
        return try AssumeRoleProvider(profile: profile, name: name, source: source)
    }

    private static func lenderOf(
        _ profile: SharedConfig.Profile, _ name: String, _ lender: String,
        _ configuration: AWSConfiguration, _ visited: [String]
    ) throws(AWSProblem) -> any CredentialProvider {
        guard configuration.files.profiles[lender] != nil else {
            throw AWSProblem(
                .credentials,
                "the profile \"\(name)\" has \"\(lender)\" as its source_profile, which there is "
                    + "not",
                hint: "the profiles are: "
                    + configuration.files.profileNames.joined(separator: ", "))
        }
        if lender == name {
            // A profile may assume its role with its own keys.
            if let keys = try StaticKeysProvider(profile: profile, name: name) { return keys }
        }
        let path = visited + [name]
        if path.contains(lender) {
            throw AWSProblem(
                .credentials,
                "the profiles lend each other credentials in a circle: "
                    + (path + [lender]).joined(separator: " → "),
                hint: "let one of them have keys of its own, or another source_profile")
        }
        guard let source = try provider(for: lender, in: configuration, visited: path) else {
            throw AWSProblem(
                .credentials,
                "the profile \"\(lender)\", with which \"\(name)\" assumes its role, has no "
                    + "credentials",
                hint: "run `aws configure --profile \(lender)`")
        }
        return source
    }

    private static func place(
        _ place: String, _ name: String, _ configuration: AWSConfiguration
    ) throws(AWSProblem) -> any CredentialProvider {
        let source: (any CredentialProvider)?
        switch place.lowercased() {
        case "environment": source = EnvironmentProvider(configuration.environment)
        case "ec2instancemetadata":
            source = try InstanceMetadataProvider(configuration, isRequired: true)
        case "ecscontainer": source = ContainerProvider(configuration.environment)
        default:
            throw AWSProblem(
                .credentials,
                "credential_source of the profile \"\(name)\" is \"\(place)\"",
                hint: "it takes Environment, Ec2InstanceMetadata or EcsContainer")
        }
        guard let source else {
            throw AWSProblem(
                .credentials,
                "the profile \"\(name)\" assumes its role with \(place), which has no credentials",
                hint: "check credential_source of the profile")
        }
        return source
    }
}
