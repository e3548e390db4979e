import CueRunLog
import CueText

/// What an exported time counts from.
package enum TrackClock: String, CaseIterable, Sendable {
    /// The show's zero.
    case zero
    /// The start of the stream that the cue went into, which is that of its recording.
    case recording
}

package enum TrackFormat: String, CaseIterable, Sendable {
    case webvtt
    case chapters
    case csv
}

/// What is to be exported of a run.
package struct TrackExport: Sendable {
    package var format = TrackFormat.webvtt
    package var clock = TrackClock.zero
    /// What viewers should have got and did not, as far as is known.
    package var includesMissed = false
    /// Questions that were sent once more.
    package var includesRepeated = false
    /// All where it is empty.
    package var channels: [String] = []
    /// Added to every time.
    package var shift: Duration = .zero

    package init() {}

    /// A file of its own.
    package struct File: Sendable {
        /// What tells it from others, fit for a file's name: `main`, `main.st-1a2b`.
        package var name: String
        package var text: String
    }

    /// One file a channel, and by the recording's clock one a stream; CSV is one for all. What has
    /// no place in any is told in words.
    package func files(of track: RunTrack) -> (files: [File], notes: [String]) {
        let moments = track.moments.filter { moment in
            guard channels.isEmpty || channels.contains(moment.channel) else { return false }
            switch moment.ending {
            case .sent: return true
            case .repeated: return includesRepeated
            case .missed, .failed, .inDoubt: return includesMissed
            }
        }
        var parts: [(part: Part, cues: [Placed])] = []
        var placeOf: [Part: Int] = [:]
        var lost = 0
        for part in expected(track) {
            placeOf[part] = parts.count
            parts.append((part, []))
        }
        for moment in moments {
            guard let (part, at) = place(moment, track) else {
                lost += 1
                continue
            }
            if placeOf[part] == nil {
                placeOf[part] = parts.count
                parts.append((part, []))
            }
            parts[placeOf[part] ?? 0].cues.append(Placed(moment: moment, at: at + shift))
        }
        for index in parts.indices { parts[index].cues.sort { $0.at < $1.at } }
        var notes: [String] = []
        if lost > 0 {
            let why =
                clock == .zero
                ? "the log has no zero" : "the log does not say when their stream began"
            notes.append("\(lost) cue\(lost == 1 ? " is" : "s are") left out: \(why)")
        }
        if format == .csv { return ([File(name: "", text: csv(parts))], notes) }
        return (parts.map { file($0.part, $0.cues, track) }, notes)
    }

    fileprivate struct Part: Hashable {
        var channel: String
        var stream: String?
        var start: WallTime?
    }

    fileprivate struct Placed {
        var moment: RunTrack.Moment
        var at: Duration
    }

    /// A channel or a stream that got nothing has an empty file, so that none is looked for.
    private func expected(_ track: RunTrack) -> [Part] {
        func isMeant(_ channel: String) -> Bool { channels.isEmpty || channels.contains(channel) }
        guard clock == .recording else {
            return track.channels.filter(isMeant).map { Part(channel: $0) }
        }
        return track.streams.filter { isMeant($0.channel) && $0.start != nil }
            .map { Part(channel: $0.channel, stream: $0.id, start: $0.start) }
    }

    private func place(_ moment: RunTrack.Moment, _ track: RunTrack) -> (Part, Duration)? {
        if clock == .zero {
            guard let zero = track.zero else { return nil }
            let span = moment.arrival - zero
            return (
                Part(channel: moment.channel),
                track.speed == 1 ? span : .nanoseconds(span.nanoseconds, scaledBy: track.speed)
            )
        }
        // A stream is noticed seconds after its start: what counts is when it began.
        var latest: (stream: RunTrack.Stream, start: WallTime)?
        for stream in track.streams where stream.channel == moment.channel {
            guard let start = stream.start, start <= moment.arrival,
                latest.map({ start >= $0.start }) ?? true
            else { continue }
            latest = (stream, start)
        }
        guard let latest else { return nil }
        return (
            Part(channel: moment.channel, stream: latest.stream.id, start: latest.start),
            moment.arrival - latest.start
        )
    }
}

// MARK: - Text tracks

