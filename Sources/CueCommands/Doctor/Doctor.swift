import AWSCredentials
import AWSSigning
import AWSTransport
import CueOperator
import CuePublisher
import CueShow
import CueText
import IVSWire

/// Looks at everything that a show needs from AWS, in the order in which it needs it.
struct Doctor {
    /// Calls whose round trips are compared.
    private static let looks = 5
    /// A clock that is further off moves every cue that is placed by the stream's start.
    private static let clockWarn: Duration = .milliseconds(500)
    private static let clockFail: Duration = .seconds(5)
    private static let jitterWarn: Duration = .milliseconds(100)

    let options: AWSOptions
    let terminal: Terminal
    var channels: [(name: String, arn: ChannelARN)] = []
    var examination = Examination()

    init(options: AWSOptions, terminal: Terminal) {
        self.options = options
        self.terminal = terminal
    }

    private mutating func note(_ finding: Finding) {
        examination.findings.append(finding)
    }

    mutating func examine() async {
        let access: AWSAccess
        let tools: CredentialTools
        do throws(AWSProblem) {
            access = try AWSAccess(options, channel: channels.first?.arn.region)
            tools = try access.tools(terminal: terminal)
        } catch {
            note(.fail("configuration", CommandFailure(error)))
            return
        }
        examineRegion(access)
        let endpoint = examineEndpoint(access)
        examineNetwork(access, endpoint)
        let found = await examineCredentials(tools)
        let identity = await examineIdentity(found, tools)
        if let endpoint { await examineService(endpoint, found, access, tools) }
        await examinePermission(found, identity, tools)
        examineRetries(access.retries)
        await tools.transport.shutdown()
    }

    // MARK: Where to

    private mutating func examineRegion(_ access: AWSAccess) {
        do throws(AWSProblem) {
            guard let region = try access.region(of: channels.first?.arn) else {
                note(
                    .warn(
                        "region", "none is configured",
                        hint: "name a sheet or --channel ARN, whose region counts, or set "
                            + "AWS_REGION", [.init("region", .null), .init("source", .null)]))
                return
            }
            let facts: [JSONValue.Member] = [
                .init("region", .string(region.name)), .init("source", .string(region.source)),
            ]
            let other = channels.first { $0.arn.region != region.name }
            if let other, options.region != nil, options.endpointUrl == nil {
                note(
                    .warn(
                        "region",
                        "\(region.name), by --region, while \(other.name) is in \(other.arn.region)",
                        hint: "a channel is known in its own region alone: leave --region out",
                        facts))
            } else {
                note(.pass("region", "\(region.name), by \(region.source)", facts))
            }
        } catch {
            note(.fail("region", CommandFailure(error)))
        }
    }

    private mutating func examineEndpoint(_ access: AWSAccess) -> ServiceEndpoint? {
        do throws(AWSProblem) {
            let region = try access.region(of: channels.first?.arn)?.name ?? "us-east-1"
            let endpoint = try access.endpoint(in: region)
            let facts: [JSONValue.Member] = [
                .init("url", .string(endpoint.url)), .init("source", .optional(endpoint.source)),
            ]
            let isKnown = IVSLimits.regions.contains(region)
            let configuration = access.configuration
            if endpoint.source != nil, configuration.isFIPS || configuration.isDualStack {
                let mode = configuration.isFIPS ? "FIPS" : "DUALSTACK"
                note(
                    .warn(
                        "endpoint", "\(endpoint.url), by \(endpoint.source ?? ""), as it stands",
                        hint:
                            "AWS_USE_\(mode)_ENDPOINT or its key in the profile has no effect on it",
                        facts))
            } else if endpoint.source == nil, !isKnown {
                note(
                    .warn(
                        "endpoint", "\(endpoint.url), where IVS is not known to be",
                        hint: "IVS is in " + IVSLimits.regions.joined(separator: ", "), facts))
            } else {
                let source = endpoint.source.map { ", by \($0)" } ?? ""
                note(.pass("endpoint", endpoint.url + source, facts))
            }
            return endpoint
        } catch {
            note(.fail("endpoint", CommandFailure(error)))
            return nil
        }
    }

