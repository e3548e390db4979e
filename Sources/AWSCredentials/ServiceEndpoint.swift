/// A service of AWS as far as its address and its signatures go.
package struct AWSService: Hashable, Sendable {
    /// As AWS_ENDPOINT_URL_… and, in lower case, `[services]` name it.
    let id: String
    /// What its host names begin with.
    let host: String
    let fipsHost: String
    let signingName: String
    /// One endpoint serves the whole partition.
    let isGlobal: Bool

    private init(
        _ id: String, host: String, fipsHost: String? = nil, signingName: String,
        isGlobal: Bool = false
    ) {
        self.id = id
        self.host = host
        self.fipsHost = fipsHost ?? host + "-fips"
        self.signingName = signingName
        self.isGlobal = isGlobal
    }

    package static let ivs = AWSService("IVS", host: "ivs", signingName: "ivs")
    static let sts = AWSService("STS", host: "sts", signingName: "sts")
    static let iam = AWSService("IAM", host: "iam", signingName: "iam", isGlobal: true)
    static let sso = AWSService(
        "SSO", host: "portal.sso", signingName: "awsssoportal")
    static let ssoOIDC = AWSService(
        "SSO_OIDC", host: "oidc", signingName: "sso-oauth")
}

/// Where the calls to one service go.
package struct ServiceEndpoint: Hashable, Sendable {
    /// Without a slash at its end.
    package var url: String
    /// The region that signatures name.
    package var region: String
    /// `--endpoint-url`, `AWS_ENDPOINT_URL_IVS`, …; nil for AWS's own address.
    package var source: String?

    package init(url: String, region: String, source: String?) {
        self.url = url
        self.region = region
        self.source = source
    }
}

extension AWSConfiguration {
    /// The address of a service in a region.
    ///
    /// In this order: `--endpoint-url`, AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the service's
    /// `endpoint_url` in the `[services]` section that the profile names, the profile's own
    /// `endpoint_url`, and AWS's address by partition, dual stack and FIPS. An address that is
    /// configured is taken as it stands: dual stack and FIPS have no effect on it, as with AWS's CLI.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    package func endpoint(
        of service: AWSService, region: String, option: String? = nil
    ) throws(AWSProblem) -> ServiceEndpoint {
        if let (url, source) = override(of: service, option: option) {
            return ServiceEndpoint(url: Self.withoutSlash(url), region: region, source: source)
        }
        let partition = Partition.of(region: region)
        let suffix = isDualStack ? partition.dualStackSuffix : partition.suffix
        if service.isGlobal {
            return ServiceEndpoint(
                url: "https://\(globalHost(service, partition)).\(suffix)",
                region: partition.globalRegion, source: nil)
        }
        // In GovCloud the ordinary endpoints are FIPS endpoints; IVS's rules know no exception.
        let isOrdinary = partition.name == "aws-us-gov" && !isDualStack && service != .ivs
        let host = isFIPS && !isOrdinary ? service.fipsHost : service.host
        return ServiceEndpoint(
            url: "https://\(host).\(region).\(suffix)", region: region, source: nil)
    }

    private func globalHost(_ service: AWSService, _ partition: Partition) -> String {
        let host = isFIPS ? service.fipsHost : service.host
        switch partition.name {
        case "aws": return isDualStack ? host + ".global" : host
        case "aws-us-gov": return service.host + ".us-gov"
        default: return "\(host).\(partition.globalRegion)"
        }
    }

    package var isDualStack: Bool {
        isOn("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
    }

    package var isFIPS: Bool { isOn("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint") }

    private func override(of service: AWSService, option: String?) -> (String, String)? {
        if let option { return (option, "--endpoint-url") }
        if isOn("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") {
            return nil
        }
        for name in ["AWS_ENDPOINT_URL_\(service.id)", "AWS_ENDPOINT_URL"] {
            if let url = environment.value(name) { return (url, name) }
        }
        if let section = profile["services"],
            let value = files.services[section]?[service.id.lowercased()],
            let url = SharedConfig.nested(value)["endpoint_url"], !url.isEmpty
        {
            return (url, "services section \(section)")
        }
        return profile["endpoint_url"].map { ($0, "profile \(profileName)") }
    }

    private static func withoutSlash(_ url: String) -> String {
        url.hasSuffix("/") ? String(url.dropLast()) : url
    }
}
