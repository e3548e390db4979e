package import CueScheduler
import CueText

extension RunEvent {
    package struct Operated: Sendable {
        package var action: Logged<OperatorAction.Name>
        package var target: String?
        package var by: Duration?
        /// On the boot clock since zero, so that the action can be folded again at its moment; nil
        /// before zero.
        package var at: Duration?
        /// Why the action was refused; nil where it was carried out.
        package var refused: String?

        package init(
            action: Logged<OperatorAction.Name>, target: String?, by: Duration?, at: Duration?,
            refused: String?
        ) {
            self.action = action
            self.target = target
            self.by = by
            self.at = at
            self.refused = refused
        }

        /// The action as it is taken again, to the same effect; nil where the line tells of none.
        package var replayed: OperatorAction? {
            // Which firing of a cue it was follows from those before it.
            let cue = target.map { String($0.prefix { $0 != "!" }) }
            return switch action.word {
            case .hold: .hold
            case .undo: .undo
            case .shift: .shift(by ?? .zero)
            case .go: .go(cue)
            case .skip: cue.map { .skip($0) }
            case .take: cue.map { .take($0) }
            case .fire: cue.map { .fire($0) }
            case .resume: cue == nil ? .resume : nil
            case .stop: cue == nil ? .stop : nil
            case nil: nil
            }
        }
    }

    /// The sheet was edited while the show ran, and from now on is in force for what is to come.
    package struct SheetReloaded: Sendable {
        package var sheetSHA256: String
        package var digests: [(id: String, digest: String)]
        package var cues: Int
        /// On the boot clock since zero; nil before zero.
        package var at: Duration?
        package var changed: [String]
        package var added: [String]
        package var removed: [String]

        package init(
            sheetSHA256: String, digests: [(id: String, digest: String)], cues: Int,
            at: Duration?, changed: [String], added: [String], removed: [String]
        ) {
            self.sheetSHA256 = sheetSHA256
            self.digests = digests
            self.cues = cues
            self.at = at
            self.changed = changed
            self.added = added
            self.removed = removed
        }
    }

    /// A command that was to be told of an event did not do its work.
    package struct HookFailed: Sendable {
        package var hook: Logged<EventName>
        package var command: String
        /// The cue of the event that it was for, where that has one.
        package var cue: String?
        package var reason: String

        package init(hook: Logged<EventName>, command: String, cue: String?, reason: String) {
            self.hook = hook
            self.command = command
            self.cue = cue
            self.reason = reason
        }
    }
}

extension RunEvent.Operated {
    func write(_ writer: inout JSONWriter) {
        writer.field(.action, action)
        writer.field(.target, target)
        writer.field(.by, by)
        writer.field(.at, at)
        writer.field(.refused, refused)
    }
}

extension RunEvent.SheetReloaded {
    func write(_ writer: inout JSONWriter) {
        writer.field(.sheetSHA256, sheetSHA256)
        writer.field(.digests, JSONValue(texts: digests))
        writer.field(.cues, cues)
        writer.field(.at, at)
        writer.field(.changed, changed)
        writer.field(.added, added)
        writer.field(.removed, removed)
    }
}

extension RunEvent.HookFailed {
    func write(_ writer: inout JSONWriter) {
        writer.field(.hook, hook)
        writer.field(.command, command)
        // Not "cue": this line says nothing of how a cue fared.
        writer.field(.about, cue)
        writer.field(.reason, reason)
    }
}

extension LogField<Logged<OperatorAction.Name>> {
    package static var action: Self { Self("action") }
}

extension LogField<Logged<EventName>> {
    package static var hook: Self { Self("hook") }
}

extension LogField<String> {
    package static var target: Self { Self("target") }
    package static var refused: Self { Self("refused") }
    package static var command: Self { Self("command") }
    /// A cue of which the line tells nothing.
    package static var about: Self { Self("about") }
}

extension LogField<Duration> {
    package static var at: Self { Self("at_us") }
}

extension LogField<[String]> {
    package static var changed: Self { Self("changed") }
    package static var added: Self { Self("added") }
    package static var removed: Self { Self("removed") }
}
