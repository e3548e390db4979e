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
        case .undo: return revert(now)
        case .stop: return (.done(), [])
        }
    }

    // MARK: The clock

    private mutating func hold(_ now: BootTime) -> (ActionOutcome, [Step]) {
        guard !isHeld else { return (.refused("the show is held already"), []) }
        let steps = disarm { $0.track != .called }
        time.hold(at: now)
        return (.done(), steps)
    }

    private mutating func resume(_ now: BootTime) -> (ActionOutcome, [Step]) {
        guard isHeld else { return (.refused("the show is not held"), []) }
        time.resume(at: now)
        return (.done(), [])
    }

    private mutating func shift(by delta: Duration, _ now: BootTime) -> (ActionOutcome, [Step]) {
        var moved = delta.nanoseconds
        if moved < 0, let next = tracks.firstPlacedTime {
            moved = max(moved, -max(0, next - time.placedTime(at: now)))
        }
        let steps = movePlaced(by: moved)
        undo.remember(.shift(by: moved))
        return (.done(moved: .nanoseconds(moved)), steps)
    }

    private mutating func movePlaced(by delta: Int64) -> [Step] {
        let steps = disarm { $0.track == .placed }
        time.shift(by: delta)
        return steps
    }

    // MARK: Single cues

    private mutating func skip(_ name: String) -> (ActionOutcome, [Step]) {
        guard let target = pending(name) else { return (.refused(whyNotPending(name)), []) }
        let items = tracks.filter { $0.isPendingCue && $0.dispatch.occurrence == target }
        let skip = Undoable.Skip(
            occurrence: target, items: items,
            wouldLeave: items.isEmpty ? rundown.queued(target) : items,
            progress: rundown[target.entry])
        let steps = drop([target], .operator)
        undo.remember(.skip(skip))
        return (.done(target: timeline.name(of: target)), steps)
    }

    private mutating func fire(_ name: String, _ now: BootTime) -> (ActionOutcome, [Step]) {
        guard zero != nil else { return (.refused("the show has not started"), []) }
        if let target = pending(name) {
            undo.forgetSkip()
            let steps = call(target, now)
            return (.done(target: timeline.name(of: target)), steps)
        }
        guard let first = rundown.occurrence(named: name) else {
            return (.refused("no cue has the id \"\(name)\""), [])
        }
        let again = rundown.again(first)
        if case .metadata(let payload) = timeline.body(of: again, .cue),
            payload.byteCount > Payload.bytesMax
        {
            return (.refused("\"\(name)\" is too long to be fired again"), [])
        }
        rundown.fireAgain(first)
        return (.done(target: timeline.name(of: again)), call(again, now))
    }

    private mutating func take(_ name: String, _ now: BootTime) -> (ActionOutcome, [Step]) {
        guard zero != nil else { return (.refused("the show has not started"), []) }
        guard let target = pending(name) else { return (.refused(whyNotPending(name)), []) }
        undo.forget()
        let entry = target.entry
        var steps: [Step] = []
        var moved: Duration?
        switch timeline.entries[entry].position {
        case .floating where rundown[entry].firstKey == nil:
            // A repeat without end goes on below the rest of the show; it has no last one to skip.
            for above in current.lowerBound..<entry where !timeline.isEndless(above) {
                while let other = nextPending(above) { steps += drop([other], .taken) }
            }
            let (outcome, called) = callManual(entry, now)
            return (outcome, steps + called)
        case .instant(let instant):
            if let time = time.placedTime(of: instant) {
                steps += dropPlaced(before: time, except: target, .taken)
            }
        case .placed, .floating:
            guard let due = placedTime(of: target) else { break }
            steps += dropPlaced(before: due, except: target, .taken)
            let delta = time.placedTime(ofCallAt: now) - due
            steps += movePlaced(by: delta)
            moved = .nanoseconds(delta)
        }
        steps += call(target, now)
        return (.done(target: timeline.name(of: target), moved: moved), steps)
    }

    /// The placed time of an occurrence: of the first of its channels that waits for it, or of all.
    private func placedTime(of occurrence: Occurrence) -> Int64? {
        tracks.filter { $0.track == .placed && $0.dispatch.occurrence == occurrence }
            .map(\.trackTime).min() ?? rundown.trackTime(of: occurrence)
    }

    // MARK: GO

    private mutating func go(_ name: String?, _ now: BootTime) -> (ActionOutcome, [Step]) {
        guard zero != nil else { return (.refused("the show has not started"), []) }
        guard let entry = rundown.offered else {
            return (.refused("no manual cue is on offer"), [])
        }
        let offered = timeline.entries[entry].cue.id
        if let name, name != offered {
            return (.refused("\"\(name)\" is not on offer, \"\(offered)\" is"), [])
        }
        if let lastGo, now - lastGo < Self.goGuard {
            return (.refused("a GO was given less than 2 s ago"), [])
        }
        lastGo = now
        undo.forgetSkip()
        return callManual(entry, now)
    }

    /// Sends a manual cue and places what floats on it.
    private mutating func callManual(_ entry: Int, _ now: BootTime) -> (ActionOutcome, [Step]) {
        for follower in rundown.place(entry, at: time.placedTime(ofCallAt: now)) {
            generate(follower, number: 1)
        }
        let target = Occurrence(entry: entry)
        let steps = call(target, now)
        return (.done(target: timeline.name(of: target)), steps)
    }

    /// Sends an occurrence at once on all the channels that still wait for it.
    private mutating func call(_ occurrence: Occurrence, _ now: BootTime) -> [Step] {
        let entry = occurrence.entry
        let (waiting, steps) = withdraw([occurrence])
        rundown.call(entry)
        for channel in waiting[occurrence]?.sorted() ?? timeline.entries[entry].cue.channels {
            let dispatch = Dispatch(occurrence: occurrence, channel: channel)
            let due = time.calledTime(at: now, offset: timeline.channelOffsets[channel])
            tracks.queue(QueuedDispatch(dispatch, on: .called, at: due))
        }
        return steps
    }

    // MARK: Undo

    private mutating func revert(_ now: BootTime) -> (ActionOutcome, [Step]) {
        let (time, ahead) = (time, ahead)
        undo.expire { time.due($0).map { $0 - ahead <= now } ?? false }
        switch undo.last {
        case nil: return (.refused("there is no shift or skip that has not taken effect"), [])
        case .shift(let moved):
            let (outcome, steps) = shift(by: .nanoseconds(-moved), now)
            undo.forget()
            return (outcome, steps)
        case .skip(let skip):
            undo.forget()
            return (.done(target: timeline.name(of: skip.occurrence)), restore(skip))
        }
    }

    /// Brings back what was skipped, on the channels that it waited for.
    private mutating func restore(_ skip: Undoable.Skip) -> [Step] {
        rundown.undoSkip(of: skip.occurrence, before: skip.progress)
        for item in skip.items { tracks.queue(item) }
        let channels =
            skip.items.isEmpty
            ? timeline.entries[skip.occurrence.entry].cue.channels
            : skip.items.map(\.dispatch.channel)
        return skipped(skip.occurrence, on: channels.sorted(), .operator).map { step in
            if case .skipped(let dispatch, _) = step { .restored(dispatch) } else { step }
        }
    }

    // MARK: What is pending

    /// The occurrence of that name that is still to come; of a repeated cue without a number, the
    /// next one.
    private func pending(_ name: String) -> Occurrence? {
        guard let named = rundown.occurrence(named: name) else { return nil }
        if !name.contains("#") { return nextPending(named.entry) }
        return rundown.isAhead(named) || isQueued(named) ? named : nil
    }

    private func isQueued(_ occurrence: Occurrence) -> Bool {
        tracks.contains { $0.isPendingCue && $0.dispatch.occurrence == occurrence }
    }

    private func nextPending(_ entry: Int) -> Occurrence? {
        let last = Occurrence(entry: entry, number: rundown[entry].lastNumber)
        guard last.number > 0, isQueued(last) else { return rundown.nextAhead(of: entry) }
        // One number earlier may still be armed, since the next is made when it is.
        let earlier = Occurrence(entry: entry, number: last.number - 1)
        return isQueued(earlier) ? earlier : last
    }

    private func whyNotPending(_ name: String) -> String {
        rundown.occurrence(named: name) == nil
            ? "no cue has the id \"\(name)\"" : "\"\(name)\" is not pending any more"
    }
}
