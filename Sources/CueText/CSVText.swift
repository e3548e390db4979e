/// Comma-separated values as spreadsheets read them. https://www.rfc-editor.org/rfc/rfc4180
package enum CSVText {
    /// One record without its end of line; a field is quoted where it has to be.
    package static func record(_ fields: [String]) -> String {
        fields.map(field).joined(separator: ",")
    }

    /// A spreadsheet would take some beginnings for a formula, and run it: an apostrophe in front
    /// keeps them text. `unguarded` takes exactly that apostrophe away again.
    /// https://owasp.org/www-community/attacks/CSV_Injection
    private static func field(_ text: String) -> String {
        let plain = isFormula(text) ? "'" + text : text
        guard plain.utf8.contains(where: { [0x22, 0x2C, 0x3B, 0x0A, 0x0D, 0x09].contains($0) })
        else { return plain }
        // By bytes: a joiner behind a quote would make one character of the two.
        var quoted: [UInt8] = [0x22]
        for byte in plain.utf8 {
            if byte == 0x22 { quoted.append(byte) }
            quoted.append(byte)
        }
        quoted.append(0x22)
        return String(decoding: quoted, as: UTF8.self)
    }

    /// The text of a field without the apostrophe that kept it from being a formula.
    package static func unguarded(_ text: Substring) -> Substring {
        guard text.utf8.first == UInt8(ascii: "'"), isFormula(text) else { return text }
        return Substring(text.utf8.dropFirst())
    }

    /// Whether a formula could begin here, be it behind apostrophes: a text that has one of its
    /// own gets one more, so that none is lost.
    private static func isFormula(_ text: some StringProtocol) -> Bool {
        switch text.utf8.drop(while: { $0 == UInt8(ascii: "'") }).first {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, 0x0D:
            true
        default: false
        }
    }
}
