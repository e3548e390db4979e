import CueSheet
package import CueText
package import CueTimeline

/// A dispatch that the plan has given a moment.
package struct ScheduledDispatch: Hashable, Sendable {
    package var dispatch: Dispatch
    /// When it is to arrive.
    package var due: BootTime
    /// The same moment on the show's calendar, which a payload states; where the show runs faster
    /// than life, it is the moment that it would have had.
    package var moment: WallTime
    /// After this it is not worth sending; nil where any time will do.
    package var deadline: BootTime?
    /// The due moment on the show's clock, from which the parts that follow are counted.
    var showTime: Int64
}

/// What the plan asks of the show.
package enum Step: Hashable, Sendable {
    /// Is due soon: make it ready and note it.
    case arm(ScheduledDispatch)
    /// Was armed, and now is not due soon after all.
    case disarm(Dispatch)
    /// Send it now.
    case leave(ScheduledDispatch)
    case missed(ScheduledDispatch)
    case skipped(Dispatch, SkipReason)
    /// Was skipped, and by an undo is to come after all.
    case restored(Dispatch)
}

/// Why a cue was not meant to be sent.
package enum SkipReason: String, CaseIterable, Sendable {
    case `operator`
    case taken = "taken_past"
    case questionNotSent = "question_not_sent"
    case joinedLate = "joined_late"
    case notCalled = "not_called"
    case notRehearsed = "not_rehearsed"
    case stopped
    /// The run ended before its zero.
    case notPlayed = "not_played"
    case dryRun = "dry_run"
    /// The cue is not in the edited sheet any more.
    case removed
    /// The edited sheet places it where the show's clock has passed already.
    case editedPast = "edited_past"
}

/// What became of a question, for the parts that follow it.
package enum QuestionOutcome: Hashable, Sendable {
    /// How late it left.
    case sent(late: Duration)
    case inDoubt
    case notSent
}

/// What is still to come, for the operator's eyes.
package struct Upcoming: Sendable {
    package var dispatch: Dispatch
    /// Nil before zero. While the show is held, as if it were resumed now.
    package var due: BootTime?
    /// Nanoseconds after zero on the show's clock.
    package var showTime: Int64
}

