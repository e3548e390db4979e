/// A word out of a closed vocabulary as a log has it: one that this version knows, or a later
/// version's, which is kept and shown as it stands.
package enum Logged<Word: RawRepresentable<String> & Hashable & Sendable>: RawRepresentable,
    Hashable, Sendable, CustomStringConvertible
{
    case known(Word)
    case unknown(String)

    package init(rawValue: String) {
        self = Word(rawValue: rawValue).map { .known($0) } ?? .unknown(rawValue)
    }

    package var rawValue: String {
        switch self {
        case .known(let word): word.rawValue
        case .unknown(let text): text
        }
    }

    package var description: String { rawValue }

    package var word: Word? {
        if case .known(let word) = self { word } else { nil }
    }
}

/// What a line of the log tells.
package enum EventName: String, CaseIterable, Sendable {
    case runStarted = "run_started"
    case runResumed = "run_resumed"
    case streamAligned = "stream_aligned"
    case streamSession = "stream_session"
    case streamChanged = "stream_changed"
    case cueArmed = "cue_armed"
    case cueDisarmed = "cue_disarmed"
    case cueSent = "cue_sent"
    case cueRepeated = "cue_repeated"
    case cueMissed = "cue_missed"
    case cueFailed = "cue_failed"
    case cueInDoubt = "cue_in_doubt"
    case cueSkipped = "cue_skipped"
    case attemptFailed = "attempt_failed"
    case clockStepped = "clock_stepped"
    case suspended
    case `operator`
    case sheetReloaded = "sheet_reloaded"
    case hookFailed = "hook_failed"
    case runFinished = "run_finished"
}

package enum RunMode: String, CaseIterable, Sendable {
    case run
    case rehearsal
    case dryRun = "dry_run"
}

/// Why a run ended.
package enum EndReason: String, CaseIterable, Sendable {
    case complete
    /// By the operator.
    case stopped
    /// By a signal.
    case interrupted
    case streamNeverCame = "stream_never_came"
    case joiningLate = "joining_late"
    case unreachable
    case noSuchChannel = "no_such_channel"
    case credentials
    case refused
}

/// Why a cue did not reach viewers in time.
package enum MissReason: String, CaseIterable, Sendable {
    case late
    case streamOffline = "stream_offline"
    case throttled
    case serviceError = "service_error"
    case unreachable
    case rateLimited = "rate_limited"
    case refused
    case stopped
    case retriesSpent = "retries_spent"
}

/// Why nobody knows whether a cue reached viewers.
package enum DoubtReason: String, CaseIterable, Sendable {
    case noAnswer = "no_answer"
    case stopped
    case crashed
}
