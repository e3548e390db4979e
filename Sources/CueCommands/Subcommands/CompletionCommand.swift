import ArgumentParser
import CueOperator

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

    /// A colon, as the shell whose script is being made wants it.
    @TaskLocal private static var colon = ":"

    /// A word to offer, as that shell wants it.
    static func word(_ text: String) -> String { text.replacing(":", with: colon) }

    @Argument(help: "The shell.")
    var shell: Shell

    func run() throws {
        Terminal(environment: Environment.variables).data(Self.script(for: shell))
    }

    /// The parser's own script, and around it what it can't know: a sheet needs no subcommand. If
    /// the first word is none, the line is completed as if `run` stood before it.
    static func script(for shell: Shell) -> String {
        let commands = CueRunner.configuration.subcommands.compactMap {
            $0.configuration.commandName
        }.joined(separator: " ")
        switch shell {
        case .bash:
            return CueRunner.completionScript(for: .bash) + """

                _cue-runner_or_sheet() {
                    local -a offered=()
                    if [[ "${COMP_CWORD}" -eq 1 ]]; then
                        _cue-runner "${@}"
                        offered=("${COMPREPLY[@]}")
                        COMPREPLY=()
                    fi
                    if [[ "${COMP_CWORD}" -eq 1 || " help \(commands) " != *" ${COMP_WORDS[1]} "* ]]; then
                        COMP_WORDS=("${COMP_WORDS[0]}" run "${COMP_WORDS[@]:1}")
                        ((COMP_CWORD++))
                    fi
                    _cue-runner "${@}"
                    COMPREPLY+=("${offered[@]}")
                }
                complete -o filenames -F _cue-runner_or_sheet cue-runner

                """
        case .zsh:
            // To zsh a colon ends the word and begins its description.
            let script = $colon.withValue("\\:") { CueRunner.completionScript(for: .zsh) }
            // Within a function the parser's script defines its functions and does nothing else.
            return """
                #compdef cue-runner

                () {
                \(script)
                }
                functions -c _cue-runner _cue-runner_command

                _cue-runner() {
                    local -i ret=1
                    if (( CURRENT == 2 )); then
                        _cue-runner_command "${@}" && ret=0
                    fi
                    if (( CURRENT == 2 )) || [[ " help \(commands) " != *" ${words[2]} "* ]]; then
                        words=("${words[1]}" run "${(@)words[2,-1]}")
                        (( CURRENT++ ))
                    fi
                    _cue-runner_command "${@}" && ret=0
                    return "${ret}"
                }

                if [[ "${funcstack[1]}" = _cue-runner ]]; then
                    _cue-runner "${@}"
                else
                    compdef _cue-runner cue-runner
                fi

                """
        case .fish:
            return CueRunner.completionScript(for: .fish) + """

                function __cue-runner_as_run
                    set -l words (commandline -opc)
                    contains -- "$words[2]" help \(commands); and return
                    complete -C "cue-runner run $(string escape -- $words[2..] | string join ' ') $(commandline -ct)"
                end
                complete -c cue-runner -a '(__cue-runner_as_run)'

                """
        }
    }
}
