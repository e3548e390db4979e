import ArgumentParser
import Testing

@testable import CueCommands

/// What is wrong with a command line, in the words that its user sees.
@Suite struct CommandLineTests {
    private static let arn = "arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG123"

    @Test(arguments: [
        ["run", "a.yaml", "--hook", "cue_sent=echo"], ["a.yaml", "--offset", "-2s", "--join"],
        ["rehearse", "a.yaml", "--speed", "0.1", "--fail", "429:10%", "--fail", "500:0.5%"],
        ["stage", "--listen", "0.0.0.0", "--token", "0123456789abcdef"],
        ["stage", "--offline-at", "10s", "--restart-at", "10s", "--channel", arn],
        ["report", "a", "b", "--fail-if", "missed>0"],
        ["report", "a", "--format", "csv", "--shift", "-1.5s", "--include", "missed"],
        ["timeline", "a.yaml", "--start", "stream=2026-11-27T19:00:00Z", "--run", "x7k2"],
        ["import", "a.csv", "--separator", "tab", "--frame-rate", "29.97", "--map", "at=C"],
    ])
    func isRead(line: [String]) throws {
        _ = try CueRunner.parseAsRoot(line)
    }

    @Test(arguments: [
        (["run", "a", "--limit-channel=-1"], "a limit is a number from 0 to 10000"),
        (["run", "a", "--limit-account", "10001"], "a limit is a number from 0 to 10000"),
        (
            ["run", "a", "--resume", "l", "--log", "m"],
            "--resume goes on with its own log, so --log can't be given"
        ),
        (["run", "a", "--sheet-changed"], "--sheet-changed belongs to --resume"),
        (["run", "a", "--wait=-1s"], "--wait can't be negative"),
        (["run", "a", "--end-after=-1s"], "--end-after can't be negative"),
        (["rehearse", "a", "--speed", "0"], "--speed takes a number from 0.1 to 1000"),
        (["stage", "--port", "65536"], "--port takes a number up to 65535"),
        (["stage", "--delay", "61s"], "--delay takes a duration from 0 to 1m"),
        (["stage", "--latency=-1s"], "--latency takes a duration from 0 to 1m"),
        (["stage", "--offline-at", "25h"], "--offline-at takes a duration from 0 to 24h"),
        (
            ["stage", "--offline-at", "2s", "--restart-at", "1s"],
            "--restart-at has to come after --offline-at"
        ),
        (["stage", "--token", "0123456789abcdef"], "--token belongs to --listen"),
        (
            ["stage", "--listen", "0.0.0.0", "--token", "short"],
            "--token takes 16 characters or more, without spaces"
        ),
        (
            ["stage", "--listen", "0.0.0.0", "--token", "0123456789 abcdef"],
            "--token takes 16 characters or more, without spaces"
        ),
        (
            ["stage", "--channel", "x"],
            "\"x\" is not the ARN of an IVS channel; it looks like "
                + "arn:aws:ivs:us-west-2:123456789012:channel/Stage1234567"
        ),
        (["timeline", "a", "--output", "o"], "--output is for --format webvtt and chapters"),
        (["timeline", "a", "--run", "ABCD"], "--run takes four characters, a-z and 0-9"),
        (["timeline", "a", "--run", "abc"], "--run takes four characters, a-z and 0-9"),
        (["report", "a", "b", "c"], "report takes one log, or two to compare"),
        (["report", "-", "-"], "standard input can be one of the logs, not both"),
        (["report", "a", "b", "--follow"], "--follow takes one log"),
        (
            ["report", "a", "--follow", "--quiet"],
            "--follow prints text as the log grows, so --format, --output and --quiet can't be "
                + "given"
        ),
        (
            ["report", "a", "b", "--format", "csv"],
            "--format csv takes one log, and no --fail-if, --follow, --quiet or --answers"
        ),
        (
            ["report", "a", "--force"],
            "--clock, --include, --channel, --shift, --sheet and --force are for --format webvtt, "
                + "chapters and csv"
        ),
        (
            ["viewer", "--playback-url", "http://x"],
            "--playback-url takes an address that begins with https://, not \"http://x\""
        ),
        (
            ["viewer", "--playback-url", "https://x", "--answers-url", "x"],
            "--answers-url takes an address that begins with https://, not \"x\""
        ),
        (
            ["viewer", "--playback-url", "https://x", "--export", "f", "--port", "1"],
            "--export writes files, so --port and --listen can't be given"
        ),
    ])
    func isRefused(line: [String], message: String) {
        #expect {
            _ = try CueRunner.parseAsRoot(line)
        } throws: {
            CueRunner.message(for: $0) == message
                && CueRunner.exitCode(for: $0).rawValue == 64
        }
    }

    /// A value that can't be read is named with its option.
    @Test(arguments: [
        ["run", "a", "--lead", "11s"], ["run", "a", "--late", "soon"],
        ["run", "a", "--start", "noon"], ["run", "a", "--var", "=x"], ["run", "a", "--var", "x"],
        ["run", "a", "--hook", "nothing"], ["run", "a", "--reload", "never"],
        ["stage", "--fail", "429"], ["stage", "--fail", "200:5%"], ["stage", "--fail", "429:101%"],
        ["stage", "--fail", "429:-1%"], ["stage", "--fail", "429:5"],
        ["timeline", "a", "--start", "today"], ["import", "a", "--separator", "\""],
        ["import", "a", "--separator", "::"], ["import", "a", "--frame-rate", "0"],
        ["completion", "tcsh"],
    ])
    func hasAValueThatCannotBeRead(line: [String]) {
        #expect {
            _ = try CueRunner.parseAsRoot(line)
        } throws: {
            CueRunner.message(for: $0).contains("'\(line.last ?? "")' is invalid")
        }
    }

    @Test func completesASheetsLineInEveryShell() {
        for shell in CompletionCommand.Shell.allCases {
            let script = CompletionCommand.script(for: shell)
            for command in CueRunner.configuration.subcommands {
                let name = command.configuration.commandName ?? ""
                #expect(!name.isEmpty && script.contains(name), "\(shell): \(name)")
            }
        }
    }
}
