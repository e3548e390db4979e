import AWSCredentials
import AWSSigning
import AWSTransport
import CueDoctor
import CueOperator
import CuePublisher
import CueShow
import CueText
import IVSWire

/// Looks at everything that a show needs from AWS, in the order in which it needs it; what it sees
/// is judged by CueDoctor.
struct Doctor {
    /// Calls whose round trips are compared, after the one that opens the connection.
    private static let looks = 5

    let options: AWSOptions
    let terminal: Terminal
    var channels: [ExaminedChannel] = []
    var examination = Examination()

    init(options: AWSOptions, terminal: Terminal) {
        self.options = options
        self.terminal = terminal
    }

    mutating func note(_ finding: Finding?) {
        if let finding { examination.findings.append(finding) }
    }

    mutating func examine() async {
        let access: AWSAccess
        let tools: CredentialTools
        do throws(AWSProblem) {
            access = try AWSAccess(options, channel: channels.first?.arn.region)
            tools = try access.tools(terminal: terminal)
        } catch {
            note(.fail("configuration", CommandFailure(error)))
            return
        }
        examineRegion(access)
        let endpoint = examineEndpoint(access)
        examineNetwork(access, endpoint)
        let found = await examineCredentials(tools)
        let identity = await examineIdentity(found, tools)
        if let endpoint { await examineService(endpoint, found, access, tools) }
        await examinePermission(found, identity, tools)
        note(
            .retries(
                mode: access.retries.mode?.rawValue, maxAttempts: access.retries.maxAttempts))
        await tools.transport.shutdown()
    }

    private mutating func examineRegion(_ access: AWSAccess) {
        do throws(AWSProblem) {
            let choice = try access.region(of: channels.first?.arn)
            note(
                .region(
                    choice.map { ($0.name, $0.source) }, of: channels,
                    isChosen: options.region != nil && options.endpointUrl == nil))
        } catch {
            note(.fail("region", CommandFailure(error)))
        }
    }

    private mutating func examineEndpoint(_ access: AWSAccess) -> ServiceEndpoint? {
        do throws(AWSProblem) {
            let region = try access.region(of: channels.first?.arn)?.name ?? "us-east-1"
            let endpoint = try access.endpoint(in: region)
            let mode: AddressMode? =
                access.configuration.isFIPS
                ? .fips : access.configuration.isDualStack ? .dualStack : nil
            note(.endpoint(Place(endpoint), mode: mode))
            return endpoint
        } catch {
            note(.fail("endpoint", CommandFailure(error)))
            return nil
        }
    }

    private mutating func examineNetwork(_ access: AWSAccess, _ endpoint: ServiceEndpoint?) {
        let settings = access.transportSettings
        let proxy = endpoint.flatMap { settings.proxies.server(for: $0.url + "/") }
        note(.network(proxy: proxy?.description, caBundle: settings.caBundle))
    }

    private mutating func examineCredentials(_ tools: CredentialTools) async -> FoundCredentials? {
        do throws(AWSProblem) {
            let found = try await CredentialChain.resolve(tools)
            let facts = CredentialFacts(
                source: found.source, method: found.origin.method.rawValue,
                profile: tools.configuration.profileName,
                keyEnds: String(found.credentials.accessKeyID.suffix(4)),
                expires: found.credentials.expiration, isRenewable: found.origin.isRenewable)
            note(.credentials(facts, now: tools.now()))
            return found
        } catch {
            note(.fail("credentials", CommandFailure(error)))
            return nil
        }
    }

    private mutating func examineIdentity(
        _ found: FoundCredentials?, _ tools: CredentialTools
    ) async -> STS.Identity? {
        guard let found else { return nil }
        do throws(AWSProblem) {
            let identity = try await STS.identity(of: found.credentials, tools: tools)
            note(.identity(account: identity.account, arn: identity.arn, of: channels))
            return identity
        } catch {
            note(.identityUnknown(error.message, hint: error.hint))
            return nil
        }
    }

    private mutating func examineService(
        _ endpoint: ServiceEndpoint, _ found: FoundCredentials?, _ access: AWSAccess,
        _ tools: CredentialTools
    ) async {
        var looks: [IVSProbe.Look] = []
        do throws(AWSProblem) {
            let probe = try IVSProbe(endpoint, credentials: found?.credentials, tools: tools)
            for number in 0...Self.looks {
                if number > 0 { try? await ContinuousClock().sleep(for: IVSProbe.pause) }
                let look = await probe.look(at: channels.first?.arn)
                looks.append(look)
                if case .failure(let failure) = look.result, failure.isUnanswered {
                    return note(.unreachable(Place(endpoint), failure))
                }
            }
        } catch {
            return note(.fail("service", CommandFailure(error)))
        }
        note(.service(roundTrips: looks.dropFirst().map(\.roundTrip)))
        note(.clock(looks.compactMap(\.clock)))
        guard let found, let last = looks.last else { return }
        if let first = channels.first {
            note(.channel(first, last.result))
        } else if case .failure(let failure) = last.result {
            note(.refusal(failure))
        }
        for channel in channels.dropFirst() {
            try? await ContinuousClock().sleep(for: IVSProbe.pause)
            do throws(AWSProblem) {
                let probe = try IVSProbe(
                    try access.endpoint(of: channel.arn), credentials: found.credentials,
                    tools: tools)
                note(.channel(channel, await probe.look(at: channel.arn).result))
            } catch {
                note(.fail("channel \(channel.name)", CommandFailure(error)))
            }
        }
    }

    private mutating func examinePermission(
        _ found: FoundCredentials?, _ identity: STS.Identity?, _ tools: CredentialTools
    ) async {
        guard let found else { return }
        for channel in channels {
            var permission = Permission.unasked
            if let identity {
                let answer = await PolicySimulation.isAllowed(
                    Finding.action, on: channel.arn.text, to: identity,
                    credentials: found.credentials, region: channel.arn.region, tools: tools)
                permission =
                    switch answer {
                    case .allowed: .allowed
                    case .denied: .denied(principal: identity.arn)
                    case .unknown(let reason): .unknown(reason)
                    }
            }
            note(.permission(permission, on: channel, of: channels))
        }
    }
}

extension Place {
    init(_ endpoint: ServiceEndpoint) {
        self.init(url: endpoint.url, region: endpoint.region, source: endpoint.source)
    }
}

extension Failure {
    fileprivate var isUnanswered: Bool { kind == .unreachable || kind == .noAnswer }
}
