import AWSSigning
import ArgumentParser
import CueOperator
import CueShow
import CueStage
import CueText

/// `429:10%`: the status that a share of the calls is answered with.
struct FailureOption: ExpressibleByArgument {
    var value: FaultInjection.Failure

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let status = Int(parts[0]), parts[1].hasSuffix("%"),
            FaultInjection.Failure.statuses.contains(status),
            let percent = Double(parts[1].dropLast()), (0...100).contains(percent)
        else { return nil }
        value = FaultInjection.Failure(status: status, share: percent / 100)
    }
}

/// What stage and rehearse share: where the stage listens, and what it does to a show.
struct StageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The port; by default one that is free.", valueName: "n"))
    var port = 0

    @Option(
        help: ArgumentHelp(
            "Let others on the network watch and answer: listen on this address (0.0.0.0 is all).",
            valueName: "address"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "The session token that the API wants where --listen is given; made up by default.",
            valueName: "text"))
    var token: String?

    @Option(
        help: ArgumentHelp(
            "Show the video so much later, as IVS does: 3s is usual.", valueName: "duration"))
    var delay: DurationOption?

    @Option(
        help: ArgumentHelp("End the stream so long after its start.", valueName: "duration"))
    var offlineAt: DurationOption?

    @Option(
        help: ArgumentHelp("Begin a new stream so long after the start.", valueName: "duration"))
    var restartAt: DurationOption?

    @Option(
        help: ArgumentHelp("Let each call of the API take so much longer.", valueName: "duration"))
    var latency: DurationOption?

    @Option(
        help: ArgumentHelp(
            "Answer that share of the PutMetadata calls with an error.", valueName: "429:10%"))
    var fail: [FailureOption] = []

    @Option(
        help: ArgumentHelp("Keep the viewers' answers in this file.", valueName: "file"),
        completion: .file(extensions: ["sqlite"]))
    var answers: String?

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port takes a number up to 65535")
        }
        let durations = [
            ("delay", delay, Duration.seconds(60)), ("latency", latency, .seconds(60)),
            ("offline-at", offlineAt, .seconds(86_400)),
            ("restart-at", restartAt, .seconds(86_400)),
        ]
        for (name, duration, longest) in durations {
            if let value = duration?.value, value < .zero || value > longest {
                throw ValidationError(
                    "--\(name) takes a duration from 0 to \(DurationText.format(longest))")
            }
        }
        if let off = offlineAt?.value, let on = restartAt?.value, on < off {
            throw ValidationError("--restart-at has to come after --offline-at")
        }
        if token != nil, listen == nil {
            throw ValidationError("--token belongs to --listen")
        }
        if let token, token.utf8.count < 16 || !token.utf8.allSatisfy({ (0x21...0x7E) ~= $0 }) {
            throw ValidationError("--token takes 16 characters or more, without spaces")
        }
    }

    var address: StageAddress {
        StageAddress(host: listen ?? StageSettings.loopback, port: port)
    }

    /// Credentials for the stage, with a token where others can reach it.
    func makeCredentials() throws(SigningError) -> Credentials {
        guard !address.isLoopback else { return try StageCredentials.make() }
        if let token { return try StageCredentials.make(token: token) }
        return try StageCredentials.make(token: StageCredentials.makeToken())
    }

    /// `speed` shortens what is measured on the show's clock.
    func apply(to settings: inout StageSettings, speed: Double = 1) {
        settings.port = port
        settings.host = address.host
        settings.delay = delay?.value ?? .zero
        settings.answersPath = answers
        settings.faults.airtime = Airtime(
            offlineAt: offlineAt.map { $0.value / speed },
            restartAt: restartAt.map { $0.value / speed })
        settings.faults.latency = latency?.value ?? .zero
        settings.faults.failures = fail.map(\.value)
    }

    /// Says who else can reach the stage now.
    func warn(_ terminal: Terminal) {
        guard !address.isLoopback else { return }
        terminal.print(
            terminal.styled("warning:", .careful)
                + " everybody who reaches \(address.host.printable) can watch and answer, "
                + "without encryption; the API wants the session token")
    }

    /// A stage that could not be opened, and what to do about it.
    static func failure(_ problem: StageProblem, _ address: StageAddress) -> CommandFailure {
        let hint =
            if problem.message.hasPrefix("can't use") {
                "give another file to --answers, or leave it out to keep nothing"
            } else if address.isLoopback {
                "choose another with --port, or leave it out for one that is free"
            } else {
                "--listen takes an address of this machine, 0.0.0.0 for all of them, and --port "
                    + "one that is free"
            }
        return CommandFailure(.unavailable, problem.message, hint: hint)
    }
}
