import CueRunLog
import CueScheduler
import CueSheet
import CueText
package import CueTimeline

/// A sheet that was edited while its show runs, read and found good.
package struct SheetEdit: Sendable {
    package var timeline: Timeline
    package var sha256: String
    package var difference: SheetDifference
    // Worked out where the sheet is read: the show's loop has no time for it.
    let digests: [(id: String, digest: String)]
    let largestGroup: Int

    package init(timeline: Timeline, sha256: String, difference: SheetDifference) {
        self.timeline = timeline
        self.sha256 = sha256
        self.difference = difference
        digests = timeline.digests
        largestGroup = timeline.largestGroup()
    }
}

/// Edits, and skips that can still be taken back.
extension ShowMachine {
    /// Puts an edited sheet in force for what is still to come.
    mutating func reload(_ edit: SheetEdit) -> ActionOutcome {
        switch phase {
        case .waiting: break
        // Time first: what is due by now leaves as it was.
        case .running: for step in plan.advance(to: now) { take(step) }
        case .asking: return .refused("the show waits for an answer: join, zero or quit")
        case .ending, .over: return .refused("the run is ending")
        }
        let ids = Set(edit.timeline.entries.map(\.cue.id))
        if let back = edits.broughtBack(by: ids) {
            // It has ended in the log, and must not end there twice.
            return .refused(
                "it brings back \"\(back)\", which an earlier edit took out; give the cue another id"
            )
        }
        edits.replace(plan.current.map { timeline.entries[$0].cue.id }, by: ids)
        endSkips()
        let at = plan.zero.map { Duration.microseconds((now - $0.boot).microseconds) }
        let steps = plan.replace(edit.timeline)
        timeline = plan.timeline
        warmth.grow(toGroup: edit.largestGroup)
        log(
            .sheetReloaded(
                .init(
                    sheetSHA256: edit.sha256, digests: edit.digests,
                    cues: edit.timeline.entries.count, at: at, changed: edit.difference.changed,
                    added: edit.difference.added, removed: edit.difference.removed)))
        for step in steps + plan.dropEditedPast(at: now) { take(step) }
        return .done()
    }

    /// Takes the steps of a skip: its endings wait until it can't be taken back any more.
    mutating func withhold(_ steps: [Step]) {
        for step in steps {
            if case .skipped(let dispatch, let reason) = step {
                skips.withhold(dispatch, reason)
            } else {
                take(step)
            }
        }
    }

    /// Ends what was skipped for good.
    mutating func endSkips() {
        for (dispatch, reason) in skips.release() { skip(dispatch, reason) }
    }
}
