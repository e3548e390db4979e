import CueText
import IVSWire

enum CueKey: Int, SheetKey {
    case id, at, group, question, payload, adBreak, answers, correct, `for`, again, reveal, pollID
    case channels, late, `repeat`, draw, note, disabled

    static let names = [
        "id", "at", "group", "question", "payload", "ad_break", "answers", "correct", "for",
        "again", "reveal", "poll_id", "channels", "late", "repeat", "draw", "note", "disabled",
    ]
    static let words = KeyWord.all(names)

    /// The keys that say what viewers get; a cue has one of them.
    static let ofContent: [CueKey] = [.question, .payload, .adBreak]
    /// The keys that say something of a question only.
    static let ofQuestions: [CueKey] = [.answers, .correct, .again, .reveal, .pollID]
}

extension SheetReader {
    /// Reads one entry of `cues`. An entry in error is kept, marked as broken, so that what refers
    /// to it is no error as well.
    mutating func readCue(_ node: Int, number: Int) {
        let before = diagnostics.errorCount
        var cue = Cue.Fields(
            id: "", hasOwnID: false, mark: mark(node), at: .unread, atMark: mark(node),
            content: .payload([]), contentMark: mark(node), channels: allChannels,
            late: defaults.late ?? sheet.late)
        if tree.kind(node) == .mapping {
            let fields = fields(of: node, CueKey.self)
            readID(fields[.id], number, into: &cue)
            readAt(fields[.at], node, into: &cue)
            readContent(fields, node, into: &cue)
            readManner(fields, into: &cue)
        } else {
            wrongType(node, "an entry of cues", "a mapping")
        }
        if !cue.hasOwnID { cue.id = "cue-\(number)" }
        cue.isBroken = diagnostics.errorCount != before
        sheet.cues.append(Cue(cue))
    }

    private mutating func readID(_ pair: Pair?, _ number: Int, into cue: inout Cue.Fields) {
        guard let node = pair?.value else {
            diagnostics.add(
                .warning(
                    "id-missing", at: cue.mark, "the cue has no id and is called cue-\(number)",
                    hint: "give it an id: a made one changes when entries are added above"))
            return
        }
        guard let id = name(node, "id") else { return }
        cue.id = id
        cue.hasOwnID = true
        guard isID(id.utf8) else {
            error(
                "bad-id", at: node, "\(quoted(id)) can't be an id",
                hint: "use letters, digits, _ and -, at most 64, a letter or digit first")
            return
        }
        let place = mark(node)
        if let first = ids.updateValue(place, forKey: id) {
            ids[id] = first
            error(
                "duplicate-id", at: node,
                "the id \(quoted(id)) is there twice, first on line \(first.line)",
                hint: "give this cue another id")
        }
    }

    /// Reports made ids that an entry has as its own.
    mutating func checkMadeIDs() {
        for index in sheet.cues.indices where !sheet.cues[index].hasOwnID {
            let cue = sheet.cues[index]
            guard let own = ids[cue.id] else { continue }
            sheet.cues[index].change { $0.isBroken = true }
            diagnostics.add(
                .error(
                    "duplicate-id", at: cue.mark,
                    "the cue would be called \(quoted(cue.id)), the id of the cue on line "
                        + "\(own.line)",
                    hint: "give it an id of its own"))
        }
    }

    private mutating func readAt(_ pair: Pair?, _ entry: Int, into cue: inout Cue.Fields) {
        guard let node = pair?.value else {
            error(
                "missing-key", at: entry, "at is missing",
                hint: "say when the cue is due, as in at: 00:01:30")
            return
        }
        cue.atMark = mark(node)
        if let at = at(node) { cue.at = at }
    }

    private mutating func readManner(_ fields: Fields<CueKey>, into cue: inout Cue.Fields) {
        cue.group = optional(fields[.group]) { $0.text($1, "group") }
        cue.note = optional(fields[.note]) { $0.text($1, "note") }
        if let late = optional(fields[.late], { $0.late($1, "late") }) { cue.late = late }
        if let flag = optional(fields[.disabled], { $0.bool($1, "disabled") }) {
            cue.disabled = flag
        }
        if let node = fields[.channels]?.value { readChannelNames(node, into: &cue) }
        cue.repetition = optional(fields[.repeat]) { $0.repetition($1) }
        if let node = fields[.draw]?.value { readDraws(node, into: &cue) }
    }

