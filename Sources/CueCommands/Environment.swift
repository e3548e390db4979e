import AWSCredentials
import AWSSigning
@preconcurrency import Glibc

/// The environment of this process, read once, and only here.
///
///     AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION
///     AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE
///     AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME
///     AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI
///     AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
///     AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT
///     AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE
///     AWS_METADATA_SERVICE_TIMEOUT, AWS_METADATA_SERVICE_NUM_ATTEMPTS
///     AWS_REGION, AWS_DEFAULT_REGION, AWS_USE_DUALSTACK_ENDPOINT, AWS_USE_FIPS_ENDPOINT
///     AWS_ENDPOINT_URL_IVS (and _STS, _SSO, _SSO_OIDC, _IAM), AWS_ENDPOINT_URL
///     AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
///     AWS_MAX_ATTEMPTS, AWS_RETRY_MODE, AWS_SDK_UA_APP_ID
///     AWS_CA_BUNDLE, HTTPS_PROXY, HTTP_PROXY, NO_PROXY and their lower-case forms
///     HOME, NO_COLOR, TERM
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

    static let aws = AWSEnvironment(
        variables: variables,
        readFile: { path in
            guard var bytes = try? Files.read(path, bytesMax: 1_048_576) else { return nil }
            defer { cleanse(&bytes) }
            return String(decoding: bytes, as: UTF8.self)
        },
        writeFile: { path, text in
            // A cache: what can't be written is fetched again.
            _ = Files.put(Array(text.utf8), at: path, mode: 0o600)
        })

    /// Lets a crash write no core file, of this process or of what it starts.
    static func leaveNoCore() {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }

    /// Tells this start of the machine from others; empty where the system does not say.
    /// https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html
    static let bootID: String = {
        let bytes = (try? Files.read("/proc/sys/kernel/random/boot_id", bytesMax: 64)) ?? []
        return String(decoding: bytes, as: UTF8.self).filter { $0.isHexDigit || $0 == "-" }
    }()
}
