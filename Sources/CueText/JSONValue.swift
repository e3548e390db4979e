/// A JSON value whose objects keep their order and whose numbers keep their text.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The last member of that name, as every JSON reader of AWS's services takes it.
    package subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let items) = self { items } else { nil }
    }

    /// The value of a number without fraction that fits.
    package var integer: Int64? {
        if case .number(let text) = self { Int64(text) } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    /// Reads one JSON text (RFC 8259) of at most `depthMax` levels.
    package static func parse(
        _ bytes: some Collection<UInt8>, depthMax: Int = 64
    ) throws(JSONProblem) -> JSONValue {
        var reader = JSONReader(bytes: Array(bytes), depthMax: depthMax)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == reader.bytes.count else { throw reader.problem("more text") }
        return value
    }
}

/// Why a text is not JSON, and at which byte.
package struct JSONProblem: Error, Hashable, Sendable {
    package var message: String
    package var offset: Int
}

private struct JSONReader {
    let bytes: [UInt8]
    let depthMax: Int
    var position = 0

    init(bytes: [UInt8], depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    func problem(_ found: String) -> JSONProblem {
        JSONProblem(message: "unexpected \(found)", offset: position)
    }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
    }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    mutating func value(depth: Int) throws(JSONProblem) -> JSONValue {
        guard depth <= depthMax else { throw problem("depth") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw problem("end")
        default: return try number()
        }
    }

    mutating func word(_ text: String, _ value: JSONValue) throws(JSONProblem) -> JSONValue {
        guard bytes[position...].starts(with: text.utf8) else { throw problem("word") }
        position += text.utf8.count
        return value
    }

    mutating func object(depth: Int) throws(JSONProblem) -> JSONValue {
        position += 1
        var members: [JSONValue.Member] = []
        skipSpace()
        if take("}") { return .object([]) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw problem("member name") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw problem("member without colon") }
            members.append(.init(key, try value(depth: depth + 1)))
            skipSpace()
        } while take(",")
        guard take("}") else { throw problem("end of object") }
        return .object(members)
    }

    mutating func array(depth: Int) throws(JSONProblem) -> JSONValue {
        position += 1
        var items: [JSONValue] = []
        skipSpace()
        if take("]") { return .array([]) }
        repeat {
            items.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw problem("end of array") }
        return .array(items)
    }

    mutating func number() throws(JSONProblem) -> JSONValue {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    mutating func digits() throws(JSONProblem) {
        let start = position
        while let byte = next, byte.isDigit { position += 1 }
        guard position > start else { throw problem("character in a number") }
    }

    mutating func string() throws(JSONProblem) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw problem("bytes that are not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &text)
            case 0..<0x20:
                throw problem("control character in a string")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw problem("end of a string")
    }

    mutating func escape(into text: inout [UInt8]) throws(JSONProblem) {
        guard let mark = next else { throw problem("end of a string") }
        position += 1
        switch mark {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(mark)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try unit()
            if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: [92, 117]) {
                position += 2
                let low = try unit()
                guard (0xDC00..<0xE000).contains(low) else { throw problem("half of a pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw problem("half of a pair") }
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: throw problem("escape")
        }
    }

    mutating func unit() throws(JSONProblem) -> UInt32 {
        guard position + 4 <= bytes.count,
            bytes[position..<position + 4].allSatisfy({ Character(.init($0)).isHexDigit }),
            let code = UInt32(
                String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw problem("escape") }
        position += 4
        return code
    }
}