    private mutating func readChannelNames(_ node: Int, into cue: inout Cue.Fields) {
        var nodes = [node]
        if tree.kind(node) == .sequence {
            guard isSequence(node, "channels") else { return }
            nodes = Array(tree.children(of: node))
            if nodes.isEmpty {
                error(
                    "no-channels", at: node, "channels is empty",
                    hint: "name at least one, or remove the key for all of them")
            }
        }
        var indices: [Int] = []
        for node in nodes {
            guard let name = name(node, "channels"), let names = channelNames else { continue }
            guard let index = sheet.channels.firstIndex(where: { $0.name == name }) else {
                if !names.contains(name) { reportUnknownChannel(node, name, names) }
                continue
            }
            if indices.contains(index) {
                error(
                    "channel-same", at: node, "the channel \(quoted(name)) is there twice",
                    hint: "remove one of them")
            } else {
                indices.append(index)
            }
        }
        if !indices.isEmpty { cue.channels = indices.sorted() }
    }

    private mutating func reportUnknownChannel(_ node: Int, _ name: String, _ names: [String]) {
        let good = names.filter { isID($0.utf8) }
        error(
            "unknown-channel", at: node, "the sheet has no channel \(quoted(name))",
            hint: Suggestion.nearest(to: name, among: good).map { "did you mean \($0)?" }
                ?? (good.isEmpty ? nil : "it has \(good.prefix(8).joined(separator: ", "))"))
    }
}

// MARK: - Content

extension SheetReader {
    private mutating func readContent(
        _ fields: Fields<CueKey>, _ entry: Int, into cue: inout Cue.Fields
    ) {
        let kinds = CueKey.ofContent
        guard let kind = kinds.first(where: { fields[$0] != nil }), let pair = fields[kind] else {
            error(
                "content-missing", at: entry, "the cue has no question, payload or ad_break",
                hint: "give it one of them: it is what viewers get")
            return
        }
        if kinds.contains(where: { $0 != kind && fields[$0] != nil }) {
            let given = kinds.filter { fields[$0] != nil }
            let keys = given.compactMap { fields[$0]?.key }.sorted()
            error(
                "content-twice", at: keys[1],
                "the cue has \(given.map(\.name).joined(separator: " and ")), "
                    + "it can have one of them",
                hint: "make a cue of its own for each")
            return
        }
        cue.contentMark = mark(pair.value)
        if kind == .question {
            readQuestion(fields, pair.value, entry, into: &cue)
            return
        }
        for key in CueKey.ofQuestions {
            guard let pair = fields[key] else { continue }
            error(
                "not-a-question", at: pair.key,
                "\(key.name) belongs to a question, the cue has \(kind.name)",
                hint: kind == .payload
                    ? "remove it, or indent it further if it belongs inside payload" : "remove it")
        }
        if kind == .payload {
            if let members = payload(pair.value) { cue.content = .payload(members) }
            cue.window = optional(fields[.for]) { $0.longDuration($1, "for") }
        } else {
            readAdBreak(pair.value, into: &cue)
            if let window = fields[.for] {
                error(
                    "ad-break-for", at: window.key, "for can't stand beside ad_break",
                    hint: "an ad break's window is its own length")
            }
        }
    }

    /// Reads the length of an ad break, in whole seconds.
    private mutating func readAdBreak(_ node: Int, into cue: inout Cue.Fields) {
        guard let length = duration(node, "ad_break") else { return }
        let seconds = Int(length.nanoseconds / 1_000_000_000)
        let range = IVSLimits.adBreakSeconds
        guard length == .seconds(seconds), range.contains(seconds) else {
            error(
                "out-of-range", at: node,
                "ad_break takes whole seconds from \(range.lowerBound)s to \(range.upperBound)s, "
                    + "found " + quoted(tree.text(node)))
            return
        }
        cue.content = .adBreak(seconds: seconds)
        cue.window = length
    }

    private mutating func readQuestion(
        _ fields: Fields<CueKey>, _ node: Int, _ entry: Int, into cue: inout Cue.Fields
    ) {
        let text = sentText(node, "question")
        var answers: [Template]?
        if let pair = fields[.answers] {
            answers = self.answers(pair.value)
        } else {
            error(
                "missing-key", at: entry, "answers is missing",
                hint: "a question needs from 2 to 10 answers")
        }
        var question = Cue.Question(
            text: text ?? Template(text: "", mark: mark(node)), answers: answers ?? [])
        if let pair = fields[.correct] {
            question.correctMark = mark(pair.value)
            question.correct = correct(pair.value, answers)
        }
        cue.content = .question(question)
        cue.pollID = optional(fields[.pollID]) { $0.sentText($1, "poll_id") }
        readWindow(fields, into: &cue)
    }

