import AWSSigning
import ArgumentParser
import CueDoctor
import CueOperator
import CuePublisher
import CueRunLog
import CueScheduler
import CueSheet
import CueShow
import CueSystem
import CueText
import CueTimeline
@preconcurrency import Glibc
import IVSWire
import Synchronization

/// Plays one show at the terminal: log, loop, signals, progress, summary.
///
/// What run and rehearse share; they differ in where the messages go.
struct ShowRunner {
    var prepared: ShowOptions.Prepared
    /// How the operator wants to be served.
    var operation: ShowOptions
    var settings: ShowSettings
    var mode: RunMode
    var options: [(name: String, value: String)]
    var terminal: Terminal

    private var loaded: LoadedSheet { prepared.loaded }
    private var timeline: Timeline { prepared.timeline }
    private var resumed: ResumedRun? { prepared.resumed }

    /// What a sender is made of, once the show loop is there.
    typealias MakeSender<S> = (ShowLoop, LoopClock) async throws -> (
        sender: S, close: () async -> Void
    )

    /// Plays, and throws the exit status unless all went well.
    func play<S: Sender>(
        explain explainer: Explainer?, _ makeSender: MakeSender<S>
    ) async throws {
        let loop = ShowLoop()
        let clock = LoopClock(loop)
        let log: RunLogFile
        let conclusion: Conclusion
        do {
            let (sender, close) = try await makeSender(loop, clock)
            do {
                log = try openLog()
            } catch {
                await close()
                throw error
            }
            do {
                conclusion = try await run(sender: sender, log: log, loop: loop, clock: clock)
            } catch {
                await close()
                throw error
            }
            await close()
        } catch {
            await loop.shutdown()
            throw error
        }
        await loop.shutdown()
        var status = conclusion.status
        let progress = Progress(terminal: terminal)
        if let failure = explainer?.explain(conclusion.reason, conclusion.failure) {
            terminal.error(failure.message, hint: failure.hint)
        }
        do {
            try log.close()
        } catch {
            terminal.error(
                "the run log could not be written: \(error.reason)",
                hint: "the show ran; its record in \(error.path) is not whole")
            if status == .success || status == .incomplete { status = .cannotCreate }
        }
        progress.summarize(conclusion, logPath: log.path)
        if status != .success { throw ExitCode(status.rawValue) }
    }

    private func run<S: Sender>(
        sender: S, log: RunLogFile, loop: ShowLoop, clock: LoopClock
    ) async throws -> Conclusion {
        let (events, reported) = AsyncStream.makeStream(of: (RunEvent, WallTime).self)
        let isOver = LockedFlag()
        let record: @Sendable (RunEvent, WallTime) -> Void = { event, wall in
            if case .runFinished = event { isOver.set() }
            log.append(event.line(at: wall))
            reported.yield((event, wall))
        }
        log.append(beginning(timer: loop.timer).line(at: clock.wall))
        let show = Show(
            timeline: timeline, settings: settings, seed: fnv1a64(timeline.run + timeline.seed),
            clock: clock, sender: sender, resuming: resumed?.record, record: record)
        let running = RunningShow(
            snapshot: { show.snapshot(upcoming: $0) }, showTime: { show.showTime },
            ask: { show.post($0, reply: $1) })
        let services = try OperatorServices(
            prepared, operation, settings, facts: facts(log), show: running, terminal: terminal
        ) { failed in
            // run_finished is the last line of a log, whatever its hook does.
            isOver.unlessSet { log.append(RunEvent.hookFailed(failed).line(at: clock.wall)) }
        }
        let signals = Signals { show.post(.interrupt($0)) }
        let reporting = Task {
            for await (event, wall) in events { services.publish(event, at: wall) }
        }
        let ticking = Task { await tick(services, running, log) }
        let conclusion = await Task(executorPreference: loop) { await show.run() }.value
        reported.finish()
        ticking.cancel()
        await reporting.value
        await ticking.value
        await services.close()
        signals.cancel()
        return conclusion
    }

    private func facts(_ log: RunLogFile) -> ShowFacts {
        ShowFacts(
            title: timeline.title ?? Files.name(of: loaded.path), run: timeline.run, mode: mode,
            logName: log.path,
            controlName: ControlFolder.name(sheet: Self.stem(of: loaded.path), run: timeline.run))
    }

    /// Looks after what no event reports, and warns once when the log fails.
    private func tick(
        _ services: OperatorServices, _ show: RunningShow, _ log: RunLogFile
    ) async {
        var hasWarned = false
        while !Task.isCancelled {
            if let problem = log.problem, !hasWarned {
                hasWarned = true
                terminal.error(
                    "the run log can't be written: \(problem.reason)",
                    hint: "the show goes on; make room, and what is missing will be written")
            }
            log.retry()
            services.tick(show.snapshot(1))
            try? await ContinuousClock().sleep(for: .milliseconds(200))
        }
    }

    // MARK: The log

    private func openLog() throws(CommandFailure) -> RunLogFile {
        do throws(RunLogProblem) {
            if let resumed {
                try resumed.file.cut(resumed.bytes, to: resumed.length)
                return resumed.file
            }
            if let logPath = operation.log { return try RunLogFile(creating: logPath) }
            return try RunLogFile(
                creating: Self.logName(sheet: loaded.path, at: SystemClock.wall) {
                    access($0, F_OK) == 0
                })
        } catch {
            throw CommandFailure(
                .cannotCreate, "can't create the run log \"\(error.path)\": \(error.reason)",
                hint: "choose another place with --log FILE")
        }
    }

    /// Named after the sheet and the time; numbered if another run has that name.
    static func logName(
        sheet: String, at wall: WallTime, isTaken: (String) -> Bool
    ) -> String {
        let base = "\(stem(of: sheet)).\(wall.basic)"
        var name = "\(base).run.jsonl"
        var count = 1
        while isTaken(name) {
            count += 1
            name = "\(base)-\(count).run.jsonl"
        }
        return name
    }

    private static func stem(of path: String) -> String {
        if path == "-" { return "stdin" }
        let name = Files.name(of: path)
        for ending in [".yaml", ".yml"] where name.hasSuffix(ending) {
            return String(name.dropLast(ending.count))
        }
        return name
    }

    private func beginning(timer: String) -> RunEvent {
        let sha = (try? sha256Hex(loaded.bytes)) ?? ""
        if let resumed {
            return .runResumed(
                .init(
                    version: CueRunner.version, sheetSHA256: sha,
                    tornBytes: resumed.bytes.count - resumed.length, options: options,
                    timer: timer))
        }
        return .runStarted(
            .init(
                run: timeline.run, version: CueRunner.version, mode: .known(mode),
                sheetPath: loaded.path,
                sheetSHA256: sha, digests: timeline.digests, title: timeline.title,
                cues: timeline.entries.count,
                channels: timeline.channels.map { (name: $0.name, arn: $0.arn.text) },
                seed: timeline.seed, options: options, timer: timer))
    }
}

/// Set once; what must not come after that is done under its lock.
private final class LockedFlag: Sendable {
    private let state = Mutex(false)

    func set() {
        state.withLock { $0 = true }
    }

    func unlessSet(_ body: () -> Void) {
        state.withLock { if !$0 { body() } }
    }
}

/// The names that tell one run from another.
enum RunIdentity {
    /// Four characters of a-z and 0-9.
    static func makeRun() throws -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String(try randomBytes(4).map { letters[Int($0) % letters.count] })
    }

    static func makeSeed() throws -> String {
        try sha256Hex(try randomBytes(32)).prefix(8).description
    }
}
