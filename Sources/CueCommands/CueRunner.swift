package import ArgumentParser
import CueOperator
import CueShow

/// The command line: `cue-runner show.yaml`, and what belongs around it.
package struct CueRunner: AsyncParsableCommand {
    package static let version = "0.1.0"

    package static let configuration = CommandConfiguration(
        commandName: "cue-runner",
        abstract: "Send the cues of a live show to Amazon IVS, each at its moment.",
        usage: "cue-runner <sheet> [options]\n       cue-runner <subcommand> …",
        discussion: """
            EXAMPLES:
              cue-runner check show.yaml          what is wrong with the sheet
              cue-runner rehearse show.yaml       play it on this machine, without AWS
              cue-runner show.yaml                wait for the stream, then run the show
              cue-runner show.yaml --start now    run it at once
            """,
        version: version,
        subcommands: [
            RunCommand.self, CheckCommand.self, TimelineCommand.self, RehearseCommand.self,
            StageCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    package init() {}

    /// Runs the command that the arguments name, and ends the process with its status.
    package static func runMain() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if ["--help", "-h", "help"].contains(arguments.first), arguments.count == 1 {
            print(helpMessage())
            // The options of `cue-runner SHEET` are the run command's.
            let run = helpMessage(for: RunCommand.self)
            if let options = run.range(of: "OPTIONS:") {
                print("\nOF A RUN:\n" + run[options.lowerBound...])
            }
            exit(withError: CleanExit.message(""))
        }
        do {
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

    private static func report(_ failure: CommandFailure) {
        let terminal = Terminal(environment: Environment.variables)
        terminal.error(failure.message, hint: failure.hint)
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) {
                return start..<index(start, offsetBy: text.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
