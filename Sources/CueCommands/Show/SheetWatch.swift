import AWSSigning
import CueOperator
import CueScheduler
import CueSheet
import CueShow
import CueSystem
import CueTimeline
@preconcurrency import Glibc
import Synchronization

/// Reads the sheet again while its show runs: when the file changes, and on request. A thread
/// beside the show; what becomes of an edit `SheetEdits` decides.
final class SheetWatch: Sendable {
    /// Editors write a file in several steps; it is read after this long without another change.
    private static let quietMilliseconds: Int64 = 150

    private struct Inbox {
        var requests: [RequestHandler.Reply?] = []
        var outcomes: [(edit: SheetEdit, outcome: ActionOutcome, reply: RequestHandler.Reply?)] = []
        var isClosed = false
    }

    private let path: String
    private let load: @Sendable () throws -> (LoadedSheet, Timeline)
    private let edits: SheetEdits
    private let show: RunningShow
    private let inbox = Mutex(Inbox())
    private let worker = Worker()

    /// Requests wait until `start`.
    init(_ prepared: ShowOptions.Prepared, isAutomatic: Bool, show: RunningShow) {
        path = prepared.loaded.path
        load = prepared.load
        edits = SheetEdits(
            prepared.timeline, sha256: (try? sha256Hex(prepared.loaded.bytes)) ?? "",
            isAutomatic: isAutomatic)
        self.show = show
    }

    /// `publish` is called on the watch's thread.
    func start(_ publish: @escaping @Sendable (SheetNews) -> Void) {
        worker.start { self.run(publish) }
    }

    /// Reads the sheet and uses it; the reply is JSON, as the control socket sends it.
    func reload(_ reply: RequestHandler.Reply?) {
        inbox.withLock { $0.requests.append(reply) }
        worker.wake()
    }

    func close() {
        inbox.withLock { $0.isClosed = true }
        worker.stop()
    }

    // MARK: The thread

    private func run(_ publish: (SheetNews) -> Void) {
        let files = FileWatch()
        if path != "-" { watch(files) }
        var edits = edits
        var changed: Int64?

        func carryOut(_ decision: SheetEdits.Decision, _ reply: RequestHandler.Reply?) {
            if let news = decision.news { publish(news) }
            if let answer = decision.answer { reply?(answer) }
            guard let edit = decision.edit else { return }
            show.ask(.edit(edit)) { [self] outcome in
                inbox.withLock { $0.outcomes.append((edit, outcome, reply)) }
                worker.wake()
            }
        }

        while true {
            let mail = inbox.withLock { inbox in
                defer {
                    inbox.requests = []
                    inbox.outcomes = []
                }
                return inbox
            }
            if mail.isClosed { return }
            for (edit, outcome, reply) in mail.outcomes {
                carryOut(edits.settle(edit, outcome), reply)
            }
            for reply in mail.requests { carryOut(edits.request(readSheet()), reply) }
            if let moment = changed, SystemClock.milliseconds - moment >= Self.quietMilliseconds {
                changed = nil
                carryOut(edits.change(to: readSheet()), nil)
            }
            var waits = [
                pollfd(fd: worker.call.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: files.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            poll(&waits, 2, changed == nil ? -1 : Int32(Self.quietMilliseconds))
            if waits[0].revents != 0 { worker.call.clear() }
            if waits[1].revents != 0, isTheSheet(among: files.changes()) {
                changed = SystemClock.milliseconds
            }
        }
    }

    /// The folder of the sheet, and of the file that a link leads to.
    private func watch(_ files: FileWatch) {
        files.add(.folder(Files.folder(of: path)))
        if let real = Files.resolved(path) { files.add(.folder(Files.folder(of: real))) }
    }

    private func isTheSheet(among names: Set<String>) -> Bool {
        [path, Files.resolved(path) ?? path].contains { names.contains(Files.name(of: $0)) }
    }

    private func readSheet() -> SheetEdits.Reading {
        guard path != "-" else { return .unusable("the sheet came from standard input") }
        do {
            let (loaded, timeline) = try load()
            guard loaded.hasErrors else {
                return .sheet(timeline, sha256: (try? sha256Hex(loaded.bytes)) ?? "")
            }
            let text = DiagnosticPrinter.render(
                loaded.diagnostics, path: path, lines: loaded.lines, colour: false)
            return .unusable("the edited sheet has errors", diagnostics: text)
        } catch let failure as CommandFailure {
            return .unusable(failure.message)
        } catch {
            return .unusable("the sheet can't be read")
        }
    }
}
