import CueText
import IVSWire

/// How a stage misbehaves on demand, so that faults can be rehearsed.
package struct FaultInjection: Hashable, Sendable {
    /// A share of the calls of PutMetadata that is answered by an error.
    package struct Failure: Hashable, Sendable {
        var status: Int
        /// From 0 to 1.
        var share: Double

        /// Statuses that IVS answers with, and the error of each.
        package static let statuses = [400, 403, 404, 429, 500, 503]

        package init(status: Int, share: Double) {
            self.status = status
            self.share = share
        }

        var error: IVSError {
            let message = "The stage was told to answer \(status)."
            return switch status {
            case 400: .validation(message)
            case 403: .accessDenied(message)
            case 404: .channelNotBroadcasting(message)
            case 429: .throttling(message)
            case 503: .serviceUnavailable(message)
            default: .internalServer(message)
            }
        }
    }

    package var airtime = Airtime()
    /// What a call of the API takes longer: half of it before it arrives, half after.
    package var latency: Duration = .zero
    package var failures: [Failure] = []
}

/// Draws that are the same in every run, so that the same faults can be rehearsed twice.
struct FaultDraws: Sendable {
    private var random = SplitMix64(state: 0)

    /// A number from 0 up to 1.
    mutating func next() -> Double {
        Double(random.next() >> 11) / 9_007_199_254_740_992
    }

    /// The failure that a call meets, if any.
    mutating func failure(among failures: [FaultInjection.Failure]) -> FaultInjection.Failure? {
        guard !failures.isEmpty else { return nil }
        var drawn = next()
        for failure in failures {
            if drawn < failure.share { return failure }
            drawn -= failure.share
        }
        return nil
    }
}