    /// A template that viewers get, and which therefore may not be blank.
    private mutating func sentText(_ node: Int, _ name: String) -> Template? {
        guard isText(node, name) else { return nil }
        guard tree.bytes(node).contains(where: { $0 > 0x20 }) else {
            error("empty-text", at: node, "\(name) is an empty text")
            return nil
        }
        return template(node)
    }

    private mutating func answers(_ node: Int) -> [Template]? {
        guard isSequence(node, "answers") else { return nil }
        let before = diagnostics.errorCount
        let count = tree.childCount(of: node)
        if count < 2 || count > 10 {
            error(
                "answers-count", at: node,
                count < 2
                    ? "answers needs at least 2 entries, found \(count)"
                    : "answers takes at most 10 entries, found \(count)")
            return nil
        }
        var answers: [Template] = []
        answers.reserveCapacity(count)
        for (index, child) in tree.children(of: node).enumerated() {
            guard let answer = sentText(child, "an answer") else { continue }
            if let same = answers.firstIndex(where: { $0.isSameText(as: answer) }),
                diagnostics.errorCount == before
            {
                error(
                    "answers-same", at: child,
                    "answers \(same + 1) and \(index + 1) are the same, "
                        + quoted(tree.text(child)))
                continue
            }
            answers.append(answer)
        }
        return diagnostics.errorCount == before ? answers : nil
    }

    /// `answers` is nil where they were in error, so that nothing can be looked for among them.
    private mutating func correct(_ node: Int, _ answers: [Template]?) -> Cue.Correct? {
        if tree.kind(node) == .mapping { return correctNumber(node, answers) }
        guard isText(node, "correct", "an answer's text or {number: N}"),
            let text = template(node)
        else { return nil }
        guard let answers, let wanted = text.plain else { return .text(text) }
        // Answers with variables can become the right one: the timeline knows.
        if answers.allSatisfy({ $0.plain != nil && $0.plain != wanted }) {
            let plain = answers.compactMap(\.plain)
            let number = Int(wanted).flatMap { answers.indices.contains($0 - 1) ? $0 : nil }
            error(
                "correct-unknown", at: node, "correct is not among the answers",
                hint: number.map { "for answer \($0) write correct: {number: \($0)}" }
                    ?? Suggestion.nearest(to: wanted, among: plain).map { "did you mean \($0)?" }
                    ?? "write it as the answer is written")
            return nil
        }
        return .text(text)
    }

    private mutating func correctNumber(_ node: Int, _ answers: [Template]?) -> Cue.Correct? {
        let fields = fields(of: node, CorrectKey.self)
        guard let pair = fields[.number] else {
            error(
                "missing-key", at: node, "number is missing in correct",
                hint: "for the second answer write correct: {number: 2}")
            return nil
        }
        guard let number = integer(pair.value, "number") else { return nil }
        guard number >= 1, number <= answers?.count ?? 10 else {
            error(
                "correct-unknown", at: pair.value,
                "there is no answer \(number)",
                hint: answers.map { "answers are counted from 1 to \($0.count)" })
            return nil
        }
        return .number(number)
    }

    /// Reads `for`, `again` and `reveal`, or takes them from the defaults where they fit.
    private mutating func readWindow(_ fields: Fields<CueKey>, into cue: inout Cue.Fields) {
        if let pair = fields[.for] {
            // One that can't be read is still there, so that again and reveal don't lack it.
            cue.window = longDuration(pair.value, "for") ?? defaults.window
        } else {
            cue.window = defaults.window
        }
        let hasWindow = fields[.for] != nil || cue.window != nil
        if let pair = fields[.again] {
            if !hasWindow {
                needs(pair, "again", "for")
            } else if let again = again(pair.value) {
                if let window = cue.window, again >= window {
                    error(
                        "out-of-range", at: pair.value,
                        "again must be shorter than for (\(DurationText.format(window))), found "
                            + DurationText.format(again))
                }
                cue.again = again
            }
        } else if let again = defaults.again, let window = cue.window, again < window {
            cue.again = again
        }
        if let pair = fields[.reveal] {
            if fields[.correct] == nil {
                needs(pair, "reveal", "correct")
            } else if !hasWindow {
                needs(pair, "reveal", "for")
            }
            cue.reveal = duration(pair.value, "reveal")
        } else if fields[.correct] != nil, cue.window != nil {
            cue.reveal = defaults.reveal
        }
    }

