import CueText

/// How many sends IVS takes, kept as a value: the forecast asks it before the show, the show asks
/// it before every attempt.
///
/// Retries count. A second is kept as 1.05 s, since a network can bunch what left evenly. Times are
/// nanoseconds on any one clock.
package struct RateLimit: Sendable {
    package static let window: Duration = .milliseconds(1_050)

    private var channels: [SlidingWindow]
    private var account: SlidingWindow

    /// A limit of 0 is none. `speed` shortens the window for a rehearsal that runs fast; the stage,
    /// which judges by what arrives, counts whole seconds.
    package init(
        channels: Int, perChannel: Int = IVSLimits.metadataPerSecondPerChannel,
        perAccount: Int = IVSLimits.metadataPerSecondPerAccount,
        window: Duration = Self.window, speed: Double = 1
    ) {
        let span = Int64(Double(window.nanoseconds) / speed)
        self.channels = Array(
            repeating: SlidingWindow(limit: perChannel, span: span), count: channels)
        account = SlidingWindow(limit: perAccount, span: span)
    }

    /// The earliest moment, `now` or later, at which a send on that channel may leave.
    package func earliest(channel: Int, now: Int64) -> Int64 {
        max(channels[channel].earliest(now), account.earliest(now))
    }

    /// Counts a send that leaves at that moment.
    package mutating func record(channel: Int, at time: Int64) {
        channels[channel].record(time)
        account.record(time)
    }
}

/// The last `limit` moments in a ring: one more may follow once the oldest is a span ago.
private struct SlidingWindow: Sendable {
    let limit: Int
    let span: Int64
    var times: [Int64] = []
    var oldest = 0

    func earliest(_ now: Int64) -> Int64 {
        guard limit > 0, times.count == limit else { return now }
        return max(now, times[oldest] + span)
    }

    mutating func record(_ time: Int64) {
        guard limit > 0 else { return }
        if times.count < limit {
            times.append(time)
        } else {
            times[oldest] = time
            oldest = (oldest + 1) % limit
        }
    }
}
