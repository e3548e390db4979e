import ArgumentParser
import CueOperator
import CueReport
import CueShow
import CueText
@preconcurrency import Glibc

/// `cue-runner report LOG`
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Review a run by its log.",
        discussion: """
            The first sentence says whether it worked. The exit status is 0 whatever the \
            run's was.

            EXAMPLE:
              cue-runner report show.20261127T190000Z.run.jsonl
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
    }

    @Argument(
        help: ArgumentHelp("A run log; - is standard input.", valueName: "log"),
        completion: .runLog)
    var log: String

    @Option(help: "How to print it.")
    var format = Format.text

    func run() async throws {
        let terminal = Terminal(environment: Environment.variables)
        let file = try LogFile(log)
        let reader = ReviewReader(.figures)
        try file.read { reader.take($0) }
        reader.finish()
        try file.check(reader.review)
        let style = ReportStyle.standardOutput(Environment.variables)
        let state = reader.review.finish == nil ? file.state : .unknown
        switch format {
        case .text: terminal.data(reader.review.text(style, state: state))
        }
    }
}

extension ReportStyle {
    /// What standard output bears: colours on a terminal, unless NO_COLOR is set or TERM is dumb.
    static func standardOutput(_ environment: [String: String]) -> ReportStyle {
        let isTerminal = isatty(1) == 1 && environment["TERM"] != "dumb"
        var size = winsize()
        let hasSize = isTerminal && ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return ReportStyle(
            hasColour: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty,
            columns: hasSize ? min(Int(size.ws_col), 100) : 80)
    }
}
