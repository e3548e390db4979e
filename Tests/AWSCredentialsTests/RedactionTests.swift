import AWSCredentials
import AWSSigning
import Testing

@testable import AWSTransport

@Suite struct RedactionTests {
    private let secret = "nobody-may-see-this"

    /// However a value is printed: plain, in detail, inside of another, by a dump.
    private func texts(_ value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return [
            "\(value)", String(reflecting: value), "\([value])", "\(Optional(value) as Any)",
            dumped,
        ]
    }

    @Test func printsNoSecretOfEnvironmentFilesProvidersRequestsOrReplies() async throws {
        let keys = """
            [a]
            aws_access_key_id = AKIA
            aws_secret_access_key = \(secret)
            aws_session_token = \(secret)
            [b]
            credential_process = /keys --password \(secret)
            """
        let environment = environment(
            [
                "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": secret,
                "AWS_SESSION_TOKEN": secret, "HTTPS_PROXY": "http://ada:\(secret)@proxy:1",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": secret,
            ], credentials: keys)
        let configuration = try AWSConfiguration(environment, profile: "a")
        let found = try await resolve(environment, profile: "a")
        let settings = try configuration.transportSettings()
        #expect(settings.proxies.server(for: "https://x/")?.password == secret)
        let request = HTTPRequest(
            url: "https://x/y?token=\(secret)", headers: [(name: "Authorization", value: secret)],
            body: Array(secret.utf8))
        let reply = HTTPReply(
            status: 200, headers: [(name: "x", value: secret)], body: Array(secret.utf8))
        let values: [Any] = [
            environment, configuration, configuration.files, configuration.profile, found,
            found.credentials, settings, settings.proxies, request, reply, SecretText(secret),
            try CredentialChain.providers(configuration),
            try CredentialChain.providers(AWSConfiguration(environment, profile: "b")),
            try CredentialChain.providers(AWSConfiguration(environment, profile: nil)),
        ]
        for value in values {
            for text in texts(value) { #expect(!text.contains(secret), "\(type(of: value))") }
        }
        #expect(found.credentials.secretAccessKey == secret, "it is there all the same")
    }

    @Test func comparesSecretsByWhatTheyAre() {
        #expect(SecretText("a") == SecretText("a"))
        #expect(SecretText("a") != SecretText("b"))
        #expect(Set([SecretText("a"), SecretText("a"), SecretText("b")]).count == 2)
        var bytes = Array("secret".utf8)
        cleanse(&bytes)
        #expect(bytes.isEmpty)
    }
}
