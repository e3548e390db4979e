import CueOperator
import CueRunLog
import CueScheduler
import CueSheet
import CueShow
import CueSystem
import CueText
import Synchronization

/// All that serves the operator while a show runs: screen or lines, keys, socket, hooks, the
/// edited sheet, the service manager. It hears of every event, off the show's loop.
final class OperatorStation: Sendable {
    private let terminal: Terminal
    private let progress: Progress
    private let desk: OperatorDesk
    private let screen: LiveScreen?
    private let lines: TypedLines?
    private let control: ControlServer?
    private let hooks: Hooks
    private let watch: SheetWatch
    private let notifier: ServiceNotifier?
    private let state = Mutex(State())

    private struct State {
        var hasAsked = false
        var told = ""
        var status = ""
        var watched: Int64 = 0
    }

    /// What is made only after something else asks for it.
    private final class Later<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }

    init(
        _ prepared: ShowOptions.Prepared, _ options: ShowOptions, _ settings: ShowSettings,
        facts: ShowFacts, desk: OperatorDesk, terminal: Terminal,
        logFailure: @escaping @Sendable (RunEvent.HookFailed) -> Void
    ) throws(CommandFailure) {
        self.terminal = terminal
        self.desk = desk
        let progress = Progress(terminal: terminal)
        self.progress = progress
        let watchLater = Later<SheetWatch>()
        let reload: @Sendable (SheetWatch.Reply?) -> Void = { reply in
            watchLater.value.withLock { $0 }?.reload(reply)
        }
        var facts = facts
        control = try Self.open(options.control, facts, desk, terminal) { reload($0) }
        if control != nil {
            facts.controlOption =
                options.control.map { "--control \($0)" }
                ?? "--show \(facts.controlName)"
        }
        let screen =
            settings.isAttended
            ? LiveScreen(facts, terminal: terminal, desk: desk, reload: { reload(nil) }) : nil
        self.screen = screen
        if let screen {
            terminal.hand { line, isAlarm in isAlarm ? screen.alarm(line) : screen.note(line) }
        }
        lines =
            settings.isAttended && screen == nil
            ? TypedLines { Self.take($0, desk, terminal, reload: { reload(nil) }) } : nil
        hooks = Hooks(options.hook) { failed in
            logFailure(failed)
            let event = RunEvent.hookFailed(failed)
            let time = desk.showTime()
            if let screen {
                screen.tell(event, showTime: time)
            } else {
                progress.tell(event, showTime: time)
            }
        } show: {
            terminal.say($0)
        }
        watch = SheetWatch(
            prepared.loaded, prepared.timeline, isAutomatic: options.reload == .auto, desk: desk,
            telling: .init(
                propose: { difference in
                    if let screen {
                        screen.propose(difference)
                    } else {
                        let how = settings.isAttended ? "type reload" : "cue-runner control reload"
                        terminal.say("edited   \(difference.printable); to use it: \(how)")
                    }
                },
                refuse: { terminal.print($0.trimmingEnd) }, note: { terminal.say($0) }),
            load: prepared.load)
        let watch = watch
        watchLater.value.withLock { $0 = watch }
        notifier = ServiceNotifier(environment: Environment.variables)
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
        notifier?.tell("READY=1\nSTATUS=waiting for the stream")
    }

    /// A show goes on without its default socket; one that was asked for has to be there.
    private static func open(
        _ path: String?, _ facts: ShowFacts, _ desk: OperatorDesk, _ terminal: Terminal,
        reload: @escaping ControlServer.Reload
    ) throws(CommandFailure) -> ControlServer? {
        do throws(SocketProblem) {
            return try ControlServer(
                path: path, folder: ControlFolder(environment: Environment.variables),
                name: facts.controlName, facts: facts, desk: desk, reload: reload)
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

    func tell(_ event: RunEvent, at time: WallTime) {
        let showTime = desk.showTime()
        if let screen {
            screen.tell(event, showTime: showTime)
        } else {
            progress.tell(event, showTime: showTime)
        }
        control?.tell(event.line(at: time))
        hooks.tell(event, at: time)
        if case .runFinished = event { notifier?.tell("STOPPING=1") }
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
                notifier.tell("STATUS=\(status)")
            }
            // A loop that stands still must not look alive.
            let now = SystemClock.milliseconds
            if let every = notifier.watchdogMilliseconds, now - state.watched >= every / 3,
                snapshot.turnedAgo < .seconds(3)
            {
                state.watched = now
                notifier.tell("WATCHDOG=1")
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
            // A terminal has it in its status line.
            let words = snapshot.streamFailure.flatMap { $0.kind == .notLive ? nil : $0.message }
            if let words, words != state.told {
                state.told = words
                terminal.say("still waiting: \(words.printable)")
            }
        }
    }

    /// Gives the terminal back, and waits for what the hooks still have to do.
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

    /// A line that was typed: an answer, or an action such as `hold` or `shift +10s`; an empty
    /// one is a GO.
    private static func take(
        _ line: String, _ desk: OperatorDesk, _ terminal: Terminal, reload: () -> Void
    ) {
        let words = line.split(separator: " ").map(String.init)
        if let word = words.first, let decision = JoinDecision(rawValue: word) {
            desk.post(.decide(decision))
        } else if words == ["reload"] {
            reload()
        } else if let action = OperatorAction(words: words.isEmpty ? ["go"] : words) {
            desk.post(.operate(action))
        } else {
            terminal.print(
                "type go, hold, resume, skip ID, take ID, fire ID, shift ±DURATION, undo, reload "
                    + "or stop")
        }
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
