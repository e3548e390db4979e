package import AWSSigning
import AWSTransport
import CueText

/// Calls to AWS's Security Token Service, by its query protocol.
/// https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
package enum STS {
    static let timeout: Duration = .seconds(5)
    private static let version = "2011-06-15"

    /// Who some credentials belong to.
    package struct Identity: Hashable, Sendable {
        package var account: String
        package var arn: String
    }

    /// GetCallerIdentity, which needs no permission.
    package static func identity(
        of credentials: Credentials, tools: CredentialTools
    ) async throws(AWSProblem) -> Identity {
        let text = try await call(
            [("Action", "GetCallerIdentity")], signedBy: credentials, tools: tools,
            hint: "check the access key and its secret")
        guard let account = XMLText.value("Account", in: text),
            let arn = XMLText.value("Arn", in: text)
        else { throw garbled }
        return Identity(account: account, arn: arn)
    }

    /// Calls one of the actions that answer with credentials.
    static func credentials(
        _ parameters: [(String, String)], signedBy credentials: Credentials?,
        tools: CredentialTools, hint: String
    ) async throws(AWSProblem) -> Credentials {
        let text = try await call(
            parameters, signedBy: credentials, tools: tools, hint: hint)
        guard let id = XMLText.value("AccessKeyId", in: text),
            let secret = XMLText.value("SecretAccessKey", in: text),
            let token = XMLText.value("SessionToken", in: text)
        else { throw garbled }
        return Credentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: token,
            expiration: XMLText.value("Expiration", in: text).flatMap(Expiry.read))
    }

    /// A name that tells in CloudTrail who assumed the role, and when.
    static func sessionName(_ now: WallTime) -> String {
        "cue-runner-\(now.nanoseconds / 1_000_000_000)"
    }

    private static let garbled = AWSProblem(
        .credentials, "the answer of AWS STS can't be read",
        hint: "check AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL, and what answers there")

    private static func call(
        _ parameters: [(String, String)], signedBy credentials: Credentials?,
        tools: CredentialTools, hint: String
    ) async throws(AWSProblem) -> String {
        let configuration = tools.configuration
        let region = try configuration.region()?.name ?? configuration.fallbackRegion ?? "us-east-1"
        let endpoint = try configuration.endpoint(of: .sts, region: region)
        let form = parameters + [("Version", version)]
        let request = try QueryProtocol.request(
            form, to: endpoint, service: .sts, credentials: credentials, tools: tools)
        switch await tools.exchange(request, timeout: timeout, attempts: tools.attempts) {
        case .failure(let problem):
            throw .unreachable("AWS STS", endpoint.url, problem)
        case .success(var reply):
            defer { cleanse(&reply.body) }
            let text = String(decoding: reply.body, as: UTF8.self)
            guard reply.status == 200 else {
                let code = XMLText.value("Code", in: text) ?? "HTTP status \(reply.status)"
                let message = XMLText.value("Message", in: text).map { ": \($0)" } ?? ""
                throw AWSProblem(
                    .credentials, "AWS STS refuses \(parameters[0].1) with \(code)\(message)",
                    hint: hint)
            }
            return text
        }
    }
}

/// AWS's older protocol: a form goes out, XML comes back.
enum QueryProtocol {
    static func request(
        _ form: [(String, String)], to endpoint: ServiceEndpoint, service: AWSService,
        credentials: Credentials?, tools: CredentialTools
    ) throws(AWSProblem) -> HTTPRequest {
        let (url, host) = try EndpointURL.parse(endpoint.url)
        let body = Array(
            form.map { "\($0.0)=\(PercentEncoding.encode($0.1.utf8))" }.joined(separator: "&").utf8)
        var headers: [HeaderField] = [
            (name: "Host", value: host),
            (name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8"),
        ]
        if let credentials {
            let signer = Signer(
                credentials: credentials, region: endpoint.region, service: service.signingName)
            let signing = SigningRequest(
                method: "POST", target: "/", headers: headers, body: body)
            do throws(SigningError) {
                headers += try signer.sign(signing, at: tools.now())
            } catch {
                throw AWSProblem(.credentials, error.message, hint: "check the access key")
            }
        }
        headers.append((name: "User-Agent", value: tools.userAgent))
        return HTTPRequest(url: url + "/", headers: headers, body: body)
    }
}

/// The text of single elements: all that STS's and IAM's answers are asked for.
enum XMLText {
    /// The text of the first element of that name, its entities resolved; nil where there is none.
    static func value(_ name: String, in text: String) -> String? {
        guard let open = text.firstRange(of: "<\(name)>"),
            let close = text[open.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        let raw = text[open.upperBound..<close.lowerBound]
        let entities = [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"),
            ("&amp;", "&"),
        ]
        return entities.reduce(String(raw.trimmingSpace)) { text, entity in
            text.replacing(entity.0, with: entity.1)
        }
    }
}
