/// The cues, by id, that edits of the sheet took out: they have ended in the log as removed, and
/// must not end there twice.
struct EditLedger: Sendable {
    private var removed: Set<String>

    init(removed: [String] = []) {
        self.removed = Set(removed)
    }

    /// The first of the removed cues that an edited sheet brings back.
    func broughtBack(by ids: Set<String>) -> String? { removed.intersection(ids).min() }

    /// Notes which of the cues that were in force an edited sheet takes out.
    mutating func replace(_ current: [String], by ids: Set<String>) {
        removed.formUnion(current.filter { !ids.contains($0) })
    }
}
