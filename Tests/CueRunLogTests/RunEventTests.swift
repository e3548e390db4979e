import CueRunLog
import CueScheduler
import CueText
import Testing

@Suite struct RunEventTests {
    private static let time = WallTime(seconds: 1_800_000_000) + .microseconds(1)
    private static let later = "of_a_later_version"
    private static let undelivered = RunEvent.Undelivered(
        cue: "q", channel: "main", due: time, attempts: 2)

    private static func delivered(
        _ content: RunEvent.Content, requestID: String?
    ) -> RunEvent.Delivered {
        .init(
            cue: "q \"1\"", channel: "main", due: time, sent: time + .milliseconds(3),
            acknowledged: time + .milliseconds(7), lead: .milliseconds(-2), late: .milliseconds(3),
            roundTrip: .milliseconds(4), attempts: 2, status: 204, requestID: requestID,
            content: content)
    }

    private static func started(_ mode: Logged<RunMode>, title: String?) -> RunEvent {
        .runStarted(
            .init(
                run: "x7k2", version: "1", mode: mode, sheetPath: "a/b.yaml", sheetSHA256: "00",
                digests: [("q", "11"), ("r", "22")], title: title, cues: 2,
                channels: [("main", "arn:1"), ("side", "arn:2")], seed: "9",
                options: [("speed", "2"), ("lead", "1 s")], timer: "nio"))
    }

    private static func finished(_ late: [Duration], _ reason: Logged<EndReason>) -> RunEvent {
        var counts = RunEvent.Counts()
        (counts.sent, counts.missed, counts.failed) = (1, 2, 3)
        (counts.skipped, counts.inDoubt, counts.repeated) = (4, 5, 6)
        return .runFinished(
            .init(counts: counts, late: .init(of: late), exit: 3, reason: reason))
    }

    private static let events: [RunEvent] = [
        started(.known(.rehearsal), title: "Frïday\n"),
        started(Logged(rawValue: later), title: nil),
        .runResumed(
            .init(
                version: "2", sheetSHA256: "33", tornBytes: 7, options: [("speed", "2")],
                timer: "t")),
        .streamAligned(
            .init(
                zero: time, source: .known(.manual), streamID: "st-1", uncertainty: .seconds(1),
                sinceBoot: .seconds(5), bootID: "b")),
        .streamAligned(
            .init(
                zero: time, source: Logged(rawValue: later), streamID: nil, uncertainty: .zero,
                sinceBoot: .zero, bootID: "")),
        .streamSession(channel: "main", streamID: "st-1", startTime: time),
        .streamSession(channel: "main", streamID: "st-1", startTime: nil),
        .streamChanged(channel: "main", from: "st-1", to: nil),
        .streamChanged(channel: "main", from: nil, to: "st-2"),
        .cueArmed(cue: "q", channel: "main", due: time),
        .cueDisarmed(cue: "q", channel: "main"),
        .cueSent(delivered(.metadata("{\"a\":\"\\ ü\u{1}\"}"), requestID: "id")),
        .cueSent(delivered(.adBreak(seconds: 30), requestID: nil)),
        .cueRepeated(delivered(.metadata(""), requestID: "id")),
        .cueMissed(undelivered, reason: .known(.rateLimited)),
        .cueMissed(undelivered, reason: Logged(rawValue: later)),
        .cueFailed(undelivered, code: "Refused", message: "no"),
        .cueInDoubt(undelivered, reason: .known(.noAnswer)),
        .cueInDoubt(undelivered, reason: Logged(rawValue: later)),
        .cueSkipped(cue: "q", channel: "main", reason: .known(.notCalled)),
        .cueSkipped(cue: "q", channel: "main", reason: Logged(rawValue: later)),
        .attemptFailed(
            .init(
                cue: "q", channel: "main", attempt: 1, code: "Throttled", message: "slow down",
                status: 429, retryIn: .milliseconds(250))),
        .attemptFailed(
            .init(
                cue: "q", channel: "main", attempt: 1, code: "Reset", message: "", status: nil,
                retryIn: nil)),
        .clockStepped(by: .milliseconds(-1_500)),
        .suspended(.init(duration: .seconds(3), isMachine: true)),
        .suspended(.init(duration: .seconds(3), isMachine: false)),
        .operator(
            .init(
                action: .known(.shift), target: nil, by: .seconds(-2), at: .seconds(9), refused: nil
            )),
        .operator(
            .init(action: Logged(rawValue: later), target: "q", by: nil, at: nil, refused: "no")),
        .sheetReloaded(
            .init(
                sheetSHA256: "44", digests: [("q", "55")], cues: 1, at: .seconds(4),
                changed: ["q"], added: ["r", "s"], removed: [])),
        .hookFailed(.init(hook: .known(.cueSent), command: "c", cue: "q", reason: "status 1")),
        .hookFailed(.init(hook: Logged(rawValue: later), command: "c", cue: nil, reason: "late")),
        finished([.milliseconds(1), .milliseconds(2)], .known(.stopped)),
        finished([], Logged(rawValue: later)),
    ]

