import CueText

/// The rows of a spreadsheet, what its columns are, and how its times are written.
struct ImportTable {
    let rows: [[String]]
    let columns: [ImportColumn]
    /// The first row below the names, from 0.
    let firstRow: Int
    /// What stands above the row of names.
    let preface: [String]
    /// What was concluded of its times.
    private(set) var notes: [String] = []
    private(set) var times = TimeCells()
    /// Columns whose bare numbers are fractions of a day.
    private var dayColumns: Set<Int> = []

    /// Finds the row of names, and below it the cues.
    init(_ rows: [[String]], _ finder: ColumnFinder) throws(ImportProblem) {
        let count = rows.map { row in (row.lastIndex { !$0.trimmed.isEmpty } ?? -1) + 1 }.max() ?? 0
        guard count > 0 else {
            throw ImportProblem(
                .error, "empty", at: .origin, "the spreadsheet is empty",
                hint: "it needs a row of names, such as time,question,answers, and a row a cue")
        }
        self.rows = rows
        guard finder.hasHeader else {
            (firstRow, preface) = (0, [])
            columns = try finder.columns([], count: count)
            return
        }
        guard let header = finder.headerRow(rows) else {
            throw ImportProblem(
                .error, "no-header", at: .origin, "no row has names of columns that are known",
                hint: "name the columns in the first row, such as time,question,answers; or give "
                    + "--no-header with --map at=A --map question=B …")
        }
        firstRow = header + 1
        preface = rows[..<header].map { row in
            row.map(\.trimmed).filter { !$0.isEmpty }.joined(separator: " · ")
        }.filter { !$0.isEmpty }
        columns = try finder.columns(rows[header], count: count)
    }

    func needColumns() throws(ImportProblem) {
        let names = columns.map { $0.header.isEmpty ? $0.letters : $0.header.printable }
            .joined(separator: ", ")
        let cell = Cell(row: max(1, firstRow), column: 1)
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
}

// MARK: - Times

extension ImportTable {
    /// Settles what `1:30` and bare numbers mean before any cell is read.
    mutating func decideTimes(_ options: ImportOptions, _ problems: inout ImportProblems) {
        times.frameRate = options.frameRate
        times.style = options.times
        let timed = columns.filter { $0.key?.isTime == true }
        for column in timed where column.name.unit == nil {
            let texts = (firstRow..<rows.count).map { cell($0, column) }
            guard TimeCells.areDays(texts) else { continue }
            dayColumns.insert(column.number)
            notes.append("column \(column.letters): numbers are fractions of a day")
        }
        decideStyle(timed)
        guard let zero = options.zero else { return }
        switch times.read(zero) {
        case .time(let time): times.zero = time
        case .ambiguous:
            problems.report(
                "ambiguous-time", at: .origin, "--zero \(zero.printable) could be mm:ss or hh:mm",
                hint: "write it with hours, minutes and seconds")
        case .needsFrameRate:
            problems.report(
                "frame-rate", at: .origin, "--zero needs --frame-rate", hint: Self.rates)
        case .date, .unreadable:
            problems.report(
                "bad-time", at: .origin, "--zero \(zero.printable) can't be read as a time",
                hint: "write it as in the spreadsheet, such as 19:00:00 or 10:00:00:00")
        }
    }

    private mutating func decideStyle(_ timed: [ImportColumn]) {
        guard times.style == nil else { return }
        if let named = timed.first(where: { $0.name.pairs != nil }), let style = named.name.pairs {
            times.style = style
            notes.append("times like 1:30 are \(style.words), as column \(named.letters) says")
            return
        }
        func texts(_ isAt: Bool) -> [(text: String, row: Int)] {
            timed.filter { ($0.key == .at) == isAt }.flatMap { column in
                (firstRow..<rows.count).map { (cell($0, column), $0 + 1) }
            }
        }
        let all = (at: texts(true), others: texts(false))
        let isAsked = (all.at + all.others).contains { times.read($0.text) == .ambiguous }
        guard isAsked, let decided = TimeCells.decide(all.at, others: all.others) else { return }
        times.style = decided.style
        notes.append("times like 1:30 are \(decided.style.words), \(decided.why)")
    }

    private static let rates = "such as --frame-rate 25, 29.97 or 30"

    /// The time in a cell, or nothing once it is reported.
    func time(
        _ text: String, _ row: Int, _ column: ImportColumn, _ problems: inout ImportProblems
    ) -> Duration? {
        let unit = column.name.unit ?? (dayColumns.contains(column.number) ? 8.64e13 : 1e9)
        let place = place(row, column)
        let shown = "\"\(text.trimmed.printable)\""
        switch times.read(text, unit: unit) {
        case .time(let time): return time
        case .ambiguous:
            problems.report(
                "ambiguous-time", at: place,
                "\(shown) could be minutes and seconds, or hours and minutes",
                hint: "say which with --times mm:ss or --times hh:mm")
        case .needsFrameRate:
            problems.report(
                "frame-rate", at: place, "\(shown) counts frames",
                hint: "say how many a second has, " + Self.rates)
        case .date:
            problems.report(
                "bad-time", at: place, "\(shown) is a spreadsheet's number of a date",
                hint: "give the column a format of time, such as hh:mm:ss, and save it again")
        case .unreadable:
            problems.report(
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
