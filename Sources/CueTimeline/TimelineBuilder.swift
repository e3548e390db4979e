package import CueSheet
import CueText

/// The lines of a file that a cue draws from, or why there are none.
package enum DrawFile: Sendable {
    case lines([String])
    case problem(String)
}

/// Which part of a sheet a run is to play; all of it where nothing is said.
package struct Selection: Sendable {
    package enum Bound: Hashable, Sendable {
        case id(String)
        case time(Duration)

        /// A cue's id, or a time after zero; what reads as a time is one.
        package init(_ text: String) {
            let time = DurationText.parseTime(text) ?? DurationText.parse(text)
            self = time.map { .time($0) } ?? .id(text)
        }
    }

    var from: Bound?
    package var until: Bound?
    var only: [String]

    package init(from: Bound? = nil, until: Bound? = nil, only: [String] = []) {
        self.from = from
        self.until = until
        self.only = only
    }
}

/// What a run adds to a sheet to make a timeline of it.
package struct TimelineOptions: Sendable {
    package var variables: [(name: String, value: String)] = []
    /// By path as written in the sheet.
    package var drawFiles: [String: DrawFile] = [:]
    package var run: String = "0000"
    /// Used where the sheet has no seed of its own.
    package var seed: String = "0"

    package init() {}
}

/// A timeline and what was wrong with the sheet; the timeline plays what is right.
package struct TimelineReading: Sendable {
    package var timeline: Timeline
    package var diagnostics: [Diagnostic]
}

extension Timeline {
    /// The most occurrences that the repeats of a sheet may add up to, those without end apart.
    static let occurrencesMax = 1_000_000

    /// Resolves a sheet: positions, variables, right answers, and the size of every payload.
    package static func build(_ sheet: Sheet, _ options: TimelineOptions = .init())
        -> TimelineReading
    {
        var builder = TimelineBuilder(sheet: sheet, options: options)
        return builder.build()
    }

    /// The files that the enabled cues draw from, each once, as written in the sheet.
    package static func drawFiles(of sheet: Sheet) -> [String] {
        var paths: [String] = []
        for cue in sheet.cues where !cue.disabled {
            for draw in cue.draws {
                if case .file(let path) = draw.source, !paths.contains(path) { paths.append(path) }
            }
        }
        return paths
    }

    private static let selectionHint = "`cue-runner timeline` shows the sheet's cues"

    /// This timeline with only what the selection names; an error in words where it names a cue
    /// that does not exist.
    package func selecting(_ selection: Selection) throws(OptionProblem) -> Timeline {
        var copy = self
        let lower = try bound(selection.from)
        let upper = try bound(selection.until)
        copy.bounds = (lower.time ?? .zero)...max(lower.time ?? .zero, upper.time ?? .seconds(1e9))
        if let from = lower.time, let until = upper.time, from > until {
            throw OptionProblem("--from lies after --until", hint: Self.selectionHint)
        }
        for id in selection.only where entry(withID: id) == nil {
            throw OptionProblem(
                "--only: no cue has the id \"\(id)\"", hint: Self.selectionHint)
        }
        let kept = entries.indices.filter { index in
            if !selection.only.isEmpty, !selection.only.contains(entries[index].cue.id) {
                return false
            }
            guard case .placed = entries[index].position else {
                // Without a time after zero, a cue's place in the sheet tells whether it is meant.
                return index >= lower.entry ?? 0 && index <= upper.entry ?? entries.count
            }
            return copy.firstNumber(of: index) != nil
        }
        copy.keep(kept)
        return copy
    }

    private func bound(_ bound: Selection.Bound?) throws(OptionProblem) -> (
        time: Duration?, entry: Int?
    ) {
        switch bound {
        case nil: return (nil, nil)
        case .time(let time): return (time, nil)
        case .id(let id):
            guard let entry = entry(withID: id) else {
                throw OptionProblem("no cue has the id \"\(id)\"", hint: Self.selectionHint)
            }
            if case .placed(let time) = entries[entry].position { return (time, entry) }
            return (nil, entry)
        }
    }
}

private struct TimelineBuilder {
    let sheet: Sheet
    let options: TimelineOptions
    var diagnostics: [Diagnostic] = []
    var occurrences = 0
    /// The repeat that takes them over what a run may have.
    var overflow: Mark?

    init(sheet: Sheet, options: TimelineOptions) {
        self.sheet = sheet
        self.options = options
    }

