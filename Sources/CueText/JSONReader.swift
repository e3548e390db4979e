/// Walks over a JSON text, and makes values of what it is asked to.
struct JSONReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let depthMax: Int
    private(set) var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, depthMax: Int = 64) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func problem(_ found: String) -> JSONProblem {
        JSONProblem(message: "unexpected \(found)", offset: position)
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    /// Nothing but space is left.
    mutating func end() throws(JSONProblem) {
        skipSpace()
        guard position == bytes.count else { throw problem("more text") }
    }

    // MARK: Values

    mutating func value(depth: Int = 0) throws(JSONProblem) -> JSONValue {
        switch try kind(depth: depth) {
        case .object:
            var members: [JSONValue.Member] = []
            try object { reader, name throws(JSONProblem) in
                let key = reader.text(in: name)
                members.append(.init(key, try reader.value(depth: depth + 1)))
            }
            return .object(members)
        case .array:
            var items: [JSONValue] = []
            try array { reader throws(JSONProblem) in
                items.append(try reader.value(depth: depth + 1))
            }
            return .array(items)
        case .string: return .string(text(in: try string()))
        case .number:
            return .number(String(decoding: bytes[try number()], as: UTF8.self))
        case .yes:
            try word("true")
            return .bool(true)
        case .no:
            try word("false")
            return .bool(false)
        case .null:
            try word("null")
            return .null
        }
    }

    /// Passes a value, and makes nothing of it.
    private mutating func skip(depth: Int) throws(JSONProblem) {
        switch try kind(depth: depth) {
        case .object:
            try object { reader, _ throws(JSONProblem) in try reader.skip(depth: depth + 1) }
        case .array: try array { reader throws(JSONProblem) in try reader.skip(depth: depth + 1) }
        case .string: _ = try string()
        case .number: _ = try number()
        case .yes: try word("true")
        case .no: try word("false")
        case .null: try word("null")
        }
    }

    /// Where the names and values of an object lie, a name without its quotes; false for any other
    /// value, which is passed.
    mutating func locate(
        _ member: (_ name: Range<Int>, _ value: Range<Int>) -> Void
    ) throws(JSONProblem) -> Bool {
        guard try kind(depth: 0) == .object else {
            try skip(depth: 0)
            return false
        }
        try object { reader, name throws(JSONProblem) in
            reader.skipSpace()
            let start = reader.position
            try reader.skip(depth: 1)
            member(name, start..<reader.position)
        }
        return true
    }

    // MARK: The grammar

    private enum Kind {
        case object
        case array
        case string
        case number
        case yes
        case no
        case null
    }

    private mutating func kind(depth: Int) throws(JSONProblem) -> Kind {
        guard depth <= depthMax else { throw problem("depth") }
        skipSpace()
        return switch next {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"): .yes
        case UInt8(ascii: "f"): .no
        case UInt8(ascii: "n"): .null
        case nil: throw problem("end")
        default: .number
        }
    }

    private mutating func word(_ text: StaticString) throws(JSONProblem) {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count,
            bytes[position..<end].elementsEqual(
                UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        else { throw problem("word") }
        position = end
    }

    /// `member` passes the value that stands next.
    private mutating func object(
        _ member: (inout JSONReader, _ name: Range<Int>) throws(JSONProblem) -> Void
    ) throws(JSONProblem) {
        position += 1
        skipSpace()
        if take("}") { return }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw problem("member name") }
            let name = try string()
            skipSpace()
            guard take(":") else { throw problem("member without colon") }
            try member(&self, name)
            skipSpace()
        } while take(",")
        guard take("}") else { throw problem("end of object") }
    }

    /// `item` passes the value that stands next.
    private mutating func array(
        _ item: (inout JSONReader) throws(JSONProblem) -> Void
    ) throws(JSONProblem) {
        position += 1
        skipSpace()
        if take("]") { return }
        repeat {
            try item(&self)
            skipSpace()
        } while take(",")
        guard take("]") else { throw problem("end of array") }
    }

    private mutating func number() throws(JSONProblem) -> Range<Int> {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return start..<position
    }

    private mutating func digits() throws(JSONProblem) {
        let start = position
        while let byte = next, (48...57).contains(byte) { position += 1 }
        guard position > start else { throw problem("character in a number") }
    }

    // MARK: Strings

    /// Passes a string, and says where its inside lies.
    private mutating func string() throws(JSONProblem) -> Range<Int> {
        position += 1
        let start = position
        // Every bit that is set in one of its bytes.
        var bits: UInt8 = 0
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                let inside = start..<position
                position += 1
                // An escape is ASCII itself, and what it stands for completes no other character.
                let isText =
                    bits < 0x80 || String(validating: bytes[inside], as: UTF8.self) != nil
                guard isText else { throw problem("bytes that are not UTF-8") }
                return inside
            case UInt8(ascii: "\\"):
                position += 1
                _ = try escaped()
            case 0..<0x20: throw problem("control character in a string")
            default:
                bits |= byte
                position += 1
            }
        }
        throw problem("end of a string")
    }

    /// The text of a string whose inside was passed before.
    private func text(in inside: Range<Int>) -> String {
        guard bytes[inside].contains(UInt8(ascii: "\\")) else {
            return String(decoding: bytes[inside], as: UTF8.self)
        }
        return String(unsafeUninitializedCapacity: inside.count) { text in
            var reader = self
            reader.position = inside.lowerBound
            var count = 0
            func append(_ byte: UInt8) {
                text[count] = byte
                count += 1
            }
            while reader.position < inside.upperBound {
                let byte = bytes[reader.position]
                reader.position += 1
                if byte != UInt8(ascii: "\\") {
                    append(byte)
                } else if let scalar = try? reader.escaped() {
                    // Never longer than the escape itself.
                    for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                        append(byte)
                    }
                }
            }
            return count
        }
    }

    /// What follows a backslash.
    private mutating func escaped() throws(JSONProblem) -> Unicode.Scalar {
        guard let mark = next else { throw problem("end of a string") }
        position += 1
        switch mark {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(mark)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var code = try unit()
            if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: [92, 117]) {
                position += 2
                let low = try unit()
                guard (0xDC00..<0xE000).contains(low) else { throw problem("half of a pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw problem("half of a pair") }
            return scalar
        default: throw problem("escape")
        }
    }

    private mutating func unit() throws(JSONProblem) -> UInt32 {
        guard position + 4 <= bytes.count else { throw problem("escape") }
        var code: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            let digit: UInt8
            switch byte {
            case 48...57: digit = byte - 48
            case 65...70: digit = byte - 55
            case 97...102: digit = byte - 87
            default: throw problem("escape")
            }
            code = code << 4 | UInt32(digit)
        }
        position += 4
        return code
    }
}
