import AWSCredentials
import CueRunLog
import CueSheet
import CueShow
import CueTimeline
import IVSWire

/// Says why a run could not be played, and what to do.
struct Explainer: Sendable {
    var timeline: Timeline
    var endpoint: ServiceEndpoint?
    var source: String

    private var region: String { endpoint?.region ?? "?" }

    private var place: String { endpoint?.url ?? "IVS" }

    func explain(_ conclusion: Conclusion) -> CommandFailure? {
        let failure = conclusion.failure
        let said = failure.map { "\($0.code): \($0.message)" } ?? ""
        switch conclusion.reason {
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
                .unavailable, "can't reach \(place): \(failure?.message ?? "no answer")",
                hint: failure?.code == "tls_certificate" ? Self.trustHint : unreachableHint)
        case .streamNeverCame:
            return CommandFailure(
                .unavailable, "the stream did not start in time",
                hint: "start the broadcast, or wait longer with --wait; --start now needs no "
                    + "stream's start")
        case .noSuchChannel:
            let arn = timeline.channels.first?.arn.text ?? ""
            return CommandFailure(
                .unavailable, "IVS knows no channel \(arn)",
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
        if let source = endpoint?.source { return "check \(source)" }
        guard IVSLimits.regions.contains(region) else {
            return "IVS is not known in the region \"\(region)\"; check the channel's ARN "
                + "and --region (IVS is in \(IVSLimits.regions.joined(separator: ", ")))"
        }
        return "check this machine's network; `cue-runner doctor` looks further"
    }
}
