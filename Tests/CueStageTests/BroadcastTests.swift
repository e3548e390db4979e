import CueText
import NIOCore
import Testing

@testable import CueStage

/// The timeline that all viewers share, at moments that the test sets.
@Suite struct BroadcastTests {
    private let channel = "onAir"
    private let second: Int64 = 1_000_000_000

    private func broadcast(
        delay: Duration = .zero, airtime: Airtime = Airtime()
    ) throws -> Broadcast {
        Broadcast(
            clip: try Clip(PackageResources.stage_mp4), channels: [channel, "other"], start: 0,
            startWall: WallTime(seconds: 1_800_000_000), delay: delay, airtime: airtime)
    }

    /// The text of a playlist without the lines that no test is about.
    private func places(_ playlist: String?) -> [String] {
        (playlist ?? "").split(separator: "\n").map(String.init).filter { line in
            line.hasSuffix(".m4s") || line.contains("SEQUENCE") || line == "#EXT-X-DISCONTINUITY"
        }
    }

    @Test func publishesAFragmentOnceItsLastFrameAndTheDelayAreOver() throws {
        let prompt = try broadcast()
        #expect(prompt.newest(at: 199_999_999) == -1)
        #expect(prompt.newest(at: 200_000_000) == 0)
        #expect(prompt.newest(at: 1_399_999_999) == 5)
        #expect(prompt.publication(of: 5) == 1_200_000_000)
        let late = try broadcast(delay: .seconds(3))
        #expect(late.newest(at: 3_199_999_999) == -1)
        #expect(late.newest(at: 3_200_000_000) == 0)
    }

    @Test func putsACueAtTheFrameOfItsArrivalInItsChannelAlone() throws {
        let broadcast = try broadcast()
        #expect(broadcast.insert("x", channel: channel, at: 450_000_000) == 440_000_000)
        let plain = try #require(broadcast.fragment(1, channel: channel, now: second))
        let marked = try #require(broadcast.fragment(2, channel: channel, now: second))
        let other = try #require(broadcast.fragment(2, channel: "other", now: second))
        #expect(!plain.contains("emsg"))
        #expect(marked.contains("emsg"))
        #expect(!other.contains("emsg"))
        #expect(marked.readableBytes > other.readableBytes)
    }

    @Test func putsACueThatComesTooLateIntoTheNextFragment() throws {
        let broadcast = try broadcast()
        broadcast.publish(at: second)
        #expect(broadcast.insert("x", channel: channel, at: 990_000_000) == second)
        // A viewer that asks before the clockwork has come by closes a fragment as well.
        _ = broadcast.fragment(6, channel: channel, now: 1_400_000_000)
        let time = broadcast.insert("y", channel: channel, at: 1_390_000_000)
        #expect(time == 1_400_000_000)
        let next = try #require(broadcast.fragment(7, channel: channel, now: 2 * second))
        #expect(next.contains("emsg"))
    }

    @Test func neverChangesWhatWasPublishedAndForgetsWhatIsOld() throws {
        let broadcast = try broadcast()
        let first = broadcast.fragment(0, channel: channel, now: second)
        broadcast.insert("x", channel: channel, at: 0)
        #expect(broadcast.fragment(0, channel: channel, now: 2 * second) == first)
        #expect(broadcast.fragment(0, channel: channel, now: 60 * second) == nil)
        #expect(broadcast.fragment(10, channel: channel, now: second) == nil)
        #expect(broadcast.fragment(-1, channel: channel, now: second) == nil)
        #expect(broadcast.fragment(0, channel: "nobody", now: second) == nil)
    }

    @Test func continuesDecodeTimesAcrossLoops() throws {
        let clip = try Clip(PackageResources.stage_mp4)
        let count: Int64 = 40
        for loop in [Int64(1), 1_000, 1_000_000] {
            let first = try times(of: clip.fragment(0))
            let later = try times(of: clip.fragment(loop * count))
            // 8 s of video in ticks of 1/12800 s, of audio in 1/48000 s.
            #expect(later[0] - first[0] == UInt64(loop) * 8 * 12_800)
            #expect(later[1] - first[1] == UInt64(loop) * 8 * 48_000)
        }
    }

