import AWSSigning
import CueText
import Foundation
import Testing

/// A request that somebody else has signed, with what they got at each stage.
struct SignedVector: CustomTestStringConvertible, Sendable {
    var name: String
    var request: SigningRequest
    var signer: Signer
    var time: WallTime
    var canonicalRequest: String
    var stringToSign: String
    var signature: String
    var authorization: String

    var testDescription: String { name }

    /// Compares all stages and the headers that are added.
    func expectReproduced() throws {
        #expect(try signer.canonicalRequest(request, at: time) == canonicalRequest)
        #expect(
            try signer.stringToSign(canonicalRequest: canonicalRequest, at: time) == stringToSign)
        #expect(try signer.signature(of: stringToSign, at: time) == signature)
        let added = try signer.sign(request, at: time)
        #expect(added.filter { $0.name == "Authorization" }.map(\.value) == [authorization])
        #expect(added.filter { $0.name == "X-Amz-Date" }.map(\.value) == [time.basic])
        let tokens = added.filter { $0.name == "X-Amz-Security-Token" }.map(\.value)
        #expect(tokens == [signer.credentials.sessionToken].compactMap(\.self))
    }
}

/// Why a file of vectors cannot be read; a test that meets it fails.
struct VectorProblem: Error {
    var file: String
}

enum VectorFiles {
    static let tests = URL(filePath: #filePath).deletingLastPathComponent()

    /// Data of others, in a folder beside the checkout, where there is one.
    static let shared = tests.deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/vectors")

    static func isPresent(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: shared.appending(path: folder).path)
    }

    static func text(_ url: URL) throws -> String {
        String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }

    static func json(_ url: URL) throws -> JSONValue {
        try JSONValue.parse([UInt8](try Data(contentsOf: url)))
    }

    /// The names of the cases, sorted; empty where the folder is absent.
    static func cases(_ folder: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(
            atPath: shared.appending(path: folder).path)
        return (names ?? []).filter { !["LICENSE", "NOTICE"].contains($0) }.sorted()
    }
}

/// The fixed key of AWS's documentation, which opens nothing.
let exampleCredentials = Credentials(
    accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

/// 2026-01-02T03:04:05Z, the frozen clock of most tests.
let frozen = WallTime(seconds: 1_767_323_045)

func putMetadata(
    _ metadata: String = "hello", headers: [HeaderField] = []
) -> SigningRequest {
    SigningRequest(
        method: "POST", target: "/PutMetadata",
        headers: [
            (name: "Host", value: "ivs.us-west-2.amazonaws.com"),
            (name: "Content-Type", value: "application/json"),
        ] + headers,
        body: Array(metadata.utf8))
}
