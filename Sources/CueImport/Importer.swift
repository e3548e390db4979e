import CueText

/// What the user says of a spreadsheet beyond what its cells say.
package struct ImportOptions: Sendable {
    /// What to call the spreadsheet in the sheet's comments, and the show where it has no title.
    package var source: String
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
    package var schema = "cue-sheet.schema.json"

    package init(source: String) {
        self.source = source
    }
}

/// A sheet made of a spreadsheet, and what is wrong with the spreadsheet.
package struct ImportedSheet: Sendable {
    /// The largest file that is read: 64 MiB.
    package static let bytesMax = 64 * 1_048_576

    package var draft = SheetDraft()
    package var columns: [ImportColumn] = []
    /// What was concluded, for the user to look over.
    package var notes: [String] = []
    package private(set) var problems: [ImportProblem] = []
    /// Cells that have an error.
    private var wrongCells: Set<Cell> = []

    package var hasErrors: Bool { !wrongCells.isEmpty }

    fileprivate mutating func add(_ problem: ImportProblem) {
        problems.append(problem)
        if problem.severity == .error { wrongCells.insert(problem.cell) }
    }

    /// Adds what `check` finds in the sheet, at the cells that its lines came from; a cell that has
    /// an error already says enough, and its neighbours may only suffer from it.
    package mutating func add(
        _ severity: ImportProblem.Severity, _ code: String, line: Int, _ message: String,
        hint: String?
    ) {
        let cell = draft.cell(ofLine: line) ?? .origin
        guard !wrongCells.contains(cell), severity == .error || !hasErrors else { return }
        add(ImportProblem(severity, code, at: cell, message, hint: hint))
    }

    /// By cell; what is about the same one keeps its order.
    package var sortedProblems: [ImportProblem] {
        problems.enumerated()
            .sorted { ($0.element.cell, $0.offset) < ($1.element.cell, $1.offset) }
            .map(\.element)
    }
}

extension ImportedSheet {
    /// Which cell a problem is about, as the spreadsheet shows it: ` (C12, Question)`.
    package func place(of problem: ImportProblem) -> String {
        guard problem.cell != .origin else { return "" }
        let header = columns.first { $0.number == problem.cell.column }?.header ?? ""
        return " (\(problem.cell.name)\(header.isEmpty ? "" : ", " + header.printable))"
    }

    /// Makes a cue sheet of the bytes of a CSV or TSV file.
    ///
    /// A pure function: the same spreadsheet gives the same sheet, its ids included.
    package static func read(_ bytes: [UInt8], _ options: ImportOptions) -> ImportedSheet {
        var importer = Importer(options: options)
        do throws(ImportProblem) {
            try importer.read(bytes)
        } catch {
            importer.problems.append(error)
        }
        var sheet = ImportedSheet()
        sheet.columns = importer.columns
        sheet.notes = importer.notes
        for problem in importer.problems { sheet.add(problem) }
        if !importer.cues.isEmpty { sheet.draft = importer.draft() }
        return sheet
    }
}

/// From bytes to rows, columns and cues, one step after the other.
struct Importer {
    let options: ImportOptions
    var columns: [ImportColumn] = []
    var notes: [String] = []
    var problems: [ImportProblem] = []
    var rows: [[String]] = []
    var times = TimeCells()
    /// Columns whose bare numbers are fractions of a day.
    var dayColumns: Set<Int> = []
    var cues: [ImportedCue] = []
    /// In the order in which cells name them.
    var channelNames: [String] = []
    /// How much later each channel's cues are than the first one's.
    var channelOffsets: [String: Duration] = [:]
    /// What stands above the row of names.
    var preface: [String] = []
    /// Rows that are no cues, by their index.
    var headings: [(row: Int, text: String)] = []
    /// A listing's reveals, which follow from their questions: the question's id and the row.
    var reveals: [(id: String, row: Int)] = []
    /// The answers of the row being read.
    var answersRead: [String] = []

    init(options: ImportOptions) {
        self.options = options
    }

