import CueText

/// YAML 1.2's core schema: what a plain scalar is.
///
/// Nothing else is a boolean or a number: `no`, `on`, `1:30`, `1_000` and dates are text, unlike
/// in YAML 1.1. https://yaml.org/spec/1.2.2/#103-core-schema
enum CoreSchema {
    enum Value: Equatable {
        case null
        case bool(Bool)
        /// The text of a JSON number of the same value.
        case number(String)
        /// `.inf`, `.nan`, or an integer too large to convert: numbers that JSON can't hold.
        case unrepresentable
        case text
    }

    static func resolve(_ bytes: ArraySlice<UInt8>) -> Value {
        if isNull(bytes) { return .null }
        if let flag = bool(bytes) { return .bool(flag) }
        return number(bytes)
    }

    static func isNull(_ bytes: ArraySlice<UInt8>) -> Bool {
        switch bytes.count {
        case 0: true
        case 1: bytes.first == UInt8(ascii: "~")
        case 4: isWord(bytes, "null", "Null", "NULL")
        default: false
        }
    }

    static func bool(_ bytes: ArraySlice<UInt8>) -> Bool? {
        switch bytes.count {
        case 4: isWord(bytes, "true", "True", "TRUE") ? true : nil
        case 5: isWord(bytes, "false", "False", "FALSE") ? false : nil
        default: nil
        }
    }

    /// The value of a whole number that fits.
    static func integer(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard case .number(let text) = number(bytes),
            !bytes.contains(UInt8(ascii: ".")), isHexadecimal(bytes) || !hasExponent(bytes)
        else { return nil }
        return Int(text)
    }

    static func isInteger(_ bytes: ArraySlice<UInt8>) -> Bool {
        if bytes.starts(with: "0o".utf8) || isHexadecimal(bytes) { return number(bytes) != .text }
        return number(bytes) != .text && bytes.allSatisfy { $0.isDigit || $0 == 43 || $0 == 45 }
    }

    /// `[-+]?[0-9]+`, `0o[0-7]+`, `0x[0-9a-fA-F]+`,
    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, `[-+]?\.inf`, `\.nan`.
    static func number(_ bytes: ArraySlice<UInt8>) -> Value {
        if bytes.starts(with: "0o".utf8) { return converted(bytes.dropFirst(2), radix: 8) }
        if isHexadecimal(bytes) { return converted(bytes.dropFirst(2), radix: 16) }
        var rest = bytes
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        guard let head = rest.first, head.isDigit || head == UInt8(ascii: ".") else {
            return .text
        }
        if isWord(rest, ".inf", ".Inf", ".INF") { return .unrepresentable }
        if isWord(bytes, ".nan", ".NaN", ".NAN") { return .unrepresentable }
        let whole = rest.prefix { $0.isDigit }
        rest = rest.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix { $0.isDigit }
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return .text }
        var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        let significant = whole.drop { $0 == UInt8(ascii: "0") }
        text += significant.isEmpty ? [UInt8(ascii: "0")] : significant
        if !fraction.isEmpty { text += [UInt8(ascii: ".")] + fraction }
        guard let mark = rest.first else { return .number(String(decoding: text, as: UTF8.self)) }
        guard mark | 0x20 == UInt8(ascii: "e") else { return .text }
        let exponent = rest.dropFirst()
        let hasSign = exponent.first == UInt8(ascii: "-") || exponent.first == UInt8(ascii: "+")
        let digits = exponent.dropFirst(hasSign ? 1 : 0)
        guard !digits.isEmpty, digits.allSatisfy({ $0.isDigit }) else { return .text }
        return .number(String(decoding: text + rest, as: UTF8.self))
    }

    private static func converted(_ digits: ArraySlice<UInt8>, radix: UInt64) -> Value {
        guard !digits.isEmpty else { return .text }
        var value: UInt64 = 0
        var isTooLarge = false
        for byte in digits {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digit < radix else {
                return .text
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            isTooLarge = isTooLarge || overflow || carry
            value = sum
        }
        return isTooLarge ? .unrepresentable : .number(String(value))
    }

    private static func isHexadecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.starts(with: "0x".utf8)
    }

    private static func hasExponent(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.contains { $0 | 0x20 == UInt8(ascii: "e") }
    }

    private static func isWord(_ bytes: ArraySlice<UInt8>, _ words: String...) -> Bool {
        words.contains { bytes.elementsEqual($0.utf8) }
    }
}