extension TrackExport {
    private func file(_ part: Part, _ cues: [Placed], _ track: RunTrack) -> File {
        let name = ([part.channel] + (part.stream.map { [$0] } ?? [])).map(Self.fileName)
            .joined(separator: ".")
        let head = WebVTT.Block.note(head(part, track))
        let blocks = format == .chapters ? chapters(cues) : cues.flatMap(blocks)
        return File(name: name, text: WebVTT.file([head] + blocks))
    }

    private func head(_ part: Part, _ track: RunTrack) -> String {
        var lines = [track.title, "run \(track.run), channel \(part.channel)"].compactMap { $0 }
        if let stream = part.stream, let start = part.start {
            lines.append(
                "as it went, from the start of stream \(stream), \(start.rfc3339(.milliseconds)) "
                    + "\u{B1}1 s")
        } else {
            lines.append(
                "as it went, from zero"
                    + (track.zero.map { ", \($0.rfc3339(.milliseconds))" } ?? ""))
        }
        if shift != .zero { lines.append("times shifted by \(DurationText.formatSigned(shift))") }
        return lines.map(\.printable).joined(separator: "\n")
    }

    /// Names come out of a log, which may come from anywhere.
    private static func fileName(_ text: String) -> String {
        String(
            text.unicodeScalars.map { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || scalar == "-" || scalar == "_")
                    ? Character(scalar) : "_"
            })
    }

    private func blocks(_ placed: Placed) -> [WebVTT.Block] {
        let moment = placed.moment
        let what =
            moment.ending == .sent || moment.ending == .repeated
            ? nil
            : [moment.ending.rawValue.split(separator: "_").joined(separator: " "), moment.reason]
                .compactMap { $0 }.joined(separator: ": ")
        guard let metadata = moment.metadata, placed.at >= .zero else {
            let says = moment.adBreakSeconds.map { "ad break of \($0) s" } ?? moment.metadata ?? ""
            let parts = [DurationText.formatTime(placed.at), moment.cue, what, says]
            return [.note(parts.compactMap { $0 }.joined(separator: " "))]
        }
        let cue = WebVTT.Block.cue(
            id: moment.cue, start: placed.at, end: placed.at + Self.window(metadata),
            text: WebVTT.metadata(metadata))
        return (what.map { [.note("\(moment.cue) \($0.printable)")] } ?? []) + [cue]
    }

    /// A question lasts for its seconds, all else for one.
    private static func window(_ metadata: String) -> Duration {
        guard let value = try? JSONValue.parse(metadata.utf8), value["question"] != nil,
            case .number(let seconds)? = value["seconds"], let window = DurationText.parse(seconds),
            window > .zero
        else { return .seconds(1) }
        return window
    }

    private func chapters(_ cues: [Placed]) -> [WebVTT.Block] {
        let shown = cues.filter { $0.at >= .zero }
        let end = shown.map { $0.at + ($0.moment.metadata.map(Self.window) ?? .seconds(1)) }.max()
        return WebVTT.chapters(shown.map { ($0.moment.group, $0.at) }, end: end ?? .zero)
    }
}

// MARK: - CSV

extension TrackExport {
    private func csv(_ parts: [(part: Part, cues: [Placed])]) -> String {
        var text =
            "at,cue,channel,ending,group,due,sent,arrival,late_us,stream_id,bytes,metadata,"
            + "ad_break_seconds,reason\n"
        let all = parts.flatMap { part, cues in cues.map { (part, $0) } }
        for (part, placed) in all {
            let moment = placed.moment
            text +=
                CSVText.record([
                    DurationText.formatTime(placed.at, fractionDigits: 6), moment.cue,
                    moment.channel,
                    moment.ending.rawValue, moment.group ?? "", moment.due.rfc3339(),
                    moment.sent?.rfc3339() ?? "",
                    moment.sent == nil ? "" : moment.arrival.rfc3339(),
                    moment.late.map { "\($0.microseconds)" } ?? "", part.stream ?? "",
                    moment.metadata.map { "\($0.utf8.count)" } ?? "", moment.metadata ?? "",
                    moment.adBreakSeconds.map(String.init) ?? "", moment.reason ?? "",
                ]) + "\n"
        }
        return text
    }
}
