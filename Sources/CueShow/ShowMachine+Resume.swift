import CueRunLog
import CueScheduler
import CueSheet
import CueText
import CueTimeline

/// Going on with a run whose process ended without finishing it.
///
/// The plan is played again up to the end of the log: every line that says how a cue ended takes
/// that cue out, every action of the operator is folded at its moment. What then has left and has
/// no ending is in doubt where it was armed, since an attempt may have been made and its answer not
/// been written.
extension ShowMachine {
    /// What the log leaves open.
    private struct Replay {
        /// Armed and neither disarmed nor ended, by the cue's name and channel.
        var armed: [String: (cue: String, channel: String, due: WallTime)] = [:]
        var left: [Dispatch: ScheduledDispatch] = [:]
        var owed: [(dispatch: Dispatch, reason: SkipReason)] = []
        /// As the last cue that was sent had it.
        var lead: Duration?

        static func key(_ cue: String, _ channel: String) -> String { cue + "\u{0}" + channel }
    }

    /// Takes over from the log; to be called once, before the first `advance`.
    mutating func resume(_ record: RunRecord) {
        var replay = Replay()
        for entry in record.entries { fold(entry, &replay) }
        if plan.zero != nil { phase = .running }
        plan.forgetSkip()
        edits = EditLedger(removed: record.removed)
        for (dispatch, reason) in replay.owed { skip(dispatch, reason) }
        let known = Dictionary(
            replay.armed.values.compactMap { armed in
                timeline.dispatch(named: armed.cue, channel: armed.channel).map { ($0, armed) }
            }, uniquingKeysWith: { first, _ in first })
        // What was due by then may have left; a lead grows slowly.
        let horizon = now + (replay.lead.map { $0 + .milliseconds(50) } ?? ShowSettings.leadMax)
        earlier = EarlierLife(inDoubt: Set(known.keys), horizon: horizon)
        // What may have gone a moment ago counts for the rate as if it had gone now.
        let end = wall(horizon)
        for (dispatch, armed) in known where armed.due <= end {
            outbox.countSend(channel: dispatch.channel, at: now)
        }
        // What the replay armed on its way is armed anew, so that the log says so.
        plan.disarm()
        for planned in replay.left.values.sorted(by: { Dispatch.precedes($0.dispatch, $1.dispatch) }
        ) {
            guard !planned.dispatch.part.isAgain else { continue }
            if let deadline = planned.deadline, now > deadline {
                missed(planned)
            } else {
                deliver(planned)
            }
        }
        // What is not in the sheet any more has no other ending than the honest one.
        let gone = replay.armed.values.filter {
            timeline.dispatch(named: $0.cue, channel: $0.channel) == nil
        }
        for armed in gone.sorted(by: { ($0.due, $0.cue) < ($1.due, $1.cue) }) {
            tally.count(.inDoubt)
            log(
                .cueInDoubt(
                    .init(cue: armed.cue, channel: armed.channel, due: armed.due, attempts: 0),
                    reason: "crashed"))
        }
    }

    private mutating func fold(_ entry: RunRecord.Entry, _ replay: inout Replay) {
        switch entry {
        case .aligned(let aligned):
            guard let source = Zero.Source(rawValue: aligned.source) else { return }
            // The boot clock knows zero still, unless the machine was started anew.
            let isSameBoot = !aligned.bootID.isEmpty && aligned.bootID == settings.bootID
            let boot = BootTime(nanoseconds: aligned.sinceBoot.nanoseconds)
            _ = plan.align(
                isSameBoot
                    ? Zero(wall: aligned.zero, source: source, boot: boot)
                    : Zero(wall: aligned.zero, source: source, nowWall: clock.wall, nowBoot: now))
        case .session(let channel, let streamID):
            if let index = timeline.channels.firstIndex(where: { $0.name == channel }) {
                streams[index].lastID = streamID
            }
        case .armed(let cue, let channel, let due):
            replay.armed[Replay.key(cue, channel)] = (cue, channel, due)
        case .disarmed(let cue, let channel):
            replay.armed[Replay.key(cue, channel)] = nil
        case .attempted(let channel, let time): count(sendAt: time, channel)
        case .repeated(let cue, let channel, let due):
            guard let zero = plan.zero,
                let question = timeline.dispatch(named: cue, channel: channel)
            else { return }
            tally.count(.repeated)
            plan.dropRepetitions(
                of: question.occurrence, channel: question.channel,
                through: zero.boot + (due - zero.wall))
        case .operated(let operated): fold(operated, &replay)
        case .ended(let cue, let channel, let ending): fold(cue, channel, ending, &replay)
        }
    }

    private mutating func fold(_ operated: RunEvent.Operated, _ replay: inout Replay) {
        guard operated.refused == nil else { return }
        var words = [operated.action]
        if operated.action == "shift" {
            words.append(DurationText.format(operated.by ?? .zero))
        } else if !["hold", "undo"].contains(operated.action), let target = operated.target {
            // Which firing it was follows from those before it.
            words.append(String(target.prefix { $0 != "!" }))
        }
        guard let action = OperatorAction(words: words) else { return }
        // What the log says has happened; a damaged line may name a day years from now.
        let moment = min(
            plan.zero.flatMap { zero in operated.at.map { zero.boot + $0 } } ?? now, now)
        if plan.zero != nil { note(plan.advance(to: moment), &replay) }
        let before = plan.moved
        note(plan.apply(action, now: moment).steps, &replay)
        // With an edited sheet the cues that it was reckoned by may lie elsewhere now.
        if let by = operated.by { plan.move(by: by - (plan.moved - before)) }
    }

    private mutating func fold(
        _ cue: String, _ channel: String, _ ending: RunRecord.Ending, _ replay: inout Replay
    ) {
        replay.armed[Replay.key(cue, channel)] = nil
        var outcome = QuestionOutcome.notSent
        var hasLeft = true
        switch ending {
        case .sent(let time, let late, let lead):
            tally.count(.sent(late: late))
            plan.lead = lead
            replay.lead = lead
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
        replay.owed.removeAll { $0.dispatch == dispatch }
        guard
            let planned = replay.left.removeValue(forKey: dispatch)
                ?? plan.resolve(dispatch, hasLeft: hasLeft)
        else { return }
        note(plan.conclude(planned, outcome), &replay)
    }

    /// Takes note of steps that belong to the past.
    private func note(_ steps: [Step], _ replay: inout Replay) {
        for step in steps {
            switch step {
            case .arm, .disarm: break
            case .leave(let planned), .missed(let planned): replay.left[planned.dispatch] = planned
            case .skipped(let dispatch, let reason): replay.owed.append((dispatch, reason))
            case .restored(let dispatch): replay.owed.removeAll { $0.dispatch == dispatch }
            }
        }
    }

    /// A send of the last second still counts for the rate.
    private mutating func count(sendAt time: WallTime, _ channel: String) {
        guard let zero = plan.zero,
            let index = timeline.channels.firstIndex(where: { $0.name == channel })
        else { return }
        let moment = zero.boot + (time - zero.wall)
        guard now - moment < .seconds(2), moment <= now else { return }
        outbox.countSend(channel: index, at: moment)
    }
}
