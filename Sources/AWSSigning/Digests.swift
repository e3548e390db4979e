/// The SHA-256 of some bytes in lower-case hexadecimal.
package func sha256Hex(_ bytes: some Sequence<UInt8>) throws(SigningError) -> String {
    hexadecimal(try LibCrypto.sha256(of: bytes))
}

/// The SHA-1 of a text in lower-case hexadecimal, by which AWS's CLI names the files of its token
/// cache; nothing is trusted for it.
package func sha1Hex(_ text: String) throws(SigningError) -> String {
    hexadecimal(try LibCrypto.sha1(of: Array(text.utf8)))
}

/// Bytes that nobody can predict, from libcrypto's generator; at most 1,024 at a time.
package func randomBytes(_ count: Int) throws(SigningError) -> [UInt8] {
    guard (0...1_024).contains(count) else {
        throw SigningError(code: .random, message: "\(count) random bytes were asked for at once")
    }
    return try LibCrypto.random(count)
}

/// A random identifier (version 4) in lower case, as `amz-sdk-invocation-id` carries one.
/// https://www.rfc-editor.org/rfc/rfc9562#section-5.4
package func randomUUID() throws(SigningError) -> String {
    var bytes = try randomBytes(16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let text = hexadecimal(bytes)
    var parts: [Substring] = []
    var rest = Substring(text)
    for length in [8, 4, 4, 4, 12] {
        parts.append(rest.prefix(length))
        rest = rest.dropFirst(length)
    }
    return parts.joined(separator: "-")
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(2 * bytes.underestimatedCount)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

extension LibCrypto {
    static func sha1(of bytes: [UInt8]) throws(SigningError) -> [UInt8] {
        let result = bytes.withUnsafeBytes { bytes in
            // The library's closure does not carry the error's type through.
            Result { () throws(SigningError) in try sha1(bytes) }
        }
        return try result.get()
    }

    static func sha256(of bytes: some Sequence<UInt8>) throws(SigningError) -> [UInt8] {
        // A closure of the library's does not carry the error's type through, a result does.
        func digest(_ raw: UnsafeRawBufferPointer) -> Result<[UInt8], SigningError> {
            do throws(SigningError) {
                return .success(try sha256(raw))
            } catch {
                return .failure(error)
            }
        }
        let result =
            bytes.withContiguousStorageIfAvailable { digest(UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes(digest)
        return try result.get()
    }

    static func hmac(
        key: borrowing SecretBytes, text: String
    ) throws(SigningError) -> SecretBytes {
        let message = SecretBytes(text)
        return try message.withBytes { (bytes) throws(SigningError) in
            try hmac(key: key, message: bytes)
        }
    }
}
