package import CueShow
package import CueText
import IVSWire

/// What the facts come to: each judges one thing that a show needs.
extension Finding {
    /// A clock that is further off moves every cue that is placed by the stream's start.
    private static let clockWarn: Duration = .milliseconds(500)
    private static let clockFail: Duration = .seconds(5)
    private static let jitterWarn: Duration = .milliseconds(100)
    /// What the credentials have to allow.
    package static let action = "ivs:PutMetadata"

    /// `first` is the message of the sheet's first problem.
    package static func sheet(
        _ path: String, cues: Int, errors: Int, problems: Int, first: String?
    ) -> Finding {
        let hint = "`cue-runner check \(path)` shows them"
        if errors > 0 {
            return .fail(
                "sheet", "\(path) has \(errors) error\(errors == 1 ? "" : "s")", hint: hint,
                exit: .data)
        }
        if let first {
            return .warn(
                "sheet", "\(path): \(cues) cues, \(problems) to look at, first: " + first,
                hint: hint)
        }
        return .pass("sheet", "\(path): \(cues) cue\(cues == 1 ? "" : "s"), nothing wrong")
    }

    // MARK: Where to

    /// `isChosen` if `--region` is given, and no address of the user's own beside it.
    package static func region(
        _ choice: (name: String, source: String)?, of channels: [ExaminedChannel], isChosen: Bool
    ) -> Finding {
        guard let choice else {
            return .warn(
                "region", "none is configured",
                hint: "name a sheet or --channel ARN, whose region counts, or set AWS_REGION",
                [.init("region", .null), .init("source", .null)])
        }
        let facts: [JSONValue.Member] = [
            .init("region", .string(choice.name)), .init("source", .string(choice.source)),
        ]
        if isChosen, let other = channels.first(where: { $0.arn.region != choice.name }) {
            return .warn(
                "region",
                "\(choice.name), by --region, while \(other.name) is in \(other.arn.region)",
                hint: "a channel is known in its own region alone: leave --region out", facts)
        }
        return .pass("region", "\(choice.name), by \(choice.source)", facts)
    }

    package static func endpoint(_ place: Place, mode: AddressMode?) -> Finding {
        let facts: [JSONValue.Member] = [
            .init("url", .string(place.url)), .init("source", .optional(place.source)),
        ]
        guard let source = place.source else {
            guard IVSLimits.regions.contains(place.region) else {
                return .warn(
                    "endpoint", "\(place.url), where IVS is not known to be",
                    hint: "IVS is in " + IVSLimits.regions.joined(separator: ", "), facts)
            }
            return .pass("endpoint", place.url, facts)
        }
        if let mode {
            return .warn(
                "endpoint", "\(place.url), by \(source), as it stands",
                hint: "AWS_USE_\(mode.rawValue)_ENDPOINT or its key in the profile has no effect "
                    + "on it", facts)
        }
        return .pass("endpoint", "\(place.url), by \(source)", facts)
    }

    package static func network(proxy: String?, caBundle: String?) -> Finding {
        let way = proxy.map { "through the proxy \($0)" } ?? "directly"
        let trust = caBundle.map { "the certificates of \($0)" } ?? "what the system trusts"
        return .pass(
            "network", "\(way), trusting \(trust)",
            [.init("proxy", .optional(proxy)), .init("ca_bundle", .optional(caBundle))])
    }

    // MARK: As whom

    package static func credentials(_ found: CredentialFacts, now: WallTime) -> Finding {
        let facts: [JSONValue.Member] = [
            .init("source", .string(found.method)),
            .init("profile", .string(found.profile)),
            .init("key_id_ends", .string(found.keyEnds)),
            .init("expires", .optional(found.expires?.rfc3339(.none))),
            .init("renewable", .bool(found.isRenewable)),
        ]
        let until = found.expires.map { ", until \($0.rfc3339(.none))" } ?? ""
        let message = "\(found.source), key …\(found.keyEnds)\(until)"
        if let end = found.expires, end <= now {
            return .fail(
                "credentials", message + ", which is past",
                hint: "get new ones where these came from", exit: .noPermission, facts)
        }
        if found.expires != nil, !found.isRenewable {
            return .warn(
                "credentials", message + ", and not renewed by themselves",
                hint: "the show must end before them; a profile with SSO or a role that needs no "
                    + "MFA code is renewed", facts)
        }
        return .pass("credentials", message, facts)
    }

