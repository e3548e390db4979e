package import CueText

/// A moment on the boot clock: nanoseconds since the machine started, time asleep included.
///
/// Linux's CLOCK_BOOTTIME: no wall-clock step moves it, and a suspend does not stop it.
/// https://man7.org/linux/man-pages/man2/clock_gettime.2.html
package struct BootTime: InstantProtocol, Hashable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static func < (a: BootTime, b: BootTime) -> Bool { a.nanoseconds < b.nanoseconds }

    package func advanced(by duration: Duration) -> BootTime {
        BootTime(nanoseconds: nanoseconds + duration.nanoseconds)
    }

    package func duration(to other: BootTime) -> Duration {
        .nanoseconds(other.nanoseconds - nanoseconds)
    }

    package static func - (a: BootTime, b: BootTime) -> Duration { b.duration(to: a) }
    package static func + (time: BootTime, by: Duration) -> BootTime { time.advanced(by: by) }
    package static func - (time: BootTime, by: Duration) -> BootTime { time + (.zero - by) }
}

/// The two clocks of a show: one that waiting is done on, one that says what time it is.
package protocol ShowClock: Clock, Sendable where Instant == BootTime, Duration == Swift.Duration {
    /// Civil time; may step at any moment.
    var wall: WallTime { get }
    /// Time on the same scale that the machine spent awake: Linux's CLOCK_MONOTONIC, which a
    /// suspend stops.
    var awake: BootTime { get }
}
