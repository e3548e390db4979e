/// A moment of civil time: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// It places zero, signs requests and stamps the log; waiting is never done on it, since the wall
/// clock can be set. Formats by RFC 3339; good from year 1678 to 2262.
package struct WallTime: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package init(seconds: Int64) {
        self.nanoseconds = seconds * 1_000_000_000
    }

    package static func < (a: WallTime, b: WallTime) -> Bool { a.nanoseconds < b.nanoseconds }
    package static func + (time: WallTime, by: Duration) -> WallTime {
        WallTime(nanoseconds: time.nanoseconds + by.nanoseconds)
    }
    package static func - (time: WallTime, by: Duration) -> WallTime {
        WallTime(nanoseconds: time.nanoseconds - by.nanoseconds)
    }
    package static func - (a: WallTime, b: WallTime) -> Duration {
        .nanoseconds(a.nanoseconds - b.nanoseconds)
    }

    /// The precisions that our formats use; what is finer is cut off, never rounded up.
    package enum Fraction: Int, Sendable {
        case none = 0
        case milliseconds = 3
        case microseconds = 6
        case nanoseconds = 9
    }

    /// RFC 3339 in UTC, as `2026-11-27T19:01:30.000Z`.
    package func rfc3339(_ fraction: Fraction = .microseconds) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(30)
        appendRFC3339(fraction, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package func appendRFC3339(_ fraction: Fraction, to bytes: inout [UInt8]) {
        let fields = CivilFields(self)
        append(fields.year, width: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(fields.month, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(fields.day, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        append(fields.hour, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(fields.minute, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(fields.second, width: 2, to: &bytes)
        if fraction != .none {
            var value = fields.nanosecond
            for _ in fraction.rawValue..<9 { value /= 10 }
            bytes.append(UInt8(ascii: "."))
            append(value, width: fraction.rawValue, to: &bytes)
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    /// `20261127T190130Z`, the form of `X-Amz-Date` and of log file names.
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
    package var basic: String {
        var bytes: [UInt8] = []
        let fields = CivilFields(self)
        append(fields.year, width: 4, to: &bytes)
        append(fields.month, width: 2, to: &bytes)
        append(fields.day, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        append(fields.hour, width: 2, to: &bytes)
        append(fields.minute, width: 2, to: &bytes)
        append(fields.second, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    private func append(_ value: Int64, width: Int, to bytes: inout [UInt8]) {
        let text = String(value)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: width - text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }
}

extension WallTime {
    /// The years that are read, from 1970-01-01T00:00:00Z on: any two of their moments can be
    /// subtracted, with months to spare.
    private static let years: ClosedRange<Int64> = 1969...2261

    /// Reads an RFC 3339 instant: date, `T` (or a space), time, optional fraction, and `Z` or an
    /// offset, without which a text names no moment. Nil where the text is anything else, or its
    /// moment lies outside of `years`. https://www.rfc-editor.org/rfc/rfc3339#section-5.6
    package init?(rfc3339 text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40 else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[range] {
                guard byte.isDigit else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        func isMark(_ at: Int, _ marks: String) -> Bool { marks.utf8.contains(bytes[at]) }
        guard let year = number(0..<4), isMark(4, "-"), let month = number(5..<7), isMark(7, "-"),
            let day = number(8..<10), isMark(10, "Tt "), let hour = number(11..<13),
            isMark(13, ":"), let minute = number(14..<16), isMark(16, ":"),
            let second = number(17..<19), WallTime.years.contains(year), (1...12).contains(month),
            day >= 1, day <= CivilFields.days(inMonth: month, of: year), hour < 24, minute < 60,
            second < 61
        else { return nil }
        var end = 19
        var nanosecond: Int64 = 0
        if isMark(end, ".") {
            let digits = bytes[20...].prefix(while: \.isDigit)
            guard !digits.isEmpty, digits.count <= 9, let value = number(20..<20 + digits.count)
            else { return nil }
            nanosecond = (digits.count..<9).reduce(value) { sum, _ in sum * 10 }
            end = 20 + digits.count
        }
        guard let offset = WallTime.offset(bytes[end...]) else { return nil }
        let days = CivilFields.daysSinceEpoch(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        guard seconds >= 0 else { return nil }
        self.init(nanoseconds: seconds * 1_000_000_000 + nanosecond)
    }

    /// The seconds of `Z`, `+01:00`, `-08:00`.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(zone)
        if bytes == [UInt8(ascii: "Z")] || bytes == [UInt8(ascii: "z")] { return 0 }
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
            bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            (bytes[1...2] + bytes[4...5]).allSatisfy(\.isDigit),
            let hours = Int64(String(decoding: bytes[1...2], as: UTF8.self)),
            let minutes = Int64(String(decoding: bytes[4...5], as: UTF8.self)),
            hours >= 0, hours < 24, minutes >= 0, minutes < 60
        else { return nil }
        return (hours * 3_600 + minutes * 60) * (bytes[0] == UInt8(ascii: "-") ? -1 : 1)
    }
}

/// Year, month, day and time of day in UTC, by the proleptic Gregorian calendar.
struct CivilFields {
    var year, month, day, hour, minute, second, nanosecond: Int64

    init(_ time: WallTime) {
        var seconds = time.nanoseconds / 1_000_000_000
        nanosecond = time.nanoseconds % 1_000_000_000
        if nanosecond < 0 {
            nanosecond += 1_000_000_000
            seconds -= 1
        }
        var days = seconds / 86_400
        var ofDay = seconds % 86_400
        if ofDay < 0 {
            ofDay += 86_400
            days -= 1
        }
        (hour, minute, second) = (ofDay / 3_600, ofDay / 60 % 60, ofDay % 60)
        // Years are counted from 1 March, so that a leap day is the last of its year; an era is
        // the 400 years (146,097 days) after which the calendar repeats.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
