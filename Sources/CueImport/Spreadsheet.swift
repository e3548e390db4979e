/// The cells of a spreadsheet that was saved as CSV or TSV.
///
/// Read as Excel, Google Sheets, Numbers and LibreOffice write it: a separator of the country,
/// perhaps named by a first line `sep=;`, any end of line, quoted cells with separators, quotes and
/// line breaks in them, rows of unequal length. https://www.rfc-editor.org/rfc/rfc4180
struct Spreadsheet {
    private(set) var rows: [[String]] = []
    private(set) var separator: UInt8
    private(set) var problems: [ImportProblem] = []

    static let separators: [(name: String, byte: UInt8)] = [
        ("comma", UInt8(ascii: ",")), ("semicolon", UInt8(ascii: ";")), ("tab", 0x09),
        ("bar", UInt8(ascii: "|")),
    ]

    /// Without a separator given, the one that yields the most of the wanted columns is taken.
    init(_ text: String, separator: UInt8?, worth: ([[String]]) -> Int) {
        var bytes = Array(text.utf8)
        if let named = Self.removeSeparatorLine(&bytes) {
            self.init(bytes: bytes, separator: separator ?? named)
            return
        }
        if let separator {
            self.init(bytes: bytes, separator: separator)
            return
        }
        let candidates = Self.separators.map { candidate in
            let head = Spreadsheet(bytes: bytes, separator: candidate.byte, rowsMax: 20).rows
            return (candidate.byte, worth(head), head.map(\.count).max() ?? 0)
        }
        // The earlier one wins where two are alike.
        let best = candidates.enumerated().max {
            ($0.element.1, $0.element.2, -$0.offset) < ($1.element.1, $1.element.2, -$1.offset)
        }
        self.init(bytes: bytes, separator: best?.element.0 ?? UInt8(ascii: ","))
    }

    private init(bytes: [UInt8], separator: UInt8, rowsMax: Int = .max) {
        self.separator = separator
        var reader = Reader(bytes: bytes, separator: separator)
        while rows.count < rowsMax, let row = reader.row(number: rows.count + 1) {
            rows.append(row)
        }
        problems = reader.problems
    }

    /// Excel's own first line `sep=;`, which it does not show as a row.
    private static func removeSeparatorLine(_ bytes: inout [UInt8]) -> UInt8? {
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        let plain = line.filter { $0 != UInt8(ascii: "\"") }
        guard plain.count == 5,
            String(decoding: plain.prefix(4), as: UTF8.self).lowercased() == "sep="
        else { return nil }
        let isPair = bytes.dropFirst(line.count).starts(with: [0x0D, 0x0A])
        bytes.removeFirst(min(bytes.count, line.count + (isPair ? 2 : 1)))
        return plain[4]
    }

    /// One record after another.
    private struct Reader {
        let bytes: [UInt8]
        let separator: UInt8
        var problems: [ImportProblem] = []
        private var position = 0

        init(bytes: [UInt8], separator: UInt8) {
            self.bytes = bytes
            self.separator = separator
        }

        /// The next record; nil at the end of the text.
        mutating func row(number: Int) -> [String]? {
            guard position < bytes.count else { return nil }
            var row: [String] = []
            while true {
                row.append(field(at: Cell(row: number, column: row.count + 1)))
                guard position < bytes.count else { return row }
                let byte = bytes[position]
                position += 1
                if byte == separator { continue }
                if byte == 0x0D, position < bytes.count, bytes[position] == 0x0A { position += 1 }
                return row
            }
        }

        /// Reads up to the separator or end of line behind the field.
        private mutating func field(at cell: Cell) -> String {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                return plain()
            }
            position += 1
            var text: [UInt8] = []
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                guard byte == UInt8(ascii: "\"") else {
                    text.append(byte)
                    continue
                }
                if position < bytes.count, bytes[position] == byte {
                    text.append(byte)
                    position += 1
                    continue
                }
                if position < bytes.count, !isEnd(bytes[position]) {
                    let rest = plain()
                    // Spaces behind a quote are common and harmless.
                    if rest.contains(where: { $0 != " " }) {
                        problems.append(
                            ImportProblem(
                                .error, "stray-quote", at: cell,
                                "text follows the closing quote of the cell",
                                hint: "a quote inside a quoted cell is written twice, as \"\""))
                    }
                }
                return String(decoding: text, as: UTF8.self)
            }
            problems.append(
                ImportProblem(
                    .error, "unclosed-quote", at: cell, "the cell's opening quote is never closed",
                    hint: "a cell that begins with a quote ends with one"))
            return String(decoding: text, as: UTF8.self)
        }

        private mutating func plain() -> String {
            let start = position
            while position < bytes.count, !isEnd(bytes[position]) { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }

        private func isEnd(_ byte: UInt8) -> Bool {
            byte == separator || byte == 0x0A || byte == 0x0D
        }
    }
}
