/// How far one entry of the timeline has come in a run.
struct EntryProgress: Sendable {
    /// The first occurrence's time on its track, once it is known.
    private(set) var firstKey: Int64?
    /// The highest number that was put in a queue; 0 before the first.
    private(set) var lastNumber = 0
    /// Some part has left or ended.
    private(set) var hasComeDue = false
    /// A cue that the operator called or fired, or a manual one that was passed over.
    private(set) var isUsed = false
    /// By number: went to some of their channels already.
    private var partlySent: Set<Int> = []
    /// By number: skipped before they were in a queue.
    private var skippedAhead: Set<Int> = []
    /// By number: how often it was fired, where it was fired again.
    private var firings: [Int: Int] = [:]

    init(firstKey: Int64? = nil) {
        self.firstKey = firstKey
    }

    /// What an edited sheet's entry takes over from the same cue in the sheet before.
    init(heirOf earlier: EntryProgress, firstKey: Int64?) {
        self.firstKey = firstKey
        hasComeDue = earlier.hasComeDue
        isUsed = earlier.isUsed
        skippedAhead = earlier.skippedAhead
        firings = earlier.firings
    }

    /// Used up before it was placed: no occurrence is to come.
    var isOver: Bool { isUsed && firstKey == nil }

    func isSkippedAhead(_ number: Int) -> Bool { skippedAhead.contains(number) }

    // MARK: Numbers

    mutating func place(at firstKey: Int64) { self.firstKey = firstKey }

    /// Takes note that an occurrence's turn to be queued has come; false where it was skipped ahead,
    /// and is passed over once.
    mutating func reach(_ number: Int) -> Bool {
        lastNumber = number
        return skippedAhead.remove(number) == nil
    }

    /// How often an occurrence was fired, its own time counted as the first.
    func firings(of number: Int) -> Int { firings[number] ?? 1 }

    mutating func fireAgain(_ number: Int) { firings[number] = firings(of: number) + 1 }

    /// Whether this is the first of an occurrence's channels that it goes to.
    mutating func sendPart(of number: Int) -> Bool { partlySent.insert(number).inserted }

    // MARK: Endings

    mutating func comeDue() { hasComeDue = true }

    /// The operator sends it now.
    mutating func call() {
        hasComeDue = true
        isUsed = true
    }

    /// Ends it unsent; a manual cue that no GO has placed is not offered any more.
    mutating func passOver(isManual: Bool) {
        hasComeDue = true
        if isManual, firstKey == nil { isUsed = true }
    }

    mutating func skipAhead(_ number: Int) { skippedAhead.insert(number) }

    /// Takes back the skip of an occurrence, as the entry stood before it.
    mutating func undoSkip(of number: Int, before: EntryProgress) {
        hasComeDue = before.hasComeDue
        isUsed = before.isUsed
        skippedAhead.remove(number)
    }

    /// What was to come of it has gone over to an edited sheet's entry, or was removed.
    mutating func retire() {
        lastNumber = .max
        isUsed = true
    }

    /// Goes on after an occurrence of the entry that it is heir of. One that waits for a GO now has
    /// had its turn if it has begun.
    mutating func follow(_ number: Int) {
        lastNumber = number
        if firstKey == nil, number > 0 { isUsed = true }
    }
}
