import CueOperator
import CueScheduler
import CueShow
import Dispatch
@preconcurrency import Glibc

/// SIGINT, SIGTERM and SIGHUP as inputs: the show ends cleanly, and its log with it.
struct Signals {
    private let sources: [any DispatchSourceSignal]

    init(_ post: @escaping @Sendable (ExitStatus) -> Void) {
        let queue = DispatchQueue(label: "signals")
        let endings = [
            (SIGINT, ExitStatus.interrupted), (SIGTERM, .terminated), (SIGHUP, .hungUp),
        ]
        // A process that was started to outlive its terminal, by nohup, ignores that it hangs up.
        var hangUp = sigaction()
        sigaction(SIGHUP, nil, &hangUp)
        let isDeaf = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self) == 1
        sources = endings.filter { !isDeaf || $0.0 != SIGHUP }.map { number, status in
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
