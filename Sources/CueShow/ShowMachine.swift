package import CueRunLog
import CueScheduler
import CueSheet
import CueText
import CueTimeline

/// What the machine asks its shell to do, in order.
enum Effect: Sendable {
    case log(RunEvent)
    case prepare(Message)
    case discard(Dispatch)
    case attempt(Message, timeout: Duration)
    case look(channel: Int)
    case warm(connections: Int)
    case renew
}

/// The whole of a show's decisions: a state machine that reads two clocks as parameters and does
/// nothing by itself. `Show` is its shell, the simulation drives both.
struct ShowMachine {
    enum Phase {
        /// Waits for zero.
        case waiting
        /// Zero is known, cues are past their budget, and somebody is asked what to do.
        case asking(past: Int, zero: Zero)
        case running
        /// Nothing new leaves; answers are awaited.
        case ending(reason: String, exit: ExitStatus?)
        case over(Conclusion)
    }

    var timeline: Timeline
    let settings: ShowSettings
    /// So many are kept warm: for the largest group of cues, and one for looking at the stream.
    var connections: Int
    var plan: DispatchPlan
    var limit: RateLimit
    /// By channel.
    var quotas: [RetryQuota]
    var random: SplitMix64
    var phase: Phase = .waiting

    var now: BootTime
    var nowWall: WallTime
    var nowAwake: BootTime
    let started: BootTime
    var effects: [Effect] = []
    /// By id, the cues that an edit of the sheet took out.
    var removed: Set<String> = []
    /// Endings of the last skip, which an undo may still take back.
    var withheld: [(dispatch: Dispatch, reason: SkipReason)] = []

    // Deliveries.
    var deliveries: [Dispatch: Delivery] = [:]
    var waiting: [Heap<Turn>]
    /// Over all channels: on most wake-ups there is nobody, and no channel is looked at.
    var waitingCount = 0
    var turn = 0
    var counts = RunEvent.Counts()
    var lateness: [Duration] = []
    var roundTrips: [Duration] = []
    /// Half the median of recent round trips on warm connections: so long a cue takes to arrive.
    var wayThere: Duration = .zero
    var lastTraffic: BootTime

    // The streams, by channel.
    var streams: [StreamView]
    var nextLook: BootTime
    var lookTurn = 0
    var hasAnswer = false
    /// When the connections were asked for first, and whether they were opened since.
    var warming: BootTime?
    var isWarm = false
    var lastFailure: Failure?
    var onlyManualSince: BootTime?

    // After a resumption.
    /// Armed in an earlier life of this run, and perhaps sent in it.
    var inDoubt: Set<Dispatch> = []
    /// What was due by then may have left before.
    var mayHaveLeft = BootTime(nanoseconds: .min)

    init(
        timeline: Timeline, settings: ShowSettings, seed: UInt64, now: BootTime, wall: WallTime,
        awake: BootTime
    ) {
        self.timeline = timeline
        self.settings = settings
        connections = Self.connections(for: timeline.largestGroup())
        plan = DispatchPlan(
            timeline: timeline, encoderDelay: settings.encoderDelay, speed: settings.speed)
        limit = RateLimit(
            channels: timeline.channels.count, perChannel: settings.limitChannel,
            perAccount: settings.limitAccount, speed: settings.speed)
        quotas = Array(repeating: RetryQuota(), count: timeline.channels.count)
        random = SplitMix64(state: seed)
        self.now = now
        nowWall = wall
        nowAwake = awake
        started = now
        lastTraffic = now
        nextLook = now
        let channels = timeline.channels.count
        waiting = Array(
            repeating: Heap { ($0.time, $0.turn) < ($1.time, $1.turn) }, count: channels)
        streams = Array(repeating: StreamView(), count: channels)
    }

    static func connections(for group: Int) -> Int { min(32, group + 1) }

    /// All that is to be done by now; called after every input and at `nextWake`.
    mutating func advance(now: BootTime, wall: WallTime, awake: BootTime) -> [Effect] {
        let standstill = standstill(now: now, awake: awake)
        noticeClockStep(now: now, wall: wall)
        self.now = now
        nowWall = wall
        nowAwake = awake
        if let standstill { wakeUp(from: standstill) }
        if case .waiting = phase { checkWaiting() }
        if case .running = phase { play() }
        startAttempts()
        if case .running = phase { checkEnd() }
        if case .ending(let reason, let exit) = phase, deliveries.isEmpty {
            finish(reason: reason, exit: exit)
        }
        look()
        keepWarm()
        defer { effects = [] }
        return effects
    }

    /// When `advance` is to be called next where no input comes first.
    var nextWake: BootTime {
        // No wait is longer than a second, so that a suspend and a wall-clock step are noticed.
        var wake = now + .seconds(1)
        if case .running = phase, let next = plan.nextWake { wake = min(wake, next) }
        for channel in waiting.indices where waitingCount > 0 {
            if let time = nextTurn(channel) { wake = min(wake, time) }
        }
        if nextLook > now { wake = min(wake, nextLook) }
        return max(wake, now)
    }

