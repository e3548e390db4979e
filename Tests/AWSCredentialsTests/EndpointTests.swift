import Testing

@testable import AWSCredentials

@Suite struct EndpointTests {
    private func configuration(
        _ variables: [String: String] = [:], config: String = "", profile: String? = nil
    ) throws -> AWSConfiguration {
        try AWSConfiguration(environment(variables, config: config), profile: profile)
    }

    private func url(
        _ variables: [String: String] = [:], config: String = "", region: String = "us-west-2",
        option: String? = nil, service: AWSService = .ivs
    ) throws -> String {
        try configuration(variables, config: config)
            .endpoint(of: service, region: region, option: option).url
    }

    @Test func findsTheRegionInItsOrder() throws {
        let config = "[default]\nregion = ap-south-1\n"
        let both = ["AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"]
        let all = try configuration(both, config: config)
        #expect(
            try all.region(option: "eu-central-1", channel: "us-west-2")
                == RegionChoice(name: "eu-central-1", source: "--region"))
        #expect(
            try all.region(channel: "us-west-2")
                == RegionChoice(name: "us-west-2", source: "the channel's ARN"))
        #expect(try all.region()?.source == "AWS_REGION")
        let older = try configuration(["AWS_DEFAULT_REGION": "us-east-1"], config: config)
        #expect(try older.region()?.name == "us-east-1")
        #expect(
            try configuration(config: config).region()
                == RegionChoice(name: "ap-south-1", source: "profile default"))
        #expect(try configuration().region() == nil)
        #expect(
            try configuration(["AWS_REGION": " "], config: config).region()?.name == "ap-south-1")
    }

    @Test(arguments: ["a.b", "a/b", "x@y", "-a", "a-", "a b"])
    func refusesARegionThatCannotBePartOfAHostName(_ text: String) throws {
        let configuration = try configuration()
        #expect(throws: AWSProblem.self) { try configuration.region(option: text) }
    }

    @Test(arguments: [
        ("us-west-2", "amazonaws.com", "api.aws"),
        ("cn-north-1", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
        ("us-gov-west-1", "amazonaws.com", "api.aws"),
        ("eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu"),
        ("us-iso-east-1", "c2s.ic.gov", "api.aws.ic.gov"),
        ("us-isob-east-1", "sc2s.sgov.gov", "api.aws.scloud"),
        ("eu-isoe-west-1", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
        ("us-isof-south-1", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
        ("moon-1", "amazonaws.com", "api.aws"),
    ])
    func knowsTheSuffixesOfEveryPartition(_ region: String, _ suffix: String, _ dualStack: String)
        throws
    {
        let fips = ["AWS_USE_FIPS_ENDPOINT": "true"]
        let dual = ["AWS_USE_DUALSTACK_ENDPOINT": "TRUE"]
        #expect(try url(region: region) == "https://ivs.\(region).\(suffix)")
        #expect(try url(dual, region: region) == "https://ivs.\(region).\(dualStack)")
        #expect(try url(fips, region: region) == "https://ivs-fips.\(region).\(suffix)")
        #expect(
            try url(fips.merging(dual) { $1 }, region: region)
                == "https://ivs-fips.\(region).\(dualStack)")
        let config = "[default]\nuse_dualstack_endpoint = true\nuse_fips_endpoint = true\n"
        #expect(
            try url(config: config, region: region) == "https://ivs-fips.\(region).\(dualStack)")
    }

    @Test func overridesTheAddressFromTheOptionToTheProfile() throws {
        let config = """
            [default]
            services = local
            endpoint_url = http://profile
            [services local]
            ivs =
              endpoint_url = http://services/
            """
        let general = ["AWS_ENDPOINT_URL": "http://general"]
        let both = general.merging(["AWS_ENDPOINT_URL_IVS": "http://ivs"]) { $1 }
        #expect(try url(both, config: config, option: "http://option") == "http://option")
        #expect(try url(both, config: config) == "http://ivs")
        #expect(try url(general, config: config) == "http://general")
        #expect(try url(config: config) == "http://services")
        #expect(try url(config: config, service: .sts) == "http://profile")
        #expect(
            try url(both, service: .sts) == "http://general", "IVS's variable is IVS's alone")
        let ignoring = both.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]) { $1 }
        #expect(try url(ignoring, config: config) == "https://ivs.us-west-2.amazonaws.com")
        #expect(try url(ignoring, config: config, option: "http://option") == "http://option")
        #expect(
            try url(config: config + "\n[default]\nignore_configured_endpoint_urls = true\n")
                == "https://ivs.us-west-2.amazonaws.com")
    }

    @Test func knowsTheOtherServicesHosts() throws {
        #expect(try url(service: .sts) == "https://sts.us-west-2.amazonaws.com")
        #expect(try url(service: .sso) == "https://portal.sso.us-west-2.amazonaws.com")
        #expect(try url(service: .ssoOIDC) == "https://oidc.us-west-2.amazonaws.com")
        #expect(try url(service: .iam) == "https://iam.amazonaws.com")
        let endpoint = try configuration().endpoint(of: .iam, region: "us-gov-east-1")
        #expect(endpoint.region == "us-gov-west-1")
        #expect(endpoint.url == "https://iam.us-gov.amazonaws.com")
        let dual = ["AWS_USE_DUALSTACK_ENDPOINT": "true"]
        let fips = ["AWS_USE_FIPS_ENDPOINT": "true"]
        #expect(try url(dual, service: .iam) == "https://iam.global.api.aws")
        #expect(try url(fips, service: .iam) == "https://iam-fips.amazonaws.com")
        #expect(
            try url(region: "cn-north-1", service: .iam)
                == "https://iam.cn-north-1.amazonaws.com.cn")
        #expect(try url(fips, service: .sso) == "https://portal.sso-fips.us-west-2.amazonaws.com")
        let gov = "us-gov-west-1"
        #expect(
            try url(fips, region: gov, service: .sts) == "https://sts.us-gov-west-1.amazonaws.com")
        #expect(
            try url(fips.merging(dual) { $1 }, region: gov, service: .sts)
                == "https://sts-fips.us-gov-west-1.api.aws")
    }

    @Test func usesAConfiguredAddressAsItStands() throws {
        for mode in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] {
            #expect(try url([mode: "true"], option: "http://a") == "http://a")
        }
    }

    @Test func explainsWhatIsNotAnEndpoint() {
        for text in ["ftp://a", "a.com", "http://", "http://a:0", "http://u@a", "https://a:99999"] {
            #expect(throws: AWSProblem.self) { try EndpointURL.parse(text) }
        }
        #expect(throws: Never.self) {
            let (url, host) = try EndpointURL.parse("http://LOCALHOST:8080/")
            #expect(url == "http://LOCALHOST:8080")
            #expect(host == "localhost:8080")
            #expect(try EndpointURL.parse("https://a:443").host == "a")
            #expect(try EndpointURL.parse("http://[::1]:81").host == "[::1]:81")
        }
    }

    @Test func readsTheRetrySettings() throws {
        let config = "[default]\nretry_mode = adaptive\nmax_attempts = 7\n"
        #expect(try RetrySettings(configuration()) == RetrySettings(configuration()))
        #expect(try RetrySettings(configuration()).maxAttempts == nil)
        let fromFile = try RetrySettings(configuration(config: config))
        #expect(fromFile.mode == .adaptive && fromFile.maxAttempts == 7)
        let fromEnvironment = try RetrySettings(
            configuration(
                ["AWS_RETRY_MODE": "Standard", "AWS_MAX_ATTEMPTS": "2"], config: config))
        #expect(fromEnvironment.mode == .standard && fromEnvironment.maxAttempts == 2)
        for (name, value) in [("AWS_RETRY_MODE", "eager"), ("AWS_MAX_ATTEMPTS", "0")] {
            #expect(throws: AWSProblem.self) { try RetrySettings(configuration([name: value])) }
        }
    }

    @Test func namesTheProgramAndWhatTheUserCallsIt() throws {
        #expect(UserAgent.text(version: "1.2", nil) == "cue-runner/1.2 ua/2.1 os/linux lang/swift")
        let named = try configuration(["AWS_SDK_UA_APP_ID": "friday trivia/é"])
        #expect(UserAgent.text(version: "1", named).hasSuffix(" app/friday-trivia---"))
        let long = try configuration(
            config: "[default]\nsdk_ua_app_id = \(String(repeating: "a", count: 60))")
        #expect(
            UserAgent.text(version: "1", long).hasSuffix("/" + String(repeating: "a", count: 50)))
    }
}
