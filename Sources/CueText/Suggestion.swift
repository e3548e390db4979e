/// The likeliest word that was meant.
package enum Suggestion {
    /// The nearest of the names by edit distance, where that is near enough to be worth saying.
    package static func nearest(to word: String, among names: [String]) -> String? {
        let letters = Array(word.utf8.prefix(65))
        guard letters.count <= 64 else { return nil }
        let most = max(1, min(3, letters.count / 2))
        var best: (name: String, distance: Int)?
        for name in names {
            let distance = distance(letters, Array(name.utf8))
            if distance <= most, distance < best?.distance ?? .max { best = (name, distance) }
        }
        return best?.name
    }

    /// Insertions, deletions, replacements, and swaps of neighbours.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard abs(a.count - b.count) <= 3, !a.isEmpty, !b.isEmpty else { return .max }
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var cost = last[j - 1] + (a[i - 1] | 0x20 == b[j - 1] | 0x20 ? 0 : 1)
                cost = min(cost, last[j] + 1, row[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    cost = min(cost, before[j - 2] + 1)
                }
                row.append(cost)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }
}
