import CueDoctor
import CueShow
import CueText
import IVSWire
import Testing

/// Each finding, and with it every way in which it does not pass.
@Suite struct FindingTests {
    private static let main = channel("main")
    private static let other = channel(
        "es", "arn:aws:ivs:eu-west-1:999999999999:channel/EsEsEsEsEs12")
    private static let now = wall("2026-11-27T19:00:00Z")

    private static func channel(
        _ name: String,
        _ arn: String = "arn:aws:ivs:us-west-2:123456789012:channel/Main12345678"
    ) -> ExaminedChannel {
        ExaminedChannel(name: name, arn: ChannelARN(arn)!)
    }

    private static func wall(_ text: String) -> WallTime { WallTime(rfc3339: text)! }

    private func place(_ region: String = "us-west-2", by source: String? = nil) -> Place {
        Place(url: "https://ivs.example", region: region, source: source)
    }

    /// The finding in one line: check, status, message, hint, exit status.
    private func line(_ finding: Finding?) -> String {
        guard let finding else { return "nothing" }
        let hint = finding.hint.map { " → \($0)" } ?? ""
        let exit = finding.status == .fail ? " (\(finding.exit.rawValue))" : ""
        return "\(finding.check): \(finding.status.rawValue): \(finding.message)\(hint)\(exit)"
    }

    private func facts(_ finding: Finding?) -> String {
        let facts = finding?.facts ?? []
        return jsonObject { writer in
            for fact in facts {
                writer.key(fact.key)
                writer.value(fact.value)
            }
        }
    }

    private func failure(
        _ kind: Failure.Kind, _ code: String, _ message: String = "no"
    ) -> Failure {
        Failure(kind: kind, code: code, message: message)
    }

    // MARK: The sheet

