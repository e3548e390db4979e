package import CueRunLog
package import CueShow
package import IVSWire

/// Explains why a run could not be played, and what to do.
package struct Explainer: Sendable {
    private let channel: ChannelARN?
    private let place: Place?
    private let source: String

    /// `channel` is the first one, `source` where the credentials were found.
    package init(channel: ChannelARN?, place: Place?, source: String) {
        self.channel = channel
        self.place = place
        self.source = source
    }

    /// By the reason of the run's end and what the service said; nil for a run that was played.
    package func explain(_ reason: EndReason, _ failure: Failure?) -> CommandFailure? {
        let said = failure.map { "\($0.code): \($0.message)" } ?? ""
        switch reason {
        case .credentials:
            let isPermission = failure?.code == "AccessDeniedException"
            let hasEnded = failure?.code.hasPrefix("ExpiredToken") == true
            return CommandFailure(
                .noPermission, "IVS refused the credentials from \(source): \(said)",
                hint: isPermission
                    ? "allow ivs:GetStream and ivs:PutMetadata on the channel"
                    : hasEnded
                        ? "they have ended: get new ones where these came from"
                        : "check the access key, its secret, and this machine's clock")
        case .unreachable:
            return CommandFailure(
                .unavailable,
                "can't reach \(place?.url ?? "IVS"): \(failure?.message ?? "no answer")",
                hint: failure?.code == "tls_certificate" ? Self.trustHint : unreachableHint)
        case .streamNeverCame:
            return CommandFailure(
                .unavailable, "the stream did not start in time",
                hint: "start the broadcast, or wait longer with --wait; --start now needs no "
                    + "stream's start")
        case .noSuchChannel:
            return CommandFailure(
                .unavailable, "IVS knows no channel \(channel?.text ?? "")",
                hint: "check the ARN's account, region and name")
        case .joiningLate:
            return CommandFailure(
                .unavailable, "the show has begun: its first cues are past",
                hint: "--join skips them, --start now begins the show now, --from starts elsewhere")
        case .refused:
            return CommandFailure(.unavailable, "IVS refused to look at the channel: \(said)")
        case .complete, .stopped, .interrupted: return nil
        }
    }

    static let trustHint = "give the certificates to trust with --ca-bundle or AWS_CA_BUNDLE"

    private var unreachableHint: String {
        if let source = place?.source { return "check \(source)" }
        let region = place?.region ?? "?"
        guard IVSLimits.regions.contains(region) else {
            return "IVS is not known in the region \"\(region)\"; check the channel's ARN "
                + "and --region (IVS is in \(IVSLimits.regions.joined(separator: ", ")))"
        }
        return "check this machine's network; `cue-runner doctor` looks further"
    }
}
