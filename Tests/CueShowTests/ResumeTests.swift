import CueRunLog
import CueScheduler
import CueSheet
import CueTestSupport
import CueText
import CueTimeline
import Testing

@testable import CueShow

private let now = BootTime(nanoseconds: 1_000_000_000_000)
private let clock = ClockReading(boot: now, wall: ShowStage.wall, awake: now)

/// Twenty seconds ago.
private let zero = RunEvent.streamAligned(
    .init(
        zero: ShowStage.wall + .seconds(-20), source: .known(.stream), streamID: "st-1",
        uncertainty: .zero, sinceBoot: .zero, bootID: ""))

/// What a log with these events says of its run.
private func record(_ events: [RunEvent]) throws -> RunRecord {
    let start = """
        {"event":"run_started","format":1,"run":"test","mode":"run",\
        "sheet":{"sha256":""},"seed":"0","options":{}}

        """
    let (lines, flaws) = RunLogReader.read(
        Array(start.utf8) + events.flatMap { $0.line(at: ShowStage.wall) })
    return try RunRecord(lines, flaws)
}

/// What a damaged log may say of a run.
@Suite struct ResumeTests {
    /// Found by fuzzing: a show that repeats a cue for ever was played up to the day that an
    /// action's line named, which can be ten years from now, and all of it went out at once.
    @Test func playsNoFurtherThanNowForAnActionThatIsYetToCome() throws {
        let sheet = Sheet.test(
            .payload("tick", at: .time(.zero)).repeated(every: .seconds(1), .never))
        var machine = ShowMachine(
            timeline: Timeline.build(sheet, TimelineOptions()).timeline, settings: ShowSettings(),
            seed: 1, at: clock)
        let hold = RunEvent.operator(
            .init(action: .known(.hold), target: nil, by: nil, at: .seconds(86_400), refused: nil))
        machine.resume(try record([zero, hold]))
        #expect(machine.outbox.count + machine.tally.counts.missed < 25)
        #expect(machine.plan.isHeld)
    }
}

@Suite struct ReplayTests {
    /// `a` at 5 s, `b` at 15 s and `c` at 30 s of a show that is at 20 s.
    private func replay(_ events: [RunEvent]) throws -> Replay {
        let sheet = Sheet.test(
            .payload("a", at: .time(.seconds(5))), .payload("b", at: .time(.seconds(15))),
            .payload("c", at: .time(.seconds(30))))
        let timeline = Timeline.build(sheet, TimelineOptions()).timeline
        return Replay(
            try record([zero] + events), upon: DispatchPlan(timeline: timeline), at: clock,
            bootID: "")
    }

    private func showTime(_ seconds: Double) -> WallTime {
        ShowStage.wall + .seconds(seconds - 20)
    }

    private func armed(_ cue: String, due: Double, channel: String = "main") -> RunEvent {
        .cueArmed(cue: cue, channel: channel, due: showTime(due))
    }

    private func sent(_ cue: String, at time: Double) -> RunEvent {
        .cueSent(
            .init(
                cue: cue, channel: "main", due: showTime(time), sent: showTime(time),
                acknowledged: showTime(time), lead: .milliseconds(40), late: .milliseconds(3),
                roundTrip: .zero, attempts: 1, status: 204, requestID: nil,
                content: .metadata("")))
    }

    private func operated(
        _ action: OperatorAction.Name, _ target: String? = nil, at time: Int
    ) -> RunEvent {
        .operator(
            .init(action: .known(action), target: target, by: nil, at: .seconds(time), refused: nil)
        )
    }

    private func names(_ dispatches: some Sequence<Dispatch>, in replay: Replay) -> [String] {
        dispatches.map { replay.plan.timeline.name(of: $0.occurrence, $0.part) }.sorted()
    }

    @Test func leavesInDoubtWhatWasArmedAndHasNoEnding() throws {
        let replay = try replay([
            armed("a", due: 5), sent("a", at: 5), armed("b", due: 15), armed("c", due: 30),
            .cueDisarmed(cue: "c", channel: "main"),
        ])
        #expect(names(replay.inDoubt.keys, in: replay) == ["b"])
        #expect(Array(replay.inDoubt.values) == [showTime(15)])
        #expect(replay.tally.counts.sent == 1)
        #expect(replay.tally.lateness?.max == .milliseconds(3))
        #expect(replay.gone.isEmpty)
        // The lead of the last cue that was sent, and a little more.
        #expect(replay.horizon == now + .milliseconds(90))
        #expect(try self.replay([]).horizon == now + ShowSettings.leadMax)
    }

    @Test func knowsWhatIsNotInTheSheetAnyMore() throws {
        let replay = try replay([
            armed("z", due: 9), armed("y", due: 9), armed("x", due: 8),
            armed("a", due: 5, channel: "nowhere"),
        ])
        #expect(replay.gone.map(\.cue) == ["a", "x", "y", "z"])
        #expect(replay.inDoubt.isEmpty)
    }

    @Test func leavesPendingWhatWasDueByTheLastAction() throws {
        let replay = try replay([operated(.hold, at: 16), sent("a", at: 5)])
        #expect(names(replay.pending.map(\.dispatch), in: replay) == ["b"])
        #expect(replay.plan.isHeld)
        #expect(try self.replay([operated(.hold, at: 4)]).pending.isEmpty)
    }

    @Test func owesTheEndingOfASkipUntilTheLogHasIt() throws {
        let skip = operated(.skip, "c", at: 12)
        let owed = try replay([skip])
        #expect(names(owed.owed.map(\.dispatch), in: owed) == ["c"])
        let undone = try replay([skip, operated(.undo, at: 13)])
        #expect(undone.owed.isEmpty)
        let ended = try replay([
            skip, .cueSkipped(cue: "c", channel: "main", reason: .known(.operator)),
        ])
        #expect(ended.owed.isEmpty)
        #expect(ended.tally.counts.skipped == 1)
    }

    @Test func countsForTheRateWhatWasSentAMomentAgo() throws {
        let replay = try replay([sent("a", at: 18), sent("b", at: 19), sent("c", at: 21)])
        #expect(replay.sends.map(\.time) == [now - .seconds(1)])
        #expect(replay.sends.map(\.channel) == [0])
    }

    @Test func remembersTheStreamSeenLast() throws {
        func session(_ id: String, on channel: String) -> RunEvent {
            .streamSession(channel: channel, streamID: id, startTime: nil)
        }
        let replay = try replay([
            session("st-1", on: "main"), session("st-2", on: "main"), session("st-3", on: "x"),
        ])
        #expect(replay.sessions == [0: "st-2"])
    }
}
