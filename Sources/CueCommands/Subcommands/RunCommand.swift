import AWSCredentials
import AWSSigning
import AWSTransport
import ArgumentParser
import CueDoctor
import CueOperator
import CueRunLog
import CueScheduler
import CueSheet
import CueShow
import CueText
import CueTimeline
import IVSWire

/// `cue-runner SHEET`, the same as `cue-runner run SHEET`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the show.",
        discussion: """
            EXAMPLE:
              cue-runner run show.yaml --profile live --late 3s
            """)

    @Argument(
        help: ArgumentHelp("A cue sheet; - is standard input.", valueName: "sheet"),
        completion: .sheet)
    var sheet: String

    @OptionGroup var show: ShowOptions

    @Flag(help: "Do everything but send.")
    var dryRun = false

    @OptionGroup var aws: AWSOptions

    func run() async throws {
        let terminal = Terminal(environment: Environment.variables, isQuiet: show.quiet)
        let mode: RunMode = dryRun ? .dryRun : .run
        let prepared = try show.prepare(sheet, mode: mode, terminal: terminal)
        var settings = prepared.settings
        settings.isDryRun = dryRun
        let runner = ShowRunner(
            prepared: prepared, operation: show, settings: settings,
            mode: mode, options: options(), terminal: terminal)
        if dryRun {
            terminal.say("dry run: nothing is sent")
            try await runner.play(explain: nil) { _, _ in (NoSender(), {}) }
            return
        }
        try await play(prepared, runner, terminal)
    }

    private func play(
        _ prepared: ShowOptions.Prepared, _ runner: ShowRunner, _ terminal: Terminal
    ) async throws {
        let timeline = prepared.timeline
        let channel = timeline.channels.first?.arn
        let access: AWSAccess
        let endpoint: ServiceEndpoint?
        let credentials: LiveCredentials
        do throws(AWSProblem) {
            access = try AWSAccess(aws, channel: channel?.region)
            endpoint = try channel.map { (arn) throws(AWSProblem) in try access.endpoint(of: arn) }
            credentials = try await LiveCredentials(access, terminal: terminal)
        } catch {
            throw CommandFailure(error)
        }
        var transport = access.transportSettings
        // A cue for every channel at once waits for no connection, within what a process may open.
        transport.connections = min(max(64, timeline.channels.count), 512)
        var runner = runner
        runner.settings.maxAttempts = access.retries.maxAttempts
        announce(timeline, runner.settings, endpoint, credentials.found, terminal)
        let explainer = Explainer(
            channel: timeline.channels.first?.arn, place: endpoint.map(Place.init),
            source: credentials.found.source)
        let result: Result<Void, any Error>
        do {
            try await runner.play(explain: explainer) { loop, clock in
                try await PublisherFactory.make(
                    timeline: timeline, credentials: credentials.source,
                    endpoint: access.endpoint, maxAttempts: access.retries.maxAttempts,
                    settings: transport, userAgent: access.userAgent, loop: loop,
                    clock: clock)
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await credentials.close()
        try result.get()
    }

    /// What was given, for the log; none of it is a secret.
    private func options() -> [(name: String, value: String)] {
        show.given + (dryRun ? [("dry_run", "true")] : []) + aws.given
    }

    private func announce(
        _ timeline: Timeline, _ settings: ShowSettings, _ endpoint: ServiceEndpoint?,
        _ found: FoundCredentials, _ terminal: Terminal
    ) {
        let count = timeline.entries.count
        let channels = timeline.channels.map(\.name).joined(separator: ", ")
        terminal.say(
            "\((timeline.title ?? sheet).printable): \(count) cue\(count == 1 ? "" : "s") on \(channels), "
                + "run \(timeline.run)")
        let place = endpoint.map { $0.source == nil ? "IVS in \($0.region)" : $0.url }
        terminal.say(
            "sending to \(place ?? "IVS"), with credentials from \(found.source)"
                + (settings.isAttended && !terminal.canShowLiveView
                    ? "; type go, hold, skip ID … or stop, then Enter" : ""))
        if let end = found.credentials.expiration, !found.origin.isRenewable {
            terminal.print(
                "these credentials end at \(end.rfc3339(.none)) and are not renewed by themselves")
        }
    }
}

/// A sender for dry runs, which ask nothing of it.
private struct NoSender: Sender {
    func prepare(_ message: Message) {}
    func discard(_ dispatch: Dispatch) {}
    func send(_ message: Message, timeout: Duration) async -> Attempt {
        let failure = Failure(kind: .refused, code: "dry_run", message: "nothing is sent")
        return Attempt(outcome: .failed(failure), sent: nil, finished: message.leaves)
    }
    func stream(channel: Int) async -> StreamAnswer {
        let failure = Failure(kind: .notLive, code: "dry_run", message: "nothing is asked")
        return StreamAnswer(result: .failure(failure), roundTrip: .zero)
    }
    func warm(connections: Int) async {}
    func renew() {}
}
