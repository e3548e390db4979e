import CueSheet
import CueText
import CueTimeline

/// The operator's side of the plan: what each action does to what is still to come.
extension DispatchPlan {
    /// Takes an action. What it changes is in the steps, in words for the operator in the outcome;
    /// a refused action changes nothing.
    package mutating func apply(
        _ action: OperatorAction, now: BootTime
    ) -> (outcome: ActionOutcome, steps: [Step]) {
        switch action {
        case .hold: return hold(now)
        case .resume: return resume(now)
        case .shift(let delta): return shift(by: delta, now)
        case .skip(let name): return skip(name)
        case .take(let name): return take(name, now)
        case .fire(let name): return fire(name, now)
        case .go(let name): return go(name, now)
        case .undo: return undo(now)
        case .stop: return (.done(), [])
        }
    }

    // MARK: The clock

    private mutating func hold(_ now: BootTime) -> (ActionOutcome, [Step]) {
        guard !isHeld else { return (.refused("the show is held already"), []) }
        let moment = showTime(at: now) ?? 0
        let steps = disarmAll { $0.track != .called }
        holdMoment = moment
        return (.done(), steps)
    }

    private mutating func resume(_ now: BootTime) -> (ActionOutcome, [Step]) {
        guard let moment = holdMoment else { return (.refused("the show is not held"), []) }
        if let raw = raw(at: now) { held = raw - moment }
        holdMoment = nil
        return (.done(), [])
    }

    mutating func shift(by delta: Duration, _ now: BootTime) -> (ActionOutcome, [Step]) {
        var moved = delta.nanoseconds
        if moved < 0, let next = nextPlacedKey {
            let reach = next + placedOffset - (showTime(at: now) ?? 0)
            moved = max(moved, -max(0, reach))
        }
        let steps = disarmAll { $0.track == .placed }
        shift += moved
        undoable = .shift(by: moved)
        return (.done(moved: .nanoseconds(moved)), steps)
    }

    private var nextPlacedKey: Int64? {
        let waiting = armed.filter { $0.track == .placed }.map(\.key).min()
        return [waiting, queues[.placed]?.first?.key].compactMap { $0 }.min()
    }

    /// Puts armed items back in their queues; they may be armed again later, with another moment.
    mutating func disarmAll(where matches: (QueuedDispatch) -> Bool) -> [Step] {
        let taken = armed.filter(matches)
        armed.removeAll(where: matches)
        for item in taken { queues[item.track]?.push(item) }
        return taken.map { .disarm($0.dispatch) }
    }

    // MARK: Single cues

    private mutating func skip(_ name: String) -> (ActionOutcome, [Step]) {
        guard let target = pending(name) else { return (.refused(whyNotPending(name)), []) }
        let skip = SkipUndo(target, in: self)
        let steps = drop([target], .operator)
        undoable = .skip(skip)
        return (.done(target: timeline.name(of: target)), steps)
    }

    private mutating func fire(_ name: String, _ now: BootTime) -> (ActionOutcome, [Step]) {
        guard zero != nil else { return (.refused("the show has not started"), []) }
        if let target = pending(name) {
            forgetSkip()
            let steps = call(target, now)
            return (.done(target: timeline.name(of: target)), steps)
        }
        guard var again = occurrence(named: name) else {
            return (.refused("no cue has the id \"\(name)\""), [])
        }
        let firing = (firings[again] ?? 1) + 1
        let first = again
        again.firing = firing
        if case .metadata(let payload) = timeline.body(of: again, .cue),
            payload.byteCount > Payload.bytesMax
        {
            return (.refused("\"\(name)\" is too long to be fired again"), [])
        }
        firings[first] = firing
        return (.done(target: timeline.name(of: again)), call(again, now))
    }

