import CueShow
import CueText

/// What the live view shows: the show, what happened, and what the operator is doing.
struct LiveContent: Sendable {
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

    struct Ended: Hashable, Sendable {
        var time: Duration?
        var text: EventText
    }

    let facts: ShowFacts
    var mode = Mode.plain
    var snapshot = ShowSnapshot()
    /// How cues ended, the last one last.
    var recent: [Ended] = []
    /// What went wrong and was not acknowledged yet, the last one last.
    var alarms: [String] = []
    /// What was done last.
    var notice: String?
    /// The difference that an edited sheet makes, while it waits for a yes.
    var proposal: String?

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
            for ended in recent.reversed() where ended.text.word == "sent" {
                guard let name = ended.text.subject?.split(separator: " ").first else { continue }
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
