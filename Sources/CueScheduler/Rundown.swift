import CueSheet
import CueText
import CueTimeline

/// The timeline with each entry's progress: what is placed, what was queued, what is over.
struct Rundown: Sendable {
    private(set) var timeline: Timeline
    /// By entry.
    private var progress: [EntryProgress]
    /// Entries below this one belong to the sheet before an edit: what of them has begun goes on,
    /// the rest has gone over to their heirs.
    private var firstCurrent = 0

    init(_ timeline: Timeline) {
        self.timeline = timeline
        progress = timeline.entries.map { EntryProgress(firstKey: $0.position.firstKey) }
    }

    /// The entries of the sheet that is in force.
    var current: Range<Int> { firstCurrent..<timeline.entries.count }

    subscript(entry: Int) -> EntryProgress { progress[entry] }

    // MARK: Occurrences

    /// Reads `q1` and `fact#3`.
    func occurrence(named name: String) -> Occurrence? {
        let parts = name.split(separator: "#", omittingEmptySubsequences: false)
        guard parts.count <= 2, let entry = timeline.entry(withID: String(parts[0])) else {
            return nil
        }
        guard parts.count == 2 else {
            return Occurrence(entry: entry, number: max(1, progress[entry].lastNumber))
        }
        guard let number = Int(parts[1]), number >= 1,
            timeline.position(of: entry, number: number) != nil
        else { return nil }
        return Occurrence(entry: entry, number: number)
    }

    /// The number that is to be queued next, if the entry repeats so often.
    func nextNumber(of entry: Int) -> Int {
        let last = progress[entry].lastNumber
        return last == 0 ? timeline.firstNumber(of: entry) ?? 1 : last + 1
    }

    /// True of an occurrence that is to be queued yet.
    func isAhead(_ occurrence: Occurrence) -> Bool {
        let progress = progress[occurrence.entry]
        return occurrence.number > progress.lastNumber && !progress.isOver
            && !progress.isSkippedAhead(occurrence.number)
            && timeline.contains(occurrence.entry, number: occurrence.number)
    }

    /// The next occurrence that was not queued and not skipped; nil where none is to come.
    func nextAhead(of entry: Int) -> Occurrence? {
        var next = Occurrence(entry: entry, number: nextNumber(of: entry))
        while progress[entry].isSkippedAhead(next.number) { next.number += 1 }
        return isAhead(next) ? next : nil
    }

    /// The time of an occurrence on its entry's track, the channel's offset apart; nil where the
    /// entry waits for a GO.
    func trackTime(of occurrence: Occurrence) -> Int64? {
        let every =
            timeline.entries[occurrence.entry].cue.repetition?.every.nanoseconds ?? 0
        return progress[occurrence.entry].firstKey.map { $0 + every * Int64(occurrence.number - 1) }
    }

    /// An occurrence's cue on all its channels, as it is queued; nothing where it waits for a GO.
    func queued(_ occurrence: Occurrence) -> [QueuedDispatch] {
        guard let time = trackTime(of: occurrence) else { return [] }
        let entry = timeline.entries[occurrence.entry]
        var track = Track.placed
        if case .instant = entry.position { track = .instant }
        return entry.cue.channels.map { channel in
            QueuedDispatch(
                Dispatch(occurrence: occurrence, channel: channel), on: track,
                at: time + timeline.channelOffsets[channel].nanoseconds)
        }
    }

    /// The occurrence to queue now that the turn of that number has come, past those that were
    /// skipped ahead; nil where none is left, or the entry waits for a GO.
    mutating func reach(_ entry: Int, number: Int) -> Occurrence? {
        var number = number
        while progress[entry].firstKey != nil, timeline.contains(entry, number: number) {
            if progress[entry].reach(number) { return Occurrence(entry: entry, number: number) }
            number += 1
        }
        return nil
    }

    /// Ends the occurrences that were never queued, and says which: of a repeat without end the
    /// first alone.
    mutating func endRest(of entry: Int) -> [Occurrence] {
        var rest: [Occurrence] = []
        var number = nextNumber(of: entry)
        let isOver = progress[entry].isOver
        while !isOver, timeline.contains(entry, number: number) {
            if timeline.isEndless(entry), progress[entry].lastNumber > 0 { break }
            if progress[entry].reach(number) {
                rest.append(Occurrence(entry: entry, number: number))
            }
            number += 1
        }
        return rest
    }

    // MARK: What happens to an entry

    mutating func comeDue(_ entry: Int) { progress[entry].comeDue() }

    mutating func call(_ entry: Int) { progress[entry].call() }

    mutating func passOver(_ entry: Int) { progress[entry].passOver(isManual: isManual(entry)) }

    mutating func skipAhead(_ occurrence: Occurrence) {
        progress[occurrence.entry].skipAhead(occurrence.number)
    }

    mutating func undoSkip(of occurrence: Occurrence, before: EntryProgress) {
        progress[occurrence.entry].undoSkip(of: occurrence.number, before: before)
    }

