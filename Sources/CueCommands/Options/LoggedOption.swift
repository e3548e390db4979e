import ArgumentParser
import CueShow

/// An option that a run's log carries.
struct LoggedOption {
    let name: String
    /// Its text for the log; nil if it wasn't given. No option here is a secret.
    let get: (ShowOptions) -> String?
    /// Reads what the log has, unless the option is given anew; false if it can't be read. Nil if
    /// `--resume` doesn't keep the option.
    let set: ((inout ShowOptions, String) -> Bool)?

    /// In the order in which the log has them; variables follow, each as `var.NAME`.
    static var all: [LoggedOption] {
        [
            LoggedOption(
                name: "channel",
                get: {
                    let channels = $0.sheetOptions.channel
                    return channels.isEmpty ? nil : channels.joined(separator: ",")
                },
                set: { options, text in
                    if options.sheetOptions.channel.isEmpty {
                        options.sheetOptions.channel = text.split(separator: ",").map(String.init)
                    }
                    return true
                }),
            kept("offset", \.sheetOptions.offset),
            kept("from", \.sheetOptions.from),
            kept("until", \.sheetOptions.until),
            LoggedOption(
                name: "only", get: { $0.sheetOptions.only },
                set: { options, text in
                    options.sheetOptions.only = options.sheetOptions.only ?? text
                    return true
                }),
            kept("start", \.start),
            LoggedOption(
                name: "join", get: { $0.join ? "true" : nil },
                set: { options, _ in
                    options.join = true
                    return true
                }),
            LoggedOption(name: "wait", get: { $0.wait?.text }, set: nil),
            LoggedOption(name: "end_after", get: { $0.endAfter?.text }, set: nil),
            kept("late", \.late),
            kept("lead", \.lead),
            LoggedOption(name: "limit_channel", get: { String($0.limitChannel) }, set: nil),
            LoggedOption(name: "limit_account", get: { String($0.limitAccount) }, set: nil),
        ]
    }

    private static func kept<Value: LoggedValue>(
        _ name: String, _ path: WritableKeyPath<ShowOptions, Value?>
    ) -> LoggedOption {
        LoggedOption(
            name: name, get: { $0[keyPath: path]?.text },
            set: { options, text in
                if options[keyPath: path] == nil {
                    options[keyPath: path] = Value(argument: text)
                }
                return options[keyPath: path] != nil
            })
    }
}

extension ShowOptions {
    private static let variablePrefix = "var."

    /// The options that were given, for the log.
    var given: [(name: String, value: String)] {
        LoggedOption.all.compactMap { option in option.get(self).map { (option.name, $0) } }
            + sheetOptions.lastVariables.map { (Self.variablePrefix + $0.name, $0.value) }
    }

    /// Keeps what the run's log has, unless it is given anew.
    mutating func adopt(_ logged: [(name: String, value: String)]) throws(CommandFailure) {
        let table = Dictionary(uniqueKeysWithValues: LoggedOption.all.map { ($0.name, $0) })
        for (name, value) in logged {
            if let set = table[name]?.set, !set(&self, value) {
                throw CommandFailure(.data, "the log's option \(name) can't be read: \(value)")
            }
            guard name.hasPrefix(Self.variablePrefix) else { continue }
            let variable = String(name.dropFirst(Self.variablePrefix.count))
            if !sheetOptions.variables.contains(where: { $0.name == variable }) {
                sheetOptions.variables.append(VariableOption(name: variable, value: value))
            }
        }
    }
}
