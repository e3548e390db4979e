import CueTimeline

/// What a dispatch's time counts from, and what moves it.
enum Track: Int, Sendable, CaseIterable {
    /// After zero, or after a GO: moved by hold and shift.
    case placed
    /// Parts of a begun occurrence: moved by hold.
    case pinned
    /// At a moment of civil time: moved by nothing; waits while the show is held.
    case instant
    /// GO, take and fire, by the boot clock: moved by nothing, leaves even while held.
    case called
}

/// A dispatch on its track.
struct QueuedDispatch: Hashable, Sendable {
    let dispatch: Dispatch
    let track: Track
    /// Nanoseconds, as the track counts.
    let trackTime: Int64

    init(_ dispatch: Dispatch, on track: Track, at trackTime: Int64) {
        self.dispatch = dispatch
        self.track = track
        self.trackTime = trackTime
    }

    /// A cue that was neither called nor sent.
    var isPendingCue: Bool { dispatch.part == .cue && track != .called }

    static func precedes(_ a: QueuedDispatch, _ b: QueuedDispatch) -> Bool {
        a.trackTime == b.trackTime
            ? Dispatch.precedes(a.dispatch, b.dispatch) : a.trackTime < b.trackTime
    }
}

/// The dispatches that are to come: each queued on its track, then armed, and recallable from when
/// it leaves until its first attempt.
struct Tracks: Sendable {
    /// By track's raw value.
    private var queues = Track.allCases.map { _ in Heap(precedes: QueuedDispatch.precedes) }
    private var armed: [QueuedDispatch] = []
    private var recallable: [Dispatch: QueuedDispatch] = [:]

    // MARK: What is there

    var isEmpty: Bool { armed.isEmpty && queues.allSatisfy(\.isEmpty) }

    /// The armed ones, then the queued ones track by track.
    func filter(_ matches: (QueuedDispatch) -> Bool) -> [QueuedDispatch] {
        queues.reduce(armed.filter(matches)) { $0 + $1.elements.filter(matches) }
    }

    func contains(where matches: (QueuedDispatch) -> Bool) -> Bool {
        armed.contains(where: matches) || queues.contains { $0.elements.contains(where: matches) }
    }

    /// All that match of the armed ones, and of each queue the first ones, as many as asked for.
    func first(_ count: Int, where matches: (QueuedDispatch) -> Bool) -> [QueuedDispatch] {
        queues.reduce(armed.filter(matches)) { $0 + $1.least(count, where: matches) }
    }

    /// The time of the placed dispatch that is due next.
    var firstPlacedTime: Int64? {
        let times = armed.filter { $0.track == .placed }.map(\.trackTime)
        return ([queues[Track.placed.rawValue].first?.trackTime].compactMap { $0 } + times).min()
    }

    /// The earliest of what is to happen by itself: an armed dispatch leaves, or the first of a
    /// queue is armed.
    func earliest(
        leaves: (QueuedDispatch) -> BootTime?, isArmed: (QueuedDispatch) -> BootTime?
    ) -> BootTime? {
        var earliest: BootTime?
        for item in armed {
            if let moment = leaves(item) { earliest = min(earliest ?? moment, moment) }
        }
        for queue in queues {
            if let moment = queue.first.flatMap(isArmed) {
                earliest = min(earliest ?? moment, moment)
            }
        }
        return earliest
    }

    // MARK: In and out

    mutating func queue(_ item: QueuedDispatch) {
        queues[item.track.rawValue].push(item)
    }

    /// Arms the first of a queue that is ready; to be called until there is none.
    mutating func arm(where isReady: (QueuedDispatch) -> Bool) -> QueuedDispatch? {
        for track in queues.indices {
            if let first = queues[track].first, isReady(first), let item = queues[track].pop() {
                armed.append(item)
                return item
            }
        }
        return nil
    }

    /// Puts armed dispatches back in their queues; they may be armed again later, with another
    /// moment.
    mutating func disarm(where matches: (QueuedDispatch) -> Bool) -> [Dispatch] {
        let disarmed = armed.filter(matches)
        armed.removeAll(where: matches)
        for item in disarmed { queue(item) }
        return disarmed.map(\.dispatch)
    }

    /// Takes out the armed dispatches that match.
    mutating func release(where matches: (QueuedDispatch) -> Bool) -> [QueuedDispatch] {
        let released = armed.filter(matches)
        if !released.isEmpty { armed.removeAll(where: matches) }
        return released
    }

    /// Takes out all that match, armed and queued.
    mutating func remove(
        where matches: (QueuedDispatch) -> Bool
    ) -> (armed: [QueuedDispatch], queued: [QueuedDispatch]) {
        var queued: [QueuedDispatch] = []
        for track in queues.indices { queued += queues[track].removeAll(where: matches) }
        return (release(where: matches), queued)
    }

    /// What of an occurrence is still placed follows no shift any more.
    mutating func pin(_ occurrence: Occurrence, by time: ShowTime) {
        for index in armed.indices
        where armed[index].track == .placed && armed[index].dispatch.occurrence == occurrence {
            armed[index] = time.pinning(armed[index])
        }
        let rest = queues[Track.placed.rawValue].removeAll { $0.dispatch.occurrence == occurrence }
        for item in rest { queue(time.pinning(item)) }
    }

    // MARK: What has left

    /// Keeps a dispatch that has left, so that an operator's action may still reach it.
    mutating func keepRecallable(_ item: QueuedDispatch) { recallable[item.dispatch] = item }

    func isRecallable(_ dispatch: Dispatch) -> Bool { recallable[dispatch] != nil }

    mutating func commit(_ dispatch: Dispatch) { recallable[dispatch] = nil }

    /// Puts dispatches that have left back in their queues.
    mutating func recall(_ dispatches: [Dispatch]) {
        for dispatch in dispatches {
            if let item = recallable.removeValue(forKey: dispatch) { queue(item) }
        }
    }
}
