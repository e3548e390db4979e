import AWSSigning
import AWSTransport
import CueText

/// A role of IAM Identity Center, by the token that `aws sso login` left in the CLI's cache.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html
struct SSOProvider: CredentialProvider {
    static let timeout: Duration = .seconds(5)

    let origin: CredentialOrigin
    private let profileName: String
    private let account: String
    private let role: String
    private let token: SSOToken

    /// Nil where the profile has neither `sso_account_id` nor `sso_role_name`.
    init?(
        profile: SharedConfig.Profile, name: String, configuration: AWSConfiguration
    ) throws(AWSProblem) {
        if profile["sso_account_id"] == nil, profile["sso_role_name"] == nil { return nil }
        let session = profile["sso_session"]
        var values = profile.values
        if let session {
            guard let section = configuration.files.ssoSessions[session] else {
                throw AWSProblem(
                    .credentials,
                    "the profile \"\(name)\" names the sso-session \"\(session)\", which there is "
                        + "not",
                    hint: "run `aws configure sso --profile \(name)`")
            }
            for (key, value) in section {
                if let own = profile[key], own != value {
                    throw AWSProblem(
                        .credentials,
                        "\(key) differs between the profile \"\(name)\" and its sso-session "
                            + "\"\(session)\"",
                        hint: "take it out of the profile")
                }
                values[key] = value
            }
        }
        func needed(_ key: String) throws(AWSProblem) -> String {
            guard let value = values[key], !value.isEmpty else {
                throw AWSProblem(
                    .credentials, "the profile \"\(name)\" uses SSO and has no \(key)",
                    hint: "run `aws configure sso --profile \(name)`")
            }
            return value
        }
        account = try needed("sso_account_id")
        role = try needed("sso_role_name")
        token = SSOToken(
            profileName: name, session: session, startURL: try needed("sso_start_url"),
            region: try needed("sso_region"))
        profileName = name
        origin = CredentialOrigin(
            .sso, "SSO as \(role) in account \(account), profile \(name)", isRenewable: true)
    }

    func load(_ tools: CredentialTools) async throws(AWSProblem) -> Credentials? {
        let bearer = try await token.load(tools)
        let endpoint = try tools.configuration.endpoint(of: .sso, region: token.region)
        let (url, host) = try EndpointURL.parse(endpoint.url)
        let request = HTTPRequest(
            method: "GET",
            url: url + "/federation/credentials?role_name="
                + PercentEncoding.encode(role.utf8) + "&account_id="
                + PercentEncoding.encode(account.utf8),
            headers: [
                (name: "Host", value: host), (name: "User-Agent", value: tools.userAgent),
                (name: "x-amz-sso_bearer_token", value: bearer.reveal()),
            ], body: [])
        let result = await tools.exchange(
            request, timeout: Self.timeout, attempts: tools.attempts)
        switch result {
        case .failure(let problem): throw .unreachable("AWS SSO", url, problem)
        case .success(var reply):
            defer { cleanse(&reply.body) }
            if reply.status == 401 { throw token.expired }
            let json = try? JSONValue.parse(reply.body)
            guard reply.status == 200 else {
                let message = json?["message"]?.string ?? "HTTP status \(reply.status)"
                throw AWSProblem(
                    .credentials,
                    "AWS SSO gives no credentials for \(role) in account \(account): \(message)",
                    hint: "check sso_account_id and sso_role_name of profile \(profileName)")
            }
            guard let keys = json?["roleCredentials"], let id = keys["accessKeyId"]?.string,
                let secret = keys["secretAccessKey"]?.string,
                let token = keys["sessionToken"]?.string
            else {
                throw AWSProblem(
                    .credentials, "the answer of AWS SSO can't be read",
                    hint: "check AWS_ENDPOINT_URL_SSO and AWS_ENDPOINT_URL")
            }
            return Credentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: token,
                expiration: keys["expiration"]?.integer.map(Expiry.read(milliseconds:)))
        }
    }
}

