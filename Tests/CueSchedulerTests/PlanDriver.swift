import CueScheduler
import CueSheet
import CueTestSupport
import CueText
import CueTimeline

/// Plays a plan by itself: goes from wake to wake, and notes what leaves and ends when, in
/// milliseconds after zero, as `90000 q1`, `90000 skip q2 operator`.
struct PlanDriver {
    static let boot = BootTime(nanoseconds: 500_000_000_000)
    static let wall = WallTime(seconds: 1_800_000_000)

    var plan: DispatchPlan
    var now = Self.boot
    var notes: [String] = []
    var armed: [String] = []
    /// What left or ended, by name; a skip that was taken back is in it no more.
    var ended: [String] = []
    /// How a question that left ends; by default it is sent at once.
    var outcome: (ScheduledDispatch) -> QuestionOutcome = { _ in .sent(late: .zero) }

    init(
        _ sheet: Sheet, encoderDelay: Duration = .zero, speed: Double = 1,
        source: Zero.Source? = .now
    ) {
        plan = DispatchPlan(
            timeline: Timeline.build(sheet).timeline, encoderDelay: encoderDelay, speed: speed)
        if let source { align(source) }
    }

    mutating func align(_ source: Zero.Source = .now, after: Duration = .zero) {
        let zero = Zero(
            wall: Self.wall + after, source: source, nowWall: Self.wall, nowBoot: Self.boot)
        perform(plan.align(zero))
    }

    /// Plays up to that many seconds after the driver's beginning.
    mutating func play(until seconds: Double) {
        let end = Self.boot + .nanoseconds(Int64(seconds * 1e9))
        while let wake = plan.nextWake, wake <= end {
            now = max(now, wake)
            perform(plan.advance(to: now))
        }
        now = max(now, end)
    }

    @discardableResult
    mutating func act(_ action: OperatorAction) -> ActionOutcome {
        let (outcome, steps) = plan.apply(action, now: now)
        perform(steps)
        perform(plan.advance(to: now))
        return outcome
    }

    mutating func edit(_ timeline: Timeline) {
        perform(plan.replace(timeline))
        perform(plan.dropEditedPast(at: now))
        perform(plan.advance(to: now))
    }

    mutating func perform(_ steps: [Step]) {
        for step in steps {
            switch step {
            case .arm(let planned): armed.append(name(planned.dispatch))
            case .disarm(let dispatch): armed.append("-" + name(dispatch))
            case .leave(let planned):
                notes.append("\(clock) \(name(planned.dispatch))")
                ended.append(name(planned.dispatch))
                perform(plan.conclude(planned, outcome(planned)))
            case .missed(let planned):
                notes.append("\(clock) miss \(name(planned.dispatch))")
                ended.append(name(planned.dispatch))
                perform(plan.conclude(planned, .notSent))
            case .skipped(let dispatch, let reason):
                notes.append("\(clock) skip \(name(dispatch)) \(reason.rawValue)")
                ended.append(name(dispatch))
            case .restored(let dispatch):
                notes.append("\(clock) restored \(name(dispatch))")
                let name = name(dispatch)
                ended.removeAll { $0 == name }
            }
        }
    }

    private var clock: Int64 {
        ((now - Self.boot).nanoseconds + 500_000) / 1_000_000
    }

    func name(_ dispatch: Dispatch) -> String {
        var name = plan.timeline.name(of: dispatch.occurrence, dispatch.part)
        if case .again(let count) = dispatch.part { name += "+\(count)" }
        if dispatch.channel > 0 { name += "@\(dispatch.channel)" }
        return name
    }
}

extension Cue.At {
    static func at(_ seconds: Int) -> Cue.At { .time(.seconds(seconds)) }
    static func after(_ id: String, _ seconds: Int) -> Cue.At {
        .anchored(id: id, edge: .start, offset: .seconds(seconds))
    }
}
