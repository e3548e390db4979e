/// Where a text stands in a column that is wider.
package enum TextSide: Sendable {
    case left
    case right
}

/// Rows whose cells stand below each other.
package enum TextTable {
    /// A line for each row. Each column is as wide as its widest cell, but for the last, which is
    /// left as it is; `right` are the columns whose cells stand at the right.
    package static func lines(
        _ rows: [[String]], right: Set<Int> = [], gap: String = "  "
    ) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.cells)
            }
        }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column + 1 == widths.count
                    ? cell
                    : cell.filled(to: widths[column], right.contains(column) ? .right : .left)
            }.joined(separator: gap)
        }
    }
}
