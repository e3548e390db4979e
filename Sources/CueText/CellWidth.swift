extension Unicode.Scalar {
    /// How many columns a terminal gives it: 2 for East Asian wide characters and emoji, 0 for
    /// marks that sit on the character before. https://www.unicode.org/reports/tr11/
    package var cells: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        if (0x1160...0x11FF).contains(value) { return 0 }
        if value < 0x1100 { return 1 }
        return properties.isEmojiPresentation || Self.isWide(value) ? 2 : 1
    }

    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1_6FE0...0x1_B2FF,
            0x1_F200...0x1_F2FF, 0x2_0000...0x3_FFFD:
            true
        default: false
        }
    }
}

extension StringProtocol {
    /// The columns that the text takes.
    package var cells: Int { unicodeScalars.reduce(0) { $0 + $1.cells } }

    /// The text cut to so many columns, with an ellipsis where something is missing.
    package func cut(to columns: Int) -> String {
        if cells <= columns { return String(self) }
        guard columns > 0 else { return "" }
        var text = ""
        var rest = columns - 1
        for scalar in unicodeScalars {
            rest -= scalar.cells
            if rest < 0 { break }
            text.unicodeScalars.append(scalar)
        }
        return text + "…"
    }

    /// The text in exactly so many columns.
    package func padded(to columns: Int) -> String {
        let text = cut(to: columns)
        return text + String(repeating: " ", count: Swift.max(0, columns - text.cells))
    }
}
