import CueText

/// Reads the fields of one cue from the columns of its row.
struct FieldReader {
    private let table: ImportTable
    private(set) var cue: ImportedCue
    private(set) var problems = ImportProblems()
    /// The question's, once they are read.
    private var answers: [String] = []

    init(_ table: ImportTable, _ cue: ImportedCue) {
        self.table = table
        self.cue = cue
    }

    mutating func read() {
        let keys: [ImportKey] = [
            .group, .question, .answers, .correct, .for, .again, .reveal, .pollID, .payload,
            .adBreak, .late, .repeatEvery, .disabled, .note, .channels,
        ]
        for key in keys { read(key) }
        for column in table.columns where column.key == nil {
            let text = text(column).trimmed
            guard !text.isEmpty else { continue }
            let name = column.header.isEmpty ? column.letters : column.header
            cue.comments.append("\(name): \(text)")
        }
    }

    private mutating func read(_ key: ImportKey) {
        if key == .answers { return readAnswers() }
        guard let column = column(key) else { return }
        let text = text(column)
        guard !text.isEmpty else { return }
        let cell = place(column)
        func add(_ value: String, _ items: [String] = []) {
            cue.fields.append(.init(key: key.rawValue, value: value, items: items, cell: cell))
        }
        switch key {
        case .group, .note: add(YAMLText.scalar(text))
        case .question, .pollID:
            add(YAMLText.scalar(YAMLText.literal(text)))
            if key == .question { cue.slug = cue.slug.isEmpty ? CueID.made(of: text) : cue.slug }
        case .for, .again, .reveal, .adBreak:
            if key == .adBreak { cue.slug = cue.slug.isEmpty ? "ad-break" : cue.slug }
            // What can't be read stands as something, so that what needs it is no error as well.
            let time = time(text, column)
            add(time.map(DurationText.format) ?? (key == .for ? "1000h" : "1s"))
        case .late:
            if text.trimmed.lowercased() == "any" { return add("any") }
            guard let time = time(text, column) else { return }
            add(DurationText.format(time))
        case .payload: readPayload(text, cell, column)
        case .disabled:
            guard let flag = Self.flags[text.trimmed.lowercased()] else {
                problems.report(
                    "bad-flag", at: cell, "\"\(text.printable)\" is neither yes nor no",
                    hint: "write yes to leave the cue out, and nothing to keep it")
                return
            }
            if flag { add("true") }
        case .channels: readChannels(text, cell)
        case .correct: readCorrect(text, cell)
        case .repeatEvery: readRepeat(text, cell, column)
        default: break
        }
    }

    private static let flags: [String: Bool] = [
        "yes": true, "y": true, "true": true, "x": true, "1": true, "on": true, "✓": true,
        "no": false, "n": false, "false": false, "0": false, "-": false,
    ]

    private mutating func readAnswers() {
        var answers: [(text: String, cell: Cell)] = []
        for column in table.columns where column.key == .answer {
            let text = text(column)
            if !text.isEmpty { answers.append((text, place(column))) }
        }
        if let column = column(.answers) {
            let text = text(column)
            answers += Self.split(text).map { ($0, place(column)) }
        }
        guard let first = answers.first else { return }
        // A star marks the right one, unless the spreadsheet has another way to say it.
        var right: String?
        if column(.correct) == nil {
            let starred = answers.indices.filter { Self.unstarred(answers[$0].text) != nil }
            if starred.count == 1, let text = Self.unstarred(answers[starred[0]].text) {
                answers[starred[0]].text = text
                right = text
            }
        }
        cue.fields.append(
            .init(
                key: "answers", value: "",
                items: answers.map { "- " + YAMLText.scalar(YAMLText.literal($0.text)) },
                cell: first.cell))
        self.answers = answers.map(\.text)
        if let right {
            let value = YAMLText.scalar(YAMLText.literal(right))
            cue.fields.append(.init(key: "correct", value: value, cell: first.cell))
        }
    }

    /// `Jupiter | Saturn`, one a line, `Jupiter; Saturn`, `Jupiter, Saturn`, or a list of JSON.
    static func split(_ text: String) -> [String] {
        let trimmed = text.trimmed
        if trimmed.hasPrefix("["), let list = try? JSONValue.parse(trimmed.utf8).array {
            let texts = list.compactMap(\.string)
            if texts.count == list.count { return texts }
        }
        let marks: [Unicode.Scalar] = ["|", "\n", ";", ","]
        guard let mark = marks.first(where: text.unicodeScalars.contains) else {
            return trimmed.isEmpty ? [] : [trimmed]
        }
        return text.unicodeScalars.split(separator: mark).map { Substring($0).trimmed }
            .filter { !$0.isEmpty }
    }

    private static func unstarred(_ text: String) -> String? {
        let text = text.trimmed
        for mark in ["*", "✓", "✔", "✅"] {
            if text.hasPrefix(mark) { return text.dropFirst(mark.count).trimmed }
            if text.hasSuffix(mark) { return text.dropLast(mark.count).trimmed }
        }
        return nil
    }

