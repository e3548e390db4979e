import ArgumentParser
import CueOperator
import CueShow
import CueStage
import CueText
@preconcurrency import Glibc

/// `cue-runner viewer`
struct ViewerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "viewer", abstract: "Serve the viewer page for a channel of Amazon IVS.",
        discussion: """
            The page plays the channel in Amazon's own player, which it loads from \
            Amazon's CDN, and shows its questions. With --export it is written as files \
            for any web host.

            EXAMPLE:
              cue-runner viewer --playback-url https://….us-west-2.playback.live-video.net/….m3u8
            """)

    @Option(
        help: ArgumentHelp(
            "The channel's playback URL, as the console and GetChannel show it.",
            valueName: "url"))
    var playbackURL: String

    @Option(
        name: .customLong("answers-url"),
        help: ArgumentHelp("Where answers are sent, as JSON by POST.", valueName: "url"))
    var answersURL: String?

    @Option(
        help: ArgumentHelp("Write the page's files here instead.", valueName: "folder"),
        completion: .directory)
    var export: String?

    @Option(help: ArgumentHelp("The port; by default one that is free.", valueName: "n"))
    var port = 0

    @Option(
        help: ArgumentHelp(
            "Let others on the network see the page: listen on this address.",
            valueName: "address"))
    var listen: String?

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port takes a number up to 65535")
        }
        guard ViewerPage.isPlayback(playbackURL) else {
            throw ValidationError(
                "--playback-url takes an address that begins with https://, not "
                    + "\"\(playbackURL.printable)\"")
        }
        if let answersURL, !ViewerPage.isPlayback(answersURL) {
            throw ValidationError(
                "--answers-url takes an address that begins with https://, not "
                    + "\"\(answersURL.printable)\"")
        }
        if export != nil, listen != nil || port != 0 {
            throw ValidationError("--export writes files, so --port and --listen can't be given")
        }
    }

    func run() async throws {
        let terminal = Terminal(environment: Environment.variables)
        let page = ViewerPage(
            source: .channel(playback: playbackURL, answers: answersURL))
        if let export { return try write(page, to: export, terminal) }
        let address = StageAddress(host: listen ?? StageSettings.loopback, port: port)
        let (stops, stop) = AsyncStream.makeStream(of: ExitStatus.self)
        let signals = Signals { stop.yield($0) }
        do {
            let status = try await Stage.withPage(page, at: address) { url in
                terminal.data(url + "/\n")
                for await status in stops { return status }
                return ExitStatus.success
            }
            signals.cancel()
            if status != .success { throw ExitCode(status.rawValue) }
        } catch let problem as StageProblem {
            throw StageOptions.failure(problem, address)
        }
    }

    private func write(
        _ page: ViewerPage, to folder: String, _ terminal: Terminal
    ) throws(CommandFailure) {
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw Self.failure(folder, String(cString: strerror(errno)))
        }
        for file in page.exported {
            let path = "\(folder)/\(file.name)"
            if let reason = Files.put(file.bytes, at: path) { throw Self.failure(path, reason) }
        }
        terminal.say(
            "\(page.exported.count) files in \(folder.printable); put them on any web host")
    }

    private static func failure(_ path: String, _ reason: String) -> CommandFailure {
        CommandFailure(
            .cannotCreate, "can't write \"\(path)\": \(reason)",
            hint: "choose another folder with --export")
    }
}