    /// Whether a cue that goes to several channels begins with this occurrence's dispatch.
    mutating func sendPart(of occurrence: Occurrence) -> Bool {
        progress[occurrence.entry].sendPart(of: occurrence.number)
    }

    /// The occurrence that comes of firing one again; `fireAgain` counts it.
    func again(_ occurrence: Occurrence) -> Occurrence {
        var again = occurrence
        again.firing = progress[occurrence.entry].firings(of: occurrence.number) + 1
        return again
    }

    mutating func fireAgain(_ occurrence: Occurrence) {
        progress[occurrence.entry].fireAgain(occurrence.number)
    }

    // MARK: Manual cues

    func isManual(_ entry: Int) -> Bool {
        guard case .floating(let root, _) = timeline.entries[entry].position else { return false }
        return timeline.entry(ofRoot: root) == entry
    }

    /// The manual cue that GO would call: the first one not used whose timed entries above have
    /// all come due.
    var offered: Int? {
        for entry in current {
            if isManual(entry) {
                if !progress[entry].isUsed { return entry }
            } else if progress[entry].firstKey != nil, !progress[entry].hasComeDue {
                return nil
            }
        }
        return nil
    }

    /// True when some manual cue, or what floats on one, was not called yet.
    var hasUncalled: Bool {
        current.contains { progress[$0].firstKey == nil && !progress[$0].isUsed }
    }

    /// The manual cues that were not called yet, in the sheet's order.
    func waitingForGo(_ count: Int) -> [Dispatch] {
        var waiting: [Dispatch] = []
        for entry in current where waiting.count < count {
            guard isManual(entry), !progress[entry].isUsed, progress[entry].firstKey == nil else {
                continue
            }
            let channel = timeline.entries[entry].cue.channels.first ?? 0
            waiting.append(Dispatch(occurrence: Occurrence(entry: entry), channel: channel))
        }
        return waiting
    }

    /// Places a manual cue and what floats on it, which is returned to be queued.
    mutating func place(_ entry: Int, at time: Int64) -> [Int] {
        var followers: [Int] = []
        for other in current {
            guard case .floating(let root, let delta) = timeline.entries[other].position,
                timeline.entry(ofRoot: root) == entry
            else { continue }
            progress[other].place(at: time + delta.nanoseconds)
            if other != entry { followers.append(other) }
        }
        progress[entry].follow(1)
        return followers
    }

    // MARK: Edits

    /// Puts an edited sheet in force, with the progress of the cues that it has in common with the
    /// one before. Tells the earlier entries, each with its heir if it has one; what of them was
    /// queued is for the caller to hand over with `hand(over:to:)`.
    ///
    /// The earlier sheet's entries keep their places in the timeline, so that a reveal on its way,
    /// or a late answer, still finds the question that was asked.
    mutating func replace(with edited: Timeline) -> [(earlier: Int, heir: Int?)] {
        let before = current
        let heirOf = heirs(in: edited)
        let ancestorOf = Dictionary(heirOf.map { ($1, $0) }) { first, _ in first }
        timeline = timeline.followed(by: edited)
        firstCurrent = before.upperBound
        for entry in current {
            let position = timeline.entries[entry].position
            var firstKey = position.firstKey
            if case .floating(let root, let delta) = position,
                let called = timeline.entry(ofRoot: root).flatMap({ ancestorOf[$0] }),
                progress[called].isUsed, let moment = progress[called].firstKey
            {
                firstKey = moment + delta.nanoseconds
            }
            progress.append(
                ancestorOf[entry].map { EntryProgress(heirOf: progress[$0], firstKey: firstKey) }
                    ?? EntryProgress(firstKey: firstKey))
        }
        return before.map { ($0, heirOf[$0]) }
    }

    /// By entry of the sheet in force, the place of the same cue in the edited one.
    private func heirs(in edited: Timeline) -> [Int: Int] {
        var heirs: [Int: Int] = [:]
        for entry in current {
            let cue = timeline.entries[entry].cue
            // What repeats goes by other names than what does not.
            guard let place = edited.entry(withID: cue.id),
                (edited.entries[place].cue.repetition == nil) == (cue.repetition == nil)
            else { continue }
            heirs[entry] = timeline.entries.count + place
        }
        return heirs
    }

    /// Lets an heir go on where the earlier entry has come to.
    mutating func follow(_ earlier: Int, by heir: Int) {
        progress[heir].follow(progress[earlier].lastNumber)
    }

    /// Nothing more of an earlier sheet's entry is to come.
    mutating func retire(_ entry: Int) { progress[entry].retire() }
}

extension Position {
    /// The time on its track of what waits for no GO.
    fileprivate var firstKey: Int64? {
        switch self {
        case .placed(let time): time.nanoseconds
        case .instant(let time): time.nanoseconds
        case .floating: nil
        }
    }
}
