package import CueText
package import IVSWire

/// A cue sheet as its author wrote it: every value read, nothing resolved against another cue,
/// a variable or a clock. The guide "Writing a sheet" describes the format,
/// `schemas/cue-sheet.schema.json` states it.
package struct Sheet: Sendable {
    package var title: String?
    /// In the order given; a sheet with `channel` has one, named `main`.
    package var channels: [Channel] = []
    package var start: Start = .stream
    package var startMark = Mark(line: 1, column: 1)
    package var offset: Duration = .zero
    package var encoderDelay: Duration = .zero
    package var lead: Lead = .auto
    package var late: LateBudget = .standard
    package var restart: Restart = .continue
    package var vars: [Variable] = []
    /// The text of `seed`; draws depend on it alone, so any text will do.
    package var seed: String?
    /// All entries of `cues` that could be read, the disabled ones included, in the order given.
    package var cues: [Cue] = []

    package init() {}

    package struct Channel: Sendable {
        package var name: String
        package var arn: ChannelARN
        package var offset: Duration
        package var mark: Mark

        package init(name: String, arn: ChannelARN, offset: Duration = .zero, mark: Mark) {
            self.name = name
            self.arn = arn
            self.offset = offset
            self.mark = mark
        }
    }

    package enum Start: Hashable, Sendable {
        case stream
        case now
        case manual
        case instant(WallTime)

        /// `stream`, `now`, `manual`, or an instant by RFC 3339.
        package init?(_ text: String) {
            switch text {
            case "stream": self = .stream
            case "now": self = .now
            case "manual": self = .manual
            default:
                guard let instant = WallTime(rfc3339: text) else { return nil }
                self = .instant(instant)
            }
        }
    }

    package enum Lead: Hashable, Sendable {
        case auto
        case fixed(Duration)

        static let longest: Duration = .seconds(10)

        /// `auto`, or a duration of at most ten seconds.
        package init?(_ text: String) {
            if text == "auto" {
                self = .auto
            } else if let lead = DurationText.parse(text), lead <= Lead.longest {
                self = .fixed(lead)
            } else {
                return nil
            }
        }
    }

    /// How long after its moment a cue is still worth sending.
    package enum LateBudget: Hashable, Sendable {
        case any
        case within(Duration)

        /// What a sheet has that says nothing.
        package static let standard = LateBudget.within(.seconds(5))

        /// `any`, or a duration.
        package init?(_ text: String) {
            if text == "any" {
                self = .any
            } else if let late = DurationText.parse(text) {
                self = .within(late)
            } else {
                return nil
            }
        }
    }

    package enum Restart: String, Sendable {
        case `continue`
        case hold
    }

    package struct Variable: Sendable {
        package var name: String
        package var value: String
        var mark: Mark
    }
}

/// One entry of `cues`, its defaults applied.
///
/// It lies in the sheet and in the timeline and is asked at every turn: so it is one reference to
/// what it holds, and a change makes it another.
package struct Cue: Sendable {
    private var box: Box

    private final class Box: Sendable {
        let fields: Fields

        init(_ fields: Fields) {
            self.fields = fields
        }
    }

    package init(_ fields: Fields) {
        box = Box(fields)
    }

    package mutating func change(_ body: (inout Fields) -> Void) {
        var fields = box.fields
        body(&fields)
        box = Box(fields)
    }

    package var id: String { box.fields.id }
    package var mark: Mark { box.fields.mark }
    package var at: At { box.fields.at }
    package var atMark: Mark { box.fields.atMark }
    package var content: Content { box.fields.content }
    package var contentMark: Mark { box.fields.contentMark }
    package var window: Duration? { box.fields.window }
    package var again: Duration? { box.fields.again }
    package var reveal: Duration? { box.fields.reveal }
    package var late: Sheet.LateBudget { box.fields.late }
    package var channels: [Int] { box.fields.channels }
    package var group: String? { box.fields.group }
    package var note: String? { box.fields.note }
    package var pollID: Template? { box.fields.pollID }
    package var repetition: Repetition? { box.fields.repetition }
    package var draws: [Draw] { box.fields.draws }
    var hasOwnID: Bool { box.fields.hasOwnID }
    package var disabled: Bool { box.fields.disabled }
    package var isBroken: Bool { box.fields.isBroken }

    package enum At: Hashable, Sendable {
        /// After zero.
        case time(Duration)
        /// After the start of the nearest enabled entry above.
        case afterPrevious(Duration)
        /// `q1 + 20s`, `q1.end + 5s`, `q1.reveal - 1s`.
        case anchored(id: String, edge: Edge, offset: Duration)
        case instant(WallTime)
        case manual

        /// Stands for an `at` that could not be read: no cue has the empty id, so that whatever
        /// hangs on this cue has no time either.
        package static let unread = At.anchored(id: "", edge: .start, offset: .zero)
    }

    package enum Edge: String, Sendable {
        case start
        case end
        case reveal
    }

    package enum Content: Sendable {
        case question(Question)
        case payload([PayloadMember])
        case adBreak(seconds: Int)
    }

    package struct Question: Sendable {
        package var text: Template
        package var answers: [Template]
        package var correct: Correct?
        package var correctMark: Mark?

        package init(
            text: Template, answers: [Template], correct: Correct? = nil, correctMark: Mark? = nil
        ) {
            self.text = text
            self.answers = answers
            self.correct = correct
            self.correctMark = correctMark
        }
    }

    package enum Correct: Sendable {
        /// Counted from 1, and within the answers.
        case number(Int)
        /// To be compared with the answers, as written or with variables filled in.
        case text(Template)
    }

    package struct Repetition: Sendable {
        package enum End: Sendable {
            case never
            case times(Int)
            /// A time after zero; an occurrence exactly then still happens.
            case until(Duration)
            case untilInstant(WallTime)
        }

        package var every: Duration
        package var end: End
        package var mark: Mark

        package init(every: Duration, end: End, mark: Mark) {
            self.every = every
            self.end = end
            self.mark = mark
        }
    }

    package struct Draw: Sendable {
        package enum Source: Sendable {
            case list([String])
            /// A path as written, relative to the sheet, proved not to lead outside its folder
            /// by its text (no leading `/`, no `..`).
            case file(String)
        }

        package var name: String
        package var source: Source
        package var mark: Mark

        package init(name: String, source: Source, mark: Mark) {
            self.name = name
            self.source = source
            self.mark = mark
        }
    }
}

