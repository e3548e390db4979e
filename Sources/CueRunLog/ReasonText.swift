package import CueScheduler

/// The reasons that a log gives for an ending, in plain words.
package enum ReasonText {
    /// The words; a reason of a later version, which has none here, stands for itself.
    package static func words(_ reason: String) -> String {
        MissReason(rawValue: reason)?.words ?? SkipReason(rawValue: reason)?.words
            ?? DoubtReason(rawValue: reason)?.words ?? reason
    }

    package static func words(_ reason: Logged<MissReason>) -> String {
        reason.word?.words ?? words(reason.rawValue)
    }

    package static func words(_ reason: Logged<SkipReason>) -> String {
        reason.word?.words ?? words(reason.rawValue)
    }
}

extension MissReason {
    var words: String {
        switch self {
        case .late: "its moment was past"
        case .streamOffline: "the stream was off the air"
        case .throttled: "IVS throttled it until it was too late"
        case .serviceError: "IVS failed until it was too late"
        case .unreachable: "IVS could not be reached until it was too late"
        case .rateLimited: "too many cues at once: its turn came too late"
        case .refused: "IVS refused it"
        case .stopped: "the run was stopped"
        case .retriesSpent: "IVS failed so often that no more attempts were made"
        }
    }
}

extension SkipReason {
    var words: String {
        switch self {
        case .operator: "by the operator"
        case .taken: "passed over by a take"
        case .questionNotSent: "its question was not sent"
        case .joinedLate: "past when the run joined"
        case .notCalled: "waited for a GO that did not come"
        case .notRehearsed: "set for an instant, which a rehearsal does not wait for"
        case .stopped: "the run was stopped"
        case .notPlayed: "the run could not be played"
        case .dryRun: "dry run"
        case .removed: "taken out of the sheet"
        case .editedPast: "placed in the past by an edit of the sheet"
        }
    }
}

extension DoubtReason {
    var words: String {
        switch self {
        case .noAnswer: "no answer came"
        case .stopped: "the run was stopped"
        case .crashed: "the run's process ended while it was on its way"
        }
    }
}
