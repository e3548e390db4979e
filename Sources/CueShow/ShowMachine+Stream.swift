import CueRunLog
import CueScheduler
import CueSheet
import CueText
import CueTimeline

/// What is known of one channel's stream.
struct StreamView {
    var isLooking = false
    var status: StreamStatus?
    /// The last stream seen, also after it went off the air.
    var lastID: String?
    var lastLook: BootTime?
}

/// The stream and zero: looking, aligning, joining late, restarts.
extension ShowMachine {
    // MARK: Looking

    mutating func look() {
        guard !isOver, !settings.isDryRun, now >= nextLook else { return }
        // Before zero the first channel is what everything waits for.
        let isWaiting = plan.zero == nil
        let channel = isWaiting ? 0 : lookTurn % streams.count
        guard !streams[channel].isLooking else { return }
        streams[channel].isLooking = true
        streams[channel].lastLook = now
        lookTurn += 1
        let pace = isWaiting ? ShowSettings.pollBeforeZero : ShowSettings.poll / streams.count
        nextLook = now + max(pace, ShowSettings.pollPace)
        effects.append(.look(channel: channel))
    }

    var isOver: Bool {
        if case .over = phase { true } else { false }
    }

    mutating func seen(channel: Int, _ answer: StreamAnswer) {
        streams[channel].isLooking = false
        switch answer.result {
        case .success(let status):
            hasAnswer = true
            latency.note(roundTrip: answer.roundTrip)
            live(channel: channel, status)
        case .failure(let failure):
            lastFailure = failure
            if failure.kind != .unreachable, failure.kind != .noAnswer { hasAnswer = true }
            failed(channel: channel, failure)
        }
        if hasAnswer { warm(warmth.begin(at: now)) }
        if channel == 0, case .waiting = phase { alignWhereReady() }
    }

    private mutating func live(channel: Int, _ status: StreamStatus) {
        let view = streams[channel]
        streams[channel].status = status
        guard view.status?.streamID != status.streamID || view.status == nil else { return }
        let name = timeline.channels[channel].name
        if view.lastID != status.streamID {
            log(
                .streamSession(
                    channel: name, streamID: status.streamID, startTime: status.startTime))
        }
        if let last = view.lastID {
            log(.streamChanged(channel: name, from: view.status?.streamID, to: status.streamID))
            if last != status.streamID { restarted(channel: channel) }
        }
        streams[channel].lastID = status.streamID
    }

    private mutating func failed(channel: Int, _ failure: Failure) {
        switch failure.kind {
        case .notLive:
            if let last = streams[channel].status?.streamID {
                log(
                    .streamChanged(
                        channel: timeline.channels[channel].name, from: last, to: nil))
            }
            streams[channel].status = nil
        case .credentials where plan.zero == nil:
            fail(.noPermission, reason: "credentials", failure: failure)
        case .notFound where plan.zero == nil:
            fail(.unavailable, reason: "no_such_channel", failure: failure)
        case .refused where plan.zero == nil && failure.code == "ValidationException":
            fail(.unavailable, reason: "refused", failure: failure)
        default: break
        }
    }

    /// A new stream on a channel: before the first cue zero follows it, after that the sheet says.
    private mutating func restarted(channel: Int) {
        guard channel == 0, case .running = phase else { return }
        if !plan.hasLeft, plan.zero?.source != .manual, plan.zero?.source != .now {
            alignWhereReady()
        } else if settings.restart == .hold, plan.hasLeft {
            let at = plan.zero.map { Duration.microseconds((now - $0.boot).microseconds) }
            recall()
            let (outcome, steps) = plan.apply(.hold, now: now)
            guard case .done = outcome else { return }
            log(
                .operator(
                    .init(action: "hold", target: "stream_restart", by: nil, at: at, refused: nil)))
            for step in steps { take(step) }
        }
    }

    // MARK: Zero

    mutating func checkWaiting() {
        if settings.isDryRun {
            alignDryRun()
            return
        }
        let waited = now - started
        if !hasAnswer, waited > min(settings.wait ?? .seconds(3600), ShowSettings.reachWithin) {
            let silence = Failure(
                kind: .noAnswer, code: "timeout", message: "no answer in time")
            fail(.unavailable, reason: "unreachable", failure: lastFailure ?? silence)
        } else if let limit = settings.wait, waited > limit, settings.start != .manual {
            fail(.unavailable, reason: "stream_never_came", failure: lastFailure)
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
        guard let status = streams[0].status, let startTime = status.startTime else { return }
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

    mutating func align(to moment: WallTime, source: Zero.Source) {
        let zero = Zero(wall: moment, source: source, nowWall: clock.wall, nowBoot: now)
        if plan.zero?.wall == zero.wall, plan.zero?.source == source { return }
        // Tried on a copy: until somebody has decided, the show has no zero.
        var trial = plan
        _ = trial.align(zero)
        let past = trial.pastBudget(at: now)
        if !past.isEmpty, !settings.join {
            if settings.isAttended {
                phase = .asking(past: past.count, zero: zero)
            } else {
                fail(.unavailable, reason: "joining_late", failure: nil)
            }
            return
        }
        begin(zero, joins: settings.join)
    }

    private mutating func begin(_ zero: Zero, joins: Bool) {
        for step in plan.align(zero) { take(step) }
        log(
            .streamAligned(
                .init(
                    zero: zero.wall, source: zero.source.rawValue,
                    streamID: streams[0].status?.streamID,
                    // IVS gives whole seconds; the other sources are as good as our own clock.
                    uncertainty: zero.source == .stream ? .seconds(1) : .zero,
                    sinceBoot: .nanoseconds(zero.boot.nanoseconds), bootID: settings.bootID)))
        if settings.skipsInstants {
            for step in plan.dropInstants(.notRehearsed) { take(step) }
        }
        if joins {
            for step in plan.dropPast(at: now, .joinedLate) { take(step) }
        }
        phase = .running
    }

    /// The answer to the question that `.asking` puts.
    mutating func decide(_ decision: JoinDecision) {
        guard case .asking(_, let zero) = phase else { return }
        switch decision {
        case .join:
            begin(zero, joins: true)
        case .zeroNow:
            phase = .waiting
            align(to: clock.wall, source: .now)
        case .quit: fail(.unavailable, reason: "joining_late", failure: nil)
        }
    }

    // MARK: Warmth

    mutating func keepWarm() {
        if !isOver { warm(warmth.keep(at: now)) }
    }
}

/// What to do with a show that has begun without us.
package enum JoinDecision: String, Sendable {
    case join
    case zeroNow = "zero"
    case quit
}
