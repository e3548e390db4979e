import CueRunLog
import CueScheduler
import CueShow
import CueText

/// The screen of a running show and what its keys mean: a value, so that a test can press every
/// key and read every line.
struct LiveView: Sendable {
    static let columnsMin = 60
    static let rowsMin = 12

    private var content: LiveContent

    init(_ facts: ShowFacts) {
        content = LiveContent(facts: facts)
    }

    /// What went wrong and was not acknowledged yet, the last one last.
    var alarms: [String] { content.alarms }

    /// The screen, line by line; at most `rows`, each to be cut to the screen's width.
    func lines(columns: Int, rows: Int) -> [ScreenLine] {
        LiveLayout(content, columns: columns, rows: rows).lines
    }

    // MARK: What happened

    mutating func show(_ event: RunEvent, showTime: Duration?) {
        if case .sheetReloaded = event { content.proposal = nil }
        guard let text = EventText(event) else { return }
        switch event {
        case .cueSkipped where showTime == nil: return
        case .cueSent, .cueMissed, .cueFailed, .cueInDoubt, .cueSkipped:
            content.recent.append(.init(time: showTime, text: text))
            if content.recent.count > 64 { content.recent.removeFirst() }
        default: content.notice = "\(text.word)  \(text.detail)"
        }
        if text.isAlarm {
            let clock = showTime.map { LiveContent.clock($0) + "  " } ?? ""
            alarm("\(clock)\(text.word)  \(text.subject.map { $0 + "  " } ?? "")\(text.detail)")
        }
    }

    /// Shows a line until it is acknowledged.
    mutating func alarm(_ line: String) {
        content.alarms.append(line)
        if content.alarms.count > 500 { content.alarms.removeFirst() }
    }

    /// Shows a line until the next one.
    mutating func note(_ line: String) {
        content.notice = line
    }

    /// Shows what an edited sheet would change, and waits for a yes.
    mutating func propose(_ difference: String) {
        content.proposal = difference
    }

    mutating func update(_ snapshot: ShowSnapshot) {
        content.snapshot = snapshot
        if case .choosing(let choice, let cue) = content.mode,
            !content.choices(choice).contains(cue)
        {
            content.mode =
                content.choices(choice).first.map { .choosing(choice, cue: $0) } ?? .plain
        }
    }

    // MARK: Keys

    /// What a key asks for; it means what the screen showed when it was pressed.
    mutating func press(_ key: Key) -> OperatorRequest? {
        if key == .interrupt {
            if content.mode == .interrupting { return .interrupt }
            content.mode = .interrupting
            return nil
        }
        switch content.mode {
        case .plain: return pressPlain(key)
        case .choosing(let choice, let cue): return choose(key, choice, cue)
        case .typing(let text): return type(key, text)
        case .stopping:
            content.mode = .plain
            return key == .text("y") ? .operate(.stop) : nil
        case .help, .interrupting:
            content.mode = .plain
            return nil
        }
    }

    private mutating func pressPlain(_ key: Key) -> OperatorRequest? {
        if case .asking = content.snapshot.phase, let decision = decision(key) {
            return .decide(decision)
        }
        switch key {
        case .text(" "), .enter: return .operate(.go(nil))
        case .text("h"): return .operate(content.snapshot.isHeld ? .resume : .hold)
        case .text("s"):
            if let next = content.skippable { return .operate(.skip(next)) }
            content.notice = "nothing is left to skip"
        case .text("t"): begin(.take)
        case .text("f"): begin(.fire)
        case .text("+"), .text("="), .right: return .operate(.shift(.seconds(1)))
        case .text("-"), .left: return .operate(.shift(.seconds(-1)))
        case .text("]"): return .operate(.shift(.seconds(10)))
        case .text("["): return .operate(.shift(.seconds(-10)))
        case .text("d"): content.mode = .typing("")
        case .text("u"): return .operate(.undo)
        case .text("x"): content.alarms = []
        case .text("r"):
            if content.proposal != nil { return .reload }
            content.notice = "the sheet was not edited"
        case .text("q"): content.mode = .stopping
        case .text("?"): content.mode = .help
        case .escape:
            if content.proposal != nil { content.proposal = nil } else { content.notice = nil }
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

    private mutating func begin(_ choice: LiveContent.Choice) {
        if let first = content.choices(choice).first {
            content.mode = .choosing(choice, cue: first)
        } else {
            content.notice = "nothing is left to \(choice.rawValue)"
        }
    }

    private mutating func choose(_ key: Key, _ choice: LiveContent.Choice, _ cue: String)
        -> OperatorRequest?
    {
        let cues = content.choices(choice)
        let place = cues.firstIndex(of: cue) ?? 0
        switch key {
        case .down, .text("j"):
            content.mode = .choosing(choice, cue: cues[min(place + 1, cues.count - 1)])
        case .up, .text("k"): content.mode = .choosing(choice, cue: cues[max(place - 1, 0)])
        case .enter:
            content.mode = .plain
            return .operate(choice == .take ? .take(cue) : .fire(cue))
        case .escape, .text("q"): content.mode = .plain
        default: break
        }
        return nil
    }

    private mutating func type(_ key: Key, _ text: String) -> OperatorRequest? {
        switch key {
        case .text(let character) where text.count < 16:
            content.mode = .typing(text + String(character))
        case .backspace: content.mode = .typing(String(text.dropLast()))
        case .enter:
            content.mode = .plain
            guard let delta = DurationText.parseSigned(text) else {
                if !text.isEmpty {
                    content.notice =
                        "\"\(text.printable)\" is no duration, such as +10s, -1.5s or 2m"
                }
                return nil
            }
            return .operate(.shift(delta))
        case .escape: content.mode = .plain
        default: break
        }
        return nil
    }
}
