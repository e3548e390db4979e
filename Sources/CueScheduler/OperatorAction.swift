import CueText

/// What an operator can do to a running show; keys, socket and tests all speak it.
package enum OperatorAction: Hashable, Sendable {
    case hold
    case resume
    case shift(Duration)
    case skip(String)
    case take(String)
    case fire(String)
    /// The manual cue on offer, or the show's start where it waits for GO.
    case go(String?)
    /// Takes back the last shift or skip, as long as it has not taken effect.
    case undo
    case stop

    /// The action without what belongs to it.
    package enum Name: String, CaseIterable, Sendable {
        case hold
        case resume
        case shift
        case skip
        case take
        case fire
        case go
        case undo
        case stop
    }

    package var name: Name {
        switch self {
        case .hold: .hold
        case .resume: .resume
        case .shift: .shift
        case .skip: .skip
        case .take: .take
        case .fire: .fire
        case .go: .go
        case .undo: .undo
        case .stop: .stop
        }
    }

    package var target: String? {
        switch self {
        case .skip(let id), .take(let id), .fire(let id): id
        case .go(let id): id
        case .hold, .resume, .shift, .undo, .stop: nil
        }
    }

    /// Reads `hold`, `shift -10s`, `skip q1`, `go`: a word and what belongs to it.
    package init?(words: [String]) {
        let rest = words.dropFirst()
        switch (words.first, rest.count) {
        case ("hold", 0): self = .hold
        case ("resume", 0): self = .resume
        case ("go", 0): self = .go(nil)
        case ("undo", 0): self = .undo
        case ("stop", 0): self = .stop
        case ("go", 1): self = .go(rest[1])
        case ("skip", 1): self = .skip(rest[1])
        case ("take", 1): self = .take(rest[1])
        case ("fire", 1): self = .fire(rest[1])
        case ("shift", 1):
            guard let delta = DurationText.parseSigned(rest[1]) else { return nil }
            self = .shift(delta)
        default: return nil
        }
    }
}

/// What became of an action: the change it made, or why it was refused, in words for the operator.
package enum ActionOutcome: Hashable, Sendable {
    /// The cue it fell on, and by how much the rest moved, where it did.
    case done(target: String? = nil, moved: Duration? = nil)
    case refused(String)
}
