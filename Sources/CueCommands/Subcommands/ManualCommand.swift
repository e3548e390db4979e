import ArgumentParser
import CueOperator
import CueShow
import CueText

/// `cue-runner manual`
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Print the manual page.",
        discussion: """
            EXAMPLE:
              cue-runner manual | man -l -
            """)

    func run() throws {
        let tree = try? JSONValue.parse(CueRunner._dumpHelp().utf8)
        guard let tree,
            let page = ManualPage.text(
                tree, version: CueRunner.version, date: CueRunner.released)
        else {
            throw CommandFailure(
                .software, "this build can't tell its commands",
                hint: "cue-runner help COMMAND shows each")
        }
        Terminal(environment: Environment.variables).data(page)
    }
}
