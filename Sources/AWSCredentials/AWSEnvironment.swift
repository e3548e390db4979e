/// The environment and the files that AWS's tools are configured by, as values.
package struct AWSEnvironment: Sendable {
    var variables: [String: String]
    /// The text of a file; nil where there is none.
    var readFile: @Sendable (String) -> String?
    /// Puts a text in a file that only the user can read, whole or not at all.
    var writeFile: @Sendable (String, String) -> Void

    package init(
        variables: [String: String], readFile: @escaping @Sendable (String) -> String?,
        writeFile: @escaping @Sendable (String, String) -> Void = { _, _ in }
    ) {
        self.variables = variables
        self.readFile = readFile
        self.writeFile = writeFile
    }

    /// A variable that is set and not blank: AWS's tools take a blank one for absent.
    package func value(_ name: String) -> String? {
        guard let value = variables[name], !value.allSatisfy(\.isWhitespace) else { return nil }
        return value
    }

    var home: String { value("HOME") ?? "/" }

    var configPath: String {
        value("AWS_CONFIG_FILE").map(expanded) ?? home + "/.aws/config"
    }

    var credentialsPath: String {
        value("AWS_SHARED_CREDENTIALS_FILE").map(expanded) ?? home + "/.aws/credentials"
    }

    /// A path with the user's own folder in place of `~`.
    func expanded(_ path: String) -> String {
        path == "~" ? home : path.hasPrefix("~/") ? home + path.dropFirst() : path
    }

    /// Both files; a file that is not there is empty.
    func sharedConfig() throws(AWSProblem) -> SharedConfig {
        do throws(SharedConfigProblem) {
            return try SharedConfig(
                config: readFile(configPath) ?? "", credentials: readFile(credentialsPath) ?? "")
        } catch {
            let path = error.file == .config ? configPath : credentialsPath
            throw AWSProblem(
                .configuration, "\(path):\(error.line): \(error.message)",
                hint: "correct that line; `aws configure list` reads the same file")
        }
    }
}

/// What is configured: environment, files, and the profile that counts.
package struct AWSConfiguration: Sendable {
    enum ProfileChoice: Hashable, Sendable {
        case option
        case variable
        case byDefault
    }

    let environment: AWSEnvironment
    package let files: SharedConfig
    package let profileName: String
    let profileChoice: ProfileChoice
    /// Where calls that belong to no channel go, if nothing names a region.
    var fallbackRegion: String?

    /// Throws where a file can't be read, or a profile was named that there is not.
    package init(
        _ environment: AWSEnvironment, profile: String?, fallbackRegion: String? = nil
    ) throws(AWSProblem) {
        self.environment = environment
        self.fallbackRegion = fallbackRegion
        files = try environment.sharedConfig()
        if let profile {
            (profileName, profileChoice) = (profile, .option)
        } else if let name = environment.value("AWS_DEFAULT_PROFILE")
            ?? environment.value("AWS_PROFILE")
        {
            (profileName, profileChoice) = (name, .variable)
        } else {
            (profileName, profileChoice) = ("default", .byDefault)
        }
        if profileChoice != .byDefault, files.profiles[profileName] == nil {
            throw unknownProfile
        }
    }

    private var unknownProfile: AWSProblem {
        let known = files.profileNames.joined(separator: ", ")
        let place =
            switch profileChoice {
            case .option: "--profile"
            case .variable:
                environment.value("AWS_DEFAULT_PROFILE") == nil
                    ? "AWS_PROFILE" : "AWS_DEFAULT_PROFILE"
            case .byDefault: "the default"
            }
        return AWSProblem(
            .credentials, "there is no profile \"\(profileName)\", which \(place) names",
            hint: known.isEmpty
                ? "run `aws configure --profile \(profileName)` to make it"
                : "the profiles are: \(known)")
    }

    package var profile: SharedConfig.Profile { files.profiles[profileName] ?? .init() }

    /// A setting that is a variable or else a key of the profile; a blank one is absent.
    func setting(_ variable: String, _ key: String) -> String? {
        environment.value(variable) ?? profile[key]
    }

    /// A setting that is on where its text is `true`, in any case.
    func isOn(_ variable: String, _ key: String) -> Bool {
        setting(variable, key)?.lowercased() == "true"
    }
}
