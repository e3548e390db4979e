import ArgumentParser
import CueOperator
import CueShow

/// `cue-runner completion SHELL`
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print what completes commands in a shell.",
        discussion: """
            EXAMPLE:
              source <(cue-runner completion bash)
              cue-runner completion zsh > ~/.zfunc/_cue-runner
              cue-runner completion fish > ~/.config/fish/completions/cue-runner.fish
            """)

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash
        case zsh
        case fish
    }

    @Argument(help: "The shell.")
    var shell: Shell

    func run() throws {
        let terminal = Terminal(environment: Environment.variables)
        terminal.data(try Self.script(for: shell))
    }

    /// The parser's own script, taught that a sheet needs no subcommand: in place of one, sheets are
    /// offered as well, and what follows a sheet is completed as for `run`.
    private static func script(for shell: Shell) throws(CommandFailure) -> String {
        switch shell {
        case .bash:
            return try changing(CueRunner.completionScript(for: .bash)) { line in
                guard line.hasPrefix("        COMPREPLY+=($(compgen -W 'run ") else { return nil }
                return """
                    \(line)
                            unparsed_words=("${subcommand}" "${unparsed_words[@]}")
                            _cue-runner_run
                    """
            }
        case .zsh:
            // To zsh a colon ends the word and begins what is said of it.
            let escaped = CueRunner.completionScript(for: .zsh)
                .replacing("'mm:ss' 'hh:mm'", with: #"'mm\:ss' 'hh\:mm'"#)
            let offered = try changing(escaped) { line in
                guard line.hasPrefix("        _describe -V subcommand subcommands") else {
                    return nil
                }
                return "\(line)\n        _files -g '*.yaml *.yml' && ret=0"
            }
            return try changing(offered) { line in
                guard line == #"            "_cue-runner_${words[1]}" && ret=0"# else { return nil }
                return """
                    \(line)
                                ;;
                            *)
                                words=(run "${words[@]}")
                                (( CURRENT++ ))
                                _cue-runner_run && ret=0
                    """
            }
        case .fish:
            let script = CueRunner.completionScript(for: .fish)
            let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
            let run = lines.firstIndex(of: "        case 'run'").map { lines[$0 + 1] } ?? ""
            let offered = lines.first { $0.contains(#""cue-runner run" -eq 1"#) } ?? ""
            let atRoot = offered.split(separator: #""cue-runner run" -eq 1"#)
                .joined(separator: #""cue-runner" -eq 1"#)
            // Options of a run after its sheet, and sheets in place of a subcommand.
            return try changing(script) { line in
                guard line == "        case 'help'" else { return nil }
                return """
                            case '*'
                                set -q unparsed_tokens[1]; or return
                                set -p unparsed_tokens run
                    \(run)
                    \(line)
                    """
            } + atRoot + "\n"
        }
    }

    private static func changing(
        _ script: String, _ change: (Substring) -> String?
    ) throws(CommandFailure) -> String {
        var isChanged = false
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard let other = change(line) else { return String(line) }
            isChanged = true
            return other
        }
        guard isChanged else {
            throw CommandFailure(
                .software, "this build's completion script is not as it should be",
                hint: "cue-runner --generate-completion-script prints it without sheets")
        }
        return lines.joined(separator: "\n") + (lines.last == "" ? "" : "\n")
    }
}
