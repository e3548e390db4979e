import CueScheduler

/// How a dispatch ended, as the log has it.
enum DeliveryEnding: Hashable, Sendable {
    case sent(Attempt)
    case missed(reason: String)
    case failed(Failure)
    case inDoubt(reason: String)
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
            if mayHaveArrived || isUnderway { return .inDoubt(reason: "stopped") }
            return attempts > 0 ? .missed(reason: "stopped") : .skipped(.stopped)
        case .tooLate, .retriesExhausted, .refused:
            if mayHaveArrived { return .inDoubt(reason: "no_answer") }
        }
        switch why {
        case .refused(let failure): return .failed(failure)
        case .retriesExhausted: return .missed(reason: "retries_spent")
        case .tooLate, .stopped: return .missed(reason: missReason)
        }
    }

    private var missReason: String {
        switch lastFailure?.kind {
        case .notLive: "stream_offline"
        case .throttled: "throttled"
        case .service, .clock: "service_error"
        case .unreachable: "unreachable"
        case .noAnswer, .notFound, .credentials, .refused: "refused"
        // Whatever reaches the outbox leaves at once unless the rate holds it back.
        case nil: "rate_limited"
        }
    }
}
