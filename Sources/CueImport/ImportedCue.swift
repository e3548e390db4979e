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

    /// From 0, as in `Importer.rows`.
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

// MARK: - Rows

extension Importer {
    mutating func readRows(from first: Int) {
        for row in first..<max(first, rows.count) {
            guard !rows[row].allSatisfy({ $0.trimmed.isEmpty }) else { continue }
            checkControls(row)
            readRow(row)
        }
        if cues.isEmpty, !problems.contains(where: { $0.severity == .error }) {
            report(
                "no-cues", at: Cell(row: max(1, first), column: 1), "no row below is a cue",
                hint: "a cue has a time, and a question, payload or ad_break")
        }
    }

    /// Nothing that a screen can't show, or that no file can hold, gets into a show.
    private mutating func checkControls(_ row: Int) {
        for column in columns where column.key != .ignore {
            let text = cell(row, column)
            guard
                let scalar = text.unicodeScalars.first(where: {
                    $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
                })
            else { continue }
            let digits = String(scalar.value, radix: 16, uppercase: true)
            report(
                "control-character", at: place(row, column),
                "the cell holds the control character U+"
                    + digits.filled(to: 4, .right, with: "0"),
                hint: scalar.value == 0
                    ? "is the file UTF-16? save it as CSV UTF-8, or give --encoding utf-16"
                    : "delete it, or type the cell anew")
        }
    }

    private mutating func readRow(_ row: Int) {
        func text(_ key: ImportKey) -> String { column(key).map { cell(row, $0) } ?? "" }
        let contents: [ImportKey] = [.at, .question, .answers, .answer, .payload, .adBreak]
        let isCue = columns.contains { column in
            column.key.map(contents.contains) == true && !cell(row, column).isEmpty
        }
        guard isCue, !isHeading(row) else {
            let words = rows[row].map(\.trimmed).filter { !$0.isEmpty }
            headings.append((row, words.joined(separator: " · ")))
            return
        }
        let id = text(.id).trimmed
        if text(.kind).trimmed == "reveal" {
            reveals.append((String(id.split(separator: ".").first ?? ""), row))
            return
        }
        var cue = ImportedCue(
            row: row, at: .manual, atCell: column(.at).map { place(row, $0) } ?? .origin,
            idCell: column(.id).map { place(row, $0) } ?? Cell(row: row + 1, column: 1))
        readAt(into: &cue)
        readID(id, into: &cue)
        readFields(into: &cue)
        cues.append(cue)
    }

    /// `ROUND 2` alone in its row, be it in the column of times.
    private func isHeading(_ row: Int) -> Bool {
        let filled = columns.filter { !cell(row, $0).isEmpty }
        guard filled.count == 1, let column = filled.first, column.key == .at else { return false }
        let text = cell(row, column)
        return times.read(text) == .unreadable && WallTime(rfc3339: text.trimmed) == nil
            && text.unicodeScalars.contains { $0.properties.isAlphabetic }
            && Self.anchor(text.trimmed) == nil && !text.lowercased().hasPrefix("go ")
    }

    private mutating func readID(_ text: String, into cue: inout ImportedCue) {
        guard !text.isEmpty else { return }
        var name = text
        if column(.kind) != nil || column(.repeatEvery) != nil,
            let mark = text.lastIndex(of: "#"), let number = Int(text[text.index(after: mark)...])
        {
            name = String(text[..<mark])
            cue.number = number
        }
        if Self.isID(name) {
            cue.id = name
            return
        }
        // Unlike a made one it goes before what others are made of.
        cue.slug = Self.slug(name, words: .max)
        problems.append(
            ImportProblem(
                .warning, "id-changed", at: cue.idCell,
                "\"\(text.printable)\" can't be an id, the cue gets one made of it",
                hint: "use letters, digits, _ and -, at most 64, a letter or digit first"))
    }

    private mutating func readAt(into cue: inout ImportedCue) {
        guard let column = column(.at) else { return }
        let raw = cell(cue.row, column).trimmed
        guard !raw.isEmpty else {
            report(
                "missing-time", at: cue.atCell, "the cue has no time",
                hint: "give it one, +20s for so long after the one above, or manual for your GO")
            return
        }
        let text = raw.lowercased()
        if text == "manual" || text == "go" || text.hasPrefix("go ") { return }
        if let instant = WallTime(rfc3339: raw) {
            cue.at = .instant(instant)
        } else if raw.hasPrefix("+") {
            guard let by = time(String(raw.dropFirst()), cue.row, column) else { return }
            cue.at = .after(by)
        } else if let (anchor, sign, rest) = Self.anchor(raw) {
            guard let by = rest.isEmpty ? .zero : time(rest, cue.row, column) else { return }
            cue.at = .anchored(anchor, sign < 0 ? .zero - by : by)
        } else if raw.hasPrefix("-") {
            report(
                "bad-time", at: cue.atCell, "\"\(raw.printable)\" is before zero",
                hint: "give the spreadsheet's time of the show's start with --zero")
        } else if let time = time(raw, cue.row, column) {
            guard time >= times.zero else {
                report(
                    "bad-time", at: cue.atCell,
                    "\"\(raw.printable)\" is before --zero \(options.zero?.printable ?? "")")
                return
            }
            cue.at = .placed(time - times.zero)
        }
    }

