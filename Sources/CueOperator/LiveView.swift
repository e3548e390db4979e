package import CueRunLog
package import CueScheduler
package import CueShow
import CueText

/// What stays the same while a show runs.
package struct ShowFacts: Sendable {
    package var title: String
    package var run: String
    /// `run`, `rehearsal`, `dry_run`.
    package var mode: String
    package var logName: String
    /// The name that `cue-runner control --show` knows the show by.
    package var controlName: String
    /// How to name the show elsewhere: `--show quiz.x7k2`; nil where it has no socket.
    package var controlOption: String?

    package init(
        title: String, run: String, mode: String, logName: String, controlName: String,
        controlOption: String? = nil
    ) {
        self.title = title.printable
        self.run = run
        self.mode = mode
        self.logName = logName.printable
        self.controlName = controlName.printable
        self.controlOption = controlOption?.printable
    }
}

/// What the operator asks for by a key.
package enum OperatorRequest: Hashable, Sendable {
    case operate(OperatorAction)
    case decide(JoinDecision)
    /// Puts the edited sheet in force that was shown.
    case reload
    /// Ends the run as Ctrl-C does.
    case interrupt
}

/// The screen of a running show and what its keys mean: a value, so that a test can press every
/// key and read every line.
package struct LiveView: Sendable {
    enum Mode: Hashable, Sendable {
        case plain
        case choosing(Choice, cue: String)
        /// A shift that is being typed.
        case typing(String)
        case stopping
        /// Ctrl-C was pressed once.
        case interrupting
        case help
    }

    enum Choice: String, Sendable {
        case take
        case fire
    }

    struct Told: Hashable, Sendable {
        var time: Duration?
        var text: EventText
    }

    static let columnsMin = 60
    static let rowsMin = 12

    let facts: ShowFacts
    var mode = Mode.plain
    var snapshot = ShowSnapshot()
    /// Endings, the last one last.
    var recent: [Told] = []
    /// What went wrong and was not acknowledged yet, the last one last.
    package private(set) var alarms: [String] = []
    /// What was done last.
    var notice: String?
    /// The difference that an edited sheet makes, while it waits for a yes.
    var proposal: String?

    package init(_ facts: ShowFacts) {
        self.facts = facts
    }

    // MARK: What happened

    package mutating func tell(_ event: RunEvent, showTime: Duration?) {
        if case .sheetReloaded = event { proposal = nil }
        guard let text = EventText(event) else { return }
        switch event {
        case .cueSkipped where showTime == nil: return
        case .cueSent, .cueMissed, .cueFailed, .cueInDoubt, .cueSkipped:
            recent.append(Told(time: showTime, text: text))
            if recent.count > 64 { recent.removeFirst() }
        default: notice = "\(text.word)  \(text.detail)"
        }
        if text.isAlarm {
            let clock = showTime.map { Self.clock($0) + "  " } ?? ""
            alarm("\(clock)\(text.word)  \(text.subject.map { $0 + "  " } ?? "")\(text.detail)")
        }
    }

    /// Shows a line until it is acknowledged.
    package mutating func alarm(_ line: String) {
        alarms.append(line)
        if alarms.count > 500 { alarms.removeFirst() }
    }

    /// Shows a line until the next one.
    package mutating func note(_ line: String) {
        notice = line
    }

    /// Shows what an edited sheet would change, and waits for a yes.
    package mutating func propose(_ difference: String) {
        proposal = difference
    }

    package mutating func update(_ snapshot: ShowSnapshot) {
        self.snapshot = snapshot
        if case .choosing(let choice, let cue) = mode, !choices(choice).contains(cue) {
            mode = choices(choice).first.map { .choosing(choice, cue: $0) } ?? .plain
        }
    }

    // MARK: Keys

    /// What a key asks for; it means what the screen showed when it was pressed.
    package mutating func press(_ key: Key) -> OperatorRequest? {
        if key == .interrupt {
            if mode == .interrupting { return .interrupt }
            mode = .interrupting
            return nil
        }
        switch mode {
        case .plain: return pressPlain(key)
        case .choosing(let choice, let cue): return choose(key, choice, cue)
        case .typing(let text): return type(key, text)
        case .stopping:
            mode = .plain
            return key == .text("y") ? .operate(.stop) : nil
        case .help, .interrupting:
            mode = .plain
            return nil
        }
    }

    private mutating func pressPlain(_ key: Key) -> OperatorRequest? {
        if case .asking = snapshot.phase, let decision = decision(key) { return .decide(decision) }
        switch key {
        case .text(" "), .enter: return .operate(.go(nil))
        case .text("h"): return .operate(snapshot.isHeld ? .resume : .hold)
        case .text("s"):
            if let next = skippable { return .operate(.skip(next)) }
            notice = "nothing is left to skip"
        case .text("t"): begin(.take)
        case .text("f"): begin(.fire)
        case .text("+"), .text("="), .right: return .operate(.shift(.seconds(1)))
        case .text("-"), .left: return .operate(.shift(.seconds(-1)))
        case .text("]"): return .operate(.shift(.seconds(10)))
        case .text("["): return .operate(.shift(.seconds(-10)))
        case .text("d"): mode = .typing("")
        case .text("u"): return .operate(.undo)
        case .text("x"): alarms = []
        case .text("r"):
            if proposal != nil { return .reload }
            notice = "the sheet was not edited"
        case .text("q"): mode = .stopping
        case .text("?"): mode = .help
        case .escape: if proposal != nil { proposal = nil } else { notice = nil }
        default: break
        }
        return nil
    }

    private func decision(_ key: Key) -> JoinDecision? {
        switch key {
        case .text("j"): .join
        case .text("z"): .zeroNow
        case .text("q"): .quit
        default: nil
        }
    }

    private mutating func begin(_ choice: Choice) {
        if let first = choices(choice).first {
            mode = .choosing(choice, cue: first)
        } else {
            notice = "nothing is left to \(choice.rawValue)"
        }
    }

    private mutating func choose(_ key: Key, _ choice: Choice, _ cue: String) -> OperatorRequest? {
        let cues = choices(choice)
        let place = cues.firstIndex(of: cue) ?? 0
        switch key {
        case .down, .text("j"): mode = .choosing(choice, cue: cues[min(place + 1, cues.count - 1)])
        case .up, .text("k"): mode = .choosing(choice, cue: cues[max(place - 1, 0)])
        case .enter:
            mode = .plain
            return .operate(choice == .take ? .take(cue) : .fire(cue))
        case .escape, .text("q"): mode = .plain
        default: break
        }
        return nil
    }

    private mutating func type(_ key: Key, _ text: String) -> OperatorRequest? {
        switch key {
        case .text(let character) where text.count < 16: mode = .typing(text + String(character))
        case .backspace: mode = .typing(String(text.dropLast()))
        case .enter:
            mode = .plain
            guard let delta = DurationText.parseSigned(text) else {
                if !text.isEmpty {
                    notice = "\"\(text.printable)\" is no duration, such as +10s, -1.5s or 2m"
                }
                return nil
            }
            return .operate(.shift(delta))
        case .escape: mode = .plain
        default: break
        }
        return nil
    }

    /// The next cue that can be skipped: a reveal goes with its question.
    var skippable: String? {
        snapshot.upcoming.first { $0.kind != "reveal" }?.id
    }

    /// The cues that can be chosen, each once: what is to come, the manual ones, and for firing
    /// those that were sent.
    func choices(_ choice: Choice) -> [String] {
        var ids = snapshot.upcoming.filter { $0.kind != "reveal" }.map(\.id)
        ids += snapshot.manual.map(\.id)
        if choice == .fire {
            for told in recent.reversed() where told.text.word == "sent" {
                guard let name = told.text.subject?.split(separator: " ").first else { continue }
                if !name.hasSuffix(".reveal"), !name.contains("!") { ids.append(String(name)) }
            }
        }
        var seen: Set<String> = []
        return ids.filter { seen.insert($0).inserted }
    }

    static func clock(_ time: Duration) -> String {
        DurationText.formatTime(time, fractionDigits: 0)
    }
}
