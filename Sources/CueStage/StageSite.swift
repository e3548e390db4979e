import AWSSigning
import CueSystem
import CueText
import HTTPTypes
import Hummingbird
import IVSWire
import NIOCore

/// Everything that a stage serves at one address.
///
///     POST /PutMetadata and IVS's other operations, signed
///     GET  /                      the viewer page and its files
///     GET  /live.mp4, /live.m3u8  the first channel's video; /live/ID/… that of each
///     POST /answers               a viewer's answer
///     GET  /answers               the counts, as server-sent events
final class StageSite: Sendable {
    private let api: StageAPI
    private let observe: @Sendable (StageCall) -> Void
    private let settings: StageSettings
    private let channels: [String]
    private let store: AnswerStore?
    private let questions: OpenQuestions?
    private let results: Results?
    private let admission = Admission()
    private let page: PageSite?
    /// Nil where the stage runs faster than video can.
    let broadcast: Broadcast?

    init(_ settings: StageSettings, observe: @escaping @Sendable (StageCall) -> Void) throws {
        let now = SystemClock.boot
        let wall = SystemClock.wall
        let broadcast: Broadcast?
        channels = (settings.live + settings.offline).map(\.resourceID)
        if settings.speed == 1, !settings.live.isEmpty {
            broadcast = Broadcast(
                clip: try Clip(PackageResources.stage_mp4), channels: channels, start: now,
                startWall: wall, delay: settings.delay, airtime: settings.faults.airtime)
            let store = try AnswerStore(path: settings.answersPath)
            let questions = try OpenQuestions(
                store: store, delay: settings.delay, wall: wall, now: now)
            self.store = store
            self.questions = questions
            results = Results(questions: questions)
            page = PageSite(
                page: ViewerPage(source: .stage(stream: "/live.mp4", answers: "/answers")))
        } else {
            broadcast = nil
            store = nil
            questions = nil
            results = nil
            page = nil
        }
        self.broadcast = broadcast
        self.settings = settings
        self.observe = observe
        api = StageAPI(settings, start: wall, now: now) { broadcast?.viewers ?? 0 }
    }

    func open(at url: String) {
        api.open(at: url)
    }

    func close() {
        store?.close()
    }

