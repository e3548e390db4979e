package import AWSSigning
import CueText
@preconcurrency import Glibc
import HTTPTypes
import Hummingbird
import IVSWire
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// IVS's API on loopback, for rehearsals and for any AWS client.
///
/// It has a thread of its own, so that it can't hold up the show beside it.
package enum Stage {
    // It lives as long as the process: the server's own objects may still be taken apart, and
    // speak to their loop, when its task has ended.
    private static let thread = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Serves until the body returns, which gets the stage's address.
    ///
    /// `observe` is told of every call, on the stage's thread.
    package static func withStage<Value: Sendable>(
        _ settings: StageSettings, observe: @escaping @Sendable (StageCall) -> Void = { _ in },
        _ body: @escaping @Sendable (_ url: String) async throws -> Value
    ) async throws -> Value {
        let api = try StageAPI(settings, start: wallNow)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let app = Application(
            router: router(api, observe: observe),
            configuration: .init(address: .hostname("127.0.0.1", port: settings.port)),
            onServerRunning: { channel in
                port.yield(channel.localAddress?.port ?? 0)
                port.finish()
            },
            eventLoopGroupProvider: .shared(thread),
            logger: Logger(label: "stage") { _ in SwiftLogNoOpLogHandler() })
        do {
            return try await withThrowingTaskGroup(of: Value?.self) { tasks in
                tasks.addTask {
                    defer { port.finish() }
                    try await app.run()
                    return nil
                }
                tasks.addTask {
                    for await number in ports {
                        return try await body("http://127.0.0.1:\(number)")
                    }
                    return nil
                }
                defer { tasks.cancelAll() }
                while let value = try await tasks.next() {
                    if let value { return value }
                }
                throw StageProblem(message: "the stage stopped by itself")
            }
        } catch let error as IOError {
            throw StageProblem(
                message: "can't listen on port \(settings.port): "
                    + String(cString: strerror(error.errnoCode)))
        }
    }

    private static func router(
        _ api: StageAPI, observe: @escaping @Sendable (StageCall) -> Void
    ) -> Router<BasicRequestContext> {
        let router = Router()
        // Every path is answered by the API: what is no operation is refused as AWS does.
        router.on("/", method: .post) { request, _ in await reply(api, request, observe) }
        router.on("**", method: .post) { request, _ in await reply(api, request, observe) }
        return router
    }

    private static func reply(
        _ api: StageAPI, _ request: Request, _ observe: @Sendable (StageCall) -> Void
    ) async -> Response {
        let arrived = bootNow
        var request = request
        guard let body = try? await request.collectBody(upTo: IVSLimits.requestBytesMax) else {
            return Response(status: .contentTooLarge)
        }
        var headers = request.headers.map { (name: $0.name.rawName, value: $0.value) }
        if let host = request.head.authority { headers.append((name: "host", value: host)) }
        let reply = api.answer(
            SigningRequest(
                method: request.method.rawValue, target: request.head.path ?? "/",
                headers: headers, body: Array(body.readableBytesView)),
            wall: wallNow, now: arrived)
        observe(reply.call)
        return response(reply)
    }

    private static func response(_ reply: StageReply) -> Response {
        var fields = HTTPFields()
        for header in reply.headers {
            if let name = HTTPField.Name(header.name) { fields[name] = header.value }
        }
        if let name = HTTPField.Name("x-amzn-RequestId"), let id = try? randomUUID() {
            fields[name] = id
        }
        if let name = HTTPField.Name("Date") { fields[name] = wallNow.httpDate }
        let status = HTTPResponse.Status(code: reply.status)
        guard !reply.body.isEmpty else {
            var response = Response(status: status, headers: fields)
            // An answer without content has no length either (RFC 9110, 8.6).
            if reply.status == 204 { response.headers[.contentLength] = nil }
            return response
        }
        return Response(
            status: status, headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }

    private static var wallNow: WallTime { WallTime(nanoseconds: read(CLOCK_REALTIME)) }
    private static var bootNow: Int64 { read(CLOCK_BOOTTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Credentials that a stage knows and nobody else does.
package enum StageCredentials {
    package static func make() throws(SigningError) -> Credentials {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        let id = try randomBytes(11).map { letters[Int($0) % letters.count] }
        let secret = try randomBytes(40).map { letters[Int($0) % letters.count] }
        return Credentials(
            accessKeyID: "AKIASTAGE" + String(id), secretAccessKey: String(secret))
    }
}
