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
    var plan: DispatchPlan
    var phase: Phase = .waiting

    var clock: ClockReading
    let started: BootTime
    var effects: [Effect] = []
    var edits = EditLedger()
    var skips = PendingSkips()
    /// Of a resumed run.
    var earlier: EarlierLife?
    var outbox: Outbox
    var tally = RunTally()
    var latency = LatencyEstimate()
    var warmth: ConnectionWarmth

    // The streams, by channel.
    var streams: [StreamView]
    var nextLook: BootTime
    var lookTurn = 0
    var hasAnswer = false
    var lastFailure: Failure?
    var onlyManualSince: BootTime?

    init(
        timeline: Timeline, settings: ShowSettings, seed: UInt64, at clock: ClockReading
    ) {
        self.timeline = timeline
        self.settings = settings
        plan = DispatchPlan(
            timeline: timeline, encoderDelay: settings.encoderDelay, speed: settings.speed)
        self.clock = clock
        warmth = ConnectionWarmth(largestGroup: timeline.largestGroup(), at: clock.boot)
        started = clock.boot
        nextLook = clock.boot
        let channels = timeline.channels.count
        outbox = Outbox(channels: channels, settings: settings, seed: seed)
        streams = Array(repeating: StreamView(), count: channels)
    }

    /// All that is to be done by now; called after every input and at `nextWake`.
    mutating func advance(to clock: ClockReading) -> [Effect] {
        let standstill = clock.standstill(since: self.clock)
        if let step = clock.wallStep(since: self.clock) { log(.clockStepped(by: step)) }
        self.clock = clock
        if let standstill { wakeUp(from: standstill) }
        if case .waiting = phase { checkWaiting() }
        if case .running = phase { play() }
        startAttempts()
        if case .running = phase { checkEnd() }
        if case .ending(let reason, let exit) = phase, outbox.isEmpty {
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
        if let turn = outbox.nextTurn(at: now) { wake = min(wake, turn) }
        if nextLook > now { wake = min(wake, nextLook) }
        return max(wake, now)
    }

    /// The boot clock's now.
    var now: BootTime { clock.boot }

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
        case .auto: return latency.oneWayDelay
        }
    }

    mutating func take(_ step: Step) {
        switch step {
        case .arm(let planned):
            guard !planned.dispatch.part.isAgain else { break }
            if earlier?.hasArmed(planned.dispatch) != true {
                log(
                    .cueArmed(
                        cue: name(planned.dispatch), channel: channelName(planned.dispatch),
                        due: wall(planned.due)))
            }
            if !settings.isDryRun { effects.append(.prepare(message(planned))) }
        case .disarm(let dispatch):
            guard !dispatch.part.isAgain else { break }
            earlier?.disarm(dispatch)
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
        case .restored(let dispatch): skips.restore(dispatch)
        }
    }

    /// Ends what is past its budget before it was ever in the queue.
    mutating func missed(_ planned: ScheduledDispatch) {
        conclude(
            planned,
            mayHaveBeenSentBefore(planned) ? .inDoubt(reason: "crashed") : .missed(reason: "late"))
    }

    mutating func skip(_ dispatch: Dispatch, _ reason: SkipReason) {
        tally.count(.skipped)
        log(
            .cueSkipped(
                cue: name(dispatch), channel: channelName(dispatch), reason: reason.rawValue))
    }

    /// Whether an earlier life of this run may have sent it: it was armed, and its moment was past
    /// when the run was resumed.
    mutating func mayHaveBeenSentBefore(_ planned: ScheduledDispatch) -> Bool {
        earlier?.mayHaveSent(planned.dispatch, due: planned.due) ?? false
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
                align(to: clock.wall, source: .manual)
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
            for delivery in outbox.inOrder { abandon(delivery) }
        default:
            endSkips()
            recall()
            for step in plan.skipAll(.stopped) { take(step) }
            // From here on what a cue in doubt brings up ends at once as well.
            phase = .ending(reason: reason, exit: exit)
            for delivery in outbox.inOrder where !delivery.progress.isUnderway {
                abandon(delivery)
            }
        }
    }

    // MARK: The end

    private mutating func checkEnd() {
        guard plan.hasOnlyManual, outbox.isEmpty, !plan.isHeld else {
            onlyManualSince = nil
            return
        }
        if plan.hasUncalled {
            let since = onlyManualSince ?? now
            onlyManualSince = since
            let isPatient = settings.endAfter.map { now - since < $0 } ?? settings.isAttended
            if isPatient { return }
            for step in plan.skipAll(.notCalled) { take(step) }
        }
        endSkips()
        phase = .ending(reason: "complete", exit: nil)
    }

    mutating func finish(reason: String, exit: ExitStatus?) {
        let status = exit ?? (tally.isWhole ? .success : .incomplete)
        let late = tally.lateness
        log(
            .runFinished(
                .init(
                    counts: tally.counts, late: late, exit: Int(status.rawValue),
                    reason: reason)))
        phase = .over(
            Conclusion(
                status: status, reason: reason, failure: nil, counts: tally.counts, late: late))
    }

    /// Ends a run that can't be played: every cue as skipped, and why.
    mutating func fail(_ status: ExitStatus, reason: String, failure: Failure?) {
        endSkips()
        for step in plan.skipAll(.notPlayed) { take(step) }
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
        plan.zero?.wall(at: time) ?? clock.wall(at: time)
    }

    func message(_ planned: ScheduledDispatch) -> Message {
        let content: Message.Content
        switch timeline.body(of: planned.dispatch.occurrence, planned.dispatch.part) {
        case .metadata(let payload): content = .metadata(payload.text(due: planned.moment))
        case .adBreak(let seconds): content = .adBreak(seconds: seconds)
        }
        return Message(
            dispatch: planned.dispatch, content: content, leaves: planned.due - plan.lead)
    }

    /// Connections may have died meanwhile, and the stream may be another: what is due now goes
    /// over new ones.
    private mutating func wakeUp(from standstill: RunEvent.Suspended) {
        if case .over = phase { return }
        log(.suspended(standstill))
        effects.append(.renew)
        nextLook = clock.boot
        warm(warmth.renew(at: clock.boot))
    }

    mutating func warm(_ connections: Int?) {
        if let connections { effects.append(.warm(connections: connections)) }
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
