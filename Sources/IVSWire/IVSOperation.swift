/// The operations of IVS's API that a show needs; all are POST with a JSON body.
///
/// https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/API_Operations.html
package enum IVSOperation: String, CaseIterable, Sendable {
    case putMetadata = "PutMetadata"
    case insertAdBreak = "InsertAdBreak"
    case getStream = "GetStream"
    case listStreams = "ListStreams"
    case getChannel = "GetChannel"

    package static let method = "POST"
    package static let contentType = "application/json"
    /// The service's name in a signature's scope.
    package static let signingName = "ivs"

    /// The operation of a received request; nil where method or path are others. Paths are case
    /// sensitive.
    package init?(method: some StringProtocol, path: some StringProtocol) {
        guard method == IVSOperation.method, path.hasPrefix("/") else { return nil }
        self.init(rawValue: String(path.dropFirst()))
    }

    package var name: String { rawValue }
    package var path: String { "/" + rawValue }

    /// The status of a success: PutMetadata answers 204 and no body, the others 200.
    package var successStatus: Int { self == .putMetadata ? 204 : 200 }
}
