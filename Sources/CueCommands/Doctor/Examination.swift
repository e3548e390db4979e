import CueShow
import CueText

/// One thing that was looked at before a show.
struct Finding {
    enum Status: String, CaseIterable {
        case pass
        case warn
        case fail
    }

    var check: String
    var status: Status
    var message: String
    /// What to do about it.
    var hint: String?
    /// The exit status where it fails.
    var exit: ExitStatus = .success
    /// The same as values, for programs.
    var facts: [JSONValue.Member] = []

    static func pass(
        _ check: String, _ message: String, _ facts: [JSONValue.Member] = []
    ) -> Finding {
        Finding(check: check, status: .pass, message: message, facts: facts)
    }

    static func warn(
        _ check: String, _ message: String, hint: String, _ facts: [JSONValue.Member] = []
    ) -> Finding {
        Finding(check: check, status: .warn, message: message, hint: hint, facts: facts)
    }

    static func fail(
        _ check: String, _ message: String, hint: String?, exit: ExitStatus,
        _ facts: [JSONValue.Member] = []
    ) -> Finding {
        Finding(
            check: check, status: .fail, message: message, hint: hint, exit: exit, facts: facts)
    }

    static func fail(_ check: String, _ failure: CommandFailure) -> Finding {
        fail(check, failure.message, hint: failure.hint, exit: failure.status)
    }
}

/// All findings of one look, in their order.
struct Examination {
    var findings: [Finding] = []

    /// That of the first failure.
    var exit: ExitStatus { findings.first { $0.status == .fail }?.exit ?? .success }

    func text(isQuiet: Bool) -> String {
        let shown = findings.filter { !isQuiet || $0.status != .pass }
        let width = shown.map(\.check.count).max() ?? 0
        return shown.map { finding in
            let padding = String(repeating: " ", count: width - finding.check.count)
            let line = "\(finding.status.rawValue)  \(finding.check)\(padding)  \(finding.message)"
            let indent = String(repeating: " ", count: width + 8)
            return line + "\n" + (finding.hint.map { "\(indent)→ \($0)\n" } ?? "")
        }.joined()
    }

    /// One object; a finding a line.
    var json: String {
        let worst = Finding.Status.allCases.last { status in
            findings.contains { $0.status == status }
        }
        let lines = findings.map { finding in
            jsonObject { writer in
                writer.key("check")
                writer.string(finding.check)
                writer.key("status")
                writer.string(finding.status.rawValue)
                writer.key("message")
                writer.string(finding.message)
                writer.key("hint")
                if let hint = finding.hint { writer.string(hint) } else { writer.null() }
                for fact in finding.facts {
                    writer.key(fact.key)
                    writer.value(fact.value)
                }
            }
        }
        let head = "{\"status\":\"\(worst?.rawValue ?? "pass")\",\"exit\":\(exit.rawValue)"
        return head + ",\"checks\":[\n" + lines.joined(separator: ",\n") + "\n]}\n"
    }
}

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

    /// Whole microseconds, as the run log has durations.
    static func microseconds(_ duration: Duration) -> JSONValue {
        .number(String(duration.nanoseconds / 1_000))
    }
}
