import AWSSigning
import AWSTransport

/// The role of an EC2 instance, by version 2 of its metadata service alone.
///
/// Version 1 answers whoever can make the machine send a GET, so it is never asked. One attempt of
/// 1 s, so that a machine elsewhere is not kept waiting; never through a proxy.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
struct InstanceMetadataProvider: CredentialProvider {
    private static let path = "/latest/meta-data/iam/security-credentials/"
    private static let tokenSeconds = 21_600

    let origin = CredentialOrigin(
        .instance, "the role of this EC2 instance", isRenewable: true)
    private let endpoint: String
    private let timeout: Duration
    private let attempts: Int
    /// Somebody chose this place, so that silence is an error.
    private let isRequired: Bool

    /// Nil where AWS_EC2_METADATA_DISABLED is `true`.
    init?(
        _ configuration: AWSConfiguration, isRequired: Bool = false
    ) throws(AWSProblem) {
        if configuration.environment.value("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" {
            return nil
        }
        if let url = configuration.setting(
            "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")
        {
            endpoint = try EndpointURL.parse(url).url
        } else {
            let mode = configuration.setting(
                "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode")
            switch mode?.lowercased() {
            case nil, "ipv4": endpoint = "http://169.254.169.254"
            case "ipv6": endpoint = "http://[fd00:ec2::254]"
            default:
                throw AWSProblem(
                    .credentials,
                    "\"\(mode ?? "")\" is no kind of address of the metadata service",
                    hint: "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE takes IPv4 or IPv6")
            }
        }
        let seconds = configuration.setting(
            "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout"
        ).flatMap { Double($0) }
        timeout = .seconds(max(0.1, min(seconds ?? 1, 60)))
        let number = configuration.setting(
            "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts"
        ).flatMap { Int($0) }
        attempts = max(1, min(number ?? 1, 10))
        self.isRequired = isRequired
    }

    func load(_ tools: CredentialTools) async throws(AWSProblem) -> Credentials? {
        let token: String
        do throws(AWSProblem) {
            token = try await ask(
                "PUT", "/latest/api/token",
                [(name: "x-aws-ec2-metadata-token-ttl-seconds", value: "\(Self.tokenSeconds)")],
                tools)
        } catch {
            // On a machine that is no EC2 instance nothing answers there.
            if isRequired { throw error }
            return nil
        }
        let headers = [(name: "x-aws-ec2-metadata-token", value: token)]
        let role: String
        do throws(AWSProblem) {
            role = try await ask("GET", Self.path, headers, tools)
        } catch {
            if isRequired { throw error }
            return nil
        }
        let name = role.split(separator: "\n").first.map { String($0).trimmed } ?? ""
        var body = Array(try await ask("GET", Self.path + name, headers, tools).utf8)
        defer { cleanse(&body) }
        do throws(CredentialReply.Problem) {
            return try CredentialReply.read(body, token: "Token")
        } catch {
            throw AWSProblem(
                .credentials,
                "the instance metadata of the role \(name) can't be used: \(error.words)",
                hint: "check the role's trust policy: it must allow ec2.amazonaws.com")
        }
    }

    private func ask(
        _ method: String, _ path: String, _ headers: [(name: String, value: String)],
        _ tools: CredentialTools
    ) async throws(AWSProblem) -> String {
        var request = HTTPRequest(method: method, url: endpoint + path, headers: headers, body: [])
        request.usesProxy = false
        switch await tools.exchange(request, timeout: timeout, attempts: attempts) {
        case .failure(let problem):
            throw .unreachable("the instance metadata service", endpoint, problem)
        case .success(var reply):
            defer { cleanse(&reply.body) }
            let text = String(decoding: reply.body, as: UTF8.self)
            guard reply.status == 200, !text.isEmpty else {
                throw AWSProblem(
                    .credentials,
                    "the instance metadata service answers \(reply.status) for \(path)",
                    hint: "give the instance a role, and allow IMDSv2 with a hop limit of 2 "
                        + "where this runs in a container")
            }
            return text
        }
    }
}
