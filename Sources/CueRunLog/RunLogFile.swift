@preconcurrency import Glibc
import Synchronization

/// Why a log can't be written: the file and the system's own words.
package struct RunLogProblem: Error, Hashable, Sendable {
    package var path: String
    package var reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}

/// The log on disk: each event is one write(2) at the end of the file, so that kill −9 tears at
/// most the line that was being written; a thread of its own brings it to the disk.
///
/// Where the disk refuses, lines are kept in memory and written with the next one that works.
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
    package init(creating path: String) throws(RunLogProblem) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw RunLogProblem(path: path, reason: String(cString: strerror(errno)))
        }
        self.path = path
        syncer = Syncer(descriptor)
    }

    /// Why lines wait in memory, while they do.
    package var problem: RunLogProblem? {
        state.withLock { $0.problem }
    }

    package func append(_ line: [UInt8]) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.kept += line
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
    private let shared: Shared
    private let thread: pthread_t

    // A mutex and a condition of the system's, since Swift's Mutex has nothing to wait on.
    private final class Shared: @unchecked Sendable {  // all state is under `lock`
        let descriptor: Int32
        let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        var isWanted = false
        var isFinished = false

        init(_ descriptor: Int32) {
            self.descriptor = descriptor
            pthread_mutex_init(lock, nil)
            pthread_cond_init(changed, nil)
        }

        deinit {
            pthread_mutex_destroy(lock)
            pthread_cond_destroy(changed)
            lock.deallocate()
            changed.deallocate()
        }

        func update(_ body: (Shared) -> Void) {
            pthread_mutex_lock(lock)
            body(self)
            pthread_cond_signal(changed)
            pthread_mutex_unlock(lock)
        }

        func run() {
            while true {
                pthread_mutex_lock(lock)
                while !isWanted, !isFinished { pthread_cond_wait(changed, lock) }
                let isLast = isFinished
                isWanted = false
                pthread_mutex_unlock(lock)
                fsync(descriptor)
                if isLast { return }
            }
        }
    }

    init(_ descriptor: Int32) {
        let shared = Shared(descriptor)
        self.shared = shared
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(shared).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Shared>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument)
        self.thread = thread
    }

    func request() {
        shared.update { $0.isWanted = true }
    }

    func finish() {
        shared.update { $0.isFinished = true }
        pthread_join(thread, nil)
    }
}