    private mutating func take(_ name: String, _ now: BootTime) -> (ActionOutcome, [Step]) {
        guard let zero else { return (.refused("the show has not started"), []) }
        guard let target = pending(name) else { return (.refused(whyNotPending(name)), []) }
        undoable = nil
        let entry = target.entry
        var steps: [Step] = []
        var moved: Duration?
        switch timeline.entries[entry].position {
        case .floating where bases[entry] == nil:
            // A repeat without end goes on below the rest of the show; it has no last one to skip.
            for above in firstCurrent..<entry where !timeline.isEndless(above) {
                while let other = nextPending(above) { steps += drop([other], .taken) }
            }
            let (outcome, called) = callManual(entry, now)
            return (outcome, steps + called)
        case .instant(let instant):
            let key = (instant - zero.wall).nanoseconds - held - placedOffset
            steps += dropPlaced(before: key, except: target)
        case .placed, .floating:
            guard let key = firstKey(of: target) else { break }
            steps += dropPlaced(before: key, except: target)
            let delta = (showTime(at: now) ?? 0) + encoderDelay - key - placedOffset
            steps += disarmAll { $0.track == .placed }
            shift += delta
            moved = .nanoseconds(delta)
        }
        steps += call(target, now)
        return (.done(target: timeline.name(of: target), moved: moved), steps)
    }

    // MARK: GO

    /// The manual cue that GO would call: the first one not used whose timed entries above have
    /// all come due.
    package var offered: String? {
        for entry in current {
            switch timeline.entries[entry].position {
            case .floating(let root, _):
                let isManual = timeline.entry(ofRoot: root) == entry
                if isManual, !isUsed[entry] { return timeline.entries[entry].cue.id }
                if !isManual, bases[entry] != nil, !hasComeDue[entry] { return nil }
            case .placed, .instant:
                if !hasComeDue[entry] { return nil }
            }
        }
        return nil
    }

    private mutating func go(_ name: String?, _ now: BootTime) -> (ActionOutcome, [Step]) {
        guard zero != nil else { return (.refused("the show has not started"), []) }
        guard let offered, let entry = timeline.entry(withID: offered) else {
            return (.refused("no manual cue is on offer"), [])
        }
        if let name, name != offered {
            return (.refused("\"\(name)\" is not on offer, \"\(offered)\" is"), [])
        }
        if let lastGo, now.nanoseconds - lastGo < Self.goGuard.nanoseconds {
            return (.refused("a GO was given less than 2 s ago"), [])
        }
        lastGo = now.nanoseconds
        forgetSkip()
        return callManual(entry, now)
    }

    /// Sends a manual cue and places what floats on it.
    private mutating func callManual(_ entry: Int, _ now: BootTime) -> (ActionOutcome, [Step]) {
        let moment = (showTime(at: now) ?? 0) + encoderDelay - placedOffset
        for other in current {
            guard case .floating(let root, let delta) = timeline.entries[other].position,
                timeline.entry(ofRoot: root) == entry
            else { continue }
            bases[other] = moment + delta.nanoseconds
            if other != entry { generate(other, number: 1) }
        }
        let target = Occurrence(entry: entry)
        generated[entry] = 1
        let steps = call(target, now)
        return (.done(target: timeline.name(of: target)), steps)
    }

    /// Sends an occurrence at once on all the channels that still wait for it.
    private mutating func call(_ occurrence: Occurrence, _ now: BootTime) -> [Step] {
        let entry = occurrence.entry
        var channels = timeline.entries[entry].cue.channels
        let (taken, steps) = remove([occurrence])
        if let waiting = taken[occurrence] { channels = waiting.sorted() }
        hasComeDue[entry] = true
        isUsed[entry] = true
        for channel in channels {
            let delay = encoderDelay + timeline.channelOffsets[channel].nanoseconds
            enqueue(
                Dispatch(occurrence: occurrence, channel: channel), on: .called,
                key: now.nanoseconds + max(0, delay))
        }
        return steps
    }

    // MARK: What is pending

    /// Reads `q1` and `fact#3`.
    func occurrence(named name: String) -> Occurrence? {
        let parts = name.split(separator: "#", omittingEmptySubsequences: false)
        guard parts.count <= 2, let entry = timeline.entry(withID: String(parts[0])) else {
            return nil
        }
        guard parts.count == 2 else {
            return Occurrence(entry: entry, number: max(1, generated[entry]))
        }
        guard let number = Int(parts[1]), number >= 1,
            timeline.position(of: entry, number: number) != nil
        else { return nil }
        return Occurrence(entry: entry, number: number)
    }

