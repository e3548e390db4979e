package import CueText
@preconcurrency import Glibc

/// The clocks of this machine.
///
/// https://man7.org/linux/man-pages/man2/clock_gettime.2.html
package enum SystemClock {
    /// Nanoseconds since the machine started, time asleep included.
    package static var boot: Int64 { read(CLOCK_BOOTTIME) }
    /// Nanoseconds that the machine was awake. No step of the wall clock moves it.
    package static var awake: Int64 { read(CLOCK_MONOTONIC) }
    /// Civil time; may step at any moment.
    package static var wall: WallTime { WallTime(nanoseconds: read(CLOCK_REALTIME)) }

    /// Milliseconds that the machine was awake, for time-outs.
    package static var milliseconds: Int64 { awake / 1_000_000 }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
