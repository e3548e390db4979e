/// A cell of a spreadsheet, row and column from 1 as the spreadsheet counts them: a row with line
/// breaks in its cells is one row.
package struct Cell: Hashable, Comparable, Sendable {
    package var row: Int
    package var column: Int

    static let origin = Cell(row: 1, column: 1)

    package static func < (a: Cell, b: Cell) -> Bool {
        (a.row, a.column) < (b.row, b.column)
    }

    /// As spreadsheets name it: `C12`.
    package var name: String { Cell.letters(column) + "\(row)" }

    /// A column as spreadsheets name it: `A`, `Z`, `AA`.
    static func letters(_ column: Int) -> String {
        var (rest, name) = (column, "")
        while rest > 0 {
            name = String(UnicodeScalar(UInt8(65 + (rest - 1) % 26))) + name
            rest = (rest - 1) / 26
        }
        return name
    }
}

/// What is wrong with a cell: a code for scripts, a message and a hint for people.
package struct ImportProblem: Error, Hashable, Sendable {
    package enum Severity: String, Sendable {
        case error
        case warning
    }

    package var severity: Severity
    package var code: String
    package var cell: Cell
    package var message: String
    package var hint: String?

    init(
        _ severity: Severity, _ code: String, at cell: Cell, _ message: String,
        hint: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.cell = cell
        self.message = message
        self.hint = hint
    }
}

/// The problems that were found so far, in the order in which they were.
struct ImportProblems {
    private(set) var all: [ImportProblem] = []
    /// Cells that have an error.
    private var wrongCells: Set<Cell> = []

    var hasErrors: Bool { !wrongCells.isEmpty }

    func isWrong(_ cell: Cell) -> Bool { wrongCells.contains(cell) }

    /// What one option settles for all cells is said once.
    private static let saidOnce: Set<String> = ["ambiguous-time", "frame-rate"]

    mutating func add(_ problem: ImportProblem) {
        if Self.saidOnce.contains(problem.code), all.contains(where: { $0.code == problem.code }) {
            return
        }
        all.append(problem)
        if problem.severity == .error { wrongCells.insert(problem.cell) }
    }

    mutating func report(
        _ code: String, at cell: Cell, _ message: String, hint: String? = nil
    ) {
        add(ImportProblem(.error, code, at: cell, message, hint: hint))
    }
}
