import CueReport
import CueRunLog
import CueShow
import CueText
@preconcurrency import Glibc

/// A run log that is read piece by piece, and never held whole.
final class LogFile {
    let path: String
    private let descriptor: Int32
    /// Bytes read so far.
    private var offset = 0
    /// The last of them, by which a file that was cut and written anew is known.
    private var tail: [UInt8] = []
    private static let tailMax = 128
    /// A pipe or a terminal, which ends by itself.
    let isStream: Bool
    private(set) var isAtItsEnd = false

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
        var status = stat()
        isStream = path == "-" && fstat(0, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    deinit {
        if descriptor > 0 { close(descriptor) }
    }

    /// Another file has taken its place, or it was cut: what was read is no more.
    var hasBeenReplaced: Bool {
        guard path != "-" else { return false }
        var ours = stat()
        var named = stat()
        guard fstat(descriptor, &ours) == 0 else { return false }
        if ours.st_size < offset { return true }
        var again = tail
        let count = again.withUnsafeMutableBytes {
            pread(descriptor, $0.baseAddress, $0.count, off_t(offset - $0.count))
        }
        if count == tail.count, again != tail { return true }
        return stat(path, &named) == 0
            && (named.st_ino != ours.st_ino || named.st_dev != ours.st_dev)
    }

    /// Gives what there is from here to the end, in pieces; of a stream the next piece alone.
    func read(
        isFollowed: Bool = false, _ each: (UnsafeRawBufferPointer) -> Void
    ) throws(CommandFailure) {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = Glibc.read(descriptor, piece.baseAddress, piece.count)
            if count == 0 {
                isAtItsEnd = isStream
                return
            }
            if count > 0 {
                offset += count
                tail = (tail + piece[max(0, count - Self.tailMax)..<count]).suffix(Self.tailMax)
                each(UnsafeRawBufferPointer(rebasing: piece[..<count]))
                if isStream, isFollowed { return }
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
    /// resume this log at that very time is refused because another one has it.
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

    /// Refuses a file that isn't a run log at all.
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
