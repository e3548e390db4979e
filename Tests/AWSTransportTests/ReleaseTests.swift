import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import AWSTransport

/// When and how a request gets on its connection, seen from the other side.
struct ReleaseTests {
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

    /// Sends requests one after another, each to leave so long after the one before was answered.
    private func arrivals(pauses: [Int64?]) async throws -> (
        leaves: [Int64?], [Arrival], [Exchange]
    ) {
        let server = Server()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { $0.pipeline.addHandler(server) }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let transport = try HTTPTransport(
            loop: group.next(), settings: TransportSettings(), now: Self.now)
        let request = transport.prepare(
            HTTPRequest(
                url: "http://127.0.0.1:\(port)/PutMetadata",
                headers: [(name: "Content-Type", value: "application/json")],
                body: Array(#"{"metadata":"q1"}"#.utf8)))
        var leaves: [Int64?] = []
        var exchanges: [Exchange] = []
        for pause in pauses {
            leaves.append(pause.map { Self.now() + $0 })
            exchanges.append(
                await transport.exchange(request, leaves: leaves.last ?? nil, timeout: .seconds(20))
            )
        }
        await transport.shutdown()
        try await listener.close()
        try await group.shutdownGracefully()
        return (leaves, server.arrivals.withLock { $0 }, exchanges)
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
}
