import CueScheduler
import CueText

/// When connections are opened and used so that they stay open, and how many.
///
/// Each answer is the number of connections to warm now; nil where there is nothing to do.
struct ConnectionWarmth: Sendable {
    /// For the largest group of cues, and one for looking at the stream.
    private var connections: Int
    /// When they were asked for first.
    private var since: BootTime?
    private var areOpen = false
    private var lastTraffic: BootTime

    init(largestGroup: Int, at now: BootTime) {
        connections = Self.connections(for: largestGroup)
        lastTraffic = now
    }

    private static func connections(for group: Int) -> Int { min(32, group + 1) }

    /// Makes room for the groups of an edited sheet.
    mutating func grow(toGroup group: Int) {
        connections = max(connections, Self.connections(for: group))
    }

    /// Begins, unless it has begun: the service has answered.
    mutating func begin(at now: BootTime) -> Int? {
        guard since == nil else { return nil }
        since = now
        lastTraffic = now
        return connections
    }

    /// What was asked for first is open.
    mutating func opened() { areOpen = true }

    /// Whether a cue that is due now finds its connection open. What can't be opened soon holds up
    /// no show.
    func isReady(at now: BootTime) -> Bool {
        guard let since else { return false }
        return areOpen || now - since >= ShowSettings.attemptTimeout
    }

    mutating func noteTraffic(at now: BootTime) { lastTraffic = now }

    /// Uses them after so much silence.
    mutating func keep(at now: BootTime) -> Int? {
        now - lastTraffic >= ShowSettings.keepWarm ? renew(at: now) : nil
    }

    /// Opens new ones: the old may have died.
    mutating func renew(at now: BootTime) -> Int? {
        guard since != nil else { return nil }
        lastTraffic = now
        return connections
    }
}
