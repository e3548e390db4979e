import CueText
import NIOCore
import Synchronization

/// The live streams of a stage: one clip on one timeline for all viewers, with each channel's cues
/// at the frame where they arrived.
///
/// Times are nanoseconds on the boot clock; media time is what has passed since `start`. A
/// fragment is published once its last frame is over, and after the delay that imitates IVS. What
/// was published never changes.
final class Broadcast: Sendable {
    /// Fragments that stay available behind the newest: a playlist of six seconds, as long again
    /// for players that are reading it, and what a slow connection may lag (RFC 8216, 6.2.2).
    static let fragmentsKept: Int64 = 150

    private struct State {
        var channels: [String: Channel]
        var cues: UInt32 = 0
        var viewers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextViewer = 0
    }

    private struct Channel {
        /// Boxes of the cues of each fragment that has some.
        var boxes: [Int64: [UInt8]] = [:]
        /// Published fragments, as they are sent.
        var ready: [Int64: ByteBuffer] = [:]
        var newest: Int64 = -1

        mutating func close(upTo newest: Int64) {
            self.newest = max(self.newest, newest)
            let oldest = self.newest - fragmentsKept
            ready = ready.filter { $0.key > oldest }
            boxes = boxes.filter { $0.key > oldest }
        }
    }

    let clip: Clip
    let start: Int64
    let delay: Int64
    let airtime: Airtime
    /// When media time 0 was, by the calendar.
    private let startWall: WallTime
    private let state: Mutex<State>

    init(
        clip: Clip, channels: [String], start: Int64, startWall: WallTime, delay: Duration,
        airtime: Airtime
    ) {
        self.clip = clip
        self.start = start
        self.startWall = startWall
        self.delay = delay.nanoseconds
        self.airtime = airtime
        state = Mutex(
            State(
                channels: Dictionary(
                    channels.map { ($0, Channel()) }, uniquingKeysWith: { first, _ in first })))
    }

    // MARK: Cues

    /// Puts a cue into the stream of a channel at the frame of that moment, or at the first one
    /// that is still to be published. Returns its media time.
    @discardableResult
    func insert(_ text: String, channel: String, at now: Int64) -> Int64 {
        state.withLock { state in
            guard state.channels[channel] != nil else { return 0 }
            let frame = max(0, now - start) / Clip.frameNanoseconds * Clip.frameNanoseconds
            let open = (state.channels[channel]?.newest ?? -1) + 1
            let time = max(frame, open * Clip.fragmentNanoseconds)
            state.cues += 1
            state.channels[channel]?.boxes[time / Clip.fragmentNanoseconds, default: []] +=
                TimedMetadata.box(text: text, at: time, id: state.cues)
            return time
        }
    }

    // MARK: What is published

    /// The newest fragment that viewers may have at that moment; negative before the first.
    func newest(at now: Int64) -> Int64 {
        let past = now - start - delay
        return past < 0 ? -1 : past / Clip.fragmentNanoseconds - 1
    }

    /// When a fragment is published.
    func publication(of index: Int64) -> Int64 {
        start + delay + (index + 1) * Clip.fragmentNanoseconds
    }

    func isOnAir(fragment index: Int64) -> Bool {
        !airtime.gap.contains(index / Clip.fragmentsPerSegment)
    }

    /// A published fragment with its cues in front; nil where it is too old, not yet published or
    /// off the air.
    func fragment(_ index: Int64, channel: String, now: Int64) -> ByteBuffer? {
        let newest = newest(at: now)
        guard index >= 0, index <= newest, index > newest - Self.fragmentsKept,
            isOnAir(fragment: index)
        else { return nil }
        return state.withLock { state in
            guard var stream = state.channels[channel] else { return nil }
            if let ready = stream.ready[index] { return ready }
            let buffer = ByteBuffer(bytes: (stream.boxes[index] ?? []) + clip.fragment(index))
            stream.ready[index] = buffer
            stream.newest = max(stream.newest, index)
            state.channels[channel] = stream
            return buffer
        }
    }

