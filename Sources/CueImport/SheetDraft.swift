import CueText

/// A cue sheet while it is written, that knows which cell each of its lines came from.
package struct SheetDraft: Sendable {
    package private(set) var text = ""
    private var cells: [Cell?] = []

    /// There is nothing to make a sheet of.
    package var isEmpty: Bool { text.isEmpty }

    /// One line; its text has no line break.
    mutating func line(_ line: String, from cell: Cell? = nil) {
        text += line + "\n"
        cells.append(cell)
    }

    /// A comment in front of the cues or of one of them, a line for each of its own.
    mutating func comment(_ comment: String, indent: String = "") {
        for part in comment.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let words = part.printable.trimmed
            line(words.isEmpty ? indent + "#" : "\(indent)# \(words)")
        }
    }

    /// The cell that a line of the sheet tells of, or the nearest above it that has one.
    func cell(ofLine number: Int) -> Cell? {
        cells.prefix(max(0, number)).last { $0 != nil } ?? nil
    }
}
