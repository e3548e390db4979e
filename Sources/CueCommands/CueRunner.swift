package import ArgumentParser
import CueOperator
import CueShow
import CueText

/// The command line: `cue-runner show.yaml`, and what belongs around it.
package struct CueRunner: AsyncParsableCommand {
    static let version = "0.1.0"

    package static let configuration = CommandConfiguration(
        commandName: "cue-runner",
        abstract: "Send the cues of a live show to Amazon IVS, each at its moment.",
        usage: "cue-runner <sheet> [options]\ncue-runner <subcommand> …",
        discussion: """
            EXAMPLES:
              cue-runner init                     a sheet to start from
              cue-runner check show.yaml          what is wrong with the sheet
              cue-runner rehearse show.yaml       play it on this machine, without AWS
              cue-runner doctor show.yaml         what would fail tonight
              cue-runner show.yaml                wait for the stream, then run the show
              cue-runner show.yaml --start now    run it at once
              cue-runner report LOG               did it work, what was late, and why
            """,
        version: version,
        subcommands: [
            RunCommand.self, CheckCommand.self, TimelineCommand.self, RehearseCommand.self,
            StageCommand.self, ControlCommand.self, DoctorCommand.self, ViewerCommand.self,
            AnswersCommand.self, ReportCommand.self, ImportCommand.self,
            InitCommand.self, CompletionCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    package init() {}

    /// Runs the command that the arguments name, and ends the process with its status.
    package static func runMain() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if arguments.count == 1, ["--help", "-h", "help"].contains(arguments[0]) {
                throw CleanExit.message(help)
            }
            if let word = arguments.first { try checkCommand(word) }
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            report(failure)
            exit(withError: ExitCode(failure.status.rawValue))
        } catch {
            exit(withError: error)
        }
    }

    /// The root's help with the options of `cue-runner SHEET`, which are the run command's.
    private static var help: String {
        let run = helpMessage(for: RunCommand.self)
        let options = run.ranges(of: "OPTIONS:").last.map { run[$0.upperBound...] } ?? ""
        return helpMessage() + "\nOPTIONS OF A RUN:" + options
    }

    /// A word that is no file and almost a command is a slip, not a sheet.
    private static func checkCommand(_ word: String) throws(CommandFailure) {
        // A closure: the compiler has no key path to a member of a metatype.
        let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard !word.hasPrefix("-"), !word.contains("/"), !word.contains("."),
            !names.contains(word), Files.resolved(word) == nil,
            let near = Suggestion.nearest(to: word, among: names)
        else { return }
        throw CommandFailure(
            .usage, "there is no command \"\(word)\", and no such file",
            hint: "did you mean `cue-runner \(near)`?")
    }

    private static func report(_ failure: CommandFailure) {
        let terminal = Terminal(environment: Environment.variables)
        terminal.error(failure.message, hint: failure.hint)
    }
}