    /// Takes `q1.end + 5s` apart: what it counts from, the sign, and the rest.
    private static func anchor(_ text: String) -> (String, Int, String)? {
        let head = text.prefix { $0 != " " && $0 != "+" }
        let id = head.split(separator: ".", omittingEmptySubsequences: false)
        guard let name = id.first.map(String.init), isID(name), id.count <= 2,
            id.count == 1 || ["end", "reveal"].contains(id[1]),
            // What reads as a time is one; a number is no cue's name here.
            TimeCells(style: .minutes).read(String(head)) == .unreadable
        else { return nil }
        let rest = String(text[head.endIndex...]).trimmed
        switch rest.first {
        case nil: return (String(head), 1, "")
        case "+": return (String(head), 1, String(rest.dropFirst()).trimmed)
        case "-": return (String(head), -1, String(rest.dropFirst()).trimmed)
        default: return nil
        }
    }
}

// MARK: - Fields

extension Importer {
    private mutating func readFields(into cue: inout ImportedCue) {
        let row = cue.row
        for key in [ImportKey.group, .question, .answers, .correct, .for, .again, .reveal] {
            readField(key, row, into: &cue)
        }
        for key in [ImportKey.pollID, .payload, .adBreak, .late] { readField(key, row, into: &cue) }
        readRepeat(row, into: &cue)
        for key in [ImportKey.disabled, .note, .channels] { readField(key, row, into: &cue) }
        for column in columns where column.key == nil {
            let text = cell(row, column).trimmed
            guard !text.isEmpty else { continue }
            let name = column.header.isEmpty ? column.letters : column.header
            cue.comments.append("\(name): \(text)")
        }
    }

    private mutating func readField(_ key: ImportKey, _ row: Int, into cue: inout ImportedCue) {
        if key == .answers { return readAnswers(row, into: &cue) }
        guard let column = column(key) else { return }
        let text = cell(row, column)
        guard !text.isEmpty else { return }
        let cell = place(row, column)
        func add(_ value: String, _ items: [String] = []) {
            cue.fields.append(.init(key: key.rawValue, value: value, items: items, cell: cell))
        }
        switch key {
        case .group, .note: add(YAMLText.scalar(text))
        case .question, .pollID:
            add(YAMLText.scalar(YAMLText.literal(text)))
            if key == .question { cue.slug = cue.slug.isEmpty ? Self.slug(text) : cue.slug }
        case .for, .again, .reveal, .adBreak:
            if key == .adBreak { cue.slug = cue.slug.isEmpty ? "ad-break" : cue.slug }
            // What can't be read stands as something, so that what needs it is no error as well.
            let time = time(text, row, column)
            add(time.map(DurationText.format) ?? (key == .for ? "1000h" : "1s"))
        case .late:
            if text.trimmed.lowercased() == "any" { return add("any") }
            guard let time = time(text, row, column) else { return }
            add(DurationText.format(time))
        case .payload: readPayload(text, cell, column, into: &cue)
        case .disabled:
            guard let flag = Self.flags[text.trimmed.lowercased()] else {
                report(
                    "bad-flag", at: cell, "\"\(text.printable)\" is neither yes nor no",
                    hint: "write yes to leave the cue out, and nothing to keep it")
                return
            }
            if flag { add("true") }
        case .channels: readChannels(text, cell, into: &cue)
        case .correct: readCorrect(text, cell, into: &cue)
        default: break
        }
    }

    private static let flags: [String: Bool] = [
        "yes": true, "y": true, "true": true, "x": true, "1": true, "on": true, "✓": true,
        "no": false, "n": false, "false": false, "0": false, "-": false,
    ]

