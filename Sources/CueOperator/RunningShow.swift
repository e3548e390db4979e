package import CueRunLog
package import CueScheduler
package import CueShow
import CueText

/// A running show, as the operator's screen, keys and socket reach it.
package struct RunningShow: Sendable {
    package typealias Reply = @Sendable (ActionOutcome) -> Void

    /// How the show stands, with at most this many upcoming cues.
    package let snapshot: @Sendable (_ upcoming: Int) -> ShowSnapshot
    /// The show's clock alone, for a stamp.
    package let showTime: @Sendable () -> Duration?
    /// Hands in an input. The reply comes on the show's loop and must not block.
    package let ask: @Sendable (ShowInput, @escaping Reply) -> Void

    package init(
        snapshot: @escaping @Sendable (Int) -> ShowSnapshot,
        showTime: @escaping @Sendable () -> Duration?,
        ask: @escaping @Sendable (ShowInput, @escaping Reply) -> Void
    ) {
        self.snapshot = snapshot
        self.showTime = showTime
        self.ask = ask
    }
}

/// What stays the same while a show runs.
package struct ShowFacts: Sendable {
    var title: String
    package var run: String
    /// `run`, `rehearsal`, `dry_run`.
    var mode: RunMode
    var logName: String
    /// The show's name for `cue-runner control --show`.
    package var controlName: String
    /// How to name the show elsewhere: `--show quiz.x7k2`; nil if it has no socket.
    package var controlOption: String?

    package init(
        title: String, run: String, mode: RunMode, logName: String, controlName: String,
        controlOption: String? = nil
    ) {
        self.title = title.printable
        self.run = run
        self.mode = mode
        self.logName = logName.printable
        self.controlName = controlName.printable
        self.controlOption = controlOption?.printable
    }
}