/// Knows what is due when: a pure state machine over a timeline, without a clock of its own.
///
/// Every input carries the boot clock's `now`; every answer is a list of steps in the order they
/// are to be taken. Its parts are the rundown (what of the timeline has come how far), the tracks
/// (what is queued and armed) and the show's time (when that is due).
package struct DispatchPlan: Sendable {
    /// Ahead of its leaving a dispatch is armed by this much: about a second, and no whole one, so
    /// that in a show of whole seconds nothing is written and signed at the moment that others leave.
    package static let notice: Duration = .milliseconds(1_037)
    /// A second GO within this time is a slip of the finger.
    static let goGuard: Duration = .seconds(2)

    var rundown: Rundown
    var tracks = Tracks()
    var time: ShowTime
    var undo = Undo()
    var lastGo: BootTime?
    package private(set) var hasLeft = false
    /// Set by the show from recent round trips; a dispatch leaves this much before it is due.
    package var lead: Duration = .zero
    /// So much before it leaves, it is handed over to be sent.
    package var handOff: Duration = .zero
    var ahead: Duration { lead + handOff }

    package init(timeline: Timeline, encoderDelay: Duration = .zero, speed: Double = 1) {
        rundown = Rundown(timeline)
        time = ShowTime(encoderDelay: encoderDelay, speed: speed)
        for entry in rundown.current { generateFirst(entry) }
    }

    /// The one timeline of the run: after an edit the earlier entries stand before the edited ones.
    package var timeline: Timeline { rundown.timeline }

    /// The entries of the sheet that is in force.
    package var current: Range<Int> { rundown.current }

    // MARK: Clocks

    package var zero: Zero? { time.zero }

    package var isHeld: Bool { time.isHeld }

    /// The show's clock: nanoseconds since zero, less what it stood still.
    package func showTime(at now: BootTime) -> Int64? { time.reading(at: now) }

    /// What the operator moved the rest by, and how long the clock stood still, up to now.
    package func over(at now: BootTime) -> Int64 { time.over(at: now) }

    /// What the placed ones were moved by so far.
    package var moved: Duration { .nanoseconds(time.shift) }

    /// Moves the placed ones as an earlier life of the run did; nothing is armed yet.
    package mutating func move(by delta: Duration) { time.shift(by: delta.nanoseconds) }

    /// Zero may move until the first dispatch has left.
    package mutating func align(_ zero: Zero) -> [Step] {
        let steps = disarm { $0.track != .called }
        time.align(zero)
        return steps
    }

    /// A dispatch with its due moment and its deadline by that clock; nil while it stands still or
    /// zero is unknown.
    private func schedule(_ item: QueuedDispatch, by time: ShowTime) -> ScheduledDispatch? {
        guard let (due, calendar, showTime) = time.moment(of: item) else { return nil }
        var deadline: BootTime?
        let cue = timeline.entries[item.dispatch.occurrence.entry].cue
        if case .within(let budget) = cue.late { deadline = due + budget }
        if case .again = item.dispatch.part, let again = cue.again {
            // Later than its successor, a repetition is of no use.
            deadline = due + min(again, deadline.map { $0 - due } ?? again)
        }
        return ScheduledDispatch(
            dispatch: item.dispatch, due: due, moment: calendar, deadline: deadline,
            showTime: showTime)
    }

    private func schedule(_ item: QueuedDispatch) -> ScheduledDispatch? {
        schedule(item, by: time)
    }

    // MARK: Time passing

    /// All that is to be done by now.
    package mutating func advance(to now: BootTime) -> [Step] {
        var steps: [Step] = []
        let (time, ahead) = (time, ahead)
        func isPast(_ item: QueuedDispatch, _ notice: Duration = .zero) -> Bool {
            time.due(item).map { $0 - ahead - notice <= now } ?? false
        }
        undo.expire { isPast($0) }
        while let item = tracks.arm(where: { isPast($0, Self.notice) }) {
            generateNext(after: item)
            if let scheduled = schedule(item) { steps.append(.arm(scheduled)) }
        }
        let leaving = tracks.release { isPast($0) }
        for (item, scheduled) in inOrder(leaving, by: time) {
            begin(item)
            undo.noteLeft(item)
            if let deadline = scheduled.deadline, now > deadline {
                steps.append(.missed(scheduled))
            } else {
                steps.append(.leave(scheduled))
                hasLeft = true
                // What the operator called is on its way, no action is about it any more.
                if item.track != .called {
                    tracks.keepRecallable(canBePartlySent(item) ? time.pinning(item) : item)
                }
            }
        }
        return steps
    }

    /// When `advance` has something to do next; nil while nothing will happen by itself.
    package var nextWake: BootTime? {
        tracks.earliest(
            leaves: { time.due($0).map { $0 - ahead } },
            isArmed: { time.due($0).map { $0 - ahead - Self.notice } })
    }

    private func inOrder(
        _ items: [QueuedDispatch], by time: ShowTime
    ) -> [(item: QueuedDispatch, scheduled: ScheduledDispatch)] {
        items.compactMap { item in schedule(item, by: time).map { (item, $0) } }
            .sorted {
                $0.1.due == $1.1.due ? QueuedDispatch.precedes($0.0, $1.0) : $0.1.due < $1.1.due
            }
    }

    /// Notes that an item leaves its queue for good. What remains of its occurrence on other
    /// channels no longer follows shifts, so that no operator tears a cue apart.
    private mutating func begin(_ item: QueuedDispatch) {
        let occurrence = item.dispatch.occurrence
        rundown.comeDue(occurrence.entry)
        if canBePartlySent(item), rundown.sendPart(of: occurrence) {
            tracks.pin(occurrence, by: time)
        }
    }

    private func canBePartlySent(_ item: QueuedDispatch) -> Bool {
        item.track == .placed && item.dispatch.part == .cue
            && timeline.entries[item.dispatch.occurrence.entry].cue.channels.count > 1
    }

    // MARK: Taking back

    /// Takes note that an attempt begins: what was sent is moved by nothing any more.
    package mutating func commit(_ dispatch: Dispatch) { tracks.commit(dispatch) }

    /// Whether a dispatch has left and can be taken back.
    package func canRecall(_ dispatch: Dispatch) -> Bool { tracks.isRecallable(dispatch) }

    /// Takes back what left and was not attempted, because the rate held it up: it is unsent, and
    /// the operator's actions are about what is unsent. Of a cue that went to several channels, one
    /// may have gone; the others stay where they were due.
    package mutating func recall(_ dispatches: [Dispatch]) { tracks.recall(dispatches) }

    /// Puts armed dispatches back in their queues.
    mutating func disarm(where matches: (QueuedDispatch) -> Bool) -> [Step] {
        tracks.disarm(where: matches).map { .disarm($0) }
    }

    // MARK: Generating

    private mutating func generateNext(after item: QueuedDispatch) {
        let occurrence = item.dispatch.occurrence
        guard item.dispatch.part == .cue, occurrence.firing == 1,
            occurrence.number == rundown[occurrence.entry].lastNumber
        else { return }
        generate(occurrence.entry, number: occurrence.number + 1)
    }

    mutating func generateFirst(_ entry: Int) {
        guard let first = timeline.firstNumber(of: entry) else { return }
        generate(entry, number: first)
    }

    /// Puts an occurrence's cue in the queue, on all its channels.
    mutating func generate(_ entry: Int, number: Int) {
        if let occurrence = rundown.reach(entry, number: number) { queue(occurrence) }
    }

    mutating func queue(_ occurrence: Occurrence) {
        for item in rundown.queued(occurrence) { tracks.queue(item) }
    }

    // MARK: Ending unsent

    /// Takes the cues of these occurrences out of every queue, and makes the next ones of those that
    /// repeat. By occurrence, the channels that still waited for it.
    mutating func withdraw(
        _ occurrences: Set<Occurrence>
    ) -> (waiting: [Occurrence: [Int]], steps: [Step]) {
        let (armed, queued) = tracks.remove {
            $0.isPendingCue && occurrences.contains($0.dispatch.occurrence)
        }
        var waiting: [Occurrence: [Int]] = [:]
        for item in armed + queued {
            waiting[item.dispatch.occurrence, default: []].append(item.dispatch.channel)
        }
        for occurrence in occurrences where occurrence.firing == 1 {
            let last = rundown[occurrence.entry].lastNumber
            if waiting[occurrence] == nil, occurrence.number > last {
                rundown.skipAhead(occurrence)
            } else if occurrence.number == last {
                generate(occurrence.entry, number: last + 1)
            }
        }
        return (waiting, armed.map { .disarm($0.dispatch) })
    }

    /// Ends pending occurrences unsent, their reveals with them.
    mutating func drop(_ occurrences: Set<Occurrence>, _ reason: SkipReason) -> [Step] {
        var (waiting, steps) = withdraw(occurrences)
        let ordered = occurrences.sorted { ($0.entry, $0.number) < ($1.entry, $1.number) }
        for occurrence in ordered {
            rundown.passOver(occurrence.entry)
            steps += skipped(occurrence, on: waiting[occurrence]?.sorted(), reason)
        }
        return steps
    }

    /// Ends every placed cue that is due before that time, the repeats up to there included.
    mutating func dropPlaced(
        before time: Int64, except target: Occurrence? = nil, _ reason: SkipReason
    ) -> [Step] {
        dropAll(reason) { plan in
            plan.tracks.filter {
                $0.track == .placed && $0.trackTime < time && $0.dispatch.occurrence != target
            }.map(\.dispatch)
        }
    }

    /// Ends what is set for an instant before that one, the repeats up to there included.
    mutating func dropInstants(before instant: WallTime, _ reason: SkipReason) -> [Step] {
        dropAll(reason) { plan in
            plan.tracks.filter {
                $0.track == .instant && $0.trackTime < instant.nanoseconds
            }.map(\.dispatch)
        }
    }

    /// Ends what is found, then what follows it and is found too, until nothing is.
    private mutating func dropAll(
        _ reason: SkipReason, _ find: (DispatchPlan) -> [Dispatch]
    ) -> [Step] {
        var steps: [Step] = []
        while true {
            let found = Set(find(self).map(\.occurrence))
            if found.isEmpty { return steps }
            steps += drop(found, reason)
        }
    }

    /// The endings of an occurrence on some of its channels; on all of them where none are given.
    func skipped(
        _ occurrence: Occurrence, on channels: [Int]? = nil, _ reason: SkipReason
    ) -> [Step] {
        (channels ?? timeline.entries[occurrence.entry].cue.channels).flatMap {
            skipped(Dispatch(occurrence: occurrence, channel: $0), reason)
        }
    }

    /// The ending of a cue on one channel, and of the reveal that would have followed it.
    func skipped(_ cue: Dispatch, _ reason: SkipReason) -> [Step] {
        guard timeline.hasReveal(cue.occurrence.entry) else { return [.skipped(cue, reason)] }
        var reveal = cue
        reveal.part = .reveal
        return [.skipped(cue, reason), .skipped(reveal, .questionNotSent)]
    }

    // MARK: What follows a question

    /// Takes note of how a question ended; its repetitions and its reveal follow from that.
    package mutating func conclude(
        _ question: ScheduledDispatch, _ outcome: QuestionOutcome
    ) -> [Step] {
        guard question.dispatch.part == .cue else { return [] }
        let entry = question.dispatch.occurrence.entry
        var reveal = question.dispatch
        reveal.part = .reveal
        var late: Int64 = 0
        switch outcome {
        case .notSent:
            return timeline.hasReveal(entry) ? [.skipped(reveal, .questionNotSent)] : []
        case .inDoubt: break
        case .sent(let measured):
            if measured > Timeline.lateTolerance { late = time.scaled(measured) }
        }
        let start = question.showTime
        if outcome != .inDoubt {
            for count in 0..<timeline.againCount(of: entry) {
                var again = question.dispatch
                again.part = .again(count + 1)
                let delay = timeline.delay(of: again.part, in: entry).nanoseconds
                tracks.queue(QueuedDispatch(again, on: .pinned, at: start + delay))
            }
        }
        if timeline.hasReveal(entry) {
            let delay = timeline.delay(of: .reveal, in: entry).nanoseconds
            tracks.queue(QueuedDispatch(reveal, on: .pinned, at: start + delay + late))
        }
        return []
    }
}

