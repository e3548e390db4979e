import CueSheet
import CueText
package import CueTimeline

/// What is still to come, for the operator's eyes.
package struct Upcoming: Sendable {
    package var dispatch: Dispatch
    /// Nil before zero. While the show is held, as if it were resumed now.
    package var due: BootTime?
    /// Nanoseconds after zero on the show's clock.
    package var showTime: Int64
}

extension DispatchPlan {
    /// The entries of the sheet that is in force.
    package var current: Range<Int> { firstCurrent..<timeline.entries.count }

    /// What is due next, in order; of a repeated cue its next occurrence alone.
    package func upcoming(_ count: Int, at now: BootTime) -> [Upcoming] {
        var plan = self
        if let moment = holdMoment, let raw = raw(at: now) {
            plan.held = raw - moment
            plan.holdMoment = nil
        }
        var items = armed.filter { !$0.dispatch.part.isAgain }
        for track in Track.allCases {
            items += queues[track]?.least(count) { !$0.dispatch.part.isAgain } ?? []
        }
        guard plan.zero != nil else {
            let placed = items.filter { $0.track == .placed }
                .sorted { TimelineDispatch.precedes($0.planned, $1.planned) }
            return placed.prefix(count).map {
                Upcoming(
                    dispatch: $0.dispatch, due: nil, showTime: $0.key + plan.offset($0.track))
            }
        }
        let planned = items.compactMap { item in plan.planned(item).map { (item.planned, $0) } }
            .sorted {
                $0.1.due == $1.1.due ? TimelineDispatch.precedes($0.0, $1.0) : $0.1.due < $1.1.due
            }
        return planned.prefix(count).map {
            Upcoming(dispatch: $0.1.dispatch, due: $0.1.due, showTime: $0.1.showTime)
        }
    }

    /// The manual cues that were not called yet, in the sheet's order.
    package func waitingForGo(_ count: Int) -> [Dispatch] {
        var waiting: [Dispatch] = []
        for entry in current where waiting.count < count {
            guard case .floating(let root, _) = timeline.entries[entry].position,
                timeline.entry(ofRoot: root) == entry, !isUsed[entry], bases[entry] == nil
            else { continue }
            let channel = timeline.entries[entry].cue.channels.first ?? 0
            waiting.append(Dispatch(occurrence: Occurrence(entry: entry), channel: channel))
        }
        return waiting
    }

    /// What the operator moved the rest by, and how long the clock stood still, up to now.
    package func over(at now: BootTime) -> Int64 {
        guard let holdMoment, let raw = raw(at: now) else { return shift + held }
        return shift + raw - holdMoment
    }

    /// Puts an edited sheet in force: cues that are to come are its own, matched by id; what was
    /// sent, skipped or begun stays as it was.
    ///
    /// The earlier sheet's entries keep their places in the timeline, so that a reveal on its way,
    /// or a late answer, still finds the question that was asked.
    package mutating func replace(_ edited: Timeline) -> [Step] {
        var steps = disarmAll { $0.track == .placed || $0.track == .instant }
        undoable = nil
        var waiting: [Int: [QueuedDispatch]] = [:]
        for track in [Track.placed, .instant] {
            for item in queues[track]?.removeAll(where: { _ in true }) ?? [] {
                waiting[item.dispatch.occurrence.entry, default: []].append(item)
            }
        }
        let before = current
        let heirOf = heirs(in: edited)
        timeline = timeline.followed(by: edited)
        firstCurrent = before.upperBound
        makeRoom(heirOf)
        for entry in before {
            let items = (waiting[entry] ?? []).sorted {
                TimelineDispatch.precedes($0.planned, $1.planned)
            }
            if let heir = heirOf[entry] {
                steps += inherit(entry, to: heir, items)
            } else {
                for item in items { steps += skipped(item.dispatch, .removed) }
                steps += skipRest(of: entry, .removed)
            }
            generated[entry] = .max
            isUsed[entry] = true
        }
        let inherited = Set(heirOf.values)
        for entry in current where !inherited.contains(entry) { generateFirst(entry) }
        return steps
    }

    /// Ends what the edited sheet places in the past: nobody means it to be sent this minute.
    package mutating func dropEditedPast(at now: BootTime) -> [Step] {
        guard let zero, let moment = showTime(at: now) else { return [] }
        let ahead = isHeld ? 0 : Int64(Double(self.ahead.nanoseconds) * speed)
        var steps = dropPlaced(before: moment + ahead - placedOffset, except: nil, .editedPast)
        let civil = (zero.wall + (now - zero.boot)).nanoseconds
        while true {
            let past = queues[.instant]?.elements.filter { $0.key < civil } ?? []
            if past.isEmpty { return steps }
            steps += drop(Set(past.map(\.dispatch.occurrence)), .editedPast)
        }
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

    /// Makes the records of the edited sheet's entries, and places those whose place is known.
    private mutating func makeRoom(_ heirOf: [Int: Int]) {
        let more = timeline.entries.count - bases.count
        bases += Array(repeating: nil, count: more)
        generated += Array(repeating: 0, count: more)
        hasComeDue += Array(repeating: false, count: more)
        isUsed += Array(repeating: false, count: more)
        let ancestorOf = Dictionary(heirOf.map { ($1, $0) }) { first, _ in first }
        for entry in current {
            switch timeline.entries[entry].position {
            case .placed(let time): bases[entry] = time.nanoseconds
            case .instant(let time): bases[entry] = time.nanoseconds
            case .floating(let root, let delta):
                guard let root = timeline.entry(ofRoot: root), let called = ancestorOf[root],
                    isUsed[called], let moment = bases[called]
                else { continue }
                bases[entry] = moment + delta.nanoseconds
            }
        }
        func heir(_ occurrence: Occurrence) -> Occurrence {
            var heir = occurrence
            heir.entry = heirOf[occurrence.entry] ?? occurrence.entry
            return heir
        }
        skippedAhead = Set(skippedAhead.map(heir))
        firings = Dictionary(firings.map { (heir($0), $1) }) { first, _ in first }
    }

    private mutating func inherit(_ entry: Int, to heir: Int, _ items: [QueuedDispatch]) -> [Step] {
        hasComeDue[heir] = hasComeDue[entry]
        isUsed[heir] = isUsed[entry]
        let made = generated[entry]
        guard let base = bases[heir] else {
            // Now it waits for a GO, unless it has begun before.
            let first = timeline.firstNumber(of: entry) ?? 1
            guard items.isEmpty || made > first else { return [] }
            if made > 0 { isUsed[heir] = true }
            generated[heir] = made
            return items.flatMap { skipped($0.dispatch, .removed) }
        }
        guard made > 0 else {
            generateFirst(heir)
            return []
        }
        generated[heir] = made
        var steps: [Step] = []
        var numbers: [Int] = []
        for item in items where !numbers.contains(item.dispatch.occurrence.number) {
            let number = item.dispatch.occurrence.number
            numbers.append(number)
            guard timeline.contains(heir, number: number) else {
                for gone in items where gone.dispatch.occurrence.number == number {
                    steps += skipped(gone.dispatch, .removed)
                }
                continue
            }
            for channel in timeline.entries[heir].cue.channels {
                enqueueQuestion(
                    Occurrence(entry: heir, number: number), channel: channel, base: base)
            }
        }
        if !numbers.contains(made) { generate(heir, number: made + 1) }
        return steps
    }

    private mutating func generateFirst(_ entry: Int) {
        guard bases[entry] != nil, let first = timeline.firstNumber(of: entry) else { return }
        generate(entry, number: first)
    }
}