    /// The occurrence of that name that is still to come; of a repeated cue without a number, the
    /// next one.
    private func pending(_ name: String) -> Occurrence? {
        guard let named = occurrence(named: name) else { return nil }
        if !name.contains("#") { return nextPending(named.entry) }
        return isPending(named) ? named : nil
    }

    private func isPending(_ occurrence: Occurrence) -> Bool {
        if skippedAhead.contains(occurrence) { return false }
        if occurrence.number > generated[occurrence.entry] {
            return timeline.contains(occurrence.entry, number: occurrence.number)
                && !(isUsed[occurrence.entry] && bases[occurrence.entry] == nil)
        }
        return isQueued(occurrence)
    }

    private func isQueued(_ occurrence: Occurrence) -> Bool {
        func matches(_ item: QueuedDispatch) -> Bool {
            item.dispatch.occurrence == occurrence && item.dispatch.part == .cue
                && item.track != .called
        }
        return armed.contains(where: matches)
            || Track.allCases.contains { queues[$0]?.elements.contains(where: matches) ?? false }
    }

    private func nextPending(_ entry: Int) -> Occurrence? {
        let current = Occurrence(entry: entry, number: max(1, generated[entry]))
        if generated[entry] > 0, isQueued(current) {
            // One number earlier may still be armed, since the next is made when it is.
            let earlier = Occurrence(entry: entry, number: current.number - 1)
            return isQueued(earlier) ? earlier : current
        }
        var next = Occurrence(
            entry: entry,
            number: generated[entry] == 0
                ? timeline.firstNumber(of: entry) ?? 1 : generated[entry] + 1)
        while skippedAhead.contains(next) { next.number += 1 }
        return isPending(next) ? next : nil
    }

    private func whyNotPending(_ name: String) -> String {
        occurrence(named: name) == nil
            ? "no cue has the id \"\(name)\"" : "\"\(name)\" is not pending any more"
    }

    private func firstKey(of occurrence: Occurrence) -> Int64? {
        let items = armed.filter { $0.dispatch.occurrence == occurrence && $0.track == .placed }
        let queued = queues[.placed]?.elements.filter { $0.dispatch.occurrence == occurrence } ?? []
        if let key = (items + queued).map(\.key).min() { return key }
        guard let base = bases[occurrence.entry] else { return nil }
        let every = timeline.entries[occurrence.entry].cue.repetition?.every.nanoseconds ?? 0
        return base + every * Int64(occurrence.number - 1)
    }

    /// Takes the questions of these occurrences out of every queue, and makes the next ones of
    /// those that repeat.
    private mutating func remove(
        _ occurrences: Set<Occurrence>
    ) -> (taken: [Occurrence: [Int]], steps: [Step]) {
        func matches(_ item: QueuedDispatch) -> Bool {
            item.dispatch.part == .cue && item.track != .called
                && occurrences.contains(item.dispatch.occurrence)
        }
        let disarmed = armed.filter(matches)
        armed.removeAll(where: matches)
        var items = disarmed
        for track in Track.allCases { items += queues[track]?.removeAll(where: matches) ?? [] }
        var taken: [Occurrence: [Int]] = [:]
        for item in items {
            taken[item.dispatch.occurrence, default: []].append(item.dispatch.channel)
        }
        for occurrence in occurrences where occurrence.firing == 1 {
            let made = generated[occurrence.entry]
            if taken[occurrence] == nil, occurrence.number > made {
                skippedAhead.insert(occurrence)
            } else if occurrence.number == made {
                generate(occurrence.entry, number: made + 1)
            }
        }
        return (taken, disarmed.map { .disarm($0.dispatch) })
    }

    /// Ends pending occurrences unsent, their reveals with them.
    mutating func drop(_ occurrences: Set<Occurrence>, _ reason: SkipReason) -> [Step] {
        var (taken, steps) = remove(occurrences)
        let ordered = occurrences.sorted { ($0.entry, $0.number) < ($1.entry, $1.number) }
        for occurrence in ordered {
            let entry = occurrence.entry
            hasComeDue[entry] = true
            if case .floating(let root, _) = timeline.entries[entry].position,
                timeline.entry(ofRoot: root) == entry, bases[entry] == nil
            {
                isUsed[entry] = true
            }
            let channels = taken[occurrence]?.sorted() ?? timeline.entries[entry].cue.channels
            for channel in channels {
                steps += skipped(Dispatch(occurrence: occurrence, channel: channel), reason)
            }
        }
        return steps
    }

