import AWSSigning

/// Finds credentials as AWS's own tools do.
///
/// In this order: keys in the environment, a web identity in the environment, the profile, a
/// container's endpoint, the role of an EC2 instance. `--profile` beats what the environment has of
/// the first two; AWS_PROFILE does not. What is configured and fails is an error: only a place that
/// has nothing is passed over.
/// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
package enum CredentialChain {
    /// The places to ask, in their order.
    package static func providers(
        _ configuration: AWSConfiguration
    ) throws(AWSProblem) -> [any CredentialProvider] {
        let environment = configuration.environment
        if configuration.profileChoice != .option {
            if let keys = EnvironmentProvider(environment) { return [keys] }
            if let web = try WebIdentityProvider(environment) { return [web] }
        }
        if let provider = try ProfileProviders.provider(
            for: configuration.profileName, in: configuration)
        {
            return [provider]
        }
        if let container = ContainerProvider(environment) { return [container] }
        return [try InstanceMetadataProvider(configuration)].compactMap { $0 }
    }

    package static func resolve(
        _ tools: CredentialTools
    ) async throws(AWSProblem) -> FoundCredentials {
        for provider in try providers(tools.configuration) {
            if let credentials = try await provider.load(tools) {
                return FoundCredentials(credentials: credentials, origin: provider.origin)
            }
        }
        throw none(tools.configuration)
    }

    private static func none(_ configuration: AWSConfiguration) -> AWSProblem {
        let name = configuration.profileName
        if configuration.profileChoice == .byDefault {
            return AWSProblem(
                .credentials, "no AWS credentials were found",
                hint: "run `aws configure` or `aws configure sso`, or set AWS_ACCESS_KEY_ID and "
                    + "AWS_SECRET_ACCESS_KEY; to try a sheet without an account, use "
                    + "`cue-runner rehearse`")
        }
        return AWSProblem(
            .credentials, "the profile \"\(name)\" has no credentials, nor has this machine",
            hint: "run `aws configure --profile \(name)` or `aws configure sso --profile \(name)`")
    }
}
