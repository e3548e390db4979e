import CueRunLog
import CueScheduler
import CueSheet
import CueShow
import CueText
import CueTimeline

/// What has to hold of every show, whatever went wrong on the way.
package enum Checker: String, CaseIterable, Sendable {
    /// Every cue ends exactly once on each of its channels.
    case endsOnce
    /// The log is whole lines in a possible order, and its counts and exit status are right.
    case logIsSound
    /// Nothing leaves before due − lead.
    case notEarly
    /// What no operator moved is due where the sheet places it.
    case dueIsRight
    /// Nothing leaves after its budget.
    case inBudget
    /// A reveal goes where its question went.
    case revealFollows
    /// Nothing is sent again once its acknowledgement is known.
    case notTwice
    /// Never more than the limit in any second, on a channel or the account.
    case keepsRate
    /// While the show is held nothing leaves but what the operator calls.
    case standsStill

    package func violations(of trace: Trace) -> [String] {
        // Without the log's beginning there is no run to judge.
        if trace.isLost { return [] }
        let reading = TraceReading(trace)
        let found =
            switch self {
            case .endsOnce: reading.endsOnce()
            case .logIsSound: reading.logIsSound()
            case .notEarly: reading.notEarly()
            case .dueIsRight: reading.dueIsRight()
            case .inBudget: reading.inBudget()
            case .revealFollows: reading.revealFollows()
            case .notTwice: reading.notTwice()
            case .keepsRate: reading.keepsRate()
            case .standsStill: reading.standsStill()
            }
        return found.map { "\(rawValue): \($0)" }
    }
}

/// A trace with its log read.
private struct TraceReading {
    let trace: Trace
    let lines: [RunLogLine]
    let flaws: [RunLogFlaw]
    private let endings: [(key: String, line: RunLogLine)]
    private var timeline: Timeline { trace.timeline }

    private static let endingNames: Set<String> = [
        "cue_sent", "cue_missed", "cue_failed", "cue_skipped", "cue_in_doubt",
    ]

    init(_ trace: Trace) {
        self.trace = trace
        (lines, flaws) = RunLogReader.read(trace.log)
        endings = lines.filter { Self.endingNames.contains($0.event) }
            .map { (Self.key($0), $0) }
    }

    private static func key(_ line: RunLogLine) -> String {
        "\(line.fields["cue"]?.string ?? "?")@\(line.fields["channel"]?.string ?? "?")"
    }

    private func time(_ line: RunLogLine, _ name: String) -> WallTime? {
        line.fields[name]?.string.flatMap { WallTime(rfc3339: $0) }
    }

    private var hasLostLines: Bool {
        trace.scenario.events.contains {
            if case .kill(_, let lost) = $0.event { lost > 0 } else { false }
        }
    }

    // MARK: The log

    func endsOnce() -> [String] {
        guard trace.conclusion != nil else { return ["the show never ended"] }
        var problems: [String] = []
        var counts: [String: Int] = [:]
        for ending in endings { counts[ending.key, default: 0] += 1 }
        for (key, count) in counts.sorted(by: { $0.key < $1.key }) where count > 1 {
            problems.append("\(key) ended \(count) times")
        }
        for entry in timeline.entries.indices {
            let cue = timeline.entries[entry].cue
            var number = 1
            while timeline.contains(entry, number: number) {
                let occurrence = Occurrence(entry: entry, number: number)
                let names =
                    [timeline.name(of: occurrence)]
                    + (timeline.hasReveal(entry) ? [timeline.name(of: occurrence, .reveal)] : [])
                let keys = names.flatMap { name in
                    cue.channels.map { "\(name)@\(timeline.channels[$0].name)" }
                }
                if timeline.isEndless(entry), number > 1, keys.allSatisfy({ counts[$0] == nil }) {
                    break
                }
                for key in keys where counts[key] == nil { problems.append("\(key) never ended") }
                number += 1
            }
        }
        return problems
    }