/// Beginnings and ends of a run.
extension DispatchPlan {
    /// The cues that could not be sent any more if the show went on from here, in order.
    package func pastBudget(at now: BootTime) -> [ScheduledDispatch] {
        tracks.filter { _ in true }.compactMap(schedule)
            .filter { scheduled in scheduled.deadline.map { $0 < now } ?? false }
            .sorted { $0.due < $1.due }
    }

    /// Ends what is past its budget now, and the repeats that follow it up to now.
    package mutating func dropPast(at now: BootTime, _ reason: SkipReason) -> [Step] {
        dropAll(reason) { $0.pastBudget(at: now).map(\.dispatch) }
    }

    /// Ends what is set for an instant: a rehearsal does not wait for the evening.
    package mutating func dropInstants(_ reason: SkipReason) -> [Step] {
        dropInstants(before: WallTime(nanoseconds: .max), reason)
    }

    /// True when nothing is left but what waits for the operator.
    package var hasOnlyManual: Bool { tracks.isEmpty }

    /// True when some manual cue, or what floats on one, was not called yet.
    package var hasUncalled: Bool { rundown.hasUncalled }

    /// Ends everything that is still to come. Repeats without end stop at the one that was next.
    package mutating func skipAll(_ reason: SkipReason) -> [Step] {
        var steps: [Step] = []
        let (armed, queued) = tracks.remove { _ in true }
        for item in (armed + queued).sorted(by: QueuedDispatch.precedes) {
            switch item.dispatch.part {
            case .cue: steps += skipped(item.dispatch, reason)
            case .reveal: steps.append(.skipped(item.dispatch, reason))
            case .again: break
            }
        }
        for entry in current { steps += skipRest(of: entry, reason) }
        return steps
    }

