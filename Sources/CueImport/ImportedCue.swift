import CueText

/// One row that is a cue, in the words of a sheet.
struct ImportedCue {
    enum At: Equatable {
        case placed(Duration)
        case manual
        /// `q1`, `q1.end` and the like, and what is added to it.
        case anchored(String, Duration)
        case instant(WallTime)
        /// After the cue above.
        case after(Duration)
    }

    /// A key and its value, over several lines where the value is a list or a mapping.
    struct Field: Equatable {
        var key: String
        var value: String
        var items: [String] = []
        var cell: Cell
    }

    /// From 0, as in `ImportTable.rows`.
    var row: Int
    var at: At
    var atCell: Cell
    /// Nil until one is made.
    var id: String?
    var idCell: Cell
    /// Of a listing's `fact#3`.
    var number: Int?
    var every: Duration?
    /// Empty for all.
    var channels: [String] = []
    var fields: [Field] = []
    var comments: [String] = []
    /// What an id is made of.
    var slug = ""

    /// Whether two rows would be the same cue but for time and channel.
    func isSame(_ other: ImportedCue) -> Bool {
        fields.elementsEqual(other.fields) {
            ($0.key, $0.value, $0.items) == ($1.key, $1.value, $1.items)
        }
    }
}

/// The ids of cues.
enum CueID {
    /// What the sheet takes for an id.
    static func isValid(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first,
            first.isLetterOrDigit
        else { return false }
        return text.utf8.allSatisfy { $0.isLetterOrDigit || $0 == 95 || $0 == 45 }
    }

    /// An id out of a text's first words, the same wherever the row stands; for a text in another
    /// script a fingerprint of it.
    static func made(of text: String, words: Int = 5) -> String {
        let kept = text.lowercased().unicodeScalars.map { scalar -> Character in
            scalar.isASCII && UInt8(scalar.value).isLetterOrDigit ? Character(scalar) : " "
        }
        let parts = String(kept).split(separator: " ").prefix(words)
        let slug = String(parts.joined(separator: "-").prefix(48))
        if slug.count >= 2 { return slug.last == "-" ? String(slug.dropLast()) : slug }
        return text.isEmpty ? "" : "cue-" + hashText(text).prefix(8)
    }
}

extension WallTime {
    /// As a sheet has it.
    var sheetText: String {
        rfc3339(nanoseconds.isMultiple(of: 1_000_000) ? .milliseconds : .nanoseconds)
    }
}
