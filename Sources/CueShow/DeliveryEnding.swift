import CueRunLog
import CueScheduler

/// How a dispatch ended, as the log has it.
enum DeliveryEnding: Hashable, Sendable {
    case sent(Attempt)
    case missed(MissReason)
    case failed(Failure)
    case inDoubt(DoubtReason)
    case skipped(SkipReason)
}

/// What is known of a delivery so far.
struct DeliveryProgress: Hashable, Sendable {
    var attempts = 0
    var isUnderway = false
    /// Some attempt left without an answer: IVS may have accepted it.
    var mayHaveArrived = false
    var lastFailure: Failure?

    /// Why a delivery that was not acknowledged gets no further attempt.
    enum LastWord: Hashable, Sendable {
        /// Another attempt would come too late to be of use.
        case tooLate
        case retriesExhausted
        /// The service will never accept it.
        case refused(Failure)
        /// The run is stopped.
        case stopped
    }

    /// The ending of a delivery that was not acknowledged.
    func ending(_ why: LastWord) -> DeliveryEnding {
        switch why {
        case .stopped:
            if mayHaveArrived || isUnderway { return .inDoubt(.stopped) }
            return attempts > 0 ? .missed(.stopped) : .skipped(.stopped)
        case .tooLate, .retriesExhausted, .refused:
            if mayHaveArrived { return .inDoubt(.noAnswer) }
        }
        switch why {
        case .refused(let failure): return .failed(failure)
        case .retriesExhausted: return .missed(.retriesSpent)
        case .tooLate, .stopped: return .missed(missReason)
        }
    }

    private var missReason: MissReason {
        switch lastFailure?.kind {
        case .notLive: .streamOffline
        case .throttled: .throttled
        case .service, .clock: .serviceError
        case .unreachable: .unreachable
        case .noAnswer, .notFound, .credentials, .refused: .refused
        // Whatever reaches the outbox leaves at once unless the rate holds it back.
        case nil: .rateLimited
        }
    }
}
