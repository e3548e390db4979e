package import CueRunLog
import CueShow
import CueSystem
import CueText
@preconcurrency import Glibc
import Synchronization

/// The live view on the terminal: a thread that reads keys and paints, beside the show.
package final class LiveScreen: Sendable {
    private let show: RunningShow
    private let handler: RequestHandler
    private let view: Mutex<LiveView>
    private let isClosed = Mutex(false)
    private let worker = Worker()

    /// The shortest time between two paintings, and the longest: a countdown runs.
    private static let paceMilliseconds: Int64 = 33
    private static let idleMilliseconds: Int64 = 100

    /// Takes the terminal over; nil if that can't be done, or it is too small for a view.
    package init?(
        _ facts: ShowFacts, terminal: Terminal, show: RunningShow, handler: RequestHandler
    ) {
        guard terminal.canShowLiveView, let size = RawTerminal.size,
            size.columns >= LiveView.columnsMin, size.rows >= LiveView.rowsMin,
            let raw = RawTerminal(wake: worker.call)
        else {
            worker.stop()
            return nil
        }
        self.show = show
        self.handler = handler
        view = Mutex(LiveView(facts))
        worker.start { self.run(raw) }
    }

    package func show(_ event: RunEvent, showTime: Duration?) {
        change { $0.show(event, showTime: showTime) }
    }

    /// Shows a line until it is acknowledged.
    package func alarm(_ text: String) {
        change { view in
            for line in text.split(separator: "\n") { view.alarm(Self.plain(line)) }
        }
    }

    package func note(_ line: String) {
        change { $0.note(Self.plain(line)) }
    }

    package func propose(_ difference: String) {
        change { $0.propose(difference) }
    }

    /// Gives the terminal back, and returns the alarms that were not acknowledged.
    package func close() -> [String] {
        isClosed.withLock { $0 = true }
        worker.stop()
        return view.withLock { $0.alarms }
    }

    /// What was made for a terminal's lines, without its colours.
    private static func plain(_ line: some StringProtocol) -> String {
        var text = ""
        var isColour = false
        for scalar in line.unicodeScalars {
            if scalar == "\u{1B}" {
                isColour = true
            } else if isColour {
                isColour = scalar != "m"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text.printable
    }

    private func change(_ body: (inout LiveView) -> Void) {
        view.withLock { body(&$0) }
        worker.wake()
    }

    // MARK: The thread

    private func run(_ raw: RawTerminal) {
        var painter = ScreenPainter()
        var keys = KeyDecoder()
        var lastPaint = Int64.min / 2
        var isDirty = true
        var hasInput = true
        var isShown = true
        while !isClosed.withLock({ $0 }) {
            let now = SystemClock.milliseconds
            let pace = isDirty ? Self.paceMilliseconds : Self.idleMilliseconds
            if now - lastPaint >= pace {
                let wasShown = isShown
                isShown = RawTerminal.isForeground
                if isShown, !wasShown { enterAgain(raw, &painter) }
                if isShown { paint(&painter) }
                lastPaint = now
                isDirty = false
            }
            let rest = lastPaint + (isDirty ? Self.paceMilliseconds : Self.idleMilliseconds) - now
            var waits = [
                pollfd(fd: hasInput && isShown ? 0 : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: worker.call.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&waits, 2, Int32(max(1, min(rest, 1_000))))
            if waits[1].revents != 0, count > 0 {
                isDirty = true
                if worker.call.clear(), RawTerminal.isForeground { enterAgain(raw, &painter) }
            }
            if waits[0].revents != 0, count > 0, RawTerminal.isForeground {
                hasInput = read(&keys)
                isDirty = true
            } else {
                press(keys.pause())
            }
        }
        raw.leave()
    }

    private func paint(_ painter: inout ScreenPainter) {
        let size = RawTerminal.size ?? (columns: 80, rows: 24)
        let snapshot = show.snapshot(LiveLayout.upcomingMax(rows: size.rows))
        let lines = view.withLock { view in
            view.update(snapshot)
            return view.lines(columns: size.columns, rows: size.rows)
        }
        let bytes = painter.paint(lines, columns: size.columns, rows: size.rows)
        if !bytes.isEmpty { Terminal.write(2, bytes) }
    }

    /// A shell that stopped the process and let it go on has changed the terminal.
    private func enterAgain(_ raw: RawTerminal, _ painter: inout ScreenPainter) {
        raw.enterAgain()
        painter.forget()
    }

    /// False once the terminal is gone.
    private func read(_ keys: inout KeyDecoder) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1_024)
        let count = Glibc.read(0, &chunk, chunk.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return true }
        guard count > 0 else { return false }
        press(keys.decode(chunk[..<count]))
        return true
    }

    private func press(_ keys: [Key]) {
        for key in keys {
            if let request = view.withLock({ $0.press(key) }) { handler.handle(request) }
        }
    }
}