    @Test func countsASheetsCuesAndProblems() {
        #expect(
            line(.sheet("a.yaml", cues: 1, errors: 0, problems: 0, first: nil))
                == "sheet: pass: a.yaml: 1 cue, nothing wrong")
        #expect(
            line(.sheet("a.yaml", cues: 3, errors: 0, problems: 2, first: "too close"))
                == "sheet: warn: a.yaml: 3 cues, 2 to look at, first: too close "
                + "→ `cue-runner check a.yaml` shows them")
        #expect(
            line(.sheet("a.yaml", cues: 3, errors: 1, problems: 2, first: "bad"))
                == "sheet: fail: a.yaml has 1 error → `cue-runner check a.yaml` shows them (65)")
        #expect(
            line(.sheet("a.yaml", cues: 3, errors: 2, problems: 2, first: "bad"))
                .hasPrefix("sheet: fail: a.yaml has 2 errors "))
    }

    // MARK: Where to

    @Test func saysWhatChoseTheRegion() {
        let found = Finding.region(
            ("us-west-2", "the channel's ARN"), of: [Self.main], isChosen: false)
        #expect(line(found) == "region: pass: us-west-2, by the channel's ARN")
        #expect(facts(found) == #"{"region":"us-west-2","source":"the channel's ARN"}"#)
    }

    @Test func warnsWithoutARegion() {
        let found = Finding.region(nil, of: [], isChosen: false)
        #expect(
            line(found)
                == "region: warn: none is configured → name a sheet or --channel ARN, whose region "
                + "counts, or set AWS_REGION")
        #expect(facts(found) == #"{"region":null,"source":null}"#)
    }

    @Test func warnsOfARegionThatIsNotTheChannels() {
        let choice = (name: "us-west-2", source: "--region")
        #expect(
            line(.region(choice, of: [Self.main, Self.other], isChosen: true))
                == "region: warn: us-west-2, by --region, while es is in eu-west-1 → a channel is "
                + "known in its own region alone: leave --region out")
        #expect(Finding.region(choice, of: [Self.main], isChosen: true).status == .pass)
        // Without --region each channel is called in its own.
        #expect(Finding.region(choice, of: [Self.other], isChosen: false).status == .pass)
    }

    @Test func judgesTheEndpoint() {
        #expect(line(.endpoint(place(), mode: nil)) == "endpoint: pass: https://ivs.example")
        #expect(
            line(.endpoint(place(by: "AWS_ENDPOINT_URL"), mode: nil))
                == "endpoint: pass: https://ivs.example, by AWS_ENDPOINT_URL")
        #expect(
            facts(.endpoint(place(), mode: .fips))
                == #"{"url":"https://ivs.example","source":null}"#)
        #expect(
            line(.endpoint(place("mars-1"), mode: nil))
                == "endpoint: warn: https://ivs.example, where IVS is not known to be → IVS is in "
                + IVSLimits.regions.joined(separator: ", "))
        // An address of the user's own may be anywhere.
        #expect(Finding.endpoint(place("mars-1", by: "x"), mode: nil).status == .pass)
        #expect(Finding.endpoint(place(), mode: .fips).status == .pass)
    }

    @Test(arguments: [(AddressMode.fips, "FIPS"), (.dualStack, "DUALSTACK")])
    func warnsOfAModeWithoutEffect(mode: AddressMode, name: String) {
        #expect(
            line(.endpoint(place(by: "--endpoint-url"), mode: mode))
                == "endpoint: warn: https://ivs.example, by --endpoint-url, as it stands → "
                + "AWS_USE_\(name)_ENDPOINT or its key in the profile has no effect on it")
    }

    @Test func saysWhichWayCallsTake() {
        #expect(
            line(.network(proxy: nil, caBundle: nil))
                == "network: pass: directly, trusting what the system trusts")
        let found = Finding.network(proxy: "http://p:1", caBundle: "ca.pem")
        #expect(
            line(found)
                == "network: pass: through the proxy http://p:1, trusting the certificates of "
                + "ca.pem")
        #expect(facts(found) == #"{"proxy":"http://p:1","ca_bundle":"ca.pem"}"#)
    }

    // MARK: As whom

    private func credentials(_ expires: String?, isRenewable: Bool = false) -> Finding {
        .credentials(
            CredentialFacts(
                source: "profile live", method: "sso", profile: "live", keyEnds: "WXYZ",
                expires: expires.map(Self.wall), isRenewable: isRenewable), now: Self.now)
    }

    @Test func passesCredentialsThatLast() {
        let found = credentials(nil)
        #expect(line(found) == "credentials: pass: profile live, key …WXYZ")
        #expect(
            facts(found) == #"{"source":"sso","profile":"live","key_id_ends":"WXYZ","#
                + #""expires":null,"renewable":false}"#)
        #expect(
            line(credentials("2026-11-27T20:00:00Z", isRenewable: true))
                == "credentials: pass: profile live, key …WXYZ, until 2026-11-27T20:00:00Z")
    }

    @Test func warnsOfCredentialsThatEnd() {
        #expect(
            line(credentials("2026-11-27T19:00:01Z"))
                == "credentials: warn: profile live, key …WXYZ, until 2026-11-27T19:00:01Z, and "
                + "not renewed by themselves → the show must end before them; a profile with SSO "
                + "or a role that needs no MFA code is renewed")
    }

    @Test(arguments: [true, false]) func failsCredentialsThatHaveEnded(isRenewable: Bool) {
        #expect(
            line(credentials("2026-11-27T19:00:00Z", isRenewable: isRenewable))
                == "credentials: fail: profile live, key …WXYZ, until 2026-11-27T19:00:00Z, which "
                + "is past → get new ones where these came from (77)")
    }

    @Test func failsByWhatWouldEndARun() {
        let found = Finding.fail(
            "credentials",
            CommandFailure(.noPermission, "no AWS credentials were found", hint: "get some"))
        #expect(
            line(found) == "credentials: fail: no AWS credentials were found → get some (77)")
    }

    @Test func comparesAccounts() {
        let arn = "arn:aws:iam::123456789012:user/ada"
        let found = Finding.identity(account: "123456789012", arn: arn, of: [Self.main])
        #expect(line(found) == "identity: pass: \(arn)")
        #expect(facts(found) == #"{"account":"123456789012","arn":"\#(arn)"}"#)
        #expect(
            line(.identity(account: "123456789012", arn: arn, of: [Self.main, Self.other]))
                == "identity: warn: \(arn), while es belongs to account 999999999999 → use a "
                + "profile of that account, unless its channel is shared")
        #expect(
            line(.identityUnknown("STS can't be reached", hint: "look"))
                == "identity: warn: STS can't be reached → look")
    }

    // MARK: The service

    @Test func failsWhereNothingAnswers() {
        let refused = failure(.unreachable, "connection_refused", "connection refused")
        #expect(
            line(.unreachable(place(), refused))
                == "service: fail: https://ivs.example can't be reached: connection refused → "
                + "check this machine's network, its proxy settings and whom it trusts (69)")
        #expect(
            line(.unreachable(place(by: "AWS_ENDPOINT_URL_IVS"), refused))
                .hasSuffix(" → check AWS_ENDPOINT_URL_IVS (69)"))
        #expect(
            line(.unreachable(place(by: "x"), failure(.unreachable, "tls_certificate")))
                .hasSuffix(
                    " → give the certificates to trust with --ca-bundle or AWS_CA_BUNDLE (69)"))
    }

    @Test func judgesJitter() {
        #expect(Finding.service(roundTrips: []) == nil)
        let even = Finding.service(
            roundTrips: [30, 10, 110, 20, 40].map { Duration.milliseconds($0) })
        #expect(
            line(even)
                == "service: pass: answers within 30.0 ms, 100 ms of jitter over 5 calls")
        #expect(facts(even) == #"{"round_trip_us":30000,"jitter_us":100000}"#)
        #expect(
            line(.service(roundTrips: [.microseconds(9_960), .milliseconds(110)]))
                == "service: warn: answers within 110 ms, 100 ms of jitter over 2 calls → cues "
                + "will arrive as unevenly: use a cable, or a machine near the region")
    }

    private func clock(_ ranges: (Int, Int)...) -> Finding {
        .clock(ranges.map { (Duration.milliseconds($0.0))...(.milliseconds($0.1)) })
    }

    @Test func passesAClockThatAgrees() {
        let found = clock((-900, 100), (-200, 800))
        #expect(line(found) == "clock: pass: as AWS's, within 150 ms")
        #expect(facts(found) == #"{"behind_us":-50000,"uncertainty_us":150000}"#)
        // Half a second off at most is none of a show's business.
        #expect(
            line(clock((600, 800)))
                == "clock: warn: 700 ms behind AWS's, give or take 100 ms; cues are off by as "
                + "much → synchronize this machine's time (`timedatectl set-ntp true`)")
        #expect(
            line(clock((500, 700)))
                == "clock: pass: 600 ms behind AWS's, give or take 100 ms")
    }

    @Test func failsAClockThatIsFarOff() {
        #expect(
            line(clock((-6_000, -5_500)))
                == "clock: fail: 5750 ms ahead of AWS's, give or take 250 ms → synchronize this "
                + "machine's time (`timedatectl set-ntp true`) (69)")
        #expect(clock((-5_500, -5_000)).status == .warn)
    }

    @Test func warnsOfAnswersWithoutADate() {
        #expect(
            line(.clock([]))
                == "clock: warn: the service's answers have no date → see that this machine's "
                + "time is synchronized (`timedatectl`)")
    }

    @Test func showsALiveChannel() {
        let status = StreamStatus(
            streamID: "st-1", startTime: Self.wall("2026-11-27T18:00:00Z"), viewerCount: 7)
        let found = Finding.channel(Self.main, .success(status))
        #expect(
            line(found) == "channel main: pass: live since 2026-11-27T18:00:00Z, 7 viewers")
        #expect(
            facts(found)
                == #"{"live":true,"stream_id":"st-1","start_time":"2026-11-27T18:00:00Z"}"#)
        #expect(line(.channel(Self.main, .success(nil))) == "channel main: pass: live")
    }

    @Test func warnsOfAChannelOffTheAir() {
        let found = Finding.channel(
            Self.main, .failure(failure(.notLive, "ChannelNotBroadcasting")))
        #expect(
            line(found)
                == "channel main: warn: off the air → start the broadcast; a run waits for it")
        #expect(facts(found) == #"{"live":false}"#)
    }

    @Test(arguments: [
        (
            Failure.Kind.notFound, "ResourceNotFoundException",
            "IVS knows no channel \(main.arn) → check the ARN's account, region and name (69)"
        ),
        (
            .credentials, "AccessDeniedException",
            "IVS refuses to look at it: AccessDeniedException: no → allow ivs:GetStream on "
                + "\(main.arn) (77)"
        ),
        (
            .credentials, "ExpiredTokenException",
            "IVS refuses the credentials: ExpiredTokenException: no → check the access key, its "
                + "secret, and this machine's clock (77)"
        ),
        (
            .clock, "InvalidSignatureException",
            "IVS refuses the credentials: InvalidSignatureException: no → check the access key, "
                + "its secret, and this machine's clock (77)"
        ),
        (
            .service, "InternalServerException",
            "IVS does not answer as it should: InternalServerException: no → check the endpoint, "
                + "and try again in a moment (69)"
        ),
        (
            .unreachable, "connection_refused",
            "IVS does not answer as it should: connection_refused: no → check the endpoint, and "
                + "try again in a moment (69)"
        ),
    ])
    func failsAChannelThatCannotBeSeen(kind: Failure.Kind, code: String, said: String) {
        #expect(
            line(.channel(Self.main, .failure(failure(kind, code))))
                == "channel main: fail: " + said)
    }

    @Test func judgesARefusalWithoutAChannel() {
        #expect(Finding.refusal(failure(.credentials, "AccessDeniedException")) == nil)
        #expect(
            line(.refusal(failure(.credentials, "UnrecognizedClientException")))
                == "service: fail: IVS refuses the credentials: UnrecognizedClientException: no → "
                + "check the access key, its secret, and this machine's clock (77)")
        #expect(
            line(.refusal(failure(.throttled, "ThrottlingException")))
                == "service: fail: IVS does not answer as it should: ThrottlingException: no → "
                + "check the endpoint, and try again in a moment (69)")
    }

    // MARK: What is allowed

    @Test(arguments: [
        (Permission.allowed, "permission: pass: ivs:PutMetadata is allowed", "true"),
        (
            .denied(principal: "ada"),
            "permission: fail: ivs:PutMetadata is not allowed to ada → allow it on \(main.arn) "
                + "(77)", "false"
        ),
        (
            .unknown("IAM answers AccessDenied"),
            "permission: warn: whether ivs:PutMetadata is allowed can't be told without sending: "
                + "IAM answers AccessDenied → allow iam:SimulatePrincipalPolicy to have it told, "
                + "or send one cue to a channel that nobody watches", "null"
        ),
        (
            .unasked,
            "permission: warn: whether ivs:PutMetadata is allowed can't be told without sending "
                + "→ allow ivs:PutMetadata on \(main.arn)", "null"
        ),
    ])
    func judgesThePermission(permission: Permission, wanted: String, allowed: String) {
        let found = Finding.permission(permission, on: Self.main, of: [Self.main])
        #expect(line(found) == wanted)
        #expect(facts(found) == "{\"allowed\":\(allowed)}")
        let ofTwo = Finding.permission(permission, on: Self.main, of: [Self.main, Self.other])
        #expect(ofTwo.check == "permission main")
    }

    @Test func judgesRetries() {
        let found = Finding.retries(mode: nil, maxAttempts: nil)
        #expect(line(found) == "retries: pass: within each cue's late budget")
        #expect(facts(found) == #"{"mode":null,"max_attempts":null}"#)
        #expect(
            line(.retries(mode: "standard", maxAttempts: 3))
                == "retries: pass: within each cue's late budget, at most 3 times")
        let one = Finding.retries(mode: "standard", maxAttempts: 1)
        #expect(
            line(one)
                == "retries: warn: AWS_MAX_ATTEMPTS or max_attempts is 1: no cue is tried again → "
                + "unset it: a cue is tried again only while it is worth sending")
        #expect(facts(one) == #"{"mode":"standard","max_attempts":1}"#)
    }

    // MARK: All of them

    @Test func printsFindingsUnderEachOther() {
        var examination = Examination()
        #expect(examination.text(isQuiet: false) == "" && examination.exit == .success)
        #expect(examination.json == "{\"status\":\"pass\",\"exit\":0,\"checks\":[\n\n]}\n")
        examination.findings = [
            .retries(mode: nil, maxAttempts: 1), .network(proxy: nil, caBundle: nil),
        ]
        #expect(examination.exit == .success)
        examination.findings += [
            .fail("x", CommandFailure(.noInput, "gone")),
            .fail("y", CommandFailure(.usage, "wrong", hint: "say \"z\"")),
        ]
        let all = """
            warn  retries  AWS_MAX_ATTEMPTS or max_attempts is 1: no cue is tried again
                           → unset it: a cue is tried again only while it is worth sending
            pass  network  directly, trusting what the system trusts
            fail  x        gone
            fail  y        wrong
                           → say "z"

            """
        #expect(examination.text(isQuiet: false) == all)
        let few = examination.text(isQuiet: true)
        #expect(few.count(where: \.isNewline) == 5 && !few.contains("pass"))
        // The first failure's.
        #expect(examination.exit == .noInput)
        #expect(
            examination.json.hasPrefix(
                "{\"status\":\"fail\",\"exit\":66,\"checks\":[\n{\"check\":\"retries\","))
        #expect(
            examination.json.hasSuffix(
                #"{"check":"y","status":"fail","message":"wrong","hint":"say \"z\""}"#
                    + "\n]}\n"))
    }
}
