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
        commandName: "stage", abstract: "Serve IVS's API on this machine, for any AWS client.",
        discussion: """
            EXAMPLE:
              cue-runner stage --port 8080
            """)

    static let defaultChannel = "arn:aws:ivs:us-west-2:123456789012:channel/Stage1234567"

    @Option(help: ArgumentHelp("The port; by default one that is free.", valueName: "n"))
    var port = 0

    @Option(help: ArgumentHelp("A channel that is on the air.", valueName: "arn"))
    var channel: [String] = []

    @Option(help: ArgumentHelp("A channel that is off the air.", valueName: "arn"))
    var offlineChannel: [String] = []

    @Flag(help: "Do not tell of each call.")
    var quiet = false

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port takes a number up to 65535")
        }
        for arn in channel + offlineChannel where ChannelARN(arn) == nil {
            throw ValidationError(
                "\"\(arn.printable)\" is not the ARN of an IVS channel; it looks like "
                    + Self.defaultChannel)
        }
    }

    func run() async throws {
        let terminal = Terminal(environment: Environment.variables, isQuiet: quiet)
        let credentials = try StageCredentials.make()
        let live = channel.isEmpty ? [Self.defaultChannel] : channel
        var settings = StageSettings(
            live: live, offline: offlineChannel, credentials: credentials)
        settings.port = port
        let region = live.first.flatMap { ChannelARN($0)?.region } ?? "us-west-2"
        let (stops, stop) = AsyncStream.makeStream(of: ExitStatus.self)
        let signals = Signals { stop.yield($0) }
        do {
            let status = try await Stage.withStage(settings, observe: { tell($0, terminal) }) {
                url in
                terminal.data(
                    """
                    # stage at \(url), channel \(live.joined(separator: ", "))
                    export AWS_ENDPOINT_URL_IVS=\(url)
                    export AWS_ACCESS_KEY_ID=\(credentials.accessKeyID)
                    export AWS_SECRET_ACCESS_KEY=\(credentials.secretAccessKey)
                    export AWS_DEFAULT_REGION=\(region)
                    export CHANNEL_ARN=\(live[0])

                    """)
                for await status in stops { return status }
                return ExitStatus.success
            }
            signals.cancel()
            if status != .success { throw ExitCode(status.rawValue) }
        } catch let problem as StageProblem {
            throw CommandFailure(
                .unavailable, problem.message,
                hint: "choose another with --port, or leave it out for one that is free")
        }
    }
}

@Sendable private func tell(_ call: StageCall, _ terminal: Terminal) {
    let parts = [
        call.operation, call.channel, "\(call.status)", call.code,
        call.metadata.map { "\($0.utf8.count) bytes" },
    ]
    terminal.say(parts.compactMap { $0 }.joined(separator: " "))
}
