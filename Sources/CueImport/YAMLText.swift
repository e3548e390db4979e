import CueText

/// Scalars as YAML 1.2 and 1.1 readers alike take them for the text that they are.
enum YAMLText {
    /// Plain where nobody can take it for anything else, in double quotes otherwise.
    static func scalar(_ text: some StringProtocol) -> String {
        isPlain(text) ? String(text) : quoted(text)
    }

    /// Letters first, then what no YAML reader gives a meaning inside a line.
    private static func isPlain(_ text: some StringProtocol) -> Bool {
        guard let first = text.unicodeScalars.first, first.properties.isAlphabetic,
            !typed.contains(text.lowercased()), text.last != " "
        else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": true
            case " ", ".", ",", "?", "!", "'", "(", ")", "-", "_", "/", "+", "%", ";", "=": true
            case ..."\u{7F}": false
            default: scalar.isPrintable && !scalar.properties.isWhitespace
            }
        }
    }

    /// Words that some reader of YAML takes for a boolean, a null or a number.
    private static let typed: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf", "infinity",
    ]

    /// Double quotes, with an escape for all that a reader would refuse or an editor not show.
    static func quoted(_ text: some StringProtocol) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default:
                let isJoiner = scalar.value == 0x200D || scalar.value == 0x200C
                let isRefused = scalar.value & 0xFFFE == 0xFFFE || scalar.value == 0xFEFF
                if (scalar.isPrintable || isJoiner) && !isRefused {
                    result.unicodeScalars.append(scalar)
                } else {
                    result += escape(scalar.value)
                }
            }
        }
        return result + "\""
    }

    private static func escape(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        let (mark, width) = value < 0x100 ? ("\\x", 2) : value < 0x1_0000 ? ("\\u", 4) : ("\\U", 8)
        return mark + digits.filled(to: width, .right, with: "0")
    }

    /// Text that the sheet takes for nothing but itself: a dollar sign that would begin a variable
    /// is written twice.
    static func literal(_ text: some StringProtocol) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return String(text) }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            result.append(byte)
            guard byte == UInt8(ascii: "$"), index + 1 < bytes.count else { continue }
            if bytes[index + 1] == byte || bytes[index + 1] == UInt8(ascii: "{") {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// A JSON value in flow style on one line.
    static func flow(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let text): text
        case .string(let text): flowScalar(literal(text))
        case .array(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\(flowScalar($0.key)): \(flow($0.value))" }.joined(separator: ", ")
                + "}"
        }
    }

    private static func flowScalar(_ text: String) -> String {
        let plain = scalar(text)
        return plain.utf8.contains(UInt8(ascii: ",")) ? quoted(text) : plain
    }
}
