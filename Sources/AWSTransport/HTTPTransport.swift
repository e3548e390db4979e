import AsyncHTTPClient
import CueText
package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A request, signed and complete.
package struct HTTPRequest: Sendable {
    var method: String
    var url: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    /// False for what is reached on this machine or its link alone, whatever the proxies say.
    package var usesProxy = true

    package init(
        method: String = "POST", url: String, headers: [(name: String, value: String)],
        body: [UInt8]
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

package struct HTTPReply: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }
}

/// Why there is no reply.
package struct TransportProblem: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// No connection could be had: the request did not leave.
        case unreachable
        /// The request left, or part of it, and no whole reply came.
        case noAnswer
    }

    package var kind: Kind
    /// A word for scripts: `connection_refused`, `timeout`, `dns`, `tls`, …
    package var code: String
    /// What happened, in words.
    package var message: String
}

/// One request and what became of it, with the moments on the clock that the transport was given.
package struct Exchange: Sendable {
    package var result: Result<HTTPReply, TransportProblem>
    /// When the whole request was handed to its connection.
    package var sent: Int64?
    package var finished: Int64
}

/// A request that is ready to be handed to a connection.
package struct PreparedRequest: Sendable {
    /// A URL that can't be read comes to light when it is sent, as any other failure.
    fileprivate let request: Result<HTTPClient.Request, any Error>
    fileprivate let proxy: ProxyServer?
}

/// What connections are to be like.
package struct TransportSettings: Sendable {
    /// So many connections are kept to one host.
    package var connections = 8
    /// A PEM file of certificate authorities, in place of the system's.
    package var caBundle: String?
    package var proxies = ProxySettings()

    package init() {}
}

