import AWSCredentials
import AWSTransport
import ArgumentParser
import CueDoctor
import CueOperator
import CuePublisher
import CueRunLog
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
            A stage that speaks IVS's API is started on a free port, and the sheet runs \
            against it over HTTP as it would against AWS. Its viewer page plays a live \
            stream with the cues inside; with a --speed other than 1 there is none.

            EXAMPLE:
              cue-runner rehearse show.yaml --delay 3s
            """)

    @Argument(
        help: ArgumentHelp("A cue sheet; - is standard input.", valueName: "sheet"),
        completion: .sheet)
    var sheet: String

    @OptionGroup var show: ShowOptions

    @OptionGroup var stageOptions: StageOptions

    @Option(help: ArgumentHelp("Run so many times faster.", valueName: "n"))
    var speed = 1.0

    func validate() throws {
        guard (0.1...1_000).contains(speed) else {
            throw ValidationError("--speed takes a number from 0.1 to 1000")
        }
    }

    func run() async throws {
        let terminal = Terminal(environment: Environment.variables, isQuiet: show.quiet)
        let prepared = try show.prepare(sheet, mode: .rehearsal, terminal: terminal) {
            $0.isRehearsal = true
        }
        var settings = prepared.settings
        settings.speed = speed
        settings.skipsInstants = true
        let credentials = try stageOptions.makeCredentials()
        var stage = StageSettings(
            live: prepared.timeline.channels.map(\.arn), credentials: credentials)
        stage.speed = speed
        stage.startsAhead = true
        stageOptions.apply(to: &stage, speed: speed)
        stageOptions.warn(terminal)
        let runner = ShowRunner(
            prepared: prepared, operation: show, settings: settings,
            mode: .rehearsal, options: show.given + [("speed", "\(speed)")],
            terminal: terminal)
        let count = prepared.timeline.entries.count
        do {
            try await Stage.withStage(stage) { stage in
                terminal.say(
                    "rehearsing \((prepared.timeline.title ?? sheet).printable): \(count) cues, "
                        + "run \(prepared.timeline.run), on a stage at \(stage.url)")
                Self.announce(stage, prepared.timeline, terminal)
                let arn = prepared.timeline.channels.first?.arn
                let explainer = Explainer(
                    channel: arn,
                    place: Place(url: stage.url, region: arn?.region ?? "", source: "the stage"),
                    source: "the stage")
                try await runner.play(explain: explainer) { loop, clock in
                    try await PublisherFactory.make(
                        timeline: prepared.timeline,
                        credentials: CredentialSource(fixed: credentials),
                        endpoint: {
                            ServiceEndpoint(
                                url: stage.url, region: $0.region, source: "the stage")
                        },
                        settings: .init(),
                        userAgent: UserAgent.text(version: CueRunner.version, nil), loop: loop,
                        clock: clock)
                }
                try await Self.playOut(stage, terminal)
            }
        } catch let problem as StageProblem {
            throw StageOptions.failure(problem, stageOptions.address)
        }
    }

    private static func announce(_ stage: RunningStage, _ timeline: Timeline, _ terminal: Terminal)
    {
        guard let page = stage.page else { return }
        terminal.say("watch it at \(page)")
        for channel in timeline.channels.dropFirst() {
            terminal.say(
                "watch \(channel.name.printable) at \(page)?channel=\(channel.arn.resourceID)")
        }
    }

    /// Viewers are behind the show: whoever watches sees its end, unless that is interrupted.
    private static func playOut(_ stage: RunningStage, _ terminal: Terminal) async throws {
        guard stage.viewers > 0 else { return }
        terminal.say("waiting until viewers have seen the end")
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        let signals = Signals { _ in stop.finish() }
        defer { signals.cancel() }
        let waiting = Task {
            try? await stage.playOut()
            stop.finish()
        }
        for await _ in stops {}
        waiting.cancel()
    }
}