    // MARK: Playing

    private mutating func play() {
        plan.lead = lead
        plan.handOff = settings.speed == 1 ? settings.handOff : .zero
        for step in plan.advance(to: now) { take(step) }
        if !plan.holdsSkip { endSkips() }
    }

    var lead: Duration {
        guard settings.speed == 1 else { return .zero }
        switch settings.lead {
        case .fixed(let lead): return lead
        case .auto: return wayThere
        }
    }

    mutating func note(roundTrip: Duration) {
        roundTrips.append(roundTrip)
        if roundTrips.count > 31 { roundTrips.removeFirst() }
        let sorted = roundTrips.sorted()
        wayThere = min(sorted[sorted.count / 2] / 2, ShowSettings.leadMax)
    }

    mutating func take(_ step: Step) {
        switch step {
        case .arm(let planned):
            guard !planned.dispatch.part.isAgain else { break }
            if !inDoubt.contains(planned.dispatch) {
                log(
                    .cueArmed(
                        cue: name(planned.dispatch), channel: channelName(planned.dispatch),
                        due: wall(planned.due)))
            }
            if !settings.isDryRun { effects.append(.prepare(message(planned))) }
        case .disarm(let dispatch):
            guard !dispatch.part.isAgain else { break }
            inDoubt.remove(dispatch)
            log(.cueDisarmed(cue: name(dispatch), channel: channelName(dispatch)))
            effects.append(.discard(dispatch))
        case .leave(let planned):
            if settings.isDryRun {
                conclude(planned, .skipped(.dryRun))
            } else {
                deliver(planned)
            }
        case .missed(let planned): missed(planned)
        case .skipped(let dispatch, let reason): skip(dispatch, reason)
        case .restored(let dispatch): withheld.removeAll { $0.dispatch == dispatch }
        }
    }

    /// Ends what is past its budget before it was ever in the queue.
    mutating func missed(_ planned: Planned) {
        conclude(
            planned,
            mayBeTakenBefore(planned) ? .inDoubt(reason: "crashed") : .missed(reason: "late"))
    }

    mutating func skip(_ dispatch: Dispatch, _ reason: SkipReason) {
        counts.skipped += 1
        log(
            .cueSkipped(
                cue: name(dispatch), channel: channelName(dispatch), reason: reason.rawValue))
    }

    /// Whether an earlier life of this run may have sent it: it was armed, and its moment was past
    /// when the run was resumed.
    mutating func mayBeTakenBefore(_ planned: Planned) -> Bool {
        inDoubt.remove(planned.dispatch) != nil && planned.due <= mayHaveLeft
    }

    // MARK: The operator

    /// Takes an action and says what came of it.
    mutating func operate(_ action: OperatorAction) -> ActionOutcome {
        let outcome: ActionOutcome
        var steps: [Step] = []
        // In whole microseconds, which the log states: folded again, it is the same moment.
        let at = plan.zero.map { Duration.microseconds((now - $0.boot).microseconds) }
        let moment = plan.zero.flatMap { zero in at.map { zero.boot + $0 } } ?? now
        switch (phase, action) {
        case (.over, _), (.ending, _): outcome = .refused("the run is ending")
        case (_, .stop): outcome = .done()
        case (.waiting, .go(nil)) where settings.start == .manual && plan.zero == nil:
            outcome = .done()
        default:
            // Time first: what is due by now leaves before the action takes hold.
            if case .running = phase { play() }
            startAttempts()
            recall()
            (outcome, steps) = plan.apply(action, now: moment)
        }
        var operated = RunEvent.Operated(
            action: action.name, target: action.target, by: nil, at: at, refused: nil)
        switch outcome {
        case .done(let target, let moved):
            if let target { operated.target = target }
            operated.by = moved
        case .refused(let why):
            operated.refused = why
            if case .shift(let delta) = action { operated.by = delta }
        }
        log(.operator(operated))
        if case .skip = action, case .done = outcome {
            endSkips()
            withhold(steps)
        } else {
            for step in steps { take(step) }
            if !plan.holdsSkip { endSkips() }
        }
        if case .done = outcome {
            if action == .stop { stop(reason: "stopped", exit: nil) }
            if case .waiting = phase, case .go(nil) = action {
                align(to: nowWall, source: .manual)
            }
        }
        return outcome
    }

