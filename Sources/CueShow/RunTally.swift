import CueRunLog
import CueText

/// How the cues of a run have ended so far, and how late they left.
struct RunTally: Sendable {
    enum Outcome: Sendable {
        case sent(late: Duration)
        case missed
        case failed
        case inDoubt
        case skipped
        /// A repetition was sent, which is no cue's ending.
        case repeated
    }

    private(set) var counts = RunEvent.Counts()
    private var latenesses: [Duration] = []

    /// Every cue that was meant to be sent was.
    var isWhole: Bool { counts.missed + counts.failed + counts.inDoubt == 0 }
    /// Sorts all of them: for the end of a run.
    var lateness: RunEvent.Lateness? { .init(of: latenesses) }

    mutating func count(_ outcome: Outcome) {
        switch outcome {
        case .sent(let late):
            counts.sent += 1
            latenesses.append(late)
        case .missed: counts.missed += 1
        case .failed: counts.failed += 1
        case .inDoubt: counts.inDoubt += 1
        case .skipped: counts.skipped += 1
        case .repeated: counts.repeated += 1
        }
    }
}
