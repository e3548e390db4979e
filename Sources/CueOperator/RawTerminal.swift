import CueSystem
@preconcurrency import Glibc

/// The terminal in raw mode with the live view on it, and the way back.
///
/// The way back is also taken by a handler for signals that end the process at once: a crash must
/// not leave a terminal that shows no typing. Nothing helps against SIGKILL.
struct RawTerminal: Sendable {
    private static let signals = [
        SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSYS, SIGQUIT,
    ]

    /// What a signal handler reads: set before it is installed, and only there.
    private struct Guarded {
        var isActive = false
        var modes = termios()
        var wake: Int32 = -1
        var leave: UnsafeMutableBufferPointer<UInt8>
        var before: UnsafeMutableBufferPointer<sigaction>
    }

    private nonisolated(unsafe) static let guarded = {  // a handler may take no lock
        let bytes = Array(ScreenPainter.leave.utf8)
        let leave = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = leave.initialize(from: bytes)
        let before = UnsafeMutableBufferPointer<sigaction>.allocate(capacity: 65)
        before.initialize(repeating: sigaction())
        let pointer = UnsafeMutablePointer<Guarded>.allocate(capacity: 1)
        pointer.initialize(to: Guarded(leave: leave, before: before))
        return pointer
    }()

    /// Takes the terminal over; nil if it refuses. `wake` is woken when its size changes, and when
    /// the process continues after a stop.
    init?(wake: Wake) {
        let guarded = Self.guarded
        guard !guarded.pointee.isActive, tcgetattr(0, &guarded.pointee.modes) == 0 else {
            return nil
        }
        guarded.pointee.wake = wake.writer
        // A shell that took the terminal back must not stop a show that only wants to give it up.
        signal(SIGTTOU, SIG_IGN)
        guard Self.enterRawMode() else { return nil }
        guarded.pointee.isActive = true
        for number in Self.signals {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { RawTerminal.restoreAndDie($0) }
            sigaction(number, &action, &guarded.pointee.before[Int(number)])
        }
        for number in [SIGWINCH, SIGCONT] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { RawTerminal.wakeUp($0) }
            action.sa_flags = SA_RESTART
            sigaction(number, &action, nil)
        }
        Terminal.write(2, ScreenPainter.enter)
    }

    /// When the process continues after a stop, its terminal may be as the shell left it.
    func enterAgain() {
        _ = Self.enterRawMode()
        Terminal.write(2, ScreenPainter.enter)
    }

    /// False while a shell has the terminal: what is in the background may neither read nor paint.
    static var isForeground: Bool {
        let group = tcgetpgrp(0)
        return group < 0 || group == getpgrp()
    }

    /// Gives the terminal back as it was.
    func leave() {
        let guarded = Self.guarded
        guard guarded.pointee.isActive else { return }
        guarded.pointee.isActive = false
        Terminal.write(2, ScreenPainter.leave)
        tcsetattr(0, TCSADRAIN, &guarded.pointee.modes)
        for number in Self.signals {
            sigaction(number, &guarded.pointee.before[Int(number)], nil)
        }
        signal(SIGWINCH, SIG_DFL)
        signal(SIGCONT, SIG_DFL)
    }

    private static func enterRawMode() -> Bool {
        var modes = guarded.pointee.modes
        modes.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG | IEXTEN)
        modes.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR | IGNCR | ISTRIP)
        modes.c_cc.6 = 1  // VMIN
        modes.c_cc.5 = 0  // VTIME
        return tcsetattr(0, TCSADRAIN, &modes) == 0
    }

    /// Only calls that POSIX allows in a handler.
    private static func restoreAndDie(_ number: Int32) {
        let state = guarded
        if state.pointee.isActive {
            state.pointee.isActive = false
            _ = Glibc.write(2, state.pointee.leave.baseAddress, state.pointee.leave.count)
            tcsetattr(0, TCSANOW, &state.pointee.modes)
        }
        sigaction(number, &state.pointee.before[Int(number)], nil)
        raise(number)
    }

    private static func wakeUp(_ number: Int32) {
        let saved = errno
        var byte = number == SIGCONT ? Wake.continued : 1
        _ = Glibc.write(guarded.pointee.wake, &byte, 1)
        errno = saved
    }

    /// The columns and rows of the terminal on standard error; nil if it does not report them.
    static var size: (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return nil
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
