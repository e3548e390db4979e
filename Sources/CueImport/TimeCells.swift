import CueText

/// What `1:30` means.
package enum TimeStyle: String, CaseIterable, Sendable {
    case minutes = "mm:ss"
    case hours = "hh:mm"
}

/// Frames a second, for the times that cutting rooms write.
package struct FrameRate: Hashable, Sendable {
    /// Frames that a second of timecode counts.
    let counted: Int64
    /// Real time is slower by 1,001/1,000: 23.976, 29.97, 59.94.
    let isNTSC: Bool

    package init?(_ text: String) {
        switch text {
        case "23.976", "23.98": (counted, isNTSC) = (24, true)
        case "29.97": (counted, isNTSC) = (30, true)
        case "59.94": (counted, isNTSC) = (60, true)
        default:
            guard let whole = Int64(text), (1...1_000).contains(whole) else { return nil }
            (counted, isNTSC) = (whole, false)
        }
    }

    /// The time of a timecode; nil where there is no such frame. A drop-frame code leaves out the
    /// first numbers of every minute but each tenth, so that it keeps to the clock.
    /// SMPTE ST 12-1.
    func time(_ parts: [Int64], isDropFrame: Bool) -> Duration? {
        let (hours, minutes, seconds, frame) = (parts[0], parts[1], parts[2], parts[3])
        guard hours <= 1_000, minutes < 60, seconds < 60, frame < counted else { return nil }
        var frames = ((hours * 60 + minutes) * 60 + seconds) * counted + frame
        if isDropFrame {
            guard isNTSC, counted.isMultiple(of: 30) else { return nil }
            let dropped = counted / 15
            if seconds == 0, frame < dropped, !minutes.isMultiple(of: 10) { return nil }
            let whole = hours * 60 + minutes
            frames -= dropped * (whole - whole / 10)
        }
        return .nanoseconds(frames * (isNTSC ? 1_001_000_000 : 1_000_000_000) / counted)
    }
}

/// How the times of a spreadsheet are written, as far as its rows tell.
struct TimeCells {
    var style: TimeStyle?
    var frameRate: FrameRate?
    /// What the column's time of the show's zero is: a time of day, or a timecode of 10:00:00:00.
    var zero: Duration = .zero

    enum Reading: Equatable {
        case time(Duration)
        /// `1:30` of which nobody knows the unit.
        case ambiguous
        case needsFrameRate
        /// The spreadsheet's number of a day since 1899.
        case date
        case unreadable
    }

