import CueText

/// What a column of a spreadsheet can hold: the keys of a cue, and what listings have beside them.
package enum ImportKey: String, CaseIterable, Sendable {
    case at, id, kind, group, question, answers
    /// One answer a column.
    case answer
    case correct, `for`, again, reveal
    case pollID = "poll_id"
    case payload
    case adBreak = "ad_break"
    case channels, late
    case repeatEvery = "repeat_every"
    case repeatTimes = "repeat_times"
    case repeatUntil = "repeat_until"
    case disabled, note
    /// Read past: what a listing says of the bytes that will be sent.
    case ignore

    /// Usual names, letters and digits alone.
    fileprivate var names: [String] {
        switch self {
        case .at:
            [
                "at", "time", "start", "starttime", "startsat", "begin", "when", "tc", "timecode",
                "starttimecode", "tcin", "in", "timestamp", "cuetime", "showtime", "clock",
            ]
        case .id:
            ["id", "cue", "cueid", "cuename", "name", "slug", "nr", "no", "number", "cuenumber"]
        case .kind: ["kind"]
        case .group:
            ["group", "round", "section", "part", "segment", "chapter", "block", "category"]
        case .question: ["question", "questiontext", "prompt", "pollquestion", "q"]
        case .answers: ["answers", "options", "choices", "responses", "answeroptions"]
        case .answer: []
        case .correct:
            [
                "correct", "correctanswer", "correctoption", "correctchoice", "rightanswer",
                "right",
                "solution", "answerkey", "answer",
            ]
        case .for:
            [
                "for", "duration", "dur", "window", "length", "open", "openfor", "timer",
                "timelimit", "countdown", "seconds",
            ]
        case .again: ["again", "sendagain", "resend"]
        case .reveal: ["reveal", "revealafter", "revealdelay"]
        case .pollID: ["pollid", "poll"]
        case .payload: ["payload", "json", "metadata", "data"]
        case .adBreak: ["adbreak", "adbreakseconds", "ad", "commercial"]
        case .channels: ["channel", "channels", "stream", "streams", "feed", "feeds"]
        case .late: ["late", "latebudget"]
        case .repeatEvery: ["repeatevery", "every", "interval"]
        case .repeatTimes: ["repeattimes", "times", "repeats"]
        case .repeatUntil: ["repeatuntil", "until"]
        case .disabled: ["disabled", "skip", "off"]
        case .note: ["note", "notes", "comment", "comments", "remark", "remarks", "description"]
        case .ignore: ["due", "bytes"]
        }
    }

    /// Keys whose cells are times or durations.
    var isTime: Bool {
        switch self {
        case .at, .for, .again, .reveal, .late, .repeatEvery, .repeatUntil, .adBreak: true
        default: false
        }
    }

    /// The key that is usually meant by a name; words that count answers are told by `answer`.
    static func meant(by name: ColumnName) -> ImportKey? {
        if isAnswer(name.words) { return .answer }
        for words in [name.words, name.wordsAlone] {
            let joined = words.joined()
            if let key = allCases.first(where: { $0.names.contains(joined) }) {
                // A unit belongs to what is measured.
                if words.count == name.words.count || key.isTime { return key }
            }
        }
        return nil
    }

    /// `Answer 1`, `a1`, `Option B`, `choice_3`, and the bare letters `A` to `J`.
    private static func isAnswer(_ words: [String]) -> Bool {
        let joined = words.joined()
        if joined.utf8.count == 1 { return ("a"..."j").contains(joined) }
        for stem in ["answer", "option", "choice", "response", "ans", "opt", "a"] {
            guard joined.hasPrefix(stem) else { continue }
            let rest = joined.dropFirst(stem.count)
            if let number = Int(rest), (1...10).contains(number) { return true }
            if stem != "a", rest.utf8.count == 1, ("a"..."j").contains(rest) { return true }
        }
        return false
    }
}

/// A column's name taken apart: `Duration (min)` is duration, counted in minutes.
struct ColumnName: Sendable {
    /// Lower case, letters and digits.
    var words: [String]
    /// Without the unit or form at the end.
    var wordsAlone: [String]
    /// What a bare number counts, in nanoseconds.
    var unit: Double?
    var pairs: TimeStyle?

    init(_ text: String) {
        // `pollId` is two words too.
        var spaced = ""
        for scalar in text.unicodeScalars {
            let isLetter = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            spaced += isLetter ? scalar.properties.lowercaseMapping : " "
        }
        words = spaced.split(separator: " ").map(String.init)
        wordsAlone = words
        while wordsAlone.count > 1, let last = wordsAlone.last,
            Self.units[last] != nil || Self.forms.contains(last)
        {
            wordsAlone.removeLast()
        }
        let form = words.dropFirst(wordsAlone.count)
        if form.elementsEqual(["mm", "ss"]) || form.elementsEqual(["m", "ss"]) {
            pairs = .minutes
        }
        if form.elementsEqual(["hh", "mm"]) || form.elementsEqual(["h", "mm"]) { pairs = .hours }
        if form.count == 1 { unit = form.first.flatMap { Self.units[$0] } }
    }

    private static let units: [String: Double] = [
        "ms": 1e6, "millisecond": 1e6, "milliseconds": 1e6, "s": 1e9, "sec": 1e9, "secs": 1e9,
        "second": 1e9, "seconds": 1e9, "min": 6e10, "mins": 6e10, "minute": 6e10, "minutes": 6e10,
        "h": 3.6e12, "hour": 3.6e12, "hours": 3.6e12,
    ]
    private static let forms: Set<String> = ["hh", "mm", "m", "ss", "ff", "frames"]
}

