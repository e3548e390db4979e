package import CueShow
package import CueText

/// One thing that was looked at before a show.
package struct Finding: Hashable, Sendable {
    package enum Status: String, CaseIterable, Sendable {
        case pass
        case warn
        case fail
    }

    package var check: String
    package var status: Status
    package var message: String
    /// What to do about it.
    package var hint: String?
    /// The exit status if it fails.
    package var exit: ExitStatus = .success
    /// The same as values, for programs.
    package var facts: [JSONValue.Member] = []

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

    /// What could not be looked at, because of a failure that would end a run as well.
    package static func fail(_ check: String, _ failure: CommandFailure) -> Finding {
        fail(check, failure.message, hint: failure.hint, exit: failure.status)
    }
}

/// All findings of one look, in their order.
package struct Examination: Sendable {
    package var findings: [Finding] = []

    package init() {}

    /// That of the first failure.
    package var exit: ExitStatus { findings.first { $0.status == .fail }?.exit ?? .success }

    package func text(isQuiet: Bool) -> String {
        let shown = findings.filter { !isQuiet || $0.status != .pass }
        let width = shown.map(\.check.count).max() ?? 0
        return shown.map { finding in
            let check = finding.check.filled(to: width)
            let line = "\(finding.status.rawValue)  \(check)  \(finding.message)"
            let indent = String(repeating: " ", count: width + 8)
            return line + "\n" + (finding.hint.map { "\(indent)→ \($0)\n" } ?? "")
        }.joined()
    }

    /// One object; a finding a line.
    package var json: String {
        let worst = Finding.Status.allCases.last { status in
            findings.contains { $0.status == status }
        }
        let lines = findings.map { finding in
            jsonObject { writer in
                writer.field("check", finding.check)
                writer.field("status", finding.status.rawValue)
                writer.field("message", finding.message)
                writer.field("hint", finding.hint)
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
