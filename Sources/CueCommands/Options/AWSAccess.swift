import AWSCredentials
import AWSTransport
import CueOperator
import CueShow
import CueSystem
import IVSWire

/// What AWS's tools would use here: files, environment and options laid over each other.
struct AWSAccess: Sendable {
    let configuration: AWSConfiguration
    let transportSettings: TransportSettings
    let retries: RetrySettings
    let userAgent: String
    private let region: String?
    private let endpointURL: String?

    /// `channel` is the region of the first channel, for calls that belong to none.
    init(_ options: AWSOptions, channel: String?) throws(AWSProblem) {
        configuration = try AWSConfiguration(
            Environment.aws, profile: options.profile, fallbackRegion: options.region ?? channel)
        transportSettings = try configuration.transportSettings(caBundle: options.caBundle)
        retries = try RetrySettings(configuration)
        userAgent = UserAgent.text(version: CueRunner.version, configuration)
        region = options.region
        endpointURL = options.endpointUrl
    }

    func region(of channel: ChannelARN?) throws(AWSProblem) -> RegionChoice? {
        try configuration.region(option: region, channel: channel?.region)
    }

    func endpoint(of channel: ChannelARN) throws(AWSProblem) -> ServiceEndpoint {
        try endpoint(in: try region(of: channel)?.name ?? channel.region)
    }

    func endpoint(in region: String) throws(AWSProblem) -> ServiceEndpoint {
        try configuration.endpoint(of: .ivs, region: region, option: endpointURL)
    }

    /// The tools that find credentials, with connections of their own: no handshake of theirs holds
    /// up a cue.
    func tools(terminal: Terminal) throws(AWSProblem) -> CredentialTools {
        // From here on there are secrets in memory, which a core file would hold.
        Environment.leaveNoCore()
        let transport: HTTPTransport
        do throws(TransportProblem) {
            transport = try HTTPTransport(background: transportSettings)
        } catch {
            throw AWSProblem(error)
        }
        var tools = CredentialTools(
            configuration: configuration, transport: transport, userAgent: userAgent,
            now: { SystemClock.wall })
        if terminal.canAsk { tools.askCode = { await Self.code($0, terminal) } }
        return tools
    }

    private static func code(_ serial: String, _ terminal: Terminal) async -> String? {
        terminal.print("type the code of the MFA device \(serial), then Enter")
        return await onOwnThread { readLine() }
    }
}

extension AWSProblem {
    /// Why there can be no connections at all.
    init(_ problem: TransportProblem) {
        self.init(
            .configuration, problem.message,
            hint: "--ca-bundle, AWS_CA_BUNDLE and ca_bundle take a file of certificates in PEM form"
        )
    }
}

extension CommandFailure {
    init(_ problem: AWSProblem) {
        let status: ExitStatus =
            switch problem.kind {
            case .credentials: .noPermission
            case .configuration: .usage
            case .unreachable: .unavailable
            }
        self.init(status, problem.message, hint: problem.hint)
    }
}
