/// The sections of `~/.aws/config` and `~/.aws/credentials`, as far as static keys need them.
///
/// A profile is `[profile NAME]` (or `[default]`) in the config file and `[NAME]` in the
/// credentials file, whose keys win. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
package struct SharedConfig: Sendable {
    private var profiles: [String: [String: String]] = [:]

    /// The texts of both files; an absent one is empty.
    package init(config: String, credentials: String) {
        merge(config, isCredentials: false)
        merge(credentials, isCredentials: true)
    }

    package var profileNames: [String] { profiles.keys.sorted() }

    package func profile(_ name: String) -> [String: String]? {
        profiles[name]
    }

    private mutating func merge(_ text: String, isCredentials: Bool) {
        var section: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let trimmed = Self.trim(line)
            if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
            if trimmed.hasPrefix("[") {
                section = Self.profileName(trimmed, isCredentials: isCredentials)
                if let section, profiles[section] == nil { profiles[section] = [:] }
                continue
            }
            // An indented line continues the value above, which no key that is read here has.
            guard let section, line.first?.isWhitespace == false,
                let equals = trimmed.firstIndex(of: "=")
            else { continue }
            let key = Self.trim(trimmed[..<equals]).lowercased()
            profiles[section]?[key] = Self.withoutComment(trimmed[trimmed.index(after: equals)...])
        }
    }

    private static func profileName(_ line: Substring, isCredentials: Bool) -> String? {
        guard let end = line.firstIndex(of: "]") else { return nil }
        let name = trim(line[line.index(after: line.startIndex)..<end])
        if isCredentials || name == "default" { return String(name) }
        let words = name.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == "profile" else { return nil }
        return String(trim(words[1]))
    }

    /// A comment behind a value needs white space before its mark.
    private static func withoutComment(_ value: Substring) -> String {
        var end = value.endIndex
        for index in value.indices.dropFirst() where "#;".contains(value[index]) {
            if value[value.index(before: index)].isWhitespace {
                end = index
                break
            }
        }
        return String(trim(value[..<end]))
    }

    private static func trim(_ text: Substring) -> Substring {
        var rest = text.drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
