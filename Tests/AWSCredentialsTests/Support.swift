import AWSCredentials
import AWSSigning
import AWSTransport
import CueText

/// An environment whose files are only in this test.
func environment(
    _ variables: [String: String] = [:], config: String = "", credentials: String = "",
    files: [String: String] = [:]
) -> AWSEnvironment {
    AWSEnvironment(variables: variables.merging(["HOME": "/home/ada"]) { $1 }) { path in
        switch path {
        case "/home/ada/.aws/config", "/elsewhere/config": config
        case "/home/ada/.aws/credentials", "/elsewhere/credentials": credentials
        default: files[path]
        }
    }
}

/// 2026-01-02T03:04:05Z.
let frozen = WallTime(seconds: 1_767_323_045)

/// Resolves where no service has to be asked.
func resolve(
    _ environment: AWSEnvironment, profile: String? = nil
) async throws -> FoundCredentials {
    let configuration = try AWSConfiguration(environment, profile: profile)
    let transport = try HTTPTransport(background: TransportSettings())
    let tools = CredentialTools(
        configuration: configuration, transport: transport, userAgent: "tests", now: { frozen })
    do {
        let found = try await CredentialChain.resolve(tools)
        await transport.shutdown()
        return found
    } catch {
        await transport.shutdown()
        throw error
    }
}

/// What goes wrong, as far as that is known before anything is asked.
func problem(_ environment: AWSEnvironment, profile: String? = nil) -> AWSProblem? {
    do throws(AWSProblem) {
        _ = try CredentialChain.providers(try AWSConfiguration(environment, profile: profile))
        return nil
    } catch {
        return error
    }
}

/// The words for the place that would be asked first.
func place(_ environment: AWSEnvironment, profile: String? = nil) throws -> String? {
    try CredentialChain.providers(try AWSConfiguration(environment, profile: profile)).first?
        .origin.words
}
