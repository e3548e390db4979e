import CueOperator
import CueScheduler
import CueShow
import Dispatch
@preconcurrency import Glibc
import Synchronization

/// SIGINT and SIGTERM as inputs: the show ends cleanly, and its log with it.
struct Signals {
    private let sources: [any DispatchSourceSignal]

    init(_ post: @escaping @Sendable (ExitStatus) -> Void) {
        let queue = DispatchQueue(label: "signals")
        sources = [(SIGINT, ExitStatus.interrupted), (SIGTERM, .terminated)].map { number, status in
            // The default action would end the process before the source hears of the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { post(status) }
            source.resume()
            return source
        }
        signal(SIGPIPE, SIG_IGN)
    }

    func cancel() {
        for source in sources { source.cancel() }
    }
}

/// Lines that somebody types at a terminal, handed on one by one.
struct TypedLines {
    private let source: any DispatchSourceRead

    init(_ take: @escaping @Sendable (String) -> Void) {
        let rest = Mutex<[UInt8]>([])
        source = DispatchSource.makeReadSource(
            fileDescriptor: 0, queue: DispatchQueue(label: "typed lines"))
        source.setEventHandler { [source] in
            var chunk = [UInt8](repeating: 0, count: 4_096)
            let count = read(0, &chunk, chunk.count)
            guard count > 0 else { return source.cancel() }
            let lines = rest.withLock { rest in
                rest += chunk[..<count]
                var lines = rest.split(
                    separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                rest = lines.popLast().map(Array.init) ?? []
                return lines.map { String(decoding: $0, as: UTF8.self) }
            }
            for line in lines { take(line) }
        }
        source.resume()
    }

    func cancel() {
        source.cancel()
    }
}
