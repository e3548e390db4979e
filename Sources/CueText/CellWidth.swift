extension StringProtocol {
    /// The columns that a terminal gives the text.
    package var cells: Int { reduce(0) { $0 + $1.cells } }

    /// The text cut to so many columns, with an ellipsis where something is missing.
    package func cut(to columns: Int) -> String {
        if cells <= columns { return String(self) }
        guard columns > 0 else { return "" }
        var text = ""
        var rest = columns - 1
        for character in self {
            rest -= character.cells
            if rest < 0 { break }
            text.append(character)
        }
        return text + "…"
    }

    /// The text in exactly so many columns.
    package func padded(to columns: Int) -> String { cut(to: columns).filled(to: columns) }

    /// The text padded to this many columns; a wider text is unchanged.
    package func filled(
        to columns: Int, _ side: TextSide = .left, with blank: String = " "
    ) -> String {
        let blanks = String(repeating: blank, count: Swift.max(0, columns - cells))
        return side == .left ? String(self) + blanks : blanks + self
    }
}

extension Character {
    /// 2 for East Asian wide characters and emoji, 0 for marks alone. What is drawn as one picture,
    /// such as a flag of two letters or a hand with the colour of its skin, takes two in all.
    /// https://www.unicode.org/reports/tr11/ https://www.unicode.org/reports/tr51/
    fileprivate var cells: Int {
        let sum = unicodeScalars.reduce(0) { $0 + $1.cells }
        guard let first = unicodeScalars.first, first.properties.isEmoji else { return sum }
        // U+FE0F asks for the picture of what is a plain sign without it.
        return unicodeScalars.contains("\u{FE0F}") ? 2 : min(sum, 2)
    }
}

extension Unicode.Scalar {
    fileprivate var cells: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        case .spacingMark: return 1
        default: break
        }
        if properties.isDefaultIgnorableCodePoint, value != 0x115F { return 0 }
        if value < 0x1100 { return 1 }
        // Vowels and final consonants of a Hangul syllable whose first one has the columns.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FB).contains(value) { return 0 }
        return properties.isEmojiPresentation || isWide ? 2 : 1
    }

    private var isWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2329...0x232A, 0x2630...0x2637, 0x268A...0x268F, 0x2E80...0x303E,
            0x3041...0x3247, 0x3250...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x1_6FE0...0x1_B2FF, 0x1_D300...0x1_D376, 0x1_F200...0x1_F2FF, 0x2_0000...0x3_FFFD:
            true
        default: false
        }
    }
}
