import AWSSigning
import CueOperator
import CueScheduler
import CueSheet
import CueShow
import CueSystem
import CueText
import CueTimeline
@preconcurrency import Glibc
import Synchronization

/// Reads the sheet again while its show runs: when the file changes, and when it is asked to.
///
/// A thread beside the show. What it finds is told: the difference, or what is wrong with the
/// sheet; the running timeline changes by a yes, by a request, or where it is to follow every
/// edit.
final class SheetWatch: Sendable {
    typealias Reply = @Sendable (String) -> Void

    /// Editors write a file in several steps; it is read when so long nothing has come.
    private static let quietMilliseconds: Int64 = 150

    struct Telling: Sendable {
        var propose: @Sendable (_ difference: String) -> Void
        var refuse: @Sendable (_ diagnostics: String) -> Void
        var note: @Sendable (String) -> Void
    }

    private struct State {
        var sha: String
        var timeline: Timeline
        var requests: [Reply?] = []
        var outcomes: [(edit: SheetEdit, outcome: ActionOutcome, reply: Reply?)] = []
        var isClosed = false
    }

    private let path: String
    private let isAutomatic: Bool
    private let load: @Sendable () throws -> (LoadedSheet, Timeline)
    private let desk: OperatorDesk
    private let telling: Telling
    private let state: Mutex<State>
    private let worker = Worker()

    init(
        _ loaded: LoadedSheet, _ timeline: Timeline, isAutomatic: Bool, desk: OperatorDesk,
        telling: Telling, load: @escaping @Sendable () throws -> (LoadedSheet, Timeline)
    ) {
        path = loaded.path
        self.isAutomatic = isAutomatic
        self.load = load
        self.desk = desk
        self.telling = telling
        state = Mutex(State(sha: (try? sha256Hex(loaded.bytes)) ?? "", timeline: timeline))
        worker.start { self.run() }
    }

    /// Reads the sheet and puts it in force; the reply is JSON, as the socket gives it.
    func reload(_ reply: Reply?) {
        state.withLock { $0.requests.append(reply) }
        worker.wake()
    }

    func close() {
        state.withLock { $0.isClosed = true }
        worker.stop()
    }

    // MARK: The thread

    private func run() {
        let watch = inotify_init()
        defer { if watch >= 0 { Glibc.close(watch) } }
        if watch >= 0, path != "-" { begin(watch) }
        var changed: Int64?
        while true {
            let (requests, outcomes, isClosed) = state.withLock { state in
                defer {
                    state.requests = []
                    state.outcomes = []
                }
                return (state.requests, state.outcomes, state.isClosed)
            }
            if isClosed { return }
            for settled in outcomes { settle(settled.edit, settled.outcome, settled.reply) }
            for reply in requests { answer(reply) }
            if let moment = changed, SystemClock.milliseconds - moment >= Self.quietMilliseconds {
                changed = nil
                look()
            }
            var waits = [
                pollfd(fd: worker.call.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: watch, events: Int16(POLLIN), revents: 0),
            ]
            poll(&waits, 2, changed == nil ? -1 : Int32(Self.quietMilliseconds))
            if waits[0].revents != 0 { worker.call.clear() }
            if waits[1].revents != 0, isAboutTheSheet(watch) { changed = SystemClock.milliseconds }
        }
    }

    /// Watches the folder: most editors put a new file in the old one's place.
    private func begin(_ watch: Int32) {
        _ = fcntl(watch, F_SETFD, FD_CLOEXEC)
        let events = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO)
        inotify_add_watch(watch, Files.folder(of: path), events)
        if let real = Files.resolved(path), Files.folder(of: real) != Files.folder(of: path) {
            inotify_add_watch(watch, Files.folder(of: real), events)
        }
    }

    private func isAboutTheSheet(_ watch: Int32) -> Bool {
        let names = [path, Files.resolved(path) ?? path].map { Files.name(of: $0) }
        var isAbout = false
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            let count = read(watch, buffer.baseAddress, buffer.count)
            var place = 0
            while place + MemoryLayout<inotify_event>.size <= count {
                let event = buffer.load(fromByteOffset: place, as: inotify_event.self)
                place += MemoryLayout<inotify_event>.size
                let name = buffer[place..<min(count, place + Int(event.len))]
                isAbout =
                    isAbout
                    || names.contains(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
                place += Int(event.len)
            }
        }
        return isAbout
    }

    private enum Reading {
        case same
        case edit(SheetEdit)
        /// Why it can't be used, and what is wrong with it.
        case refused(String, diagnostics: String?)
    }

    /// The file has changed.
    private func look() {
        switch readSheet() {
        case .same: break
        case .refused(let why, let diagnostics):
            telling.refuse("\(why); the show goes on as it was\n\(diagnostics ?? "")")
        case .edit(let edit):
            if isAutomatic || edit.difference.isEmpty {
                use(edit, nil)
            } else {
                telling.propose(edit.difference.text)
            }
        }
    }

    /// Somebody asks for it.
    private func answer(_ reply: Reply?) {
        switch readSheet() {
        case .same:
            telling.note("the sheet has not changed")
            reply?(ControlReply.reloaded("the sheet has not changed"))
        case .refused(let why, let diagnostics):
            telling.refuse("\(why); the show goes on as it was\n\(diagnostics ?? "")")
            reply?(ControlReply.refused(why, diagnostics: diagnostics))
        case .edit(let edit): use(edit, reply)
        }
    }

    private func use(_ edit: SheetEdit, _ reply: Reply?) {
        desk.ask(.edit(edit)) { [self] outcome in
            state.withLock { $0.outcomes.append((edit, outcome, reply)) }
            worker.wake()
        }
    }

    /// The show has taken an edit, or refused it.
    private func settle(_ edit: SheetEdit, _ outcome: ActionOutcome, _ reply: Reply?) {
        switch outcome {
        case .done:
            state.withLock { state in
                state.sha = edit.sha256
                state.timeline = edit.timeline
            }
            reply?(ControlReply.reloaded(edit.difference.text))
        case .refused(let why):
            telling.refuse("the edited sheet can't be used: \(why)")
            reply?(ControlReply.refused(why))
        }
    }

    private func readSheet() -> Reading {
        guard path != "-" else {
            return .refused("the sheet came from standard input", diagnostics: nil)
        }
        let loaded: LoadedSheet
        let timeline: Timeline
        do {
            (loaded, timeline) = try load()
        } catch let failure as CommandFailure {
            return .refused(failure.message, diagnostics: nil)
        } catch {
            return .refused("the sheet can't be read", diagnostics: nil)
        }
        if loaded.hasErrors {
            let text = DiagnosticPrinter.render(
                loaded.diagnostics, path: path, lines: loaded.lines, colour: false)
            return .refused("the edited sheet has errors", diagnostics: text)
        }
        let sha = (try? sha256Hex(loaded.bytes)) ?? ""
        let (shaBefore, before) = state.withLock { ($0.sha, $0.timeline) }
        if sha == shaBefore { return .same }
        guard timeline.channels.map(\.name) == before.channels.map(\.name),
            timeline.channels.map(\.arn) == before.channels.map(\.arn)
        else {
            return .refused(
                "the edited sheet has other channels, which a running show can't change",
                diagnostics: nil)
        }
        var difference = SheetDifference(from: before.digests, to: timeline.digests)
        if timeline.channelOffsets != before.channelOffsets {
            difference.changed = timeline.entries.map(\.cue.id).filter {
                before.entry(withID: $0) != nil
            }
        }
        return .edit(SheetEdit(timeline: timeline, sha256: sha, difference: difference))
    }
}
