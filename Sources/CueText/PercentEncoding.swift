/// https://www.rfc-editor.org/rfc/rfc3986#section-2.1
package enum PercentEncoding {
    /// Encodes all but the unreserved characters and `kept`, as forms and queries of AWS have it.
    package static func encode(_ bytes: some Sequence<UInt8>, keeps kept: UInt8? = nil) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.underestimatedCount)
        for byte in bytes {
            if byte.isLetterOrDigit || byte == kept || "-._~".utf8.contains(byte) {
                result.append(byte)
            } else {
                result.append(UInt8(ascii: "%"))
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// A percent sign without two hexadecimal digits behind it stands for itself.
    package static func decode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(bytes)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let high = value(ofDigit: rest.first),
                let low = value(ofDigit: rest.dropFirst().first)
            {
                result.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    private static func value(ofDigit byte: UInt8?) -> UInt8? {
        switch byte {
        case let byte? where byte.isDigit: byte - 0x30
        case let byte? where (0x61...0x66).contains(byte | 0x20): (byte | 0x20) - 0x61 + 10
        default: nil
        }
    }
}
