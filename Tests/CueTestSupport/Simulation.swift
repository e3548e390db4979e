import CueRunLog
import CueScheduler
import CueSheet
package import CueShow
import CueText
package import CueTimeline
import IVSWire
import Synchronization

/// What a simulation left behind, for the checkers.
package struct Trace: Sendable {
    package var scenario: Scenario
    package var timeline: Timeline
    package var attempts: [SeenAttempt]
    package var log: [UInt8]
    /// By life after the first: what the log that it began with knew to be acknowledged, as
    /// `cue@channel`.
    package var acknowledgedBefore: [Int: Set<String>]
    package var conclusion: Conclusion?
    /// The log lost its beginning, so that there was nothing to go on with.
    package var isLost = false
}

/// Plays one scenario: the real `Show` with its shell, a manual clock, a simulated service, one
/// thread. The same seed gives the same trace.
package final class Simulation {
    /// A way in which a show is broken on purpose, so that a checker can prove itself.
    package enum Flaw: Hashable, Sendable {
        case losesAnEnding
        case doublesAnEnding
        case sendsEarly
        case sendsLate(Duration)
        case addsToTheDue
        case swallowsQuestions
        case sendsTwice
        case ignoresTheRate
        case forgetsEndings
    }

    private let scenario: Scenario
    private let flaw: Flaw?
    private let timeline: Timeline
    private let clock: ManualClock
    private let service: SimulatedService
    private let executor = SimulationExecutor()
    private let boot: BootTime
    private var life = 0
    private var show: Show<ManualClock, LifeSender>?
    private let log = Log()
    private var acknowledgedBefore: [Int: Set<String>] = [:]

    private final class Log: Sendable {
        struct State {
            var bytes: [UInt8] = []
            var life = 0
            var conclusion: Conclusion?
        }

        let state = Mutex(State())
    }

    package init(_ scenario: Scenario, flaw: Flaw? = nil) {
        self.scenario = scenario
        self.flaw = flaw
        clock = ManualClock(wall: Scenario.wall)
        boot = clock.now
        var options = TimelineOptions()
        options.run = "simu"
        timeline = Timeline.build(scenario.sheet, options).timeline
        let live = StreamStatus(
            streamID: "st-1", startTime: scenario.streamStart, viewerCount: nil)
        service = SimulatedService(
            timeline: timeline, clock: clock, faults: scenario.faults,
            streams: Array(repeating: .success(live), count: timeline.channels.count),
            seed: scenario.seed, flaw: flaw)
    }

    /// Plays to the end of the run.
    package func run() -> Trace {
        append(
            .runStarted(
                .init(
                    run: "simu", version: "0", mode: .known(.run), sheetPath: "s.yaml",
                    sheetSHA256: "",
                    digests: timeline.digests, title: nil, cues: timeline.entries.count,
                    channels: timeline.channels.map { (name: $0.name, arn: $0.arn.text) },
                    seed: "0",
                    options: [], timer: "manual")))
        begin(nil)
        var isLost = false
        for (time, event) in scenario.events {
            play(until: boot + time)
            guard conclusion == nil else { break }
            if !apply(event) {
                isLost = true
                break
            }
        }
        if !isLost { play(until: clock.now + .seconds(10)) }
        return Trace(
            scenario: scenario, timeline: timeline, attempts: service.attempts,
            log: log.state.withLock { $0.bytes }, acknowledgedBefore: acknowledgedBefore,
            conclusion: conclusion, isLost: isLost)
    }

    private var conclusion: Conclusion? { log.state.withLock { $0.conclusion } }

    private func append(_ event: RunEvent) {
        let line = event.line(at: clock.wall)
        log.state.withLock { $0.bytes += line }
    }

    private func begin(_ record: RunRecord?) {
        let life = life
        let log = log
        var settings = scenario.settings
        settings.bootID = "simulated"
        if flaw == .ignoresTheRate { settings.limitChannel = 0 }
        if flaw == .addsToTheDue { settings.encoderDelay += .seconds(1) }
        let flaw = flaw
        let show = Show(
            timeline: timeline, settings: settings, seed: scenario.seed &+ UInt64(life),
            clock: clock, sender: service.sender(life: life), resuming: record
        ) { event, wall in
            let line = event.line(at: wall)
            log.state.withLock { state in
                guard state.life == life else { return }
                if case .cueSent(let sent) = event, sent.cue == "p" {
                    if flaw == .losesAnEnding { return }
                    if flaw == .doublesAnEnding { state.bytes += line }
                }
                state.bytes += line
            }
        }
        self.show = show
        Task(executorPreference: executor) {
            let conclusion = await show.run()
            log.state.withLock { state in
                if state.life == life { state.conclusion = conclusion }
            }
        }
        executor.drain()
    }

    private func play(until end: BootTime) {
        executor.drain()
        while conclusion == nil, let next = clock.nextDeadline, next <= end {
            clock.advance(to: next)
            executor.drain()
        }
        if conclusion == nil { clock.advance(to: end) }
        executor.drain()
    }

    /// Returns false where the run can't go on.
    private func apply(_ event: Scenario.Event) -> Bool {
        switch event {
        case .operate(let action): show?.post(.operate(action))
        case .stop: show?.post(.interrupt(.interrupted))
        case .stepWall(let step): clock.stepWall(by: step)
        case .standstill(let pause, let asleep):
            clock.jump(to: clock.now + pause, asleep: asleep)
        case .offline(let channel):
            service.set(
                channel: channel,
                .failure(
                    Failure(kind: .notLive, code: "ChannelNotBroadcasting", message: "offline")))
        case .live(let channel, let id):
            service.set(
                channel: channel,
                .success(StreamStatus(streamID: id, startTime: clock.wall, viewerCount: nil)))
        case .kill(let pause, let lost): return kill(pause: pause, lost: lost)
        }
        executor.drain()
        return true
    }

    private func kill(pause: Duration, lost: Int) -> Bool {
        life += 1
        let life = life
        service.beginLife(life)
        log.state.withLock { $0.life = life }
        // The old life's tasks are brought to their end; nothing they do counts any more.
        show?.post(.interrupt(.interrupted))
        executor.drain()
        show?.post(.interrupt(.interrupted))
        executor.drain()
        clock.advance(to: clock.now + pause)
        executor.drain()
        let bytes = log.state.withLock { state in
            state.bytes.removeLast(min(lost, state.bytes.count))
            return state.bytes
        }
        let length = RunLogReader.wholeLength(bytes)
        do throws(RunRecordProblem) {
            var whole = Array(bytes[..<length])
            var record = try RunRecord(whole)
            if whole.last != UInt8(ascii: "\n") { whole.append(UInt8(ascii: "\n")) }
            log.state.withLock { $0.bytes = whole }
            acknowledgedBefore[life] = Set(
                record.entries.compactMap { entry in
                    if case .ended(let cue, let channel, .sent) = entry {
                        return "\(cue)@\(channel)"
                    }
                    return nil
                })
            if flaw == .forgetsEndings {
                record.entries.removeAll { entry in
                    if case .ended = entry { true } else { false }
                }
            }
            append(
                .runResumed(
                    .init(
                        version: "0", sheetSHA256: "", tornBytes: bytes.count - length,
                        options: [], timer: "manual")))
            begin(record)
            return true
        } catch {
            return false
        }
    }
}
