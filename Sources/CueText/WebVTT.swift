/// Text tracks for video, as browsers and players read them. https://www.w3.org/TR/webvtt1/
package enum WebVTT {
    package enum Block: Hashable, Sendable {
        /// Shown from start to end; ends at least a millisecond after its start.
        case cue(id: String, start: Duration, end: Duration, text: String)
        /// For people: no player shows it.
        case note(String)
    }

    /// The whole file. A cue's text is written as it is, but for what would end it.
    package static func file(_ blocks: [Block]) -> String {
        (["WEBVTT"] + blocks.map(text)).joined(separator: "\n\n") + "\n"
    }

    private static func text(_ block: Block) -> String {
        switch block {
        case .note(let note):
            return "NOTE\n" + lines(note).joined(separator: "\n")
        case .cue(let id, let start, let end, let text):
            let end = max(end, start + .milliseconds(1))
            return "\(lines(id).joined(separator: " "))\n\(stamp(start)) --> \(stamp(end))\n"
                + lines(text).joined(separator: "\n")
        }
    }

    /// JSON for a track of kind `metadata`: the arrow, which would end the text, can only stand
    /// inside a string, where its last letter may be spelt otherwise.
    package static func metadata(_ json: String) -> String {
        replacingArrows(in: json, by: "--\\u003e")
    }

    /// A title for a track of kind `chapters`, in one line.
    package static func title(_ text: String) -> String {
        var title = ""
        for scalar in text.printable.unicodeScalars {
            switch scalar {
            case "&": title += "&amp;"
            case "<": title += "&lt;"
            case ">": title += "&gt;"
            default: title.unicodeScalars.append(scalar)
            }
        }
        return title
    }

    /// A blank line ends a block and an arrow begins a cue, so that neither gets into one.
    private static func lines(_ text: String) -> [Substring] {
        text.utf8.split { $0 == 0x0A || $0 == 0x0D }.map { line in
            Substring(replacingArrows(in: Substring(line), by: "-- >"))
        }
    }

    /// By bytes: a joiner behind the arrow would make a character of its end.
    private static func replacingArrows(in text: some StringProtocol, by other: String) -> String {
        let arrow = Array("-->".utf8)
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: arrow) {
                result += other.utf8
                index += arrow.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// `HH:MM:SS.mmm`, cut to whole milliseconds.
    private static func stamp(_ time: Duration) -> String {
        let milliseconds = time.nanoseconds / 1_000_000
        let whole = DurationText.formatTime(.seconds(milliseconds / 1_000))
        return whole + "." + String(milliseconds % 1_000 + 1_000).dropFirst()
    }
}

extension WebVTT {
    /// Groups as chapters: each from the start of its first cue to that of the next group's, the
    /// last to `end`. Cues without a group belong to the chapter that they fall into.
    package static func chapters(
        _ cues: [(group: String?, start: Duration)], end: Duration
    ) -> [Block] {
        var starts: [(title: String, start: Duration)] = []
        for case (let group?, let start) in cues where starts.last?.title != group {
            starts.append((group, start))
        }
        return starts.indices.map { index in
            let (group, start) = starts[index]
            let next = starts.indices.contains(index + 1) ? starts[index + 1].start : end
            return .cue(id: "\(index + 1)", start: start, end: next, text: title(group))
        }
    }
}
