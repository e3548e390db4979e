import CueSheet
import CueText
package import CueTimeline

/// What the operator can take back.
package enum Undoable: Sendable {
    /// Until a cue has left at the moment that it was given.
    case shift(by: Int64)
    /// Until the moment that the cue would have left at.
    case skip(SkipUndo)
}

/// How an occurrence stood before it was skipped.
package struct SkipUndo: Sendable {
    package let occurrence: Occurrence
    let items: [QueuedDispatch]
    let isUsed: Bool
    let hasComeDue: Bool

    init(_ occurrence: Occurrence, in plan: DispatchPlan) {
        self.occurrence = occurrence
        isUsed = plan.isUsed[occurrence.entry]
        hasComeDue = plan.hasComeDue[occurrence.entry]
        func matches(_ item: QueuedDispatch) -> Bool {
            item.dispatch.part == .cue && item.track != .called
                && item.dispatch.occurrence == occurrence
        }
        items =
            plan.armed.filter(matches)
            + DispatchPlan.Track.allCases.flatMap {
                plan.queues[$0]?.elements.filter(matches) ?? []
            }
    }
}

extension DispatchPlan {
    /// True while a skip can still be taken back, so that it has not ended its cue yet.
    package var holdsSkip: Bool {
        if case .skip = undoable { true } else { false }
    }

    mutating func undo(_ now: BootTime) -> (ActionOutcome, [Step]) {
        expireUndo(now)
        switch undoable {
        case nil: return (.refused("there is no shift or skip that has not taken effect"), [])
        case .shift(let moved):
            let (outcome, steps) = shift(by: .nanoseconds(-moved), now)
            undoable = nil
            return (outcome, steps)
        case .skip(let skip):
            undoable = nil
            return (.done(target: timeline.name(of: skip.occurrence)), restore(skip))
        }
    }

    private mutating func restore(_ skip: SkipUndo) -> [Step] {
        let entry = skip.occurrence.entry
        isUsed[entry] = skip.isUsed
        hasComeDue[entry] = skip.hasComeDue
        skippedAhead.remove(skip.occurrence)
        for item in skip.items { queues[item.track]?.push(item) }
        var channels = skip.items.map(\.dispatch.channel)
        if channels.isEmpty { channels = timeline.entries[entry].cue.channels }
        return channels.sorted().flatMap { channel in
            skipped(Dispatch(occurrence: skip.occurrence, channel: channel), .operator)
        }.map { step in
            if case .skipped(let dispatch, _) = step { .restored(dispatch) } else { step }
        }
    }

    /// Forgets a skip whose cue would have left by now.
    mutating func expireUndo(_ now: BootTime) {
        guard case .skip(let skip) = undoable else { return }
        var items = skip.items
        let entry = skip.occurrence.entry
        if items.isEmpty, let base = bases[entry] {
            let every = timeline.entries[entry].cue.repetition?.every.nanoseconds ?? 0
            items = timeline.entries[entry].cue.channels.map { channel in
                let key =
                    base + every * Int64(skip.occurrence.number - 1)
                    + timeline.channelOffsets[channel].nanoseconds
                let dispatch = Dispatch(occurrence: skip.occurrence, channel: channel)
                return QueuedDispatch(
                    planned: TimelineDispatch(due: key, dispatch: dispatch), track: track(of: entry)
                )
            }
        }
        let isPast = items.contains { item in due(item).map { $0 - ahead <= now } ?? false }
        if isPast { undoable = nil }
    }

    /// What the placed ones were moved by so far.
    package var moved: Duration { .nanoseconds(shift) }

    /// Moves the placed ones as an earlier life of the run did; nothing is armed yet.
    package mutating func move(by delta: Duration) {
        shift += delta.nanoseconds
    }

    /// From now on the last skip stands.
    package mutating func forgetSkip() {
        if holdsSkip { undoable = nil }
    }
}
