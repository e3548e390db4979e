import AWSSigning
import ArgumentParser
import CueOperator
import CuePublisher
import CueRunLog
import CueScheduler
import CueSheet
import CueShow
import CueText
import CueTimeline
@preconcurrency import Glibc
import Synchronization

/// Plays one show at the terminal: log, loop, signals, progress, summary.
///
/// What run and rehearse share; they differ in where the messages go.
struct ShowRunner {
    var loaded: LoadedSheet
    var timeline: Timeline
    var settings: ShowSettings
    var mode: String
    var options: [(name: String, value: String)]
    var logPath: String?
    var resumed: ResumedRun?
    var terminal: Terminal

    /// What a sender is made of, once the show loop is there.
    typealias MakeSender<S> = (ShowLoop, LoopClock) async throws -> (
        sender: S, close: () async -> Void
    )

    /// Plays, and throws the exit status unless all went well.
    func play<S: Sender>(
        explain: (Conclusion) -> CommandFailure?, _ makeSender: MakeSender<S>
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
            conclusion = await run(sender: sender, log: log, loop: loop, clock: clock)
            await close()
        } catch {
            await loop.shutdown()
            throw error
        }
        await loop.shutdown()
        var status = conclusion.status
        let progress = Progress(terminal: terminal)
        if let failure = explain(conclusion) {
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
    ) async -> Conclusion {
        let (events, told) = AsyncStream.makeStream(of: RunEvent.self)
        log.append(beginning(timer: loop.timer).line(at: clock.wall))
        let show = Show(
            timeline: timeline, settings: settings, seed: fnv1a64(timeline.run + timeline.seed),
            clock: clock, sender: sender, resuming: resumed?.record
        ) { event, wall in
            log.append(event.line(at: wall))
            told.yield(event)
        }
        if resumed != nil {
            terminal.say("going on with run \(timeline.run)")
        } else if settings.start == .manual {
            terminal.say("waiting for GO" + (settings.isAttended ? ": press Enter" : ""))
        } else {
            terminal.say("waiting for the stream")
        }
        let signals = Signals { show.post(.interrupt($0)) }
        let lines = settings.isAttended ? TypedLines { take($0, show) } : nil
        let telling = Task { await tell(events, of: show) }
        let ticking = Task { await tick(show, log) }
        let conclusion = await Task(executorPreference: loop) { await show.run() }.value
        told.finish()
        ticking.cancel()
        await telling.value
        await ticking.value
        terminal.show(status: "")
        lines?.cancel()
        signals.cancel()
        return conclusion
    }

    // MARK: At the terminal

    private func tell<C, S>(_ events: AsyncStream<RunEvent>, of show: Show<C, S>) async {
        let progress = Progress(terminal: terminal)
        for await event in events { progress.tell(event, showTime: show.showTime) }
    }

    /// Keeps the status line, asks what has to be asked, and cries out when the log fails.
    private func tick<C, S>(_ show: Show<C, S>, _ log: RunLogFile) async {
        let progress = Progress(terminal: terminal)
        var hasAsked = false
        var hasCried = false
        var told = ""
        while !Task.isCancelled {
            let snapshot = show.snapshot
            if case .asking(let past) = snapshot.phase, !hasAsked {
                hasAsked = true
                terminal.print(
                    "the show has begun: \(past) cues are past. Type join, zero (it starts now) "
                        + "or quit, then Enter")
            }
            if let problem = log.problem, !hasCried {
                hasCried = true
                terminal.error(
                    "the run log can't be written: \(problem.reason)",
                    hint: "the show goes on; make room, and what is missing will be written")
            }
            if case .waiting = snapshot.phase, !terminal.isInteractive {
                // A terminal has it in its status line.
                let words = snapshot.streamFailure.flatMap {
                    $0.kind == .notLive ? nil : $0.message
                }
                if let words, words != told {
                    told = words
                    terminal.say("still waiting: \(words.printable)")
                }
            }
            log.retry()
            terminal.show(status: progress.status(snapshot))
            try? await ContinuousClock().sleep(for: .milliseconds(200))
        }
    }

    /// A line that was typed: an answer, or an action such as `hold` or `shift +10s`; an empty
    /// one is a GO.
    private func take<C, S>(_ line: String, _ show: Show<C, S>) {
        let words = line.split(separator: " ").map(String.init)
        if let word = words.first, let decision = JoinDecision(rawValue: word) {
            show.post(.decide(decision))
        } else if let action = OperatorAction(words: words.isEmpty ? ["go"] : words) {
            show.post(.operate(action))
        } else {
            terminal.print(
                "type go, hold, resume, skip ID, take ID, fire ID, shift ±DURATION or stop")
        }
    }

    // MARK: The log

    private func openLog() throws(CommandFailure) -> RunLogFile {
        do throws(RunLogProblem) {
            if let resumed {
                try resumed.file.cut(resumed.bytes, to: resumed.length)
                return resumed.file
            }
            if let logPath { return try RunLogFile(creating: logPath) }
            let stem = Self.stem(of: loaded.path)
            let base = "\(stem).\(WallTime.now.basic)"
            var path = "\(base).run.jsonl"
            var count = 1
            while access(path, F_OK) == 0 {
                count += 1
                path = "\(base)-\(count).run.jsonl"
            }
            return try RunLogFile(creating: path)
        } catch {
            throw CommandFailure(
                .cannotCreate, "can't create the run log \"\(error.path)\": \(error.reason)",
                hint: "choose another place with --log FILE")
        }
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
                run: timeline.run, version: CueRunner.version, mode: mode, sheetPath: loaded.path,
                sheetSHA256: sha, digests: timeline.digests, title: timeline.title,
                cues: timeline.entries.count,
                channels: timeline.channels.map { (name: $0.name, arn: $0.arn) },
                seed: timeline.seed, options: options, timer: timer))
    }
}

extension WallTime {
    static var now: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

/// The names that a run is told apart by.
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
