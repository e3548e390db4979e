import CueText
import Foundation
import Testing

@testable import AWSCredentials

/// AWS's own cases for the format of the shared configuration files, beside the checkout.
private struct ParserCase: CustomTestStringConvertible, Sendable {
    var name: String
    var config: String
    var credentials: String
    var output: JSONValue

    var testDescription: String { name }

    static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/vectors/aws-config/profile-parser-tests.json")

    static let isPresent = FileManager.default.fileExists(atPath: file.path)

    static let all: [ParserCase] = {
        guard let data = try? Data(contentsOf: file),
            let json = try? JSONValue.parse([UInt8](data))
        else { return [] }
        return (json["tests"]?.array ?? []).map { test in
            ParserCase(
                name: test["name"]?.string ?? "?",
                config: test["input"]?["configFile"]?.string ?? "",
                credentials: test["input"]?["credentialsFile"]?.string ?? "",
                output: test["output"] ?? .null)
        }
    }()
}

/// An object of objects of strings.
private func table(_ value: JSONValue?) -> [String: [String: String]] {
    guard case .object(let members)? = value else { return [:] }
    return Dictionary(
        uniqueKeysWithValues: members.map { member in
            guard case .object(let values) = member.value else { return (member.key, [:]) }
            return (
                member.key,
                Dictionary(uniqueKeysWithValues: values.map { ($0.key, $0.value.string ?? "") })
            )
        })
}

@Suite struct SharedConfigTests {
    @Test(.enabled(if: ParserCase.isPresent, "no vectors beside us"))
    func hasAllOfAWSsCases() {
        #expect(ParserCase.all.count == 65)
    }

    @Test(
        .enabled(if: ParserCase.isPresent, "no vectors beside us"),
        arguments: ParserCase.all)
    fileprivate func readsFilesAsAWSsOwnCasesHaveIt(_ test: ParserCase) {
        let wanted = test.output["errorContaining"]?.string
        do throws(SharedConfigProblem) {
            let read = try SharedConfig(config: test.config, credentials: test.credentials)
            #expect(wanted == nil, "it is to fail")
            #expect(read.profiles.mapValues(\.values) == table(test.output["config"]?["profiles"]))
            if let sessions = test.output["config"]?["sso_sessions"] {
                #expect(read.ssoSessions == table(sessions))
            }
        } catch {
            #expect(error.message.contains(wanted ?? "no error at all"))
        }
    }

    @Test func readsKeysBelowTheNameOfAService() throws {
        let config = """
            [services local]
            ivs =
              endpoint_url = http://127.0.0.1:8080
              # a comment
              other = 1
            sts =
              endpoint_url=http://127.0.0.1:8081

            [profile a]
            services = local
            """
        let read = try SharedConfig(config: config, credentials: "")
        #expect(read.profileNames == ["a"])
        let ivs = SharedConfig.nested(read.services["local"]?["ivs"] ?? "")
        #expect(ivs == ["endpoint_url": "http://127.0.0.1:8080", "other": "1"])
    }

    @Test func reportsTheLineThatCannotBeRead() {
        let config = "# first\n[profile a]\nregion = x\n\nnonsense\n"
        #expect(
            throws: SharedConfigProblem(
                file: .config, line: 5, message: "Expected an '=' sign defining a property")
        ) {
            try SharedConfig(config: config, credentials: "")
        }
    }
}
