package import CueTimeline

/// What the operator can take back.
package enum Undoable: Sendable {
    case shift(by: Int64)
    case skip(Skip)

    /// How an occurrence stood before it was skipped.
    package struct Skip: Sendable {
        package let occurrence: Occurrence
        /// What of it was in a queue.
        let items: [QueuedDispatch]
        /// What of it would have left, had it not been skipped; nothing where no GO has placed it.
        let wouldLeave: [QueuedDispatch]
        let progress: EntryProgress
    }
}

/// The last shift or skip, until it has taken effect: a shift when a placed cue leaves, a skip when
/// its cue would have left.
struct Undo: Sendable {
    private(set) var last: Undoable?

    var holdsSkip: Bool {
        if case .skip = last { true } else { false }
    }

    mutating func remember(_ action: Undoable) { last = action }

    mutating func forget() { last = nil }

    /// From now on the last skip stands.
    mutating func forgetSkip() {
        if holdsSkip { last = nil }
    }

    /// Forgets a shift, since a dispatch has left; only what is placed was moved by it.
    mutating func noteLeft(_ item: QueuedDispatch) {
        if item.track == .placed, case .shift = last { last = nil }
    }

    /// Forgets a skip whose cue would have left by now.
    mutating func expire(where hasLeft: (QueuedDispatch) -> Bool) {
        if case .skip(let skip) = last, skip.wouldLeave.contains(where: hasLeft) { last = nil }
    }
}
