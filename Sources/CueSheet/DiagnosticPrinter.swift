package import CueText

/// Diagnostics for people, and as data.
package enum DiagnosticPrinter {
    /// The most characters of a source line that are shown, and how many of them from the column on.
    private static let shown = 100
    private static let shownAfter = 40

    /// Prints each as `show.yaml:12:7: error: message [code]`, with its line, a caret and a hint;
    /// the text ends with a line break unless it is empty.
    package static func render(
        _ diagnostics: [Diagnostic], path: String, lines: SourceLines, colour: Bool
    ) -> String {
        var text = ""
        for diagnostic in diagnostics {
            let style = Style(isOn: colour)
            let severity = diagnostic.severity
            text += style.bold("\(path):\(diagnostic.mark.line):\(diagnostic.mark.column):") + " "
            text += style.severity(severity, severity.rawValue + ":")
            text += " \(diagnostic.message) [\(diagnostic.code)]\n"
            text += snippet(at: diagnostic.mark, lines, style)
            if let hint = diagnostic.hint { text += style.hint("hint:") + " \(hint)\n" }
        }
        return text
    }

    /// One object per diagnostic: path, line, column, severity, code, message, hint (or null).
    package static func json(_ diagnostics: [Diagnostic], path: String) -> [JSONValue] {
        diagnostics.map { diagnostic in
            .object([
                .init("path", .string(path)),
                .init("line", .number(String(diagnostic.mark.line))),
                .init("column", .number(String(diagnostic.mark.column))),
                .init("severity", .string(diagnostic.severity.rawValue)),
                .init("code", .string(diagnostic.code)),
                .init("message", .string(diagnostic.message)),
                .init("hint", diagnostic.hint.map { .string($0) } ?? .null),
            ])
        }
    }

    /// What `json` gives as the text of one array, an object a line.
    package static func jsonText(_ found: [JSONValue]) -> String {
        let lines = found.map { value in
            var writer = JSONWriter()
            writer.value(value)
            return writer.text
        }
        return lines.isEmpty ? "[]\n" : "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    }

    /// The source line, cut around the column where it is long, and the caret's line below it.
    private static func snippet(at mark: Mark, _ lines: SourceLines, _ style: Style) -> String {
        guard let window = lines.window(at: mark, width: shown, after: shownAfter),
            !window.before.isEmpty || !window.after.isEmpty
        else { return "" }
        var line = window.isCutBefore ? "…" : ""
        var caret = window.isCutBefore ? " " : ""
        let before = printable(window.before)
        line += before + printable(window.after)
        // Blanks as wide as what stands above; a tab stays one, so that tab stops agree.
        caret += before.split(separator: "\t", omittingEmptySubsequences: false)
            .map { "".filled(to: $0.cells) }.joined(separator: "\t")
        if window.isCutAfter { line += "…" }
        return "\(line)\n\(caret)\(style.caret("^"))\n"
    }

    private static func printable(_ text: String) -> String {
        var printable = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            printable.append(scalar == "\t" || scalar.isPrintable ? scalar : "\u{FFFD}")
        }
        return String(printable)
    }

    private struct Style {
        var isOn: Bool

        func bold(_ text: String) -> String { wrap(text, "1") }
        func caret(_ text: String) -> String { wrap(text, "1;32") }
        func hint(_ text: String) -> String { wrap(text, "1;36") }
        func severity(_ severity: Diagnostic.Severity, _ text: String) -> String {
            wrap(text, severity == .error ? "1;31" : "1;33")
        }

        private func wrap(_ text: String, _ code: String) -> String {
            isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
        }
    }
}