extension Cue {
    /// What a cue holds; what few cues have lies together behind one reference.
    package struct Fields: Sendable {
        var id: String
        /// Where the entry begins.
        package var mark: Mark
        package var at: At
        package var atMark: Mark
        package var content: Content
        var contentMark: Mark
        /// How long answers are taken; of an ad break, how long it lasts.
        package var window: Duration?
        package var again: Duration?
        /// From the window's end to the reveal.
        package var reveal: Duration?
        package var late: Sheet.LateBudget
        /// Indices into `Sheet.channels`; ascending, never empty.
        package var channels: [Int]
        /// One element, or none where it would hold nothing.
        private var rare: [Rare] = []
        /// False where the sheet gave no `id` and `cue-N` was made from the entry's place.
        var hasOwnID: Bool
        package var disabled = false
        /// True where some of the entry was in error: it stands for references, but is never sent.
        package var isBroken = false

        private struct Rare: Sendable {
            var group: String?
            var note: String?
            var pollID: Template?
            var repetition: Repetition?
            var draws: [Draw] = []
        }

        package init(
            id: String, hasOwnID: Bool = true, mark: Mark, at: At, atMark: Mark, content: Content,
            contentMark: Mark, channels: [Int], late: Sheet.LateBudget
        ) {
            self.id = id
            self.hasOwnID = hasOwnID
            self.mark = mark
            self.at = at
            self.atMark = atMark
            self.content = content
            self.contentMark = contentMark
            self.channels = channels
            self.late = late
        }

        package var group: String? {
            get { rare.first?.group }
            set { setRare(isNothing: newValue == nil) { $0.group = newValue } }
        }

        package var note: String? {
            get { rare.first?.note }
            set { setRare(isNothing: newValue == nil) { $0.note = newValue } }
        }

        var pollID: Template? {
            get { rare.first?.pollID }
            set { setRare(isNothing: newValue == nil) { $0.pollID = newValue } }
        }

        package var repetition: Repetition? {
            get { rare.first?.repetition }
            set { setRare(isNothing: newValue == nil) { $0.repetition = newValue } }
        }

        package var draws: [Draw] {
            get { rare.first?.draws ?? [] }
            set { setRare(isNothing: newValue.isEmpty) { $0.draws = newValue } }
        }

        private mutating func setRare(isNothing: Bool, _ body: (inout Rare) -> Void) {
            if rare.isEmpty {
                if isNothing { return }
                rare = [Rare()]
            }
            body(&rare[0])
        }
    }
}

/// A member of a payload mapping.
package struct PayloadMember: Sendable {
    package var key: String
    package var value: PayloadValue

    package init(key: String, value: PayloadValue) {
        self.key = key
        self.value = value
    }
}

/// A value of a payload, typed by YAML 1.2's core rules, its strings still with variables.
package indirect enum PayloadValue: Sendable {
    case null
    case bool(Bool)
    /// The text of a valid JSON number.
    case number(String)
    case string(Template)
    case list([PayloadValue])
    case mapping([PayloadMember])
}

/// Text with `${name}` and `${name.hash}` in it; `$$` is a dollar sign.
package struct Template: Hashable, Sendable {
    package enum Part: Hashable, Sendable {
        case text(String)
        case variable(name: String, isHash: Bool)
    }

    package var mark: Mark
    private var storage: Storage

    /// Most templates are one text; an array for each would cost a sheet of many cues a tenth of its reading.
    private enum Storage: Hashable, Sendable {
        case text(String)
        case parts([Part])
    }

    package init(parts: [Part], mark: Mark) {
        storage = Storage.parts([])
        self.mark = mark
        self.parts = parts
    }

    /// Text with nothing to fill in.
    init(text: String, mark: Mark) {
        storage = .text(text)
        self.mark = mark
    }

    /// Never two texts side by side; empty for the empty text.
    package var parts: [Part] {
        get {
            switch storage {
            case .text(let text): text.isEmpty ? [] : [.text(text)]
            case .parts(let parts): parts
            }
        }
        set {
            switch newValue.first {
            case nil: storage = .text("")
            case .text(let text) where newValue.count == 1: storage = .text(text)
            default: storage = .parts(newValue)
            }
        }
    }

    /// The text itself where nothing is to be filled in.
    package var plain: String? {
        if case .text(let text) = storage { text } else { nil }
    }

    /// Whether both are written alike, wherever they stand.
    package func isSameText(as other: Template) -> Bool {
        storage == other.storage
    }
}