    mutating func build() -> TimelineReading {
        let resolver = PositionResolver(sheet.cues)
        var timeline = Timeline(
            sheet: sheet, run: options.run, seed: sheet.seed ?? options.seed)
        diagnostics += resolver.diagnostics
        let variables =
            options.variables.map { (name: $0.name, texts: [$0.value]) }
            + sheet.vars.map { (name: $0.name, texts: [$0.value]) }
        for (index, cue) in sheet.cues.enumerated() where !cue.disabled {
            let position = resolver.positions[index]
            var entry = Timeline.Entry(
                cue: cue, position: position ?? .placed(.zero),
                values: values(of: cue, variables))
            // An entry whose reading failed already has its diagnostics: more would repeat them.
            guard !cue.isBroken else { continue }
            let content = cue.content
            guard checkVariables(entry, content) else { continue }
            if case .question(let question) = content {
                entry.correct = correct(question, entry.values)
                checkAnswers(question, entry.values)
                if !isSurelySmall(question, cue) { checkSize(entry) }
            } else {
                checkSize(entry)
            }
            guard let position else { continue }
            checkRepetition(cue, position)
            timeline.append(entry, of: index)
        }
        if let overflow {
            report(
                "too-many-occurrences", at: overflow,
                "the repeats add up to \(occurrences) occurrences, more than "
                    + "\(Timeline.occurrencesMax)",
                hint: "repeat less often; without times and until it goes on until the run is "
                    + "stopped")
        }
        checkOrder(timeline)
        return TimelineReading(timeline: timeline, diagnostics: diagnostics)
    }

    private mutating func values(
        of cue: Cue, _ variables: [(name: String, texts: [String])]
    ) -> Values {
        guard !cue.draws.isEmpty else { return Values(candidates: variables) }
        var candidates: [(name: String, texts: [String])] = []
        for draw in cue.draws {
            switch draw.source {
            case .list(let texts): candidates.append((draw.name, texts))
            case .file(let path):
                switch options.drawFiles[path] {
                case .lines(let lines) where !lines.isEmpty:
                    candidates.append((draw.name, lines))
                    continue
                case .lines:
                    report(
                        "draw-file", at: draw.mark, "\"\(path)\" has no line to draw",
                        hint: "write one text a line")
                case .problem(let problem):
                    report(
                        "draw-file", at: draw.mark, "can't draw from \"\(path)\": \(problem)",
                        hint: "put a file of UTF-8 text beside the sheet or below it")
                case nil:
                    report("draw-file", at: draw.mark, "\"\(path)\" was not read")
                }
                // Stands for the lines, so that the uses of the name are no errors of their own.
                candidates.append((draw.name, [""]))
            }
        }
        return Values(candidates: candidates + variables)
    }

    private mutating func checkVariables(
        _ entry: Timeline.Entry, _ content: Cue.Content
    ) -> Bool {
        var isGood = true
        func check(_ template: Template) {
            guard template.plain == nil else { return }
            for case .variable(let name, _) in template.parts where entry.values[name] == nil {
                let known = Set(entry.values.names).sorted().prefix(8)
                report(
                    "unknown-variable", at: template.mark, "\"${\(name)}\" is not defined",
                    hint: known.isEmpty
                        ? "define it under vars or draw, or with --var \(name)=…"
                        : "defined here: \(known.joined(separator: ", "))")
                isGood = false
            }
        }
        content.eachTemplate(check)
        if let pollID = entry.cue.pollID { check(pollID) }
        return isGood
    }

    /// The index of the right answer: the number given, the answer written alike, or the one that
    /// reads alike once variables are filled in.
    private mutating func correct(_ question: Cue.Question, _ values: Values) -> Int? {
        switch question.correct {
        case nil: return nil
        case .number(let number):
            return question.answers.indices.contains(number - 1) ? number - 1 : nil
        case .text(let text):
            if let index = question.answers.firstIndex(where: { $0.isSameText(as: text) }) {
                return index
            }
            if let wanted = values.possibilities(text), wanted.count == 1 {
                for (index, answer) in question.answers.enumerated()
                where values.possibilities(answer) == wanted {
                    return index
                }
            }
            report(
                "correct-unknown", at: question.correctMark ?? text.mark,
                "correct is not among the answers", hint: "write it as the answer is written")
            return nil
        }
    }

    private mutating func checkAnswers(_ question: Cue.Question, _ values: Values) {
        guard question.answers.contains(where: { $0.plain == nil }) else { return }
        var seen: [String: Int] = [:]
        for (index, answer) in question.answers.enumerated() {
            for text in Set(values.possibilities(answer) ?? []) {
                if let other = seen[text], other != index {
                    report(
                        "answers-same", at: answer.mark,
                        "answers \(other + 1) and \(index + 1) can both be \"\(text)\"")
                    return
                }
                seen[text] = index
            }
        }
    }