    private mutating func needs(_ pair: Pair, _ name: String, _ other: String) {
        error(
            "needs-key", at: pair.key, "\(name) needs \(other)",
            hint: other == "for"
                ? "say with for how long answers are taken"
                : "say with correct which answer is right")
    }
}

enum CorrectKey: Int, SheetKey {
    case number

    static let names = ["number"]
    static let words = KeyWord.all(names)
}

enum RepeatKey: Int, SheetKey {
    case every, times, until

    static let names = ["every", "times", "until"]
    static let words = KeyWord.all(names)
}

// MARK: - Repetition and draws

extension SheetReader {
    /// The shortest pause of a repetition; what is faster would only queue up.
    static let everyMin: Duration = .milliseconds(10)
    static let timesMax = 1_000_000
    /// The most entries of a list to draw from.
    static let drawsMax = 100_000

    private mutating func repetition(_ node: Int) -> Cue.Repetition? {
        guard isMapping(node, "repeat") else { return nil }
        let fields = fields(of: node, RepeatKey.self)
        var end = Cue.Repetition.End.never
        if let times = fields[.times], let until = fields[.until] {
            error(
                "repeat-twice", at: max(times.key, until.key),
                "repeat has both times and until, it can have one of them")
        } else if let times = fields[.times] {
            guard let count = integer(times.value, "times") else { return nil }
            guard (1...SheetReader.timesMax).contains(count) else {
                error(
                    "out-of-range", at: times.value,
                    "times must be from 1 to \(SheetReader.timesMax), found \(count)")
                return nil
            }
            end = .times(count)
        } else if let pair = fields[.until] {
            guard let until = until(pair.value) else { return nil }
            end = until
        }
        guard let pair = fields[.every] else {
            error(
                "missing-key", at: node, "every is missing in repeat",
                hint: "say how often, as in repeat: {every: 10s}")
            return nil
        }
        guard let every = duration(pair.value, "every") else { return nil }
        guard every >= SheetReader.everyMin else {
            error(
                "out-of-range", at: pair.value,
                "every must be at least 10ms, found \(DurationText.format(every))")
            return nil
        }
        return Cue.Repetition(every: every, end: end, mark: mark(node))
    }

    private mutating func until(_ node: Int) -> Cue.Repetition.End? {
        guard isText(node, "until", "a time") else { return nil }
        let text = tree.text(node)
        if let time = DurationText.parseTime(text) ?? DurationText.parse(text) {
            return .until(time)
        }
        if let instant = WallTime(rfc3339: text) { return .untilInstant(instant) }
        if reportInstant(text, node) { return nil }
        error(
            "bad-value", at: node, "until must be a time, found \(quoted(text))",
            hint: "write a time after zero (00:10:00 or 10m), "
                + "or an instant such as 2026-11-27T19:00:00-08:00")
        return nil
    }

    private mutating func readDraws(_ node: Int, into cue: inout Cue.Fields) {
        guard isMapping(node, "draw") else { return }
        for pair in pairs(of: node) {
            guard let name = variableName(pair.key) else { continue }
            if let source = drawSource(pair.value, name) {
                cue.draws.append(.init(name: name, source: source, mark: mark(pair.key)))
            }
        }
    }

    private mutating func drawSource(_ node: Int, _ name: String) -> Cue.Draw.Source? {
        guard tree.kind(node) == .sequence else {
            guard isText(node, name, "a list or a file name") else { return nil }
            let path = tree.text(node)
            guard SheetReader.staysBeside(path) else {
                error(
                    "draw-path", at: node, "\(quoted(path)) does not name a file beside the sheet",
                    hint: "put the file in the sheet's folder or below it, and separate with /")
                return nil
            }
            return .file(path)
        }
        guard isSequence(node, name) else { return nil }
        var texts: [String] = []
        for child in tree.children(of: node) {
            guard texts.count < SheetReader.drawsMax else {
                error(
                    "draw-count", at: node,
                    "\(name) lists more than \(SheetReader.drawsMax) texts to draw from")
                return nil
            }
            guard let text = text(child, "an entry of \(name)") else { return nil }
            texts.append(text)
        }
        guard !texts.isEmpty else {
            error("draw-count", at: node, "\(name) lists nothing to draw from")
            return nil
        }
        return .list(texts)
    }

    /// Whether a path's text can't lead out of the folder it starts in.
    static func staysBeside(_ path: String) -> Bool {
        guard !path.isEmpty, !path.hasPrefix("/"), !path.utf8.contains(0),
            !path.utf8.contains(UInt8(ascii: "\\"))
        else { return false }
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return !parts.contains { $0.isEmpty || $0.elementsEqual("..".utf8) }
    }
}
