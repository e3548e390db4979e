import CueRunLog
import CueScheduler
import CueText

/// What the three clocks of a show say at one moment.
struct ClockReading: Hashable, Sendable {
    /// Every wait and every deadline is on this clock.
    var boot: BootTime
    /// Civil time, which may step at any moment.
    var wall: WallTime
    /// Stands still while the machine sleeps.
    var awake: BootTime

    /// Civil time of a boot moment, by what both clocks say now.
    func wall(at time: BootTime) -> WallTime { wall + (time - boot) }

    /// Whether time passed without us since an earlier reading. No wait is longer than a second, so
    /// a longer pause was not our own.
    func standstill(since earlier: ClockReading) -> RunEvent.Suspended? {
        let gap = boot - earlier.boot
        let asleep = gap - (awake - earlier.awake)
        if asleep > .milliseconds(500) {
            return .init(duration: asleep, isMachine: true)
        }
        return gap > .seconds(3) ? .init(duration: gap, isMachine: false) : nil
    }

    /// By how much civil time was stepped since an earlier reading; nil if it was not.
    func wallStep(since earlier: ClockReading) -> Duration? {
        let step = (wall - earlier.wall) - (boot - earlier.boot)
        return step.magnitude > .milliseconds(100) ? step : nil
    }
}

extension ShowClock {
    var reading: ClockReading { ClockReading(boot: now, wall: wall, awake: awake) }
}