    /// Publishes each fragment when its time has come, and beside that tells counts that have
    /// changed: a slow disk holds up no picture.
    func tick() async throws {
        guard let broadcast, let results else { return }
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await Self.publish(broadcast) }
            tasks.addTask {
                while true {
                    await results.tick()
                    try await ContinuousClock().sleep(for: Results.interval)
                }
            }
            try await tasks.waitForAll()
        }
    }

    private static func publish(_ broadcast: Broadcast) async throws {
        let clock = ContinuousClock()
        while true {
            let now = SystemClock.boot
            broadcast.publish(at: now)
            let next = broadcast.publication(of: max(-1, broadcast.newest(at: now)) + 1)
            // With a delay the first one is far: no wait is longer than a fragment all the same.
            let rest = min(next - SystemClock.boot, Clip.fragmentNanoseconds)
            try await clock.sleep(for: .nanoseconds(max(rest, 1_000_000)), tolerance: .zero)
        }
    }

    // MARK: Requests

    @Sendable func answer(_ request: Request) async -> Response {
        let response = await respond(to: request)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func respond(to request: Request) async -> Response {
        let path = String(request.uri.path)
        switch request.method {
        case .get, .head:
            guard isOwnHost(request) else { return Replies.refusal(403, "forbidden-host") }
            return await read(path, request)
        case .options where isForViewers(path): return Replies.preflight
        case .post where path == "/answers" && questions != nil:
            guard isOwnHost(request) else { return Replies.refusal(403, "forbidden-host") }
            return await receiveAnswer(request)
        case .post: return await call(request)
        default: return Replies.refusal(405, "method-not-allowed")
        }
    }

    /// On loopback only this machine's own names are served, so that no page from elsewhere can
    /// reach the stage by a name of its own that leads here.
    private func isOwnHost(_ request: Request) -> Bool {
        guard StageAddress(host: settings.host).isLoopback else { return true }
        let host = request.head.authority ?? ""
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } : host.prefix { $0 != ":" }
        return ["127.0.0.1", "localhost", "[::1"].contains(String(name))
    }

    private func isForViewers(_ path: String) -> Bool {
        path == "/answers" || path == "/live.mp4" || path == "/live.m3u8"
            || path.hasPrefix("/live/")
    }

    private func read(_ path: String, _ request: Request) async -> Response {
        guard let broadcast, let page else { return Replies.refusal(404, "not-found") }
        if path == "/answers" { return await events(request) }
        guard isForViewers(path) else { return page.respond(path, request) }
        guard let (channel, name) = video(path) else { return Replies.refusal(404, "not-found") }
        let now = SystemClock.boot
        switch name {
        case "live.mp4":
            return stream(broadcast, channel: channel, isHead: request.method == .head)
        case "live.m3u8":
            guard let text = broadcast.playlist(channel: channel, now: now) else {
                return Replies.refusal(404, "off-the-air")
            }
            return Replies.media(ByteBuffer(string: text), type: "application/vnd.apple.mpegurl")
        case "init.mp4":
            return Replies.media(
                ByteBuffer(bytes: broadcast.clip.initialization), type: "video/mp4")
        default:
            guard name.hasSuffix(".m4s"), let place = Int64(name.dropLast(4)),
                let segment = broadcast.segment(place, channel: channel, now: now)
            else { return Replies.refusal(404, "not-found") }
            return Replies.media(segment, type: "video/iso.segment")
        }
    }

    /// The channel and the file of a path: `/live.mp4`, `/live/ID/live.mp4`.
    private func video(_ path: String) -> (channel: String, name: String)? {
        let parts = path.split(separator: "/").map(String.init)
        if parts.count == 1, let first = channels.first { return (first, parts[0]) }
        guard parts.count == 3, channels.contains(parts[1]) else { return nil }
        return (parts[1], parts[2])
    }

    // MARK: Streams

    /// The endless stream of one viewer, from the newest key frame on.
    private func stream(_ broadcast: Broadcast, channel: String, isHead: Bool) -> Response {
        let now = SystemClock.boot
        guard broadcast.isOnAir(fragment: max(0, broadcast.newest(at: now))) else {
            return Replies.refusal(404, "off-the-air")
        }
        let first = broadcast.entrance(at: now)
        let headers = Replies.headers(type: "video/mp4", isForAll: true)
        if isHead { return Response(status: .ok, headers: headers) }
        guard admission.enter() else { return Replies.refusal(503, "too-many-viewers") }
        let admission = admission
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                defer { admission.leave() }
                try await writer.write(ByteBuffer(bytes: broadcast.clip.initialization))
                var next = first
                for await _ in broadcast.watch() {
                    let newest = broadcast.newest(at: SystemClock.boot)
                    while next <= newest {
                        // Too slow by half a minute, or off the air: this stream is over.
                        guard
                            let part = broadcast.fragment(
                                next, channel: channel, now: SystemClock.boot)
                        else { return try await writer.finish(nil) }
                        try await writer.write(part)
                        next += 1
                    }
                }
                try await writer.finish(nil)
            })
    }

    private func events(_ request: Request) async -> Response {
        guard let results else { return Replies.refusal(404, "not-found") }
        let headers = Replies.headers(type: "text/event-stream", isForAll: true)
        if request.method == .head { return Response(status: .ok, headers: headers) }
        guard admission.enter() else { return Replies.refusal(503, "too-many-viewers") }
        let admission = admission
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                defer { admission.leave() }
                for await event in await results.read() { try await writer.write(event) }
                try await writer.finish(nil)
            })
    }

    // MARK: Answers

    private func receiveAnswer(_ request: Request) async -> Response {
        guard let questions else { return Replies.refusal(404, "not-found") }
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
        guard type == "application/json" else {
            return Replies.refusal(415, "not-json", "send application/json")
        }
        var request = request
        guard let body = try? await request.collectBody(upTo: OpenQuestions.bytesMax) else {
            // What is left of the body would have to be read; the connection ends instead.
            return Replies.refusal(413, "too-large", "an answer has at most 4096 bytes", ends: true)
        }
        let bytes = Array(body.readableBytesView)
        let now = SystemClock.boot
        do throws(OpenQuestions.Refusal) {
            guard admission.admit(OpenQuestions.viewer(in: bytes), now: now) else {
                throw OpenQuestions.Refusal(
                    status: 429, code: "too-many-answers", message: "slow down")
            }
            let isFirst = try await questions.accept(bytes, wall: SystemClock.wall, now: now)
            return Replies.json(
                200,
                jsonObject { object in
                    object.field("taken", true)
                    object.field("changed", !isFirst)
                })
        } catch {
            return Replies.refusal(error.status, error.code, error.message)
        }
    }

    // MARK: The API

    private func call(_ request: Request) async -> Response {
        let half = settings.faults.latency / 2
        if half > .zero { try? await ContinuousClock().sleep(for: half, tolerance: .zero) }
        let arrived = SystemClock.boot
        var request = request
        guard let body = try? await request.collectBody(upTo: IVSLimits.requestBytesMax) else {
            return Response(status: .contentTooLarge)
        }
        var headers = request.headers.map { (name: $0.name.rawName, value: $0.value) }
        if let host = request.head.authority { headers.append((name: "host", value: host)) }
        let wall = SystemClock.wall
        let reply = api.answer(
            SigningRequest(
                method: request.method.rawValue, target: request.head.path ?? "/",
                headers: headers, body: Array(body.readableBytesView)),
            wall: wall, now: arrived)
        if reply.status == 204, let text = reply.call.metadata, let channel = reply.call.channel {
            broadcast?.insert(text, channel: channel, at: arrived)
            questions?.note(text, wall: wall, now: arrived)
        }
        observe(reply.call)
        if half > .zero { try? await ContinuousClock().sleep(for: half, tolerance: .zero) }
        return Replies.api(reply)
    }
}

