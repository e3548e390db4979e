import AWSCredentials
import AWSSigning
import AWSTransport
import ArgumentParser
import CueOperator
import CuePublisher
import CueShow
import CueSystem
import CueText
import CueTimeline
import IVSWire

/// Options about the account, as AWS's CLI names them.
struct AWSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The region to call and to sign for; the channel's.", valueName: "region"),
        completion: .list(IVSLimits.regions))
    var region: String?

    @Option(help: ArgumentHelp("A profile of the AWS configuration.", valueName: "name"))
    var profile: String?

    @Option(help: ArgumentHelp("Send here instead of to AWS.", valueName: "url"))
    var endpointUrl: String?

    @Option(
        help: ArgumentHelp("Trust these certificates (PEM).", valueName: "file"),
        completion: .file(extensions: ["pem", "crt"]))
    var caBundle: String?

    /// What was given, for the log; none of it is a secret.
    var given: [(name: String, value: String)] {
        [
            ("region", region), ("profile", profile), ("endpoint_url", endpointUrl),
            ("ca_bundle", caBundle),
        ].compactMap { name, value in value.map { (name, $0) } }
    }
}

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
            throw AWSProblem(
                .configuration, error.message,
                hint: "--ca-bundle, AWS_CA_BUNDLE and ca_bundle take a file of certificates in "
                    + "PEM form")
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

/// Credentials that are kept fresh for as long as a show runs.
struct LiveCredentials: Sendable {
    let source: CredentialSource
    let found: FoundCredentials
    private let tools: CredentialTools

    /// Finds them; whoever holds them closes them.
    init(_ access: AWSAccess, terminal: Terminal) async throws(AWSProblem) {
        let tools = try access.tools(terminal: terminal)
        do throws(AWSProblem) {
            found = try await CredentialChain.resolve(tools)
        } catch {
            await tools.transport.shutdown()
            throw error
        }
        self.tools = tools
        // In mid-show the keyboard belongs to the show.
        var later = tools
        later.askCode = nil
        source = CredentialSource(found, now: tools.now) {
            [later] () async throws(AWSProblem) in
            try await CredentialChain.resolve(later)
        } report: { report in
            Self.tell(report, terminal)
        }
    }

    func close() async {
        await source.close()
        await tools.transport.shutdown()
    }

    /// A failure is said once it matters: before that another attempt comes in time.
    private static func tell(_ report: CredentialSource.Report, _ terminal: Terminal) {
        guard case .failed(let problem, let end, isUrgent: true) = report else { return }
        let moment = end.map {
            $0 <= SystemClock.wall ? "have ended" : "end at \($0.rfc3339(.none))"
        }
        terminal.error(
            "the credentials \(moment ?? "can't be renewed"): \(problem.message)",
            hint: problem.hint)
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
