import NIOCore
import NIOHTTP1

/// Lets a request leave in one write, and not before its moment.
///
/// The client flushes the head by itself, for bodies that take their time; ours are whole, and a
/// second system call, segment and TLS record would only make a cue later. What is to leave at a
/// moment comes here a little before it and is held, so that at the moment itself the write alone
/// is left: the way through the client takes longer than all else, and not always as long.
final class Release: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    /// A field of the head that carries the moment this far, and no further.
    static let field = "cue-runner-release"

    private let gate: Gate
    private var isHeadAlone = false
    private var moment: Int64?
    private var isHeld = false

    init(gate: Gate) {
        self.gate = gate
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data) else {
            isHeadAlone = false
            return context.write(data, promise: promise)
        }
        isHeadAlone = true
        moment = head.headers.first(name: Self.field).flatMap { Int64($0) }
        head.headers.remove(name: Self.field)
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        if isHeadAlone || isHeld { return }
        guard let moment else { return context.flush() }
        isHeld = true
        gate.hold(until: moment, on: context.eventLoop) {
            self.isHeld = false
            context.flush()
        }
    }
}

/// Where requests wait for their moments, all of one loop: of one moment, what came first leaves
/// first. With a timer each, the one that was set a microsecond later would leave behind the rest.
final class Gate {
    private struct Held {
        let moment: Int64
        let leave: () -> Void
    }

    /// Nanoseconds before a moment from which the clock is watched: a processor that sleeps takes
    /// its time to come back.
    private static let watch: Int64 = 200_000

    private let now: @Sendable () -> Int64
    /// By moment.
    private var held: [Held] = []
    private var timer: Scheduled<Void>?

    init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    func hold(until moment: Int64, on loop: any EventLoop, leave: @escaping () -> Void) {
        let place = held.lastIndex { $0.moment <= moment }.map { $0 + 1 } ?? 0
        held.insert(Held(moment: moment, leave: leave), at: place)
        if moment <= now() {
            release(on: loop)
        } else if place == 0 {
            // Behind the requests of the same moment, which are on their way here as well.
            loop.assumeIsolated().execute { self.release(on: loop) }
        }
    }

    private func release(on loop: any EventLoop) {
        timer?.cancel()
        while let next = held.first?.moment {
            let rest = next - now()
            if rest > Self.watch {
                // Waits on the loop's timer, so that others get their turn meanwhile.
                timer = loop.assumeIsolated().scheduleTask(in: .nanoseconds(rest - Self.watch)) {
                    self.release(on: loop)
                }
                return
            }
            while now() < next {}
            let due = held.prefix { $0.moment == next }
            held.removeFirst(due.count)
            for request in due { request.leave() }
        }
    }
}
