import CueSheet
package import CueText

/// The moment that a listing counts from, where one is given.
package struct ListingStart: Hashable, Sendable {
    var zero: WallTime
    /// Added to what is placed, as the show does: nothing where zero is the stream's own start.
    var encoderDelay: Duration

    package init(zero: WallTime, encoderDelay: Duration) {
        self.zero = zero
        self.encoderDelay = encoderDelay
    }
}

/// One line of a resolved timeline: a dispatch, and what it will carry.
package struct ListingRow: Sendable {
    var name: String
    package var channel: String
    var kind: String
    var group: String?
    var position: Position
    /// The id of the manual cue that it waits for.
    var floatsOn: String?
    /// By the start given; nil where none was, and for what floats.
    var due: WallTime?
    /// Until the next thing that shows over it: a question's window.
    var window: Duration?
    var bytes: Int?
    var metadata: String?
    var adBreakSeconds: Int?
    var caption: String
    /// What the sheet says of the cue, on the cue's own rows.
    var source: ListingSource?
}

/// A cue in the words of its sheet, its variables filled in: what a spreadsheet can be edited by,
/// and `cue-runner import` makes a sheet of again.
struct ListingSource: Sendable {
    var question: String?
    var answers: [String] = []
    var correct: String?
    var pollID: String?
    var payload: String?
    var again: Duration?
    var reveal: Duration?
    var late: Sheet.LateBudget
    var every: Duration?
    /// Nil for a repeat without end.
    var times: Int?
    var note: String?
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
        _ planned: TimelineDispatch, _ origin: Origin, _ start: ListingStart?
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
        if dispatch.part == .cue { row.source = source(of: dispatch.occurrence) }
        switch body(of: dispatch.occurrence, dispatch.part) {
        case .metadata(let payload):
            row.bytes = payload.byteCount
            row.metadata = due.map(payload.text) ?? payload.textWithoutMoment
        case .adBreak(let seconds): row.adBreakSeconds = seconds
        }
        return row
    }
}

extension Timeline {
    private func source(of occurrence: Occurrence) -> ListingSource {
        let entry = entries[occurrence.entry]
        let cue = entry.cue
        let values = entry.values.drawn(
            seed: seed, cue: cue.id, occurrence: "\(occurrence.number)")
        var source = ListingSource(late: cue.late, every: cue.repetition?.every, note: cue.note)
        switch cue.content {
        case .question(let question):
            source.question = values.fill(question.text)
            source.answers = question.answers.map(values.fill)
            source.correct = entry.correct.map { source.answers[$0] }
            source.pollID = cue.pollID.map(values.fill)
            source.again = cue.again
            source.reveal = entry.hasReveal ? cue.reveal : nil
        case .payload(let members):
            source.payload = PayloadBuilder(run: run, values: values).membersAlone(members)
        case .adBreak: break
        }
        source.times = times(of: occurrence.entry)
        return source
    }

    /// How often a cue is repeated in all, whichever way its sheet puts that.
    private func times(of entry: Int) -> Int? {
        guard let repetition = entries[entry].cue.repetition else { return nil }
        let span: Duration
        switch (repetition.end, entries[entry].position) {
        case (.times(let times), _): return times
        case (.until(let end), .placed(let start)): span = end - start
        case (.untilInstant(let end), .instant(let start)): span = end - start
        case (.never, _), (.until, _), (.untilInstant, _): return nil
        }
        return Int(span.nanoseconds / repetition.every.nanoseconds) + 1
    }
}

