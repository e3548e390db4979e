import CueRunLog
import CueText

/// Folds a log into a `Review`, in pieces of any size as they are read.
package final class ReviewReader {
    /// What is kept of a cue that was sent.
    package enum Detail: Sendable {
        case figures
        /// Its payload and request id as well, at their length in the log.
        case payloads
    }

    private var scanner = RunLogScanner()
    private var fold: ReviewFold

    package init(_ detail: Detail) {
        fold = ReviewFold(detail: detail)
    }

    package var review: Review { fold.review }

    package func take(_ piece: UnsafeRawBufferPointer) {
        scanner.take(piece) { fold.take($0) }
        fold.review.lines = scanner.lines
    }

    package func take(_ bytes: some Sequence<UInt8>) {
        Array(bytes).withUnsafeBytes { take($0) }
    }

    /// The log has come to its end: what has begun of a line is judged as it is.
    package func finish() {
        scanner.finish { fold.take($0) }
        fold.review.lines = scanner.lines
    }
}

private struct ReviewFold {
    static let flawsMax = 1_000

    let detail: ReviewReader.Detail
    var review = Review()
    private var cues: [Key: Int] = [:]
    /// Another run begins in the same file; it is not this one's.
    private var isOver = false

    private struct Key: Hashable {
        var name: String
        var channel: Int
    }

    init(detail: ReviewReader.Detail) {
        self.detail = detail
    }

    mutating func take(_ item: RunLogItem) {
        switch item {
        case .flaw(let flaw): note(flaw)
        case .line(let fields, let number):
            if !isOver { take(fields, number) }
        }
    }

    private mutating func note(_ flaw: RunLogFlaw) {
        review.flawCount += 1
        if review.flaws.count < Self.flawsMax { review.flaws.append(flaw) }
    }

    private mutating func note(_ line: Int, _ reason: String) {
        note(RunLogFlaw(number: line, reason: reason))
    }

    private mutating func take(_ fields: JSONFields, _ line: Int) {
        guard let event = fields.string("event") else { return }
        guard let time = fields.time("time") else {
            return note(line, "no time in it")
        }
        let isKnown =
            switch event {
            case "run_started": start(fields, line)
            case "run_resumed": resume(fields, line, time)
            case "run_finished": finish(fields, line)
            case "cue_armed", "cue_disarmed", "cue_sent", "cue_missed", "cue_failed",
                "cue_in_doubt", "cue_skipped", "cue_repeated", "attempt_failed":
                cue(event, fields, line)
            default: happening(event, fields, line, time)
            }
        if !isKnown { return unknown(event, line) }
        review.known += 1
        if isOver { return }
        review.firstTime = review.firstTime ?? time
        review.lastTime = time
    }

    private mutating func unknown(_ event: String, _ line: Int) {
        if let index = review.unknown.firstIndex(where: { $0.event == event }) {
            review.unknown[index].count += 1
        } else if review.unknown.count < Self.flawsMax {
            review.unknown.append((event, 1, line))
        }
    }

    // MARK: The run

    private mutating func start(_ fields: JSONFields, _ line: Int) -> Bool {
        guard review.start == nil else {
            isOver = true
            note(line, "another run begins here; it and what follows are not reviewed")
            return true
        }
        if review.known > 0 { note(line, "the run begins here, and not with the first line") }
        let sheet = fields.value("sheet")
        let channels: [(name: String, arn: String)] = (fields.value("channels")?.array ?? [])
            .compactMap { channel in
                guard let name = channel["name"]?.string else { return nil }
                return (name, channel["arn"]?.string ?? "")
            }
        let format = fields.integer("format") ?? 0
        if format != 1 {
            note(line, "format \(format) is not known to this version; what it knows is reviewed")
        }
        review.start = Review.Start(
            format: format, run: fields.string("run") ?? "",
            version: fields.string("version") ?? "",
            mode: Logged(rawValue: fields.string("mode") ?? RunMode.run.rawValue),
            sheetPath: sheet?["path"]?.string ?? "", sheetSHA256: sheet?["sha256"]?.string ?? "",
            title: fields.string("title"), cues: Int(fields.integer("cues") ?? 0),
            channels: channels, seed: fields.string("seed") ?? "",
            options: Self.texts(fields.value("options")), timer: fields.string("timer") ?? "",
            line: line)
        for channel in channels { _ = self.channel(channel.name) }
        return true
    }

