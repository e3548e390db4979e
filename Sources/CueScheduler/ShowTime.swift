import CueText

/// The show's clock: what lies between a time on a track and a moment of the boot clock, which is
/// zero, the operator's holds and shifts, and the speed of a rehearsal.
struct ShowTime: Sendable {
    private(set) var zero: Zero?
    /// What the operator moved the placed ones by, so far.
    private(set) var shift: Int64 = 0
    /// How long the clock stood still, so far.
    private var held: Int64 = 0
    /// Where it stands still.
    private var holdMoment: Int64?
    private let encoderDelay: Int64
    private let speed: Double

    init(encoderDelay: Duration = .zero, speed: Double = 1) {
        self.encoderDelay = encoderDelay.nanoseconds
        self.speed = speed
    }

    // MARK: What the clock shows

    var isHeld: Bool { holdMoment != nil }

    /// Nanoseconds since zero, less what the clock stood still; nil before there is a zero.
    func reading(at now: BootTime) -> Int64? {
        if let holdMoment { return zero == nil ? nil : holdMoment }
        return unheldReading(at: now).map { $0 - held }
    }

    /// Nanoseconds since zero, as if there had been no hold.
    private func unheldReading(at now: BootTime) -> Int64? {
        zero.map { scaled(now - $0.boot, rounding: .toNearestOrAwayFromZero) }
    }

    /// What the operator moved the rest by, and how long the clock stood still, up to now.
    func over(at now: BootTime) -> Int64 {
        guard let holdMoment, let unheld = unheldReading(at: now) else { return shift + held }
        return shift + unheld - holdMoment
    }

    /// A span of the boot clock on the show's: longer where the show runs faster than life.
    func scaled(
        _ span: Duration, rounding rule: FloatingPointRoundingRule = .towardZero
    ) -> Int64 {
        Int64((Double(span.nanoseconds) * speed).rounded(rule))
    }

    // MARK: What moves it

    mutating func align(_ zero: Zero) {
        self.zero = zero
        if isHeld { holdMoment = 0 }
    }

    mutating func hold(at now: BootTime) {
        holdMoment = reading(at: now) ?? 0
    }

    mutating func resume(at now: BootTime) {
        if let holdMoment, let unheld = unheldReading(at: now) { held = unheld - holdMoment }
        holdMoment = nil
    }

    mutating func shift(by delta: Int64) { shift += delta }

    /// The clock as it would go on now.
    func resumed(at now: BootTime) -> ShowTime {
        var resumed = self
        resumed.resume(at: now)
        return resumed
    }

    /// The clock as it went before it was held.
    var beforeHold: ShowTime {
        var running = self
        running.holdMoment = nil
        return running
    }

    // MARK: Where a dispatch lies

    /// How far off the show's clock a placed time lies: encoder delay, unless zero is the stream's
    /// own start, and the operator's shifts.
    private var placedOffset: Int64 {
        shift + (zero?.source == .stream ? 0 : encoderDelay)
    }

    /// The due time on the show's clock of a placed or pinned dispatch.
    func showTime(of item: QueuedDispatch) -> Int64 {
        item.trackTime + (item.track == .placed ? placedOffset : 0)
    }

    /// The moment at which a dispatch is due; nil while it stands still or zero is unknown.
    func due(_ item: QueuedDispatch) -> BootTime? {
        guard let zero else { return nil }
        switch item.track {
        case .called: return BootTime(nanoseconds: item.trackTime)
        case .instant:
            return isHeld ? nil : zero.boot + (WallTime(nanoseconds: item.trackTime) - zero.wall)
        case .placed, .pinned:
            guard !isHeld else { return nil }
            let moment = Double(showTime(of: item) + held) / speed
            return BootTime(nanoseconds: zero.boot.nanoseconds + Int64(moment.rounded()))
        }
    }

    /// When a dispatch is due by all clocks: the boot clock, the show's calendar and the show's
    /// clock.
    func moment(
        of item: QueuedDispatch
    ) -> (due: BootTime, calendar: WallTime, showTime: Int64)? {
        guard let zero, let due = due(item), let unheld = unheldReading(at: due) else { return nil }
        let showTime = holdMoment ?? unheld - held
        switch item.track {
        case .instant: return (due, WallTime(nanoseconds: item.trackTime), showTime)
        case .called: return (due, zero.wall + .nanoseconds(unheld), showTime)
        case .placed, .pinned:
            let showTime = self.showTime(of: item)
            return (due, zero.wall + .nanoseconds(showTime + held), showTime)
        }
    }

    /// The same dispatch, due when it is now, and followed by no shift any more.
    func pinning(_ item: QueuedDispatch) -> QueuedDispatch {
        QueuedDispatch(item.dispatch, on: .pinned, at: showTime(of: item))
    }

    // MARK: Times on a track

    /// The placed time that is due now, or soon on a running clock; before zero that of zero.
    func placedTime(at now: BootTime, ahead: Duration = .zero) -> Int64 {
        (reading(at: now) ?? 0) + (isHeld ? 0 : scaled(ahead)) - placedOffset
    }

    /// The placed time that reaches viewers together with a cue called now.
    func placedTime(ofCallAt now: BootTime) -> Int64 {
        placedTime(at: now) + encoderDelay
    }

    /// The placed time that is due together with an instant.
    func placedTime(of instant: WallTime) -> Int64? {
        zero.map { (instant - $0.wall).nanoseconds - held - placedOffset }
    }

    /// The called time of a cue called now, on a channel of that offset.
    func calledTime(at now: BootTime, offset: Duration) -> Int64 {
        now.nanoseconds + max(0, encoderDelay + offset.nanoseconds)
    }
}