    private mutating func examineNetwork(_ access: AWSAccess, _ endpoint: ServiceEndpoint?) {
        let settings = access.transportSettings
        let proxy = endpoint.flatMap { settings.proxies.server(for: $0.url + "/") }
        let way = proxy.map { "through the proxy \($0)" } ?? "directly"
        let trust = settings.caBundle.map { "the certificates of \($0)" }
        note(
            .pass(
                "network", "\(way), trusting \(trust ?? "what the system trusts")",
                [
                    .init("proxy", .optional(proxy?.description)),
                    .init("ca_bundle", .optional(settings.caBundle)),
                ]))
    }

    // MARK: As whom

    private mutating func examineCredentials(_ tools: CredentialTools) async -> FoundCredentials? {
        do throws(AWSProblem) {
            let found = try await CredentialChain.resolve(tools)
            let end = found.credentials.expiration
            let facts: [JSONValue.Member] = [
                .init("source", .string(found.origin.method.rawValue)),
                .init("profile", .string(tools.configuration.profileName)),
                .init("key_id_ends", .string(String(found.credentials.accessKeyID.suffix(4)))),
                .init("expires", .optional(end?.rfc3339(.none))),
                .init("renewable", .bool(found.origin.isRenewable)),
            ]
            let key = "key …\(found.credentials.accessKeyID.suffix(4))"
            let until = end.map { ", until \($0.rfc3339(.none))" } ?? ""
            let message = "\(found.source), \(key)\(until)"
            if let end, end <= tools.now() {
                note(
                    .fail(
                        "credentials", message + ", which is past",
                        hint: "get new ones where these came from", exit: .noPermission, facts))
            } else if end != nil, !found.origin.isRenewable {
                note(
                    .warn(
                        "credentials", message + ", and not renewed by themselves",
                        hint: "the show must end before them; a profile with SSO or a role that "
                            + "needs no MFA code is renewed", facts))
            } else {
                note(.pass("credentials", message, facts))
            }
            return found
        } catch {
            note(.fail("credentials", CommandFailure(error)))
            return nil
        }
    }

    private mutating func examineIdentity(
        _ found: FoundCredentials?, _ tools: CredentialTools
    ) async -> STS.Identity? {
        guard let found else { return nil }
        do throws(AWSProblem) {
            let identity = try await STS.identity(of: found.credentials, tools: tools)
            let facts: [JSONValue.Member] = [
                .init("account", .string(identity.account)), .init("arn", .string(identity.arn)),
            ]
            if let other = channels.first(where: { $0.arn.account != identity.account }) {
                note(
                    .warn(
                        "identity",
                        "\(identity.arn), while \(other.name) belongs to account "
                            + other.arn.account,
                        hint: "use a profile of that account, unless its channel is shared", facts))
            } else {
                note(.pass("identity", identity.arn, facts))
            }
            return identity
        } catch {
            // IVS may still take them: a stage, or a network that lets nothing else through.
            note(.warn("identity", error.message, hint: error.hint))
            return nil
        }
    }

    // MARK: The service

