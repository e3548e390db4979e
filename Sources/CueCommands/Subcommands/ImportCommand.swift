import ArgumentParser
import CueImport
import CueOperator
import CueSheet
import CueShow
import CueText
import IVSWire

extension TimeStyle: ExpressibleByArgument {}
extension SpreadsheetEncoding: ExpressibleByArgument {}

/// `KEY=COLUMN`
struct ColumnOption: ExpressibleByArgument {
    var key: ImportKey
    var column: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let key = ImportKey(rawValue: parts[0]) else { return nil }
        self.key = key
        column = parts[1]
    }
}

struct FrameRateOption: ExpressibleByArgument {
    var value: FrameRate

    init?(argument: String) {
        guard let value = FrameRate(argument) else { return nil }
        self.value = value
    }
}

/// `comma`, `semicolon`, `tab`, or the character itself.
struct SeparatorOption: ExpressibleByArgument {
    var byte: UInt8

    init?(argument: String) {
        let named = ["comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"]
        let text = named[argument] ?? argument
        guard text.utf8.count == 1, let byte = text.utf8.first, byte != 0x22, byte != 0x0A,
            byte != 0x0D
        else { return nil }
        self.byte = byte
    }

    static var allValueStrings: [String] { ["comma", "semicolon", "tab", "bar"] }
}

/// `cue-runner import CSV`
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a cue sheet of a spreadsheet.",
        discussion: """
            The spreadsheet is saved as CSV or TSV, by Excel as "CSV UTF-8". Its columns are \
            guessed by their names and shown; --map says what else one is.

            KEYS FOR --map:
              at question answers answer correct for reveal again group id note channels
              payload poll_id ad_break late repeat_every repeat_times repeat_until disabled
              ignore

            EXAMPLE:
              cue-runner import cues.csv --output show.yaml
              cue-runner import cues.csv --times mm:ss --map question=Q --map at=C
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Argument(
        help: ArgumentHelp("A CSV or TSV file; - is standard input.", valueName: "csv"),
        completion: .file(extensions: ["csv", "tsv", "txt"]))
    var file: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write the sheet here; by default it is printed.", valueName: "sheet"),
        completion: .sheet)
    var output: String?

    @Flag(help: "Replace the sheet that --output names.")
    var force = false

    @Option(
        help: ArgumentHelp(
            "Take a column, by its name or letters, for a key of a cue.", valueName: "key=column"))
    var map: [ColumnOption] = []

    @Flag(name: .customLong("no-header"), help: "The first row is a cue; columns are A, B, C …")
    var hasNoHeader = false

    @Option(
        help: "What 1:30 means.",
        completion: .list(TimeStyle.allCases.map { CompletionCommand.word($0.rawValue) }))
    var times: TimeStyle?

    @Option(
        help: ArgumentHelp(
            "Frames a second of times such as 00:01:30:12: 25, 29.97, 30 …", valueName: "n"))
    var frameRate: FrameRateOption?

    @Option(
        help: ArgumentHelp(
            "The spreadsheet's time at which the show has its zero, such as 19:00:00.",
            valueName: "time"))
    var zero: String?

    @Option(help: "How the file is encoded, where it is no UTF-8 and has no mark.")
    var encoding: SpreadsheetEncoding?

    @Option(
        help: ArgumentHelp(
            "What separates columns; by default it is found out.",
            valueName: "comma|semicolon|tab|bar"))
    var separator: SeparatorOption?

    @Option(help: ArgumentHelp("The show's title; by default the file's name.", valueName: "text"))
    var title: String?

    @Option(
        help: ArgumentHelp("The channel's ARN, for each that cells name.", valueName: "[name=]arn"))
    var channel: [String] = []

    @Option(help: "How to print problems; as JSON the sheet itself is written by --output alone.")
    var format = Format.text

    @Flag(help: "Show problems alone, not what the columns were taken for.")
    var quiet = false

    func validate() throws {
        if force, output == nil { throw ValidationError("--force belongs to --output") }
        for text in channel {
            let parts = Self.channel(text)
            guard ChannelARN(parts.arn) != nil else {
                throw ValidationError(
                    "--channel: \"\(parts.arn.printable)\" is not the ARN of an IVS channel; it "
                        + "looks like \(StageCommand.defaultChannel)")
            }
            if parts.name.isEmpty, channel.count > 1 {
                throw ValidationError("several channels need a name each, as --channel NAME=ARN")
            }
        }
    }

    private static func channel(_ text: String) -> (name: String, arn: String) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : ("", text)
    }

    func run() throws {
        let terminal = Terminal(environment: Environment.variables, isQuiet: quiet)
        let bytes = try Files.read(file, bytesMax: ImportedSheet.bytesMax)
        var imported = ImportedSheet.read(bytes, options)
        try check(&imported)
        if format == .text { announce(imported, terminal) }
        report(imported, terminal)
        if imported.hasErrors { throw ExitCode(ExitStatus.data.rawValue) }
        guard let output else {
            if format == .text { terminal.data(imported.draft.text) }
            return
        }
        try Files.create(output, Array(imported.draft.text.utf8), isForced: force)
        try SheetFiles.addSchema(besides: output, terminal)
        terminal.say("\(output.printable): look it over, then cue-runner check \(output.printable)")
    }

    private var options: ImportOptions {
        let name = file == "-" ? "standard input" : Files.name(of: file)
        var options = ImportOptions(source: name)
        options.title = title ?? (file == "-" ? "Imported show" : Files.stem(of: name))
        options.channels = channel.map(Self.channel)
        options.map = map.map { ($0.key, $0.column) }
        options.hasHeader = !hasNoHeader
        options.times = times
        options.frameRate = frameRate?.value
        options.zero = zero
        options.encoding = encoding
        options.separator = separator?.byte
        return options
    }

    /// Holds the new sheet against all that a sheet is held against, so that it passes `check`.
    private func check(_ imported: inout ImportedSheet) throws(CommandFailure) {
        guard !imported.draft.isEmpty else { return }
        let loaded = try SheetLoader.load(Array(imported.draft.text.utf8), path: output ?? "-")
        for found in loaded.diagnostics {
            imported.add(
                found.severity == .error ? .error : .warning, found.code,
                line: Int(found.mark.line), found.message, hint: found.hint)
        }
    }

    /// What the columns were taken for, and what was concluded from them.
    private func announce(_ imported: ImportedSheet, _ terminal: Terminal) {
        for line in imported.columnLines { terminal.say("  " + line) }
        for note in imported.notes { terminal.say("note: \(note.printable)") }
    }

    private func report(_ imported: ImportedSheet, _ terminal: Terminal) {
        let path = file == "-" ? "<stdin>" : file
        let found = imported.sortedProblems.map { problem in
            Diagnostic(
                problem.severity == .error ? .error : .warning, problem.code,
                at: Mark(line: problem.cell.row, column: problem.cell.column),
                problem.message + imported.place(of: problem), hint: problem.hint)
        }
        guard format == .json else {
            // Rows are no lines where cells have line breaks, so that none is shown.
            let text = DiagnosticPrinter.render(
                found, path: path, lines: SourceLines([]), colour: terminal.hasColour)
            if !text.isEmpty { terminal.print(String(text.dropLast())) }
            return
        }
        terminal.data(DiagnosticPrinter.jsonText(DiagnosticPrinter.json(found, path: path)))
    }
}
