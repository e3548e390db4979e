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
        guard let event = fields[.event] else { return }
        guard let time = fields[.time] else { return note(line, "no time in it") }
        guard let known = event.word else { return unknown(event.rawValue, line) }
        take(known, fields, line, time)
        review.known += 1
        if isOver { return }
        review.firstTime = review.firstTime ?? time
        review.lastTime = time
    }

    private mutating func take(
        _ event: EventName, _ fields: JSONFields, _ line: Int, _ time: WallTime
    ) {
        switch event {
        case .runStarted: start(fields, line)
        case .runResumed: resume(fields, line, time)
        case .runFinished: finish(fields, line)
        case .cueArmed:
            guard let index = cue(event, fields, line) else { return }
            review.cues[index].isArmed = true
            review.cues[index].due = fields[.due]
        case .cueDisarmed:
            guard let index = cue(event, fields, line) else { return }
            review.cues[index].isArmed = false
        case .cueRepeated:
            guard let index = cue(event, fields, line) else { return }
            review.cues[index].repeats += 1
            review.repeated += 1
        case .attemptFailed: attemptFailed(fields, line)
        case .cueSent: end(.sent, event, fields, line)
        case .cueMissed: end(.missed, event, fields, line)
        case .cueFailed: end(.failed, event, fields, line)
        case .cueInDoubt: end(.inDoubt, event, fields, line)
        case .cueSkipped: end(.skipped, event, fields, line)
        case .streamAligned: aligned(fields, line, time)
        case .streamSession, .streamChanged: streamed(event, fields, line, time)
        case .clockStepped:
            let by = fields[.by] ?? .zero
            happened(
                .clockStepped(by: by), event, time, line,
                "the wall clock was set by \(Words.signed(by)); no cue moves")
        case .suspended: suspended(RunEvent.Suspended(fields), line, time)
        case .operator: operated(fields, line, time)
        case .sheetReloaded: reloaded(fields, line, time)
        case .hookFailed:
            let hook = fields[.hook]?.rawValue ?? "?"
            let about = fields[.about].map { " for \($0)" } ?? ""
            happened(
                .hookFailed, event, time, line,
                "\(hook)\(about): \(fields[.command] ?? "?"): \(fields[.reason] ?? "")")
        }
    }

    private mutating func unknown(_ event: String, _ line: Int) {
        if let index = review.unknown.firstIndex(where: { $0.event == event }) {
            review.unknown[index].count += 1
        } else if review.unknown.count < Self.flawsMax {
            review.unknown.append((event, 1, line))
        }
    }

    // MARK: The run

    private mutating func start(_ fields: JSONFields, _ line: Int) {
        guard review.start == nil else {
            isOver = true
            return note(line, "another run begins here; it and what follows are not reviewed")
        }
        if review.known > 0 { note(line, "the run begins here, and not with the first line") }
        let sheet = fields[.sheet]
        let channels = RunEvent.RunStarted.channels(of: fields[.channels])
        let format = Int64(fields[.format] ?? 0)
        if format != 1 {
            note(line, "format \(format) is not known to this version; what it knows is reviewed")
        }
        review.start = Review.Start(
            format: format, run: fields[.run] ?? "", version: fields[.version] ?? "",
            mode: fields[.mode] ?? .known(.run), sheetPath: sheet?[.path] ?? "",
            sheetSHA256: sheet?[.sha256] ?? "", title: fields[.title], cues: fields[.cues] ?? 0,
            channels: channels, seed: fields[.seed] ?? "", options: fields[.options]?.texts ?? [],
            timer: fields[.timer] ?? "", line: line)
        for channel in channels { _ = self.channel(channel.name) }
    }

    private mutating func resume(_ fields: JSONFields, _ line: Int, _ time: WallTime) {
        let torn = fields[.tornBytes] ?? 0
        review.resumes.append(
            Review.Resume(
                time: time, version: fields[.version] ?? "", tornBytes: torn,
                timer: fields[.timer] ?? "", line: line))
        let cut = torn > 0 ? "; \(torn) bytes of a torn line were cut off" : ""
        happened(.resumed, .runResumed, time, line, "the run goes on in another process" + cut)
    }

    private mutating func finish(_ fields: JSONFields, _ line: Int) {
        review.finish = Review.Finish(
            reason: Logged(rawValue: fields[.reason] ?? ""), exit: fields[.exit] ?? 0,
            counts: RunEvent.Counts(fields[.counts]), line: line)
    }

    // MARK: Cues

    private mutating func channel(_ name: String) -> Int {
        if let index = review.channels.firstIndex(of: name) { return index }
        review.channels.append(name)
        return review.channels.count - 1
    }

    /// The place of the cue that a line is about; nil where that names none.
    private mutating func cue(_ event: EventName, _ fields: JSONFields, _ line: Int) -> Int? {
        guard let name = fields[.cue], !name.isEmpty else {
            note(line, "\(event.rawValue) names no cue")
            return nil
        }
        let key = Key(name: name, channel: channel(fields[.channel] ?? ""))
        guard let index = cues[key] else {
            cues[key] = review.cues.count
            review.cues.append(Review.Cue(name: name, channel: key.channel, line: line))
            return review.cues.count - 1
        }
        if review.cues[index].ending == nil { review.cues[index].line = line }
        return index
    }

    private mutating func attemptFailed(_ fields: JSONFields, _ line: Int) {
        guard let index = cue(.attemptFailed, fields, line) else { return }
        let code = fields[.code] ?? "?"
        let message = fields[.message] ?? ""
        if let known = review.troubles.firstIndex(where: { $0.code == code }) {
            review.troubles[known].count += 1
        } else if review.troubles.count < Self.flawsMax {
            review.troubles.append(
                Review.Trouble(
                    code: code, status: fields[.status], count: 1, message: message, line: line))
        }
        // After its ending it was a repetition's.
        guard review.cues[index].ending == nil else { return }
        review.cues[index].trouble = review.texts.number("\(code): \(message)")
        review.cues[index].attempts = max(review.cues[index].attempts, fields[.attempt] ?? 0)
    }

    private mutating func end(
        _ ending: Review.Ending, _ event: EventName, _ fields: JSONFields, _ line: Int
    ) {
        guard let index = cue(event, fields, line) else { return }
        var cue = review.cues[index]
        guard cue.ending == nil else {
            return note(line, "\(cue.name) ends once more; its first ending counts")
        }
        cue.ending = ending
        cue.isArmed = false
        cue.line = line
        cue.due = fields[.due] ?? cue.due
        cue.attempts = fields[.attempts] ?? cue.attempts
        if ending == .sent {
            cue.sent = fields[.sent]
            cue.lead = fields[.lead]
            cue.late = fields[.late]
            cue.roundTrip = fields[.roundTrip]
            cue.adBreakSeconds = fields[.adBreakSeconds]
            if detail == .payloads { keep(fields, &cue) }
        } else {
            cue.reason = review.texts.number(fields[.reason] ?? fields[.code])
            cue.message = review.texts.number(fields[.message])
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
        cue.requestID = kept(fields[.requestID])
        cue.payload = kept(fields[.metadata])
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

    private mutating func aligned(_ fields: JSONFields, _ line: Int, _ time: WallTime) {
        guard let aligned = RunEvent.Aligned(fields) else {
            return note(line, "stream_aligned has no zero")
        }
        happened(.aligned, .streamAligned, time, line, Words.zero(aligned))
        review.zero = aligned
    }

    private mutating func streamed(
        _ event: EventName, _ fields: JSONFields, _ line: Int, _ time: WallTime
    ) {
        let name = fields[.channel] ?? ""
        let index = channel(name)
        if event == .streamSession {
            happened(
                .streamSession(channel: index), event, time, line,
                "\(name): first seen, stream \(fields[.streamID] ?? "?")")
        } else {
            let to = fields[.to]
            happened(
                .streamChanged(channel: index, isLive: to != nil), event, time, line,
                "\(name): \(to.map { "on the air as \($0)" } ?? "off the air")")
        }
    }

    private mutating func suspended(
        _ suspended: RunEvent.Suspended, _ line: Int, _ time: WallTime
    ) {
        let (span, isMachine) = (suspended.duration, suspended.isMachine)
        happened(
            .suspended(for: span, isMachine: isMachine), .suspended, time, line,
            "\(isMachine ? "the machine" : "the process") stood still for " + Words.span(span))
    }

    private mutating func reloaded(_ fields: JSONFields, _ line: Int, _ time: WallTime) {
        let lists = [
            ("changed", fields[.changed]), ("new", fields[.added]), ("gone", fields[.removed]),
        ]
        let parts = lists.compactMap { word, ids in
            ids.flatMap { $0.isEmpty ? nil : "\(word) \(Words.list($0, most: 5))" }
        }
        happened(
            .reloaded, .sheetReloaded, time, line,
            "the edited sheet is in force"
                + (parts.isEmpty ? "" : ": " + parts.joined(separator: "; ")))
    }

    private mutating func operated(_ fields: JSONFields, _ line: Int, _ time: WallTime) {
        let action = fields[.action] ?? Logged(rawValue: "?")
        let what = [action.rawValue, fields[.target]].compactMap { $0 }.joined(separator: " ")
        let by = fields[.by].map { " by \(Words.signed($0))" } ?? ""
        let refused = fields[.refused]
        happened(
            .operated(action: action, isRefused: refused != nil), .operator, time, line,
            what + by + (refused.map { ": refused, \($0)" } ?? ""))
    }
}
