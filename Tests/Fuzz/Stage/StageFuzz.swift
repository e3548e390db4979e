import AWSSigning
import CueText
import Dispatch
import FuzzSupport
import HTTPTypes
import Hummingbird
import HummingbirdCore
import IVSWire
import NIOCore
import Synchronization

@testable import CueStage

/// Any bytes as what comes to the stage over HTTP. The first byte chooses what the rest is: a
/// request as it arrives, the body of a call that is signed well, a signed request with one part
/// exchanged, or questions and answers.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    guard let first = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    switch first {
    case UInt8(ascii: "r"): arrive(rest)
    case UInt8(ascii: "c"): call(rest)
    case UInt8(ascii: "x"): exchange(rest)
    case UInt8(ascii: "q"): finish { await ask(rest) }
    default: decode(bytes)
    }
    return 0
}

private let newline = UInt8(ascii: "\n")
private let live = "arn:aws:ivs:us-west-2:123456789012:channel/onAir"
private let credentials = Credentials(
    accessKeyID: "AKIASTAGE", secretAccessKey: "known here alone", sessionToken: "token")
private let wall = WallTime(seconds: 1_800_000_000)

private var settings: StageSettings {
    StageSettings(
        live: [ChannelARN(live)].compactMap { $0 },
        offline: [ChannelARN("arn:aws:ivs:us-west-2:123456789012:channel/offAir")].compactMap {
            $0
        },
        credentials: credentials)
}

/// Waits for what is asynchronous.
private func finish(_ body: @escaping @Sendable () async -> Void) {
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        await body()
        done.signal()
    }
    done.wait()
}

private func lines(_ bytes: [UInt8], _ count: Int) -> [[UInt8]] {
    bytes.split(separator: newline, maxSplits: count, omittingEmptySubsequences: false)
        .map(Array.init)
}

private func text(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
}

// MARK: A request as it arrives

private let site: StageSite? = try? StageSite(settings) { _ in }

/// A request line, headers, an empty line and a body, given to everything that the stage serves.
private func arrive(_ bytes: [UInt8]) {
    guard let site else { return hold(false, "the stage can't be made") }
    var rest = lines(bytes, 1)
    let words = text(rest[0]).split(separator: " ", maxSplits: 1).map(String.init)
    guard let method = words.first.flatMap({ HTTPTypes.HTTPRequest.Method($0) }) else { return }
    var head = HTTPTypes.HTTPRequest(
        method: method, scheme: "http", authority: nil, path: words.count > 1 ? words[1] : "/")
    while rest.count > 1 {
        rest = lines(rest[1], 1)
        if rest[0].isEmpty { break }
        let parts = text(rest[0]).split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { continue }
        let value = parts[1].drop { $0 == " " }
        if parts[0].lowercased() == "host" {
            head.authority = String(value)
        } else if let name = HTTPField.Name(String(parts[0])), HTTPField.isValidValue(String(value))
        {
            head.headerFields.append(HTTPField(name: name, value: String(value)))
        }
    }
    let request = Request(
        head: head,
        body: RequestBody(buffer: ByteBuffer(bytes: rest.count > 1 ? rest[1] : [])))
    finish {
        let response = await site.answer(request)
        let known = [200, 204, 400, 403, 404, 405, 409, 413, 415, 429, 500, 503]
        hold(known.contains(response.status.code), "status \(response.status.code)")
        // Nobody can guess a signature.
        hold(response.status.code != 204 || method == .options, "an unsigned call is taken")
    }
}

// MARK: Calls

private let verifier = SignatureVerifier(region: "us-west-2", service: "ivs") { id in
    id == credentials.accessKeyID ? credentials : nil
}

private func signed(_ target: String, _ body: [UInt8]) -> SigningRequest {
    var request = SigningRequest(
        method: "POST", target: target,
        headers: [("Host", "127.0.0.1:80"), ("Content-Type", "application/json")], body: body)
    let signer = Signer(credentials: credentials, region: "us-west-2", service: "ivs")
    request.headers += (try? signer.sign(request, at: wall)) ?? []
    return request
}