    private static func texts(_ value: JSONValue?) -> [(name: String, value: String)] {
        guard case .object(let members)? = value else { return [] }
        return members.compactMap { member in member.value.string.map { (member.key, $0) } }
    }

    private mutating func resume(_ fields: JSONFields, _ line: Int, _ time: WallTime) -> Bool {
        let torn = Int(fields.integer("torn_bytes") ?? 0)
        review.resumes.append(
            Review.Resume(
                time: time, version: fields.string("version") ?? "", tornBytes: torn,
                timer: fields.string("timer") ?? "", line: line))
        let cut = torn > 0 ? "; \(torn) bytes of a torn line were cut off" : ""
        happened(.resumed, .runResumed, time, line, "the run goes on in another process" + cut)
        return true
    }

    private mutating func finish(_ fields: JSONFields, _ line: Int) -> Bool {
        let value = fields.value("counts")
        func count(_ name: String) -> Int { Int(value?[name]?.integer ?? 0) }
        var counts = RunEvent.Counts()
        counts.sent = count("sent")
        counts.missed = count("missed")
        counts.failed = count("failed")
        counts.skipped = count("skipped")
        counts.inDoubt = count("in_doubt")
        counts.repeated = count("repeated")
        review.finish = Review.Finish(
            reason: Logged(rawValue: fields.string("reason") ?? ""),
            exit: Int(fields.integer("exit") ?? 0),
            counts: counts, line: line)
        return true
    }

    // MARK: Cues

    private mutating func channel(_ name: String) -> Int {
        if let index = review.channels.firstIndex(of: name) { return index }
        review.channels.append(name)
        return review.channels.count - 1
    }

    private mutating func cue(_ event: String, _ fields: JSONFields, _ line: Int) -> Bool {
        guard let name = fields.string("cue"), !name.isEmpty else {
            note(line, "\(event) names no cue")
            return true
        }
        let key = Key(name: name, channel: channel(fields.string("channel") ?? ""))
        let index: Int
        if let known = cues[key] {
            index = known
        } else {
            index = review.cues.count
            cues[key] = index
            review.cues.append(Review.Cue(name: name, channel: key.channel, line: line))
        }
        // In place: a copy of the record would be made otherwise.
        switch event {
        case "cue_armed":
            review.cues[index].isArmed = true
            review.cues[index].due = fields.time("due")
        case "cue_disarmed": review.cues[index].isArmed = false
        case "cue_repeated":
            review.cues[index].repeats += 1
            review.repeated += 1
        case "attempt_failed": attemptFailed(fields, index, line)
        default: end(event, fields, index, line)
        }
        if review.cues[index].ending == nil { review.cues[index].line = line }
        return true
    }

    private mutating func attemptFailed(_ fields: JSONFields, _ index: Int, _ line: Int) {
        let code = fields.string("code") ?? "?"
        let message = fields.string("message") ?? ""
        if let known = review.troubles.firstIndex(where: { $0.code == code }) {
            review.troubles[known].count += 1
        } else if review.troubles.count < Self.flawsMax {
            review.troubles.append(
                Review.Trouble(
                    code: code, status: fields.integer("status").map { Int($0) }, count: 1,
                    message: message, line: line))
        }
        // After its ending it was a repetition's.
        guard review.cues[index].ending == nil else { return }
        review.cues[index].trouble = review.texts.number("\(code): \(message)")
        review.cues[index].attempts = max(
            review.cues[index].attempts, Int(fields.integer("attempt") ?? 0))
    }

    private mutating func end(
        _ event: String, _ fields: JSONFields, _ index: Int, _ line: Int
    ) {
        guard review.cues[index].ending == nil else {
            return note(line, "\(review.cues[index].name) ends once more; its first ending counts")
        }
        var cue = review.cues[index]
        cue.isArmed = false
        cue.line = line
        cue.due = fields.time("due") ?? cue.due
        if let attempts = fields.integer("attempts") { cue.attempts = Int(attempts) }
        switch event {
        case "cue_sent":
            cue.ending = .sent
            cue.sent = fields.time("sent")
            cue.lead = fields.microseconds("lead_us")
            cue.late = fields.microseconds("late_us")
            cue.roundTrip = fields.microseconds("round_trip_us")
            cue.adBreakSeconds = fields.integer("ad_break_seconds").map { Int($0) }
            if detail == .payloads { keep(fields, &cue) }
        case "cue_missed": cue.ending = .missed
        case "cue_failed": cue.ending = .failed
        case "cue_in_doubt": cue.ending = .inDoubt
        default: cue.ending = .skipped
        }
        if cue.ending != .sent {
            cue.reason = review.texts.number(fields.string("reason") ?? fields.string("code"))
            cue.message = review.texts.number(fields.string("message"))
        }
        review.cues[index] = cue
        review.ended.append(index)
    }

