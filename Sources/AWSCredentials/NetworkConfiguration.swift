package import AWSTransport

extension AWSConfiguration {
    /// Proxies from the environment, and whom to trust: `--ca-bundle`, AWS_CA_BUNDLE, the profile's
    /// `ca_bundle`, else what the system trusts.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html
    package func transportSettings(
        caBundle option: String? = nil
    ) throws(AWSProblem) -> TransportSettings {
        var settings = TransportSettings()
        settings.caBundle =
            option ?? setting("AWS_CA_BUNDLE", "ca_bundle").map(environment.expanded)
        do throws(TransportProblem) {
            settings.proxies = try ProxySettings(variables: environment.variables)
        } catch {
            throw AWSProblem(
                .configuration, error.message,
                hint: "a proxy looks like http://proxy.example.com:3128")
        }
        return settings
    }
}
