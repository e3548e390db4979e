import AWSSigning
import CueText
import Testing

@Suite struct SignerTests {
    private let signer = Signer(
        credentials: exampleCredentials, region: "us-west-2", service: "ivs")

    @Test func signsRightBeforeOnAndAfterTheChangeOfTheDay() throws {
        // The cached key of one day must never sign for another; fresh signers are the judges.
        let days = [0, 86_400, 86_400, 0, 31 * 86_400].map { frozen + .seconds($0) }
        for time in days {
            let fresh = Signer(
                credentials: exampleCredentials, region: "us-west-2", service: "ivs")
            #expect(
                try signer.signature(of: "text", at: time)
                    == fresh.signature(of: "text", at: time))
        }
        #expect(
            try signer.signature(of: "text", at: days[0])
                != signer.signature(of: "text", at: days[1]))
    }

    @Test func sharesNoKeyWithACopyThatHasAnotherSecret() throws {
        let other = Signer(
            credentials: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "other"),
            region: "us-west-2", service: "ivs")
        #expect(
            try signer.signature(of: "text", at: frozen)
                != other.signature(of: "text", at: frozen))
    }

    @Test func givesManyTasksTheSignaturesThatOneGets() async throws {
        let expected = try (0..<50).map { try signer.signature(of: "text \($0)", at: frozen) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { [signer] in
                    for round in 0..<500 {
                        let index = (task * 7 + round) % 50
                        let made = try signer.signature(of: "text \(index)", at: frozen)
                        #expect(made == expected[index])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(
        arguments: [[], [(name: "Host", value: "")], [(name: "host", value: " ")]]
            as [[HeaderField]]
    )
    func refusesToSignARequestWithoutHost(headers: [HeaderField]) throws {
        let request = SigningRequest(method: "POST", target: "/", headers: headers)
        let error = #expect(throws: SigningError.self) { try signer.sign(request, at: frozen) }
        #expect(error?.code == .hostMissing)
        #expect(error?.description == "a request needs a Host header [host-missing]")
    }

    @Test func signsDifferentlyWithAnEmptySecret() throws {
        let empty = Signer(
            credentials: Credentials(accessKeyID: "A", secretAccessKey: ""), region: "us-west-2",
            service: "ivs")
        let signature = try empty.signature(of: "text", at: frozen)
        #expect(signature.utf8.count == 64)
        #expect(try signature != signer.signature(of: "text", at: frozen))
    }

    @Test func addsTheBodysHashAsAHeaderWhereAskedFor() throws {
        var options = Signer.Options()
        options.signsBodyHeader = true
        let signer = Signer(
            credentials: exampleCredentials, region: "us-west-2", service: "ivs",
            options: options)
        let added = try signer.sign(putMetadata(), at: frozen)
        #expect(added.map(\.name) == ["X-Amz-Date", "x-amz-content-sha256", "Authorization"])
        #expect(added[1].value == (try sha256Hex("hello".utf8)))
        #expect(
            added[2].value.contains(
                "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,"))
    }

    @Test func keepsPlusesBrokenEscapesAndNoEmptyPartsOfAQuery() throws {
        let request = SigningRequest(
            method: "GET", target: "/?b+c=%zz&&a=%4&=x&a=%41?",
            headers: [(name: "Host", value: "h")])
        let line = try signer.canonicalRequest(request, at: frozen).split(
            separator: "\n", omittingEmptySubsequences: false)[2]
        #expect(line == "=x&a=%254&a=A%3F&b%2Bc=%25zz")
    }

    @Test(arguments: [
        ("", "/"), ("*", "/%2A"), ("/..", "/"), ("/../../a", "/a"), ("/a/..", "/"),
        ("/a/../", "/"), ("/...", "/..."), ("/a//", "/a/"),
    ])
    func normalizesDotsAndEmptySegmentsOfAPath(target: String, canonical: String) throws {
        let request = SigningRequest(
            method: "GET", target: target, headers: [(name: "Host", value: "h")])
        let text = try signer.canonicalRequest(request, at: frozen)
        #expect(text.split(separator: "\n")[1] == canonical)
    }

    @Test(
        arguments: [
            ("IVS.Example.com", nil, true, "ivs.example.com"), ("h", 443, true, "h"),
            ("h", 80, false, "h"), ("h", 80, true, "h:80"), ("h", 443, false, "h:443"),
            ("127.0.0.1", 5801, false, "127.0.0.1:5801"), ("::1", 8080, false, "[::1]:8080"),
            ("[::1]", 443, true, "[::1]"),
        ] as [(String, Int?, Bool, String)])
    func writesHostHeaders(name: String, port: Int?, isSecure: Bool, expected: String) {
        #expect(SigningRequest.host(name, port: port, isSecure: isSecure) == expected)
    }
}

@Suite struct CredentialsTests {
    private let credentials = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "hidden-secret",
        sessionToken: "hidden-token", expiration: frozen)

    @Test func showsSecretAndTokenInNoWayOfPrinting() {
        var dumped = ""
        dump(credentials, to: &dumped)
        dump([credentials as Credentials?], to: &dumped)
        let signer = Signer(credentials: credentials, region: "us-west-2", service: "ivs")
        dump(signer, to: &dumped)
        for text in [
            dumped, "\(credentials)", String(reflecting: credentials), "\([credentials])",
            "\(signer)", String(reflecting: signer),
            String(describing: Mirror(reflecting: credentials).children.map(\.value)),
        ] {
            #expect(!text.contains("hidden"))
            #expect(text.contains("AKIDEXAMPLE"))
        }
    }

    @Test func showsTheKeyIDAndWhatIsRedacted() {
        #expect(
            "\(credentials)"
                == "Credentials(AKIDEXAMPLE, secret redacted, token redacted, "
                + "until 2026-01-02T03:04:05Z)")
        #expect("\(exampleCredentials)" == "Credentials(AKIDEXAMPLE, secret redacted)")
    }
}

@Suite struct DigestTests {
    @Test func hashesTheTextsOfTheStandard() throws {
        #expect(
            try sha256Hex([])
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(try sha256Hex("abc".utf8) == abc)
        // A sequence without contiguous storage takes another way through.
        #expect(try sha256Hex("abc".utf8.lazy.map { $0 }) == abc)
    }

    @Test(arguments: [0, 1, 16, 1_024])
    func givesRandomBytesThatDifferInTheirNumber(count: Int) throws {
        let first = try randomBytes(count)
        #expect(first.count == count)
        if count >= 16 { #expect(try first != randomBytes(count)) }
    }

    @Test(arguments: [-1, 1_025])
    func refusesTooManyRandomBytesAtOnce(count: Int) {
        let error = #expect(throws: SigningError.self) { try randomBytes(count) }
        #expect(error?.code == .random)
    }

    @Test func makesIdentifiersOfVersionFourAndTheStandardsVariant() throws {
        var seen: Set<String> = []
        for _ in 0..<100 {
            let text = try randomUUID()
            let parts = text.split(separator: "-")
            #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
            #expect(text.allSatisfy { "0123456789abcdef-".contains($0) })
            #expect(parts[2].first == "4")
            #expect(parts[3].first.map { "89ab".contains($0) } == true)
            seen.insert(text)
        }
        #expect(seen.count == 100)
    }
}
