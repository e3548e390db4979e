import AWSSigning
import CueText
import Foundation
import Testing

/// The cases of AWS's own suite, and seven requests to IVS in the same form.
///
/// They are not part of this repository; `BotocoreVectorTests` covers the same rules with files
/// that are. https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite
@Suite(.enabled(if: VectorFiles.isPresent("sigv4-suite")))
struct SigV4SuiteTests {
    @Test(arguments: VectorFiles.cases("sigv4-suite"))
    func signsEveryCaseOfTheSuite(name: String) throws {
        try check("sigv4-suite", name)
    }

    @Test(arguments: VectorFiles.cases("sigv4-ivs"))
    func signsEveryRequestToIVS(name: String) throws {
        try check("sigv4-ivs", name)
    }

    @Test func losesNoCase() {
        #expect(VectorFiles.cases("sigv4-suite").count == 38)
        #expect(VectorFiles.cases("sigv4-ivs").count == 7)
    }

    private func check(_ folder: String, _ name: String) throws {
        let files = VectorFiles.shared.appending(path: folder).appending(path: name)
        func text(_ file: String) throws -> String {
            try VectorFiles.text(files.appending(path: file))
        }
        let signed = try text("header-signed-request.txt")
        let line = try #require(signed.split(separator: "\n").first { $0.hasPrefix("Auth") })
        let (signer, time) = try context(
            try VectorFiles.json(files.appending(path: "context.json")))
        let request = try rawRequest(try text("request.txt"))
        let vector = SignedVector(
            name: name, request: request, signer: signer, time: time,
            canonicalRequest: try text("header-canonical-request.txt"),
            stringToSign: try text("header-string-to-sign.txt"),
            signature: try text("header-signature.txt"),
            authorization: String(line.dropFirst("Authorization:".count)))
        try vector.expectReproduced()

        // The signed request as a whole: what was there and what we add, in whatever order.
        let added = try signer.sign(request, at: time)
        let expected = try rawRequest(signed)
        #expect(
            (request.headers + added).map { "\($0.name.lowercased()):\($0.value)" }.sorted()
                == expected.headers.map { "\($0.name.lowercased()):\($0.value)" }.sorted())
        #expect(expected.body == request.body)
    }

    private func context(_ json: JSONValue) throws -> (Signer, WallTime) {
        let keys = try #require(json["credentials"])
        var options = Signer.Options()
        options.normalizesPath = try #require(json["normalize"]?.bool as Bool?)
        options.signsBodyHeader = try #require(json["sign_body"]?.bool as Bool?)
        options.signsSessionToken = json["omit_session_token"]?.bool != true
        let signer = Signer(
            credentials: Credentials(
                accessKeyID: try #require(keys["access_key_id"]?.string),
                secretAccessKey: try #require(keys["secret_access_key"]?.string),
                sessionToken: keys["token"]?.string),
            region: try #require(json["region"]?.string),
            service: try #require(json["service"]?.string), options: options)
        let time = WallTime(rfc3339: try #require(json["timestamp"]?.string))
        return (signer, try #require(time))
    }

    /// Reads a request as the suite writes it: LF line ends, folded lines, spaces in the target.
    private func rawRequest(_ text: String) throws -> SigningRequest {
        let head: Substring
        let body: Substring
        if let end = text.firstRange(of: "\n\n") {
            (head, body) = (text[..<end.lowerBound], text[end.upperBound...])
        } else {
            (head, body) = (text[...], "")
        }
        var lines = head.split(separator: "\n").map(String.init)
        let first = lines.removeFirst()
        let method = try #require(first.split(separator: " ").first)
        let target = first.dropFirst(method.count + 1).dropLast(" HTTP/1.1".count)
        var headers: [HeaderField] = []
        for line in lines {
            if line.hasPrefix(" "), let last = headers.indices.last {
                headers[last].value += "\n" + line
            } else {
                let colon = try #require(line.firstIndex(of: ":"))
                headers.append(
                    (
                        name: String(line[..<colon]),
                        value: String(line[line.index(after: colon)...])
                    ))
            }
        }
        return SigningRequest(
            method: String(method), target: String(target), headers: headers,
            body: Array(body.utf8))
    }
}
