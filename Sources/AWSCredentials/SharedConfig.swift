import CueText

/// The sections of `~/.aws/config` and `~/.aws/credentials`.
///
/// A profile is `[profile NAME]` (or `[default]`) in the config file and `[NAME]` in the
/// credentials file, whose keys win; `[sso-session NAME]` and `[services NAME]` stand in the config
/// file alone. Names of keys are lower case here. What AWS's tools pass over is passed over, and
/// what they stop at throws. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
package struct SharedConfig: Sendable {
    /// The keys of one profile, merged from both files.
    package struct Profile: Sendable {
        var values: [String: String] = [:]
        /// The keys that stand in the credentials file.
        var fromCredentialsFile: Set<String> = []

        /// The value of a key; a blank one is absent.
        package subscript(_ key: String) -> String? {
            guard let value = values[key], !value.allSatisfy(\.isWhitespace) else { return nil }
            return value
        }
    }

    private(set) var profiles: [String: Profile] = [:]
    private(set) var ssoSessions: [String: [String: String]] = [:]
    private(set) var services: [String: [String: String]] = [:]

    /// The texts of both files; an absent one is empty.
    init(config: String, credentials: String) throws(SharedConfigProblem) {
        let sections = try SharedConfigReader.read(config, file: .config)
        // `[default]` is passed over where there is a `[profile default]` as well.
        let hasPrefixed = sections.contains { $0.kind == .profile && $0.name == "default" }
        for section in sections {
            switch section.kind {
            case .profile: merge(section, isCredentials: false)
            case .defaultProfile: if !hasPrefixed { merge(section, isCredentials: false) }
            case .ssoSession:
                ssoSessions[section.name, default: [:]].merge(section.values) { $1 }
            case .services: services[section.name, default: [:]].merge(section.values) { $1 }
            case .ignored: break
            }
        }
        for section in try SharedConfigReader.read(credentials, file: .credentials)
        where section.kind == .profile {
            merge(section, isCredentials: true)
        }
    }

    var profileNames: [String] { profiles.keys.sorted() }

    private mutating func merge(_ section: SharedConfigReader.Section, isCredentials: Bool) {
        profiles[section.name, default: Profile()].values.merge(section.values) { $1 }
        guard isCredentials else { return }
        profiles[section.name]?.fromCredentialsFile.formUnion(section.values.keys)
    }

    /// The keys of a value that is spread over indented lines, such as `ivs =` in `[services X]`.
    static func nested(_ value: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in value.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let key = line[..<equals].trimmingSpace.lowercased()
            values[key] = String(line[line.index(after: equals)...].trimmingSpace)
        }
        return values
    }
}

/// What a configuration file says that nobody can read, and in which line of it.
struct SharedConfigProblem: Error, Hashable, Sendable {
    enum File: Hashable, Sendable {
        case config
        case credentials
    }

    var file: File
    /// From 1.
    var line: Int
    var message: String
}

/// Reads one file line by line.
struct SharedConfigReader {
    struct Section {
        enum Kind {
            case profile
            case defaultProfile
            case ssoSession
            case services
            /// Its name is none, but its lines are read like any other's.
            case ignored
        }

        var kind: Kind
        var name: String
        var values: [String: String] = [:]
    }

    private let file: SharedConfigProblem.File
    private var line = 0
    private var sections: [Section] = []
    /// The key that an indented line continues; nil behind a section's line.
    private var key: String?
    /// The key's value began on the line below it, so that each line of it is a key of its own.
    private var hasNested = false

    static func read(
        _ text: String, file: SharedConfigProblem.File
    ) throws(SharedConfigProblem) -> [Section] {
        var reader = SharedConfigReader(file: file)
        for line in text.split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r\n" })
        {
            reader.line += 1
            try reader.read(line)
        }
        return reader.sections
    }

    private init(file: SharedConfigProblem.File) {
        self.file = file
    }

    private func problem(_ message: String) -> SharedConfigProblem {
        SharedConfigProblem(file: file, line: line, message: message)
    }

    private mutating func read(_ text: Substring) throws(SharedConfigProblem) {
        let trimmed = text.trimmingSpace
        guard let first = trimmed.first, first != "#", first != ";" else { return }
        if text.first?.isWhitespace == true {
            try readContinuation(trimmed)
        } else if first == "[" {
            sections.append(try section(trimmed))
            key = nil
        } else {
            try readProperty(trimmed)
        }
    }

    private mutating func readContinuation(_ text: Substring) throws(SharedConfigProblem) {
        guard !sections.isEmpty else {
            throw problem("Expected a profile definition, found continuation")
        }
        guard let key else { throw problem("Expected a property definition, found continuation") }
        if hasNested {
            guard let equals = text.firstIndex(of: "=") else {
                throw problem("Expected an '=' sign defining a sub-property")
            }
            guard equals != text.startIndex else {
                throw problem("Sub-property did not have a name")
            }
        }
        sections[sections.count - 1].values[key]?.append("\n" + text)
    }

    private mutating func readProperty(_ text: Substring) throws(SharedConfigProblem) {
        guard !sections.isEmpty else { throw problem("Expected a profile definition") }
        let text = Self.withoutComment(text)
        guard let equals = text.firstIndex(of: "=") else {
            throw problem("Expected an '=' sign defining a property")
        }
        let name = text[..<equals].trimmingSpace
        guard !name.isEmpty else { throw problem("Property did not have a name") }
        let value = text[text.index(after: equals)...].trimmingSpace
        let key = name.lowercased()
        self.key = key
        hasNested = value.isEmpty
        if Self.isIdentifier(name) { sections[sections.count - 1].values[key] = String(value) }
    }

    private func section(_ text: Substring) throws(SharedConfigProblem) -> Section {
        let uncommented = text.prefix { $0 != "#" && $0 != ";" }.trimmingSpace
        guard uncommented.last == "]" else {
            throw problem("Profile definition must end with ']'")
        }
        let name = uncommented.dropFirst().dropLast().trimmingSpace
        let (kind, rest) = classify(name)
        return Section(kind: Self.isIdentifier(rest) ? kind : .ignored, name: String(rest))
    }

    private func classify(_ name: Substring) -> (Section.Kind, Substring) {
        if file == .credentials { return (.profile, name) }
        if name == "default" { return (.defaultProfile, name) }
        let word = name.prefix { !$0.isWhitespace }
        let rest = name[word.endIndex...].trimmingSpace
        switch word {
        case "profile": return (.profile, rest)
        case "sso-session": return (.ssoSession, rest)
        case "services": return (.services, rest)
        default: return (.ignored, rest)
        }
    }

    private static func isIdentifier(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { $0.isLetterOrDigit || "-/.%@_:+".utf8.contains($0) }
    }

    /// A comment behind a value needs white space before its mark.
    private static func withoutComment(_ text: Substring) -> Substring {
        var wasSpace = false
        for index in text.indices {
            if wasSpace, "#;".contains(text[index]) { return text[..<index].trimmingSpace }
            wasSpace = text[index].isWhitespace
        }
        return text
    }
}
