import ArgumentParser
import CueOperator
import CueSheet
import CueShow
import CueText
import CueTimeline

extension ListingFormat: ExpressibleByArgument {}

/// `INSTANT`, or `stream=INSTANT` for a zero that is the stream's own start.
struct ListingStartOption: ExpressibleByArgument {
    var zero: WallTime
    var isStream: Bool

    init?(argument: String) {
        isStream = argument.hasPrefix("stream=")
        guard let zero = WallTime(rfc3339: isStream ? argument.dropFirst(7) : argument[...])
        else { return nil }
        self.zero = zero
    }
}

/// `cue-runner timeline SHEET`
struct TimelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: "Print a sheet's resolved timeline.",
        discussion: """
            With --start, and the run and seed of a log, every byte is as it was sent.

            EXAMPLE:
              cue-runner timeline show.yaml --format csv
              cue-runner timeline show.yaml --start 2026-11-27T19:00:00Z --format json
            """)

    @Argument(
        help: ArgumentHelp("A cue sheet; - is standard input.", valueName: "sheet"),
        completion: .sheet)
    var sheet: String

    @OptionGroup var sheetOptions: SheetOptions

    @Option(help: "How to print it.")
    var format = ListingFormat.table

    @Option(
        help: ArgumentHelp(
            "Zero: by a clock, or stream=INSTANT where it is the stream's start.",
            valueName: "[stream=]instant"))
    var start: ListingStartOption?

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The run's four characters, as its log has them.", valueName: "run"))
    var runID = "0000"

    @Option(help: ArgumentHelp("The seed of draws, as a log has it.", valueName: "seed"))
    var seed: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Write a text track to this file, or one for each channel into this folder.",
            valueName: "path"), completion: .file())
    var output: String?

    @Flag(help: "Replace files that are there.")
    var force = false

    func validate() throws {
        if output != nil, !format.isTrack {
            throw ValidationError("--output is for --format webvtt and chapters")
        }
        guard runID.utf8.count == 4,
            runID.utf8.allSatisfy({ (48...57).contains($0) || (97...122).contains($0) })
        else { throw ValidationError("--run takes four characters, a-z and 0-9") }
    }

    func run() async throws {
        let terminal = Terminal(environment: Environment.variables)
        var overrides = sheetOptions.overrides
        overrides.run = runID
        overrides.seed = seed ?? "0"
        let loaded = try SheetLoader.load(sheet, overrides)
        if loaded.hasErrors {
            terminal.show(loaded, of: sheet)
            throw ExitCode(ExitStatus.data.rawValue)
        }
        let hasDraws = loaded.sheet.cues.contains { !$0.draws.isEmpty }
        if hasDraws, loaded.sheet.seed == nil, seed == nil {
            terminal.say("note: the sheet has no seed: a run draws anew, this is an example")
        }
        let timeline = try loaded.selecting(sheetOptions.selection)
        let listingStart = start.map { start in
            ListingStart(
                zero: start.zero,
                encoderDelay: start.isStream ? .zero : loaded.sheet.encoderDelay)
        }
        var horizon: Duration?
        if case .time(let until) = sheetOptions.selection.until { horizon = until }
        let (rows, isWhole) = timeline.rows(start: listingStart, until: horizon)
        if !isWhole { terminal.say("note: cut off; narrow it with --until") }
        try write(rows, of: timeline, terminal)
    }

    /// Prints the rows; a text track is for one channel's video, so that of several channels each
    /// has its own file.
    private func write(
        _ rows: [ListingRow], of timeline: Timeline, _ terminal: Terminal
    ) throws(CommandFailure) {
        guard format.isTrack else { return terminal.data(format.text(rows)) }
        let title = timeline.title.map { $0.printable + "\n" } ?? ""
        let name = sheet == "-" ? "show" : Files.name(of: sheet)
        func text(_ channel: String) -> String {
            format.text(
                rows.filter { $0.channel == channel },
                note: "\(title)\(name.printable), channel \(channel), run \(runID): as planned, "
                    + "from zero")
        }
        let channels = timeline.channels.map(\.name)
        if output == nil, channels.count > 1 {
            terminal.say(
                "note: channel \(channels[0]) alone; --output FOLDER writes a file for each of "
                    + channels.joined(separator: ", "))
            return terminal.data(text(channels[0]))
        }
        let suffix = format == .chapters ? ".chapters.vtt" : ".vtt"
        try Files.put(
            channels.map { ("\(Files.stem(of: name)).\($0)\(suffix)", text($0)) }, to: output,
            isForced: force, terminal)
    }
}
