extension WallTime {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

    /// As the `Date` header has it, cut to whole seconds: `Fri, 27 Nov 2026 19:01:30 GMT`.
    /// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
    package var httpDate: String {
        let text = Array(rfc3339(.none))
        let seconds = nanoseconds / 1_000_000_000 - (nanoseconds % 1_000_000_000 < 0 ? 1 : 0)
        let sinceEpoch = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
        let day = Int(((sinceEpoch % 7) + 7) % 7)
        let month = Int(String(text[5...6])) ?? 1
        return "\(Self.days[day]), \(String(text[8...9])) \(Self.months[month - 1]) "
            + "\(String(text[0...3])) \(String(text[11...18])) GMT"
    }

    /// Reads a `Date` header; nil for the obsolete forms, which no service of AWS sends.
    package init?(httpDate text: String) {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT",
            let month = Self.months.firstIndex(of: String(words[2])), words[1].utf8.count == 2,
            words[3].utf8.count == 4
        else { return nil }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        self.init(rfc3339: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }
}