/// HTTP/1.1 over connections that stay open, all on one event loop.
///
/// Certificates are always verified, with TLS 1.2 or later. Nothing is retried here: whether a cue
/// is sent again is the show's decision. Replies are read up to 1 MiB.
package final class HTTPTransport: Sendable {
    static let replyBytesMax = 1_048_576
    /// Connections outlast the 20 s between two uses that keep them warm, and the pauses between.
    private static let idleTimeout = TimeAmount.seconds(90)

    private let configuration: HTTPClient.Configuration
    private let proxies: ProxySettings
    /// One for each proxy, and one without: a client has one way out. Nil once it is shut down.
    private let clients: Mutex<[ProxyServer?: HTTPClient]?>
    private let loop: any EventLoop
    private let now: @Sendable () -> Int64

    /// `now` stamps when a request went and when it was answered, in nanoseconds.
    package init(
        loop: any EventLoop, settings: TransportSettings, now: @escaping @Sendable () -> Int64
    ) throws(TransportProblem) {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.timeout.connect = .seconds(2)
        configuration.connectionPool.idleTimeout = Self.idleTimeout
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            settings.connections
        configuration.connectionPool.retryConnectionEstablishment = false
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let path = settings.caBundle {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
            } catch {
                throw TransportProblem(
                    kind: .unreachable, code: "ca_bundle",
                    message: "can't read certificates from \"\(path)\"")
            }
        }
        configuration.tlsConfiguration = tls
        let gate = NIOLoopBoundBox.makeBoxSendingValue(Gate(now: now), eventLoop: loop)
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                let decoder = try pipeline.handler(
                    type: ByteToMessageHandler<HTTPResponseDecoder>.self)
                try pipeline.addHandler(Release(gate: gate.value), position: .after(decoder))
            }
        }
        self.configuration = configuration
        proxies = settings.proxies
        clients = Mutex([
            nil: HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration)
        ])
        self.loop = loop
        self.now = now
    }

    /// Connections beside a show, on a loop of the process's own: no handshake of these holds up a
    /// cue. Moments are those of the monotonic clock.
    package convenience init(background settings: TransportSettings) throws(TransportProblem) {
        try self.init(loop: MultiThreadedEventLoopGroup.singleton.next(), settings: settings) {
            Int64(clamping: NIODeadline.now().uptimeNanoseconds)
        }
    }

    /// Does ahead what a request needs but its sending: its URL is read, its headers are set.
    package func prepare(_ request: HTTPRequest) -> PreparedRequest {
        let proxy = request.usesProxy ? proxies.server(for: request.url) : nil
        return PreparedRequest(
            request: Result {
                var prepared = try HTTPClient.Request(
                    url: request.url, method: HTTPMethod(rawValue: request.method))
                for header in request.headers {
                    prepared.headers.add(name: header.name, value: header.value)
                }
                prepared.body = .byteBuffer(ByteBuffer(bytes: request.body))
                return prepared
            }, proxy: proxy)
    }

    package func exchange(_ request: HTTPRequest, timeout: Duration) async -> Exchange {
        await exchange(prepare(request), timeout: timeout)
    }

    /// Sends one request; an answer of any status is a reply. Ends at once where its task is
    /// cancelled. What `leaves` at a moment that is still to come, by the transport's clock, is
    /// held to the last and written then.
    package func exchange(
        _ prepared: PreparedRequest, leaves: Int64? = nil, timeout: Duration
    ) async -> Exchange {
        let collector = Collector(now: now)
        let proxy = prepared.proxy
        do {
            // The client has no loop but this one. To require it for the channel as well would give
            // each request a connection that is used once.
            var request = try prepared.request.get()
            if let leaves { request.headers.add(name: Release.field, value: "\(leaves)") }
            let call = try client(through: proxy).execute(
                request: request, delegate: collector,
                eventLoop: .delegate(on: loop),
                deadline: .now() + .nanoseconds(max(timeout.nanoseconds, 1)))
            let reply = try await withTaskCancellationHandler {
                try await call.get()
            } onCancel: {
                call.cancel()
            }
            return Exchange(result: .success(reply), sent: collector.sent, finished: now())
        } catch {
            let sent = collector.sent
            return Exchange(
                result: .failure(
                    TransportProblem(error, hasLeft: collector.hasLeft, proxy: proxy)),
                sent: sent, finished: now())
        }
    }

    /// Leaves the connections there are; what still waits on them for an answer gets none.
    package func renew() {
        let old = clients.withLock { clients in
            defer { if clients != nil { clients = [:] } }
            return clients ?? [:]
        }
        for client in old.values { client.shutdown { _ in } }
    }

    private func client(through proxy: ProxyServer?) throws -> HTTPClient {
        try clients.withLock { clients in
            if let client = clients?[proxy] { return client }
            guard clients != nil else { throw HTTPClientError.alreadyShutdown }
            var configuration = configuration
            if let proxy {
                configuration.proxy = .server(
                    host: proxy.host, port: proxy.port,
                    authorization: proxy.user.map {
                        .basic(username: $0, password: proxy.password ?? "")
                    })
            }
            let client = HTTPClient(
                eventLoopGroupProvider: .shared(loop), configuration: configuration)
            clients?[proxy] = client
            return client
        }
    }

    package func shutdown() async {
        let clients = clients.withLock { clients in
            defer { clients = nil }
            return clients?.values.map(\.self)
        }
        for client in clients ?? [] { try? await client.shutdown() }
    }
}

/// Gathers one reply and notes when its request left.
private final class Collector: HTTPClientResponseDelegate {
    private struct State {
        var hasLeft = false
        var sent: Int64?
        var reply = HTTPReply(status: 0, headers: [], body: [])
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Int64

    init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    var sent: Int64? { state.withLock { $0.sent } }
    /// True once any of the request may have reached the other side.
    var hasLeft: Bool { state.withLock { $0.hasLeft } }

    func didSendRequestHead(task: HTTPClient.Task<HTTPReply>, _ head: HTTPRequestHead) {
        state.withLock { $0.hasLeft = true }
    }

    func didSendRequest(task: HTTPClient.Task<HTTPReply>) {
        let moment = now()
        state.withLock { $0.sent = moment }
    }

