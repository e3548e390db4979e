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

/// The whole of a show's decisions: a state machine that is handed readings of the clocks and does
/// nothing by itself. `Show` is its shell, the simulation drives both.
///
/// What it knows lies in parts, each of which knows one thing: the plan what is due when, the
/// outbox what is on its way, the watch what the streams do. The machine asks them in turn, writes
/// the log, and carries what one of them finds to the others.
struct ShowMachine {
    /// What may follow what:
    ///
    ///     waiting ──> running      zero was found
    ///     running ──> running      a newer stream moves zero before the first cue
    ///     waiting, running ──> asking ──> running, or waiting on the way to a zero of now
    ///     waiting, asking, running ──> ending ──> over
    ///     waiting, asking, running ──> over       it can't be played
    enum Phase {
        /// Waits for zero.
        case waiting
        /// Zero is known, cues are past their budget, and the operator is asked what to do.
        case asking(past: Int, zero: Zero)
        case running
        /// Nothing new leaves; answers are awaited.
        case ending(reason: EndReason, exit: ExitStatus?)
        case over(Conclusion)
    }

    private let settings: ShowSettings
    private(set) var phase: Phase = .waiting
    private(set) var plan: DispatchPlan
    private(set) var outbox: Outbox
    private(set) var tally = RunTally()
    private var streams: StreamWatch
    private var warmth: ConnectionWarmth
    private var latency = LatencyEstimate()
    private var skips = PendingSkips()
    private var edits = EditLedger()
    /// Of a run that was resumed.
    private var earlier: EarlierLife?
    /// Since when only manual cues have been left, and nothing has been on its way.
    private var onlyManualSince: BootTime?
    private var clock: ClockReading
    private var effects: [Effect] = []

    init(timeline: Timeline, settings: ShowSettings, seed: UInt64, at clock: ClockReading) {
        let channels = timeline.channels.count
        self.settings = settings
        self.clock = clock
        plan = DispatchPlan(
            timeline: timeline, encoderDelay: settings.encoderDelay, speed: settings.speed)
        outbox = Outbox(channels: channels, settings: settings, seed: seed)
        streams = StreamWatch(channels: channels, at: clock.boot)
        warmth = ConnectionWarmth(largestGroup: timeline.largestGroup(), at: clock.boot)
    }

    private var now: BootTime { clock.boot }
    private var timeline: Timeline { plan.timeline }

    var conclusion: Conclusion? {
        if case .over(let conclusion) = phase { conclusion } else { nil }
    }

