import CueText

/// How the bytes of a spreadsheet's text are meant.
package enum SpreadsheetEncoding: String, CaseIterable, Sendable {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    case windows1252 = "windows-1252"
}

/// The text of a spreadsheet that was saved as CSV or TSV.
enum SpreadsheetText {
    /// UTF-8 without its byte order mark, or UTF-16 with one, as Excel's "Unicode Text" has it.
    ///
    /// Older Excel saves plain CSV in the machine's own letters. They are not guessed: a wrong
    /// guess would put wrong letters before the viewers of a show.
    static func decode(
        _ bytes: [UInt8], as wanted: SpreadsheetEncoding?
    ) throws(ImportProblem) -> String {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return try utf16(bytes.dropFirst(2), isBigEndian: bytes[0] == 0xFE)
        }
        switch wanted {
        case .windows1252: return windows1252(bytes[...])
        case .utf16: return try utf16(bytes[...], isBigEndian: bytes.first == 0)
        case .utf8, nil: break
        }
        let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        let rest = bytes.dropFirst(isMarked ? 3 : 0)
        if let text = String(validating: rest, as: UTF8.self) { return text }
        throw notUTF8(rest)
    }

    private static func utf16(
        _ bytes: ArraySlice<UInt8>, isBigEndian: Bool
    ) throws(ImportProblem) -> String {
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        var index = bytes.startIndex
        while index + 1 < bytes.endIndex {
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            units.append(isBigEndian ? first << 8 | second : second << 8 | first)
            index += 2
        }
        guard bytes.count.isMultiple(of: 2), let text = String(validating: units, as: UTF16.self)
        else {
            throw ImportProblem(
                .error, "bad-encoding", at: .origin, "the file is not whole UTF-16 text",
                hint: "save it as CSV UTF-8")
        }
        return text
    }

    /// Shows how the first line that is no UTF-8 would read, so that the user can tell.
    private static func notUTF8(_ bytes: ArraySlice<UInt8>) -> ImportProblem {
        var row = 1
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if String(validating: line, as: UTF8.self) == nil {
                let sample = windows1252(line).printable.prefix(60)
                return ImportProblem(
                    .error, "bad-encoding", at: Cell(row: row, column: 1),
                    "line \(row) of the file is not UTF-8 text",
                    hint: "save it as CSV UTF-8; or, if \"\(sample)\" is what it should say, "
                        + "give --encoding windows-1252")
            }
            row += 1
        }
        return ImportProblem(.error, "bad-encoding", at: .origin, "the file is not UTF-8 text")
    }

    /// https://encoding.spec.whatwg.org/index-windows-1252.txt
    private static func windows1252(_ bytes: ArraySlice<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes {
            switch byte {
            case 0x80...0x9F: text.append(upper[Int(byte) - 0x80])
            default: text.append(Unicode.Scalar(byte))
            }
        }
        return String(text)
    }

    /// 0x80 to 0x9F; the five that have no letter stay the control characters that they are.
    private static let upper = Array(
        "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ".unicodeScalars)
}
