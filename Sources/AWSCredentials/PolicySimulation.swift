package import AWSSigning
import AWSTransport

/// Asks IAM whether an action would be allowed, without doing it.
///
/// It needs iam:SimulatePrincipalPolicy, which many who may send cues do not have, and it knows
/// nothing of session policies: what it can't tell is no refusal.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
package enum PolicySimulation {
    package enum Answer: Hashable, Sendable {
        case allowed
        case denied
        case unknown(String)
    }

    package static func isAllowed(
        _ action: String, on resource: String, to identity: STS.Identity,
        credentials: Credentials, region: String, tools: CredentialTools
    ) async -> Answer {
        // The account's owner is not subject to its policies, and can't be simulated.
        if identity.arn.hasSuffix(":root") { return .allowed }
        guard let principal = principal(of: identity.arn) else {
            return .unknown("policies of \(identity.arn) can't be simulated")
        }
        let form = [
            ("Action", "SimulatePrincipalPolicy"), ("Version", "2010-05-08"),
            ("PolicySourceArn", principal), ("ActionNames.member.1", action),
            ("ResourceArns.member.1", resource),
        ]
        do throws(AWSProblem) {
            let endpoint = try tools.configuration.endpoint(of: .iam, region: region)
            let request = try QueryProtocol.request(
                form, to: endpoint, service: .iam, credentials: credentials, tools: tools)
            switch await tools.exchange(request, timeout: STS.timeout, attempts: 1) {
            case .failure(let problem): return .unknown("IAM can't be reached: \(problem.message)")
            case .success(let reply): return answer(reply)
            }
        } catch {
            return .unknown(error.message)
        }
    }

    private static func answer(_ reply: HTTPReply) -> Answer {
        let text = String(decoding: reply.body, as: UTF8.self)
        guard reply.status == 200 else {
            return .unknown(
                "IAM answers \(XMLText.value("Code", in: text) ?? "HTTP status \(reply.status)")")
        }
        switch XMLText.value("EvalDecision", in: text) {
        case "allowed": return .allowed
        case "explicitDeny", "implicitDeny": return .denied
        default: return .unknown("the answer of IAM can't be read")
        }
    }

    /// The user or the role whose policies count; a role's path is not in the session's name, so a
    /// role with one can't be found this way.
    private static func principal(of arn: String) -> String? {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        if parts[2] == "iam" { return arn }
        let path = parts[5].split(separator: "/")
        guard parts[2] == "sts", path.count == 3, path[0] == "assumed-role",
            !path[1].hasPrefix("AWSReservedSSO_")
        else { return nil }
        return "arn:\(parts[1]):iam::\(parts[4]):role/\(path[1])"
    }
}
