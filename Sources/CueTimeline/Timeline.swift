package import CueSheet
import CueText

/// One happening of a cue: the third of a repeated one, or the second firing of a plain one.
package struct Occurrence: Hashable, Sendable {
    /// Index into `Timeline.entries`.
    package var entry: Int
    /// From 1.
    package var number: Int
    /// 1, and more where the operator fired the cue again.
    package var firing: Int

    package init(entry: Int, number: Int = 1, firing: Int = 1) {
        self.entry = entry
        self.number = number
        self.firing = firing
    }
}

/// What of an occurrence is sent.
package enum Part: Hashable, Sendable {
    /// The cue itself: question, payload or ad break.
    case cue
    /// The question once more, for viewers who join late; counted from 1.
    case again(Int)
    case reveal

    /// Orders what is due at the same moment.
    package var order: Int {
        switch self {
        case .cue: 0
        case .again(let count): count
        case .reveal: .max
        }
    }

    /// Repetitions of a question are no cues of their own: they are sent once or not at all.
    package var isAgain: Bool { if case .again = self { true } else { false } }
}

/// One send: an occurrence's part on one channel.
package struct Dispatch: Hashable, Sendable {
    package var occurrence: Occurrence
    package var part: Part
    /// Index into `Timeline.channels`.
    package var channel: Int

    package init(occurrence: Occurrence, part: Part = .cue, channel: Int) {
        self.occurrence = occurrence
        self.part = part
        self.channel = channel
    }

    /// The sheet's order, in which dispatches leave that are due at the same moment.
    package static func precedes(_ a: Dispatch, _ b: Dispatch) -> Bool {
        if a.occurrence.entry != b.occurrence.entry {
            return a.occurrence.entry < b.occurrence.entry
        }
        if a.occurrence.number != b.occurrence.number {
            return a.occurrence.number < b.occurrence.number
        }
        if a.part.order != b.part.order { return a.part.order < b.part.order }
        return a.channel < b.channel
    }
}

/// What a dispatch carries.
package enum Body: Hashable, Sendable {
    case metadata(Payload)
    case adBreak(seconds: Int)
}