/// The token of an SSO login, as it lies in `~/.aws/sso/cache`.
///
/// One of an `sso-session` is renewed within 15 minutes of its end and put back into the cache, so
/// that AWS's own tools find it there; one of the older kind lasts until it ends.
/// https://docs.aws.amazon.com/sdkref/latest/guide/understanding-sso.html
struct SSOToken: Sendable {
    static let renewWithin: Duration = .seconds(15 * 60)

    var profileName: String
    var session: String?
    var startURL: String
    var region: String

    var expired: AWSProblem {
        AWSProblem(
            .credentials, "the SSO login of profile \"\(profileName)\" has expired", hint: login)
    }

    private var login: String {
        session.map { "run `aws sso login --sso-session \($0)`" }
            ?? "run `aws sso login --profile \(profileName)`"
    }

    func load(_ tools: CredentialTools) async throws(AWSProblem) -> SecretText {
        let environment = tools.configuration.environment
        guard let name = try? sha1Hex(session ?? startURL) else {
            throw AWSProblem(.credentials, "SHA-1 can't be computed", hint: login)
        }
        let path = "\(environment.home)/.aws/sso/cache/\(name).json"
        guard let text = environment.readFile(path) else {
            throw AWSProblem(
                .credentials, "profile \"\(profileName)\" is not logged in to SSO", hint: login)
        }
        guard let json = try? JSONValue.parse(text.utf8), let token = json["accessToken"]?.string,
            let expiresAt = json["expiresAt"]?.string.flatMap(Expiry.read)
        else {
            throw AWSProblem(
                .credentials, "the SSO token of profile \"\(profileName)\" can't be read",
                hint: login)
        }
        let rest = expiresAt - tools.now()
        if session != nil, rest < Self.renewWithin,
            let renewed = await renewed(json, path: path, tools)
        {
            return SecretText(renewed)
        }
        guard rest > .zero else { throw expired }
        return SecretText(token)
    }

    /// A new token for the refresh token of the old one; nil where there is none to be had.
    private func renewed(
        _ old: JSONValue, path: String, _ tools: CredentialTools
    ) async -> String? {
        guard let client = old["clientId"]?.string, let secret = old["clientSecret"]?.string,
            let refresh = old["refreshToken"]?.string,
            let registered = old["registrationExpiresAt"]?.string.flatMap(Expiry.read),
            registered > tools.now(),
            let endpoint = try? tools.configuration.endpoint(of: .ssoOIDC, region: region),
            let (url, host) = try? EndpointURL.parse(endpoint.url)
        else { return nil }
        let body = jsonObject {
            $0.field("grantType", "refresh_token")
            $0.field("clientId", client)
            $0.field("clientSecret", secret)
            $0.field("refreshToken", refresh)
        }
        let request = HTTPRequest(
            url: url + "/token",
            headers: [
                (name: "Host", value: host), (name: "Content-Type", value: "application/json"),
                (name: "User-Agent", value: tools.userAgent),
            ], body: Array(body.utf8))
        let result = await tools.exchange(
            request, timeout: SSOProvider.timeout, attempts: tools.attempts)
        guard case .success(var reply) = result, reply.status == 200 else { return nil }
        defer { cleanse(&reply.body) }
        guard let new = try? JSONValue.parse(reply.body), let token = new["accessToken"]?.string
        else { return nil }
        let end = tools.now() + Expiry.lifetime(seconds: new["expiresIn"]?.integer ?? 0)
        tools.configuration.environment.writeFile(
            path,
            entry(old, token: token, end: end, refresh: new["refreshToken"]?.string))
        return token
    }

    /// The cache's entry as AWS's CLI writes it.
    private func entry(
        _ old: JSONValue, token: String, end: WallTime, refresh: String?
    ) -> String {
        let fields: [(String, String?)] = [
            ("startUrl", startURL), ("region", region), ("accessToken", token),
            ("expiresAt", end.rfc3339(.none)), ("clientId", old["clientId"]?.string),
            ("clientSecret", old["clientSecret"]?.string),
            ("registrationExpiresAt", old["registrationExpiresAt"]?.string),
            ("refreshToken", refresh ?? old["refreshToken"]?.string),
        ]
        return jsonObject { writer in
            for case (let key, let value?) in fields {
                writer.field(key, value)
            }
        }
    }
}
