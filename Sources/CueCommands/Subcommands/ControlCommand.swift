import ArgumentParser
import CueOperator
import CueShow
import CueText
@preconcurrency import Glibc

/// `cue-runner control ACTION`
struct ControlCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "control", abstract: "Steer a running show.",
        discussion: """
            ACTIONS:
              status            how the show stands; --format json for programs
              watch             every event as a line of JSON, until the show is over
              go [ID]           send the manual cue on offer, or start the show
              hold, resume      stop the show's clock, and let it run again
              skip ID           do not send a cue
              take ID           send it now, skip what was before it; the rest follows
              fire ID           send it now; nothing else moves
              shift ±DURATION   move all that is to come, such as +10s or -1.5s
              undo              take back the last shift or skip
              reload            use the edited sheet
              stop              end the show

            EXAMPLE:
              cue-runner control shift -10s
              cue-runner control status --format json
            """)

    enum Format: String, ExpressibleByArgument {
        case text
        case json
    }

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("The action, and what belongs to it.", valueName: "action"),
        completion: .list(OperatorRequest.socketWords))
    var words: [String] = []

    @Option(
        help: ArgumentHelp(
            "The show, where several run: its sheet's name, its run, or both as quiz.x7k2.",
            valueName: "name"))
    var show: String?

    @Option(
        help: ArgumentHelp("The show's socket.", valueName: "path"), completion: .file())
    var control: String?

    @Option(
        help: ArgumentHelp("How to print a status.", valueName: "text|json"),
        completion: .list(["text", "json"]))
    var format = Format.text

    private var request: OperatorRequest? { OperatorRequest(words: words, at: .socket) }

    func validate() throws {
        guard let action = words.first else {
            throw ValidationError("an action is missing: status, go, hold, resume …")
        }
        if let option = words.first(where: { $0.hasPrefix("--") }) {
            throw ValidationError("unknown option \"\(option.printable)\"")
        }
        guard OperatorRequest.socketWords.contains(action) else {
            let near = Suggestion.nearest(to: action, among: OperatorRequest.socketWords)
            throw ValidationError(
                "there is no action \"\(action.printable)\""
                    + (near.map { "; did you mean \($0)?" } ?? ""))
        }
        guard request != nil else {
            throw ValidationError(Self.usage(of: action))
        }
    }

    private static func usage(of action: String) -> String {
        switch action {
        case "skip", "take", "fire": "\(action) needs the id of one cue"
        case "shift": "shift needs a duration, such as +10s, -1.5s or 2m"
        case "go": "go takes at most the id of one cue"
        default: "\(action) takes nothing more"
        }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let terminal = Terminal(environment: Environment.variables)
        let path = try control ?? Self.find(show)
        var client: ControlClient
        do throws(SocketProblem) {
            client = try ControlClient(path: path)
        } catch {
            throw Self.failure(error)
        }
        client.ask(words)
        if request == .watch {
            while let line = client.line() { terminal.data(line + "\n") }
            return
        }
        guard let line = client.line(), let reply = try? JSONValue.parse(line.utf8) else {
            throw CommandFailure(.unavailable, "the show ended before it answered")
        }
        if let why = reply["refused"]?.string {
            try Self.refuse(why, reply["diagnostics"]?.string, terminal)
        }
        if request == .status {
            terminal.data((format == .json ? line : ControlReply.statusText(reply)) + "\n")
        } else {
            terminal.say(Self.text(reply))
        }
    }

    private static func refuse(
        _ why: String, _ diagnostics: String?, _ terminal: Terminal
    ) throws {
        if let diagnostics {
            for line in diagnostics.split(separator: "\n") { terminal.print(line.printable) }
        }
        if why == "the show belongs to another user" {
            throw CommandFailure(
                .noPermission, why, hint: "control it as the user that started it")
        }
        throw CommandFailure(.incomplete, "refused: \(why)")
    }

    private static func text(_ reply: JSONValue) -> String {
        if let difference = reply["difference"]?.string { return difference.printable }
        var text = [reply["action"]?.string, reply["target"]?.string].compactMap { $0 }
            .joined(separator: " ")
        if let by = reply["by_us"]?.integer {
            text += " by \(DurationText.formatSigned(.microseconds(by)))"
        }
        return text.printable
    }

    /// The socket of the show that is meant.
    private static func find(_ name: String?) throws(CommandFailure) -> String {
        let folder = ControlFolder(environment: Environment.variables)
        let shows = folder.shows()
        let meant = shows.filter { show in
            guard let name, show != name else { return true }
            let parts = show.split(separator: ".")
            return parts.count == 2 && (parts[0] == name || parts[1] == name)
        }
        if meant.count == 1 { return folder.socket(meant[0]) }
        let running = shows.joined(separator: ", ")
        guard !shows.isEmpty else {
            throw CommandFailure(
                .unavailable, "no show of this user runs here",
                hint: "start one with `cue-runner SHEET`; a show with a socket of its own is named "
                    + "with --control PATH")
        }
        guard let name, meant.isEmpty else {
            throw CommandFailure(
                .usage, "several shows run: \(running)", hint: "name one with --show NAME")
        }
        throw CommandFailure(
            .unavailable, "no show \"\(name)\" runs here", hint: "there runs \(running)")
    }

    private static func failure(_ problem: SocketProblem) -> CommandFailure {
        if problem.code == EACCES || problem.code == EPERM {
            return CommandFailure(
                .noPermission, "the show at \"\(problem.path)\" belongs to another user",
                hint: "control it as the user that started it")
        }
        return CommandFailure(
            .unavailable, "no show listens at \"\(problem.path)\": \(problem.reason)",
            hint: "is it still running, and was it started with the same --control?")
    }
}