    private mutating func keep(_ fields: JSONFields, _ cue: inout Review.Cue) {
        func kept(_ text: String?) -> Range<Int> {
            let start = review.payloads.count
            if let text { review.payloads.append(contentsOf: text.utf8) }
            return start..<review.payloads.count
        }
        cue.requestID = kept(fields.string("request_id"))
        cue.payload = kept(fields.string("metadata"))
    }

    // MARK: What befell the run

    private mutating func happened(
        _ kind: Review.Happening.Kind, _ event: EventName, _ time: WallTime, _ line: Int,
        _ text: String
    ) {
        review.happenings.append(
            Review.Happening(
                kind: kind, event: event, time: time, text: text.printable, line: line))
    }

    private mutating func happening(
        _ event: String, _ fields: JSONFields, _ line: Int, _ time: WallTime
    ) -> Bool {
        switch event {
        case "stream_aligned": return aligned(fields, line, time)
        case "stream_session":
            let name = fields.string("channel") ?? ""
            let id = fields.string("stream_id") ?? "?"
            happened(
                .streamSession(channel: channel(name)), .streamSession, time, line,
                "\(name): first seen, stream \(id)")
        case "stream_changed":
            let name = fields.string("channel") ?? ""
            let to = fields.string("to")
            happened(
                .streamChanged(channel: channel(name), isLive: to != nil), .streamChanged, time,
                line,
                "\(name): \(to.map { "on the air as \($0)" } ?? "off the air")")
        case "clock_stepped":
            let by = fields.microseconds("by_us") ?? .zero
            happened(
                .clockStepped(by: by), .clockStepped, time, line,
                "the wall clock was set by \(Words.signed(by)); no cue moves")
        case "suspended":
            let span = fields.microseconds("for_us") ?? .zero
            let isMachine = fields.string("what") != "process"
            happened(
                .suspended(for: span, isMachine: isMachine), .suspended, time, line,
                "\(isMachine ? "the machine" : "the process") stood still for "
                    + Words.span(span))
        case "operator": operated(fields, line, time)
        case "sheet_reloaded":
            let lists: [(StaticString, String)] = [
                ("changed", "changed"), ("added", "new"), ("removed", "gone"),
            ]
            let parts: [String] = lists.compactMap { list, word in
                let ids = (fields.value(list)?.array ?? []).compactMap(\.string)
                return ids.isEmpty ? nil : "\(word) \(Words.list(ids, most: 5))"
            }
            happened(
                .reloaded, .sheetReloaded, time, line,
                "the edited sheet is in force"
                    + (parts.isEmpty ? "" : ": " + parts.joined(separator: "; ")))
        case "hook_failed":
            let about = fields.string("about").map { " for \($0)" } ?? ""
            happened(
                .hookFailed, .hookFailed, time, line,
                "\(fields.string("hook") ?? "?")\(about): \(fields.string("command") ?? "?"): "
                    + (fields.string("reason") ?? ""))
        default: return false
        }
        return true
    }

    private mutating func aligned(
        _ fields: JSONFields, _ line: Int, _ time: WallTime
    ) -> Bool {
        guard let zero = fields.time("zero") else {
            note(line, "stream_aligned has no zero")
            return true
        }
        let aligned = RunEvent.Aligned(
            zero: zero, source: Logged(rawValue: fields.string("source") ?? ""),
            streamID: fields.string("stream_id"),
            uncertainty: fields.microseconds("uncertainty_us") ?? .zero,
            sinceBoot: fields.microseconds("since_boot_us") ?? .zero,
            bootID: fields.string("boot_id") ?? "")
        happened(.aligned, .streamAligned, time, line, Words.zero(aligned))
        review.zero = aligned
        return true
    }

    private mutating func operated(_ fields: JSONFields, _ line: Int, _ time: WallTime) {
        let action = fields.string("action") ?? "?"
        let what = [action, fields.string("target")].compactMap { $0 }.joined(separator: " ")
        let by = fields.microseconds("by_us").map { " by \(Words.signed($0))" } ?? ""
        let refused = fields.string("refused")
        happened(
            .operated(action: Logged(rawValue: action), isRefused: refused != nil), .operator, time,
            line,
            what + by + (refused.map { ": refused, \($0)" } ?? ""))
    }
}
