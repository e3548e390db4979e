import AWSSigning
import ArgumentParser
import CueOperator
import CueShow
import CueStage
import CueText
import IVSWire

/// `cue-runner stage`
struct StageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stage",
        abstract: "Serve IVS's API, live video and the viewer page on this machine.",
        discussion: """
            Any AWS client can send its metadata there; viewers get it in the video, and \
            their answers are counted.

            EXAMPLE:
              cue-runner stage --port 8080 --delay 3s
            """)

    static let defaultChannel = "arn:aws:ivs:us-west-2:123456789012:channel/Stage1234567"

    @OptionGroup var stageOptions: StageOptions

    @Option(help: ArgumentHelp("A channel that is on the air.", valueName: "arn"))
    var channel: [String] = []

    @Option(help: ArgumentHelp("A channel that is off the air.", valueName: "arn"))
    var offlineChannel: [String] = []

    @Flag(help: "Do not tell of each call.")
    var quiet = false

    func validate() throws {
        for arn in channel + offlineChannel where ChannelARN(arn) == nil {
            throw ValidationError(
                "\"\(arn.printable)\" is not the ARN of an IVS channel; it looks like "
                    + Self.defaultChannel)
        }
    }

    func run() async throws {
        let terminal = Terminal(environment: Environment.variables, isQuiet: quiet)
        let credentials = try stageOptions.makeCredentials()
        let live = channel.isEmpty ? [Self.defaultChannel] : channel
        var settings = StageSettings(
            live: live.compactMap { ChannelARN($0) },
            offline: offlineChannel.compactMap { ChannelARN($0) }, credentials: credentials)
        stageOptions.apply(to: &settings)
        stageOptions.warn(terminal)
        let (stops, stop) = AsyncStream.makeStream(of: ExitStatus.self)
        let signals = Signals { stop.yield($0) }
        do {
            let status = try await Stage.withStage(settings, observe: { announce($0, terminal) }) {
                stage in
                terminal.data(Self.lines(of: stage, live, credentials))
                for await status in stops { return status }
                return ExitStatus.success
            }
            signals.cancel()
            if status != .success { throw ExitCode(status.rawValue) }
        } catch let problem as StageProblem {
            throw StageOptions.failure(problem, stageOptions.address)
        }
    }

    /// What a shell takes to send to the stage.
    private static func lines(
        of stage: RunningStage, _ live: [String], _ credentials: Credentials
    ) -> String {
        let region = live.first.flatMap { ChannelARN($0)?.region } ?? "us-west-2"
        var lines = ["# stage at \(stage.url), channel \(live.joined(separator: ", "))"]
        if let page = stage.page { lines.append("# watch it at \(page)") }
        lines += [
            "export AWS_ENDPOINT_URL_IVS=\(stage.url)",
            "export AWS_ACCESS_KEY_ID=\(credentials.accessKeyID)",
            "export AWS_SECRET_ACCESS_KEY=\(credentials.secretAccessKey)",
        ]
        if let token = credentials.sessionToken {
            lines.append("export AWS_SESSION_TOKEN=\(CommandWords.quoted(token))")
        }
        lines += ["export AWS_DEFAULT_REGION=\(region)", "export CHANNEL_ARN=\(live[0])"]
        return lines.joined(separator: "\n") + "\n"
    }
}

@Sendable private func announce(_ call: StageCall, _ terminal: Terminal) {
    let parts = [
        call.operation, call.channel, "\(call.status)", call.code,
        call.metadata.map { "\($0.utf8.count) bytes" },
    ]
    terminal.say(parts.compactMap { $0 }.joined(separator: " "))
}