/// The forms that a listing is printed in.
package enum ListingFormat: String, CaseIterable, Sendable {
    case table
    case json
    case csv
    case webvtt
    case chapters

    /// Text tracks have no channels: one of them is for one channel.
    package var isTrack: Bool { self == .webvtt || self == .chapters }

    /// The whole text, its last end of line included; `note` says at the head of a track what it
    /// is.
    package func text(_ rows: [ListingRow], note: String = "") -> String {
        switch self {
        case .table: Self.table(rows)
        case .json: Self.json(rows)
        case .csv: Self.csv(rows)
        case .webvtt: WebVTT.file([.note(note)] + rows.map(Self.block))
        case .chapters: WebVTT.file([.note(note)] + Self.chapters(rows))
        }
    }

    /// `00:01:30`, `bonus + 00:00:25`, or the instant; for people to the millisecond.
    private static func at(_ row: ListingRow, isExact: Bool = false) -> String {
        let digits = isExact ? 9 : 3
        switch row.position {
        case .placed(let time):
            return DurationText.formatTime(time, fractionDigits: digits)
        case .instant(let time):
            let isFine = isExact && !time.nanoseconds.isMultiple(of: 1_000_000)
            return time.rfc3339(isFine ? .nanoseconds : .milliseconds)
        case .floating(_, let time):
            if time == .zero { return "GO \(row.floatsOn ?? "")" }
            return "\(row.floatsOn ?? "?") + "
                + DurationText.formatTime(time, fractionDigits: digits)
        }
    }

    private static func table(_ rows: [ListingRow]) -> String {
        var lines = [["AT", "CUE", "CHANNEL", "KIND", "BYTES", "TEXT"]]
        for row in rows {
            let bytes = row.bytes.map(String.init) ?? "-"
            lines.append([at(row), row.name, row.channel, row.kind, bytes, row.caption])
        }
        return TextTable.lines(lines, right: [4]).map { $0 + "\n" }.joined()
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
                writer.field("bytes", row.bytes)
                if let seconds = row.adBreakSeconds {
                    writer.field("ad_break_seconds", seconds)
                } else {
                    text("metadata", row.metadata)
                }
            }
        }
        return lines.isEmpty ? "[]\n" : "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    }

    /// One row a dispatch, with line feeds. The columns from `question` on say how the sheet has it,
    /// on the rows of the cues themselves.
    private static func csv(_ rows: [ListingRow]) -> String {
        var lines = [
            "at,cue,channel,kind,group,due,bytes,metadata,ad_break_seconds,question,answers,correct,"
                + "for,again,reveal,poll_id,payload,late,repeat_every,repeat_times,note"
        ]
        for row in rows {
            let source = row.source
            func span(_ duration: Duration?) -> String {
                duration.map(DurationText.format) ?? ""
            }
            lines.append(
                CSVText.record([
                    at(row, isExact: true), row.name, row.channel, row.kind, row.group ?? "",
                    row.due?.rfc3339(.microseconds) ?? "", row.bytes.map(String.init) ?? "",
                    row.metadata ?? "", row.adBreakSeconds.map(String.init) ?? "",
                    source?.question ?? "", list(source?.answers ?? []), source?.correct ?? "",
                    row.adBreakSeconds == nil ? span(row.window) : "", span(source?.again),
                    span(source?.reveal), source?.pollID ?? "", source?.payload ?? "",
                    late(source?.late), span(source?.every), source?.times.map(String.init) ?? "",
                    source?.note ?? "",
                ]))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Answers in one cell, `Jupiter | Saturn`, or as a list of JSON where that would be read as
    /// others.
    private static func list(_ answers: [String]) -> String {
        let isPlain = answers.allSatisfy { answer in
            let scalars = answer.unicodeScalars
            return !scalars.contains("|") && scalars.first?.properties.isWhitespace == false
                && scalars.last?.properties.isWhitespace == false
        }
        if isPlain, answers.first?.utf8.first != UInt8(ascii: "[") {
            return answers.joined(separator: " | ")
        }
        var writer = JSONWriter()
        writer.array { list in for answer in answers { list.string(answer) } }
        return writer.text
    }

    /// Nothing for what a sheet has by itself.
    private static func late(_ late: Sheet.LateBudget?) -> String {
        switch late {
        case nil: ""
        case _ where late == .standard: ""
        case .any: "any"
        case .within(let budget): DurationText.format(budget)
        }
    }

    /// Kind metadata: each cue lasts for its window, or a second. What has no time yet, or no
    /// metadata, is a note.
    private static func block(_ row: ListingRow) -> WebVTT.Block {
        guard let metadata = row.metadata else {
            return .note("\(at(row)) \(row.name): ad break of \(row.adBreakSeconds ?? 0) s")
        }
        guard case .placed(let time) = row.position, time >= .zero else {
            return .note("\(at(row)) \(row.name)\n\(WebVTT.metadata(metadata))")
        }
        return .cue(
            id: row.name, start: time, end: time + (row.window ?? .seconds(1)),
            text: WebVTT.metadata(metadata))
    }

    private static func chapters(_ rows: [ListingRow]) -> [WebVTT.Block] {
        let placed = rows.compactMap { row -> (row: ListingRow, time: Duration)? in
            guard case .placed(let time) = row.position, time >= .zero else { return nil }
            return (row, time)
        }
        let end = placed.map { $0.time + ($0.row.window ?? .seconds(1)) }.max() ?? .zero
        return WebVTT.chapters(placed.map { ($0.row.group, $0.time) }, end: end)
    }
}
