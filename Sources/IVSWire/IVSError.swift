internal import CueText

/// An error as IVS, or the gateway in front of it, answers.
///
/// https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/API_PutMetadata.html
package struct IVSError: Error, Hashable, Sendable, CustomStringConvertible {
    /// AWS's name for it, as `ChannelNotBroadcasting`; the status where the answer had no name.
    package var code: String
    package var status: Int
    /// In the service's words; empty where it had none.
    package var message: String
    /// How long the service asks to wait before another attempt.
    package var retryAfter: Duration?

    package init(code: String, status: Int, message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.status = status
        self.message = message
        self.retryAfter = retryAfter
    }

    package var description: String {
        message.isEmpty ? "\(code) (\(status))" : "\(code) (\(status)): \(message)"
    }
}

// MARK: - Reading

extension IVSError {
    /// Bytes of the longest code, and of the longest message, that are kept.
    static let codeBytesMax = 128
    static let messageBytesMax = 2_048

    /// Reads any answer that is no success, whatever its body may be.
    ///
    /// The code is the header's `x-amzn-errortype`, else the body's `code`, `Code` or `__type`,
    /// else the status, cut at the first `:` and after the last `#`. The message is IVS's own
    /// `exceptionMessage`, else `message` or `Message`, where AWS's SDKs know only the latter two.
    /// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
    package init(
        status: Int, headers: [(name: String, value: String)], body: some Collection<UInt8>
    ) {
        let members = IVSError.members(of: body)
        let named = IVSError.value("x-amzn-errortype", in: headers).map { JSONValue.string($0) }
        let candidates = [named, members["code"], members["Code"], members["__type"]]
        code = candidates.lazy.compactMap(IVSError.code).first ?? String(status)
        self.status = status
        let texts = ["exceptionMessage", "message", "Message"].lazy.compactMap {
            members[$0]?.string
        }
        message = IVSError.cut(texts.first { !$0.isEmpty } ?? "", IVSError.messageBytesMax)
        retryAfter = IVSError.value("x-amz-retry-after", in: headers).flatMap(IVSError.retryAfter)
    }

    /// The request's identifier, by which AWS's support finds it.
    package static func requestID(in headers: [(name: String, value: String)]) -> String? {
        value("x-amzn-requestid", in: headers) ?? value("x-amz-request-id", in: headers)
    }

    private static func members(of body: some Collection<UInt8>) -> JSONValue {
        guard body.count <= IVSLimits.responseBytesMax else { return .null }
        do throws(JSONProblem) {
            return try JSONValue.parse(body)
        } catch {
            return .null
        }
    }

    private static func value(
        _ name: String, in headers: [(name: String, value: String)]
    ) -> String? {
        headers.first { isSame($0.name, name) && !$0.value.isEmpty }?.value
    }

    /// Whether a header has that name (lower case); names are ASCII, so bit 5 is the case.
    private static func isSame(_ header: String, _ name: String) -> Bool {
        header.utf8.elementsEqual(name.utf8) {
            $0 == $1 || ((0x41...0x5A) ~= $0 && $0 | 0x20 == $1)
        }
    }

    private static func code(_ value: JSONValue?) -> String? {
        let text: String
        switch value {
        case .string(let found), .number(let found): text = found
        default: return nil
        }
        let front = text.prefix { $0 != ":" }
        let name = front.split(separator: "#", omittingEmptySubsequences: false).last ?? ""
        let trimmed = name.drop { $0.isWhitespace }.prefix { !$0.isWhitespace }
        return trimmed.isEmpty ? nil : cut(String(trimmed), codeBytesMax)
    }

    /// Milliseconds, by the header's definition in AWS's retry behaviour of 2026.
    private static func retryAfter(_ text: String) -> Duration? {
        guard let milliseconds = Int64(text), (0...86_400_000).contains(milliseconds) else {
            return nil
        }
        return .milliseconds(milliseconds)
    }

    /// No more than that many bytes, and no half character.
    private static func cut(_ text: String, _ bytesMax: Int) -> String {
        guard text.utf8.count > bytesMax else { return text }
        var kept = ""
        for character in text.unicodeScalars {
            guard kept.utf8.count + UTF8.width(character) <= bytesMax else { break }
            kept.unicodeScalars.append(character)
        }
        return kept
    }
}

// MARK: - Writing

extension IVSError {
    /// The headers of this error's answer.
    package var headers: [(name: String, value: String)] {
        var fields = [
            (name: "x-amzn-ErrorType", value: code),
            (name: "Content-Type", value: IVSOperation.contentType),
        ]
        if let retryAfter {
            fields.append(
                (name: "x-amz-retry-after", value: "\(retryAfter.nanoseconds / 1_000_000)"))
        }
        return fields
    }

    /// The body of this error's answer: IVS's own errors speak in `exceptionMessage`, the gateway's
    /// in `message`.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.field(IVSError.statuses[code] == nil ? "message" : "exceptionMessage", message)
        }
        return writer.bytes
    }

    /// The errors that IVS's model has, each with its status.
    static let statuses: [String: Int] = [
        "AccessDeniedException": 403,
        "ChannelNotBroadcasting": 404,
        "ConflictException": 409,
        "InternalServerException": 500,
        "PendingVerification": 403,
        "ResourceNotFoundException": 404,
        "ServiceQuotaExceededException": 402,
        "ServiceUnavailable": 503,
        "StreamUnavailable": 503,
        "ThrottlingException": 429,
        "ValidationException": 400,
    ]

    package static func accessDenied(_ message: String) -> IVSError {
        modelled("AccessDeniedException", message)
    }

    package static func channelNotBroadcasting(_ message: String) -> IVSError {
        modelled("ChannelNotBroadcasting", message)
    }

    package static func conflict(_ message: String) -> IVSError {
        modelled("ConflictException", message)
    }

    package static func internalServer(_ message: String) -> IVSError {
        modelled("InternalServerException", message)
    }

    package static func resourceNotFound(_ message: String) -> IVSError {
        modelled("ResourceNotFoundException", message)
    }

    package static func serviceUnavailable(_ message: String) -> IVSError {
        modelled("ServiceUnavailable", message)
    }

    package static func throttling(
        _ message: String, retryAfter: Duration? = nil
    ) -> IVSError {
        var error = modelled("ThrottlingException", message)
        error.retryAfter = retryAfter
        return error
    }

    package static func validation(_ message: String) -> IVSError {
        modelled("ValidationException", message)
    }

    /// What a service answers to a body that it cannot read.
    package init(_ problem: WireProblem) {
        switch problem.code {
        case .tooLarge:
            self.init(
                code: "RequestEntityTooLargeException", status: 413, message: problem.message)
        case .notJSON, .type:
            self.init(code: "SerializationException", status: 400, message: problem.message)
        case .missing, .constraint:
            self = .validation(problem.message)
        }
    }

    private static func modelled(_ code: String, _ message: String) -> IVSError {
        IVSError(code: code, status: statuses[code, default: 500], message: message)
    }
}