    func logIsSound() -> [String] {
        var problems = flaws.map { "line \($0.number): \($0.reason)" }
        if lines.first?.event != "run_started" { problems.append("it does not begin") }
        guard let last = lines.last, last.event == "run_finished",
            lines.filter({ $0.event == "run_finished" }).count == 1
        else { return problems + ["it does not end once, at its end"] }
        let names = [
            ("sent", "cue_sent"), ("missed", "cue_missed"), ("failed", "cue_failed"),
            ("skipped", "cue_skipped"), ("in_doubt", "cue_in_doubt"),
            ("repeated", "cue_repeated"),
        ]
        for (field, event) in names {
            let stated = last.fields["counts"]?[field]?.integer
            let found = lines.count { $0.event == event }
            if stated != Int64(found) {
                problems.append("\(field) is \(stated ?? -1), the log has \(found)")
            }
        }
        let bad = ["cue_missed", "cue_failed", "cue_in_doubt"]
        let isWhole = !lines.contains { bad.contains($0.event) }
        if last.fields["reason"]?.string == "complete" {
            let exit = last.fields["exit"]?.integer
            if exit != (isWhole ? 0 : 1) { problems.append("exit is \(exit ?? -1)") }
        }
        var armed: Set<String> = []
        for line in lines {
            if line.event == "cue_armed" { armed.insert(Self.key(line)) }
            if line.event == "cue_disarmed" { armed.remove(Self.key(line)) }
            if line.event == "cue_sent", !armed.contains(Self.key(line)) {
                problems.append("\(Self.key(line)) was sent and not armed")
            }
        }
        return problems
    }

    // MARK: Time

    func notEarly() -> [String] {
        let early = trace.attempts.filter { $0.time < $0.leaves }
        return early.map { "\($0.name)@\($0.channel) left \($0.leaves - $0.time) early" }
            + endings.compactMap { key, line in
                guard line.event == "cue_sent", let sent = time(line, "sent"),
                    let due = time(line, "due"), let lead = line.fields["lead_us"]?.integer,
                    // Times in a log are cut to microseconds.
                    sent < due - .microseconds(lead) - .microseconds(2)
                else { return nil }
                return "\(key) left early by its own line"
            }
    }

    /// Where nobody moved anything, the sheet alone says when a cue is due.
    func dueIsRight() -> [String] {
        guard !lines.contains(where: { $0.event == "operator" }),
            let aligned = lines.last(where: { $0.event == "stream_aligned" }),
            let zero = time(aligned, "zero")
        else { return [] }
        let isStream = aligned.fields["source"]?.string == "stream"
        let delay = isStream ? .zero : trace.scenario.settings.encoderDelay
        var due: [String: WallTime] = [:]
        for entry in timeline.entries.indices {
            let cue = timeline.entries[entry].cue
            var number = 1
            while number < 1_000, let position = timeline.position(of: entry, number: number) {
                let name = timeline.name(of: Occurrence(entry: entry, number: number))
                for channel in cue.channels {
                    let key = "\(name)@\(timeline.channels[channel].name)"
                    switch position {
                    case .placed(let time):
                        due[key] = zero + time + timeline.channelOffsets[channel] + delay
                    case .instant, .floating: break
                    }
                }
                number += 1
            }
        }
        // What ended before the last zero was placed by an earlier one.
        return endings.filter { $0.line.number > aligned.number }.compactMap { key, line in
            guard let stated = time(line, "due"), let right = due[key],
                (stated - right).magnitude > .microseconds(2)
            else { return nil }
            return "\(key) was due \(stated - right) off"
        }
    }

    func inBudget() -> [String] {
        var problems: [String] = []
        let most: Duration
        switch trace.scenario.settings.lead {
        case .auto: most = ShowSettings.leadMax
        case .fixed(let lead): most = lead
        }
        for attempt in trace.attempts {
            let cue = timeline.entries[attempt.dispatch.occurrence.entry].cue
            guard case .within(let budget) = cue.late, !attempt.dispatch.part.isAgain else {
                continue
            }
            if attempt.time > attempt.leaves + most + budget {
                problems.append("\(attempt.name)@\(attempt.channel) left after its budget")
            }
        }
        for (key, line) in endings where line.event == "cue_sent" {
            guard let sent = time(line, "sent"), let due = time(line, "due"),
                let id = line.fields["cue"]?.string?.split(whereSeparator: { ".#!".contains($0) })
                    .first,
                let entry = timeline.entry(withID: String(id)),
                case .within(let budget) = timeline.entries[entry].cue.late,
                sent > due + budget + .microseconds(2)
            else { continue }
            problems.append("\(key) was sent after its budget by its own line")
        }
        return problems
    }

