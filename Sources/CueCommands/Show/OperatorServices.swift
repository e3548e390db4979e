import CueOperator
import CueRunLog
import CueSheet
import CueShow
import CueSystem
import CueText
import Synchronization

/// Everything that serves the operator while a show runs: screen or lines, keys, socket, hooks, the
/// edited sheet, the service manager. It gets every event, off the show's loop.
final class OperatorServices: Sendable {
    private let terminal: Terminal
    private let progress: Progress
    /// Shows an event on the screen, or as a line.
    private let display: @Sendable (RunEvent) -> Void
    private let screen: LiveScreen?
    private let lines: TypedLines?
    private let control: ControlServer?
    private let hooks: Hooks
    private let watch: SheetWatch
    private let notifier: ServiceNotifier?
    private let state = Mutex(State())

    private struct State {
        var hasAsked = false
        /// As they were shown last.
        var streamFailure = ""
        var status = ""
        /// When the watchdog last heard of us.
        var watched: Int64 = 0
    }

    init(
        _ prepared: ShowOptions.Prepared, _ options: ShowOptions, _ settings: ShowSettings,
        facts: ShowFacts, show: RunningShow, terminal: Terminal,
        logFailure: @escaping @Sendable (RunEvent.HookFailed) -> Void
    ) throws(CommandFailure) {
        self.terminal = terminal
        let progress = Progress(terminal: terminal)
        self.progress = progress
        let watch = SheetWatch(prepared, isAutomatic: options.reload == .auto, show: show)
        self.watch = watch
        let handler = RequestHandler(show, facts) { watch.reload($0) }
        var facts = facts
        control = try Self.open(options.control, facts.controlName, handler, terminal)
        if control != nil {
            facts.controlOption =
                options.control.map { "--control \($0)" }
                ?? "--show \(facts.controlName)"
        }
        let isAttended = settings.isAttended
        let screen =
            isAttended ? LiveScreen(facts, terminal: terminal, show: show, handler: handler) : nil
        self.screen = screen
        if let screen {
            terminal.hand { line, isAlarm in isAlarm ? screen.alarm(line) : screen.note(line) }
        }
        let display: @Sendable (RunEvent) -> Void = { event in
            let time = show.showTime()
            if let screen {
                screen.show(event, showTime: time)
            } else {
                progress.show(event, showTime: time)
            }
        }
        self.display = display
        lines =
            isAttended && screen == nil
            ? TypedLines { Self.handle($0, handler, terminal) } : nil
        hooks = Hooks(options.hook) { failed in
            logFailure(failed)
            display(.hookFailed(failed))
        } show: {
            terminal.say($0)
        }
        notifier = ServiceNotifier(environment: Environment.variables)
        watch.start { news in
            switch news {
            case .proposed(let difference):
                if let screen { return screen.propose(difference) }
                let how = isAttended ? "type reload" : "cue-runner control reload"
                terminal.say("edited   \(difference.printable); to use it: \(how)")
            case .refused(let text): terminal.print(text.trimmingEnd)
            case .note(let text): terminal.say(text)
            }
        }
        begin(settings, isResumed: prepared.resumed != nil, run: facts.run)
    }

    private func begin(_ settings: ShowSettings, isResumed: Bool, run: String) {
        if isResumed {
            terminal.say("going on with run \(run)")
        } else if settings.start == .manual {
            terminal.say("waiting for GO" + (lines == nil ? "" : ": press Enter"))
        } else {
            terminal.say("waiting for the stream")
        }
        notifier?.notify("READY=1\nSTATUS=waiting for the stream")
    }

    /// A show runs without its default socket; one that was asked for has to be there.
    private static func open(
        _ path: String?, _ name: String, _ handler: RequestHandler, _ terminal: Terminal
    ) throws(CommandFailure) -> ControlServer? {
        do throws(SocketProblem) {
            return try ControlServer(
                path: path, folder: ControlFolder(environment: Environment.variables), name: name,
                handler: handler)
        } catch {
            guard path == nil else {
                throw CommandFailure(
                    .cannotCreate, "can't listen at \"\(error.path)\": \(error.reason)",
                    hint: "choose another place with --control PATH")
            }
            terminal.say("no control socket at \(error.path): \(error.reason)".printable)
            return nil
        }
    }

    // MARK: What happens

    func publish(_ event: RunEvent, at time: WallTime) {
        display(event)
        control?.publish(event.line(at: time))
        hooks.run(for: event, at: time)
        if case .runFinished = event { notifier?.notify("STOPPING=1") }
    }

    /// Looks at the show now and then: what has to be asked, the status line, the watchdog.
    func tick(_ snapshot: ShowSnapshot) {
        if screen == nil {
            ask(snapshot)
            terminal.show(status: progress.status(snapshot))
        }
        guard let notifier else { return }
        state.withLock { state in
            let status = progress.status(snapshot, isBrief: true)
            if status != state.status {
                state.status = status
                notifier.notify("STATUS=\(status)")
            }
            // A loop that stands still must not look alive.
            let now = SystemClock.milliseconds
            if let every = notifier.watchdogMilliseconds, now - state.watched >= every / 3,
                snapshot.turnedAgo < .seconds(3)
            {
                state.watched = now
                notifier.notify("WATCHDOG=1")
            }
        }
    }

    private func ask(_ snapshot: ShowSnapshot) {
        state.withLock { state in
            if case .asking(let past) = snapshot.phase, !state.hasAsked {
                state.hasAsked = true
                terminal.print(
                    "the show has begun: \(past) cues are past. Type join, zero (it starts now) "
                        + "or quit, then Enter")
            }
            guard case .waiting = snapshot.phase, !terminal.isInteractive else { return }
            // A terminal shows it in its status line.
            let words = snapshot.streamFailure.flatMap { $0.kind == .notLive ? nil : $0.message }
            if let words, words != state.streamFailure {
                state.streamFailure = words
                terminal.say("still waiting: \(words.printable)")
            }
        }
    }

    /// Gives the terminal back, and waits for the hooks' commands.
    func close() async {
        terminal.show(status: "")
        await onOwnThread { [self] in
            let unseen = screen?.close() ?? []
            terminal.hand(to: nil)
            for line in unseen { terminal.print(line) }
            lines?.close()
            watch.close()
            hooks.finish()
            control?.close()
        }
    }

    private static func handle(_ line: String, _ handler: RequestHandler, _ terminal: Terminal) {
        let words = line.split(separator: " ").map(String.init)
        guard let request = OperatorRequest(words: words, at: .line) else {
            return terminal.print(
                "type go, hold, resume, skip ID, take ID, fire ID, shift ±DURATION, undo, reload "
                    + "or stop")
        }
        handler.handle(request)
    }
}

extension String {
    /// Without the line ends behind it.
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
