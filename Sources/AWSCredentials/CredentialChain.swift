package import AWSSigning

/// Why there are no credentials, and what to do.
package struct CredentialProblem: Error, Hashable, Sendable {
    package var message: String
    package var hint: String
}

/// Credentials and where they were found, in words.
package struct FoundCredentials: Sendable {
    package var credentials: Credentials
    package var source: String
}

/// The environment and the files that AWS's tools are configured by, as values.
package struct AWSEnvironment: Sendable {
    package var variables: [String: String]
    /// The text of a file; nil where there is none.
    package var readFile: @Sendable (String) -> String?

    package init(
        variables: [String: String], readFile: @escaping @Sendable (String) -> String?
    ) {
        self.variables = variables
        self.readFile = readFile
    }

    /// A variable that is set and not blank: AWS's tools take a blank one for absent.
    package func value(_ name: String) -> String? {
        guard let value = variables[name], !value.allSatisfy(\.isWhitespace) else { return nil }
        return value
    }

    package var sharedConfig: SharedConfig {
        let home = value("HOME") ?? "/"
        let config = value("AWS_CONFIG_FILE") ?? home + "/.aws/config"
        let credentials = value("AWS_SHARED_CREDENTIALS_FILE") ?? home + "/.aws/credentials"
        return SharedConfig(
            config: readFile(config) ?? "", credentials: readFile(credentials) ?? "")
    }
}

/// Finds credentials as AWS's own tools do: the environment, then the profile's keys.
///
/// `--profile` beats keys in the environment, AWS_PROFILE does not.
/// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
package enum CredentialChain {
    package static func resolve(
        _ environment: AWSEnvironment, profile: String?
    ) throws(CredentialProblem) -> FoundCredentials {
        if profile == nil, let found = fromEnvironment(environment) { return found }
        return try fromProfile(environment, profile: profile)
    }

    private static func fromEnvironment(_ environment: AWSEnvironment) -> FoundCredentials? {
        guard let id = environment.value("AWS_ACCESS_KEY_ID"),
            let secret = environment.value("AWS_SECRET_ACCESS_KEY")
        else { return nil }
        return FoundCredentials(
            credentials: Credentials(
                accessKeyID: id, secretAccessKey: secret,
                sessionToken: environment.value("AWS_SESSION_TOKEN")),
            source: "the environment")
    }

    private static func fromProfile(
        _ environment: AWSEnvironment, profile: String?
    ) throws(CredentialProblem) -> FoundCredentials {
        let config = environment.sharedConfig
        let named = profile ?? environment.value("AWS_PROFILE")
        let name = named ?? "default"
        guard let keys = config.profile(name) else {
            if named != nil {
                let known = config.profileNames.joined(separator: ", ")
                throw CredentialProblem(
                    message: "there is no profile \"\(name)\"",
                    hint: known.isEmpty
                        ? "run `aws configure --profile \(name)` to make it"
                        : "the profiles are: \(known)")
            }
            throw none
        }
        guard let id = keys["aws_access_key_id"], !id.isEmpty,
            let secret = keys["aws_secret_access_key"], !secret.isEmpty
        else {
            if named == nil { throw none }
            throw CredentialProblem(
                message: "the profile \"\(name)\" has no access keys",
                hint: "run `aws configure --profile \(name)`, or set AWS_ACCESS_KEY_ID and "
                    + "AWS_SECRET_ACCESS_KEY")
        }
        return FoundCredentials(
            credentials: Credentials(
                accessKeyID: id, secretAccessKey: secret,
                sessionToken: keys["aws_session_token"].flatMap { $0.isEmpty ? nil : $0 }),
            source: "profile \(name)")
    }

    private static let none = CredentialProblem(
        message: "no AWS credentials were found",
        hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`; "
            + "to try a sheet without an account, use `cue-runner rehearse`")
}

/// Where calls go.
package enum Endpoint {
    /// `--endpoint-url`, then AWS_ENDPOINT_URL_IVS, then AWS_ENDPOINT_URL; nil for AWS's own.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    package static func override(_ environment: AWSEnvironment, option: String?) -> String? {
        if let option { return option }
        if environment.value("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.lowercased() == "true" {
            return nil
        }
        return environment.value("AWS_ENDPOINT_URL_IVS") ?? environment.value("AWS_ENDPOINT_URL")
    }
}
