import CueSystem
@preconcurrency import Glibc
import Synchronization

/// Why a log can't be written: the file and the system's own words.
package struct RunLogProblem: Error, Hashable, Sendable {
    package var path: String
    package var reason: String
    /// Another process has it.
    package var isLocked: Bool

    package init(path: String, reason: String, isLocked: Bool = false) {
        self.path = path
        self.reason = reason
        self.isLocked = isLocked
    }
}

/// The log on disk: each event is one write(2) at the end of the file, so that kill −9 tears at
/// most the line that was being written; a thread of its own brings it to the disk.
///
/// Where the disk refuses, lines are kept in memory and written with the next one that works. The
/// file is locked while it is open, so that no second run writes to it.
/// https://man7.org/linux/man-pages/man2/flock.2.html
package final class RunLogFile: Sendable {
    package let path: String
    private let descriptor: Int32
    private let state = Mutex(State())
    private let syncer: Syncer

    private struct State {
        var kept: [UInt8] = []
        var problem: RunLogProblem?
        var isClosed = false
    }

    /// Creates the file; one that is there already is refused, since it tells of another run.
    package convenience init(creating path: String) throws(RunLogProblem) {
        let descriptor = Glibc.open(
            path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw RunLogProblem(path: path, reason: String(cString: strerror(errno)))
        }
        // Nobody else can have it yet; a file system that knows no locks is no reason to stop.
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
        self.init(path: path, descriptor: descriptor)
    }

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
        syncer = Syncer(descriptor)
    }

    /// Opens the log of a run that is to be gone on with, and gives what is in it.
    ///
    /// Nothing is changed yet: `cut` does that, once it is clear that the run goes on.
    package static func open(
        resuming path: String
    ) throws(RunLogProblem) -> (file: RunLogFile, bytes: [UInt8]) {
        let descriptor = Glibc.open(path, O_RDWR | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RunLogProblem(path: path, reason: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
            Glibc.close(descriptor)
            throw RunLogProblem(
                path: path, reason: "another cue-runner is writing it", isLocked: true)
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count > 0 {
                bytes += chunk[..<count]
            } else if errno != EINTR {
                let reason = String(cString: strerror(errno))
                Glibc.close(descriptor)
                throw RunLogProblem(path: path, reason: reason)
            }
        }
        return (RunLogFile(path: path, descriptor: descriptor), bytes)
    }

    /// Cuts off what the end of a process tore, so that the log is lines again; `length` is how
    /// much of `bytes` is whole.
    package func cut(_ bytes: [UInt8], to length: Int) throws(RunLogProblem) {
        if length < bytes.count, ftruncate(descriptor, off_t(length)) != 0 {
            throw RunLogProblem(path: path, reason: String(cString: strerror(errno)))
        }
        let newline = UInt8(ascii: "\n")
        if length > 0, bytes[length - 1] != newline { append([newline]) }
    }

    /// Tries once more what the disk refused.
    package func retry() {
        if problem != nil { append([]) }
    }

    /// Why lines wait in memory, while they do.
    package var problem: RunLogProblem? {
        state.withLock { $0.problem }
    }

    package func append(_ line: [UInt8]) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.kept += line
            if let problem = restored() {
                state.problem = problem
                return
            }
            let written = state.kept.withUnsafeBytes { writeAll($0) }
            if written == state.kept.count {
                state.kept.removeAll(keepingCapacity: state.kept.count < 65_536)
                state.problem = nil
            } else {
                state.problem = RunLogProblem(
                    path: path, reason: String(cString: strerror(errno)))
                state.kept.removeFirst(written)
            }
        }
        syncer.request()
    }

    /// Writes what is kept, waits for the disk, and closes.
    package func close() throws(RunLogProblem) {
        append([])
        syncer.finish()
        let problem = state.withLock { state in
            state.isClosed = true
            return state.problem
        }
        Glibc.close(descriptor)
        if let problem { throw problem }
    }

    /// Puts the file back where somebody removed it: all of it, since ours is the only copy left.
    private func restored() -> RunLogProblem? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_nlink == 0 else { return nil }
        let new = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
        guard new >= 0 else {
            return RunLogProblem(
                path: path, reason: "it was removed: " + String(cString: strerror(errno)))
        }
        defer { Glibc.close(new) }
        var offset: off_t = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while offset < status.st_size {
            let count = chunk.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, offset)
            }
            let isCopied =
                count > 0 && chunk.withUnsafeBytes { write(new, $0.baseAddress, count) == count }
            guard isCopied else {
                let reason = String(cString: strerror(errno))
                unlink(path)
                return RunLogProblem(path: path, reason: "it was removed: " + reason)
            }
            offset += off_t(count)
        }
        _ = flock(new, LOCK_EX | LOCK_NB)
        dup2(new, descriptor)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return nil
    }

    /// The number of bytes that the system took.
    private func writeAll(_ bytes: UnsafeRawBufferPointer) -> Int {
        var done = 0
        while done < bytes.count {
            let count = write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            if count > 0 {
                done += count
            } else if errno != EINTR {
                return done
            }
        }
        return done
    }
}

/// Calls fsync(2) on a thread of its own, as often as there is something new and no oftener than
/// the disk takes.
private final class Syncer: Sendable {
    private let descriptor: Int32
    private let isFinished = Mutex(false)
    private let worker = Worker()

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        worker.start { self.run() }
    }

    func request() {
        worker.wake()
    }

    func finish() {
        isFinished.withLock { $0 = true }
        worker.stop()
    }

    private func run() {
        var isLast = false
        while !isLast {
            worker.wait()
            isLast = isFinished.withLock { $0 }
            fsync(descriptor)
        }
    }
}