    func skipped(_ question: Dispatch, _ reason: SkipReason) -> [Step] {
        guard timeline.hasReveal(question.occurrence.entry) else {
            return [.skipped(question, reason)]
        }
        var reveal = question
        reveal.part = .reveal
        return [.skipped(question, reason), .skipped(reveal, .questionNotSent)]
    }

    /// Ends every placed question that is due before that key, the repeats up to there included.
    mutating func dropPlaced(
        before key: Int64, except target: Occurrence?, _ reason: SkipReason = .taken
    ) -> [Step] {
        var steps: [Step] = []
        while true {
            let items = armed.filter { $0.track == .placed } + (queues[.placed]?.elements ?? [])
            let before = items.filter { $0.key < key && $0.dispatch.occurrence != target }
            if before.isEmpty { return steps }
            steps += drop(Set(before.map(\.dispatch.occurrence)), reason)
        }
    }
}

/// Beginnings and ends of a run.
extension DispatchPlan {
    /// The questions that could not be sent any more if the show went on from here, in order.
    package func pastBudget(at now: BootTime) -> [ScheduledDispatch] {
        let queued = Track.allCases.flatMap { queues[$0]?.elements ?? [] }
        return (armed + queued).compactMap(planned)
            .filter { planned in planned.deadline.map { $0 < now } ?? false }
            .sorted { $0.due < $1.due }
    }

    /// Ends what is past its budget now, and the repeats that follow it up to now.
    package mutating func dropPast(at now: BootTime, _ reason: SkipReason) -> [Step] {
        var steps: [Step] = []
        while true {
            let past = pastBudget(at: now)
            if past.isEmpty { return steps }
            steps += drop(Set(past.map(\.dispatch.occurrence)), reason)
        }
    }

    /// Ends what is set for an instant: a rehearsal does not wait for the evening.
    package mutating func dropInstants(_ reason: SkipReason) -> [Step] {
        var steps: [Step] = []
        while let instants = queues[.instant], !instants.isEmpty {
            steps += drop(Set(instants.elements.map(\.dispatch.occurrence)), reason)
        }
        return steps
    }

    /// True when nothing is left but what waits for the operator.
    package var hasOnlyManual: Bool {
        armed.isEmpty && queues.values.allSatisfy(\.isEmpty)
    }

    /// True when some manual cue, or what floats on one, was not called yet.
    package var hasUncalled: Bool {
        current.contains { entry in
            guard case .floating = timeline.entries[entry].position else { return false }
            return bases[entry] == nil && !isUsed[entry]
        }
    }

    /// Ends everything that is still to come. Repeats without end stop at the one that was next.
    package mutating func skipAll(_ reason: SkipReason) -> [Step] {
        var steps: [Step] = []
        let items = (armed + Track.allCases.flatMap { queues[$0]?.elements ?? [] })
            .sorted { TimelineDispatch.precedes($0.planned, $1.planned) }
        for item in items {
            switch item.dispatch.part {
            case .cue: steps += skipped(item.dispatch, reason)
            case .reveal: steps.append(.skipped(item.dispatch, reason))
            case .again: break
            }
        }
        armed = []
        for track in Track.allCases { _ = queues[track]?.removeAll { _ in true } }
        for entry in current { steps += skipRest(of: entry, reason) }
        return steps
    }

    /// Ends the occurrences that were never in a queue.
    mutating func skipRest(of entry: Int, _ reason: SkipReason) -> [Step] {
        var steps: [Step] = []
        var number = generated[entry] + 1
        if generated[entry] == 0 { number = timeline.firstNumber(of: entry) ?? 1 }
        let isOver = isUsed[entry] && bases[entry] == nil
        while !isOver, timeline.contains(entry, number: number) {
            if timeline.isEndless(entry), generated[entry] > 0 { break }
            let occurrence = Occurrence(entry: entry, number: number)
            if !skippedAhead.contains(occurrence) {
                for channel in timeline.entries[entry].cue.channels {
                    steps += skipped(Dispatch(occurrence: occurrence, channel: channel), reason)
                }
            }
            generated[entry] = number
            number += 1
        }
        return steps
    }
}
