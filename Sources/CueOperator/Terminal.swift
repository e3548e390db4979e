import CueText
@preconcurrency import Glibc
import Synchronization

/// The one place that prints: data to standard output, talk to standard error.
///
/// Talk is readable without colour; colour is used on a terminal, unless NO_COLOR is set
/// (https://no-color.org) or TERM is dumb. A status line, if there is one, stays below the talk.
package final class Terminal: Sendable {
    package enum Style: String, Sendable {
        case plain = ""
        case good = "32"
        case bad = "31"
        case careful = "33"
        case faint = "2"
        case strong = "1"
        case inverse = "7"
    }

    /// Standard error is a terminal.
    package let isInteractive: Bool
    package let hasColour: Bool
    private let isQuiet: Bool
    private let status = Mutex("")
    /// Where lines go while something else uses the screen.
    private let screen = Mutex<(@Sendable (_ line: String, _ isAlarm: Bool) -> Void)?>(nil)

    package init(environment: [String: String], isQuiet: Bool = false) {
        isInteractive = isatty(2) == 1 && environment["TERM"] != "dumb"
        hasColour = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
        self.isQuiet = isQuiet
    }

    /// Both ends of a conversation are a terminal, so that questions can be asked.
    package var canAsk: Bool {
        guard isatty(2) == 1, isatty(0) == 1, !isQuiet else { return false }
        // In the background a read from the terminal would stop the whole show.
        let foreground = tcgetpgrp(0)
        return foreground < 0 || foreground == getpgrp()
    }

    /// The live view takes a whole terminal, in colour; otherwise each event is a line.
    package var canShowLiveView: Bool { canAsk && hasColour }

    /// Columns of the terminal; 80 if it does not report them.
    var width: Int {
        var size = winsize()
        guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Prints data as it is.
    package func data(_ text: String) {
        Self.write(1, text)
    }

    package func data(_ bytes: [UInt8]) {
        Self.write(1, bytes)
    }

    /// Prints a line that `--quiet` suppresses.
    package func say(_ line: String) {
        if let screen = screen.withLock({ $0 }) {
            screen(line, false)
        } else if !isQuiet {
            print(line)
        }
    }

    /// Prints a line even under `--quiet`.
    package func print(_ line: String) {
        if let screen = screen.withLock({ $0 }) { return screen(line, true) }
        status.withLock { status in
            let erase = status.isEmpty ? "" : "\r\u{1B}[K"
            Self.write(2, erase + line + "\n" + status)
        }
    }

    /// Replaces the status line; does nothing if standard error is no terminal.
    package func show(status line: String) {
        guard isInteractive, !isQuiet, screen.withLock({ $0 == nil }) else { return }
        status.withLock { status in
            guard status != line else { return }
            Self.write(2, "\r\u{1B}[K" + line)
            status = line
        }
    }

    /// Sends every line to `screen` from now on; nil ends that.
    package func hand(to screen: (@Sendable (_ line: String, _ isAlarm: Bool) -> Void)?) {
        self.screen.withLock { $0 = screen }
    }

    package func styled(_ text: String, _ style: Style) -> String {
        hasColour && style != .plain ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// An error and what to do about it.
    package func error(_ message: String, hint: String? = nil) {
        print(styled("error:", .bad) + " " + message.printable)
        if let hint { print(styled("hint:", .strong) + " " + hint.printable) }
    }

    static func write(_ descriptor: Int32, _ text: String) {
        write(descriptor, Array(text.utf8))
    }

    private static func write(_ descriptor: Int32, _ bytes: [UInt8]) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                done += count
            } else if errno != EINTR {
                return
            }
        }
    }
}
