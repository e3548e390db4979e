import CueRunLog
import CueScheduler
import CueSheet
import CueText
import CueTimeline

/// The log of a run whose process ended without finishing it, played again up to its end.
///
/// Every line that says how a cue ended takes that cue out of the plan, every action of the
/// operator is folded at its moment. What then has left and has no ending is in doubt where it was
/// armed, since an attempt may have been made and its answer not been written.
struct Replay {
    /// A cue that was armed and neither disarmed nor ended, by its name.
    typealias Armed = (cue: String, channel: String, due: WallTime)

    private(set) var plan: DispatchPlan
    private(set) var tally = RunTally()
    /// Due by the end of the log, without an ending there.
    private var left: [Dispatch: ScheduledDispatch] = [:]
    private var armed: [String: Armed] = [:]
    /// Skips whose endings are not in the log yet.
    private(set) var owed: [PendingSkips.Skip] = []
    /// Which still count for the rate.
    private(set) var sends: [(channel: Int, time: BootTime)] = []
    /// The stream seen last, by channel.
    private(set) var sessions: [Int: String] = [:]
    /// As the last cue that was sent had it.
    private var lead: Duration?
    private let clock: ClockReading
    private let bootID: String

    /// Plays `record` upon a plan to which nothing has happened yet.
    init(_ record: RunRecord, upon plan: DispatchPlan, at clock: ClockReading, bootID: String) {
        self.plan = plan
        self.clock = clock
        self.bootID = bootID
        for entry in record.entries { fold(entry) }
        self.plan.forgetSkip()
        // What was armed on the way is armed anew, so that the log says so.
        self.plan.disarm()
    }

    // MARK: What is left open

    /// Armed, and perhaps sent.
    var inDoubt: [Dispatch: WallTime] {
        Dictionary(
            armed.values.compactMap { armed in
                timeline.dispatch(named: armed.cue, channel: armed.channel).map { ($0, armed.due) }
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Armed, and not in the sheet any more.
    var gone: [Armed] {
        armed.values.filter { timeline.dispatch(named: $0.cue, channel: $0.channel) == nil }
            .sorted { ($0.due, $0.cue) < ($1.due, $1.cue) }
    }

    /// What was due by then may have left; a lead grows slowly.
    var horizon: BootTime {
        clock.boot + (lead.map { $0 + .milliseconds(50) } ?? ShowSettings.leadMax)
    }

    /// The cues that are due and have no ending yet. A repetition has missed its time.
    var pending: [ScheduledDispatch] {
        left.values.filter { !$0.dispatch.part.isAgain }
            .sorted { Dispatch.precedes($0.dispatch, $1.dispatch) }
    }

    // MARK: Folding

    private var timeline: Timeline { plan.timeline }

    private static func key(_ cue: String, _ channel: String) -> String {
        cue + "\u{0}" + channel
    }

    private func channel(named name: String) -> Int? {
        timeline.channels.firstIndex { $0.name == name }
    }

    private mutating func fold(_ entry: RunRecord.Entry) {
        switch entry {
        case .aligned(let aligned):
            guard let source = aligned.source.word else { return }
            // The boot clock knows zero still, unless the machine was started anew.
            let isSameBoot = !aligned.bootID.isEmpty && aligned.bootID == bootID
            let boot = BootTime(nanoseconds: aligned.sinceBoot.nanoseconds)
            _ = plan.align(
                isSameBoot
                    ? Zero(wall: aligned.zero, source: source, boot: boot)
                    : Zero(
                        wall: aligned.zero, source: source, nowWall: clock.wall,
                        nowBoot: clock.boot))
        case .session(let name, let streamID):
            if let channel = channel(named: name) { sessions[channel] = streamID }
        case .armed(let cue, let channel, let due):
            armed[Self.key(cue, channel)] = (cue, channel, due)
        case .disarmed(let cue, let channel): armed[Self.key(cue, channel)] = nil
        case .attempted(let channel, let time): count(sendAt: time, channel)
        case .repeated(let cue, let channel, let due):
            guard let zero = plan.zero,
                let question = timeline.dispatch(named: cue, channel: channel)
            else { return }
            tally.count(.repeated)
            plan.dropRepetitions(
                of: question.occurrence, channel: question.channel,
                through: zero.boot + (due - zero.wall))
        case .operated(let operated): fold(operated)
        case .ended(let cue, let channel, let ending): fold(cue, channel, ending)
        }
    }

    private mutating func fold(_ operated: RunEvent.Operated) {
        guard operated.refused == nil, let action = operated.replayed else { return }
        // What the log says has happened; a damaged line may name a day years from now.
        let moment = min(
            plan.zero.flatMap { zero in operated.at.map { zero.boot + $0 } } ?? clock.boot,
            clock.boot)
        if plan.zero != nil { note(plan.advance(to: moment)) }
        let before = plan.moved
        note(plan.apply(action, now: moment).steps)
        // With an edited sheet the cues that it was reckoned by may lie elsewhere now.
        if let by = operated.by { plan.move(by: by - (plan.moved - before)) }
    }

    private mutating func fold(_ cue: String, _ channel: String, _ ending: RunRecord.Ending) {
        armed[Self.key(cue, channel)] = nil
        var outcome = QuestionOutcome.notSent
        var hasLeft = true
        switch ending {
        case .sent(let time, let late, let lead):
            tally.count(.sent(late: late))
            plan.lead = lead
            self.lead = lead
            outcome = .sent(late: late)
            count(sendAt: time, channel)
        case .missed: tally.count(.missed)
        case .failed: tally.count(.failed)
        case .inDoubt:
            tally.count(.inDoubt)
            outcome = .inDoubt
        case .skipped:
            tally.count(.skipped)
            hasLeft = false
        }
        guard let dispatch = timeline.dispatch(named: cue, channel: channel) else { return }
        owed.removeAll { $0.dispatch == dispatch }
        guard
            let scheduled = left.removeValue(forKey: dispatch)
                ?? plan.resolve(dispatch, hasLeft: hasLeft)
        else { return }
        note(plan.conclude(scheduled, outcome))
    }

    /// Takes note of steps that belong to the past.
    private mutating func note(_ steps: [Step]) {
        for step in steps {
            switch step {
            case .arm, .disarm: break
            case .leave(let scheduled), .missed(let scheduled): left[scheduled.dispatch] = scheduled
            case .skipped(let dispatch, let reason): owed.append((dispatch, reason))
            case .restored(let dispatch): owed.removeAll { $0.dispatch == dispatch }
            }
        }
    }

    /// A send of the last second still counts for the rate.
    private mutating func count(sendAt time: WallTime, _ name: String) {
        guard let zero = plan.zero, let channel = channel(named: name) else { return }
        let moment = zero.boot + (time - zero.wall)
        guard clock.boot - moment < .seconds(2), moment <= clock.boot else { return }
        sends.append((channel, moment))
    }
}