    mutating func read(_ bytes: [UInt8]) throws(ImportProblem) {
        guard bytes.count <= ImportedSheet.bytesMax else {
            throw ImportProblem(
                .error, "too-large", at: .origin,
                "the file is larger than \(ImportedSheet.bytesMax / 1_048_576) MiB",
                hint: "split the show into several sheets")
        }
        let text = try SpreadsheetText.decode(bytes, as: options.encoding)
        let finder = ColumnFinder(map: options.map, hasHeader: options.hasHeader)
        let spreadsheet = Spreadsheet(text, separator: options.separator, worth: finder.worth)
        rows = spreadsheet.rows
        problems += spreadsheet.problems
        let count = rows.map { row in (row.lastIndex { !$0.trimmed.isEmpty } ?? -1) + 1 }.max() ?? 0
        guard count > 0 else {
            throw ImportProblem(
                .error, "empty", at: .origin, "the spreadsheet is empty",
                hint: "it needs a row of names, such as time,question,answers, and a row a cue")
        }
        let first = try findColumns(finder, count: count)
        try needColumns(row: first)
        decideTimes(from: first)
        readRows(from: first)
        settle()
    }

    /// Finds the row of names, and says where the cues begin.
    private mutating func findColumns(
        _ finder: ColumnFinder, count: Int
    ) throws(ImportProblem) -> Int {
        guard options.hasHeader else {
            columns = try finder.columns([], count: count)
            return 0
        }
        guard let header = finder.headerRow(rows) else {
            throw ImportProblem(
                .error, "no-header", at: .origin, "no row has names of columns that are known",
                hint: "name the columns in the first row, such as time,question,answers; or give "
                    + "--no-header with --map at=A --map question=B …")
        }
        for row in rows[..<header] {
            let words = row.map(\.trimmed).filter { !$0.isEmpty }
            if !words.isEmpty { preface.append(words.joined(separator: " · ")) }
        }
        columns = try finder.columns(rows[header], count: count)
        return header + 1
    }

    private func needColumns(row: Int) throws(ImportProblem) {
        let names = columns.map { $0.header.isEmpty ? $0.letters : $0.header.printable }
            .joined(separator: ", ")
        let cell = Cell(row: max(1, row), column: 1)
        guard column(.at) != nil else {
            throw ImportProblem(
                .error, "no-time-column", at: cell, "no column says when a cue is due",
                hint: "name it with --map at=COLUMN; the columns are \(names)")
        }
        guard [.question, .payload, .adBreak].contains(where: { column($0) != nil }) else {
            throw ImportProblem(
                .error, "no-content-column", at: cell,
                "no column says what viewers get: question, payload or ad_break",
                hint: "name it with --map question=COLUMN; the columns are \(names)")
        }
        if column(.question) != nil, column(.answers) == nil, column(.answer) == nil {
            throw ImportProblem(
                .error, "no-answers-column", at: cell, "no column has the answers",
                hint: "name it with --map answers=COLUMN, or each with --map answer=COLUMN; the "
                    + "columns are \(names)")
        }
    }

    func column(_ key: ImportKey) -> ImportColumn? {
        columns.first { $0.key == key }
    }

    /// A cell's text with LF for its line breaks; empty where the row is shorter or the cell blank.
    func cell(_ row: Int, _ column: ImportColumn) -> String {
        guard rows.indices.contains(row), column.number <= rows[row].count else { return "" }
        let text = rows[row][column.number - 1]
        if text.trimmed.isEmpty { return "" }
        let plain = CSVText.unguarded(text[...])
        guard plain.utf8.contains(0x0D) else { return String(plain) }
        let lines = plain.split(omittingEmptySubsequences: false) { $0 == "\r\n" || $0 == "\r" }
        return lines.joined(separator: "\n")
    }

    func place(_ row: Int, _ column: ImportColumn) -> Cell {
        Cell(row: row + 1, column: column.number)
    }

    mutating func report(
        _ code: String, at cell: Cell, _ message: String, hint: String? = nil
    ) {
        problems.append(ImportProblem(.error, code, at: cell, message, hint: hint))
    }
}

// MARK: - Times