    /// Ends the occurrences that were never in a queue.
    mutating func skipRest(of entry: Int, _ reason: SkipReason) -> [Step] {
        rundown.endRest(of: entry).flatMap { skipped($0, reason) }
    }

    // MARK: Resuming

    /// Takes out a dispatch that has come to its end in an earlier life of this run, as it then
    /// was scheduled; nil where it is not pending, because its fate is known already.
    package mutating func resolve(
        _ dispatch: Dispatch, hasLeft left: Bool
    ) -> ScheduledDispatch? {
        let occurrence = dispatch.occurrence
        while dispatch.part == .cue, occurrence.firing == 1 {
            let last = rundown[occurrence.entry].lastNumber
            guard last < occurrence.number else { break }
            generate(occurrence.entry, number: rundown.nextNumber(of: occurrence.entry))
            if rundown[occurrence.entry].lastNumber == last { break }
        }
        let (armed, queued) = tracks.remove { $0.dispatch == dispatch }
        if let item = queued.first { generateNext(after: item) }
        guard let item = armed.first ?? queued.first else { return nil }
        // It left before a hold that may stand now.
        let scheduled = schedule(item, by: time.beforeHold)
        begin(item)
        if left { hasLeft = true }
        return scheduled
    }

    /// Puts back whatever is armed, as if its second had not come yet.
    package mutating func disarm() {
        _ = tracks.disarm { _ in true }
    }

