import AWSSigning
import CueText
import Testing

@Suite struct SignatureVerifierTests {
    private let temporary = Credentials(
        accessKeyID: "ASIAEXAMPLE", secretAccessKey: "another secret", sessionToken: "a token")

    private var verifier: SignatureVerifier {
        let known = [exampleCredentials, temporary]
        return SignatureVerifier(region: "us-west-2", service: "ivs") { key in
            known.first { $0.accessKeyID == key }
        }
    }

    private func signed(
        _ request: SigningRequest = putMetadata(), by credentials: Credentials = exampleCredentials,
        region: String = "us-west-2", service: String = "ivs", at time: WallTime = frozen,
        options: Signer.Options = .init()
    ) throws -> SigningRequest {
        var request = request
        request.headers += try Signer(
            credentials: credentials, region: region, service: service, options: options
        ).sign(request, at: time)
        return request
    }

    private func rejection(
        _ request: SigningRequest, at now: WallTime = frozen
    ) throws -> SignatureRejection? {
        switch try verifier.verify(request, at: now) {
        case .accepted: nil
        case .rejected(let rejection): rejection
        }
    }

    private func set(
        _ request: SigningRequest, _ name: String, _ change: (String) -> String?
    ) -> SigningRequest {
        var changed = request
        changed.headers = request.headers.compactMap { field in
            guard field.name.lowercased() == name else { return field }
            return change(field.value).map { (name: field.name, value: $0) }
        }
        return changed
    }

    private let mismatch =
        "The request signature we calculated does not match the signature you provided."

