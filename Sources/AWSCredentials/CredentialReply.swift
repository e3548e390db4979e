import AWSSigning
import CueText

/// Credentials in the JSON of a container's endpoint, an instance's metadata, or a process.
enum CredentialReply {
    enum Problem: Error {
        case notJSON
        case missing(String)
        case expiration
    }

    static func read(
        _ bytes: [UInt8], token tokenKey: String
    ) throws(Problem) -> Credentials {
        guard let json = try? JSONValue.parse(bytes) else { throw .notJSON }
        return try read(json, token: tokenKey)
    }

    static func read(_ json: JSONValue, token tokenKey: String) throws(Problem) -> Credentials {
        guard let id = json["AccessKeyId"]?.string, !id.isEmpty else {
            throw .missing("AccessKeyId")
        }
        guard let secret = json["SecretAccessKey"]?.string, !secret.isEmpty else {
            throw .missing("SecretAccessKey")
        }
        var expiration: WallTime?
        if let text = json["Expiration"]?.string {
            guard let moment = Expiry.read(text) else { throw .expiration }
            expiration = moment
        }
        return Credentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: json[tokenKey]?.string,
            expiration: expiration)
    }
}

extension CredentialReply.Problem {
    /// What is wrong, never with the text itself.
    var words: String {
        switch self {
        case .notJSON: "it is not JSON"
        case .missing(let key): "it has no \(key)"
        case .expiration: "its Expiration is no moment"
        }
    }
}
