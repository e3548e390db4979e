import CueRunLog
import CueText

/// The report as one HTML file that needs nothing else: style, script and data are inside.
///
/// What logs and payloads say is data to the page, and shown as text; no `<` of theirs is in the
/// file, and its policy runs no script but its own.
package struct ReportPage: Sendable {
    private var title: String
    private var text: String
    private var nonce: String
    private var data: [UInt8]

    /// The page of one run.
    package init(
        _ review: Review, log: String, state: LogState = .unknown, answers: Answers? = nil
    ) {
        title = "Report: \(review.start?.title ?? log)"
        text = review.text(ReportStyle(), state: state, answers: answers)
        nonce = Self.nonce([review])
        var writer = JSONWriter(capacity: 1 << 16)
        writer.object { writer in
            writer.key("runs")
            writer.array { list in review.writePage(log: log, state, to: &list) }
            writer.field("answers", answers, of: [review.start?.run])
        }
        data = writer.bytes
    }

    /// The page of two runs.
    package init(_ comparison: Comparison, logs: (String, String), answers: Answers? = nil) {
        let (first, second) = (comparison.first, comparison.second)
        title = "Comparison: \(first.start?.title ?? logs.0)"
        text = comparison.text(ReportStyle(), logs: logs)
        nonce = Self.nonce([first, second])
        var writer = JSONWriter(capacity: 1 << 16)
        writer.object { writer in
            writer.key("runs")
            writer.array { list in
                first.writePage(log: logs.0, .unknown, to: &list)
                second.writePage(log: logs.1, .unknown, to: &list)
            }
            writer.key("comparison")
            writer.object { comparison.writePage(to: &$0) }
            writer.field("answers", answers, of: [first.start?.run, second.start?.run])
        }
        data = writer.bytes
    }

    /// The file's bytes.
    package var html: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 100_000)
        // The template's marks alone are replaced, never what has been put in place of one.
        for (index, part) in PackageResources.report_html.split(
            separator: UInt8(ascii: "@"), omittingEmptySubsequences: false
        ).enumerated() {
            if index % 2 == 0 {
                bytes += part
                continue
            }
            switch String(decoding: part, as: UTF8.self) {
            case "title": Self.appendEscaped(title, to: &bytes)
            case "text": Self.appendEscaped(text, to: &bytes)
            case "nonce": bytes += nonce.utf8
            case "style": bytes += PackageResources.report_css
            case "script": bytes += PageScript.text.utf8
            default: Self.appendData(data, to: &bytes)
            }
        }
        return bytes
    }

    /// Of letters and digits; the same log gives the same file.
    private static func nonce(_ reviews: [Review]) -> String {
        let seeds = reviews.map { "\($0.start?.run ?? "") \($0.firstTime?.nanoseconds ?? 0)" }
        return String(fnv1a64(seeds.joined()), radix: 36)
    }

    private static func appendEscaped(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            default: bytes.append(byte)
            }
        }
    }

    /// JSON inside a script element: a `<` stands in strings alone, where it can be spelled
    /// otherwise. https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
    private static func appendData(_ json: [UInt8], to bytes: inout [UInt8]) {
        for byte in json {
            if byte == UInt8(ascii: "<") { bytes += "\\u003c".utf8 } else { bytes.append(byte) }
        }
    }
}

extension Review {
    /// The run with a column for each thing that is known of its cues: for a hundred thousand of
    /// them a third of what objects would take.
    fileprivate func writePage(log: String, _ state: LogState, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("summary")
            writer.object { writeSummary(log: log, state, to: &$0) }
            writer.key("bands")
            writer.array { list in
                for band in bands {
                    list.object {
                        $0.field("kind", band.kind.rawValue)
                        $0.field("channel", band.channel)
                        $0.field("from", band.from)
                        $0.field("to", band.to)
                        $0.field("text", band.kind.words)
                    }
                }
            }
            writer.key("channels")
            writer.array { for channel in channels { $0.string(channel) } }
            writer.key("texts")
            writer.array { for text in texts.all { $0.string(text) } }
            // What `reason` says in words, by the same numbers.
            writer.key("words")
            writer.array { for text in texts.all { $0.string(ReasonText.words(text)) } }
            writer.key("cues")
            writer.object { writeColumns(to: &$0) }
        }
    }

    private func writeColumns(to writer: inout JSONWriter) {
        func column(
            _ name: String, _ write: (Cue, inout JSONWriter) -> Void
        ) {
            writer.key(name)
            writer.array { list in for cue in cues { write(cue, &list) } }
        }
        func numbers(_ name: String, _ value: (Cue) -> Int64?) {
            column(name) { cue, list in
                if let value = value(cue) { list.integer(value) } else { list.null() }
            }
        }
        func strings(_ name: String, _ value: (Cue) -> String?) {
            column(name) { cue, list in
                if let value = value(cue) { list.string(value) } else { list.null() }
            }
        }
        column("name") { $1.string($0.name) }
        numbers("channel") { Int64($0.channel) }
        numbers("ending") { $0.ending.map { Int64($0.rawValue) } ?? -1 }
        numbers("at") { at($0)?.microseconds }
        numbers("due") { cue in
            guard let due = cue.due, let firstTime else { return nil }
            return (due - firstTime).microseconds
        }
        numbers("lead") { $0.lead?.microseconds }
        numbers("late") { $0.late?.microseconds }
        numbers("trip") { $0.roundTrip?.microseconds }
        numbers("attempts") { Int64($0.attempts) }
        numbers("repeats") { Int64($0.repeats) }
        numbers("line") { Int64($0.line) }
        numbers("ad_break") { $0.adBreakSeconds.map(Int64.init) }
        // Places in `texts`.
        numbers("reason") { $0.reason < 0 ? nil : Int64($0.reason) }
        numbers("message") { $0.message < 0 ? nil : Int64($0.message) }
        numbers("trouble") { $0.trouble < 0 ? nil : Int64($0.trouble) }
        strings("request") { requestID($0) }
        strings("payload") { payload($0) }
    }
}

extension Comparison {
    fileprivate func writePage(to writer: inout JSONWriter) {
        writeSummary(to: &writer)
        let rows: [(first: Int?, second: Int?, pair: Pair?)] =
            pairs.map { ($0.first, $0.second, $0) } + onlyFirst.map { ($0, nil, nil) }
            + onlySecond.map { (nil, $0, nil) }
        func column(_ name: String, _ value: (Pair, inout JSONWriter) -> Void) {
            writer.key(name)
            writer.array { list in
                for row in rows {
                    if let pair = row.pair { value(pair, &list) } else { list.null() }
                }
            }
        }
        writer.key("pairs")
        writer.array { list in
            for (first, second, _) in rows {
                list.array { list in
                    for place in [first, second] {
                        if let place { list.integer(place) } else { list.null() }
                    }
                }
            }
        }
        func span(_ duration: Duration?, _ list: inout JSONWriter) {
            if let duration { list.integer(duration.microseconds) } else { list.null() }
        }
        column("moved") { span(moved($0), &$1) }
        column("is_moved") { $1.bool(isMoved($0)) }
        column("later") { span(later($0), &$1) }
        column("changed") { $1.bool($0.isChanged) }
        column("ended_otherwise") { $1.bool(isEndedOtherwise($0)) }
    }
}

extension Band.Kind {
    fileprivate var words: String {
        switch self {
        case .offAir: "off the air"
        case .hold: "held"
        case .asleep: "stood still"
        }
    }
}