    private mutating func readAnswers(_ row: Int, into cue: inout ImportedCue) {
        var answers: [(text: String, cell: Cell)] = []
        for column in columns where column.key == .answer {
            let text = cell(row, column)
            if !text.isEmpty { answers.append((text, place(row, column))) }
        }
        if let column = column(.answers) {
            let text = cell(row, column)
            answers += Self.split(text).map { ($0, place(row, column)) }
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
        answersRead = answers.map(\.text)
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
    private mutating func readCorrect(_ text: String, _ cell: Cell, into cue: inout ImportedCue) {
        let answers = cue.fields.contains { $0.key == "answers" } ? answersRead : []
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
            report(
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
        _ text: String, _ cell: Cell, _ column: ImportColumn, into cue: inout ImportedCue
    ) {
        let value: JSONValue
        do throws(JSONProblem) {
            value = try JSONValue.parse(text.utf8)
        } catch {
            report(
                "bad-payload", at: cell,
                "the payload is no JSON: \(error.message) at character \(error.offset + 1)",
                hint: #"write it as {"type": "banner", "text": "…"}"#)
            return cue.fields.append(.init(key: "payload", value: "{}", cell: cell))
        }
        guard case .object(var members) = value else {
            report(
                "bad-payload", at: cell, "the payload is no JSON object",
                hint: #"write it as {"type": "banner", "text": "…"}"#)
            return cue.fields.append(.init(key: "payload", value: "{}", cell: cell))
        }
        if column.name.words == ["metadata"] {
            members.removeAll { ["cue", "run"].contains($0.key) }
        }
        if let twice = Self.duplicate(.object(members)) {
            report(
                "duplicate-key", at: cell, "the payload has the key \"\(twice.printable)\" twice",
                hint: "remove one of them")
            return cue.fields.append(.init(key: "payload", value: "{}", cell: cell))
        }
        let items = members.map { "\(YAMLText.scalar($0.key)): \(YAMLText.flow($0.value))" }
        cue.fields.append(
            .init(key: "payload", value: items.isEmpty ? "{}" : "", items: items, cell: cell))
        let words = ["name", "title", "text", "type"].compactMap { value[$0]?.string }
        if cue.slug.isEmpty { cue.slug = words.map { Self.slug($0) }.first { !$0.isEmpty } ?? "" }
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

    private mutating func readRepeat(_ row: Int, into cue: inout ImportedCue) {
        guard let column = column(.repeatEvery) else { return }
        let text = cell(row, column)
        guard !text.isEmpty, let every = time(text, row, column) else { return }
        cue.every = every
        var items = ["every: \(DurationText.format(every))"]
        if let column = self.column(.repeatTimes) {
            let text = cell(row, column).trimmed
            if !text.isEmpty {
                // A spreadsheet may write a whole number with a point.
                let plain = text.hasSuffix(".0") ? String(text.dropLast(2)) : text
                if Int(plain) == nil {
                    report(
                        "bad-number", at: place(row, column),
                        "\"\(text.printable)\" is no whole number", hint: "write it as 30")
                } else {
                    items.append("times: \(plain)")
                }
            }
        }
        if let column = self.column(.repeatUntil) {
            let text = cell(row, column).trimmed
            if let instant = WallTime(rfc3339: text) {
                items.append("until: \(Self.instant(instant))")
            } else if !text.isEmpty, let until = time(text, row, column) {
                items.append(
                    "until: \(DurationText.formatTime(max(.zero, until - times.zero), fractionDigits: 9))"
                )
            }
        }
        cue.fields.append(
            .init(
                key: "repeat", value: "{\(items.joined(separator: ", "))}",
                cell: place(row, column)))
    }

    private mutating func readChannels(_ text: String, _ cell: Cell, into cue: inout ImportedCue) {
        let names = text.split { ",;|\n".contains($0) }.map(\.trimmed).filter { !$0.isEmpty }
        if names.count == 1, names[0].lowercased() == "all" { return }
        for name in names {
            guard Self.isID(name) else {
                report(
                    "bad-name", at: cell, "\"\(name.printable)\" can't name a channel",
                    hint: "use letters, digits, _ and -; several are separated by commas")
                continue
            }
            if !channelNames.contains(name) { channelNames.append(name) }
            if !cue.channels.contains(name) { cue.channels.append(name) }
        }
    }
}

// MARK: - Names

extension Importer {
    /// What the sheet takes for an id.
    static func isID(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first,
            isLetterOrDigit(first)
        else { return false }
        return text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 95 || $0 == 45 }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    /// An id out of a text's first words, the same wherever the row stands; for a text in another
    /// script a fingerprint of it.
    static func slug(_ text: String, words: Int = 5) -> String {
        let kept = text.lowercased().unicodeScalars.map { scalar -> Character in
            scalar.isASCII && isLetterOrDigit(UInt8(scalar.value)) ? Character(scalar) : " "
        }
        let parts = String(kept).split(separator: " ").prefix(words)
        let slug = String(parts.joined(separator: "-").prefix(48))
        if slug.count >= 2 { return slug.last == "-" ? String(slug.dropLast()) : slug }
        return text.isEmpty ? "" : "cue-" + hashText(text).prefix(8)
    }

    static func instant(_ time: WallTime) -> String {
        let isWhole = time.nanoseconds.isMultiple(of: 1_000_000)
        return time.rfc3339(isWhole ? .milliseconds : .nanoseconds)
    }
}
