import CueText

/// Makes cues of the rows below the names, each as it stands there.
struct RowReader {
    private let table: ImportTable
    /// The user's zero, for what is said of times before it.
    private let zero: String?
    private(set) var problems: ImportProblems
    private(set) var cues: [ImportedCue] = []
    /// Rows that are no cues, by their index.
    private(set) var headings: [(row: Int, text: String)] = []
    /// A listing's reveals, which follow from their questions: the question's id and the row.
    private(set) var reveals: [(id: String, row: Int)] = []

    init(_ table: ImportTable, _ options: ImportOptions, _ problems: ImportProblems) {
        self.table = table
        zero = options.zero
        self.problems = problems
    }

    mutating func read() {
        for row in table.firstRow..<max(table.firstRow, table.rows.count) {
            guard !table.rows[row].allSatisfy({ $0.trimmed.isEmpty }) else { continue }
            checkControls(row)
            readRow(row)
        }
        if cues.isEmpty, !problems.hasErrors {
            problems.report(
                "no-cues", at: Cell(row: max(1, table.firstRow), column: 1),
                "no row below is a cue",
                hint: "a cue has a time, and a question, payload or ad_break")
        }
    }

    /// Nothing that a screen can't show, or that no file can hold, gets into a show.
    private mutating func checkControls(_ row: Int) {
        for column in table.columns where column.key != .ignore {
            let text = table.cell(row, column)
            guard
                let scalar = text.unicodeScalars.first(where: {
                    $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
                })
            else { continue }
            let digits = String(scalar.value, radix: 16, uppercase: true)
            problems.report(
                "control-character", at: table.place(row, column),
                "the cell holds the control character U+"
                    + digits.filled(to: 4, .right, with: "0"),
                hint: scalar.value == 0
                    ? "is the file UTF-16? save it as CSV UTF-8, or give --encoding utf-16"
                    : "delete it, or type the cell anew")
        }
    }

    private mutating func readRow(_ row: Int) {
        func text(_ key: ImportKey) -> String {
            table.column(key).map { table.cell(row, $0) } ?? ""
        }
        let contents: [ImportKey] = [.at, .question, .answers, .answer, .payload, .adBreak]
        let isCue = table.columns.contains { column in
            column.key.map(contents.contains) == true && !table.cell(row, column).isEmpty
        }
        guard isCue, !isHeading(row) else {
            let words = table.rows[row].map(\.trimmed).filter { !$0.isEmpty }
            headings.append((row, words.joined(separator: " · ")))
            return
        }
        let id = text(.id).trimmed
        if text(.kind).trimmed == "reveal" {
            reveals.append((String(id.split(separator: ".").first ?? ""), row))
            return
        }
        var cue = ImportedCue(
            row: row, at: .manual,
            atCell: table.column(.at).map { table.place(row, $0) } ?? .origin,
            idCell: table.column(.id).map { table.place(row, $0) } ?? Cell(row: row + 1, column: 1))
        readAt(into: &cue)
        readID(id, into: &cue)
        var fields = FieldReader(table, cue)
        fields.read()
        for problem in fields.problems.all { problems.add(problem) }
        cues.append(fields.cue)
    }

    /// `ROUND 2` alone in its row, be it in the column of times.
    private func isHeading(_ row: Int) -> Bool {
        let filled = table.columns.filter { !table.cell(row, $0).isEmpty }
        guard filled.count == 1, let column = filled.first, column.key == .at else { return false }
        let text = table.cell(row, column)
        return table.times.read(text) == .unreadable && WallTime(rfc3339: text.trimmed) == nil
            && text.unicodeScalars.contains { $0.properties.isAlphabetic }
            && Self.anchor(text.trimmed) == nil && !text.lowercased().hasPrefix("go ")
    }

    private mutating func readID(_ text: String, into cue: inout ImportedCue) {
        guard !text.isEmpty else { return }
        var name = text
        if table.column(.kind) != nil || table.column(.repeatEvery) != nil,
            let mark = text.lastIndex(of: "#"), let number = Int(text[text.index(after: mark)...])
        {
            name = String(text[..<mark])
            cue.number = number
        }
        if CueID.isValid(name) {
            cue.id = name
            return
        }
        // Unlike a made one it goes before what others are made of.
        cue.slug = CueID.made(of: name, words: .max)
        problems.add(
            ImportProblem(
                .warning, "id-changed", at: cue.idCell,
                "\"\(text.printable)\" can't be an id, the cue gets one made of it",
                hint: "use letters, digits, _ and -, at most 64, a letter or digit first"))
    }

    private mutating func readAt(into cue: inout ImportedCue) {
        guard let column = table.column(.at) else { return }
        let raw = table.cell(cue.row, column).trimmed
        guard !raw.isEmpty else {
            problems.report(
                "missing-time", at: cue.atCell, "the cue has no time",
                hint: "give it one, +20s for so long after the one above, or manual for your GO")
            return
        }
        let text = raw.lowercased()
        if text == "manual" || text == "go" || text.hasPrefix("go ") { return }
        if let instant = WallTime(rfc3339: raw) {
            cue.at = .instant(instant)
        } else if raw.hasPrefix("+") {
            guard let by = table.time(String(raw.dropFirst()), cue.row, column, &problems) else {
                return
            }
            cue.at = .after(by)
        } else if let (anchor, sign, rest) = Self.anchor(raw) {
            guard let by = rest.isEmpty ? .zero : table.time(rest, cue.row, column, &problems)
            else { return }
            cue.at = .anchored(anchor, sign < 0 ? .zero - by : by)
        } else if raw.hasPrefix("-") {
            problems.report(
                "bad-time", at: cue.atCell, "\"\(raw.printable)\" is before zero",
                hint: "give the spreadsheet's time of the show's start with --zero")
        } else if let time = table.time(raw, cue.row, column, &problems) {
            guard time >= table.times.zero else {
                problems.report(
                    "bad-time", at: cue.atCell,
                    "\"\(raw.printable)\" is before --zero \(zero?.printable ?? "")")
                return
            }
            cue.at = .placed(time - table.times.zero)
        }
    }

    /// Takes `q1.end + 5s` apart: what it counts from, the sign, and the rest.
    private static func anchor(_ text: String) -> (String, Int, String)? {
        let head = text.prefix { $0 != " " && $0 != "+" }
        let id = head.split(separator: ".", omittingEmptySubsequences: false)
        guard let name = id.first.map(String.init), CueID.isValid(name), id.count <= 2,
            id.count == 1 || ["end", "reveal"].contains(id[1]),
            // What reads as a time is one; a number is no cue's name here.
            TimeCells(style: .minutes).read(String(head)) == .unreadable
        else { return nil }
        let rest = String(text[head.endIndex...]).trimmed
        switch rest.first {
        case nil: return (String(head), 1, "")
        case "+": return (String(head), 1, String(rest.dropFirst()).trimmed)
        case "-": return (String(head), -1, String(rest.dropFirst()).trimmed)
        default: return nil
        }
    }
}
