import AWSSigning
import CueSystem
import CueText
import IVSWire
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

/// One request, as it came to the server.
struct Arrival: Sendable {
    var request: SigningRequest
    var wall: WallTime

    func header(_ name: String) -> String? {
        request.headers.first { $0.name.lowercased() == name }?.value
    }

    var body: String { String(decoding: request.body, as: UTF8.self) }

    /// When it says that it was signed.
    var signed: WallTime? { header("x-amz-date").flatMap { WallTime(basic: $0) } }

    /// The key that a service of that region accepts its signature from; nil where it refuses.
    func signer(in region: String, _ known: Credentials...) throws -> String? {
        let verifier = SignatureVerifier(region: region, service: IVSOperation.signingName) { id in
            known.first { $0.accessKeyID == id }
        }
        switch try verifier.verify(request, at: try #require(signed)) {
        case .accepted(let accessKeyID): return accessKeyID
        case .rejected: return nil
        }
    }
}

/// What the server does with a request.
enum Answer: Sendable {
    case reply(Int, _ headers: [HeaderField] = [], _ body: String = "")
    case hangUp
    case silence
}

/// Runs a test's part, and what has to follow however it ends.
func run<Value>(
    _ body: () async throws -> Value, finally end: () async throws -> Void
) async throws -> Value {
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    try await end()
    return try result.get()
}

/// An HTTP server on this machine that answers as the test says, and with 204 after that.
struct LoopbackServer: Sendable {
    let url: String
    fileprivate let script: Script

    /// What has come so far.
    var arrivals: [Arrival] { script.arrivals }

    static func run<Value>(
        _ answers: [Answer] = [], _ body: (LoopbackServer) async throws -> Value
    ) async throws -> Value {
        let script = Script(answers)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        return try await CuePublisherTests.run {
            try await body(LoopbackServer(url: "http://127.0.0.1:\(port)", script: script))
        } finally: {
            try await listener.close()
            try await group.shutdownGracefully()
        }
    }

    /// An address at which nothing listens.
    static func closedURL() async throws -> String {
        try await run { $0.url }
    }
}

/// The answers to come, and the requests that came.
private final class Script: Sendable {
    private let state: Mutex<(arrivals: [Arrival], answers: [Answer])>

    init(_ answers: [Answer]) {
        state = Mutex((arrivals: [], answers: answers))
    }

    var arrivals: [Arrival] { state.withLock { $0.arrivals } }

    func answer(_ arrival: Arrival) -> Answer {
        state.withLock { state in
            state.arrivals.append(arrival)
            return state.answers.isEmpty ? .reply(204) : state.answers.removeFirst()
        }
    }
}

/// One connection.
private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let script: Script
    private var request = SigningRequest(method: "", target: "", headers: [])

    init(_ script: Script) {
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            request = SigningRequest(
                method: head.method.rawValue, target: head.uri,
                headers: head.headers.map { (name: $0.name, value: $0.value) })
        case .body(let bytes): request.body += Array(bytes.readableBytesView)
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        switch script.answer(Arrival(request: request, wall: SystemClock.wall)) {
        case .hangUp: context.close(promise: nil)
        case .silence: break
        case .reply(let status, let headers, let body):
            var head = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: status))
            for header in headers { head.headers.add(name: header.name, value: header.value) }
            if status != 204 {
                head.headers.add(name: "Content-Length", value: "\(body.utf8.count)")
            }
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            let bytes = context.channel.allocator.buffer(string: body)
            context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
