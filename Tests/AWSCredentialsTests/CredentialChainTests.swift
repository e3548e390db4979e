import AWSCredentials
import AWSSigning
import CueText
import Testing

@Suite struct CredentialChainTests {
    private let keys = [
        "AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env secret",
        "AWS_SESSION_TOKEN": "env token", "AWS_EC2_METADATA_DISABLED": "true",
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
    private let nowhere = ["AWS_EC2_METADATA_DISABLED": "true"]

    @Test func keysInTheEnvironmentComeFirstWithTheirTokenAndEnd() async throws {
        let more = ["AWS_PROFILE": "live", "AWS_CREDENTIAL_EXPIRATION": "2026-01-02T04:00:00Z"]
        let found = try await resolve(
            environment(keys.merging(more) { $1 }, credentials: files))
        #expect(found.credentials.accessKeyID == "AKIAENV")
        #expect(found.credentials.secretAccessKey == "env secret")
        #expect(found.credentials.sessionToken == "env token")
        #expect(found.credentials.expiration == WallTime(rfc3339: "2026-01-02T04:00:00Z"))
        #expect(found.source == "the environment")
        #expect(!found.origin.isRenewable)
    }

    @Test func profileOptionBeatsKeysInTheEnvironment() async throws {
        let found = try await resolve(environment(keys, credentials: files), profile: "live")
        #expect(found.credentials.accessKeyID == "AKIALIVE")
        #expect(found.credentials.secretAccessKey == "live secret")
        #expect(found.credentials.sessionToken == "live token")
        #expect(found.source == "profile live")
        #expect(found.origin.method == .sharedCredentialsFile)
    }

    @Test func profileOfTheVariableThenTheDefaultWhereTheEnvironmentHasNoKeys() async throws {
        let named = try await resolve(environment(["AWS_PROFILE": "live"], credentials: files))
        #expect(named.credentials.accessKeyID == "AKIALIVE")
        let plain = try await resolve(environment(credentials: files))
        #expect(plain.credentials.accessKeyID == "AKIADEFAULT")
        #expect(plain.credentials.sessionToken == nil)
        let older = try await resolve(
            environment(
                ["AWS_PROFILE": "default", "AWS_DEFAULT_PROFILE": "live"], credentials: files))
        #expect(older.credentials.accessKeyID == "AKIALIVE")
    }

    @Test func treatsABlankVariableAsAbsentAndRefusesAnIDWithoutASecret() async throws {
        let blank = ["AWS_ACCESS_KEY_ID": " ", "AWS_SECRET_ACCESS_KEY": "x", "AWS_PROFILE": ""]
        #expect(
            try await resolve(environment(blank, credentials: files)).credentials.accessKeyID
                == "AKIADEFAULT")
        let half = ["AWS_ACCESS_KEY_ID": "AKIAHALF"]
        #expect(
            try await resolve(environment(half, credentials: files)).credentials.accessKeyID
                == "AKIADEFAULT")
    }

    @Test func keysOfTheCredentialsFileWinOverTheConfigFiles() async throws {
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
        let found = try await resolve(
            environment(config: config, credentials: credentials), profile: "live")
        #expect(found.credentials.accessKeyID == "AKIACREDENTIALS")
        #expect(found.credentials.secretAccessKey == "config secret")
        let only = try await resolve(environment(config: config), profile: "live")
        #expect(only.origin.method == .configFile)
    }

    @Test func readsFilesThatLieElsewhere() async throws {
        for path in ["/elsewhere/credentials", "~/.aws/credentials"] {
            let found = try await resolve(
                environment(
                    [
                        "AWS_SHARED_CREDENTIALS_FILE": path, "AWS_CONFIG_FILE": "/elsewhere/config",
                    ], credentials: files))
            #expect(found.credentials.accessKeyID == "AKIADEFAULT")
        }
    }

    @Test func asksThePlacesOfAProfileInTheirOrder() throws {
        let sso = """
            sso_account_id = 123456789012
            sso_role_name = Producer
            sso_start_url = https://example.awsapps.com/start
            sso_region = us-east-1

            """
        let process = "credential_process = /opt/keys --live\n"
        let static1 = "aws_access_key_id = AKIA\naws_secret_access_key = s\n"
        let web = "web_identity_token_file = /token\nrole_arn = arn:aws:iam::1:role/Web\n"
        let role = "role_arn = arn:aws:iam::1:role/Live\ncredential_source = Environment\n"
        func first(_ keys: String, credentials: String = "") throws -> String? {
            try place(
                environment(self.keys, config: "[profile p]\n" + keys, credentials: credentials),
                profile: "p")
        }
        #expect(
            try first(role + sso + process + static1)
                == "the role Live of profile p, assumed with the environment")
        #expect(
            try first(web + sso + process + static1)
                == "the role Web, by the web identity of profile p")
        #expect(
            try first(sso + process + static1)
                == "SSO as Producer in account 123456789012, profile p")
        #expect(try first(process + static1) == "the program keys of profile p")
        #expect(try first(process, credentials: "[p]\n" + static1) == "profile p")
        #expect(try first(static1) == "profile p")
        #expect(try first("region = x\n") == nil || nowhere.isEmpty)
    }

    @Test func webIdentityOfTheEnvironmentComesBehindKeysAndBeforeAProfile() throws {
        let web = ["AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "arn:aws:iam::1:role/CI"]
        let words = "the role CI, by the web identity of the environment"
        #expect(try place(environment(web, credentials: files)) == words)
        #expect(
            try place(environment(web.merging(["AWS_PROFILE": "live"]) { $1 }, credentials: files))
                == words)
        #expect(try place(environment(web.merging(keys) { $1 })) == "the environment")
        #expect(try place(environment(web, credentials: files), profile: "live") == "profile live")
        #expect(
            problem(environment(["AWS_WEB_IDENTITY_TOKEN_FILE": "/t"]))?.message
                == "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not")
    }

    @Test func containerComesBehindTheProfileAndAnInstancesRoleLast() throws {
        let container = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"]
        #expect(try place(environment(container, credentials: files)) == "profile default")
        #expect(try place(environment(container)) == "the container's endpoint")
        #expect(
            try place(environment(container, config: "[profile a]\nregion=x"), profile: "a")
                == "the container's endpoint")
        #expect(try place(environment()) == "the role of this EC2 instance")
        #expect(try place(environment(nowhere)) == nil)
        #expect(try place(environment(["AWS_EC2_METADATA_DISABLED": "TRUE"])) == nil)
    }

    @Test func assumesRolesAlongAChainOfProfiles() throws {
        let config = """
            [profile a]
            role_arn = arn:aws:iam::1:role/A
            source_profile = b
            [profile b]
            role_arn = arn:aws:iam::1:role/path/B
            source_profile = c
            [profile c]
            aws_access_key_id = AKIA
            aws_secret_access_key = s
            role_arn = arn:aws:iam::1:role/C
            source_profile = a
            [profile self]
            role_arn = arn:aws:iam::1:role/S
            source_profile = self
            aws_access_key_id = AKIA
            aws_secret_access_key = s
            """
        #expect(
            try place(environment(config: config), profile: "a")
                == "the role A of profile a, assumed with the role B of profile b, assumed with "
                + "profile c")
        #expect(
            try place(environment(config: config), profile: "self")
                == "the role S of profile self, assumed with profile self")
    }

    @Test func renewsARoleUnlessSomebodyAlongItsChainHasToBeAsked() throws {
        let config = """
            [profile a]
            role_arn = arn:aws:iam::1:role/A
            source_profile = b
            [profile b]
            role_arn = arn:aws:iam::1:role/B
            source_profile = c
            mfa_serial = arn:aws:iam::1:mfa/ada
            [profile c]
            aws_access_key_id = AKIA
            aws_secret_access_key = s
            [profile d]
            role_arn = arn:aws:iam::1:role/D
            source_profile = c
            """
        func isRenewable(_ profile: String) throws -> Bool? {
            try CredentialChain.providers(
                AWSConfiguration(environment(config: config), profile: profile)
            ).first?.origin.isRenewable
        }
        #expect(try isRenewable("a") == false)
        #expect(try isRenewable("b") == false)
        #expect(try isRenewable("d") == true)
    }

    @Test func explainsWhatAProfileCannotMeanAndWhatToDo() {
        func message(_ config: String) -> String? {
            let found = problem(environment(config: config), profile: "a")
            #expect(found?.hint.isEmpty == false)
            return found?.message
        }
        let role = "[profile a]\nrole_arn = arn:aws:iam::1:role/A\n"
        #expect(
            message(role)
                == "the profile \"a\" has a role_arn and neither source_profile nor "
                + "credential_source")
        #expect(
            message(role + "source_profile = b\ncredential_source = Environment\n")
                == "the profile \"a\" has both source_profile and credential_source")
        #expect(
            message(role + "source_profile = gone\n")
                == "the profile \"a\" has \"gone\" as its source_profile, which there is not")
        #expect(
            message(role + "source_profile = b\n[profile b]\nregion = x\n")
                == "the profile \"b\", with which \"a\" assumes its role, has no credentials")
        #expect(
            message(
                role + "source_profile = b\n[profile b]\nrole_arn = arn:aws:iam::1:role/B\n"
                    + "source_profile = a\n")
                == "the profiles lend each other credentials in a circle: a → b → a")
        #expect(
            message(role + "source_profile = a\n")
                == "the profiles lend each other credentials in a circle: a → a")
        #expect(
            message(role + "credential_source = Moon\n")
                == "credential_source of the profile \"a\" is \"Moon\"")
        #expect(
            message(role + "credential_source = EcsContainer\n")
                == "the profile \"a\" assumes its role with EcsContainer, which has no credentials")
        #expect(
            message(role + "credential_source=Ec2InstanceMetadata\nduration_seconds = 5\n")
                == "duration_seconds of the profile \"a\" is \"5\"")
        #expect(
            message("[profile a]\naws_access_key_id = AKIA\n")
                == "the profile \"a\" has half a key: aws_secret_access_key is missing")
        #expect(
            message("[profile a]\nsso_account_id = 1\nsso_session = s\n")
                == "the profile \"a\" names the sso-session \"s\", which there is not")
        #expect(
            message(
                "[profile a]\nsso_account_id = 1\nsso_region = x\nsso_session = s\n"
                    + "[sso-session s]\nsso_region = y\n")
                == "sso_region differs between the profile \"a\" and its sso-session \"s\"")
        #expect(
            message("[profile a]\nsso_account_id = 1\n")
                == "the profile \"a\" uses SSO and has no sso_role_name")
        #expect(
            message("[profile a]\ncredential_process = \"open\n")
                == "the quotes in credential_process of the profile \"a\" are not closed")
        #expect(
            message("[profile a]\nlogin_session = x\n")?.contains("`aws login`") == true)
    }

    @Test func explainsWhatIsMissingAndWhatToDo() async {
        func failure(_ environment: AWSEnvironment, _ profile: String? = nil) async -> AWSProblem? {
            do {
                _ = try await resolve(environment, profile: profile)
                return nil
            } catch {
                return error as? AWSProblem
            }
        }
        let none = await failure(environment(nowhere))
        #expect(none?.message == "no AWS credentials were found")
        #expect(none?.hint.contains("cue-runner rehearse") == true)
        let unknown = await failure(environment(credentials: files), "lvie")
        #expect(unknown?.message == "there is no profile \"lvie\", which --profile names")
        #expect(unknown?.hint == "the profiles are: default, live")
        // As AWS's CLI has it, also where the environment has keys.
        let named = await failure(
            environment(keys.merging(["AWS_PROFILE": "nope"]) { $1 }, credentials: files))
        #expect(named?.message == "there is no profile \"nope\", which AWS_PROFILE names")
        let empty = await failure(
            environment(nowhere, config: "[profile sso]\nregion = x\n"), "sso")
        #expect(empty?.message == "the profile \"sso\" has no credentials, nor has this machine")
        let broken = await failure(environment(config: "[profile a]\nx\n"))
        #expect(
            broken?.message
                == "/home/ada/.aws/config:2: Expected an '=' sign defining a property")
        #expect(broken?.kind == .configuration)
    }
}
