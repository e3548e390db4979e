import AWSCredentials
import AWSSigning
import AWSTransport
import CueShow
import CueText
import IVSWire

/// Where a region's IVS is reached, and how a call of it is put on the wire.
struct IVSEndpoint: Hashable {
    /// Without a slash at its end.
    let url: String
    let host: String

    init(_ url: String) throws(AWSProblem) {
        (self.url, host) = try EndpointURL.parse(url)
    }

    /// What a call tells of itself beside its operation and body.
    struct Caller {
        var userAgent: String
        /// What tells AWS that attempts belong together.
        /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
        var invocationID: String
        var attempt = "attempt=1"
    }

    /// A request, signed where there is a signer.
    func request(
        _ operation: IVSOperation, _ body: [UInt8], signer: Signer?, at time: WallTime,
        _ caller: Caller
    ) throws(SigningError) -> HTTPRequest {
        var headers: [HeaderField] = [
            (name: "Host", value: host), (name: "Content-Type", value: IVSOperation.contentType),
        ]
        let url = url + operation.path
        let afterScheme = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        let signing = SigningRequest(
            method: IVSOperation.method, target: "/" + (afterScheme.last ?? ""), headers: headers,
            body: body)
        if let signer { headers += try signer.sign(signing, at: time) }
        headers += [
            (name: "User-Agent", value: caller.userAgent),
            (name: "Accept-Encoding", value: "identity"),
            (name: "amz-sdk-invocation-id", value: caller.invocationID),
            (name: "amz-sdk-request", value: caller.attempt),
        ]
        return HTTPRequest(url: url, headers: headers, body: body)
    }
}

extension StreamStatus {
    /// Reads an answer of GetStream that is a success.
    static func read(_ reply: HTTPReply) -> Result<StreamStatus, Failure> {
        do {
            let stream = try GetStreamResponse(body: reply.body).stream
            guard stream.state != .offline else {
                return .failure(
                    Failure(
                        kind: .notLive, code: "OFFLINE", message: "the channel is off the air"))
            }
            return .success(
                StreamStatus(
                    streamID: stream.streamID, startTime: stream.startTime,
                    viewerCount: stream.viewerCount.map { Int(clamping: $0) }))
        } catch {
            return .failure(
                Failure(
                    kind: .service, code: "garbled_answer",
                    message: "the answer to GetStream can't be read: \(error.message)"))
        }
    }
}
