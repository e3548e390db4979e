extension AWSEnvironment: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The names of the variables alone.
    package var description: String {
        "AWSEnvironment(\(variables.keys.sorted().joined(separator: ", ")))"
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension SharedConfig: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The names of the profiles alone.
    package var description: String { "SharedConfig(\(profileNames.joined(separator: ", ")))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension SharedConfig.Profile: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The names of the keys alone.
    package var description: String {
        "Profile(\(values.keys.sorted().joined(separator: ", ")))"
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

extension ProcessProvider: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    /// Without its arguments, which may hold a secret.
    var description: String { "ProcessProvider(\(origin.words))" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
