import CueSheet
import CueText
package import CueTimeline

/// Edits of the sheet while the show runs.
extension DispatchPlan {
    /// Puts an edited sheet in force: cues that are to come are its own, matched by id; what was
    /// sent, skipped or begun stays as it was.
    package mutating func replace(_ edited: Timeline) -> [Step] {
        undo.forget()
        let (armed, queued) = tracks.remove { $0.track == .placed || $0.track == .instant }
        var steps = armed.map { Step.disarm($0.dispatch) }
        let waiting = Dictionary(grouping: armed + queued, by: \.dispatch.occurrence.entry)
        let handOver = rundown.replace(with: edited)
        for (earlier, heir) in handOver {
            let items = (waiting[earlier] ?? []).sorted(by: QueuedDispatch.precedes)
            if let heir {
                steps += inherit(earlier, to: heir, items.map(\.dispatch))
            } else {
                steps += items.flatMap { skipped($0.dispatch, .removed) }
                steps += skipRest(of: earlier, .removed)
            }
            rundown.retire(earlier)
        }
        let inherited = Set(handOver.compactMap(\.heir))
        for entry in current where !inherited.contains(entry) { generateFirst(entry) }
        return steps
    }

    /// Queues of an heir what was queued of the earlier entry, and what follows it.
    private mutating func inherit(
        _ earlier: Int, to heir: Int, _ waiting: [Dispatch]
    ) -> [Step] {
        let last = rundown[earlier].lastNumber
        guard rundown[heir].firstKey != nil else {
            // Now it waits for a GO, unless it has begun before.
            let first = timeline.firstNumber(of: earlier) ?? 1
            guard waiting.isEmpty || last > first else { return [] }
            rundown.follow(earlier, by: heir)
            return waiting.flatMap { skipped($0, .removed) }
        }
        guard last > 0 else {
            generateFirst(heir)
            return []
        }
        rundown.follow(earlier, by: heir)
        var steps: [Step] = []
        var numbers: [Int] = []
        for number in waiting.map(\.occurrence.number) where !numbers.contains(number) {
            numbers.append(number)
            if timeline.contains(heir, number: number) {
                queue(Occurrence(entry: heir, number: number))
            } else {
                steps += waiting.filter { $0.occurrence.number == number }
                    .flatMap { skipped($0, .removed) }
            }
        }
        if !numbers.contains(last) { generate(heir, number: last + 1) }
        return steps
    }

    /// Ends what the edited sheet places in the past: nobody means it to be sent this minute.
    package mutating func dropEditedPast(at now: BootTime) -> [Step] {
        guard let zero else { return [] }
        return dropPlaced(before: time.placedTime(at: now, ahead: ahead), .editedPast)
            + dropInstants(before: zero.wall(at: now), .editedPast)
    }
}
