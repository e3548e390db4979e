import NIOCore
import Synchronization

/// Tells viewers the counts as they change, as server-sent events.
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
final class Results: Sendable {
    /// How often changed counts are told.
    static let interval: Duration = .milliseconds(200)
    /// Questions whose counts a new viewer is told.
    static let newest = 10
    /// Events that a slow connection may lag; the counts are absolute, so older ones can go.
    private static let eventsMax = 64
    /// Intervals after which a comment is sent, so that a connection that is gone is noticed.
    private static let ticksOfSilence = 50

    private struct State {
        var readers: [Int: AsyncStream<ByteBuffer>.Continuation] = [:]
        var next = 0
        var ticks = 0
    }

    private let questions: OpenQuestions
    private let state = Mutex(State())

    init(questions: OpenQuestions) {
        self.questions = questions
    }

    /// The events of one reader, those of the newest questions first.
    func read() async -> AsyncStream<ByteBuffer> {
        let (events, event) = AsyncStream.makeStream(
            of: ByteBuffer.self, bufferingPolicy: .bufferingNewest(Self.eventsMax))
        let number = state.withLock { state in
            state.next += 1
            state.readers[state.next] = event
            return state.next
        }
        event.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.readers.removeValue(forKey: number) }
        }
        event.yield(ByteBuffer(string: "retry: 1000\n\n"))
        for question in questions.newest(Self.newest) {
            if let counts = await questions.counts(of: question) { event.yield(Self.event(counts)) }
        }
        return events
    }

    /// Tells what has changed since the last tick.
    func tick() async {
        for question in questions.drainChanged() {
            guard let counts = await questions.counts(of: question) else { continue }
            send(Self.event(counts))
        }
        let isSilent = state.withLock { state in
            state.ticks += 1
            return state.ticks % Self.ticksOfSilence == 0
        }
        if isSilent { send(ByteBuffer(string: ":\n\n")) }
    }

    private func send(_ event: ByteBuffer) {
        for reader in state.withLock({ Array($0.readers.values) }) { reader.yield(event) }
    }

    private static func event(_ data: String) -> ByteBuffer {
        ByteBuffer(string: "event: counts\ndata: \(data)\n\n")
    }
}