/// The path of an operation, and the body of a call that is signed well.
private func call(_ bytes: [UInt8]) {
    let parts = lines(bytes, 1)
    let body = parts.count > 1 ? parts[1] : []
    let api = StageAPI(settings, start: wall)
    let target = "/" + text(parts[0].filter { $0 > 0x20 && $0 < 0x7F })
    let reply = api.answer(signed(target, body), wall: wall, now: 0)
    if reply.status < 300 {
        hold(reply.call.code == nil, "a success with an error")
        guard let metadata = reply.call.metadata else { return }
        hold((1...1_024).contains(metadata.utf8.count), "\(metadata.utf8.count) bytes are taken")
        let box = TimedMetadata.box(text: metadata, at: 0, id: 1)
        hold(box.count == box.prefix(4).reduce(0) { $0 << 8 | Int($1) }, "a box of another size")
    } else {
        let error = IVSError(status: reply.status, headers: reply.headers, body: reply.body)
        hold(error.code == reply.call.code, "\(error.code) for \(reply.call.code ?? "nothing")")
        hold(![403, 500].contains(reply.status), "\(reply.status) for what is signed well")
    }
}

/// The name of a header, another value of it, and another body. What is signed can't be exchanged.
private func exchange(_ bytes: [UInt8]) {
    let parts = lines(bytes, 2)
    guard parts.count == 3 else { return }
    let original = signed("/GetStream", Array(#"{"channelArn":"x"}"#.utf8))
    var request = original
    let name = text(parts[0]).lowercased()
    for index in request.headers.indices where request.headers[index].name.lowercased() == name {
        request.headers[index].value = text(parts[1])
    }
    if !parts[2].isEmpty { request.body = parts[2] }
    guard let verdict = try? verifier.verify(request, at: wall) else { return }
    func folded(_ request: SigningRequest) -> [String] {
        request.headers.filter { $0.name.lowercased() != "authorization" }
            .map { $0.value.split(separator: " ").joined(separator: " ") }
    }
    let isOriginal = request.body == original.body && folded(request) == folded(original)
    if case .accepted = verdict { hold(isOriginal, "something else than was signed is accepted") }
}

// MARK: Questions and answers

/// Lines that are a cue's metadata, where they begin with `n`, or else a viewer's answer; a second
/// lies between them.
private func ask(_ bytes: [UInt8]) async {
    guard let store,
        let questions = try? OpenQuestions(store: store, delay: .zero, wall: wall, now: 0)
    else { return hold(false, "the questions can't be kept") }
    for (second, line) in lines(bytes, 40).enumerated() {
        let now = Int64(second) * 1_000_000_000
        if line.first == UInt8(ascii: "n") {
            questions.note(text(line.dropFirst()), wall: wall, now: now)
            continue
        }
        do throws(OpenQuestions.Refusal) {
            _ = try await questions.accept(line, wall: wall, now: now)
            hold(!OpenQuestions.viewer(in: line).isEmpty, "an answer of nobody is taken")
        } catch {
            hold([400, 404, 409, 503].contains(error.status), "\(error)")
        }
    }
    for question in questions.newest(4) {
        let counts = await questions.counts(of: question) ?? ""
        hold((try? JSONValue.parse(counts.utf8)) != nil, "counts are no JSON: \(counts)")
    }
}

private let store = try? AnswerStore(path: nil)

// MARK: Bodies

/// Bodies of requests and answers; what is read is the same when it is written and read again.
private func decode(_ bytes: [UInt8]) {
    if let value = try? JSONValue.parse(bytes) {
        var writer = JSONWriter()
        writer.value(value)
        hold((try? JSONValue.parse(writer.bytes)) == value, "JSON changes on its way")
    }
    if let request = try? PutMetadataRequest(body: bytes) {
        hold((try? PutMetadataRequest(body: request.body)) == request, "PutMetadata changes")
    }
    if let request = try? InsertAdBreakRequest(body: bytes) {
        hold((try? InsertAdBreakRequest(body: request.body)) == request, "InsertAdBreak changes")
    }
    if let request = try? ListStreamsRequest(body: bytes) {
        hold((try? ListStreamsRequest(body: request.body)) == request, "ListStreams changes")
    }
    if let answer = try? GetStreamResponse(body: bytes) {
        hold((try? GetStreamResponse(body: answer.body)) == answer, "GetStream changes")
    }
    if let answer = try? ListStreamsResponse(body: bytes) {
        hold((try? ListStreamsResponse(body: answer.body)) == answer, "the streams change")
    }
    if let answer = try? GetChannelResponse(body: bytes) {
        hold((try? GetChannelResponse(body: answer.body)) == answer, "GetChannel changes")
    }
    let error = IVSError(
        status: 400, headers: [(name: "x-amzn-ErrorType", value: text(bytes))], body: bytes)
    hold(error.code.utf8.count <= 1_024, "a code of \(error.code.utf8.count) bytes")
    _ = ViewerPage.isPlayback(text(bytes))
}

#if !LIBFUZZER
    @main private enum Program {
        static func main() throws { try replay(testOneInput) }
    }
#endif
