import CueSheet
package import CueText

/// The moment that a listing counts from, where one is given.
package struct ListingStart: Hashable, Sendable {
    package var zero: WallTime
    /// Added to what is placed, as the show does: nothing where zero is the stream's own start.
    package var encoderDelay: Duration

    package init(zero: WallTime, encoderDelay: Duration) {
        self.zero = zero
        self.encoderDelay = encoderDelay
    }
}

/// One line of a resolved timeline: a dispatch, and what it will carry.
package struct ListingRow: Sendable {
    package var name: String
    package var channel: String
    package var kind: String
    package var group: String?
    package var position: Position
    /// The id of the manual cue that it waits for.
    package var floatsOn: String?
    /// By the start given; nil where none was, and for what floats.
    package var due: WallTime?
    /// Until the next thing that shows over it: a question's window.
    package var window: Duration?
    package var bytes: Int?
    package var metadata: String?
    package var adBreakSeconds: Int?
    package var caption: String
}

extension Timeline {
    /// The rows of a listing in the order they are due: what is placed, what is set for an
    /// instant, then what floats, cue by cue. Repetitions of a question are left out.
    package func rows(
        start: ListingStart?, until horizon: Duration? = nil
    ) -> (rows: [ListingRow], isWhole: Bool) {
        let (groups, isWhole) = dispatches(until: horizon)
        var rows: [ListingRow] = []
        for group in groups {
            for planned in group.dispatches {
                if case .again = planned.dispatch.part { continue }
                rows.append(row(planned, group.origin, start))
            }
        }
        return (rows, isWhole)
    }

    private func row(
        _ planned: PlannedDispatch, _ origin: Origin, _ start: ListingStart?
    ) -> ListingRow {
        let dispatch = planned.dispatch
        let entry = entries[dispatch.occurrence.entry]
        var due: WallTime?
        var floatsOn: String?
        let position: Position
        switch origin {
        case .zero:
            position = .placed(.nanoseconds(planned.due))
            due = start.map { $0.zero + .nanoseconds(planned.due) + $0.encoderDelay }
        case .epoch:
            position = .instant(WallTime(nanoseconds: planned.due))
            due = WallTime(nanoseconds: planned.due)
        case .go(let root):
            position = .floating(root: root, .nanoseconds(planned.due))
            floatsOn = self.entry(ofRoot: root).map { entries[$0].cue.id }
        }
        var row = ListingRow(
            name: name(of: dispatch.occurrence, dispatch.part),
            channel: channels[dispatch.channel].name, kind: kind(of: dispatch),
            group: entry.cue.group, position: position, floatsOn: floatsOn, due: due,
            window: dispatch.part == .cue ? entry.cue.window : nil, caption: caption(of: dispatch))
        switch body(of: dispatch.occurrence, dispatch.part) {
        case .metadata(let payload):
            row.bytes = payload.byteCount
            row.metadata = due.map(payload.text) ?? payload.textWithoutMoment
        case .adBreak(let seconds): row.adBreakSeconds = seconds
        }
        return row
    }
}

/// The forms that a listing is printed in.
package enum ListingFormat: String, CaseIterable, Sendable {
    case table
    case json
    case csv
    case webvtt

    /// The whole text, its last end of line included.
    package func text(_ rows: [ListingRow]) -> String {
        switch self {
        case .table: Self.table(rows)
        case .json: Self.json(rows)
        case .csv: Self.csv(rows)
        case .webvtt: Self.webvtt(rows)
        }
    }

    /// `00:01:30`, `bonus + 00:00:25`, or the instant.
    private static func at(_ row: ListingRow) -> String {
        switch row.position {
        case .placed(let time): DurationText.formatTime(time)
        case .instant(let time): time.rfc3339(.milliseconds)
        case .floating(_, let time):
            time == .zero
                ? "GO \(row.floatsOn ?? "")"
                : "\(row.floatsOn ?? "?") + \(DurationText.formatTime(time))"
        }
    }

    private static func table(_ rows: [ListingRow]) -> String {
        var lines = [["AT", "CUE", "CHANNEL", "KIND", "BYTES", "TEXT"]]
        for row in rows {
            let bytes = row.bytes.map(String.init) ?? "-"
            lines.append([at(row), row.name, row.channel, row.kind, bytes, row.caption])
        }
        var widths = [0, 0, 0, 0, 0]
        for line in lines {
            for column in widths.indices {
                widths[column] = max(widths[column], line[column].count)
            }
        }
        return lines.map { line in
            let cells = widths.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - line[column].count)
                return column == 4 ? space + line[column] : line[column] + space
            }
            return (cells + [line[5]]).joined(separator: "  ") + "\n"
        }.joined()
    }

    private static func json(_ rows: [ListingRow]) -> String {
        let lines = rows.map { row in
            jsonObject { writer in
                func text(_ name: String, _ value: String?) {
                    writer.key(name)
                    if let value { writer.string(value) } else { writer.null() }
                }
                text("cue", row.name)
                text("channel", row.channel)
                text("kind", row.kind)
                text("group", row.group)
                text("at", at(row))
                writer.key("at_us")
                switch row.position {
                case .placed(let time), .floating(_, let time): writer.integer(time.microseconds)
                case .instant: writer.null()
                }
                text("floats_on", row.floatsOn)
                text("due", row.due?.rfc3339(.microseconds))
                writer.key("bytes")
                if let bytes = row.bytes { writer.integer(bytes) } else { writer.null() }
                if let seconds = row.adBreakSeconds {
                    writer.key("ad_break_seconds")
                    writer.integer(seconds)
                } else {
                    text("metadata", row.metadata)
                }
            }
        }
        return lines.isEmpty ? "[]\n" : "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    }

    /// https://www.rfc-editor.org/rfc/rfc4180, with line feeds.
    private static func csv(_ rows: [ListingRow]) -> String {
        func cell(_ text: String) -> String {
            guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
            return "\""
                + text.split(separator: "\"", omittingEmptySubsequences: false)
                .joined(separator: "\"\"") + "\""
        }
        var lines = ["at,cue,channel,kind,group,due,bytes,metadata,ad_break_seconds"]
        for row in rows {
            let cells = [
                at(row), row.name, row.channel, row.kind, row.group ?? "",
                row.due?.rfc3339(.microseconds) ?? "", row.bytes.map(String.init) ?? "",
                row.metadata ?? "", row.adBreakSeconds.map(String.init) ?? "",
            ]
            lines.append(cells.map(cell).joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Kind metadata: each cue lasts for its window, or a second. What has no time yet is a note.
    /// https://www.w3.org/TR/webvtt1/
    private static func webvtt(_ rows: [ListingRow]) -> String {
        var blocks = ["WEBVTT"]
        for row in rows {
            guard let metadata = row.metadata else { continue }
            // The arrow would end the cue's text; JSON can spell its last letter otherwise.
            let text = metadata.split(separator: "-->", omittingEmptySubsequences: false)
                .joined(separator: "--\\u003e")
            guard case .placed(let time) = row.position else {
                blocks.append("NOTE \(at(row)) \(row.name)\n\(text)")
                continue
            }
            let end = time + (row.window ?? .seconds(1))
            blocks.append("\(row.name)\n\(stamp(time)) --> \(stamp(end))\n\(text)")
        }
        return blocks.joined(separator: "\n\n") + "\n"
    }

    private static func stamp(_ time: Duration) -> String {
        let text = DurationText.formatTime(.milliseconds(time.nanoseconds / 1_000_000))
        let parts = text.split(separator: ".")
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        return parts[0] + "." + fraction + String(repeating: "0", count: 3 - fraction.count)
    }
}