    /// What a line tells is all there is to it: written once more it is the same line.
    @Test(arguments: events)
    func isReadAsItWasWritten(event: RunEvent) throws {
        let line = event.line(at: Self.time)
        var again: [UInt8] = []
        var problem: (any Error)?
        var scanner = RunLogScanner()
        line.withUnsafeBytes {
            scanner.take($0) { item in
                guard case .line(let fields, _) = item else { return }
                do {
                    let time = try #require(fields[.time])
                    again = try RunEvent(reading: fields).line(at: time)
                } catch { problem = error }
            }
        }
        if let problem { throw problem }
        #expect(String(decoding: again, as: UTF8.self) == String(decoding: line, as: UTF8.self))
    }

    @Test func leavesOutNoEvent() {
        #expect(Set(Self.events.map(\.name)) == Set(EventName.allCases))
    }
}

extension RunEvent {
    fileprivate init(reading line: JSONFields) throws {
        let name = try #require(line[.event]?.word)
        self =
            switch name {
            case .runStarted: try .started(line)
            case .runResumed: try .resumed(line)
            case .runFinished: try .finished(line)
            case .streamAligned: .streamAligned(try #require(Aligned(line)))
            case .streamSession:
                .streamSession(
                    channel: try #require(line[.channel]), streamID: try #require(line[.streamID]),
                    startTime: line[.startTime])
            case .streamChanged:
                .streamChanged(
                    channel: try #require(line[.channel]), from: line[.from], to: line[.to])
            case .cueArmed:
                .cueArmed(
                    cue: try #require(line[.cue]), channel: try #require(line[.channel]),
                    due: try #require(line[.due]))
            case .cueDisarmed:
                .cueDisarmed(cue: try #require(line[.cue]), channel: try #require(line[.channel]))
            case .cueSent: .cueSent(try .init(reading: line))
            case .cueRepeated: .cueRepeated(try .init(reading: line))
            case .cueMissed:
                .cueMissed(
                    try .init(reading: line),
                    reason: Logged(rawValue: try #require(line[.reason])))
            case .cueFailed:
                .cueFailed(
                    try .init(reading: line), code: try #require(line[.code]),
                    message: try #require(line[.message]))
            case .cueInDoubt:
                .cueInDoubt(
                    try .init(reading: line),
                    reason: Logged(rawValue: try #require(line[.reason])))
            case .cueSkipped:
                .cueSkipped(
                    cue: try #require(line[.cue]), channel: try #require(line[.channel]),
                    reason: Logged(rawValue: try #require(line[.reason])))
            case .attemptFailed: .attemptFailed(try .init(reading: line))
            case .clockStepped: .clockStepped(by: try #require(line[.by]))
            case .suspended: .suspended(Suspended(line))
            case .operator: try .operated(line)
            case .sheetReloaded: try .reloaded(line)
            case .hookFailed:
                .hookFailed(
                    .init(
                        hook: try #require(line[.hook]), command: try #require(line[.command]),
                        cue: line[.about], reason: try #require(line[.reason])))
            }
    }

    private static func started(_ line: JSONFields) throws -> RunEvent {
        let sheet = try #require(line[.sheet])
        return .runStarted(
            .init(
                run: try #require(line[.run]), version: try #require(line[.version]),
                mode: try #require(line[.mode]), sheetPath: try #require(sheet[.path]),
                sheetSHA256: try #require(sheet[.sha256]), digests: try digests(sheet[.digests]),
                title: line[.title], cues: try #require(line[.cues]),
                channels: RunStarted.channels(of: line[.channels]), seed: try #require(line[.seed]),
                options: try #require(line[.options]?.texts), timer: try #require(line[.timer])))
    }

    private static func digests(_ value: JSONValue?) throws -> [(id: String, digest: String)] {
        try #require(value?.texts).map { (id: $0, digest: $1) }
    }

    private static func resumed(_ line: JSONFields) throws -> RunEvent {
        .runResumed(
            .init(
                version: try #require(line[.version]),
                sheetSHA256: try #require(line[.sheetSHA256]),
                tornBytes: try #require(line[.tornBytes]),
                options: try #require(line[.options]?.texts), timer: try #require(line[.timer])))
    }

    private static func finished(_ line: JSONFields) throws -> RunEvent {
        var late: Lateness?
        if let value = line[.lateness], value != .null {
            func duration(_ name: String) throws -> Duration {
                .microseconds(try #require(value[name]?.integer))
            }
            late = Lateness(of: [.zero])
            late?.p50 = try duration("p50")
            late?.p99 = try duration("p99")
            late?.max = try duration("max")
        }
        return .runFinished(
            .init(
                counts: Counts(line[.counts]), late: late, exit: try #require(line[.exit]),
                reason: Logged(rawValue: try #require(line[.reason]))))
    }

    private static func operated(_ line: JSONFields) throws -> RunEvent {
        .operator(
            .init(
                action: try #require(line[.action]), target: line[.target], by: line[.by],
                at: line[.at], refused: line[.refused]))
    }

    private static func reloaded(_ line: JSONFields) throws -> RunEvent {
        .sheetReloaded(
            .init(
                sheetSHA256: try #require(line[.sheetSHA256]),
                digests: try digests(line[.digests]), cues: try #require(line[.cues]),
                at: line[.at], changed: try #require(line[.changed]),
                added: try #require(line[.added]), removed: try #require(line[.removed])))
    }
}

extension RunEvent.Delivered {
    fileprivate init(reading line: JSONFields) throws {
        let content: RunEvent.Content =
            if let seconds = line[.adBreakSeconds] {
                .adBreak(seconds: seconds)
            } else {
                .metadata(try #require(line[.metadata]))
            }
        self.init(
            cue: try #require(line[.cue]), channel: try #require(line[.channel]),
            due: try #require(line[.due]), sent: try #require(line[.sent]),
            acknowledged: try #require(line[.acknowledged]), lead: try #require(line[.lead]),
            late: try #require(line[.late]), roundTrip: try #require(line[.roundTrip]),
            attempts: try #require(line[.attempts]), status: try #require(line[.status]),
            requestID: line[.requestID], content: content)
    }
}

extension RunEvent.Undelivered {
    fileprivate init(reading line: JSONFields) throws {
        self.init(
            cue: try #require(line[.cue]), channel: try #require(line[.channel]),
            due: try #require(line[.due]), attempts: try #require(line[.attempts]))
    }
}

extension RunEvent.AttemptFailed {
    fileprivate init(reading line: JSONFields) throws {
        self.init(
            cue: try #require(line[.cue]), channel: try #require(line[.channel]),
            attempt: try #require(line[.attempt]), code: try #require(line[.code]),
            message: try #require(line[.message]), status: line[.status], retryIn: line[.retryIn])
    }
}
