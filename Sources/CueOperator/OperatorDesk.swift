package import CueScheduler
package import CueShow

/// What the operator's screen, keys and socket reach of a running show.
package struct OperatorDesk: Sendable {
    /// How the show stands, with so many cues of what is to come.
    package var snapshot: @Sendable (_ upcoming: Int) -> ShowSnapshot
    /// The show's clock alone, for a stamp.
    package var showTime: @Sendable () -> Duration?
    package var post: @Sendable (ShowInput) -> Void
    /// Posts, and tells what came of it; the reply comes on the show's loop and must not block.
    package var ask: @Sendable (ShowInput, @escaping @Sendable (ActionOutcome) -> Void) -> Void

    package init(
        snapshot: @escaping @Sendable (Int) -> ShowSnapshot,
        showTime: @escaping @Sendable () -> Duration?,
        post: @escaping @Sendable (ShowInput) -> Void,
        ask: @escaping @Sendable (ShowInput, @escaping @Sendable (ActionOutcome) -> Void) -> Void
    ) {
        self.snapshot = snapshot
        self.showTime = showTime
        self.post = post
        self.ask = ask
    }
}