    private mutating func examineService(
        _ endpoint: ServiceEndpoint, _ found: FoundCredentials?, _ access: AWSAccess,
        _ tools: CredentialTools
    ) async {
        var looks: [IVSProbe.Look] = []
        do throws(AWSProblem) {
            let probe = try IVSProbe(endpoint, credentials: found?.credentials, tools: tools)
            for number in 0...Self.looks {
                if number > 0 { try? await ContinuousClock().sleep(for: IVSProbe.pause) }
                let look = await probe.look(at: channels.first?.arn)
                looks.append(look)
                if look.isUnanswered { break }
            }
        } catch {
            note(.fail("service", CommandFailure(error)))
            return
        }
        guard examineRoundTrips(looks, endpoint) else { return }
        examineClock(looks)
        guard let found else { return }
        for (index, channel) in channels.enumerated() {
            if index == 0 {
                examine(channel, looks.last?.result)
                continue
            }
            try? await ContinuousClock().sleep(for: IVSProbe.pause)
            do throws(AWSProblem) {
                let probe = try IVSProbe(
                    try access.endpoint(of: channel.arn), credentials: found.credentials,
                    tools: tools)
                examine(channel, await probe.look(at: channel.arn).result)
            } catch {
                note(.fail("channel \(channel.name)", CommandFailure(error)))
            }
        }
        if channels.isEmpty, case .failure(let failure)? = looks.last?.result {
            noteRefusal("service", failure, allowing: "ivs:ListStreams")
        }
    }

    /// False where nothing answers.
    private mutating func examineRoundTrips(
        _ looks: [IVSProbe.Look], _ endpoint: ServiceEndpoint
    ) -> Bool {
        if let look = looks.last, look.isUnanswered, case .failure(let failure) = look.result {
            note(
                .fail(
                    "service", "\(endpoint.url) can't be reached: \(failure.message)",
                    hint: failure.code == "tls_certificate"
                        ? Explainer.trustHint
                        : endpoint.source.map { "check \($0)" }
                            ?? "check this machine's network, its proxy settings and whom it trusts",
                    exit: .unavailable))
            return false
        }
        // The first call opens the connection.
        let warm = looks.dropFirst().map(\.roundTrip).sorted()
        guard let least = warm.first, let most = warm.last else { return true }
        let median = warm[warm.count / 2]
        let jitter = most - least
        let message =
            "answers within \(Self.milliseconds(median)), "
            + "\(Self.milliseconds(jitter)) of jitter over \(warm.count) calls"
        let facts: [JSONValue.Member] = [
            .init("round_trip_us", .microseconds(median)),
            .init("jitter_us", .microseconds(jitter)),
        ]
        if jitter > Self.jitterWarn {
            note(
                .warn(
                    "service", message,
                    hint: "cues will arrive as unevenly: use a cable, or a machine near the region",
                    facts))
        } else {
            note(.pass("service", message, facts))
        }
        return true
    }

