/// What differs between two versions of a sheet, by the ids of the cues.
package struct SheetDifference: Hashable, Sendable {
    package var changed: [String] = []
    package var added: [String] = []
    package var removed: [String] = []

    package init(
        from old: [(id: String, digest: String)], to new: [(id: String, digest: String)]
    ) {
        let before = Dictionary(old.map { ($0.id, $0.digest) }) { $1 }
        let ids = Set(new.map(\.id))
        changed = new.filter { before[$0.id] != nil && before[$0.id] != $0.digest }.map(\.id)
        added = new.map(\.id).filter { before[$0] == nil }
        removed = old.map(\.id).filter { !ids.contains($0) }
    }

    package var isEmpty: Bool { changed.isEmpty && added.isEmpty && removed.isEmpty }

    /// In a line: `changed: q1, q2; new: q9`.
    package var text: String {
        let groups = [("changed", changed), ("new", added), ("gone", removed)]
        let parts = groups.filter { !$0.1.isEmpty }.map { what, ids in
            let named = ids.prefix(10).joined(separator: ", ")
            return "\(what): \(named)" + (ids.count > 10 ? " and \(ids.count - 10) more" : "")
        }
        return parts.isEmpty ? "no cue differs" : parts.joined(separator: "; ")
    }
}
