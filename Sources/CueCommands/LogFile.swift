import CueReport
import CueRunLog
import CueShow
import CueText
@preconcurrency import Glibc

/// A run log that is read piece by piece, and never held whole.
final class LogFile {
    let path: String
    private let descriptor: Int32

    /// Opens a log, or standard input for `-`.
    init(_ path: String) throws(CommandFailure) {
        self.path = path
        descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let hint =
                errno == ENOENT
                ? "check the name and the folder; a run's last line says where its log is"
                : "it has to be a file that this user may read"
            throw CommandFailure(
                .noInput, "can't read \"\(path)\": \(String(cString: strerror(errno)))",
                hint: hint)
        }
    }

    deinit {
        if descriptor > 0 { close(descriptor) }
    }

    /// Gives what there is from here to the end, in pieces.
    func read(_ each: (UnsafeRawBufferPointer) -> Void) throws(CommandFailure) {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = Glibc.read(descriptor, piece.baseAddress, piece.count)
            if count == 0 { return }
            if count > 0 {
                each(UnsafeRawBufferPointer(rebasing: piece[..<count]))
            } else if errno != EINTR {
                throw CommandFailure(
                    .noInput, "can't read \"\(path)\": \(String(cString: strerror(errno)))",
                    hint: errno == EISDIR ? "name a run log in it" : nil)
            }
        }
    }

    /// Whether a run has the log open: it holds a lock on it, as long as it lives.
    ///
    /// To be asked of a log without its end only. The lock is given back at once; a run that would
    /// take up this log again in that very moment is told that another one has it.
    /// https://man7.org/linux/man-pages/man2/flock.2.html
    var state: LogState {
        var status = stat()
        guard path != "-", fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG
        else { return .unknown }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
            _ = flock(descriptor, LOCK_UN)
            return .isLeft
        }
        return errno == EWOULDBLOCK ? .isWritten : .unknown
    }

    /// Refuses what is no run log at all.
    func check(_ review: Review) throws(CommandFailure) {
        guard review.known == 0 else { return }
        let name = path == "-" ? "standard input" : "\"\(path)\""
        let why =
            if review.lines == 0 {
                "it is empty"
            } else if let flaw = review.flaws.first {
                "line \(flaw.number): \(flaw.reason)"
            } else {
                "no line tells an event of a run"
            }
        throw CommandFailure(
            .data, "\(name) is no run log: \(why)",
            hint: "give the .run.jsonl file that a run has written")
    }
}
