import AWSSigning
import CueText
import Foundation
import Testing

/// Requests that AWS's Python library signed; `Tests/python/support/make_signing_vectors.py` made them.
@Suite struct BotocoreVectorTests {
    @Test(arguments: try BotocoreVectors.load())
    func signsEveryRequestAsBotocoreDoes(vector: SignedVector) throws {
        try vector.expectReproduced()
    }

    @Test(arguments: try BotocoreVectors.load())
    func acceptsEveryRequestThatBotocoreSigned(vector: SignedVector) throws {
        let credentials = vector.signer.credentials
        let verifier = SignatureVerifier(
            region: vector.signer.region, service: vector.signer.service
        ) { $0 == credentials.accessKeyID ? credentials : nil }
        let added: [HeaderField] = try vector.signer.sign(vector.request, at: vector.time)
        var received = vector.request
        received.headers.removeAll { field in
            added.contains { $0.name.lowercased() == field.name.lowercased() }
        }
        received.headers += added
        #expect(
            try verifier.verify(received, at: vector.time)
                == .accepted(accessKeyID: credentials.accessKeyID))
    }

    @Test func losesNoCase() throws {
        #expect(try BotocoreVectors.load().count == 52)
    }
}

private enum BotocoreVectors {
    static func load() throws -> [SignedVector] {
        let json = try VectorFiles.json(VectorFiles.tests.appending(path: "Vectors/botocore.json"))
        let accessKeyID = try #require(json["accessKeyID"]?.string)
        return try #require(json["cases"]?.array).map { try vector($0, accessKeyID: accessKeyID) }
    }

    private static func vector(_ json: JSONValue, accessKeyID: String) throws -> SignedVector {
        func text(_ key: String) throws -> String { try #require(json[key]?.string) }
        let host = SigningRequest.host(
            try text("host"), port: json["port"]?.integer.map { Int($0) },
            isSecure: try text("scheme") == "https")
        let fields: [HeaderField] = try #require(json["headers"]?.array).map { field in
            let pair = try #require(field.array).compactMap(\.string)
            try #require(pair.count == 2)
            return (name: pair[0], value: pair[1])
        }
        let unit = try bytes(hex: try text("bodyHex"))
        let times = Int(try #require(json["bodyTimes"]?.integer))
        return SignedVector(
            name: try text("name"),
            request: SigningRequest(
                method: try text("method"), target: try text("target"),
                headers: [(name: "Host", value: host)] + fields,
                body: Array(repeatElement(unit, count: times).joined())),
            signer: Signer(
                credentials: Credentials(
                    accessKeyID: accessKeyID, secretAccessKey: try text("secret"),
                    sessionToken: json["token"]?.string),
                region: try text("region"), service: try text("service")),
            time: try #require(WallTime(rfc3339: try text("time"))),
            canonicalRequest: try text("canonicalRequest"),
            stringToSign: try text("stringToSign"), signature: try text("signature"),
            authorization: try text("authorization"))
    }

    private static func bytes(hex: String) throws -> [UInt8] {
        let digits = Array(hex)
        return try stride(from: 0, to: digits.count, by: 2).map { index in
            try #require(UInt8(String(digits[index...index + 1]), radix: 16))
        }
    }
}