extension Importer {
    /// Settles what `1:30` and bare numbers mean before any cell is read.
    private mutating func decideTimes(from first: Int) {
        times.frameRate = options.frameRate
        times.style = options.times
        let timed = columns.filter { $0.key?.isTime == true }
        for column in timed where column.name.unit == nil {
            let texts = (first..<rows.count).map { cell($0, column) }
            guard TimeCells.areDays(texts) else { continue }
            dayColumns.insert(column.number)
            notes.append("column \(column.letters): numbers are fractions of a day")
        }
        decideStyle(timed, from: first)
        guard let zero = options.zero else { return }
        switch times.read(zero) {
        case .time(let time): times.zero = time
        case .ambiguous:
            report(
                "ambiguous-time", at: .origin, "--zero \(zero.printable) could be mm:ss or hh:mm",
                hint: "write it with hours, minutes and seconds")
        case .needsFrameRate:
            report("frame-rate", at: .origin, "--zero needs --frame-rate", hint: Self.rates)
        case .date, .unreadable:
            report(
                "bad-time", at: .origin, "--zero \(zero.printable) can't be read as a time",
                hint: "write it as in the spreadsheet, such as 19:00:00 or 10:00:00:00")
        }
    }

    private mutating func decideStyle(_ timed: [ImportColumn], from first: Int) {
        guard times.style == nil else { return }
        if let named = timed.first(where: { $0.name.pairs != nil }), let style = named.name.pairs {
            times.style = style
            notes.append("times like 1:30 are \(style.words), as column \(named.letters) says")
            return
        }
        func texts(_ isAt: Bool) -> [(text: String, row: Int)] {
            timed.filter { ($0.key == .at) == isAt }.flatMap { column in
                (first..<rows.count).map { (cell($0, column), $0 + 1) }
            }
        }
        let all = (at: texts(true), others: texts(false))
        let isAsked = (all.at + all.others).contains { times.read($0.text) == .ambiguous }
        guard isAsked, let decided = TimeCells.decide(all.at, others: all.others) else { return }
        times.style = decided.style
        notes.append("times like 1:30 are \(decided.style.words), \(decided.why)")
    }

    static let rates = "such as --frame-rate 25, 29.97 or 30"

    /// The time in a cell, or nothing once it is reported.
    mutating func time(_ text: String, _ row: Int, _ column: ImportColumn) -> Duration? {
        let unit = column.name.unit ?? (dayColumns.contains(column.number) ? 8.64e13 : 1e9)
        return time(text, unit: unit, row, column)
    }

    mutating func time(
        _ text: String, unit: Double, _ row: Int, _ column: ImportColumn
    ) -> Duration? {
        let place = place(row, column)
        let shown = "\"\(text.trimmed.printable)\""
        switch times.read(text, unit: unit) {
        case .time(let time): return time
        case .ambiguous:
            // Said once: all of them are asked for by one option.
            if !problems.contains(where: { $0.code == "ambiguous-time" }) {
                report(
                    "ambiguous-time", at: place,
                    "\(shown) could be minutes and seconds, or hours and minutes",
                    hint: "say which with --times mm:ss or --times hh:mm")
            }
        case .needsFrameRate:
            if !problems.contains(where: { $0.code == "frame-rate" }) {
                report(
                    "frame-rate", at: place, "\(shown) counts frames",
                    hint: "say how many a second "
                        + "has, " + Self.rates)
            }
        case .date:
            report(
                "bad-time", at: place, "\(shown) is a spreadsheet's number of a date",
                hint: "give the column a format of time, such as hh:mm:ss, and save it again")
        case .unreadable:
            report(
                "bad-time", at: place, "\(shown) can't be read as a \(column.key?.noun ?? "time")",
                hint: column.key == .at
                    ? "write 0:01:30, 90, +20s, q1.end + 5s, manual, or an instant such as "
                        + "2026-11-27T19:00:00-08:00"
                    : "write it as 20s, 1.5s, 2m or 0:00:20")
        }
        return nil
    }
}

extension ImportKey {
    fileprivate var noun: String { self == .at || self == .repeatUntil ? "time" : "duration" }
}

extension TimeStyle {
    fileprivate var words: String {
        self == .minutes ? "minutes and seconds" : "hours and minutes"
    }
}
