import CueReport
import CueRunLog
import CueSheet
import CueTestSupport
import CueText
import CueTimeline
import Testing

@testable import CueCommands

/// What the run's sheet adds to a log for players and editing tools.
@Suite struct TrackLearningTests {
    private static let wall = WallTime(seconds: 1_800_000_000)

    private var timeline: Timeline {
        var named = Cue.payload("a", at: .time(.seconds(1)))
        named.change { $0.group = "round 1" }
        return Timeline.build(
            .test(
                named, .payload("b", at: .time(.seconds(2))), .payload("c", at: .time(.seconds(3)))),
            TimelineOptions()
        ).timeline
    }

    /// A log in which `a` was sent and the others were not; `c` has another text in the sheet now.
    private func track(of timeline: Timeline) -> RunTrack {
        let digests = timeline.digests.map {
            "\"\($0.id)\":\"\($0.id == "c" ? "other" : $0.digest)\""
        }.joined(separator: ",")
        let due = Self.wall.rfc3339(.microseconds)
        let log = """
            {"event":"run_started","run":"x7k2","sheet":{"path":"a.yaml","digests":{\(digests)}}}
            {"event":"cue_sent","cue":"a","channel":"main","due":"\(due)","sent":"\(due)"}
            {"event":"cue_missed","cue":"b","channel":"main","due":"\(due)","reason":"late"}
            {"event":"cue_missed","cue":"c","channel":"main","due":"\(due)","reason":"late"}
            {"event":"cue_missed","cue":"gone","channel":"main","due":"\(due)","reason":"late"}

            """
        var reader = RunTrackReader()
        Array(log.utf8).withUnsafeBytes { reader.take($0) }
        reader.finish()
        return reader.track
    }

    @Test func addsGroupsAndTheTextOfWhatWasNeverSent() throws {
        let timeline = timeline
        var track = track(of: timeline)
        try #require(track.moments.map(\.cue) == ["a", "b", "c", "gone"])
        #expect(track.learn(from: timeline) == ["c"])
        #expect(track.moments.map(\.group) == ["round 1", nil, nil, nil])
        #expect(track.moments.map { $0.metadata != nil } == [false, true, false, false])
        #expect(track.moments[1].metadata?.contains("\"n\":1") == true)
        // With the sheet as it was, all is known.
        track.digests = Dictionary(timeline.digests.map { ($0.id, $0.digest) }) { $1 }
        #expect(track.learn(from: timeline).isEmpty)
        #expect(track.moments[2].metadata != nil)
    }
}
