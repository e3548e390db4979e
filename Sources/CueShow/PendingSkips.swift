import CueScheduler
import CueTimeline

/// The endings of the last skip, which an undo may still take back: they go to the log when it no
/// longer can.
struct PendingSkips: Sendable {
    typealias Skip = (dispatch: Dispatch, reason: SkipReason)

    private var skips: [Skip] = []

    mutating func withhold(_ dispatch: Dispatch, _ reason: SkipReason) {
        skips.append((dispatch, reason))
    }

    mutating func restore(_ dispatch: Dispatch) {
        skips.removeAll { $0.dispatch == dispatch }
    }

    /// Gives them out for good, in their order.
    mutating func release() -> [Skip] {
        defer { skips = [] }
        return skips
    }
}
