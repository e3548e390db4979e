import CueText

/// What the user says of a spreadsheet beyond what its cells say.
package struct ImportOptions: Sendable {
    /// What to call the spreadsheet in the sheet's comments, and the show where it has no title.
    var source: String
    package var title: String?
    /// By name; the name is empty for the ARN of a show with one channel.
    package var channels: [(name: String, arn: String)] = []
    package var map: [(key: ImportKey, column: String)] = []
    package var hasHeader = true
    package var times: TimeStyle?
    package var frameRate: FrameRate?
    /// The time in the spreadsheet at which the show has its zero, as a cell would have it.
    package var zero: String?
    package var encoding: SpreadsheetEncoding?
    package var separator: UInt8?
    /// Where the editor finds the sheet's schema.
    var schema = "cue-sheet.schema.json"

    package init(source: String) {
        self.source = source
    }
}

/// A sheet made of a spreadsheet, and what is wrong with the spreadsheet.
package struct ImportedSheet: Sendable {
    /// The largest file that is read: 64 MiB.
    package static let bytesMax = 64 * 1_048_576

    package private(set) var draft = SheetDraft()
    private var columns: [ImportColumn] = []
    /// What was concluded, for the user to look over.
    package private(set) var notes: [String] = []
    private var found = ImportProblems()

    package var problems: [ImportProblem] { found.all }
    package var hasErrors: Bool { found.hasErrors }

    /// Makes a cue sheet of the bytes of a CSV or TSV file.
    ///
    /// A pure function: the same spreadsheet gives the same sheet, its ids included.
    package static func read(_ bytes: [UInt8], _ options: ImportOptions) -> ImportedSheet {
        var sheet = ImportedSheet()
        do throws(ImportProblem) {
            try sheet.read(bytes, options)
        } catch {
            sheet.found.add(error)
        }
        return sheet
    }

    /// From bytes to rows, columns, cues and the sheet, one step after the other.
    private mutating func read(
        _ bytes: [UInt8], _ options: ImportOptions
    ) throws(ImportProblem) {
        guard bytes.count <= Self.bytesMax else {
            throw ImportProblem(
                .error, "too-large", at: .origin,
                "the file is larger than \(Self.bytesMax / 1_048_576) MiB",
                hint: "split the show into several sheets")
        }
        let text = try SpreadsheetText.decode(bytes, as: options.encoding)
        let finder = ColumnFinder(map: options.map, hasHeader: options.hasHeader)
        let spreadsheet = Spreadsheet(text, separator: options.separator, worth: finder.worth)
        for problem in spreadsheet.problems { found.add(problem) }
        var table = try ImportTable(spreadsheet.rows, finder)
        columns = table.columns
        try table.needColumns()
        table.decideTimes(options, &found)
        notes = table.notes
        var rows = RowReader(table, options, found)
        rows.read()
        var cues = CueJoiner(rows, idColumn: table.column(.id)?.number ?? 1, options)
        cues.join()
        found = cues.problems
        notes += cues.notes
        if !cues.cues.isEmpty {
            draft = SheetWriter(
                options: options, table: table, notes: notes, headings: rows.headings,
                cues: cues.cues, channels: cues.channels
            ).draft()
        }
    }

    /// Adds what `check` finds in the sheet, at the cells that its lines came from; a cell that has
    /// an error already says enough, and its neighbours may only suffer from it.
    package mutating func add(
        _ severity: ImportProblem.Severity, _ code: String, line: Int, _ message: String,
        hint: String?
    ) {
        let cell = draft.cell(ofLine: line) ?? .origin
        guard !found.isWrong(cell), severity == .error || !hasErrors else { return }
        found.add(ImportProblem(severity, code, at: cell, message, hint: hint))
    }

    /// By cell; what is about the same one keeps its order.
    package var sortedProblems: [ImportProblem] {
        problems.enumerated()
            .sorted { ($0.element.cell, $0.offset) < ($1.element.cell, $1.offset) }
            .map(\.element)
    }

    /// Which cell a problem is about, as the spreadsheet shows it: ` (C12, Question)`.
    package func place(of problem: ImportProblem) -> String {
        guard problem.cell != .origin else { return "" }
        let header = columns.first { $0.number == problem.cell.column }?.header ?? ""
        return " (\(problem.cell.name)\(header.isEmpty ? "" : ", " + header.printable))"
    }

    /// One line a column: its letters, its name, and what it is taken for.
    package var columnLines: [String] {
        let names = columns.map { $0.header.printable.trimmed }
        let width = min(24, names.map(\.cells).max() ?? 0)
        return columns.indices.map { index in
            let column = columns[index]
            let what =
                switch column.key {
                case .ignore: "not needed"
                case let key?: key.rawValue + (column.isMapped ? " (--map)" : "")
                case nil: "kept as comments"
                }
            return "\(column.letters.filled(to: 2)) \(names[index].padded(to: width))  \(what)"
        }
    }
}
