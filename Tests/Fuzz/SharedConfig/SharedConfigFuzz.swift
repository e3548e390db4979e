import AWSTransport
import CueText
import FuzzSupport

@testable import AWSCredentials

/// Any bytes as AWS's two configuration files, with a zero between them: read, and asked for all
/// that a show asks of each profile.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let texts = parts.map { String(decoding: $0, as: UTF8.self) }
    let (config, credentials) = (texts[0], texts.count > 1 ? texts[1] : "")
    let outcome = read(config, credentials)
    switch outcome {
    case .success(let files): ask(files, config, credentials)
    case .failure(let problem):
        let text = problem.file == .config ? config : credentials
        let lines = text.utf8.count { $0 == 0x0A } + 1
        hold((1...lines).contains(problem.line), "line \(problem.line) of \(lines)")
        hold(!problem.message.isEmpty, "a problem without words")
    }
    if !bytes.contains(0x0D) {
        let other = read(withCRLF(config), withCRLF(credentials))
        hold(isSame(outcome, other), "other line ends, another meaning")
    }
    readParts(bytes, config)
    return 0
}

private func read(
    _ config: String, _ credentials: String
) -> Result<SharedConfig, SharedConfigProblem> {
    do throws(SharedConfigProblem) {
        return .success(try SharedConfig(config: config, credentials: credentials))
    } catch {
        return .failure(error)
    }
}

private func withCRLF(_ text: String) -> String {
    String(decoding: text.utf8.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }, as: UTF8.self)
}

private func isSame(
    _ a: Result<SharedConfig, SharedConfigProblem>, _ b: Result<SharedConfig, SharedConfigProblem>
) -> Bool {
    switch (a, b) {
    case (.success(let a), .success(let b)):
        a.profiles.mapValues(\.values) == b.profiles.mapValues(\.values)
            && a.ssoSessions == b.ssoSessions && a.services == b.services
    case (.failure(let a), .failure(let b)): a == b
    default: false
    }
}

/// Everything that is decided before any service is asked. What is refused is refused in words,
/// and none of them is a secret.
private func ask(_ files: SharedConfig, _ config: String, _ credentials: String) {
    let environment = AWSEnvironment(variables: ["HOME": "/h"]) { path in
        path == "/h/.aws/config" ? config : path == "/h/.aws/credentials" ? credentials : nil
    }
    hold(files.profileNames == files.profileNames.sorted(), "profiles are not in order")
    for name in files.profileNames.prefix(8) {
        hold(!name.isEmpty, "a profile without a name")
        guard let profile = files.profiles[name] else { continue }
        hold(profile.values.keys.allSatisfy { $0 == $0.lowercased() }, "a key in upper case")
        do throws(AWSProblem) {
            let configuration = try AWSConfiguration(environment, profile: name)
            for question in Question.allCases {
                do throws(AWSProblem) {
                    try question.put(to: configuration)
                } catch {
                    check(error, profile)
                }
            }
        } catch {
            check(error, profile)
        }
    }
}

private enum Question: CaseIterable {
    case endpoints, retries, transport, credentials

    func put(to configuration: AWSConfiguration) throws(AWSProblem) {
        switch self {
        case .endpoints:
            guard let region = try configuration.region()?.name else { return }
            for service in [AWSService.ivs, .sts, .sso, .ssoOIDC, .iam] {
                let endpoint = try configuration.endpoint(of: service, region: region)
                let (url, host) = try EndpointURL.parse(endpoint.url)
                hold(!url.isEmpty && !host.isEmpty, "an endpoint without a host")
            }
        case .retries: _ = try RetrySettings(configuration)
        case .transport: _ = try configuration.transportSettings()
        case .credentials:
            for provider in try CredentialChain.providers(configuration) {
                hold(!provider.origin.words.isEmpty, "a provider without words")
            }
        }
    }
}

private func check(_ problem: AWSProblem, _ profile: SharedConfig.Profile) {
    hold(!problem.message.isEmpty, "a problem without words")
    for key in ["aws_secret_access_key", "aws_session_token"] {
        guard let secret = profile[key], secret.utf8.count >= 12 else { continue }
        // The same text may stand in another place, which is no secret.
        let others = profile.values.filter { $0.key != key && $0.value.contains(secret) }
        hold(
            !others.isEmpty || !"\(problem.message) \(problem.hint)".contains(secret),
            "a problem tells a secret: \(problem.message)")
    }
}

/// The smaller readers beside them.
private func readParts(_ bytes: [UInt8], _ text: String) {
    _ = try? CredentialReply.read(bytes, token: "Token")
    _ = try? EndpointURL.parse(text)
    _ = CommandWords.split(text)
    _ = SharedConfig.nested(text)
    if let proxies = try? ProxySettings(variables: ["https_proxy": text, "no_proxy": text]) {
        _ = proxies.server(for: "https://ivs.us-west-2.amazonaws.com/")
    }
}

#if !LIBFUZZER
    @main private enum Program {
        static func main() throws { try replay(testOneInput) }
    }
#endif
