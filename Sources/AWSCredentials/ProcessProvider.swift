import AWSSigning
import CueSystem
import CueText

/// A program that a profile names to hand out credentials (`credential_process`).
///
/// It is run without a shell and with an empty standard input; what it writes to standard error
/// goes where ours goes. It has two minutes, since it may ask a person in a browser, and its answer
/// may be 64 KiB. https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
struct ProcessProvider: CredentialProvider {
    private static let timeLimit: Int64 = 120_000
    private static let outputBytesMax = 65_536

    let origin: CredentialOrigin
    private let profileName: String
    private let words: [String]

    /// Nil where the profile names no program.
    init?(profile: SharedConfig.Profile, name: String) throws(AWSProblem) {
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
        // Its arguments may hold a secret, and are never shown.
        let program = words[0].split(separator: "/").last.map(String.init) ?? words[0]
        origin = CredentialOrigin(
            .process, "the program \(program) of profile \(name)", isRenewable: true)
    }

    func load(_ tools: CredentialTools) async throws(AWSProblem) -> Credentials? {
        let program = words[0]
        let process = ChildProcess(
            words, .attached, timeLimit: Self.timeLimit, outputBytesMax: Self.outputBytesMax)
        var (ending, output) = await onOwnThread {
            var output: [UInt8] = []
            let ending = process.run { output += $0 }
            return (ending, output)
        }
        defer { cleanse(&output) }
        switch ending {
        case .exited(0): break
        case .exited(let status): throw problem("failed with status \(status)")
        case .signalled(let signal): throw problem("failed with status \(128 + signal)")
        case .timedOut: throw problem("did not end within two minutes")
        case .wroteTooMuch: throw problem("printed more than \(Self.outputBytesMax) bytes")
        case .hadNoPipe(let reason), .failedToStart(let reason):
            throw problem("can't be started: \(reason)")
        }
        guard let json = try? JSONValue.parse(output) else {
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
