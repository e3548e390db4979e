import CueScheduler
import CueText
import CueTimeline

/// What a resumed run's log left in doubt: cues that were armed, and perhaps sent, before the
/// process ended.
struct EarlierLife: Sendable {
    private var inDoubt: Set<Dispatch>
    private let horizon: BootTime

    /// Cues due by the `horizon` may have left before.
    init(inDoubt: Set<Dispatch>, horizon: BootTime) {
        self.inDoubt = inDoubt
        self.horizon = horizon
    }

    /// Whether the log says already that the cue is armed.
    func hasArmed(_ dispatch: Dispatch) -> Bool { inDoubt.contains(dispatch) }

    mutating func disarm(_ dispatch: Dispatch) { inDoubt.remove(dispatch) }

    /// Whether a cue that is about to be sent may have arrived before; decided once for each.
    mutating func mayHaveSent(_ dispatch: Dispatch, due: BootTime) -> Bool {
        inDoubt.remove(dispatch) != nil && due <= horizon
    }
}
