import CueText

/// What requests call themselves, in the words that AWS's own clients use.
package enum UserAgent {
    /// `cue-runner/0.1.0 ua/2.1 os/linux lang/swift app/NAME`, with the name that
    /// AWS_SDK_UA_APP_ID or `sdk_ua_app_id` gives to what runs this, so that an account's logs tell
    /// one show from another. At most 50 characters of the name count.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
    package static func text(version: String, _ configuration: AWSConfiguration?) -> String {
        let base = "cue-runner/\(version) ua/2.1 os/linux lang/swift"
        guard let name = configuration?.setting("AWS_SDK_UA_APP_ID", "sdk_ua_app_id")?.trimmed
        else { return base }
        let allowed = "!$%&*+-.,^_`|~'#".utf8
        let bytes = name.utf8.prefix(50).map {
            $0.isLetterOrDigit || allowed.contains($0) ? $0 : UInt8(ascii: "-")
        }
        return base + " app/" + String(decoding: bytes, as: UTF8.self)
    }
}