/// A show resolved: every cue's position, every payload's bytes but for the moment it is due.
///
/// A value without a clock. Repeats may have no end, so occurrences are asked for by number.
package struct Timeline: Sendable {
    package struct Entry: Sendable {
        package var cue: Cue
        /// Of the first occurrence.
        package var position: Position
        /// Index into the answers.
        var correct: Int?
        var values: Values
    }

    package let title: String?
    package let channels: [Sheet.Channel]
    /// The enabled and selected cues, in the sheet's order.
    package internal(set) var entries: [Entry]
    /// What `Sheet.offset` and the channel's own offset add to every due moment, by channel.
    package let channelOffsets: [Duration]
    /// Four characters, new for each run.
    package let run: String
    package let seed: String
    /// Occurrences placed outside of these times after zero are not part of the run.
    package internal(set) var bounds: ClosedRange<Duration>
    private var entryOfID: [String: Int]
    /// Of manual cues, by their index in `Sheet.cues`.
    private var entryOfRoot: [Int: Int]

    /// A timeline without entries.
    init(sheet: Sheet, run: String, seed: String) {
        title = sheet.title
        channels = sheet.channels
        entries = []
        channelOffsets = sheet.channels.map { $0.offset + sheet.offset }
        self.run = run
        self.seed = seed
        bounds = .zero ... .seconds(1_000_000_000)
        entryOfID = [:]
        entryOfRoot = [:]
    }

    /// Adds what was made of the sheet's cue of that index.
    mutating func append(_ entry: Entry, of index: Int) {
        entryOfID[entry.cue.id] = entries.count
        if case .floating(index, _) = entry.position { entryOfRoot[index] = entries.count }
        entries.append(entry)
    }

    /// Drops all entries but these, given in order.
    mutating func keep(_ kept: [Int]) {
        var placeOf: [Int: Int] = [:]
        for (place, old) in kept.enumerated() { placeOf[old] = place }
        entries = kept.map { entries[$0] }
        entryOfID = entryOfID.compactMapValues { placeOf[$0] }
        entryOfRoot = entryOfRoot.compactMapValues { placeOf[$0] }
    }

    /// Another timeline of the same run with this one's entries in front, which keep their places;
    /// an id is the later one's.
    package func followed(by next: Timeline) -> Timeline {
        let count = entries.count
        var whole = next
        whole.entries = entries + next.entries
        whole.entryOfID = next.entryOfID.mapValues { $0 + count }
        whole.entryOfRoot = next.entryOfRoot.mapValues { $0 + count }
        return whole
    }

    package func entry(withID id: String) -> Int? {
        entryOfID[id]
    }

    /// The entry of the manual cue that a floating position waits for; nil where it is not part of
    /// the run.
    package func entry(ofRoot root: Int) -> Int? {
        entryOfRoot[root]
    }

    /// Where that occurrence lies; nil where the cue does not repeat so often.
    package func position(of entry: Int, number: Int) -> Position? {
        let first = entries[entry].position
        guard number > 1 else { return number == 1 ? first : nil }
        guard let repetition = entries[entry].cue.repetition else { return nil }
        let (delta, overflow) = repetition.every.nanoseconds.multipliedReportingOverflow(
            by: Int64(number - 1))
        guard !overflow, delta <= DurationText.longest.nanoseconds else { return nil }
        let position = first.moved(by: .nanoseconds(delta))
        switch (repetition.end, position) {
        case (.never, _): return position
        case (.times(let times), _): return number <= times ? position : nil
        case (.until(let end), .placed(let time)): return time <= end ? position : nil
        case (.untilInstant(let end), .instant(let time)): return time <= end ? position : nil
        case (.until, _), (.untilInstant, _): return nil
        }
    }

    /// True where a cue repeats until the run is stopped.
    package func isEndless(_ entry: Int) -> Bool {
        if case .never = entries[entry].cue.repetition?.end { true } else { false }
    }

    /// The number of the first occurrence that is part of the run; nil where none is.
    package func firstNumber(of entry: Int) -> Int? {
        guard case .placed(let start) = entries[entry].position, start < bounds.lowerBound else {
            return contains(entry, number: 1) ? 1 : nil
        }
        guard let every = entries[entry].cue.repetition?.every.nanoseconds else { return nil }
        let missing = (bounds.lowerBound - start).nanoseconds
        let number = Int((missing + every - 1) / every) + 1
        return contains(entry, number: number) ? number : nil
    }

    package func contains(_ entry: Int, number: Int) -> Bool {
        guard let position = position(of: entry, number: number) else { return false }
        return contains(position)
    }

    /// Whether what lies there is part of the run.
    func contains(_ position: Position) -> Bool {
        if case .placed(let time) = position { bounds.contains(time) } else { true }
    }

    /// The name that viewers and the log know a part by: `q1`, `q1.reveal`, `fact#3`, `q1!2`.
    package func name(of occurrence: Occurrence, _ part: Part = .cue) -> String {
        let cue = entries[occurrence.entry].cue
        var name = cue.id
        if cue.repetition != nil { name += "#\(occurrence.number)" }
        if occurrence.firing > 1 { name += "!\(occurrence.firing)" }
        if part == .reveal { name += ".reveal" }
        return name
    }

    /// Reads a part's name back: `q1.reveal`, `fact#3!2`; nil where the run has no such part.
    package func dispatch(named name: String, channel: String) -> Dispatch? {
        guard let place = channels.firstIndex(where: { $0.name == channel }) else { return nil }
        var rest = name[...]
        var part = Part.cue
        if rest.hasSuffix(".reveal") {
            rest = rest.dropLast(7)
            part = .reveal
        }
        func number(after mark: Character) -> Int?? {
            guard let index = rest.lastIndex(of: mark) else { return .some(nil) }
            defer { rest = rest[..<index] }
            return Int(rest[rest.index(after: index)...]).map { .some($0) } ?? nil
        }
        guard let firing = number(after: "!"), let number = number(after: "#"),
            let entry = entry(withID: String(rest)),
            (number != nil) == (entries[entry].cue.repetition != nil)
        else { return nil }
        let occurrence = Occurrence(entry: entry, number: number ?? 1, firing: firing ?? 1)
        return Dispatch(occurrence: occurrence, part: part, channel: place)
    }

    /// What is sent, its draws made.
    package func body(of occurrence: Occurrence, _ part: Part) -> Body {
        let entry = entries[occurrence.entry]
        let number = "\(occurrence.number)" + (occurrence.firing > 1 ? "!\(occurrence.firing)" : "")
        let values = entry.values.drawn(seed: seed, cue: entry.cue.id, occurrence: number)
        return entry.body(
            name: name(of: occurrence, part), questionName: name(of: occurrence), part: part,
            builder: PayloadBuilder(run: run, values: values))
    }

    /// From a question's moment to that of its part.
    package func delay(of part: Part, in entry: Int) -> Duration {
        let cue = entries[entry].cue
        switch part {
        case .cue: return .zero
        case .again(let count): return (cue.again ?? .zero) * count
        case .reveal: return (cue.window ?? .zero) + (cue.reveal ?? .zero)
        }
    }

    /// How often the question is sent again while its window is open.
    package func againCount(of entry: Int) -> Int {
        let cue = entries[entry].cue
        guard let again = cue.again?.nanoseconds, let window = cue.window?.nanoseconds, again > 0
        else { return 0 }
        return Int((window - 1) / again)
    }

    package func hasReveal(_ entry: Int) -> Bool {
        entries[entry].hasReveal
    }
}

