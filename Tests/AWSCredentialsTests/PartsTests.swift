import AWSSigning
import CueText
import Testing

@testable import AWSCredentials

@Suite struct PartsTests {
    @Test func clampsAnExpirationToWhatCanBeCalculatedWith() {
        #expect(Expiry.read(milliseconds: 1_767_323_045_999) == WallTime(seconds: 1_767_323_045))
        for wild in [Int64.min, -1, .max] {
            let end = Expiry.read(milliseconds: wild)
            #expect(end >= WallTime(seconds: 0) && end - frozen < .seconds(10_000_000_000))
            #expect(frozen + Expiry.lifetime(seconds: wild) >= frozen)
        }
        #expect(Expiry.lifetime(seconds: 28_800) == .seconds(28_800))
    }

    @Test func runsProgramsThatAnswerFailAndPrintTooMuch() async throws {
        func answer(_ command: String) async throws -> Credentials {
            try await resolve(environment(config: "[default]\ncredential_process = \(command)\n"))
                .credentials
        }
        func problem(_ command: String) async -> String? {
            do {
                _ = try await answer(command)
                return nil
            } catch {
                return (error as? AWSProblem)?.message
            }
        }
        let keys = #"{\"Version\":1,\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":\"<$x>\"}"#
        let fine = try await answer("sh -c 'read x; echo \"\(keys)\"'")
        #expect(fine.accessKeyID == "AKID")
        #expect(fine.secretAccessKey == "<>", "there is nothing on standard input")
        let name = "the credential_process of profile \"default\""
        #expect(await problem("sh -c 'exit 3'") == "\(name) failed with status 3")
        #expect(await problem("sh -c 'kill -9 $$'") == "\(name) failed with status 137")
        #expect(
            await problem("/nowhere/x")
                == "\(name) can't be started: No such file or directory")
        #expect(
            await problem("sh -c 'yes | head -c 100000'")
                == "\(name) printed more than 65536 bytes")
    }

    @Test(arguments: [
        ("http://localhost:1/x", true), ("http://127.0.0.1/x", true),
        ("http://127.9.9.9:80/", true), ("http://[::1]:8/", true),
        ("http://169.254.170.2/x", true), ("http://169.254.170.23/x", true),
        ("http://[fd00:ec2::23]/x", true), ("https://example.com/x", true),
        ("http://example.com/x", false), ("http://169.254.169.254/", false),
        ("http://127.0.0.1.example.com/", false), ("http://127.0.0.1@example.com/", false),
        ("http://10.0.0.1/", false), ("http://[::2]/", false), ("http://127.0.0/", false),
        ("localhost/x", false),
    ])
    func keepsAContainersEndpointOverHTTPToThisMachineOrAWSsLink(_ url: String, isAllowed: Bool) {
        let found = try? ContainerProvider.url(
            environment(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]))
        #expect((found == url) == isAllowed)
    }

    @Test func sendsTheRelativeAddressToTheContainersHostAndPrefersIt() throws {
        let both = [
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x?id=1",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/",
        ]
        #expect(try ContainerProvider.url(environment(both)) == "http://169.254.170.2/v2/x?id=1")
    }

    @Test func readsAnswersInJSON() throws {
        let whole =
            #"{"AccessKeyId":"A","SecretAccessKey":"S","Token":"T","Expiration":"2026-01-02T04:00:00Z"}"#
        let read = try CredentialReply.read(Array(whole.utf8), token: "Token")
        #expect(read.accessKeyID == "A" && read.sessionToken == "T")
        #expect(read.expiration == WallTime(rfc3339: "2026-01-02T04:00:00Z"))
        for text in [
            "x", "{}", #"{"AccessKeyId":"A"}"#,
            #"{"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"soon"}"#,
        ] {
            #expect(throws: CredentialReply.Problem.self) {
                try CredentialReply.read(Array(text.utf8), token: "Token")
            }
        }
    }

    @Test func readsElementsOfXMLWithTheirEntities() {
        let text = "<A><Code> x &lt;&amp;lt;&gt; </Code><Code>y</Code><Empty></Empty></A>"
        #expect(XMLText.value("Code", in: text) == "x <&lt;>")
        #expect(XMLText.value("Empty", in: text) == "")
        #expect(XMLText.value("None", in: text) == nil)
    }

    @Test func readsDatesOfTokenFiles() {
        #expect(Expiry.read("2026-01-02T03:04:05UTC") == frozen)
        #expect(Expiry.read("2026-01-02T04:04:05+01:00") == frozen)
    }

    @Test func encodesFormsByteByByte() {
        #expect(PercentEncoding.encode("a b/é+~*".utf8) == "a%20b%2F%C3%A9%2B~%2A")
    }
}
