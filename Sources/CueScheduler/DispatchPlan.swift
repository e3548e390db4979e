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
package enum SkipReason: String, Sendable {
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

struct QueuedDispatch: Sendable {
    var planned: TimelineDispatch
    var track: DispatchPlan.Track
    var dispatch: Dispatch { planned.dispatch }
    var key: Int64 { planned.due }
}

/// Knows what is due when: a pure state machine over a timeline, without a clock of its own.
///
/// Every input carries the boot clock's `now`; every answer is a list of steps in the order they
/// are to be taken. Times are nanoseconds. Four tracks differ in what moves them:
///
///     placed   after zero, or after a GO     moved by hold and shift
///     pinned   parts of a begun occurrence   moved by hold
///     instant  at a moment of civil time     moved by nothing; waits while the show is held
///     called   GO, take and fire             moved by nothing, leaves even while held
package struct DispatchPlan: Sendable {
    /// Ahead of its leaving a dispatch is armed by this much: about a second, and no whole one, so
    /// that in a show of whole seconds nothing is written and signed at the moment that others leave.
    package static let notice: Duration = .milliseconds(1_037)
    /// A second GO within this time is a slip of the finger.
    package static let goGuard: Duration = .seconds(2)

    package internal(set) var timeline: Timeline
    /// Entries below this one belong to the sheet before an edit: what of them has begun goes on,
    /// the rest has gone over to their heirs.
    var firstCurrent = 0
    package private(set) var zero: Zero?
    /// Set by the show from recent round trips; a dispatch leaves this much before it is due.
    package var lead: Duration = .zero
    /// So much before it leaves, it is handed over to be sent.
    package var handOff: Duration = .zero
    var ahead: Duration { lead + handOff }
    let encoderDelay: Int64
    let speed: Double

    var queues: [Track: Heap<QueuedDispatch>] = [:]
    var armed: [QueuedDispatch] = []
    /// Left and not yet attempted: an operator's action may still reach them.
    var recallable: [Dispatch: QueuedDispatch] = [:]
    /// By entry: the key of the first occurrence on its track, once that is known.
    var bases: [Int64?]
    /// By entry: the highest number that was put in a queue.
    var generated: [Int]
    /// Went to some of their channels already; the rest no longer follows shifts.
    var torn: Set<Occurrence> = []
    /// By entry: some part has left or ended.
    var hasComeDue: [Bool]
    /// By entry: a manual cue that was called, fired, taken or skipped.
    var isUsed: [Bool]
    var skippedAhead: Set<Occurrence> = []
    /// By occurrence with firing 1: how often it was fired.
    var firings: [Occurrence: Int] = [:]
    /// What the operator moved the placed ones by, and how long the clock stood still, so far.
    var shift: Int64 = 0
    var held: Int64 = 0
    var holdMoment: Int64?
    var lastGo: Int64?
    package private(set) var hasLeft = false
    /// The last shift or skip, until it has taken effect.
    package internal(set) var undoable: Undoable?

    package enum Track: Sendable, CaseIterable {
        case placed
        case pinned
        case instant
        case called
    }

    package init(timeline: Timeline, encoderDelay: Duration = .zero, speed: Double = 1) {
        self.timeline = timeline
        self.encoderDelay = encoderDelay.nanoseconds
        self.speed = speed
        let count = timeline.entries.count
        bases = Array(repeating: nil, count: count)
        generated = Array(repeating: 0, count: count)
        hasComeDue = Array(repeating: false, count: count)
        isUsed = Array(repeating: false, count: count)
        for track in Track.allCases {
            queues[track] = Heap { TimelineDispatch.precedes($0.planned, $1.planned) }
        }
        for entry in timeline.entries.indices {
            switch timeline.entries[entry].position {
            case .placed(let time): bases[entry] = time.nanoseconds
            case .instant(let time): bases[entry] = time.nanoseconds
            case .floating: continue
            }
            if let first = timeline.firstNumber(of: entry) { generate(entry, number: first) }
        }
    }

    // MARK: Clocks

    package var isHeld: Bool { holdMoment != nil }

    /// The show's clock: nanoseconds since zero, less what it stood still.
    package func showTime(at now: BootTime) -> Int64? {
        if let holdMoment { return zero == nil ? nil : holdMoment }
        return raw(at: now).map { $0 - held }
    }

    func raw(at now: BootTime) -> Int64? {
        zero.map { Int64((Double((now - $0.boot).nanoseconds) * speed).rounded()) }
    }

    /// How far off the show's clock a placed key lies: encoder delay, unless zero is the stream's
    /// own start, and the operator's shifts.
    var placedOffset: Int64 {
        shift + (zero?.source == .stream ? 0 : encoderDelay)
    }

    /// Zero may move until the first dispatch has left.
    package mutating func align(_ zero: Zero) -> [Step] {
        let steps = disarmAll(where: { $0.track != .called })
        self.zero = zero
        if holdMoment != nil { holdMoment = 0 }
        return steps
    }

    /// The moment at which an item is due; nil while it stands still or zero is unknown.
    func due(_ item: QueuedDispatch) -> BootTime? {
        guard let zero else { return nil }
        switch item.track {
        case .called: return BootTime(nanoseconds: item.key)
        case .instant:
            return isHeld ? nil : zero.boot + (WallTime(nanoseconds: item.key) - zero.wall)
        case .placed, .pinned:
            guard !isHeld else { return nil }
            let moment = Double(item.key + offset(item.track) + held) / speed
            return BootTime(nanoseconds: zero.boot.nanoseconds + Int64(moment.rounded()))
        }
    }

    func offset(_ track: Track) -> Int64 { track == .placed ? placedOffset : 0 }

    func planned(_ item: QueuedDispatch) -> ScheduledDispatch? {
        guard let zero, let due = due(item) else { return nil }
        let moment: WallTime
        let raw = raw(at: due) ?? 0
        var showTime = holdMoment ?? raw - held
        switch item.track {
        case .instant: moment = WallTime(nanoseconds: item.key)
        case .called: moment = zero.wall + .nanoseconds(raw)
        case .placed, .pinned:
            showTime = item.key + offset(item.track)
            moment = zero.wall + .nanoseconds(showTime + held)
        }
        var deadline: BootTime?
        let cue = timeline.entries[item.dispatch.occurrence.entry].cue
        if case .within(let budget) = cue.late { deadline = due + budget }
        if case .again = item.dispatch.part, let again = cue.again {
            // Later than its successor, a repetition is of no use.
            deadline = due + min(again, deadline.map { $0 - due } ?? again)
        }
        return ScheduledDispatch(
            dispatch: item.dispatch, due: due, moment: moment, deadline: deadline,
            showTime: showTime)
    }

    // MARK: Time passing

    /// All that is to be done by now.
    package mutating func advance(to now: BootTime) -> [Step] {
        var steps: [Step] = []
        expireUndo(now)
        while let item = popReady(now) {
            armed.append(item)
            if let planned = planned(item) { steps.append(.arm(planned)) }
        }
        let leaving = armed.filter { leaves($0, by: now) }
        guard !leaving.isEmpty else { return steps }
        armed = armed.filter { !leaves($0, by: now) }
        let order = leaving.compactMap { item in planned(item).map { (item, $0) } }
            .sorted { $0.1.due == $1.1.due ? precedes($0.0, $1.0) : $0.1.due < $1.1.due }
        for (item, planned) in order {
            begin(item)
            if item.track == .placed, case .shift = undoable { undoable = nil }
            if let deadline = planned.deadline, now > deadline {
                steps.append(.missed(planned))
            } else {
                steps.append(.leave(planned))
                hasLeft = true
                if item.track != .called { recallable[item.dispatch] = pinned(item) }
            }
        }
        return steps
    }

    /// Takes note that an attempt begins: what was sent is moved by nothing any more.
    package mutating func commit(_ dispatch: Dispatch) {
        recallable[dispatch] = nil
    }

    /// Whether a dispatch can be taken back; what the operator called can't, it is on its way.
    package func canRecall(_ dispatch: Dispatch) -> Bool { recallable[dispatch] != nil }

    /// Takes back what left and was not attempted, because the rate held it up: it is unsent, and
    /// the operator's actions are about what is unsent.
    package mutating func recall(_ dispatches: [Dispatch]) {
        for dispatch in dispatches {
            guard let item = recallable.removeValue(forKey: dispatch) else { continue }
            queues[item.track]?.push(item)
        }
    }

    /// An item as it comes back: of a cue that went to several channels, one may have gone, and no
    /// operator tears a cue apart.
    private func pinned(_ item: QueuedDispatch) -> QueuedDispatch {
        guard item.track == .placed, item.dispatch.part == .cue,
            timeline.entries[item.dispatch.occurrence.entry].cue.channels.count > 1
        else { return item }
        var pinned = item
        pinned.planned.due += placedOffset
        pinned.track = .pinned
        return pinned
    }

    private func precedes(_ a: QueuedDispatch, _ b: QueuedDispatch) -> Bool {
        TimelineDispatch.precedes(a.planned, b.planned)
    }

    private func leaves(_ item: QueuedDispatch, by now: BootTime) -> Bool {
        due(item).map { $0 - ahead <= now } ?? false
    }

    private mutating func popReady(_ now: BootTime) -> QueuedDispatch? {
        for track in Track.allCases {
            if let first = queues[track]?.first, let due = due(first),
                due - ahead - Self.notice <= now, let item = queues[track]?.pop()
            {
                if item.dispatch.part == .cue { generateNext(after: item) }
                return item
            }
        }
        return nil
    }

    /// When `advance` has something to do next; nil while nothing will happen by itself.
    package var nextWake: BootTime? {
        var wake: BootTime?
        for track in Track.allCases {
            guard let first = queues[track]?.first, let due = due(first) else { continue }
            let moment = due - ahead - Self.notice
            wake = min(wake ?? moment, moment)
        }
        for item in armed {
            guard let due = due(item) else { continue }
            let moment = due - ahead
            wake = min(wake ?? moment, moment)
        }
        return wake
    }

    /// The dispatch that is due next, for the operator's eyes.
    package var next: ScheduledDispatch? {
        var items = armed.filter { !$0.dispatch.part.isAgain }
        for track in Track.allCases {
            let first = queues[track]?.first { !$0.dispatch.part.isAgain }
            if let first { items.append(first) }
        }
        return items.compactMap(planned).min { $0.due < $1.due }
    }

    // MARK: Generating

    mutating func enqueue(_ dispatch: Dispatch, on track: Track, key: Int64) {
        queues[track]?.push(
            QueuedDispatch(planned: TimelineDispatch(due: key, dispatch: dispatch), track: track))
    }

    private mutating func generateNext(after item: QueuedDispatch) {
        let occurrence = item.dispatch.occurrence
        guard occurrence.firing == 1, occurrence.number == generated[occurrence.entry] else {
            return
        }
        generate(occurrence.entry, number: occurrence.number + 1)
    }

    /// Puts an occurrence's question in the queue, on all its channels.
    mutating func generate(_ entry: Int, number: Int) {
        guard let base = bases[entry], timeline.contains(entry, number: number) else { return }
        generated[entry] = number
        let occurrence = Occurrence(entry: entry, number: number)
        let cue = timeline.entries[entry].cue
        guard skippedAhead.remove(occurrence) == nil else {
            return generate(entry, number: number + 1)
        }
        for channel in cue.channels { enqueueQuestion(occurrence, channel: channel, base: base) }
    }

    func track(of entry: Int) -> Track {
        if case .instant = timeline.entries[entry].position { .instant } else { .placed }
    }

    mutating func enqueueQuestion(_ occurrence: Occurrence, channel: Int, base: Int64) {
        let entry = occurrence.entry
        let every = timeline.entries[entry].cue.repetition?.every.nanoseconds ?? 0
        let offset = timeline.channelOffsets[channel].nanoseconds
        enqueue(
            Dispatch(occurrence: occurrence, channel: channel), on: track(of: entry),
            key: base + every * Int64(occurrence.number - 1) + offset)
    }

    /// Notes that an item leaves its queue for good. What remains of its occurrence on other
    /// channels no longer follows shifts, so that no operator tears a cue apart.
    private mutating func begin(_ item: QueuedDispatch) {
        hasComeDue[item.dispatch.occurrence.entry] = true
        guard item.track == .placed, item.dispatch.part == .cue,
            timeline.entries[item.dispatch.occurrence.entry].cue.channels.count > 1
        else { return }
        let occurrence = item.dispatch.occurrence
        guard torn.insert(occurrence).inserted else { return }
        for index in armed.indices where armed[index].dispatch.occurrence == occurrence {
            guard armed[index].track == .placed else { continue }
            armed[index].planned.due += placedOffset
            armed[index].track = .pinned
        }
        guard let rest = queues[.placed]?.removeAll(where: { $0.dispatch.occurrence == occurrence })
        else { return }
        for other in rest {
            enqueue(other.dispatch, on: .pinned, key: other.key + placedOffset)
        }
    }

    // MARK: Resuming

    /// Takes out a dispatch that has come to its end in an earlier life of this run, as it then
    /// was planned; nil where it is not pending, because its fate was settled already.
    package mutating func resolve(_ dispatch: Dispatch, hasLeft left: Bool) -> ScheduledDispatch? {
        let occurrence = dispatch.occurrence
        while dispatch.part == .cue, occurrence.firing == 1 {
            let made = generated[occurrence.entry]
            guard made < occurrence.number else { break }
            generate(
                occurrence.entry,
                number: max(made + 1, timeline.firstNumber(of: occurrence.entry) ?? 1))
            if generated[occurrence.entry] == made { break }
        }
        var found: QueuedDispatch?
        if let index = armed.firstIndex(where: { $0.dispatch == dispatch }) {
            found = armed.remove(at: index)
        } else {
            for track in Track.allCases where found == nil {
                found = queues[track]?.removeAll { $0.dispatch == dispatch }.first
            }
            if let found, dispatch.part == .cue { generateNext(after: found) }
        }
        guard let item = found else { return nil }
        // It left before a hold that may stand now.
        let moment = holdMoment
        holdMoment = nil
        defer { holdMoment = moment }
        let planned = planned(item)
        begin(item)
        if left { hasLeft = true }
        return planned
    }

    /// Puts back whatever is armed, as if its second had not come yet.
    package mutating func disarm() {
        _ = disarmAll { _ in true }
    }

    /// Drops the repetitions of a question that were sent already: those due up to that moment.
    package mutating func dropRepetitions(
        of occurrence: Occurrence, channel: Int, through moment: BootTime
    ) {
        // Both are the same moment, but one was written in whole microseconds.
        let end = moment + .milliseconds(1)
        let items = armed + (queues[.pinned]?.elements ?? [])
        let sent = Set(
            items.filter { item in
                item.dispatch.part.isAgain && item.dispatch.occurrence == occurrence
                    && item.dispatch.channel == channel
                    && planned(item).map { $0.due <= end } ?? false
            }.map(\.dispatch))
        armed.removeAll { sent.contains($0.dispatch) }
        _ = queues[.pinned]?.removeAll { sent.contains($0.dispatch) }
    }

    // MARK: What follows a question

    /// Takes note of how a question ended; its repetitions and its reveal follow from that.
    package mutating func conclude(_ question: ScheduledDispatch, _ outcome: QuestionOutcome)
        -> [Step]
    {
        guard question.dispatch.part == .cue else { return [] }
        let occurrence = question.dispatch.occurrence
        let entry = occurrence.entry
        var reveal = question.dispatch
        reveal.part = .reveal
        var late: Int64 = 0
        switch outcome {
        case .notSent:
            return timeline.hasReveal(entry) ? [.skipped(reveal, .questionNotSent)] : []
        case .inDoubt: break
        case .sent(let measured):
            if measured > Timeline.lateTolerance {
                late = Int64(Double(measured.nanoseconds) * speed)
            }
        }
        let start = question.showTime
        if outcome != .inDoubt {
            for count in 0..<timeline.againCount(of: entry) {
                var again = question.dispatch
                again.part = .again(count + 1)
                let delay = timeline.delay(of: again.part, in: entry).nanoseconds
                enqueue(again, on: .pinned, key: start + delay)
            }
        }
        if timeline.hasReveal(entry) {
            let delay = timeline.delay(of: .reveal, in: entry).nanoseconds
            enqueue(reveal, on: .pinned, key: start + delay + late)
        }
        return []
    }
}