/// A column and what it is taken for.
struct ImportColumn: Sendable {
    /// From 1.
    var number: Int
    /// Empty where the spreadsheet has no header.
    var header: String
    /// Nil where nothing in a show is called so.
    var key: ImportKey?
    /// The user said so.
    var isMapped: Bool
    var name: ColumnName

    var letters: String { Cell.letters(number) }
}

/// Finds the row of names, and what each column is.
struct ColumnFinder {
    /// By the user: a key and the column's name or letters.
    var map: [(key: ImportKey, column: String)]
    var hasHeader: Bool

    /// Titles and dates may stand above the names; so many rows are looked at.
    static let rowsSearched = 20

    /// How many keys the best row of names has, for telling separators apart.
    func worth(_ rows: [[String]]) -> Int {
        guard hasHeader else { return rows.first.map { min($0.count, 2) } ?? 0 }
        return rows.prefix(Self.rowsSearched).map { known($0).count }.max() ?? 0
    }

    /// The index of the row of names.
    func headerRow(_ rows: [[String]]) -> Int? {
        let head = rows.prefix(Self.rowsSearched)
        let best = head.indices.max {
            (known(head[$0]).count, -$0) < (known(head[$1]).count, -$1)
        }
        // One word alone may be a cue's own text, such as an answer "No".
        let found = best.flatMap { index -> Int? in
            let names = known(head[index])
            return names.count > 1 || names.contains(ImportKey.at.rawValue) ? index : nil
        }
        if found != nil || map.isEmpty { return found }
        // Where the user says what is what, names need not be known.
        return head.firstIndex { row in row.contains { !$0.trimmed.isEmpty } }
    }

    /// The keys that a row of names would have, and names that the user gives.
    private func known(_ row: [String]) -> Set<String> {
        Set(
            row.compactMap { cell -> String? in
                let text = cell.trimmed
                let mapped = map.first { $0.column.lowercased() == text.lowercased() }
                if let mapped, !text.isEmpty { return mapped.key.rawValue }
                return text.isEmpty ? nil : ImportKey.meant(by: ColumnName(text)).map(\.rawValue)
            })
    }

    func columns(_ header: [String], count: Int) throws(ImportProblem) -> [ImportColumn] {
        var columns = (0..<count).map { index in
            let text = index < header.count ? header[index].trimmed : ""
            return ImportColumn(
                number: index + 1, header: text, key: nil, isMapped: false, name: ColumnName(text))
        }
        for (key, wanted) in map {
            guard let index = index(of: wanted, in: columns) else {
                let names = columns.map { $0.header.isEmpty ? $0.letters : $0.header }
                throw ImportProblem(
                    .error, "unknown-column", at: .origin,
                    "--map \(key.rawValue)=\(wanted.printable): there is no such column",
                    hint: Suggestion.nearest(to: wanted, among: names).map {
                        "did you mean \($0.printable)?"
                    } ?? "the columns are \(names.map(\.printable).joined(separator: ", "))")
            }
            columns[index].key = key
            columns[index].isMapped = true
        }
        guess(&columns)
        return columns
    }

    private func index(of name: String, in columns: [ImportColumn]) -> Int? {
        columns.firstIndex { $0.header == name }
            ?? columns.firstIndex { $0.header.lowercased() == name.lowercased() }
            ?? columns.firstIndex { $0.letters == name.uppercased() }
    }

    /// Each key is taken once, but for single answers; the first column of a name has it.
    private func guess(_ columns: inout [ImportColumn]) {
        guard hasHeader else { return }
        var taken = Set(columns.compactMap(\.key))
        for index in columns.indices where columns[index].key == nil {
            let name = columns[index].name
            guard !name.words.isEmpty, let key = ImportKey.meant(by: name) else { continue }
            if key == .answer || key == .ignore || taken.insert(key).inserted {
                columns[index].key = key
            }
        }
        dropLesserPayload(&columns, taken)
    }

    /// `metadata` is what a listing says will be sent; beside what it is made of it says nothing.
    private func dropLesserPayload(_ columns: inout [ImportColumn], _ taken: Set<ImportKey>) {
        for index in columns.indices
        where columns[index].name.words == ["metadata"] && !columns[index].isMapped {
            let others = columns.indices.filter {
                $0 != index && ImportKey.meant(by: columns[$0].name) == .payload
            }
            guard !others.isEmpty || taken.contains(.question) else { continue }
            columns[index].key = .ignore
            if let other = others.first, !columns.contains(where: { $0.key == .payload }) {
                columns[other].key = .payload
            }
        }
    }
}

extension StringProtocol {
    /// Without white space at either end, that of other scripts and of spreadsheets included.
    var trimmed: String {
        var rest = self[...]
        while let first = rest.unicodeScalars.first, first.isBlank {
            rest = rest[rest.unicodeScalars.index(after: rest.startIndex)...]
        }
        while let last = rest.unicodeScalars.last, last.isBlank {
            rest = rest[..<rest.unicodeScalars.index(before: rest.endIndex)]
        }
        return String(rest)
    }
}

extension Unicode.Scalar {
    fileprivate var isBlank: Bool { properties.isWhitespace || value == 0xFEFF }
}
