import CueDoctor
import CueRunLog
import CueShow
import IVSWire
import Testing

@Suite struct ExplainerTests {
    private let arn = "arn:aws:ivs:us-west-2:123456789012:channel/Main12345678"

    private func explain(
        _ reason: EndReason, _ code: String? = nil, at region: String? = "us-west-2",
        by source: String? = nil
    ) -> CommandFailure? {
        let explainer = Explainer(
            channel: ChannelARN(arn),
            place: region.map { Place(url: "https://ivs.example", region: $0, source: source) },
            source: "profile live")
        return explainer.explain(
            reason, code.map { Failure(kind: .credentials, code: $0, message: "no") })
    }

    @Test(arguments: [
        ("AccessDeniedException", "allow ivs:GetStream and ivs:PutMetadata on the channel"),
        ("ExpiredTokenException", "they have ended: get new ones where these came from"),
        (
            "InvalidSignatureException",
            "check the access key, its secret, and this machine's clock"
        ),
    ])
    func explainsRefusedCredentials(code: String, hint: String) {
        #expect(
            explain(.credentials, code)
                == CommandFailure(
                    .noPermission, "IVS refused the credentials from profile live: \(code): no",
                    hint: hint))
    }

    @Test func explainsWhatCannotBeReached() {
        #expect(
            explain(.unreachable)
                == CommandFailure(
                    .unavailable, "can't reach https://ivs.example: no answer",
                    hint: "check this machine's network; `cue-runner doctor` looks further"))
        #expect(
            explain(.unreachable, "connection_refused", by: "AWS_ENDPOINT_URL_IVS")
                == CommandFailure(
                    .unavailable, "can't reach https://ivs.example: no",
                    hint: "check AWS_ENDPOINT_URL_IVS"))
        #expect(
            explain(.unreachable, "tls_certificate", by: "AWS_ENDPOINT_URL_IVS")?.hint
                == "give the certificates to trust with --ca-bundle or AWS_CA_BUNDLE")
        #expect(
            explain(.unreachable, at: "mars-1")?.hint
                == "IVS is not known in the region \"mars-1\"; check the channel's ARN and "
                + "--region (IVS is in \(IVSLimits.regions.joined(separator: ", ")))")
        #expect(explain(.unreachable, at: nil)?.message == "can't reach IVS: no answer")
    }

    @Test(arguments: [
        (EndReason.streamNeverCame, "the stream did not start in time"),
        (.joiningLate, "the show has begun: its first cues are past"),
        (.refused, "IVS refused to look at the channel: ValidationException: no"),
        (
            .noSuchChannel,
            "IVS knows no channel arn:aws:ivs:us-west-2:123456789012:channel/Main12345678"
        ),
    ])
    func explainsWhyNothingWasPlayed(reason: EndReason, message: String) {
        let found = explain(reason, "ValidationException")
        #expect(found?.message == message && found?.status == .unavailable)
    }

    @Test(arguments: [EndReason.complete, .stopped, .interrupted])
    func hasNothingToSayOfAPlayedShow(reason: EndReason) {
        #expect(explain(reason) == nil)
    }
}
