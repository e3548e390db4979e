package import AWSSigning
import CueText
@preconcurrency import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// A stage that serves: where it is, and who watches.
package struct RunningStage: Sendable {
    /// The address of the API.
    package var url: String
    /// The address of the viewer page; nil where the stage runs faster than video can.
    package var page: String?
    private let broadcast: Broadcast?

    init(url: String, broadcast: Broadcast?) {
        self.url = url
        self.broadcast = broadcast
        page = broadcast == nil ? nil : url + "/"
    }

    /// Viewers whose video is running.
    package var viewers: Int { broadcast?.viewers ?? 0 }

    /// Waits until those who watch have seen what was sent by now; at once where nobody does.
    package func playOut() async throws {
        guard let broadcast, broadcast.viewers > 0 else { return }
        // What a player keeps ahead, behind the stage's own delay.
        let rest = Duration.nanoseconds(broadcast.delay) + .seconds(3)
        try await ContinuousClock().sleep(for: rest)
    }
}

/// IVS's API, live video with the cues inside and the viewer page, on loopback: for rehearsals and
/// for any AWS client.
///
/// It has a thread of its own, so that it can't hold up the show beside it.
package enum Stage {
    // It lives as long as the process: the server's own objects may still be taken apart, and
    // speak to their loop, when its task has ended.
    private static let thread = StageThread()

    /// Serves until the body returns.
    ///
    /// `observe` is told of every call of the API, on the stage's thread.
    package static func withStage<Value: Sendable>(
        _ settings: StageSettings, observe: @escaping @Sendable (StageCall) -> Void = { _ in },
        _ body: @escaping @Sendable (RunningStage) async throws -> Value
    ) async throws -> Value {
        let site = try StageSite(settings, observe: observe)
        defer { site.close() }
        let address = StageAddress(host: settings.host, port: settings.port)
        return try await serve(site.answer, at: address, beside: site.tick) { url in
            site.open(at: url)
            return try await body(RunningStage(url: url, broadcast: site.broadcast))
        }
    }

    /// Serves the viewer page alone, for a channel of Amazon IVS, until the body returns.
    package static func withPage<Value: Sendable>(
        _ page: ViewerPage, at address: StageAddress,
        _ body: @escaping @Sendable (_ url: String) async throws -> Value
    ) async throws -> Value {
        let site = PageSite(page: page)
        return try await serve(site.answer, at: address, beside: {}, body)
    }

    private static func serve<Value: Sendable>(
        _ answer: @escaping @Sendable (Request) async -> Response, at address: StageAddress,
        beside work: @escaping @Sendable () async throws -> Void,
        _ body: @escaping @Sendable (_ url: String) async throws -> Value
    ) async throws -> Value {
        raiseDescriptorLimit()
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let app = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in
                await answer(request)
            },
            server: .http1(
                configuration: .init(idleTimeout: .seconds(StageLimits.idleSeconds))),
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    StageLimits.connectionsMax)),
            onServerRunning: { channel in
                port.yield(channel.localAddress?.port ?? 0)
                port.finish()
            },
            eventLoopGroupProvider: .shared(thread.group),
            logger: Logger(label: "stage") { _ in SwiftLogNoOpLogHandler() })
        do {
            return try await withThrowingTaskGroup(of: Value?.self) { tasks in
                tasks.addTask(executorPreference: thread) {
                    defer { port.finish() }
                    try await app.run()
                    return nil
                }
                tasks.addTask {
                    for await number in ports {
                        return try await body(address.url(port: number))
                    }
                    return nil
                }
                tasks.addTask(executorPreference: thread) {
                    try await work()
                    // What has no work of its own waits, since an end is taken for the server's.
                    try await ContinuousClock().sleep(for: .seconds(1_000_000_000))
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
                message: "can't listen on \(address.host) port \(address.port): "
                    + String(cString: strerror(error.errnoCode)))
        } catch is SocketAddressError.UnknownHost {
            throw StageProblem(message: "\"\(address.host)\" is no address of this machine")
        }
    }

    /// Each viewer keeps two connections open, which is more than what a process may by default.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 8_192))
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// The one thread of all stages of a process; its tasks run where its connections do.
private final class StageThread: TaskExecutor {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        group.next().execute { job.runSynchronously(on: executor) }
    }
}

/// Where a stage listens, and how it is reached there.
package struct StageAddress: Hashable, Sendable {
    package var host: String
    /// 0 is a port that is free.
    var port: Int

    package init(host: String = StageSettings.loopback, port: Int = 0) {
        self.host = host
        self.port = port
    }

    package var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }

    /// The address for others: where all of this machine's are listened on, the first one that is
    /// not loopback.
    func url(port: Int) -> String {
        var name = host
        if ["0.0.0.0", "::"].contains(host) {
            let devices = (try? System.enumerateDevices()) ?? []
            let own = devices.compactMap(\.address).first { address in
                if case .v4 = address {
                    address.ipAddress?.hasPrefix("127.") == false
                } else {
                    false
                }
            }
            name = own?.ipAddress ?? StageSettings.loopback
        }
        return name.contains(":") ? "http://[\(name)]:\(port)" : "http://\(name):\(port)"
    }
}

/// Credentials that a stage knows and nobody else does.
package enum StageCredentials {
    /// A session token goes with them where others can reach the stage.
    package static func make(token: String? = nil) throws(SigningError) -> Credentials {
        Credentials(
            accessKeyID: "AKIASTAGE" + (try letters(11)), secretAccessKey: try letters(40),
            sessionToken: token)
    }

    package static func makeToken() throws(SigningError) -> String { try letters(40) }

    private static func letters(_ count: Int) throws(SigningError) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        return String(try randomBytes(count).map { letters[Int($0) % letters.count] })
    }
}
