/// Bytes that arrive in pieces, cut into lines.
struct LineBuffer {
    private var bytes: [UInt8] = []

    /// The bytes that are no whole line yet, or were not asked for.
    var count: Int { bytes.count }

    mutating func append(_ piece: ArraySlice<UInt8>) {
        bytes += piece
    }

    /// The next whole line, without its end.
    mutating func next() -> String? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { bytes.removeFirst(end + 1) }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}