    /// Ends the run: what has not left is skipped, what has is waited for. Told twice, it waits
    /// no longer.
    mutating func stop(reason: String, exit: ExitStatus?) {
        switch phase {
        case .over: return
        case .ending:
            for dispatch in deliveries.keys.sorted(by: inOrder) { abandon(dispatch) }
        default:
            endSkips()
            recall()
            for step in plan.endAll(.stopped) { take(step) }
            // From here on what a cue in doubt brings up ends at once as well.
            phase = .ending(reason: reason, exit: exit)
            for dispatch in deliveries.keys.sorted(by: inOrder) {
                if deliveries[dispatch]?.isUnderway == false { abandon(dispatch) }
            }
        }
    }

    // MARK: The end

    private mutating func checkEnd() {
        guard plan.hasOnlyManual, deliveries.isEmpty, !plan.isHeld else {
            onlyManualSince = nil
            return
        }
        if plan.hasUncalled {
            let since = onlyManualSince ?? now
            onlyManualSince = since
            let isPatient = settings.endAfter.map { now - since < $0 } ?? settings.isAttended
            if isPatient { return }
            for step in plan.endAll(.notCalled) { take(step) }
        }
        endSkips()
        phase = .ending(reason: "complete", exit: nil)
    }

    mutating func finish(reason: String, exit: ExitStatus?) {
        let isWhole = counts.missed + counts.failed + counts.inDoubt == 0
        let status = exit ?? (isWhole ? .success : .incomplete)
        log(
            .runFinished(
                .init(
                    counts: counts, late: .init(of: lateness), exit: Int(status.rawValue),
                    reason: reason)))
        phase = .over(
            Conclusion(
                status: status, reason: reason, failure: nil, counts: counts,
                late: .init(of: lateness)))
    }

    /// Ends a run that can't be played: every cue as skipped, and why.
    mutating func fail(_ status: ExitStatus, reason: String, failure: Failure?) {
        endSkips()
        for step in plan.endAll(.notPlayed) { take(step) }
        finish(reason: reason, exit: status)
        if case .over(var conclusion) = phase {
            conclusion.failure = failure
            phase = .over(conclusion)
        }
    }

    // MARK: Helpers

    mutating func log(_ event: RunEvent) {
        effects.append(.log(event))
    }

    func name(_ dispatch: Dispatch) -> String {
        timeline.name(of: dispatch.occurrence, dispatch.part)
    }

    func channelName(_ dispatch: Dispatch) -> String {
        timeline.channels[dispatch.channel].name
    }

    /// Civil time of a boot moment: by zero once there is one, so that no clock step moves it.
    func wall(_ time: BootTime) -> WallTime {
        plan.zero?.wall(at: time) ?? nowWall + (time - now)
    }

    func message(_ planned: Planned) -> Message {
        let content: Message.Content
        switch timeline.body(of: planned.dispatch.occurrence, planned.dispatch.part) {
        case .metadata(let payload): content = .metadata(payload.text(due: planned.moment))
        case .adBreak(let seconds): content = .adBreak(seconds: seconds)
        }
        return Message(
            dispatch: planned.dispatch, content: content, leaves: planned.due - plan.lead)
    }

    func inOrder(_ a: Dispatch, _ b: Dispatch) -> Bool {
        PlannedDispatch.precedes(.init(due: 0, dispatch: a), .init(due: 0, dispatch: b))
    }

    /// Whether time went by without us. No wait is longer than a second, so that a longer pause
    /// was not our own.
    private func standstill(now: BootTime, awake: BootTime) -> RunEvent.Suspended? {
        let gap = now - self.now
        let asleep = gap - (awake - nowAwake)
        if asleep > .milliseconds(500) {
            return .init(duration: asleep, isMachine: true)
        }
        return gap > .seconds(3) ? .init(duration: gap, isMachine: false) : nil
    }

    /// Connections may have died meanwhile, and the stream may be another: what is due now goes
    /// over new ones.
    private mutating func wakeUp(from standstill: RunEvent.Suspended) {
        if case .over = phase { return }
        log(.suspended(standstill))
        effects.append(.renew)
        nextLook = now
        guard warming != nil, !settings.isDryRun else { return }
        effects.append(.warm(connections: connections))
        lastTraffic = now
    }

    private mutating func noticeClockStep(now: BootTime, wall: WallTime) {
        let step = (wall - nowWall) - (now - self.now)
        if step > .milliseconds(100) || step < .milliseconds(-100) {
            log(.clockStepped(by: step))
        }
    }
}

/// How a run ended.
package struct Conclusion: Sendable {
    package var status: ExitStatus
    package var reason: String
    /// What the service said where it could not be played at all.
    package var failure: Failure?
    package var counts: RunEvent.Counts
    package var late: RunEvent.Lateness?
}

/// A small generator with a seed, so that a run's jitter can be had again.
/// https://prng.di.unimi.it/splitmix64.c
package struct SplitMix64: RandomNumberGenerator, Sendable {
    package var state: UInt64

    package init(state: UInt64) {
        self.state = state
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    mutating func share() -> Double { Double.random(in: 0...1, using: &self) }
}
