package import AWSSigning
import CueText

/// A program that a profile names to hand out credentials (`credential_process`).
///
/// It is run without a shell and with nothing on standard input; what it says on standard error
/// goes where ours goes. It has two minutes, since it may ask a person in a browser, and its answer
/// may be 64 KiB. https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
package struct ProcessProvider: CredentialProvider {
    private static let timeout: Duration = .seconds(120)

    package let origin: CredentialOrigin
    private let profileName: String
    private let words: [String]

    /// Nil where the profile names no program.
    package init?(profile: SharedConfig.Profile, name: String) throws(AWSProblem) {
        guard let command = profile["credential_process"] else { return nil }
        guard let words = CommandWords.split(command), !words.isEmpty else {
            throw AWSProblem(
                .credentials,
                "the quotes in credential_process of the profile \"\(name)\" "
                    + "are not closed",
                hint: "write it as a shell would read it")
        }
        self.words = words
        profileName = name
        // Its arguments may hold a secret, and are not told.
        let program = words[0].split(separator: "/").last.map(String.init) ?? words[0]
        origin = CredentialOrigin(
            .process, "the program \(program) of profile \(name)", isRenewable: true)
    }

    package func load(_ tools: CredentialTools) async throws(AWSProblem) -> Credentials? {
        let program = words[0]
        var outcome: ChildProcess.Outcome
        switch await ChildProcess.run(words, timeout: Self.timeout) {
        case .failure(.start(let reason)):
            throw problem("can't be started: \(reason)")
        case .failure(.timeout):
            throw problem("did not end within two minutes")
        case .failure(.tooMuch):
            throw problem("printed more than \(ChildProcess.outputBytesMax) bytes")
        case .success(let finished): outcome = finished
        }
        defer { cleanse(&outcome.output) }
        guard outcome.status == 0 else {
            throw problem("failed with status \(outcome.status)")
        }
        guard let json = try? JSONValue.parse(outcome.output) else {
            throw problem("printed what is not JSON")
        }
        guard json["Version"]?.integer == 1 else {
            throw problem("printed no \"Version\": 1, the only one that is known")
        }
        do throws(CredentialReply.Problem) {
            return try CredentialReply.read(json, token: "SessionToken")
        } catch {
            throw problem("printed what can't be used: \(error.words)")
        }

        func problem(_ what: String) -> AWSProblem {
            AWSProblem(
                .credentials, "the credential_process of profile \"\(profileName)\" \(what)",
                hint: "run \(program) by hand and look at what it prints")
        }
    }
}
