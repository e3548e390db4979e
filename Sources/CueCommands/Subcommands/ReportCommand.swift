import ArgumentParser
import CueOperator
import CueReport
import CueShow
import CueStage
import CueText
@preconcurrency import Glibc

/// `cue-runner report LOG [LOG]`
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Review a run by its log, or compare two.",
        discussion: """
            The first sentence says whether it worked. A log that is still being written is \
            reviewed as far as it goes; lines that can't be read are named and left out.

            The exit status is 0 whatever the run's was, and 1 where a --fail-if holds. Figures \
            for --fail-if are counts (missed, in_doubt, …), shares (missed>1%) and durations \
            (late_p99, round_trip_p50, …); a wrong one lists them all.

            EXAMPLE:
              cue-runner report show.20261127T190000Z.run.jsonl
              cue-runner report show.run.jsonl --format html --output show.html
              cue-runner report rehearsal.run.jsonl show.run.jsonl
              cue-runner report show.run.jsonl --format webvtt --clock recording --output tracks
              cue-runner report show.run.jsonl --fail-if 'missed>0'
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
        case html
        case webvtt
        case chapters
        case csv

        /// A form for players and editing tools, made of what was sent and not of the review.
        var track: TrackFormat? { TrackFormat(rawValue: rawValue) }
    }

    @Argument(
        help: ArgumentHelp("A run log, or two to compare; - is standard input.", valueName: "log"),
        completion: .runLog)
    var logs: [String]

    @Option(help: "How to print it.")
    var format = Format.text

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Write it here instead of to standard output; several text tracks into this folder.",
            valueName: "path"), completion: .file())
    var output: String?

    @OptionGroup var tracks: TrackOptions

    @Option(
        help: ArgumentHelp(
            "Show what viewers answered: the file of `stage --answers`, or the JSON that "
                + "`cue-runner answers` prints.",
            valueName: "file"))
    var answers: String?

    @Option(
        help: ArgumentHelp(
            "Exit with 1 where this holds, such as 'missed>0' or 'late_p99>250ms'; may be given "
                + "several times.",
            valueName: "rule"))
    var failIf: [String] = []

    @Flag(help: "Go on as the log grows, until its run ends.")
    var follow = false

    @Flag(help: "Print nothing where nothing went wrong.")
    var quiet = false

    func validate() throws {
        guard (1...2).contains(logs.count) else {
            throw ValidationError("report takes one log, or two to compare")
        }
        if format.track != nil {
            guard logs.count == 1, failIf.isEmpty, !follow, !quiet, answers == nil else {
                throw ValidationError(
                    "--format \(format.rawValue) takes one log, and no --fail-if, --follow, "
                        + "--quiet or --answers")
            }
        } else if tracks.isGiven {
            throw ValidationError(
                "--clock, --include, --channel, --shift, --sheet and --force are for --format "
                    + "webvtt, chapters and csv")
        }
        if logs == ["-", "-"] {
            throw ValidationError("standard input can be one of the logs, not both")
        }
        if follow, logs.count > 1 { throw ValidationError("--follow takes one log") }
        if follow, format != .text || output != nil || quiet {
            throw ValidationError(
                "--follow prints text as the log grows, so --format, --output and --quiet "
                    + "can't be given")
        }
    }

    func run() async throws {
        if let track = format.track {
            return try tracks.export(
                logs[0], as: track, to: output, Terminal(environment: Environment.variables))
        }
        let rules = try failIf.map(Self.rule)
        let answers = try answers.map(Self.answers)
        let figure: (Metric) -> Figure?
        if logs.count == 2 {
            let comparison = Comparison(
                try Self.review(logs[0], .payloads).0, try Self.review(logs[1], .payloads).0)
            try show(comparison, answers)
            figure = { comparison.figure($0) }
        } else {
            if let rule = rules.first(where: \.metric.isOfTwoRuns) {
                throw CommandFailure(
                    .usage, "--fail-if: \"\(rule.text)\" is about two runs, and one is given",
                    hint: "give the other run's log as well")
            }
            let review: Review
            if follow {
                review = try LogFollower(logs[0], answers).run()
            } else {
                let state: LogState
                (review, state) = try Self.review(logs[0], format == .html ? .payloads : .figures)
                try show(review, state, answers)
            }
            figure = { review.figure($0) }
        }
        if Self.check(rules, figure) { throw ExitCode(ExitStatus.incomplete.rawValue) }
    }

    // MARK: What is given

    private static func rule(_ text: String) throws(CommandFailure) -> FailRule {
        do throws(FailRuleProblem) {
            return try FailRule(text)
        } catch {
            throw CommandFailure(.usage, "--fail-if: \(error.message)", hint: error.hint)
        }
    }

    private static func review(
        _ path: String, _ detail: ReviewReader.Detail
    ) throws(CommandFailure) -> (Review, LogState) {
        let file = try LogFile(path)
        let reader = ReviewReader(detail)
        try file.read { reader.take($0) }
        reader.finish()
        let review = reader.review
        try file.check(review)
        return (review, review.finish == nil ? file.state : .unknown)
    }

    private static func answers(_ path: String) throws(CommandFailure) -> Answers {
        let bytesMax = 64 * 1_048_576
        let bytes = try Files.read(path, bytesMax: bytesMax)
        // https://www.sqlite.org/fileformat.html#magic_header_string
        if bytes.starts(with: "SQLite format 3\0".utf8) {
            do throws(StageProblem) {
                return Answers(try AnswerFile.read(path))
            } catch {
                throw CommandFailure(
                    .data, error.message, hint: "give a file that --answers has written")
            }
        }
        guard bytes.count <= bytesMax, let answers = Answers(json: bytes) else {
            throw CommandFailure(
                .data, "\"\(path)\" holds no answers",
                hint: "give the file of `stage --answers`, or what `cue-runner answers FILE "
                    + "--format json` prints")
        }
        return answers
    }

    // MARK: What is printed

    private func show(
        _ review: Review, _ state: LogState, _ answers: Answers?
    ) throws(CommandFailure) {
        if quiet, format == .text, output == nil, review.isFaultless(state) { return }
        switch format {
        case .text:
            try write(Array(review.text(style, state: state, answers: answers).utf8))
        case .json:
            try write(Array(review.json(log: logs[0], state: state, answers: answers).utf8))
        case .html:
            try write(ReportPage(review, log: logs[0], state: state, answers: answers).html)
        case .webvtt, .chapters, .csv: break
        }
    }

    private func show(_ comparison: Comparison, _ answers: Answers?) throws(CommandFailure) {
        if quiet, format == .text, output == nil, comparison.verdict.grade == .good { return }
        let logs = (logs[0], logs[1])
        switch format {
        case .text: try write(Array(comparison.text(style, logs: logs).utf8))
        case .json: try write(Array(comparison.json(logs: logs).utf8))
        case .html: try write(ReportPage(comparison, logs: logs, answers: answers).html)
        case .webvtt, .chapters, .csv: break
        }
    }

    private var style: ReportStyle {
        output == nil ? .standardOutput(Environment.variables) : ReportStyle()
    }

    private func write(_ bytes: [UInt8]) throws(CommandFailure) {
        guard let output else {
            Terminal(environment: Environment.variables).data(bytes)
            return
        }
        if let reason = Files.put(bytes, at: output) {
            throw CommandFailure(
                .cannotCreate, "can't write \"\(output)\": \(reason)",
                hint: "give a file in a folder that this user may write to")
        }
    }

    /// Says of each rule whether it holds; true where one does.
    private static func check(_ rules: [FailRule], _ figure: (Metric) -> Figure?) -> Bool {
        let terminal = Terminal(environment: Environment.variables)
        var holds = false
        for rule in rules {
            switch rule.holds(figure) {
            case true?:
                holds = true
                let value = figure(rule.metric)?.text ?? "?"
                terminal.print(
                    terminal.styled("fail:", .bad)
                        + " \(rule.text.printable): \(rule.metric.rawValue) is \(value)")
            case nil:
                terminal.print(
                    "note: \(rule.text.printable): the log has no \(rule.metric.rawValue)")
            case false?: break
            }
        }
        return holds
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
