extension Duration {
    package var magnitude: Duration { self < .zero ? .zero - self : self }

    /// The whole nanoseconds of this duration, rounded towards zero.
    ///
    /// Rooms that order or add many moments do so in `Int64` nanoseconds: 292 years each way, far
    /// beyond `DurationText.longest`.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// The whole microseconds of this duration, rounded towards zero.
    package var microseconds: Int64 {
        nanoseconds / 1_000
    }

    /// This duration in seconds, for ratios and statistics only.
    package var seconds: Double {
        Double(nanoseconds) / 1e9
    }

    package static func nanoseconds(_ count: Int64, scaledBy factor: Double) -> Duration {
        .nanoseconds(Int64((Double(count) * factor).rounded()))
    }
}

/// The durations and times that sheets, options and logs are written in.
///
/// A duration is `90`, `1.5s`, `250ms`, `2m` or `1h2m3s`; a time is `SS`, `MM:SS` or `HH:MM:SS`,
/// each with an optional fraction. Both are exact to a nanosecond and limited to `longest`.
package enum DurationText {
    /// The longest duration that is read: a thousand hours.
    package static let longest: Duration = .seconds(3_600_000)

    /// Reads `90`, `1.5s`, `250ms`, `2m`, `1h2m3s`; nil where the text is anything else.
    package static func parse(_ text: some StringProtocol) -> Duration? {
        var scan = Scanner(text)
        guard let total = scan.units(), scan.isAtEnd else { return nil }
        return within(total)
    }

    /// Reads a duration that may begin with a sign: `+20s`, `-2s`, `20s`.
    package static func parseSigned(_ text: some StringProtocol) -> Duration? {
        switch text.utf8.first {
        case UInt8(ascii: "-"): parse(text.dropFirst()).map { .zero - $0 }
        case UInt8(ascii: "+"): parse(text.dropFirst())
        default: parse(text)
        }
    }

    /// Reads `SS`, `MM:SS`, `HH:MM:SS`, each with an optional fraction; minutes and seconds behind
    /// a colon have two digits and stay below 60.
    package static func parseTime(_ text: some StringProtocol) -> Duration? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let last = parts.last else { return nil }
        var total: Int64 = 0
        for (index, part) in parts.dropLast().enumerated() {
            guard let value = digits(part), index == 0 || (part.utf8.count == 2 && value < 60)
            else { return nil }
            total = total * 60 + value
        }
        var scan = Scanner(last)
        guard let nanoseconds = scan.decimal(), scan.isAtEnd else { return nil }
        if parts.count > 1 {
            let whole = last.prefix { $0 != "." }
            guard whole.utf8.count == 2, nanoseconds < 60_000_000_000 else { return nil }
            total *= 60
        }
        guard total <= 3_600_000 else { return nil }
        return within(total * 1_000_000_000 + nanoseconds)
    }

    /// Prints a duration as a person would write it: `1h2m3s`, `1.5s`, `250ms`, `0s`.
    package static func format(_ duration: Duration) -> String {
        let total = duration.nanoseconds
        if total < 0 { return "-" + format(.zero - duration) }
        if total > 0, total < 1_000_000_000 {
            return decimal(total, unit: 1_000_000) + "ms"
        }
        let minutes = total / 60_000_000_000
        let rest = total % 60_000_000_000
        var text = ""
        if minutes >= 60 { text += "\(minutes / 60)h" }
        if minutes % 60 > 0 { text += "\(minutes % 60)m" }
        if rest > 0 || text.isEmpty { text += decimal(rest, unit: 1_000_000_000) + "s" }
        return text
    }

    /// Prints a duration with its sign: `+10s`, `-1.5s`.
    package static func formatSigned(_ duration: Duration) -> String {
        duration < .zero ? format(duration) : "+" + format(duration)
    }

    /// Prints a measured span in tenths of a millisecond, `1.4 ms`, and from a second on as a person
    /// would write it, `1.302s`.
    package static func formatMilliseconds(_ duration: Duration) -> String {
        if duration < .zero { return "-" + formatMilliseconds(.zero - duration) }
        let tenths = (duration.microseconds + 50) / 100
        return tenths >= 10_000
            ? format(.milliseconds(tenths / 10)) : "\(tenths / 10).\(tenths % 10) ms"
    }

    /// Prints a time as the show's clock shows it, `HH:MM:SS` with a fraction of up to
    /// `fractionDigits` digits that is left out where it is zero; `-` in front before zero.
    package static func formatTime(_ duration: Duration, fractionDigits: Int = 3) -> String {
        let total = duration.nanoseconds
        if total < 0 {
            let text = formatTime(.zero - duration, fractionDigits: fractionDigits)
            // What is cut to nothing has no sign either.
            return text.contains { ("1"..."9").contains($0) } ? "-" + text : text
        }
        let seconds = total / 1_000_000_000
        let pairs = [seconds / 3600, seconds / 60 % 60, seconds % 60]
        var text = pairs.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        let fraction = String(total % 1_000_000_000 + 1_000_000_000).dropFirst()
        var kept = fraction.prefix(fractionDigits)
        while kept.last == "0" { kept.removeLast() }
        if !kept.isEmpty { text += "." + kept }
        return text
    }

    private static func within(_ nanoseconds: Int64) -> Duration? {
        nanoseconds <= longest.nanoseconds ? .nanoseconds(nanoseconds) : nil
    }

    private static func digits(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ $0.isDigit }) else {
            return nil
        }
        return Int64(text)
    }

    private static func decimal(_ value: Int64, unit: Int64) -> String {
        let fraction = value % unit
        guard fraction > 0 else { return "\(value / unit)" }
        var text = String(String(unit + fraction).dropFirst())
        while text.last == "0" { text.removeLast() }
        return "\(value / unit).\(text)"
    }
}