    package static func identity(
        account: String, arn: String, of channels: [ExaminedChannel]
    ) -> Finding {
        let facts: [JSONValue.Member] = [
            .init("account", .string(account)), .init("arn", .string(arn)),
        ]
        if let other = channels.first(where: { $0.arn.account != account }) {
            return .warn(
                "identity",
                "\(arn), while \(other.name) belongs to account \(other.arn.account)",
                hint: "use a profile of that account, unless its channel is shared", facts)
        }
        return .pass("identity", arn, facts)
    }

    /// IVS may still accept the credentials: a stage, or a network that lets nothing else through.
    package static func identityUnknown(_ message: String, hint: String) -> Finding {
        .warn("identity", message, hint: hint)
    }

    // MARK: The service

    package static func unreachable(_ place: Place, _ failure: Failure) -> Finding {
        .fail(
            "service", "\(place.url) can't be reached: \(failure.message)",
            hint: failure.code == "tls_certificate"
                ? Explainer.trustHint
                : place.source.map { "check \($0)" }
                    ?? "check this machine's network, its proxy settings and whom it trusts",
            exit: .unavailable)
    }

    /// Of calls over a connection that was open; nil without any.
    package static func service(roundTrips: [Duration]) -> Finding? {
        let warm = roundTrips.sorted()
        guard let least = warm.first, let most = warm.last else { return nil }
        let median = warm[warm.count / 2]
        let jitter = most - least
        let message =
            "answers within \(milliseconds(median)), \(milliseconds(jitter)) of jitter over "
            + "\(warm.count) calls"
        let facts: [JSONValue.Member] = [
            .init("round_trip_us", .microseconds(median)),
            .init("jitter_us", .microseconds(jitter)),
        ]
        guard jitter > jitterWarn else { return .pass("service", message, facts) }
        return .warn(
            "service", message,
            hint: "cues will arrive as unevenly: use a cable, or a machine near the region", facts)
    }

    /// `ranges` are what each answer says of how far AWS's clock is ahead of this machine's.
    package static func clock(_ ranges: [ClosedRange<Duration>]) -> Finding {
        guard let low = ranges.map(\.lowerBound).max(), let high = ranges.map(\.upperBound).min()
        else {
            return .warn(
                "clock", "the service's answers have no date",
                hint: "see that this machine's time is synchronized (`timedatectl`)")
        }
        let middle = (low + high) / 2
        let slack = max((high - low) / 2, .milliseconds(1))
        let distance = max(middle.magnitude - slack, .zero)
        let direction = middle < .zero ? "ahead of" : "behind"
        let facts: [JSONValue.Member] = [
            .init("behind_us", .microseconds(middle)),
            .init("uncertainty_us", .microseconds(slack)),
        ]
        let message =
            distance == .zero
            ? "as AWS's, within \(milliseconds(slack))"
            : "\(milliseconds(middle.magnitude)) \(direction) AWS's, give or take "
                + milliseconds(slack)
        let hint = "synchronize this machine's time (`timedatectl set-ntp true`)"
        if distance > clockFail {
            return .fail("clock", message, hint: hint, exit: .unavailable, facts)
        }
        if distance > clockWarn {
            return .warn("clock", message + "; cues are off by as much", hint: hint, facts)
        }
        return .pass("clock", message, facts)
    }

