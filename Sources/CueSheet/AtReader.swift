import CueText

/// The forms of `at`.
enum AtText {
    /// Reads a time after zero (`90`, `01:30`, `00:01:30.5`, `5m`), `+20s`, `q1`, `q1 + 20s`,
    /// `q1.end + 5s`, `q1.reveal - 1s`, an RFC 3339 instant, or `manual`; nil where the text is
    /// none of them. A time wins over an id of the same letters.
    static func parse(_ text: String) -> Cue.At? {
        if let time = DurationText.parseTime(text) ?? DurationText.parse(text) {
            return .time(time)
        }
        if text == "manual" { return .manual }
        if let instant = WallTime(rfc3339: text) { return .instant(instant) }
        var rest = Substring(text)
        if rest.utf8.first == UInt8(ascii: "+") {
            return offset(&rest).map { .afterPrevious($0) }
        }
        return anchored(rest)
    }

    /// Reads `HH:MM:SS`, with up to three digits of hours; nil for anything else, which is not
    /// wrong by that.
    ///
    /// Nearly all times of a large sheet are written so, and read so in a twentieth of the time.
    static func clock(_ bytes: ArraySlice<UInt8>) -> Duration? {
        guard bytes.count == 8 || bytes.count == 9 else { return nil }
        var (fields, field, digits) = (0, 0, 0)
        var total = 0
        for byte in bytes {
            if byte.isDigit {
                field = field * 10 + Int(byte - 48)
                digits += 1
            } else {
                guard byte == UInt8(ascii: ":"), fields < 2, digits == 2 || fields == 0 else {
                    return nil
                }
                guard digits > 0, fields == 0 || field < 60 else { return nil }
                total = total * 60 + field
                (fields, field, digits) = (fields + 1, 0, 0)
            }
        }
        guard fields == 2, digits == 2, field < 60 else { return nil }
        return .seconds(total * 60 + field)
    }

    /// `ID`, then `.end` or `.reveal`, then a signed duration.
    private static func anchored(_ text: Substring) -> Cue.At? {
        let id = Substring(text.utf8.prefix(while: isIDByte))
        guard isID(id.utf8) else { return nil }
        var rest = text[id.endIndex...]
        var edge = Cue.Edge.start
        let edges = [Cue.Edge.end, .reveal]
        if let named = edges.first(where: { rest.hasPrefix("." + $0.rawValue) }) {
            edge = named
            rest = rest.dropFirst(1 + named.rawValue.utf8.count)
        }
        if rest.isEmpty { return .anchored(id: String(id), edge: edge, offset: .zero) }
        let hasSpace = dropSpace(&rest)
        // Ids may hold a minus, so one that means a duration has a space in front.
        guard rest.utf8.first == UInt8(ascii: "+") || hasSpace else { return nil }
        return offset(&rest).map { .anchored(id: String(id), edge: edge, offset: $0) }
    }

    /// A sign, spaces, and a duration.
    private static func offset(_ rest: inout Substring) -> Duration? {
        guard let sign = rest.utf8.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
        else { return nil }
        rest = rest.dropFirst()
        _ = dropSpace(&rest)
        guard let value = DurationText.parse(rest) else { return nil }
        return sign == UInt8(ascii: "-") ? .zero - value : value
    }

    private static func dropSpace(_ rest: inout Substring) -> Bool {
        let count = rest.utf8.prefix { $0 == 0x20 }.count
        rest = rest.dropFirst(count)
        return count > 0
    }

    static let forms =
        "write a time (00:01:30 or 5m), +20s, q1 + 20s, q1.end + 5s, q1.reveal + 1s, "
        + "an instant such as 2026-11-27T19:00:00-08:00, or manual"

    /// Whether a text begins as an RFC 3339 date and time do.
    static func isLikeInstant(_ text: String) -> Bool {
        let bytes = Array(text.utf8.prefix(14))
        guard bytes.count == 14 else { return false }
        return zip(bytes, "0000-00-00T00:".utf8).allSatisfy { byte, form in
            switch form {
            case UInt8(ascii: "0"): byte.isDigit
            case UInt8(ascii: "T"): byte | 0x20 == UInt8(ascii: "t") || byte == 0x20
            default: byte == form
            }
        }
    }
}

extension SheetReader {
    mutating func at(_ node: Int) -> Cue.At? {
        guard isText(node, "at", "a time, a reference or manual") else { return nil }
        if let time = AtText.clock(tree.bytes(node)) { return .time(time) }
        let text = tree.text(node)
        if isPlainTyped(node), CoreSchema.bool(tree.bytes(node)) != nil {
            wrongType(node, "at", "a time, a reference or manual")
            return nil
        }
        if let at = AtText.parse(text) { return at }
        if reportInstant(text, node) { return nil }
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        error(
            "bad-at", at: node,
            isNegative
                ? "at can't be before zero, found \(quoted(text))"
                : "at can't be read, found \(quoted(text))",
            hint: AtText.forms)
        return nil
    }

    /// Reports what is wrong with a text that looks like an instant; false where it does not.
    mutating func reportInstant(_ text: String, _ node: Int) -> Bool {
        guard AtText.isLikeInstant(text) else { return false }
        if WallTime(rfc3339: text + "Z") != nil {
            error(
                "instant-offset", at: node, "the instant \(quoted(text)) has no offset from UTC",
                hint: "add Z for UTC, or the offset, as in 2026-11-27T19:00:00-08:00")
        } else {
            error(
                "bad-instant", at: node, "there is no instant \(quoted(text))",
                hint: "write it as 2026-11-27T19:00:00-08:00")
        }
        return true
    }
}
