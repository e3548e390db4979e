package import CueRunLog
import CueScheduler
package import CueSheet
package import CueShow
package import CueText
import CueTimeline
import Synchronization

/// A show under test: the real `Show`, a manual clock, a scripted sender, and its log in memory.
package final class ShowStage: Sendable {
    package static let wall = WallTime(seconds: 1_800_000_000)
    package static let live = Result<StreamStatus, Failure>.success(
        StreamStatus(streamID: "st-1", startTime: wall, viewerCount: 3))
    package static let offline = Result<StreamStatus, Failure>.failure(
        Failure(kind: .notLive, code: "ChannelNotBroadcasting", message: "offline"))

    package let clock: ManualClock
    package let sender: ScriptedSender
    private let show: Show<ManualClock, ScriptedSender>
    private let executor = SimulationExecutor()
    private let log = Mutex<[(event: RunEvent, line: String)]>([])
    private let conclusionBox = Mutex<Conclusion?>(nil)
    private let boot: BootTime

    package init(
        _ sheet: Sheet, settings: ShowSettings, stream: Result<StreamStatus, Failure> = live,
        seed: UInt64 = 1, opening: Duration = .zero,
        answer: @escaping @Sendable (Int, Message) -> ScriptedSender.Answer = { _, _ in
            .taken(.milliseconds(10))
        }
    ) {
        clock = ManualClock(wall: Self.wall)
        boot = clock.now
        sender = ScriptedSender(
            clock: clock, stream: stream, opening: opening, answer: answer)
        var options = TimelineOptions()
        options.run = "test"
        let record = Recorder()
        show = Show(
            timeline: Timeline.build(sheet, options).timeline, settings: settings, seed: seed,
            clock: clock, sender: sender
        ) { event, wall in record.append(event, wall) }
        record.stage = self
        Task(executorPreference: executor) {
            let conclusion = await self.show.run()
            self.conclusionBox.withLock { $0 = conclusion }
        }
        executor.drain()
    }

    private final class Recorder: @unchecked Sendable {  // `stage` is set before the show runs
        weak var stage: ShowStage?
        func append(_ event: RunEvent, _ wall: WallTime) {
            let line = String(decoding: event.line(at: wall), as: UTF8.self)
            stage?.log.withLock { $0.append((event, line)) }
        }
    }

    package var conclusion: Conclusion? { conclusionBox.withLock { $0 } }
    package var snapshot: ShowSnapshot { show.snapshot }
    package func snapshot(upcoming count: Int) -> ShowSnapshot { show.snapshot(upcoming: count) }
    package var events: [RunEvent] { log.withLock { $0.map(\.event) } }
    package var lines: [String] { log.withLock { $0.map(\.line) } }

    /// Plays on to that many seconds after the beginning, or to the show's end.
    package func play(until seconds: Double = 100_000) {
        let end = boot + .nanoseconds(Int64(seconds * 1e9))
        executor.drain()
        while conclusion == nil, let next = clock.nextDeadline, next <= end {
            clock.advance(to: next)
            executor.drain()
        }
        if conclusion == nil { clock.advance(to: end) }
        executor.drain()
    }

    /// Posts an edited sheet.
    package func edit(_ sheet: Sheet) {
        var options = TimelineOptions()
        options.run = "test"
        let timeline = Timeline.build(sheet, options).timeline
        post(
            .edit(
                SheetEdit(
                    timeline: timeline, sha256: "5e1f",
                    difference: SheetDifference(from: [], to: timeline.digests))))
    }

    package func post(_ input: ShowInput) {
        show.post(input)
        executor.drain()
    }

    /// When which cue was sent, in milliseconds after the beginning, attempt by attempt.
    package var attempts: [String] {
        sender.calls.map { call in
            let time = (call.time - boot).nanoseconds / 1_000_000
            guard case .metadata(let text) = call.message.content,
                let name = (try? JSONValue.parse(text.utf8))?["cue"]?.string
            else { return "\(time) ad" }
            let place = call.message.dispatch.channel
            return "\(time) \(name)" + (place > 0 ? "@\(place)" : "")
        }
    }

    /// How each cue ended, in the order of the log: `sent q1`, `missed q2 late`.
    package var endings: [String] {
        events.compactMap { event in
            switch event {
            case .cueSent(let sent): "sent \(sent.cue)"
            case .cueMissed(let cue, let reason): "missed \(cue.cue) \(reason)"
            case .cueFailed(let cue, let code, _): "failed \(cue.cue) \(code)"
            case .cueInDoubt(let cue, let reason): "in doubt \(cue.cue) \(reason)"
            case .cueSkipped(let cue, _, let reason): "skipped \(cue) \(reason)"
            default: nil
            }
        }
    }
}
