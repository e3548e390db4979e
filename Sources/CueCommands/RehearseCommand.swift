import AWSCredentials
import AWSTransport
import ArgumentParser
import CueOperator
import CuePublisher
import CueSheet
import CueShow
import CueStage
import CueText
import CueTimeline
import IVSWire

/// `cue-runner rehearse SHEET`
struct RehearseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse", abstract: "Run the show on this machine, without AWS.",
        discussion: """
            A stage that speaks IVS's API is started on a free port, and the sheet runs against it
            over HTTP as it would against AWS.

            EXAMPLE:
              cue-runner rehearse show.yaml --speed 60
            """)

    @Argument(help: ArgumentHelp("A cue sheet; - is standard input.", valueName: "sheet"))
    var sheet: String

    @OptionGroup var show: ShowOptions

    @Option(help: ArgumentHelp("Run so many times faster.", valueName: "n"))
    var speed = 1.0

    func validate() throws {
        guard (0.1...1_000).contains(speed) else {
            throw ValidationError("--speed takes a number from 0.1 to 1000")
        }
    }

    func run() async throws {
        let terminal = Terminal(environment: Environment.variables, isQuiet: show.quiet)
        let prepared = try show.prepare(sheet, mode: "rehearsal", terminal: terminal) {
            $0.isRehearsal = true
        }
        var settings = prepared.settings
        settings.speed = speed
        settings.skipsInstants = true
        let credentials = try StageCredentials.make()
        var stage = StageSettings(
            live: prepared.timeline.channels.map(\.arn), credentials: credentials)
        stage.speed = speed
        stage.startsAhead = true
        let runner = ShowRunner(
            loaded: prepared.loaded, timeline: prepared.timeline, settings: settings,
            mode: "rehearsal", options: show.given + [("speed", "\(speed)")],
            logPath: show.log, resumed: prepared.resumed, terminal: terminal)
        let count = prepared.timeline.entries.count
        try await Stage.withStage(stage) { url in
            terminal.say(
                "rehearsing \((prepared.timeline.title ?? sheet).printable): \(count) cues, run "
                    + "\(prepared.timeline.run), on a stage at \(url)")
            let region = prepared.timeline.channels.first.flatMap { ChannelARN($0.arn)?.region }
            let explainer = Explainer(
                timeline: prepared.timeline,
                endpoint: ServiceEndpoint(url: url, region: region ?? "", source: "the stage"),
                source: "the stage")
            try await runner.play(explain: explainer.explain) { loop, clock in
                try await PublisherFactory.make(
                    timeline: prepared.timeline, credentials: CredentialSource(fixed: credentials),
                    endpoint: { ServiceEndpoint(url: url, region: $0.region, source: "the stage") },
                    settings: .init(),
                    userAgent: UserAgent.text(version: CueRunner.version, nil), loop: loop,
                    clock: clock)
            }
        }
    }
}
