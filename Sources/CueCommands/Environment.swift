import AWSCredentials
@preconcurrency import Glibc

/// The environment of this process, read once, and only here.
///
///     AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
///     AWS_PROFILE, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE
///     AWS_ENDPOINT_URL_IVS, AWS_ENDPOINT_URL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
///     AWS_CA_BUNDLE, HOME, NO_COLOR, TERM
enum Environment {
    static let variables: [String: String] = {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return variables
    }()

    static let aws = AWSEnvironment(variables: variables) { path in
        guard let bytes = try? Files.read(path, bytesMax: 1_048_576) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