    /// The decode times of a fragment's tracks, behind the type and the version of each `tfdt`.
    private func times(of fragment: [UInt8]) throws -> [UInt64] {
        let type = Array("tfdt".utf8)
        let places = fragment.indices.dropLast(16).filter { Array(fragment[$0..<$0 + 4]) == type }
        return places.prefix(2).map { place in
            fragment[place + 8..<place + 16].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    @Test func refusesWhatIsNotAClip() {
        for bytes in [[], [0, 0, 0, 8], Array(PackageResources.stage_mp4.prefix(5_000))] {
            #expect(throws: StageProblem.self) { try Clip(bytes) }
        }
    }

    @Test func slidesAPlaylistOfSixSegments() throws {
        let broadcast = try broadcast()
        #expect(broadcast.playlist(channel: channel, now: 999_999_999) == nil)
        #expect(
            places(broadcast.playlist(channel: channel, now: second))
                == ["#EXT-X-MEDIA-SEQUENCE:0", "/live/onAir/0.m4s"])
        let later = places(broadcast.playlist(channel: channel, now: 10 * second))
        #expect(later.first == "#EXT-X-MEDIA-SEQUENCE:4")
        #expect(later.dropFirst() == (4...9).map { "/live/onAir/\($0).m4s" }[...])
        let text = try #require(broadcast.playlist(channel: channel, now: 10 * second))
        #expect(text.contains("#EXT-X-PROGRAM-DATE-TIME:2027-01-15T08:00:04.000Z\n"))
    }

    @Test func numbersWithoutAGapAndMarksWhereTheStreamHadOne() throws {
        let airtime = Airtime(offlineAt: .seconds(3), restartAt: .milliseconds(6_500))
        let broadcast = try broadcast(airtime: airtime)
        #expect(airtime.gap == 3..<7)
        #expect(broadcast.playlist(channel: channel, now: 3 * second) != nil)
        #expect(broadcast.playlist(channel: channel, now: 3_200_000_000) == nil)
        #expect(broadcast.playlist(channel: channel, now: 7 * second) == nil)
        let back = places(broadcast.playlist(channel: channel, now: 8 * second))
        let ending = ["#EXT-X-DISCONTINUITY", "/live/onAir/7.m4s"]
        #expect(back.first == "#EXT-X-MEDIA-SEQUENCE:0")
        #expect(Array(back.suffix(2)) == ending)
        #expect(back.count == 6)
        let behind = places(broadcast.playlist(channel: channel, now: 14 * second))
        #expect(
            Array(behind.prefix(2))
                == ["#EXT-X-MEDIA-SEQUENCE:4", "#EXT-X-DISCONTINUITY-SEQUENCE:1"])
        #expect(broadcast.fragment(20, channel: channel, now: 8 * second) == nil)
        #expect(broadcast.entrance(at: 7_400_000_000) == 35)
        #expect(broadcast.segment(5, channel: channel, now: 8 * second) == nil)
        #expect(broadcast.segment(7, channel: channel, now: 8 * second) != nil)
    }

    @Test func endsBeginsAnewAndTakesOverAStream() {
        let gap = Airtime(offlineAt: .seconds(3), restartAt: .seconds(5))
        #expect(gap.stream(at: 2_999_999_999)?.number == 0)
        #expect(gap.stream(at: 3_000_000_000) == nil)
        #expect(gap.stream(at: 5_000_000_000)?.began == 5_000_000_000)
        let takeover = Airtime(restartAt: .seconds(5))
        #expect(takeover.stream(at: 4_999_999_999)?.number == 0)
        #expect(takeover.stream(at: 5_000_000_000)?.number == 1)
        #expect(takeover.gap.isEmpty)
        #expect(Airtime(offlineAt: .seconds(3)).gap == 3..<Int64.max)
    }

    @Test func writesTheSizeOfAnID3TagWithNoByteAbove127() {
        let tag = TimedMetadata.tag(text: String(repeating: "é", count: 512))
        #expect(Array(tag.prefix(5)) == Array("ID3".utf8) + [4, 0])
        #expect(tag[6..<10].allSatisfy { $0 < 128 })
        #expect(tag[6..<10].reduce(0) { $0 << 7 | Int($1) } == tag.count - 10)
        #expect(tag.count == 10 + 10 + 1 + 1 + 1_024 + 1)
    }

    @Test func countsViewersWhileTheyWatch() async throws {
        let broadcast = try broadcast()
        #expect(broadcast.viewers == 0)
        do {
            let watching = broadcast.watch()
            #expect(broadcast.viewers == 1)
            for await _ in watching { break }
        }
        #expect(broadcast.viewers == 0)
    }
}

extension ByteBuffer {
    fileprivate func contains(_ type: String) -> Bool {
        let bytes = Array(readableBytesView)
        let sought = Array(type.utf8)
        return bytes.indices.dropLast(sought.count).contains {
            bytes[$0] == sought[0] && Array(bytes[$0..<$0 + sought.count]) == sought
        }
    }
}