    /// Drops the repetitions of a question that were sent already: those due up to that moment.
    package mutating func dropRepetitions(
        of occurrence: Occurrence, channel: Int, through moment: BootTime
    ) {
        // Both are the same moment, but one was written in whole microseconds.
        let end = moment + .milliseconds(1)
        let time = time
        _ = tracks.remove { item in
            item.dispatch.part.isAgain && item.dispatch.occurrence == occurrence
                && item.dispatch.channel == channel
                && time.due(item).map { $0 <= end } ?? false
        }
    }
}

/// What is to come, for the operator's eyes.
extension DispatchPlan {
    /// What is due next, in order; of a repeated cue its next occurrence alone.
    package func upcoming(_ count: Int, at now: BootTime) -> [Upcoming] {
        let items = tracks.first(count) { !$0.dispatch.part.isAgain }
        guard zero != nil else {
            let placed = items.filter { $0.track == .placed }.sorted(by: QueuedDispatch.precedes)
            return placed.prefix(count).map {
                Upcoming(dispatch: $0.dispatch, due: nil, showTime: time.showTime(of: $0))
            }
        }
        return inOrder(items, by: time.resumed(at: now)).prefix(count).map {
            Upcoming(
                dispatch: $0.item.dispatch, due: $0.scheduled.due,
                showTime: $0.scheduled.showTime)
        }
    }

    /// The manual cues that were not called yet, in the sheet's order.
    package func waitingForGo(_ count: Int) -> [Dispatch] { rundown.waitingForGo(count) }

    /// The manual cue that GO would call.
    package var offered: String? { rundown.offered.map { timeline.entries[$0].cue.id } }

    /// The last shift or skip, until it has taken effect.
    package var undoable: Undoable? { undo.last }

    /// True while a skip can still be taken back, so that it has not ended its cue yet.
    package var holdsSkip: Bool { undo.holdsSkip }

    /// From now on the last skip stands.
    package mutating func forgetSkip() { undo.forgetSkip() }
}