    /// Holds are told apart by the boot clock, which a step of the wall clock hides from the log.
    func standsStill() -> [String] {
        let isReadable = trace.scenario.events.allSatisfy {
            if case .stepWall = $0.event { false } else { true }
        }
        guard isReadable, !hasLostLines, let first = trace.attempts.first,
            let aligned = lines.last(where: { $0.event == "stream_aligned" }),
            let zero = time(aligned, "zero")
        else { return [] }
        let start = BootTime(nanoseconds: 1_000_000_000_000) + (zero - Scenario.wall)
        var holds: [ClosedRange<BootTime>] = []
        var since: BootTime?
        var called: Set<String> = []
        for line in lines where line.event == "operator" {
            guard line.fields["refused"]?.string == nil else { continue }
            let at = line.fields["at_us"]?.integer.map { start + .microseconds($0) } ?? start
            switch line.fields["action"]?.string {
            case "hold": since = at
            case "resume":
                if let begun = since { holds.append(begun...max(begun, at)) }
                since = nil
            case "go", "take", "fire": called.insert(line.fields["target"]?.string ?? "")
            default: break
            }
        }
        if let since { holds.append(since...(since + .seconds(100_000))) }
        var known: Set<Dispatch> = [first.dispatch]
        known.removeAll()
        return trace.attempts.compactMap { attempt in
            // One that an earlier life attempted is in doubt, not new.
            guard known.insert(attempt.dispatch).inserted, !called.contains(attempt.name),
                holds.contains(where: {
                    $0.lowerBound < attempt.time && attempt.time < $0.upperBound
                })
            else { return nil }
            return "\(attempt.name)@\(attempt.channel) left while the show was held"
        }
    }

    // MARK: Deliveries

    func revealFollows() -> [String] {
        var problems: [String] = []
        var questions: Set<Dispatch> = []
        for attempt in trace.attempts {
            var question = attempt.dispatch
            question.part = .cue
            switch attempt.dispatch.part {
            case .cue: questions.insert(attempt.dispatch)
            case .again, .reveal:
                // One that was armed when its run died may have gone: its reveal follows.
                let name = timeline.name(of: question.occurrence)
                let isInDoubt = endings.contains {
                    $0.line.event == "cue_in_doubt" && $0.key == "\(name)@\(attempt.channel)"
                }
                if !questions.contains(question), !isInDoubt {
                    problems.append("\(attempt.name)@\(attempt.channel) went without its question")
                }
            }
        }
        var outcome: [String: String] = [:]
        for (key, line) in endings { outcome[key] = line.event }
        for (key, event) in outcome where event == "cue_sent" && key.contains(".reveal@") {
            let question = key.split(separator: ".reveal").joined()
            if let event = outcome[question], event != "cue_sent", event != "cue_in_doubt" {
                problems.append("\(key) was sent, its question ended by \(event)")
            }
        }
        return problems
    }

    func notTwice() -> [String] {
        var problems: [String] = []
        var known: [Dispatch: (life: Int, time: BootTime)] = [:]
        for attempt in trace.attempts {
            let key = "\(attempt.name)@\(attempt.channel)"
            if let (life, time) = known[attempt.dispatch], life == attempt.life,
                attempt.time >= time
            {
                problems.append("\(key) was sent again after its acknowledgement")
            }
            if !attempt.dispatch.part.isAgain,
                trace.acknowledgedBefore[attempt.life]?.contains(key) == true
            {
                problems.append("\(key) was sent again by a resumed run")
            }
            if let time = attempt.acknowledged { known[attempt.dispatch] = (attempt.life, time) }
        }
        return problems
    }

    func keepsRate() -> [String] {
        let settings = trace.scenario.settings
        var problems: [String] = []
        // What a lost line told of the last second can't be known any more.
        if hasLostLines { return [] }
        func check(_ times: [BootTime], _ limit: Int, _ what: String) {
            guard limit > 0, times.count > limit else { return }
            let sorted = times.sorted()
            for (first, beyond) in zip(sorted, sorted.dropFirst(limit))
            where beyond - first < .seconds(1) {
                problems.append("\(limit + 1) sends within \(beyond - first) on \(what)")
            }
        }
        for channel in timeline.channels {
            check(
                trace.attempts.filter { $0.channel == channel.name }.map(\.time),
                settings.limitChannel, channel.name)
        }
        check(trace.attempts.map(\.time), settings.limitAccount, "the account")
        return problems
    }
}