    /// Builds the longest payload that the cue can become and measures it.
    private mutating func checkSize(_ entry: Timeline.Entry) {
        let cue = entry.cue
        var largest = Occurrence(entry: 0)
        var name = cue.id
        if let repetition = cue.repetition {
            if case .times(let times) = repetition.end {
                largest.number = times
            } else {
                largest.number = Int(
                    DurationText.longest.nanoseconds / repetition.every.nanoseconds)
            }
            name += "#\(largest.number)"
        }
        let builder = PayloadBuilder(run: options.run, values: entry.values.longest)
        var sizes: [(what: String, bytes: Int)] = []
        if case .metadata(let payload) = entry.body(
            name: name, questionName: name, part: .cue, builder: builder)
        {
            sizes.append(("the payload of \"\(cue.id)\"", payload.byteCount + extraSeconds(cue)))
        }
        if entry.hasReveal,
            case .metadata(let payload) = entry.body(
                name: name + ".reveal", questionName: name, part: .reveal, builder: builder)
        {
            sizes.append(("the reveal of \"\(cue.id)\"", payload.byteCount))
        }
        for (what, bytes) in sizes {
            if bytes > Payload.bytesMax {
                report(
                    "payload-size", at: cue.contentMark,
                    "\(what) takes \(bytes) bytes, IVS takes at most \(Payload.bytesMax)",
                    hint: "shorten it by \(bytes - Payload.bytesMax) bytes, or split it in two cues"
                )
            } else if bytes > Payload.bytesWarned {
                diagnostics.append(
                    .warning(
                        "payload-size", at: cue.contentMark,
                        "\(what) takes \(bytes) of \(Payload.bytesMax) bytes"))
            }
        }
    }

    /// Whether a question is so short that it fits whatever has to be escaped in it: an escape
    /// takes six bytes for one, the keys and the moment take less than 200. Most questions are, and
    /// need not be built to be measured.
    private func isSurelySmall(_ question: Cue.Question, _ cue: Cue) -> Bool {
        guard cue.pollID == nil, let text = question.text.plain else { return false }
        var bytes = text.utf8.count
        for answer in question.answers {
            guard let plain = answer.plain else { return false }
            bytes += plain.utf8.count + 3
        }
        return bytes * 6 + 4 * (cue.id.utf8.count + 20) + 200 <= Payload.bytesWarned
    }

    /// Bytes by which the seconds left of a repeated question can be longer than those of the
    /// first: `20` against `19.75`.
    private func extraSeconds(_ cue: Cue) -> Int {
        guard let window = cue.window, let again = cue.again else { return 0 }
        let first = PayloadBuilder.decimal(window)
        let step = PayloadBuilder.decimal(again)
        func fraction(_ text: String) -> Int {
            text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) } ?? 0
        }
        return max(0, fraction(step) - fraction(first))
    }

    private mutating func checkRepetition(_ cue: Cue, _ position: Position) {
        guard let repetition = cue.repetition else { return }
        defer {
            if overflow == nil, occurrences > Timeline.occurrencesMax { overflow = repetition.mark }
        }
        switch (repetition.end, position) {
        case (.never, _): break
        case (.times(let times), _): occurrences += times
        case (.until(let end), .placed(let start)): count(repetition, over: end - start)
        case (.untilInstant(let end), .instant(let start)): count(repetition, over: end - start)
        case (.until, .floating), (.untilInstant, .floating):
            report(
                "repeat-until", at: repetition.mark,
                "until can't be told for a cue that waits for GO", hint: "give times instead")
        case (.until, .instant):
            report(
                "repeat-until", at: repetition.mark, "until must be an instant here, as at is")
        case (.untilInstant, .placed):
            report(
                "repeat-until", at: repetition.mark,
                "until must be a time after zero here, as at is")
        }
    }

    private mutating func count(_ repetition: Cue.Repetition, over span: Duration) {
        if span < .zero {
            report(
                "repeat-until", at: repetition.mark, "until lies before the first time",
                hint: "until is a time of the show, as at is; times counts instead")
        } else {
            occurrences += Int(span.nanoseconds / repetition.every.nanoseconds) + 1
        }
    }

    private mutating func checkOrder(_ timeline: Timeline) {
        var latest: (time: Duration, place: Int)?
        for place in timeline.entries.indices {
            guard case .placed(let time) = timeline.entries[place].position else { continue }
            if let latest, time < latest.time {
                let (cue, above) = (
                    timeline.entries[place].cue, timeline.entries[latest.place].cue
                )
                diagnostics.append(
                    .warning(
                        "out-of-order", at: cue.atMark,
                        "\"\(cue.id)\" is due at \(DurationText.formatTime(time)), before "
                            + "\"\(above.id)\" above it"))
            } else {
                latest = (time, place)
            }
        }
    }

    private mutating func report(
        _ code: String, at mark: Mark, _ message: String, hint: String? = nil
    ) {
        diagnostics.append(.error(code, at: mark, message, hint: hint))
    }
}

extension Cue.Content {
    /// Hands over every text that may hold variables.
    func eachTemplate(_ body: (Template) -> Void) {
        switch self {
        case .question(let question):
            body(question.text)
            question.answers.forEach(body)
            if case .text(let text) = question.correct { body(text) }
        case .payload(let members):
            for member in members { member.value.eachTemplate(body) }
        case .adBreak: break
        }
    }
}

extension PayloadValue {
    func eachTemplate(_ body: (Template) -> Void) {
        switch self {
        case .string(let template): body(template)
        case .list(let items): for item in items { item.eachTemplate(body) }
        case .mapping(let members): for member in members { member.value.eachTemplate(body) }
        case .null, .bool, .number: break
        }
    }
}