    package static func channel(
        _ channel: ExaminedChannel, _ result: Result<StreamStatus?, Failure>
    ) -> Finding {
        let check = "channel \(channel.name)"
        switch result {
        case .success(let status):
            let start = status?.startTime.map { " since \($0.rfc3339(.none))" } ?? ""
            let viewers = status?.viewerCount.map { ", \($0) viewers" } ?? ""
            return .pass(
                check, "live\(start)\(viewers)",
                [
                    .init("live", .bool(true)),
                    .init("stream_id", .optional(status?.streamID)),
                    .init("start_time", .optional(status?.startTime?.rfc3339(.none))),
                ])
        case .failure(let failure) where failure.kind == .notLive:
            return .warn(
                check, "off the air", hint: "start the broadcast; a run waits for it",
                [.init("live", .bool(false))])
        case .failure(let failure) where failure.kind == .notFound:
            return .fail(
                check, "IVS knows no channel \(channel.arn)",
                hint: "check the ARN's account, region and name", exit: .unavailable)
        case .failure(let failure) where failure.isDenial:
            return .fail(
                check, "IVS refuses to look at it: \(failure.code): \(failure.message)",
                hint: "allow ivs:GetStream on \(channel.arn)", exit: .noPermission)
        case .failure(let failure):
            return refusal(check, failure)
        }
    }

    /// Of a call for no channel, which was asked for no other purpose than to be answered; nil if
    /// only its permission is missing.
    package static func refusal(_ failure: Failure) -> Finding? {
        failure.isDenial ? nil : refusal("service", failure)
    }

    private static func refusal(_ check: String, _ failure: Failure) -> Finding {
        let said = "\(failure.code): \(failure.message)"
        switch failure.kind {
        case .credentials, .clock:
            return .fail(
                check, "IVS refuses the credentials: \(said)",
                hint: "check the access key, its secret, and this machine's clock",
                exit: .noPermission)
        case .unreachable, .noAnswer, .throttled, .service, .notLive, .notFound, .refused:
            return .fail(
                check, "IVS does not answer as it should: \(said)",
                hint: "check the endpoint, and try again in a moment", exit: .unavailable)
        }
    }

    // MARK: What is allowed

    package static func permission(
        _ permission: Permission, on channel: ExaminedChannel, of channels: [ExaminedChannel]
    ) -> Finding {
        let check = channels.count == 1 ? "permission" : "permission \(channel.name)"
        let unknown = "whether \(action) is allowed can't be told without sending"
        switch permission {
        case .allowed:
            return .pass(check, "\(action) is allowed", [.init("allowed", .bool(true))])
        case .denied(let principal):
            return .fail(
                check, "\(action) is not allowed to \(principal)",
                hint: "allow it on \(channel.arn)", exit: .noPermission,
                [.init("allowed", .bool(false))])
        case .unknown(let reason):
            return .warn(
                check, "\(unknown): \(reason)",
                hint: "allow iam:SimulatePrincipalPolicy to have it told, or send one cue to a "
                    + "channel that nobody watches", [.init("allowed", .null)])
        case .unasked:
            return .warn(
                check, unknown, hint: "allow \(action) on \(channel.arn)",
                [.init("allowed", .null)])
        }
    }

    package static func retries(mode: String?, maxAttempts: Int?) -> Finding {
        let facts: [JSONValue.Member] = [
            .init("mode", .optional(mode)),
            .init("max_attempts", maxAttempts.map { .number(String($0)) } ?? .null),
        ]
        if maxAttempts == 1 {
            return .warn(
                "retries", "AWS_MAX_ATTEMPTS or max_attempts is 1: no cue is tried again",
                hint: "unset it: a cue is tried again only while it is worth sending", facts)
        }
        let limit = maxAttempts.map { ", at most \($0) times" } ?? ""
        return .pass("retries", "within each cue's late budget\(limit)", facts)
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = duration.nanoseconds / 100_000
        return tenths >= 1_000
            ? "\(tenths / 10) ms" : "\(tenths / 10).\(tenths.magnitude % 10) ms"
    }
}

extension Failure {
    /// The service refused the action, not the credentials.
    fileprivate var isDenial: Bool { kind == .credentials && code.hasPrefix("AccessDenied") }
}

extension JSONValue {
    fileprivate static func optional(_ text: String?) -> JSONValue {
        text.map(JSONValue.string) ?? .null
    }

    /// Whole microseconds, as the run log has durations.
    fileprivate static func microseconds(_ duration: Duration) -> JSONValue {
        .number(String(duration.nanoseconds / 1_000))
    }
}