    /// Reads a time or a duration in any form that spreadsheets export; bare numbers count `unit`.
    ///
    /// `90`, `1.5s`, `20 sec`, `1:30`, `0:01:30`, `00:01:30.500`, `1:30:00 AM`, `00:01:30:12`, and
    /// `0,5` with a decimal comma.
    func read(_ text: String, unit: Double = 1e9) -> Reading {
        var text = Self.plain(text)
        let half = Self.removeHalf(&text)
        guard text.utf8.contains(where: { $0 == UInt8(ascii: ":") }) else {
            if half != nil { return .unreadable }
            if let number = Self.number(text) { return self.number(number, text, unit: unit) }
            return DurationText.parse(Self.duration(text)).map { .time($0) } ?? .unreadable
        }
        let isDropFrame = text.utf8.contains(UInt8(ascii: ";"))
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == ";" }
        if parts.count == 4 || isDropFrame {
            guard let frameRate else { return parts.count == 4 ? .needsFrameRate : .unreadable }
            let numbers = parts.compactMap { $0.utf8.count <= 4 ? Int64($0) : nil }
            guard numbers.count == 4, numbers.allSatisfy({ $0 >= 0 }) else { return .unreadable }
            return frameRate.time(numbers, isDropFrame: isDropFrame).map { .time($0) }
                ?? .unreadable
        }
        guard let time = DurationText.parseTime(text) else { return .unreadable }
        if parts.count == 2 {
            if time == .zero { return .time(.zero) }
            switch half == nil ? style : .hours {
            case nil: return .ambiguous
            case .minutes: return .time(time)
            case .hours:
                guard !text.utf8.contains(UInt8(ascii: ".")) else { return .unreadable }
                return ofDay(time * 60, half)
            }
        }
        return ofDay(time, half)
    }

    private func ofDay(_ time: Duration, _ half: Int?) -> Reading {
        guard let half else { return .time(time) }
        guard time >= .seconds(0), time < .seconds(13 * 3_600) else { return .unreadable }
        let hours = Duration.seconds(12 * 3_600)
        return .time((time >= hours ? time - hours : time) + hours * half)
    }

    private func number(_ value: Double, _ text: String, unit: Double) -> Reading {
        let digits = text.split(separator: ".").dropFirst().first?.utf8.count ?? 0
        if unit == 1e9, value >= 30_000, value < 80_000, digits >= 3 { return .date }
        guard value * unit <= DurationText.longest.seconds * 1e9 else { return .unreadable }
        // A plain decimal is exact; a fraction of a day is the nearest millisecond.
        if unit == 1e9, let exact = DurationText.parse(text) { return .time(exact) }
        return .time(.milliseconds(Int64((value * unit / 1e6).rounded())))
    }

    /// Lower case, one kind of space, and a decimal point.
    static func plain(_ text: String) -> String {
        var plain = ""
        for scalar in text.trimmed.unicodeScalars {
            if scalar == "," {
                plain += "."
            } else {
                plain += scalar.properties.isWhitespace ? " " : scalar.properties.lowercaseMapping
            }
        }
        return plain
    }

    /// Removes `am` or `pm` from the end: 0 or 1 half days.
    private static func removeHalf(_ text: inout String) -> Int? {
        for (half, names) in [["am", "a.m."], ["pm", "p.m."]].enumerated() {
            guard let name = names.first(where: { text.hasSuffix($0) }) else { continue }
            text = text.dropLast(name.count).trimmed
            return half
        }
        return nil
    }

    /// A number without a unit: `90`, `0.0010416667`, and Excel's `1.15741e-05`.
    static func number(_ text: String) -> Double? {
        guard let first = text.utf8.first, first.isDigit || first == 46,
            text.utf8.allSatisfy({ $0.isDigit || [46, 101, 45, 43].contains($0) })
        else { return nil }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// `20 sec`, `1 min 30 s` in the units that a sheet takes.
    private static func duration(_ text: String) -> String {
        let units = [
            ("h", ["hours", "hour", "hrs", "hr", "h"]),
            ("ms", ["milliseconds", "millisecond", "msec", "ms"]),
            ("m", ["minutes", "minute", "mins", "min", "m"]),
            ("s", ["seconds", "second", "secs", "sec", "s"]),
        ]
        var result = ""
        var word = ""
        func flush() {
            guard !word.isEmpty else { return }
            result += units.first { $0.1.contains(word) }?.0 ?? word
            word = ""
        }
        for character in text where character != " " {
            if character.isLetter {
                word.append(character)
            } else {
                flush()
                result.append(character)
            }
        }
        flush()
        return result
    }
}

extension TimeCells {
    /// What the rows tell of `1:30`, and why; nothing where they don't.
    ///
    /// Hours written out beside it (`1:02:00`), a first part above 23 and a fraction speak for
    /// minutes; unless only hours bring the rows into order.
    static func decide(_ times: [(text: String, row: Int)], others: [(text: String, row: Int)])
        -> (style: TimeStyle, why: String)?
    {
        var triple: (text: String, row: Int)?
        for (text, row) in times + others {
            let text = plain(text)
            guard !text.hasSuffix("m"), DurationText.parseTime(text) != nil else { continue }
            let parts = text.split(separator: ":")
            if parts.count == 2, let first = Int(parts[0]), first > 23 {
                return (.minutes, "as \(text) in row \(row) has no hours")
            }
            if parts.count == 2, text.utf8.contains(UInt8(ascii: ".")) {
                return (.minutes, "as \(text) in row \(row) has a fraction")
            }
            if parts.count == 3, triple == nil { triple = (text, row) }
        }
        guard let triple else { return nil }
        if !ascend(times, .minutes), ascend(times, .hours) { return nil }
        return (.minutes, "as \(triple.text) in row \(triple.row) has hours of its own")
    }

    private static func ascend(_ times: [(text: String, row: Int)], _ style: TimeStyle) -> Bool {
        let cells = TimeCells(style: style)
        var last = Duration.zero
        for (text, _) in times {
            guard case .time(let time) = cells.read(text) else { continue }
            if time < last { return false }
            last = time
        }
        return true
    }

    /// Whether the bare numbers of a column are fractions of a day, as a spreadsheet stores times
    /// and prints those without a format of time.
    static func areDays(_ texts: [String]) -> Bool {
        var isFine = false
        for text in texts {
            let text = plain(text)
            guard let number = number(text) else { continue }
            if number >= 1 { return false }
            let digits = text.split(separator: ".").dropFirst().first?.utf8.count ?? 0
            isFine = isFine || digits >= 4 || text.utf8.contains(UInt8(ascii: "e"))
        }
        return isFine
    }
}
