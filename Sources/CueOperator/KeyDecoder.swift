/// What was pressed.
enum Key: Hashable, Sendable {
    case text(Character)
    case enter
    case escape
    case backspace
    case up
    case down
    case left
    case right
    case interrupt
    case other
}

/// Reads keys from the bytes that a terminal sends.
///
/// A paste is dropped whole: a line of chat that lands in the wrong window must not stop a show.
struct KeyDecoder: Sendable {
    private var rest: [UInt8] = []
    private var isPaste = false
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    init() {}

    mutating func decode(_ bytes: some Sequence<UInt8>) -> [Key] {
        rest += bytes
        var keys: [Key] = []
        while let key = next() { keys.append(contentsOf: key) }
        // No key is that long; what is, is noise.
        if rest.count > 64, !isPaste { rest = [] }
        return keys
    }

    /// Nothing more came: an escape that waits for the rest of a sequence was the key itself.
    mutating func pause() -> [Key] {
        guard rest == [0x1B] else { return [] }
        rest = []
        return [.escape]
    }

    /// The keys of the next sequence, perhaps none; nil if more bytes are needed.
    private mutating func next() -> [Key]? {
        if isPaste { return endPaste() }
        guard let first = rest.first else { return nil }
        switch first {
        case 0x1B: return escape()
        case 0x0D, 0x0A: return drop(1, .enter)
        case 0x03: return drop(1, .interrupt)
        case 0x7F, 0x08: return drop(1, .backspace)
        case 0..<0x20: return drop(1, .other)
        default: return character(first)
        }
    }

    private mutating func drop(_ count: Int, _ key: Key) -> [Key] {
        rest.removeFirst(count)
        return [key]
    }

    private mutating func endPaste() -> [Key]? {
        let end = Self.pasteEnd
        guard rest.count >= end.count else { return nil }
        for start in 0...(rest.count - end.count)
        where rest[start..<(start + end.count)].elementsEqual(end) {
            rest.removeFirst(start + end.count)
            isPaste = false
            return []
        }
        rest.removeFirst(rest.count - end.count + 1)
        return nil
    }

    private mutating func character(_ first: UInt8) -> [Key]? {
        let length: Int
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: length = 1
        }
        guard rest.count >= length else { return nil }
        let text = String(validating: rest[..<length], as: UTF8.self)
        guard let text, let character = text.first else { return drop(1, .other) }
        return drop(length, .text(character))
    }

    private mutating func escape() -> [Key]? {
        guard rest.count > 1 else { return nil }
        guard rest[1] == UInt8(ascii: "[") || rest[1] == UInt8(ascii: "O") else {
            // Alt with a key, or an escape and a key that follow closely.
            return drop(1, .escape)
        }
        guard let end = rest[2...].firstIndex(where: { (0x40...0x7E).contains($0) }) else {
            return nil
        }
        let sequence = String(decoding: rest[2...end], as: UTF8.self)
        switch sequence {
        case "A": return drop(end + 1, .up)
        case "B": return drop(end + 1, .down)
        case "C": return drop(end + 1, .right)
        case "D": return drop(end + 1, .left)
        case "200~":
            rest.removeFirst(end + 1)
            isPaste = true
            return []
        default: return drop(end + 1, .other)
        }
    }
}
