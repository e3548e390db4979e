package import AWSSigning
package import AWSTransport
package import CueText

/// How credentials were come by.
package struct CredentialOrigin: Hashable, Sendable {
    package enum Method: String, Sendable {
        case environment
        case webIdentity = "web_identity"
        case assumeRole = "assume_role"
        case sso
        case sharedCredentialsFile = "shared_credentials_file"
        case configFile = "config_file"
        case process
        case container
        case instance
        /// Given by the program itself, as for a rehearsal.
        case fixed
    }

    package var method: Method
    /// In words that fit behind "credentials from".
    package var words: String
    /// They end, and others can be had without anybody being asked.
    package var isRenewable: Bool
    /// A person has to be asked each time.
    var needsPerson: Bool

    package init(
        _ method: Method, _ words: String, isRenewable: Bool, needsPerson: Bool = false
    ) {
        self.method = method
        self.words = words
        self.isRenewable = isRenewable
        self.needsPerson = needsPerson
    }
}

/// Credentials and where they were found.
package struct FoundCredentials: Sendable {
    package var credentials: Credentials
    package var origin: CredentialOrigin

    package init(credentials: Credentials, origin: CredentialOrigin) {
        self.credentials = credentials
        self.origin = origin
    }

    package var source: String { origin.words }
}

/// One place that credentials may be had from.
package protocol CredentialProvider: Sendable {
    var origin: CredentialOrigin { get }
    /// Nil where there is nothing to be had, and the next place is to be asked.
    func load(_ tools: CredentialTools) async throws(AWSProblem) -> Credentials?
}

/// What providers work with.
package struct CredentialTools: Sendable {
    package var configuration: AWSConfiguration
    package var transport: HTTPTransport
    package var userAgent: String
    package var now: @Sendable () -> WallTime
    /// Asks a person for the code of an MFA device, by its serial number; nil where nobody can be
    /// asked.
    package var askCode: (@Sendable (String) async -> String?)?

    package init(
        configuration: AWSConfiguration, transport: HTTPTransport, userAgent: String,
        now: @escaping @Sendable () -> WallTime,
        askCode: (@Sendable (String) async -> String?)? = nil
    ) {
        self.configuration = configuration
        self.transport = transport
        self.userAgent = userAgent
        self.now = now
        self.askCode = askCode
    }

    /// Sends a request up to so many times: what did not come through, a 5xx and a 429 are tried
    /// again after a short wait that doubles, as AWS's standard mode has it.
    func exchange(
        _ request: HTTPRequest, timeout: Duration, attempts: Int
    ) async -> Result<HTTPReply, TransportProblem> {
        var wait = Duration.milliseconds(50)
        var attempt = 1
        while true {
            let result = await transport.exchange(request, timeout: timeout).result
            if attempt >= attempts { return result }
            if case .success(let reply) = result, reply.status < 500, reply.status != 429 {
                return result
            }
            try? await ContinuousClock().sleep(for: wait)
            wait *= 2
            attempt += 1
        }
    }

    /// Attempts of calls that are no cue's: AWS's three, or what AWS_MAX_ATTEMPTS says.
    var attempts: Int {
        (try? RetrySettings(configuration))?.maxAttempts ?? 3
    }
}

extension AWSProblem {
    /// A service that hands out credentials was not reached.
    static func unreachable(_ what: String, _ url: String, _ problem: TransportProblem) -> Self {
        AWSProblem(
            .unreachable, "\(what) can't be reached at \(url): \(problem.message)",
            hint: "check this machine's network and its proxy settings")
    }
}