    func didReceiveHead(
        task: HTTPClient.Task<HTTPReply>, _ head: HTTPResponseHead
    ) -> EventLoopFuture<Void> {
        state.withLock { state in
            state.reply.status = Int(head.status.code)
            state.reply.headers = head.headers.map { (name: $0.name, value: $0.value) }
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(
        task: HTTPClient.Task<HTTPReply>, _ buffer: ByteBuffer
    ) -> EventLoopFuture<Void> {
        let fits = state.withLock { state in
            state.reply.body.append(contentsOf: buffer.readableBytesView)
            return state.reply.body.count <= HTTPTransport.replyBytesMax
        }
        return fits
            ? task.eventLoop.makeSucceededVoidFuture()
            : task.eventLoop.makeFailedFuture(ReplyTooLong())
    }

    func didFinishRequest(task: HTTPClient.Task<HTTPReply>) throws -> HTTPReply {
        state.withLock { $0.reply }
    }
}

private struct ReplyTooLong: Error {}

extension TransportProblem {
    /// Puts an error of the libraries below in words.
    fileprivate init(_ error: any Error, hasLeft: Bool, proxy: ProxyServer?) {
        self.init(error, hasLeft: hasLeft)
        guard let proxy, !hasLeft else { return }
        if let error = error as? HTTPClientError, error == .proxyAuthenticationRequired {
            code = "proxy_credentials"
            message = "the proxy \(proxy) asks for a user and password"
        } else if !code.hasPrefix("tls") {
            if code == "connection" { code = "proxy" }
            message = "through the proxy \(proxy): \(message)"
        }
    }

    private init(_ error: any Error, hasLeft: Bool) {
        kind = hasLeft ? .noAnswer : .unreachable
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded:
            code = "timeout"
            message = hasLeft ? "no answer in time" : "no connection in time"
        case let error as HTTPClientError where error == .connectTimeout:
            code = "timeout"
            message = "no connection in time"
        case let error as HTTPClientError where error == .cancelled:
            code = "cancelled"
            message = "the attempt was given up"
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            code = "connection_closed"
            message = "the connection was closed before the answer was whole"
        case let error as NIOConnectionError:
            (code, message) = Self.words(for: error)
        case let error as IOError:
            (code, message) = Self.words(for: error)
        case is ReplyTooLong:
            code = "reply_too_long"
            message = "the answer is longer than \(HTTPTransport.replyBytesMax) bytes"
        case is HTTPParserError:
            code = "garbage"
            message = "the answer is not HTTP"
        case let error as HTTPClientError where error == .invalidURL || error == .emptyHost:
            code = "bad_url"
            message = "the endpoint is not a URL"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            code = "tls_certificate"
            message = "the certificate is for another host"
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            (code, message) = Self.words(forTLS: "\(error)")
        default:
            code = "connection"
            message = "\(error)"
        }
    }

    /// BoringSSL's own words come with the path of its source file.
    private static func words(forTLS text: String) -> (String, String) {
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return ("tls_certificate", "the certificate is not trusted")
        }
        if text.contains("PROTOCOL_VERSION") || text.contains("UNSUPPORTED_PROTOCOL") {
            return ("tls", "the other side does not speak TLS 1.2 or later")
        }
        return ("tls", "the TLS handshake failed")
    }

    private static func words(for error: NIOConnectionError) -> (String, String) {
        if let failed = error.connectionErrors.first {
            if let error = failed.error as? IOError { return words(for: error) }
            return ("connection", "\(failed.error)")
        }
        return ("dns", "the name \"\(error.host)\" can't be resolved")
    }

    private static func words(for error: IOError) -> (String, String) {
        switch error.errnoCode {
        case ECONNREFUSED: ("connection_refused", "the connection was refused")
        case ECONNRESET: ("connection_reset", "the connection was reset")
        case ENETUNREACH, EHOSTUNREACH: ("no_route", "there is no route to the host")
        case ETIMEDOUT: ("timeout", "the connection timed out")
        case EPIPE: ("connection_closed", "the connection was closed")
        default: ("connection", String(cString: strerror(error.errnoCode)))
        }
    }
}
