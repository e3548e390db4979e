import AWSCredentials
import AWSSigning
import Testing

@Suite("Credentials")
struct CredentialChainTests {
    /// Files that are only in this test.
    private func environment(
        _ variables: [String: String] = [:], config: String = "", credentials: String = ""
    ) -> AWSEnvironment {
        AWSEnvironment(variables: variables.merging(["HOME": "/home/ada"]) { $1 }) { path in
            switch path {
            case "/home/ada/.aws/config", "/elsewhere/config": config
            case "/home/ada/.aws/credentials", "/elsewhere/credentials": credentials
            default: nil
            }
        }
    }

    private let keys = [
        "AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env secret",
        "AWS_SESSION_TOKEN": "env token",
    ]
    private let files = """
        [default]
        aws_access_key_id = AKIADEFAULT
        aws_secret_access_key = default secret
        [live]
        aws_access_key_id=AKIALIVE
        aws_secret_access_key=live secret   # of the show
        aws_session_token=live token
        """

    @Test("Keys in the environment come first, with their token")
    func fromEnvironment() throws {
        let found = try CredentialChain.resolve(
            environment(keys.merging(["AWS_PROFILE": "live"]) { $1 }, credentials: files),
            profile: nil)
        #expect(found.credentials.accessKeyID == "AKIAENV")
        #expect(found.credentials.secretAccessKey == "env secret")
        #expect(found.credentials.sessionToken == "env token")
        #expect(found.source == "the environment")
    }

    @Test("--profile beats keys in the environment")
    func profileOption() throws {
        let found = try CredentialChain.resolve(
            environment(keys, credentials: files), profile: "live")
        #expect(found.credentials.accessKeyID == "AKIALIVE")
        #expect(found.credentials.secretAccessKey == "live secret")
        #expect(found.credentials.sessionToken == "live token")
        #expect(found.source == "profile live")
    }

    @Test("AWS_PROFILE, then the default profile, where the environment has no keys")
    func profiles() throws {
        let named = try CredentialChain.resolve(
            environment(["AWS_PROFILE": "live"], credentials: files), profile: nil)
        #expect(named.credentials.accessKeyID == "AKIALIVE")
        let plain = try CredentialChain.resolve(environment(credentials: files), profile: nil)
        #expect(plain.credentials.accessKeyID == "AKIADEFAULT")
        #expect(plain.credentials.sessionToken == nil)
    }

    @Test("A blank variable is an absent one; an id without a secret is no pair")
    func blanks() throws {
        let blank = ["AWS_ACCESS_KEY_ID": " ", "AWS_SECRET_ACCESS_KEY": "x"]
        #expect(
            try CredentialChain.resolve(environment(blank, credentials: files), profile: nil)
                .credentials.accessKeyID == "AKIADEFAULT")
        let half = ["AWS_ACCESS_KEY_ID": "AKIAHALF"]
        #expect(
            try CredentialChain.resolve(environment(half, credentials: files), profile: nil)
                .credentials.accessKeyID == "AKIADEFAULT")
    }

    @Test("The config file names profiles with a word before, and the credentials file wins")
    func bothFiles() throws {
        let config = """
            ; written by hand
            [profile live]
            aws_access_key_id = AKIACONFIG
            aws_secret_access_key = config secret
            s3 =
              max_concurrent_requests = 20
            region = eu-west-1

            [live]
            aws_access_key_id = AKIAIGNORED
            """
        let credentials = "[live]\naws_access_key_id = AKIACREDENTIALS\n"
        let found = try CredentialChain.resolve(
            environment(config: config, credentials: credentials), profile: "live")
        #expect(found.credentials.accessKeyID == "AKIACREDENTIALS")
        #expect(found.credentials.secretAccessKey == "config secret")
    }

    @Test("The files may lie elsewhere")
    func otherPlaces() throws {
        let found = try CredentialChain.resolve(
            environment(
                [
                    "AWS_SHARED_CREDENTIALS_FILE": "/elsewhere/credentials",
                    "AWS_CONFIG_FILE": "/elsewhere/config",
                ], credentials: files), profile: nil)
        #expect(found.credentials.accessKeyID == "AKIADEFAULT")
    }

    @Test("What is missing is said, with what to do")
    func problems() {
        func problem(_ environment: AWSEnvironment, _ profile: String?) -> CredentialProblem? {
            do throws(CredentialProblem) {
                _ = try CredentialChain.resolve(environment, profile: profile)
                return nil
            } catch {
                return error
            }
        }
        #expect(problem(environment(), nil)?.message == "no AWS credentials were found")
        #expect(problem(environment(), nil)?.hint.contains("cue-runner rehearse") == true)
        let unknown = problem(environment(credentials: files), "lvie")
        #expect(unknown?.message == "there is no profile \"lvie\"")
        #expect(unknown?.hint == "the profiles are: default, live")
        let empty = problem(environment(config: "[profile sso]\nregion = x\n"), "sso")
        #expect(empty?.message == "the profile \"sso\" has no access keys")
    }

    @Test("Endpoints: the option, then IVS's variable, then the general one")
    func endpoints() {
        let both = ["AWS_ENDPOINT_URL_IVS": "http://ivs", "AWS_ENDPOINT_URL": "http://any"]
        #expect(Endpoint.override(environment(both), option: "http://option") == "http://option")
        #expect(Endpoint.override(environment(both), option: nil) == "http://ivs")
        #expect(
            Endpoint.override(environment(["AWS_ENDPOINT_URL": "http://any"]), option: nil)
                == "http://any")
        let ignored = both.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]) { $1 }
        #expect(Endpoint.override(environment(ignored), option: nil) == nil)
        #expect(Endpoint.override(environment(ignored), option: "http://o") == "http://o")
        #expect(Endpoint.override(environment(), option: nil) == nil)
    }
}