    private mutating func examineClock(_ looks: [IVSProbe.Look]) {
        let ranges = looks.compactMap(\.clock)
        guard let low = ranges.map(\.lowerBound).max(), let high = ranges.map(\.upperBound).min()
        else {
            note(
                .warn(
                    "clock", "the service's answers have no date",
                    hint: "see that this machine's time is synchronized (`timedatectl`)"))
            return
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
            ? "as AWS's, within \(Self.milliseconds(slack))"
            : "\(Self.milliseconds(middle.magnitude)) \(direction) AWS's, give or take "
                + Self.milliseconds(slack)
        let hint = "synchronize this machine's time (`timedatectl set-ntp true`)"
        if distance > Self.clockFail {
            note(.fail("clock", message, hint: hint, exit: .unavailable, facts))
        } else if distance > Self.clockWarn {
            note(.warn("clock", message + "; cues are off by as much", hint: hint, facts))
        } else {
            note(.pass("clock", message, facts))
        }
    }

    private mutating func examine(
        _ channel: (name: String, arn: ChannelARN), _ result: Result<StreamStatus?, Failure>?
    ) {
        let check = "channel \(channel.name)"
        switch result {
        case nil: break
        case .success(let status)?:
            let start = status?.startTime.map { " since \($0.rfc3339(.none))" } ?? ""
            let viewers = status?.viewerCount.map { ", \($0) viewers" } ?? ""
            note(
                .pass(
                    check, "live\(start)\(viewers)",
                    [
                        .init("live", .bool(true)),
                        .init("stream_id", .optional(status?.streamID)),
                        .init("start_time", .optional(status?.startTime?.rfc3339(.none))),
                    ]))
        case .failure(let failure)?:
            switch failure.kind {
            case .notLive:
                note(
                    .warn(
                        check, "off the air",
                        hint: "start the broadcast; a run waits for it",
                        [.init("live", .bool(false))]))
            case .notFound:
                note(
                    .fail(
                        check, "IVS knows no channel \(channel.arn)",
                        hint: "check the ARN's account, region and name", exit: .unavailable))
            default: noteRefusal(check, failure, allowing: "ivs:GetStream on \(channel.arn)")
            }
        }
    }

    private mutating func noteRefusal(_ check: String, _ failure: Failure, allowing action: String)
    {
        let said = "\(failure.code): \(failure.message)"
        switch failure.kind {
        case .credentials where failure.code.hasPrefix("AccessDenied"):
            // Without a channel it was asked for no other purpose than to be answered.
            if channels.isEmpty { return }
            note(
                .fail(
                    check, "IVS refuses to look at it: \(said)", hint: "allow \(action)",
                    exit: .noPermission))
        case .credentials, .clock:
            note(
                .fail(
                    check, "IVS refuses the credentials: \(said)",
                    hint: "check the access key, its secret, and this machine's clock",
                    exit: .noPermission))
        default:
            note(
                .fail(
                    check, "IVS does not answer as it should: \(said)",
                    hint: "check the endpoint, and try again in a moment", exit: .unavailable))
        }
    }

    // MARK: What is allowed

    private mutating func examinePermission(
        _ found: FoundCredentials?, _ identity: STS.Identity?, _ tools: CredentialTools
    ) async {
        guard let found, !channels.isEmpty else { return }
        let action = "ivs:PutMetadata"
        for channel in channels {
            let check = channels.count == 1 ? "permission" : "permission \(channel.name)"
            let unknown = "whether \(action) is allowed can't be told without sending"
            guard let identity else {
                note(
                    .warn(
                        check, unknown, hint: "allow \(action) on \(channel.arn)",
                        [.init("allowed", .null)]))
                continue
            }
            let answer = await PolicySimulation.isAllowed(
                action, on: channel.arn.text, to: identity, credentials: found.credentials,
                region: channel.arn.region, tools: tools)
            switch answer {
            case .allowed:
                note(.pass(check, "\(action) is allowed", [.init("allowed", .bool(true))]))
            case .denied:
                note(
                    .fail(
                        check, "\(action) is not allowed to \(identity.arn)",
                        hint: "allow it on \(channel.arn)", exit: .noPermission,
                        [.init("allowed", .bool(false))]))
            case .unknown(let reason):
                note(
                    .warn(
                        check, "\(unknown): \(reason)",
                        hint: "allow iam:SimulatePrincipalPolicy to have it told, or send one cue "
                            + "to a channel that nobody watches", [.init("allowed", .null)]))
            }
        }
    }

    private mutating func examineRetries(_ retries: RetrySettings) {
        let facts: [JSONValue.Member] = [
            .init("mode", .optional(retries.mode?.rawValue)),
            .init("max_attempts", retries.maxAttempts.map { .number(String($0)) } ?? .null),
        ]
        if retries.maxAttempts == 1 {
            note(
                .warn(
                    "retries", "AWS_MAX_ATTEMPTS or max_attempts is 1: no cue is tried again",
                    hint: "unset it: a cue is tried again only while it is worth sending", facts))
        } else {
            let limit = retries.maxAttempts.map { ", at most \($0) times" } ?? ""
            note(.pass("retries", "within each cue's late budget\(limit)", facts))
        }
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = duration.nanoseconds / 100_000
        return tenths >= 1_000
            ? "\(tenths / 10) ms" : "\(tenths / 10).\(tenths.magnitude % 10) ms"
    }
}

extension IVSProbe.Look {
    var isUnanswered: Bool {
        guard case .failure(let failure) = result else { return false }
        return failure.kind == .unreachable || failure.kind == .noAnswer
    }
}
