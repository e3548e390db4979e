import CueText
import IVSWire
import Testing

@Suite struct IVSErrorTests {
    struct Answer: CustomTestStringConvertible, Sendable {
        var status = 400
        var header: String?
        var body: String
        var code: String
        var message = ""

        var testDescription: String { "\(status) \(header ?? "-") \(body.prefix(60))" }
    }

    @Test(arguments: [
        Answer(
            status: 404, header: "ChannelNotBroadcasting",
            body: #"{"exceptionMessage":"off"}"#, code: "ChannelNotBroadcasting",
            message: "off"),
        Answer(header: "Head", body: #"{"code":"Body","__type":"Type"}"#, code: "Head"),
        Answer(body: #"{"code":"Body","__type":"Type"}"#, code: "Body"),
        Answer(body: #"{"Code":"Body","__type":"Type"}"#, code: "Body"),
        Answer(body: #"{"code":"small","Code":"large"}"#, code: "small"),
        Answer(body: #"{"__type":"Type"}"#, code: "Type"),
        Answer(status: 503, body: "{}", code: "503"),
        Answer(
            header: "ValidationException:http://internal.amazon.com/x#y/", body: "{}",
            code: "ValidationException"),
        Answer(
            body: #"{"__type":"com.amazonaws.ivs#ThrottlingException"}"#,
            code: "ThrottlingException"),
        Answer(header: "a#b#Last:rest#no", body: "", code: "Last"),
        Answer(header: " Spaced ", body: "", code: "Spaced"),
        Answer(header: "", body: #"{"code":"Body"}"#, code: "Body"),
        Answer(header: ":", body: #"{"code":"Body"}"#, code: "Body"),
        Answer(body: #"{"code":42}"#, code: "42"),
        Answer(body: #"{"code":{"x":1},"__type":"Type"}"#, code: "Type"),
        Answer(
            body: #"{"exceptionMessage":"a","message":"b","Message":"c"}"#, code: "400",
            message: "a"),
        Answer(body: #"{"message":"b","Message":"c"}"#, code: "400", message: "b"),
        Answer(body: #"{"Message":"c"}"#, code: "400", message: "c"),
        Answer(body: #"{"exceptionMessage":"","message":"b"}"#, code: "400", message: "b"),
        Answer(body: #"{"exceptionMessage":null,"message":1}"#, code: "400"),
        Answer(status: 404, body: "<html>Not Found</html>", code: "404"),
        Answer(status: 502, body: "", code: "502"),
        Answer(status: 500, body: "[1]", code: "500"),
        Answer(status: 500, body: #"{"message":"cut"#, code: "500"),
    ])
    func findsCodeAndMessage(answer: Answer) {
        var headers = [(name: "Date", value: "x")]
        if let header = answer.header { headers.append((name: "X-Amzn-ErrorType", value: header)) }
        let error = IVSError(status: answer.status, headers: headers, body: answer.body.utf8)
        #expect(error.code == answer.code)
        #expect(error.message == answer.message)
        #expect(error.status == answer.status)
        #expect(error.retryAfter == nil)
    }

    @Test func cutsCodeMessageAndBody() {
        func read(_ code: String, _ message: String) -> IVSError {
            IVSError(
                status: 400, headers: [(name: "x-amzn-errortype", value: code)],
                body: #"{"message":"\#(message)"}"#.utf8)
        }
        let full = read(String(repeating: "c", count: 128), String(repeating: "m", count: 2_048))
        #expect(full.code.utf8.count == 128)
        #expect(full.message.utf8.count == 2_048)
        let over = read(String(repeating: "c", count: 129), String(repeating: "m", count: 2_049))
        #expect(over.code.utf8.count == 128)
        #expect(over.message.utf8.count == 2_048)
        // No half of a character at the end.
        #expect(read("x", "m" + String(repeating: "é", count: 1_024)).message.utf8.count == 2_047)

        let body = Array(#"{"code":"Body"}"#.utf8)
        let spaces = [UInt8](repeating: 0x20, count: 1_048_576 - body.count)
        #expect(IVSError(status: 400, headers: [], body: body + spaces).code == "Body")
        #expect(IVSError(status: 400, headers: [], body: body + spaces + [0x20]).code == "400")
    }

    @Test(
        arguments: [
            ("0", 0), ("1500", 1_500), ("86400000", 86_400_000), ("86400001", nil), ("-1", nil),
            ("1.5", nil), ("soon", nil), ("", nil), ("99999999999999999999", nil),
        ] as [(String, Int64?)])
    func readsTheWaitThatAServiceAsksForInMilliseconds(text: String, milliseconds: Int64?) {
        let error = IVSError(
            status: 429, headers: [(name: "X-Amz-Retry-After", value: text)], body: [])
        #expect(error.retryAfter == milliseconds.map { .milliseconds($0) })
    }

    @Test func findsTheRequestsIdentifierUnderEitherName() {
        #expect(IVSError.requestID(in: [(name: "x-amzn-RequestId", value: "a")]) == "a")
        #expect(IVSError.requestID(in: [(name: "x-amz-request-id", value: "b")]) == "b")
        #expect(IVSError.requestID(in: [(name: "request-id", value: "c")]) == nil)
    }

    @Test func writesEachErrorOfTheModelAsIVSDoesAndReadsItBack() {
        let errors: [(IVSError, String, Int)] = [
            (.validation("m"), "ValidationException", 400),
            (.accessDenied("m"), "AccessDeniedException", 403),
            (.resourceNotFound("m"), "ResourceNotFoundException", 404),
            (.channelNotBroadcasting("m"), "ChannelNotBroadcasting", 404),
            (.throttling("m", retryAfter: .milliseconds(250)), "ThrottlingException", 429),
            (.conflict("m"), "ConflictException", 409),
            (.internalServer("m"), "InternalServerException", 500),
            (.serviceUnavailable("m"), "ServiceUnavailable", 503),
        ]
        for (error, code, status) in errors {
            #expect(error.code == code)
            #expect(error.status == status)
            #expect(String(decoding: error.body, as: UTF8.self) == #"{"exceptionMessage":"m"}"#)
            #expect(error.headers.first?.name == "x-amzn-ErrorType")
            #expect(error.headers.first?.value == code)
            #expect(
                IVSError(status: status, headers: error.headers, body: error.body) == error)
        }
    }

    @Test func writesTheGatewaysErrorsInMessage() {
        let error = IVSError(
            code: "InvalidSignatureException", status: 403, message: "Signature \"x\"")
        #expect(String(decoding: error.body, as: UTF8.self) == #"{"message":"Signature \"x\""}"#)
        #expect(IVSError(status: 403, headers: error.headers, body: error.body) == error)
        #expect("\(error)" == "InvalidSignatureException (403): Signature \"x\"")
        #expect("\(IVSError(code: "404", status: 404, message: ""))" == "404 (404)")
    }

    @Test(arguments: [
        (WireProblem.Code.tooLarge, 413, "RequestEntityTooLargeException"),
        (.notJSON, 400, "SerializationException"), (.type, 400, "SerializationException"),
        (.missing, 400, "ValidationException"), (.constraint, 400, "ValidationException"),
    ])
    func answersABodyThatCannotBeRead(code: WireProblem.Code, status: Int, name: String) {
        let error = IVSError(WireProblem(code: code, member: "x", message: "why"))
        #expect(error == IVSError(code: name, status: status, message: "why"))
        #expect(error.kind == .invalid)
    }
}

@Suite struct IVSErrorKindTests {
    @Test(arguments: [
        ("ThrottlingException", IVSErrorKind.throttling), ("Throttling", .throttling),
        ("SlowDown", .throttling), ("TooManyRequestsException", .throttling),
        ("PriorRequestNotComplete", .throttling), ("RequestLimitExceeded", .throttling),
        ("RequestTimeout", .transient), ("RequestTimeoutException", .transient),
        ("InternalServerException", .transient), ("ServiceUnavailable", .transient),
        ("StreamUnavailable", .transient),
        ("ChannelNotBroadcasting", .channelNotBroadcasting),
        ("UnrecognizedClientException", .credentials),
        ("InvalidSignatureException", .credentials), ("SignatureDoesNotMatch", .credentials),
        ("ExpiredTokenException", .credentials), ("ExpiredToken", .credentials),
        ("MissingAuthenticationTokenException", .credentials),
        ("MissingAuthenticationToken", .credentials), ("AccessDeniedException", .credentials),
        ("IncompleteSignatureException", .credentials), ("InvalidClientTokenId", .credentials),
        ("RequestExpired", .clockSkew), ("RequestInTheFuture", .clockSkew),
        ("RequestTimeTooSkewed", .clockSkew), ("ResourceNotFoundException", .notFound),
        ("ValidationException", .invalid), ("SerializationException", .invalid),
        ("ConflictException", .other), ("PendingVerification", .other),
        ("ServiceQuotaExceededException", .other),
    ])
    func goesByCodeWhateverTheStatus(code: String, kind: IVSErrorKind) {
        for status in [400, 403, 404, 429, 500, 503] {
            #expect(IVSError(code: code, status: status, message: "").kind == kind)
        }
    }

    @Test(arguments: [
        (429, IVSErrorKind.throttling), (500, .transient), (502, .transient), (503, .transient),
        (504, .transient), (501, .other), (505, .other), (401, .credentials),
        (403, .credentials), (404, .notFound), (400, .invalid), (405, .invalid),
        (413, .invalid), (499, .invalid), (402, .other), (409, .other), (301, .other),
        (200, .other), (0, .other),
    ])
    func goesByStatusWhereTheCodeSaysNothing(status: Int, kind: IVSErrorKind) {
        #expect(IVSError(code: String(status), status: status, message: "").kind == kind)
        #expect(IVSError(code: "Unheard", status: status, message: "").kind == kind)
    }

    @Test func blamesTheClockForASignatureThatIsOutOfDate() {
        func kind(_ message: String, _ code: String = "InvalidSignatureException") -> IVSErrorKind {
            IVSError(code: code, status: 403, message: message).kind
        }
        #expect(kind("Signature expired: 20260102T030405Z is now earlier than") == .clockSkew)
        #expect(kind("Signature not yet current: 20260102T030405Z is") == .clockSkew)
        #expect(kind("The request signature we calculated does not match") == .credentials)
        #expect(kind("Signature expired: x", "AccessDeniedException") == .credentials)
    }

    @Test func suspectsTheClockInTheErrorsOfAWSsSDKs() {
        func may(_ code: String) -> Bool {
            IVSError(code: code, status: 403, message: "").mayBeClockSkew
        }
        for code in [
            "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure",
            "RequestTimeTooSkewed", "AccessDeniedException", "RequestExpired",
            "RequestInTheFuture",
        ] {
            #expect(may(code))
        }
        for code in ["UnrecognizedClientException", "ThrottlingException", "403"] {
            #expect(!may(code))
        }
    }
}
