import ArgumentParser
import CueOperator
import CueReport
import CueShow
import CueSystem
import CueText
@preconcurrency import Glibc
import Synchronization

/// `report --follow`: reads a log as it grows, and shows how its run stands.
///
/// On a terminal the report is drawn anew in place; elsewhere each ending is a line. It sleeps
/// until the file changes, or for a second, since a network's disk reports no change.
struct LogFollower {
    private static let waitMilliseconds: Int32 = 1_000
    /// Several lines that come at once are one change.
    private static let quietMicroseconds: UInt32 = 50_000

    private let path: String
    private let answers: Answers?
    private let terminal = Terminal(environment: Environment.variables)
    private let hasScreen = isatty(1) == 1 && Environment.variables["TERM"] != "dumb"

    init(_ path: String, _ answers: Answers?) {
        self.path = path
        self.answers = answers
    }

    /// Until the run has ended, or a signal comes: then the process ends with its status.
    func run() throws -> Review {
        let wake = Wake()
        let ending = Mutex<ExitStatus?>(nil)
        let signals = Signals { status in
            ending.withLock { $0 = $0 ?? status }
            wake.wake()
        }
        defer { signals.cancel() }
        var file = try LogFile(path)
        var reader = ReviewReader(.figures)
        var printed = 0
        let watch = FileWatch()
        if hasScreen { terminal.data("\u{1B}[?1049h\u{1B}[?25l") }
        defer { if hasScreen { terminal.data("\u{1B}[?25h\u{1B}[?1049l") } }
        var status: ExitStatus?
        add(to: watch)
        while true {
            if file.hasBeenReplaced {
                file = (try? LogFile(path)) ?? file
                reader = ReviewReader(.figures)
                printed = 0
                add(to: watch)
            }
            try file.read(isFollowed: true) { reader.take($0) }
            show(reader.review, file, &printed)
            status = ending.withLock { $0 }
            if reader.review.finish != nil || file.isAtItsEnd || status != nil { break }
            wait(wake, watch, file)
        }
        reader.finish()
        let review = reader.review
        try file.check(review)
        if hasScreen { terminal.data("\u{1B}[?25h\u{1B}[?1049l") }
        let state = review.finish == nil ? file.state : .unknown
        let text = review.text(
            .standardOutput(Environment.variables), state: state, answers: answers)
        terminal.data((hasScreen || printed == 0 ? "" : "\n") + text)
        if let status { throw ExitCode(status.rawValue) }
        return review
    }

    private func add(to watch: FileWatch) {
        if path != "-" { watch.add(.file(path)) }
    }

    private func wait(_ wake: Wake, _ watch: FileWatch, _ file: LogFile) {
        var waits = [
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: file.isStream ? 0 : watch.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        poll(&waits, 2, file.isStream ? -1 : Self.waitMilliseconds)
        if waits[1].revents != 0, !file.isStream {
            usleep(Self.quietMicroseconds)
            watch.changes()
        }
    }

    private func show(_ review: Review, _ file: LogFile, _ printed: inout Int) {
        if hasScreen {
            draw(review, file)
        } else {
            for cue in review.ended[printed...] {
                terminal.data(review.line(review.cues[cue]) + "\n")
            }
            printed = review.ended.count
        }
    }

    /// As much of the report as the screen has room for.
    private func draw(_ review: Review, _ file: LogFile) {
        var size = winsize()
        let hasSize = ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 0
        let rows = hasSize ? Int(size.ws_row) : 24
        let state = review.finish == nil ? file.state : .unknown
        let text =
            review.known == 0
            ? "waiting for the first line of \(path.printable)\n"
            : review.text(
                .standardOutput(Environment.variables), state: state, answers: answers)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        let shown = lines.prefix(lines.count > rows ? rows - 1 : rows)
        var screen = "\u{1B}[H"
        for (index, line) in shown.enumerated() {
            screen += line + "\u{1B}[K" + (index < rows - 1 ? "\r\n" : "")
        }
        if lines.count > rows { screen += "…\u{1B}[K" }
        terminal.data(screen + "\u{1B}[J")
    }
}
