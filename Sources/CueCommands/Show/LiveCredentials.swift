import AWSCredentials
import AWSSigning
import AWSTransport
import CueOperator
import CueSystem
import CueText

/// Credentials that are kept fresh for as long as a show runs.
struct LiveCredentials: Sendable {
    let source: CredentialSource
    let found: FoundCredentials
    private let tools: CredentialTools

    /// Finds them; whoever holds them closes them.
    init(_ access: AWSAccess, terminal: Terminal) async throws(AWSProblem) {
        let tools = try access.tools(terminal: terminal)
        do throws(AWSProblem) {
            found = try await CredentialChain.resolve(tools)
        } catch {
            await tools.transport.shutdown()
            throw error
        }
        self.tools = tools
        // In mid-show the keyboard belongs to the show.
        var later = tools
        later.askCode = nil
        source = CredentialSource(found, now: tools.now) {
            [later] () async throws(AWSProblem) in
            try await CredentialChain.resolve(later)
        } report: { report in
            Self.announce(report, terminal)
        }
    }

    func close() async {
        await source.close()
        await tools.transport.shutdown()
    }

    /// A failure is said once it matters: before that another attempt comes in time.
    private static func announce(_ report: CredentialSource.Report, _ terminal: Terminal) {
        guard case .failed(let problem, let end, isUrgent: true) = report else { return }
        let moment = end.map {
            $0 <= SystemClock.wall ? "have ended" : "end at \($0.rfc3339(.none))"
        }
        terminal.error(
            "the credentials \(moment ?? "can't be renewed"): \(problem.message)",
            hint: problem.hint)
    }
}
