import CueRunLog
import CueScheduler
import CueText

/// Figures and lists as all reports word them.
enum Words {
    /// A measured span: `1.4 ms`, `1.302s`.
    static func span(_ duration: Duration) -> String {
        DurationText.formatMilliseconds(duration)
    }

    /// A span with its sign.
    static func signed(_ duration: Duration) -> String {
        (duration < .zero ? "" : "+") + span(duration)
    }

    /// `1 cue`, `2 cues`.
    static func count(_ number: Int, _ word: String) -> String {
        "\(grouped(number)) \(word)\(number == 1 ? "" : "s")"
    }

    /// `100,000`.
    static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number.magnitude).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }

    /// `q1, q2 and 7 more`; cue ids of a foreign log may hold anything.
    static func list(_ names: [String], most: Int) -> String {
        let shown = names.prefix(most).map(\.printable).joined(separator: ", ")
        return names.count > most ? "\(shown) and \(grouped(names.count - most)) more" : shown
    }

    /// A moment on the show's clock, in tenths of a second.
    static func at(_ time: Duration?) -> String {
        time.map { DurationText.formatTime($0, fractionDigits: 1) } ?? "–"
    }

    /// `2026-11-27 19:00:03`.
    static func moment(_ time: WallTime) -> String {
        String(time.rfc3339(.none).dropLast()).split(separator: "T").joined(separator: " ")
    }

    static func zero(_ aligned: RunEvent.Aligned) -> String {
        let source =
            switch aligned.source {
            case .known(.stream): "the stream's start"
            case .known(.now): "the moment the run was ready"
            case .known(.manual): "the operator's GO"
            case .known(.instant): "the start given"
            case .unknown(let name): name
            }
        let sure =
            aligned.uncertainty == .zero ? "" : " (±\(DurationText.format(aligned.uncertainty)))"
        return "\(moment(aligned.zero)) UTC, \(source)\(sure)"
    }
}
