package import CueRunLog
package import CueScheduler
import CueSheet
package import CueText
package import CueTimeline
import Synchronization

/// What reaches a show from outside of its loop.
package enum ShowInput: Sendable {
    case operate(OperatorAction)
    /// An edited sheet, to be in force from now on.
    case edit(SheetEdit)
    case decide(JoinDecision)
    /// A signal: end the run, and with that status.
    case interrupt(ExitStatus)
}

/// One show, from waiting for its stream to the last line of its log.
///
/// The shell around `ShowMachine`: it reads the clocks, keeps the timer, runs attempts as child
/// tasks on the executor that it is run on, and hands every event to `record` before anything that
/// follows from it is done.
package final class Show<C: ShowClock, S: Sender>: Sendable {
    private let clock: C
    private let sender: S
    private let mailbox = Mailbox()
    private let machine: Mutex<ShowMachine>
    private let record: @Sendable (RunEvent, WallTime) -> Void

    /// `record` is called on the show's loop, in order, with the wall time of the event; it must
    /// not block. With an earlier `resuming` record the run goes on where that ended.
    package init(
        timeline: Timeline, settings: ShowSettings, seed: UInt64, clock: C, sender: S,
        resuming earlier: RunRecord? = nil,
        record: @escaping @Sendable (RunEvent, WallTime) -> Void
    ) {
        self.clock = clock
        self.sender = sender
        self.record = record
        var machine = ShowMachine(
            timeline: timeline, settings: settings, seed: seed, at: clock.reading)
        if let earlier { machine.resume(earlier) }
        self.machine = Mutex(machine)
    }

    /// Hands in an input from any thread; it takes hold on the show's loop.
    package func post(_ input: ShowInput) {
        mailbox.post(.input(input))
    }

    /// Plays the show to its end. Runs on the executor of its caller.
    package func run() async -> Conclusion {
        await withDiscardingTaskGroup { group in
            while true {
                let (effects, wake, conclusion) = machine.withLock { machine in
                    let effects = machine.advance(to: clock.reading)
                    return (effects, machine.nextWake, machine.conclusion)
                }
                perform(effects, in: &group)
                if let conclusion {
                    group.cancelAll()
                    return conclusion
                }
                for mail in await mail(until: wake) { receive(mail, in: &group) }
            }
        }
    }

    /// The show's clock, for a stamp; the rest of a snapshot takes longer to tell.
    package var showTime: Duration? {
        machine.withLock { $0.plan.showTime(at: clock.now).map { .nanoseconds($0) } }
    }

    /// Hands in an input, and tells what came of it; `reply` is called on the show's loop and must
    /// not block.
    package func post(
        _ input: ShowInput, reply: @escaping @Sendable (ActionOutcome) -> Void
    ) {
        mailbox.post(.asked(input, reply))
    }

    /// How the show stands; of what is to come, so many cues.
    package func snapshot(upcoming count: Int = 1) -> ShowSnapshot {
        // Words are made after the lock is given back: the show's loop waits for it.
        let (snapshot, timeline, plan) = machine.withLock { machine in
            let now = clock.now
            return (
                machine.snapshot(at: now), machine.plan.timeline,
                machine.plan.listing(upcoming: count, at: now)
            )
        }
        return snapshot.worded(plan, timeline)
    }

    package var snapshot: ShowSnapshot { snapshot(upcoming: 1) }

    private func receive(_ mail: Mail, in group: inout DiscardingTaskGroup) {
        // What is due now is found in the next turn of the loop anyway.
        if case .wake = mail { return }
        let reading = clock.reading
        let effects = machine.withLock { machine in
            let before = machine.advance(to: reading)
            // After the last line of the log there is none.
            if machine.conclusion != nil { return before }
            switch mail {
            case .wake: break
            case .attempted(let dispatch, let attempt): machine.receive(attempt, of: dispatch)
            case .looked(let channel, let answer): machine.receive(answer, channel: channel)
            case .warmed: machine.connectionsOpened()
            case .input(let input): _ = machine.receive(input)
            case .asked(let input, let reply): reply(machine.receive(input))
            }
            return before + machine.advance(to: reading)
        }
        perform(effects, in: &group)
    }

    private func perform(_ effects: [Effect], in group: inout DiscardingTaskGroup) {
        for effect in effects {
            switch effect {
            case .log(let event): record(event, clock.wall)
            case .prepare(let message):
                // Behind the attempts of the same moment, which are tasks as well.
                group.addTask { [sender] in sender.prepare(message) }
            case .discard(let dispatch): sender.discard(dispatch)
            case .attempt(let message, let timeout):
                group.addTask { [sender, mailbox] in
                    let attempt = await sender.send(message, timeout: timeout)
                    mailbox.post(.attempted(message.dispatch, attempt))
                }
            case .look(let channel):
                group.addTask { [sender, mailbox] in
                    mailbox.post(.looked(channel, await sender.stream(channel: channel)))
                }
            case .renew: sender.renew()
            case .warm(let connections):
                group.addTask { [sender, mailbox] in
                    await sender.warm(connections: connections)
                    mailbox.post(.warmed)
                }
            }
        }
    }

    /// What came in, at the latest by that moment; perhaps nothing.
    private func mail(until wake: BootTime) async -> [Mail] {
        let waiting = mailbox.empty()
        if !waiting.isEmpty { return waiting }
        if wake <= clock.now { return [] }
        return await withDiscardingTaskGroup { timer in
            timer.addTask { [clock, mailbox] in
                try? await clock.sleep(until: wake, tolerance: .zero)
                if !Task.isCancelled { mailbox.post(.wake) }
            }
            let mail = await mailbox.next()
            timer.cancelAll()
            return mail
        }
    }
}

enum Mail: Sendable {
    case wake
    case attempted(Dispatch, Attempt)
    case looked(Int, StreamAnswer)
    case warmed
    case input(ShowInput)
    case asked(ShowInput, @Sendable (ActionOutcome) -> Void)
}

/// A queue that one task waits on and many post to.
final class Mailbox: Sendable {
    private struct State {
        var mail: [Mail] = []
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func post(_ mail: Mail) {
        let reader = state.withLock { state in
            state.mail.append(mail)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    func empty() -> [Mail] {
        state.withLock { state in
            defer { state.mail = [] }
            return state.mail
        }
    }

    func next() async -> [Mail] {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.mail.isEmpty { state.reader = continuation }
                return !state.mail.isEmpty
            }
            if isReady { continuation.resume() }
        }
        return empty()
    }
}