    @Test func acceptsWhatTheSignerMadeWithTokenAndHeadersAddedLater() throws {
        var later = try signed()
        later.headers.append((name: "amz-sdk-invocation-id", value: "x"))
        later.headers.append((name: "User-Agent", value: "cue-runner"))
        #expect(try verifier.verify(later, at: frozen) == .accepted(accessKeyID: "AKIDEXAMPLE"))
        #expect(
            try verifier.verify(try signed(by: temporary), at: frozen)
                == .accepted(accessKeyID: "ASIAEXAMPLE"))
        var options = Signer.Options()
        options.signsBodyHeader = true
        #expect(try rejection(try signed(options: options)) == nil)
    }

    @Test func acceptsHeaderNamesInAnotherCase() throws {
        var request = try signed()
        request.headers = request.headers.map { (name: $0.name.uppercased(), value: $0.value) }
        #expect(try rejection(request) == nil)
    }

    @Test func noticesAnyChangeOfWhatIsSigned() throws {
        let good = try signed()
        var changes: [SigningRequest] = []
        func change(_ body: (inout SigningRequest) -> Void) {
            var copy = good
            body(&copy)
            changes.append(copy)
        }
        change { $0.method = "PUT" }
        change { $0.target = "/putMetadata" }
        change { $0.target += "?a=1" }
        change { $0.body[0] ^= 1 }
        change { $0.body.append(0x20) }
        change { $0.body = [] }
        change { $0.headers.append((name: "Content-Type", value: "text/plain")) }
        changes.append(set(good, "host") { _ in "ivs.us-east-1.amazonaws.com" })
        changes.append(set(good, "content-type") { _ in nil })
        changes.append(set(good, "x-amz-date") { _ in "20260102T030406Z" })
        changes.append(
            set(good, "authorization") { $0.dropLast() + ($0.hasSuffix("0") ? "1" : "0") })
        changes.append(set(good, "authorization") { String($0.dropLast()) })
        changes.append(set(good, "authorization") { $0 + "0" })
        changes.append(
            set(good, "authorization") { value in
                value.replacing("content-type;host;", with: "host;")
            })
        changes.append(
            set(good, "authorization") { value in
                value.replacing("content-type;host;", with: "host;content-type;")
            })
        for changed in changes {
            let found = try #require(try rejection(changed))
            #expect(found.code == .invalidSignature)
            #expect(found.status == 403)
            #expect(found.message.hasPrefix(mismatch))
        }
        #expect(changes.count == 15)
    }

    @Test func refusesASecretOrTokenThatIsNotTheKeys() throws {
        let wrong = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "guess")
        #expect(try rejection(try signed(by: wrong))?.code == .invalidSignature)

        var stranger = exampleCredentials
        stranger.accessKeyID = "AKIDSTRANGER"
        let unknown = SignatureRejection(
            code: .unknownKey, message: "The security token included in the request is invalid.")
        #expect(try rejection(try signed(by: stranger)) == unknown)
        #expect(unknown.status == 403)

        var needless = exampleCredentials
        needless.sessionToken = "a token"
        #expect(try rejection(try signed(by: needless)) == unknown)
        var other = temporary
        other.sessionToken = "a tokeN"
        #expect(try rejection(try signed(by: other)) == unknown)
        other.sessionToken = nil
        #expect(try rejection(try signed(by: other)) == unknown)
    }

    @Test func refusesATokenThatIsNotSigned() throws {
        var options = Signer.Options()
        options.signsSessionToken = false
        let found = try rejection(try signed(by: temporary, options: options))
        #expect(found?.code == .invalidSignature)
        #expect(
            found?.message
                == "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.")
    }

    @Test func acceptsFifteenMinutesEitherWayAndNotASecondMore() throws {
        let request = try signed()
        for seconds in [-900, 0, 900] {
            #expect(try rejection(request, at: frozen + .seconds(seconds)) == nil)
        }
        let late = try rejection(request, at: frozen + .seconds(901))
        #expect(late?.code == .invalidSignature)
        #expect(late?.status == 403)
        #expect(
            late?.message
                == "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z "
                + "(20260102T031906Z - 15 min.)")
        let early = try rejection(request, at: frozen - .seconds(901))
        #expect(early?.code == .invalidSignature)
        #expect(
            early?.message
                == "Signature not yet current: 20260102T030405Z is still later than "
                + "20260102T030404Z (20260102T024904Z + 15 min.)")
    }

    /// Before its signature is even looked at, so that anybody may send it.
    @Test(arguments: ["1700", "1969", "2262", "9999"])
    func refusesADateThatNoClockShows(year: String) throws {
        let request = set(
            set(try signed(), "authorization") { field in
                field.split(separator: "2026").joined(separator: year)
            }, "x-amz-date"
        ) { year + $0.dropFirst(4) }
        let found = try rejection(request)
        #expect(found?.status == 400)
        #expect(found?.message.hasPrefix("Date must be in ISO-8601 'basic format'.") == true)
    }

    @Test func refusesAnotherRegionServiceOrDay() throws {
        let region = try rejection(try signed(region: "eu-west-1"))
        #expect(
            region
                == SignatureRejection(
                    code: .invalidSignature,
                    message: "Credential should be scoped to a valid region, not 'eu-west-1'."))
        let service = try rejection(try signed(service: "ivschat"))
        #expect(service?.code == .invalidSignature)
        #expect(service?.message == "Credential should be scoped to correct service: 'ivs'.")
        let day = set(try signed(), "authorization") { value in
            value.replacing("/20260102/", with: "/20260103/")
        }
        let found = try rejection(day)
        #expect(found?.code == .invalidSignature)
        #expect(
            found?.message.hasPrefix("Date in Credential scope does not match YYYYMMDD") == true)
    }

    @Test func reportsThatARequestHasNoSignature() throws {
        let found = try rejection(putMetadata())
        #expect(
            found
                == SignatureRejection(code: .missingToken, message: "Missing Authentication Token"))
        #expect(found?.status == 403)
    }

    @Test(arguments: [
        ("", "Unsupported"), ("Basic YTpi", "Unsupported"),
        ("AWS4-HMAC-SHA256", "Authorization header requires 'Credential'"),
        ("AWS4-HMAC-SHA256 Credential", "not a valid key=value pair"),
        (
            "AWS4-HMAC-SHA256 Credential=A/20260102/us-west-2/ivs/aws4_request, "
                + "SignedHeaders=host;x-amz-date",
            "Authorization header requires 'Signature' parameter."
        ),
        (
            "AWS4-HMAC-SHA256 Credential=A/us-west-2/ivs/aws4_request, Signature=0, "
                + "SignedHeaders=host",
            "Credential must have at least 5"
        ),
        (
            "AWS4-HMAC-SHA256 Credential=A/20260102/us-west-2/ivs/aws5_request, Signature=0, "
                + "SignedHeaders=host",
            "Credential must have at least 5"
        ),
        (
            "AWS4-HMAC-SHA256 Signature=0, Signature=1",
            "Authorization header has 'Signature' twice."
        ),
        (String(repeating: "A", count: 8_193), "Authorization header is too long."),
    ])
    func reportsThatAHeaderCannotBeRead(header: String, message: String) throws {
        let found = try rejection(
            set(try signed(), "authorization") { _ in header })
        #expect(found?.code == .incomplete)
        #expect(found?.status == 400)
        #expect(found?.message.hasPrefix(message) == true)
    }

    @Test func readsAHeaderOfTheGreatestLength() throws {
        let padded = set(try signed(), "authorization") { value in
            value + String(repeating: " ", count: 8_192 - value.utf8.count)
        }
        #expect(try rejection(padded) == nil)
        #expect(try rejection(set(padded, "authorization") { $0 + " " })?.code == .incomplete)
    }

    @Test(arguments: ["", "2026-01-02T03:04:05Z", "20260102T030405", "20261302T030405Z", "x"])
    func reportsThatADateIsMissingRepeatedOrUnreadable(text: String) throws {
        let good = try signed()
        #expect(try rejection(set(good, "x-amz-date") { _ in text })?.code == .incomplete)
        #expect(try rejection(set(good, "x-amz-date") { _ in nil })?.code == .incomplete)
        var twice = good
        twice.headers.append((name: "X-Amz-Date", value: "20260102T030405Z"))
        #expect(try rejection(twice)?.code == .incomplete)
    }

    @Test func refusesTwoSignaturesOnOneRequest() throws {
        var request = try signed()
        request.headers.append((name: "authorization", value: "AWS4-HMAC-SHA256 x=y"))
        #expect(try rejection(request)?.code == .incomplete)
    }

    @Test(arguments: ["host", "x-amz-date"])
    func refusesWhereHostOrDateIsNotSigned(name: String) throws {
        let request = set(try signed(), "authorization") { value in
            value.replacing(name, with: "accept")
        }
        let found = try rejection(request)
        #expect(found?.code == .invalidSignature)
        #expect(
            found?.message == "'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
    }

    @Test func rejectsWithoutASecretOrTheRightSignature() throws {
        let good = try signed(by: temporary)
        let signature = try #require(
            good.headers.last?.value.split(separator: "Signature=").last)
        var tampered = good
        tampered.body = []
        let expected = try signed(tampered.strippingSignature, by: temporary)
        let right = try #require(
            expected.headers.last?.value.split(separator: "Signature=").last)
        let text = String(describing: try rejection(tampered))
        for secret in ["another secret", "a token", String(signature), String(right)] {
            #expect(!text.contains(secret))
        }
    }

    @Test func readsBackTheFormOfXAmzDate() {
        #expect(WallTime(basic: frozen.basic) == frozen)
        #expect(WallTime(basic: "20260102t030405z") == nil)
    }
}

extension SigningRequest {
    fileprivate var strippingSignature: SigningRequest {
        var copy = self
        copy.headers.removeAll {
            ["authorization", "x-amz-date", "x-amz-security-token"].contains($0.name.lowercased())
        }
        return copy
    }
}
