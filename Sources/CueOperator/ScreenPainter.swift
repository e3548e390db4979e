import CueText

/// A line of the screen: pieces of text, each in one style.
struct ScreenLine: Hashable, Sendable {
    struct Piece: Hashable, Sendable {
        var text: String
        var style: Terminal.Style
    }

    var pieces: [Piece] = []

    init(_ text: String = "", _ style: Terminal.Style = .plain) {
        add(text, style)
    }

    mutating func add(_ text: String, _ style: Terminal.Style = .plain) {
        if !text.isEmpty { pieces.append(Piece(text: text, style: style)) }
    }

    var text: String { pieces.map(\.text).joined() }

    /// The line cut to this many columns.
    func cut(to columns: Int) -> ScreenLine {
        var line = ScreenLine()
        var rest = columns
        for piece in pieces where rest > 0 {
            let text = piece.text.cut(to: rest)
            line.add(text, piece.style)
            rest -= text.cells
            if text != piece.text { break }
        }
        return line
    }
}

/// Turns screens into the bytes that change one into the next.
///
/// Only lines that differ are written, each at its place, inside one synchronized update, so that
/// nothing flickers; a character whose width the terminal sees otherwise spoils no other line.
/// https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036
struct ScreenPainter: Sendable {
    private var shown: [ScreenLine] = []
    private var columns = 0

    init() {}

    /// Alternate screen, no cursor, no wrapping; what is pasted is marked as such.
    static let enter = "\u{1B}[?1049h\u{1B}[?7l\u{1B}[?25l\u{1B}[?2004h\u{1B}[2J"
    /// All of it back.
    static let leave =
        "\u{1B}[?2026l\u{1B}[0m\u{1B}[?2004l\u{1B}[?25h\u{1B}[?7h\u{1B}[?1049l"

    /// What to write so that these lines are on a screen of that size.
    mutating func paint(_ lines: [ScreenLine], columns: Int, rows: Int) -> String {
        var body = ""
        if columns != self.columns || rows != shown.count {
            body += "\u{1B}[2J"
            shown = Array(repeating: ScreenLine(), count: rows)
            self.columns = columns
        }
        for row in 0..<rows {
            let line = row < lines.count ? lines[row].cut(to: columns) : ScreenLine()
            guard line != shown[row] else { continue }
            shown[row] = line
            body += "\u{1B}[\(row + 1);1H"
            for piece in line.pieces {
                body +=
                    piece.style == .plain
                    ? piece.text : "\u{1B}[\(piece.style.rawValue)m\(piece.text)\u{1B}[0m"
            }
            // At the last column the cursor stands on what it has just written.
            if line.text.cells < columns { body += "\u{1B}[K" }
        }
        return body.isEmpty ? "" : "\u{1B}[?2026h\(body)\u{1B}[?2026l"
    }

    /// Forgets what is shown: something else was written over it.
    mutating func forget() {
        columns = 0
    }
}