    // MARK: Time passing

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
        if conclusion == nil {
            look()
            warm(warmth.keep(at: now))
        }
        defer { effects = [] }
        return effects
    }

    /// When `advance` is to be called next where no input comes first.
    var nextWake: BootTime {
        // No wait is longer than a second, so that a suspend and a wall-clock step are noticed.
        var wake = now + .seconds(1)
        if case .running = phase, let next = plan.nextWake { wake = min(wake, next) }
        if let turn = outbox.nextTurn(at: now) { wake = min(wake, turn) }
        if let look = streams.nextWake(after: now) { wake = min(wake, look) }
        return max(wake, now)
    }

    private mutating func play() {
        plan.lead = lead
        plan.handOff = settings.speed == 1 ? settings.handOff : .zero
        perform(plan.advance(to: now))
        if !plan.holdsSkip { endSkips() }
    }

    private var lead: Duration {
        guard settings.speed == 1 else { return .zero }
        switch settings.lead {
        case .fixed(let lead): return lead
        case .auto: return latency.oneWayDelay
        }
    }

    /// Connections may have died meanwhile, and the stream may be another: what is due now goes
    /// over new ones.
    private mutating func wakeUp(from standstill: RunEvent.Suspended) {
        guard conclusion == nil else { return }
        log(.suspended(standstill))
        effects.append(.renew)
        streams.lookSoon(at: now)
        warm(warmth.renew(at: now))
    }

    private mutating func look() {
        guard !settings.isDryRun,
            let channel = streams.nextChannel(at: now, hasZero: plan.zero != nil)
        else { return }
        effects.append(.look(channel: channel))
    }

    private mutating func warm(_ connections: Int?) {
        if let connections { effects.append(.warm(connections: connections)) }
    }

    mutating func connectionsOpened() { warmth.opened() }

    // MARK: From a cue's moment to its ending

    private mutating func perform(_ steps: [Step]) {
        for step in steps { perform(step) }
    }

    private mutating func perform(_ step: Step) {
        switch step {
        case .arm(let scheduled):
            let dispatch = scheduled.dispatch
            guard !dispatch.part.isAgain else { break }
            if earlier?.hasArmed(dispatch) != true {
                log(
                    .cueArmed(
                        cue: name(dispatch), channel: channelName(dispatch),
                        due: wall(scheduled.due)))
            }
            if !settings.isDryRun { effects.append(.prepare(message(scheduled))) }
        case .disarm(let dispatch):
            guard !dispatch.part.isAgain else { break }
            earlier?.disarm(dispatch)
            log(.cueDisarmed(cue: name(dispatch), channel: channelName(dispatch)))
            effects.append(.discard(dispatch))
        case .leave(let scheduled):
            if settings.isDryRun {
                conclude(scheduled, .skipped(.dryRun))
            } else {
                deliver(scheduled)
            }
        case .missed(let scheduled): concludePast(scheduled)
        case .skipped(let dispatch, let reason): skip(dispatch, reason)
        case .restored(let dispatch): skips.restore(dispatch)
        }
    }

    private mutating func deliver(_ scheduled: ScheduledDispatch) {
        outbox.add(
            Delivery(
                scheduled, message(scheduled), lead: plan.lead,
                mayHaveArrived: mayHaveBeenSentBefore(scheduled)), at: now)
    }

    /// Whether an earlier life of this run may have sent it: it was armed, and due by the time the
    /// run was resumed.
    private mutating func mayHaveBeenSentBefore(_ scheduled: ScheduledDispatch) -> Bool {
        earlier?.mayHaveSent(scheduled.dispatch, due: scheduled.due) ?? false
    }

    /// Starts every attempt whose turn has come, and ends what has waited too long for its turn.
    private mutating func startAttempts() {
        for channel in timeline.channels.indices where outbox.isDue(channel: channel, at: now) {
            while let departure = outbox.nextDeparture(channel: channel, at: now) {
                switch departure {
                case .expired(let delivery, let ending): conclude(delivery.scheduled, ending)
                case .attempt(let delivery, let timeout):
                    plan.commit(delivery.scheduled.dispatch)
                    warmth.noteTraffic(at: now)
                    effects.append(.attempt(delivery.message, timeout: timeout))
                }
            }
        }
    }

    /// Handles what an attempt came to.
    mutating func receive(_ attempt: Attempt, of dispatch: Dispatch) {
        switch attempt.outcome {
        case .acknowledged:
            guard let delivery = outbox.acknowledge(dispatch) else { return }
            if let sent = attempt.sent { latency.note(roundTrip: attempt.finished - sent) }
            conclude(delivery.scheduled, .sent(attempt))
        case .failed(let failure):
            var isEnding = false
            if case .ending = phase { isEnding = true }
            guard
                let (delivery, consequence) = outbox.fail(
                    dispatch, failure, at: now, isRunEnding: isEnding)
            else { return }
            var failed = RunEvent.AttemptFailed(
                cue: name(dispatch), channel: channelName(dispatch),
                attempt: delivery.progress.attempts, code: failure.code,
                message: failure.message, status: attempt.status, retryIn: nil)
            switch consequence {
            case .retry(let wait):
                failed.retryIn = wait
                log(.attemptFailed(failed))
            case .conclude(let ending):
                log(.attemptFailed(failed))
                conclude(delivery.scheduled, ending)
            }
        }
    }

    /// Ends what was past its budget before it was ever in the outbox.
    private mutating func concludePast(_ scheduled: ScheduledDispatch) {
        let mayHaveArrived = mayHaveBeenSentBefore(scheduled)
        conclude(scheduled, mayHaveArrived ? .inDoubt(.crashed) : .missed(.late))
    }

    /// The one ending of a dispatch: recorded, counted, and told to what follows it.
    private mutating func conclude(_ scheduled: ScheduledDispatch, _ ending: DeliveryEnding) {
        let dispatch = scheduled.dispatch
        let delivery = outbox.remove(dispatch)
        effects.append(.discard(dispatch))
        plan.commit(dispatch)
        guard !dispatch.part.isAgain else {
            if case .sent(let attempt) = ending, let delivery {
                tally.count(.repeated)
                log(.cueRepeated(delivered(delivery, attempt)))
            }
            return
        }
        let undelivered = RunEvent.Undelivered(
            cue: name(dispatch), channel: channelName(dispatch), due: wall(scheduled.due),
            attempts: delivery?.progress.attempts ?? 0)
        var outcome = QuestionOutcome.notSent
        switch ending {
        case .sent(let attempt):
            guard let delivery else { return }
            let delivered = delivered(delivery, attempt)
            tally.count(.sent(late: delivered.late))
            outcome = .sent(late: delivered.late)
            log(.cueSent(delivered))
        case .missed(let reason):
            tally.count(.missed)
            log(.cueMissed(undelivered, reason: .known(reason)))
        case .failed(let failure):
            tally.count(.failed)
            log(.cueFailed(undelivered, code: failure.code, message: failure.message))
        case .inDoubt(let reason):
            tally.count(.inDoubt)
            outcome = .inDoubt
            log(.cueInDoubt(undelivered, reason: .known(reason)))
        case .skipped(let reason): skip(dispatch, reason)
        }
        perform(plan.conclude(scheduled, outcome))
        // What a late answer brings up now comes too late for a run that ends.
        if case .ending = phase { perform(plan.skipAll(.stopped)) }
    }

    private mutating func skip(_ dispatch: Dispatch, _ reason: SkipReason) {
        tally.count(.skipped)
        log(
            .cueSkipped(
                cue: name(dispatch), channel: channelName(dispatch), reason: .known(reason)))
    }

    /// Ends what was skipped for good.
    private mutating func endSkips() {
        for (dispatch, reason) in skips.release() { skip(dispatch, reason) }
    }

    // MARK: The operator

    /// Handles an input and says what came of it.
    mutating func receive(_ input: ShowInput) -> ActionOutcome {
        switch input {
        case .operate(let action): return operate(action)
        case .edit(let edit): return reload(edit)
        case .decide(let decision): decide(decision)
        case .interrupt(let status): stop(reason: .interrupted, exit: status)
        }
        return .done()
    }

    private mutating func operate(_ action: OperatorAction) -> ActionOutcome {
        let outcome: ActionOutcome
        var steps: [Step] = []
        // In whole microseconds, which the log states: folded again, it is the same moment.
        let at = sinceZero
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
            action: .known(action.name), target: action.target, by: nil, at: at, refused: nil)
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
            perform(steps)
            if !plan.holdsSkip { endSkips() }
        }
        if case .done = outcome {
            if action == .stop { stop(reason: .stopped, exit: nil) }
            if case .waiting = phase, case .go(nil) = action {
                align(to: clock.wall, source: .manual)
            }
        }
        return outcome
    }

    /// Performs the steps of a skip: its endings wait until it can't be taken back any more.
    private mutating func withhold(_ steps: [Step]) {
        for step in steps {
            if case .skipped(let dispatch, let reason) = step {
                skips.withhold(dispatch, reason)
            } else {
                perform(step)
            }
        }
    }

    /// Gives back to the plan what waits for the rate and was never attempted, so that an
    /// operator's action finds it among the unsent.
    private mutating func recall() {
        let unsent = outbox.unsent.filter(plan.canRecall)
        guard !unsent.isEmpty else { return }
        outbox.withdraw(unsent)
        plan.recall(unsent.sorted(by: Dispatch.precedes))
    }

    /// Puts an edited sheet in force for what is still to come.
    private mutating func reload(_ edit: SheetEdit) -> ActionOutcome {
        switch phase {
        case .waiting: break
        // Time first: what is due by now leaves as it was.
        case .running: perform(plan.advance(to: now))
        case .asking: return .refused("the show waits for an answer: join, zero or quit")
        case .ending, .over: return .refused("the run is ending")
        }
        let ids = Set(edit.timeline.entries.map(\.cue.id))
        if let back = edits.broughtBack(by: ids) {
            return .refused(
                "it brings back \"\(back)\", which an earlier edit took out; give the cue another id"
            )
        }
        edits.replace(plan.current.map { timeline.entries[$0].cue.id }, by: ids)
        endSkips()
        let steps = plan.replace(edit.timeline)
        warmth.grow(toGroup: edit.largestGroup)
        log(
            .sheetReloaded(
                .init(
                    sheetSHA256: edit.sha256, digests: edit.digests,
                    cues: edit.timeline.entries.count, at: sinceZero,
                    changed: edit.difference.changed, added: edit.difference.added,
                    removed: edit.difference.removed)))
        perform(steps + plan.dropEditedPast(at: now))
        return .done()
    }

    // MARK: The streams

    /// Handles what a look at a channel's stream found.
    mutating func receive(_ answer: StreamAnswer, channel: Int) {
        if case .success = answer.result { latency.note(roundTrip: answer.roundTrip) }
        let name = timeline.channels[channel].name
        for change in streams.note(answer.result, channel: channel) {
            switch change {
            case .session(let status):
                log(
                    .streamSession(
                        channel: name, streamID: status.streamID, startTime: status.startTime))
            case .changed(let from, let to):
                log(.streamChanged(channel: name, from: from, to: to))
            case .restarted: restarted(channel: channel)
            }
        }
        if case .failure(let failure) = answer.result, plan.zero == nil,
            let (status, reason) = failure.endOfShow
        {
            fail(status, reason: reason, failure: failure)
        }
        if streams.hasAnswer { warm(warmth.begin(at: now)) }
        if channel == 0, case .waiting = phase { alignWhereReady() }
    }

    /// A new stream on a channel: before the first cue zero follows it, after that the sheet says.
    private mutating func restarted(channel: Int) {
        guard channel == 0, case .running = phase else { return }
        if !plan.hasLeft, plan.zero?.source != .manual, plan.zero?.source != .now {
            alignWhereReady()
        } else if settings.restart == .hold, plan.hasLeft {
            recall()
            let (outcome, steps) = plan.apply(.hold, now: now)
            guard case .done = outcome else { return }
            log(
                .operator(
                    .init(
                        action: .known(.hold), target: "stream_restart", by: nil, at: sinceZero,
                        refused: nil)))
            perform(steps)
        }
    }

    // MARK: Zero

    private mutating func checkWaiting() {
        if settings.isDryRun {
            alignDryRun()
        } else if let (reason, failure) = streams.endOfWait(
            at: now, limit: settings.wait, needsStream: settings.start != .manual)
        {
            fail(.unavailable, reason: reason, failure: failure)
        } else if settings.start == .now, plan.zero == nil, warmth.isReady(at: now) {
            align(to: clock.wall, source: .now)
        }
    }

    private mutating func alignDryRun() {
        switch settings.start {
        case .stream, .now: align(to: clock.wall, source: .now)
        case .instant(let instant): align(to: instant, source: .instant)
        case .manual: if !settings.isAttended { align(to: clock.wall, source: .now) }
        }
    }

    private mutating func alignWhereReady() {
        guard let startTime = streams.status(channel: 0)?.startTime else { return }
        switch settings.start {
        case .now, .manual: break
        case .stream: align(to: startTime, source: .stream)
        case .instant(let instant):
            let isStreamLater = startTime > instant
            align(
                to: isStreamLater ? startTime : instant,
                source: isStreamLater ? .stream : .instant)
        }
    }

    private mutating func align(to moment: WallTime, source: Zero.Source) {
        let zero = Zero(wall: moment, source: source, nowWall: clock.wall, nowBoot: now)
        if plan.zero?.wall == zero.wall, plan.zero?.source == source { return }
        // Tried on a copy: until somebody has decided, the show has no zero.
        var trial = plan
        _ = trial.align(zero)
        let past = trial.pastBudget(at: now)
        if past.isEmpty || settings.join {
            begin(zero, joins: settings.join)
        } else if settings.isAttended {
            phase = .asking(past: past.count, zero: zero)
        } else {
            fail(.unavailable, reason: .joiningLate, failure: nil)
        }
    }

    private mutating func begin(_ zero: Zero, joins: Bool) {
        perform(plan.align(zero))
        log(
            .streamAligned(
                .init(
                    zero: zero.wall, source: .known(zero.source),
                    streamID: streams.status(channel: 0)?.streamID,
                    // IVS gives whole seconds; the other sources are as good as our own clock.
                    uncertainty: zero.source == .stream ? .seconds(1) : .zero,
                    sinceBoot: .nanoseconds(zero.boot.nanoseconds), bootID: settings.bootID)))
        if settings.skipsInstants { perform(plan.dropInstants(.notRehearsed)) }
        if joins { perform(plan.dropPast(at: now, .joinedLate)) }
        phase = .running
    }

    /// The answer to the question that `.asking` puts.
    private mutating func decide(_ decision: JoinDecision) {
        guard case .asking(_, let zero) = phase else { return }
        switch decision {
        case .join: begin(zero, joins: true)
        case .zeroNow:
            phase = .waiting
            align(to: clock.wall, source: .now)
        case .quit: fail(.unavailable, reason: .joiningLate, failure: nil)
        }
    }

    // MARK: The end

    /// Ends the run: what has not left is skipped, what has is waited for. Told twice, it waits
    /// no longer.
    private mutating func stop(reason: EndReason, exit: ExitStatus?) {
        switch phase {
        case .over: return
        case .ending:
            for delivery in outbox.inOrder { concludeStopped(delivery) }
        default:
            endSkips()
            recall()
            perform(plan.skipAll(.stopped))
            // From here on what a cue in doubt brings up ends at once as well.
            phase = .ending(reason: reason, exit: exit)
            for delivery in outbox.inOrder where !delivery.progress.isUnderway {
                concludeStopped(delivery)
            }
        }
    }

    private mutating func concludeStopped(_ delivery: Delivery) {
        conclude(delivery.scheduled, delivery.progress.ending(.stopped))
    }

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
            perform(plan.skipAll(.notCalled))
        }
        endSkips()
        phase = .ending(reason: .complete, exit: nil)
    }

    /// Ends a run that can't be played: every cue as skipped, and why.
    private mutating func fail(_ status: ExitStatus, reason: EndReason, failure: Failure?) {
        endSkips()
        perform(plan.skipAll(.notPlayed))
        finish(reason: reason, exit: status, failure: failure)
    }

    private mutating func finish(reason: EndReason, exit: ExitStatus?, failure: Failure? = nil) {
        let conclusion = Conclusion(
            status: exit ?? (tally.isWhole ? .success : .incomplete), reason: reason,
            failure: failure, counts: tally.counts, late: tally.lateness)
        log(
            .runFinished(
                .init(
                    counts: conclusion.counts, late: conclusion.late,
                    exit: Int(conclusion.status.rawValue), reason: .known(reason))))
        phase = .over(conclusion)
    }

    // MARK: Resuming

    /// Takes over from the log of a run whose process ended without finishing it; to be called
    /// once, before the first `advance`.
    mutating func resume(_ record: RunRecord) {
        let replay = Replay(record, upon: plan, at: clock, bootID: settings.bootID)
        plan = replay.plan
        tally = replay.tally
        edits = EditLedger(removed: record.removed)
        if plan.zero != nil { phase = .running }
        for (channel, id) in replay.sessions { streams.resume(channel: channel, streamID: id) }
        for (dispatch, reason) in replay.owed { skip(dispatch, reason) }
        for send in replay.sends { outbox.countSend(channel: send.channel, at: send.time) }
        let inDoubt = replay.inDoubt
        earlier = EarlierLife(inDoubt: Set(inDoubt.keys), horizon: replay.horizon)
        // What may have gone a moment ago counts for the rate as if it had gone now.
        let end = wall(replay.horizon)
        for (dispatch, due) in inDoubt where due <= end {
            outbox.countSend(channel: dispatch.channel, at: now)
        }
        for scheduled in replay.pending {
            if let deadline = scheduled.deadline, now > deadline {
                concludePast(scheduled)
            } else {
                deliver(scheduled)
            }
        }
        // What is not in the sheet any more has no other ending than the honest one.
        for gone in replay.gone {
            tally.count(.inDoubt)
            log(
                .cueInDoubt(
                    .init(cue: gone.cue, channel: gone.channel, due: gone.due, attempts: 0),
                    reason: .known(.crashed)))
        }
    }

    // MARK: Words

    private mutating func log(_ event: RunEvent) {
        effects.append(.log(event))
    }

    private func name(_ dispatch: Dispatch) -> String {
        timeline.name(of: dispatch.occurrence, dispatch.part)
    }

    private func channelName(_ dispatch: Dispatch) -> String {
        timeline.channels[dispatch.channel].name
    }

    /// Civil time of a boot moment: by zero once there is one, so that no clock step moves it.
    private func wall(_ time: BootTime) -> WallTime {
        plan.zero?.wall(at: time) ?? clock.wall(at: time)
    }

    /// Now, as the log states moments of the operator: since zero.
    private var sinceZero: Duration? {
        plan.zero.map { .microseconds((now - $0.boot).microseconds) }
    }

    private func message(_ scheduled: ScheduledDispatch) -> Message {
        let content: Message.Content
        switch timeline.body(of: scheduled.dispatch.occurrence, scheduled.dispatch.part) {
        case .metadata(let payload): content = .metadata(payload.text(due: scheduled.moment))
        case .adBreak(let seconds): content = .adBreak(seconds: seconds)
        }
        return Message(
            dispatch: scheduled.dispatch, content: content, leaves: scheduled.due - plan.lead)
    }

    private func delivered(_ delivery: Delivery, _ attempt: Attempt) -> RunEvent.Delivered {
        let scheduled = delivery.scheduled
        let sent = attempt.sent ?? attempt.finished
        let content: RunEvent.Content
        switch delivery.message.content {
        case .metadata(let text): content = .metadata(text)
        case .adBreak(let seconds): content = .adBreak(seconds: seconds)
        }
        return RunEvent.Delivered(
            cue: name(scheduled.dispatch), channel: channelName(scheduled.dispatch),
            due: wall(scheduled.due), sent: wall(sent), acknowledged: wall(attempt.finished),
            lead: delivery.lead, late: sent - (scheduled.due - delivery.lead),
            roundTrip: attempt.finished - sent, attempts: delivery.progress.attempts,
            status: attempt.status ?? 0, requestID: attempt.requestID, content: content)
    }

    func snapshot(at now: BootTime) -> ShowSnapshot {
        var snapshot = ShowSnapshot()
        switch phase {
        case .waiting: snapshot.phase = .waiting
        case .asking(let past, _): snapshot.phase = .asking(past: past)
        case .running: snapshot.phase = .running
        case .ending: snapshot.phase = .ending
        case .over: snapshot.phase = .over
        }
        snapshot.zero = plan.zero
        snapshot.showTime = plan.showTime(at: now).map { .nanoseconds($0) }
        snapshot.isHeld = plan.isHeld
        if case .waiting = phase { snapshot.waitsForGo = settings.start == .manual }
        snapshot.over = .nanoseconds(plan.over(at: now))
        snapshot.offered = plan.offered
        snapshot.counts = tally.counts
        let stream = streams.status(channel: 0)
        snapshot.isLive = stream != nil
        snapshot.viewerCount = stream?.viewerCount
        snapshot.streamFailure = snapshot.isLive ? nil : streams.lastFailure
        snapshot.roundTrip = latency.median
        snapshot.turnedAgo = now - self.now
        return snapshot
    }
}

/// How a run ended.
package struct Conclusion: Sendable {
    package var status: ExitStatus
    package var reason: EndReason
    /// What the service said where it could not be played at all.
    package var failure: Failure?
    package var counts: RunEvent.Counts
    package var late: RunEvent.Lateness?
}
