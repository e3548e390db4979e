import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import AWSTransport

/// When and how a request gets on its connection, seen from the other side.
@Suite struct ReleaseTests {
    /// What one read of the server brought, and when.
    struct Arrival: Sendable {
        var time: Int64
        var text: String
    }

    /// Answers whatever it reads with 204.
    final class Server: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let arrivals = Mutex<[Arrival]>([])

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            arrivals.withLock { $0.append(Arrival(time: ReleaseTests.now(), text: text)) }
            let answer = ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n")
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        }
    }

    static func now() -> Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }

    /// Runs tasks on an event loop, in the order in which they come.
    final class Loop: TaskExecutor {
        let eventLoop: any EventLoop

        init(_ eventLoop: any EventLoop) {
            self.eventLoop = eventLoop
        }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            let executor = asUnownedTaskExecutor()
            eventLoop.execute { job.runSynchronously(on: executor) }
        }
    }

    /// Gives a transport, a request for a server of its own, and the loop that they use.
    private func withServer<Result>(
        _ body: (HTTPTransport, PreparedRequest, any EventLoop) async throws -> Result
    ) async throws -> (Result, [Arrival]) {
        let server = Server()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { $0.pipeline.addHandler(server) }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let loop = group.next()
        let transport = try HTTPTransport(loop: loop, settings: TransportSettings(), now: Self.now)
        let request = transport.prepare(
            HTTPRequest(
                url: "http://127.0.0.1:\(port)/PutMetadata",
                headers: [(name: "Content-Type", value: "application/json")],
                body: Array(#"{"metadata":"q1"}"#.utf8)))
        let result = try await body(transport, request, loop)
        await transport.shutdown()
        try await listener.close()
        try await group.shutdownGracefully()
        return (result, server.arrivals.withLock { $0 })
    }

    /// Sends requests one after another, each to leave so long after the one before was answered.
    private func arrivals(pauses: [Int64?]) async throws -> (
        leaves: [Int64?], [Arrival], [Exchange]
    ) {
        let ((leaves, exchanges), arrivals) = try await withServer { transport, request, _ in
            var leaves: [Int64?] = []
            var exchanges: [Exchange] = []
            for pause in pauses {
                let moment = pause.map { Self.now() + $0 }
                leaves.append(moment)
                exchanges.append(
                    await transport.exchange(request, leaves: moment, timeout: .seconds(20)))
            }
            return (leaves, exchanges)
        }
        return (leaves, arrivals, exchanges)
    }

    @Test func headAndBodyLeaveInOneWrite() async throws {
        let (_, arrivals, _) = try await arrivals(pauses: [nil, nil])
        #expect(arrivals.count == 2)
        for arrival in arrivals {
            #expect(arrival.text.hasPrefix("POST /PutMetadata HTTP/1.1\r\n"))
            #expect(arrival.text.hasSuffix("\r\n\r\n" + #"{"metadata":"q1"}"#))
        }
    }

    @Test func nothingLeavesBeforeItsMoment() async throws {
        let (leaves, arrivals, exchanges) = try await arrivals(
            pauses: [20_000_000, 5_000_000, -5_000_000, 1_000_000])
        #expect(arrivals.count == 4)
        for (moment, (arrival, exchange)) in zip(leaves, zip(arrivals, exchanges)) {
            let moment = try #require(moment)
            let sent = try #require(exchange.sent)
            #expect(moment <= arrival.time)
            #expect(moment <= sent)
            #expect(throws: Never.self) { try exchange.result.get() }
        }
    }

    @Test func theMomentItselfStaysHere() async throws {
        let (_, arrivals, _) = try await arrivals(pauses: [1_000_000, nil])
        for arrival in arrivals {
            #expect(!arrival.text.lowercased().contains("release"))
        }
    }

    @Test func whatLeavesAtOneMomentLeavesInTheOrderItCame() async throws {
        let (bursts, arrivals) = try await withServer { transport, request, loop in
            let executor = Loop(loop)
            var bursts: [[Int64?]] = []
            for _ in 0..<20 {
                let moment = Self.now() + 2_000_000
                let burst = await withTaskGroup(of: (Int, Int64?).self) { group in
                    for place in 0..<5 {
                        group.addTask(executorPreference: executor) {
                            let exchange = await transport.exchange(
                                request, leaves: moment, timeout: .seconds(20))
                            return (place, exchange.sent)
                        }
                    }
                    return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
                }
                bursts.append((0..<5).map { burst[$0] })
            }
            return bursts
        }
        #expect(arrivals.count == 100)
        // The first burst opens the connections.
        for burst in bursts.dropFirst() {
            let sent = try burst.map { try #require($0) }
            #expect(sent == sent.sorted())
        }
    }
}
