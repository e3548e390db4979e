import ArgumentParser
import CueOperator
import CueSheet
import CueShow
import CueText
import CueTimeline

/// `cue-runner check SHEET…`
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Show every problem of a sheet; sends nothing.",
        discussion: """
            EXAMPLE:
              cue-runner check show.yaml
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Argument(
        help: ArgumentHelp("Cue sheets; - is standard input.", valueName: "sheet"),
        completion: .sheet)
    var sheets: [String]

    @OptionGroup var sheetOptions: SheetOptions

    @Option(help: "How to print what was found.")
    var format = Format.text

    @Flag(help: "Take warnings for errors.")
    var strict = false

    @Flag(help: "Say nothing where there is nothing wrong.")
    var quiet = false

    func run() async throws {
        let terminal = Terminal(environment: Environment.variables, isQuiet: quiet)
        var worst: ExitStatus = .success
        var found: [JSONValue] = []
        for path in sheets {
            let loaded = try SheetLoader.load(path, sheetOptions.overrides)
            let errors = loaded.diagnostics.count { $0.severity == .error }
            let warnings = loaded.diagnostics.count - errors
            if errors > 0 || (strict && warnings > 0) { worst = .data }
            switch format {
            case .json:
                found += DiagnosticPrinter.json(loaded.diagnostics, path: path)
            case .text:
                terminal.show(loaded, of: path)
                terminal.say(summary(path, loaded, errors: errors, warnings: warnings))
            }
        }
        if format == .json {
            terminal.data(DiagnosticPrinter.jsonText(found))
        }
        if worst != .success { throw ExitCode(worst.rawValue) }
    }

    private func summary(
        _ path: String, _ loaded: LoadedSheet, errors: Int, warnings: Int
    ) -> String {
        func count(_ number: Int, _ word: String) -> String {
            "\(number) \(word)\(number == 1 ? "" : "s")"
        }
        let found = [
            errors > 0 ? count(errors, "error") : nil,
            warnings > 0 ? count(warnings, "warning") : nil,
        ].compactMap { $0 }.joined(separator: ", ")
        let cues = count(loaded.timeline.entries.count, "cue")
        return "\(path): " + (found.isEmpty ? "\(cues), nothing wrong" : found)
    }
}