/// Reads numbers and units from the front of a text.
private struct Scanner {
    var rest: ArraySlice<UInt8>

    init(_ text: some StringProtocol) {
        rest = ArraySlice(text.utf8)
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// A decimal with at most nine digits before and nine counted behind the point, in billionths.
    mutating func decimal() -> Int64? {
        let whole = rest.prefix { $0.isDigit }
        guard !whole.isEmpty, whole.count <= 9 else { return nil }
        rest = rest.dropFirst(whole.count)
        var value = whole.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        value *= 1_000_000_000
        guard rest.first == UInt8(ascii: ".") else { return value }
        let fraction = rest.dropFirst().prefix { $0.isDigit }
        guard !fraction.isEmpty else { return nil }
        rest = rest.dropFirst(1 + fraction.count)
        var unit: Int64 = 100_000_000
        for digit in fraction.prefix(9) {
            value += Int64(digit - UInt8(ascii: "0")) * unit
            unit /= 10
        }
        return value
    }

    /// One number without a unit, or numbers with units from the largest to the smallest.
    mutating func units() -> Int64? {
        let names: [(name: String, nanoseconds: Int64)] = [
            ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
            ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
        ]
        var total: Int64 = 0
        var smallest = -1
        repeat {
            guard let billionths = decimal() else { return nil }
            if rest.isEmpty { return smallest < 0 ? billionths : nil }
            let name = rest.prefix { !$0.isDigit }
            rest = rest.dropFirst(name.count)
            guard let unit = names.firstIndex(where: { name.elementsEqual($0.name.utf8) }),
                unit > smallest
            else { return nil }
            smallest = unit
            let scale = names[unit].nanoseconds
            let (whole, overflow) = (billionths / 1_000_000_000).multipliedReportingOverflow(
                by: scale)
            let fraction = billionths % 1_000_000_000
            guard !overflow, whole <= DurationText.longest.nanoseconds else { return nil }
            let part =
                scale >= 1_000_000_000
                ? fraction * (scale / 1_000_000_000)
                : fraction / (1_000_000_000 / scale)
            total += whole + part
        } while !rest.isEmpty
        return total
    }
}
