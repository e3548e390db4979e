extension Unicode.Scalar {
    /// Whether a terminal shows it and is not steered by it: sheets, file names and answers of a
    /// service come from elsewhere, and an escape sequence in one could clear or colour the screen.
    package var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}

extension StringProtocol {
    /// The text on one line, with U+FFFD for what a terminal would act on.
    package var printable: String {
        var text = ""
        for scalar in unicodeScalars {
            if scalar == "\n" || scalar == "\t" {
                text.unicodeScalars.append(" ")
            } else {
                text.unicodeScalars.append(scalar.isPrintable ? scalar : "\u{FFFD}")
            }
        }
        return text
    }
}