extension Timeline.Entry {
    var hasReveal: Bool {
        correct != nil && cue.window != nil && cue.reveal != nil
    }

    func body(name: String, questionName: String, part: Part, builder: PayloadBuilder) -> Body {
        switch cue.content {
        case .adBreak(let seconds): return .adBreak(seconds: seconds)
        case .payload(let members): return .metadata(builder.payload(members, name: name))
        case .question(let question):
            let pollID = cue.pollID.map(builder.values.fill) ?? questionName
            if part == .reveal, let correct {
                return .metadata(
                    builder.reveal(question, correct: correct, name: name, pollID: pollID))
            }
            var seconds = cue.window
            if case .again(let count) = part, let window = cue.window, let again = cue.again {
                seconds = window - again * count
            }
            return .metadata(
                builder.question(question, name: name, pollID: pollID, seconds: seconds))
        }
    }
}

extension Timeline {
    /// By id, what tells whether a cue is the same in two sheets: when it is due, what it says, and
    /// how it behaves. Not cryptographic; comments and the order of keys don't count.
    package var digests: [(id: String, digest: String)] {
        entries.map { entry in
            let cue = entry.cue
            let builder = PayloadBuilder(run: "0000", values: entry.values.longest)
            func text(_ part: Part) -> String {
                switch entry.body(name: cue.id, questionName: cue.id, part: part, builder: builder)
                {
                case .metadata(let payload): payload.textWithoutMoment
                case .adBreak(let seconds): "\(seconds)"
                }
            }
            let channels = cue.channels.map { self.channels[$0].name }.joined(separator: ",")
            let manner =
                "\(when(entry.position)) \(String(describing: cue.window)) "
                + "\(String(describing: cue.again)) \(String(describing: cue.reveal)) "
                + "\(String(describing: cue.repetition?.every)) \(cue.late) \(channels)"
            let reveal = entry.hasReveal ? text(.reveal) : ""
            return (cue.id, hashText("\(manner)\u{0}\(text(.cue))\u{0}\(reveal)"))
        }
    }

    private func when(_ position: Position) -> String {
        switch position {
        case .placed(let time): "\(time.nanoseconds)"
        case .instant(let time): time.rfc3339(.nanoseconds)
        case .floating(let root, let time):
            "\(entry(ofRoot: root).map { entries[$0].cue.id } ?? "") \(time.nanoseconds)"
        }
    }
}
