import AWSSigning
import AWSTransport

/// The credentials of an ECS task or an EKS pod, from the address that the container was given.
///
/// A full URI must be https, or http to this machine or to AWS's own link-local addresses, so that
/// no variable can send the container's token elsewhere. Never through a proxy; 2 s an attempt, 3
/// attempts. https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
struct ContainerProvider: CredentialProvider {
    static let timeout: Duration = .seconds(2)
    static let attempts = 3
    private static let relativeHost = "169.254.170.2"
    private static let hosts = [relativeHost, "169.254.170.23", "fd00:ec2::23", "localhost"]

    let origin = CredentialOrigin(
        .container, "the container's endpoint", isRenewable: true)
    private let environment: AWSEnvironment

    /// Nil where the environment names no endpoint.
    init?(_ environment: AWSEnvironment) {
        guard
            environment.value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != nil
                || environment.value("AWS_CONTAINER_CREDENTIALS_FULL_URI") != nil
        else { return nil }
        self.environment = environment
    }

    func load(_ tools: CredentialTools) async throws(AWSProblem) -> Credentials? {
        let url = try Self.url(environment)
        var headers = [(name: "Accept", value: "application/json")]
        // Read for every call: EKS puts a new token in the file while the pod runs.
        if let token = try token() { headers.append((name: "Authorization", value: token)) }
        var request = HTTPRequest(method: "GET", url: url, headers: headers, body: [])
        request.usesProxy = url.hasPrefix("https://")
        let result = await tools.exchange(
            request, timeout: Self.timeout, attempts: Self.attempts)
        switch result {
        case .failure(let problem):
            throw .unreachable("the container's credential endpoint", url, problem)
        case .success(var reply):
            defer { cleanse(&reply.body) }
            guard reply.status == 200 else {
                throw AWSProblem(
                    .credentials, "the container's credential endpoint answers \(reply.status)",
                    hint: "give the task or the pod a role")
            }
            do throws(CredentialReply.Problem) {
                return try CredentialReply.read(reply.body, token: "Token")
            } catch {
                throw AWSProblem(
                    .credentials,
                    "the answer of the container's credential endpoint can't be used: "
                        + error.words,
                    hint: "look at what serves \(url)")
            }
        }
    }

    static func url(_ environment: AWSEnvironment) throws(AWSProblem) -> String {
        if let path = environment.value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            return "http://" + relativeHost + (path.hasPrefix("/") ? path : "/" + path)
        }
        let url = environment.value("AWS_CONTAINER_CREDENTIALS_FULL_URI") ?? ""
        let host = try EndpointURL.parse(url).host
        if url.hasPrefix("https://") || isAllowed(host) { return url }
        throw AWSProblem(
            .credentials,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI names \(host), which is not on this machine",
            hint: "over http the host must be localhost, a loopback address or "
                + hosts.dropLast().joined(separator: ", "))
    }

    private static func isAllowed(_ authority: String) -> Bool {
        var host = Substring(authority)
        if host.first == "[" {
            host = host.dropFirst().prefix { $0 != "]" }
            return host == "::1" || hosts.contains(String(host))
        }
        host = host.prefix { $0 != ":" }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let isLoopback =
            parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        return isLoopback || hosts.contains(String(host))
    }

    private func token() throws(AWSProblem) -> String? {
        let token: String
        if let path = environment.value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            guard let text = environment.readFile(path) else {
                throw AWSProblem(
                    .credentials, "the container's token can't be read from \"\(path)\"",
                    hint: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names that file")
            }
            token = text
        } else if let text = environment.value("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            token = text
        } else {
            return nil
        }
        guard !token.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw AWSProblem(
                .credentials, "the container's token has a line end in it",
                hint: "a token is one line without an end; write its file with `printf %s`")
        }
        return token
    }
}