    /// Closes what is published by now to further cues, forgets what is too old, and wakes the
    /// viewers that wait.
    func publish(at now: Int64) {
        let newest = newest(at: now)
        let waiting = state.withLock { state in
            for name in Array(state.channels.keys) {
                state.channels[name]?.close(upTo: newest)
            }
            return Array(state.viewers.values)
        }
        for viewer in waiting { viewer.yield() }
    }

    // MARK: Viewers

    /// The number of viewers whose video is running.
    var viewers: Int { state.withLock { $0.viewers.count } }

    /// A signal whenever there may be something new; several may come as one.
    func watch() -> AsyncStream<Void> {
        let (signals, signal) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextViewer += 1
            state.viewers[state.nextViewer] = signal
            return state.nextViewer
        }
        signal.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.viewers.removeValue(forKey: number) }
        }
        signal.yield()
        return signals
    }

    /// The fragment with which a viewer of that moment begins: a key frame, with at least half a
    /// second behind it.
    func entrance(at now: Int64) -> Int64 {
        let newest = newest(at: now)
        let segment = max(0, newest - 2) / Clip.fragmentsPerSegment
        let gap = airtime.gap
        return (gap.contains(segment) ? gap.upperBound : segment) * Clip.fragmentsPerSegment
    }

    // MARK: The playlist

    /// Segments of the playlist, the oldest first: places on the timeline and numbers.
    private func segments(at now: Int64) -> [(place: Int64, number: Int64)] {
        let count = (newest(at: now) + 1) / Clip.fragmentsPerSegment
        let gap = airtime.gap
        var places: [Int64] = []
        var place = count - 1
        while place >= 0, places.count < 6 {
            if gap.contains(place) {
                place = gap.lowerBound - 1
            } else {
                places.append(place)
                place -= 1
            }
        }
        // Numbers have no gap, so those behind it are lower than their places.
        return places.reversed().map {
            ($0, $0 >= gap.upperBound ? $0 - Int64(gap.count) : $0)
        }
    }

    /// The live playlist of that moment; nil while there is nothing to play. RFC 8216.
    func playlist(channel: String, now: Int64) -> String? {
        let segments = segments(at: now)
        let newest = newest(at: now)
        guard let first = segments.first, newest >= 0, isOnAir(fragment: newest) else { return nil }
        let gap = airtime.gap
        let isBehindGap = !gap.isEmpty && first.place >= gap.upperBound
        var lines = [
            "#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-TARGETDURATION:1",
            "#EXT-X-MEDIA-SEQUENCE:\(first.number)",
        ]
        // The mark that stood in front of the first segment behind the gap has left with it.
        if isBehindGap, first.place > gap.upperBound {
            lines.append("#EXT-X-DISCONTINUITY-SEQUENCE:1")
        }
        lines += ["#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-MAP:URI=\"/live/\(channel)/init.mp4\""]
        for segment in segments {
            if !gap.isEmpty, segment.place == gap.upperBound {
                lines.append("#EXT-X-DISCONTINUITY")
            }
            let moment = startWall + .nanoseconds(segment.place * Clip.segmentNanoseconds)
            lines += [
                "#EXT-X-PROGRAM-DATE-TIME:\(moment.rfc3339(.milliseconds))", "#EXTINF:1.000,",
                "/live/\(channel)/\(segment.place).m4s",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One segment of the playlist; nil where it is not to be had.
    func segment(_ place: Int64, channel: String, now: Int64) -> ByteBuffer? {
        guard (0...Int64(1) << 40).contains(place) else { return nil }
        var whole = ByteBuffer()
        let first = place * Clip.fragmentsPerSegment
        for index in first..<first + Clip.fragmentsPerSegment {
            guard let part = fragment(index, channel: channel, now: now) else { return nil }
            whole.writeImmutableBuffer(part)
        }
        return whole
    }
}
