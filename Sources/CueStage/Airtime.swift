import CueText

/// When a stage's streams are on the air: from their start, but for one gap where that is wanted.
package struct Airtime: Hashable, Sendable {
    /// The stream ends so long after its start; nil where it doesn't.
    var offlineAt: Duration?
    /// A new stream begins so long after the start of the first; nil where none does.
    var restartAt: Duration?

    package init(offlineAt: Duration? = nil, restartAt: Duration? = nil) {
        self.offlineAt = offlineAt
        self.restartAt = restartAt
    }

    /// The stream at a moment after the first one's start: its number, 0 or 1, and when it began.
    func stream(at elapsed: Int64) -> (number: Int, began: Int64)? {
        if let restart = restartAt?.nanoseconds, elapsed >= restart { return (1, restart) }
        if let offline = offlineAt?.nanoseconds, elapsed >= offline { return nil }
        return (0, 0)
    }

    /// The whole seconds in which there is no picture; empty where there is no gap.
    var gap: Range<Int64> {
        guard let offlineAt else { return 0..<0 }
        let end = restartAt.map { ($0.nanoseconds + 999_999_999) / 1_000_000_000 }
        let start = offlineAt.nanoseconds / 1_000_000_000
        return start..<max(start, end ?? .max)
    }
}