    /// The right answer by its text, its letter or its number, in this order.
    private mutating func readCorrect(_ text: String, _ cell: Cell) {
        let wanted = text.trimmed
        let names = answers.map { $0.trimmed }
        var index =
            answers.firstIndex(of: text) ?? names.firstIndex(of: wanted)
            ?? names.firstIndex { $0.lowercased() == wanted.lowercased() }
        if index == nil { index = Self.place(named: wanted) }
        if let index, answers.indices.contains(index) {
            let value = YAMLText.scalar(YAMLText.literal(answers[index]))
            cue.fields.append(.init(key: "correct", value: value, cell: cell))
            return
        }
        // Answers that lack are an error of their own; the rest is looked at as if this were right.
        if !answers.isEmpty {
            problems.report(
                "correct-unknown", at: cell, "\"\(wanted.printable)\" is not among the answers",
                hint: Suggestion.nearest(to: wanted, among: names).map {
                    "did you mean \($0.printable)?"
                } ?? "write it as the answer is written, or its letter or number")
        }
        cue.fields.append(.init(key: "correct", value: "{number: 1}", cell: cell))
    }

    /// `B`, `b)`, `Option B`, `2`: the place from 0.
    private static func place(named text: String) -> Int? {
        let words = ColumnName(text).words
        guard let last = words.last, words.count <= 2,
            words.count == 1 || ["answer", "option", "choice"].contains(words[0])
        else { return nil }
        if let number = Int(last), number > 0 { return number - 1 }
        guard last.utf8.count == 1, let letter = last.utf8.first, (97...106).contains(letter) else {
            return nil
        }
        return Int(letter) - 97
    }

    private mutating func readPayload(
        _ text: String, _ cell: Cell, _ column: ImportColumn
    ) {
        let value: JSONValue
        do throws(JSONProblem) {
            value = try JSONValue.parse(text.utf8)
        } catch {
            problems.report(
                "bad-payload", at: cell,
                "the payload is no JSON: \(error.message) at character \(error.offset + 1)",
                hint: #"write it as {"type": "banner", "text": "…"}"#)
            return cue.fields.append(.init(key: "payload", value: "{}", cell: cell))
        }
        guard case .object(var members) = value else {
            problems.report(
                "bad-payload", at: cell, "the payload is no JSON object",
                hint: #"write it as {"type": "banner", "text": "…"}"#)
            return cue.fields.append(.init(key: "payload", value: "{}", cell: cell))
        }
        if column.name.words == ["metadata"] {
            members.removeAll { ["cue", "run"].contains($0.key) }
        }
        if let twice = Self.duplicate(.object(members)) {
            problems.report(
                "duplicate-key", at: cell, "the payload has the key \"\(twice.printable)\" twice",
                hint: "remove one of them")
            return cue.fields.append(.init(key: "payload", value: "{}", cell: cell))
        }
        let items = members.map { "\(YAMLText.scalar($0.key)): \(YAMLText.flow($0.value))" }
        cue.fields.append(
            .init(key: "payload", value: items.isEmpty ? "{}" : "", items: items, cell: cell))
        let words = ["name", "title", "text", "type"].compactMap { value[$0]?.string }
        if cue.slug.isEmpty {
            cue.slug = words.map { CueID.made(of: $0) }.first { !$0.isEmpty } ?? ""
        }
    }

    /// The first key that a mapping has twice, at any depth.
    private static func duplicate(_ value: JSONValue) -> String? {
        switch value {
        case .object(let members):
            var seen: Set<String> = []
            for member in members {
                if !seen.insert(member.key).inserted { return member.key }
                if let inner = duplicate(member.value) { return inner }
            }
            return nil
        case .array(let items): return items.lazy.compactMap(duplicate).first
        default: return nil
        }
    }

    private mutating func readRepeat(_ text: String, _ cell: Cell, _ column: ImportColumn) {
        guard let every = time(text, column) else { return }
        cue.every = every
        var items = ["every: \(DurationText.format(every))"]
        if let column = self.column(.repeatTimes) {
            let text = self.text(column).trimmed
            if !text.isEmpty {
                // A spreadsheet may write a whole number with a point.
                let plain = text.hasSuffix(".0") ? String(text.dropLast(2)) : text
                if Int(plain) == nil {
                    problems.report(
                        "bad-number", at: place(column),
                        "\"\(text.printable)\" is no whole number", hint: "write it as 30")
                } else {
                    items.append("times: \(plain)")
                }
            }
        }
        if let column = self.column(.repeatUntil) {
            let text = self.text(column).trimmed
            if let instant = WallTime(rfc3339: text) {
                items.append("until: \(instant.sheetText)")
            } else if !text.isEmpty, let until = time(text, column) {
                items.append(
                    "until: \(DurationText.formatTime(max(.zero, until - table.times.zero), fractionDigits: 9))"
                )
            }
        }
        cue.fields.append(
            .init(
                key: "repeat", value: "{\(items.joined(separator: ", "))}", cell: cell))
    }

    private mutating func readChannels(_ text: String, _ cell: Cell) {
        let names = text.split { ",;|\n".contains($0) }.map(\.trimmed).filter { !$0.isEmpty }
        if names.count == 1, names[0].lowercased() == "all" { return }
        for name in names {
            guard CueID.isValid(name) else {
                problems.report(
                    "bad-name", at: cell, "\"\(name.printable)\" can't name a channel",
                    hint: "use letters, digits, _ and -; several are separated by commas")
                continue
            }
            if !cue.channels.contains(name) { cue.channels.append(name) }
        }
    }

    // MARK: The row's cells

    private func column(_ key: ImportKey) -> ImportColumn? { table.column(key) }

    private func text(_ column: ImportColumn) -> String { table.cell(cue.row, column) }

    private func place(_ column: ImportColumn) -> Cell { table.place(cue.row, column) }

    private mutating func time(_ text: String, _ column: ImportColumn) -> Duration? {
        table.time(text, cue.row, column, &problems)
    }
}