/// The viewer page's files, and nothing else.
struct PageSite: Sendable {
    let page: ViewerPage

    @Sendable func answer(_ request: Request) async -> Response {
        switch request.method {
        case .get: respond(String(request.uri.path), request)
        case .head: respond(String(request.uri.path), request).createHeadResponse()
        default: Replies.refusal(405, "method-not-allowed")
        }
    }

    /// A file by its name: there is no folder, so no path leads out of one.
    func respond(_ path: String, _ request: Request) -> Response {
        let name = path == "/" ? "index.html" : String(path.dropFirst())
        guard let file = page.file(name) else { return Replies.refusal(404, "not-found") }
        var headers = Replies.headers(type: file.type, isForAll: false)
        if name == "index.html" {
            var page = page
            // `?playback=URL` asks for a real channel, whose player has needs of its own.
            if let playback = request.uri.queryParameters["playback"].map(String.init),
                ViewerPage.isPlayback(playback)
            {
                page.source = .channel(playback: playback, answers: nil)
            }
            Replies.set("Content-Security-Policy", page.policy(), in: &headers)
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }
}

/// The forms of a stage's answers.
enum Replies {
    static func headers(type: String, isForAll: Bool) -> HTTPFields {
        var fields = HTTPFields()
        fields[.contentType] = type
        fields[.cacheControl] = "no-store"
        set("X-Content-Type-Options", "nosniff", in: &fields)
        set("Referrer-Policy", "no-referrer", in: &fields)
        // Players on any page may read video and counts, as those of IVS can.
        if isForAll { set("Access-Control-Allow-Origin", "*", in: &fields) }
        return fields
    }

    static func set(_ name: String, _ value: String, in fields: inout HTTPFields) {
        if let name = HTTPField.Name(name) { fields[name] = value }
    }

    static func media(_ bytes: ByteBuffer, type: String) -> Response {
        Response(
            status: .ok, headers: headers(type: type, isForAll: true),
            body: ResponseBody(byteBuffer: bytes))
    }

    static func json(_ status: Int, _ text: String) -> Response {
        Response(
            status: HTTPResponse.Status(code: status),
            headers: headers(type: "application/json", isForAll: true),
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    static func refusal(
        _ status: Int, _ code: String, _ message: String = "", ends: Bool = false
    ) -> Response {
        var response = json(
            status,
            jsonObject { object in
                object.field("error", code)
                if !message.isEmpty {
                    object.field("message", message)
                }
            })
        if ends { response.headers[.connection] = "close" }
        return response
    }

    /// An answer is JSON from any page, which browsers ask about first.
    static var preflight: Response {
        var fields = headers(type: "text/plain", isForAll: true)
        set("Access-Control-Allow-Methods", "GET, POST", in: &fields)
        set("Access-Control-Allow-Headers", "content-type", in: &fields)
        set("Access-Control-Max-Age", "600", in: &fields)
        var response = Response(status: .noContent, headers: fields)
        response.headers[.contentLength] = nil
        return response
    }

    static func api(_ reply: StageReply) -> Response {
        var fields = HTTPFields()
        for header in reply.headers { set(header.name, header.value, in: &fields) }
        if let id = try? randomUUID() { set("x-amzn-RequestId", id, in: &fields) }
        set("Date", SystemClock.wall.httpDate, in: &fields)
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
}
