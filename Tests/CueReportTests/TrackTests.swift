import CueReport
import CueRunLog
import CueText
import Testing

@Suite struct TrackTests {
    private let log = """
        {"event":"run_started","time":"2026-11-27T19:00:00.000000Z","format":1,"run":"x7k2","seed":"s","mode":"run","title":"Quiz","sheet":{"path":"show.yaml","sha256":"","digests":{"a":"1"}},"channels":[{"name":"main"},{"name":"es"}],"options":{}}
        {"event":"stream_aligned","time":"2026-11-27T19:00:01.000000Z","zero":"2026-11-27T19:00:00.000000Z"}
        {"event":"stream_session","time":"2026-11-27T19:00:01.000000Z","channel":"main","stream_id":"../st-1","start_time":"2026-11-27T18:59:50.000000Z"}
        not a line
        {"event":"cue_sent","time":"","cue":"a","channel":"main","due":"2026-11-27T19:00:05.000000Z","sent":"2026-11-27T19:00:05.100000Z","arrival":"2026-11-27T19:00:05.140000Z","late_us":100000,"metadata":"{\\"cue\\":\\"a\\",\\"question\\":\\"Q --> ?\\",\\"seconds\\":2.5}"}
        {"event":"cue_missed","time":"","cue":"b","channel":"main","due":"2026-11-27T19:00:08.000000Z","attempts":1,"reason":"late"}
        {"event":"stream_session","time":"2026-11-27T19:00:13.000000Z","channel":"main","stream_id":"st-2","start_time":"2026-11-27T19:00:09.000000Z"}
        {"event":"cue_sent","time":"","cue":"c","channel":"main","due":"2026-11-27T19:00:10.000000Z","sent":"2026-11-27T19:00:10.000000Z","round_trip_us":20000,"ad_break_seconds":30}
        {"event":"cue_sent","time":"","cue":"a","channel":"es","due":"2026-11-27T19:00:05.000000Z","sent":"2026-11-27T19:00:05.000000Z","arrival":"2026-11-27T18:59:59.000000Z","metadata":"{}"}

        """

    private var track: RunTrack {
        var reader = RunTrackReader()
        Array(log.utf8).withUnsafeBytes { reader.take($0) }
        reader.finish()
        return reader.track
    }

    @Test func countsFromZeroOneFileAChannel() {
        let (files, notes) = TrackExport().files(of: track)
        #expect(notes == [])
        #expect(files.map(\.name) == ["main", "es"])
        #expect(
            files[0].text == """
                WEBVTT

                NOTE
                Quiz
                run x7k2, channel main
                as it went, from zero, 2026-11-27T19:00:00.000Z

                a
                00:00:05.140 --> 00:00:07.640
                {"cue":"a","question":"Q --\\u003e ?","seconds":2.5}

                NOTE
                00:00:10.01 c ad break of 30 s

                """)
        // What came before the beginning can't be shown.
        #expect(files[1].text.hasSuffix("NOTE\n-00:00:01 a {}\n"))
    }

    @Test func countsFromEachStreamsStart() {
        var export = TrackExport()
        export.clock = .recording
        export.shift = .milliseconds(-140)
        let (files, notes) = export.files(of: track)
        #expect(notes == ["1 cue is left out: the log does not say when their stream began"])
        // No name leads out of the folder.
        #expect(files.map(\.name) == ["main.___st-1", "main.st-2"])
        #expect(files[0].text.contains("a\n00:00:15.000 --> 00:00:17.500\n"))
        #expect(files[1].text.contains("00:00:00.87 c ad break of 30 s"))
    }

    @Test func addsWhatWasMissed() {
        var export = TrackExport()
        export.includesMissed = true
        export.channels = ["main"]
        var track = track
        let bare = export.files(of: track).files
        #expect(bare.count == 1)
        #expect(bare[0].text.contains("00:00:08 b missed: late"))
        let index = track.moments.firstIndex { $0.cue == "b" } ?? 0
        track.moments[index].metadata = "{\"cue\":\"b\"}"
        #expect(
            export.files(of: track).files[0].text.contains(
                "NOTE\nb missed: late\n\nb\n00:00:08.000 --> 00:00:09.000\n{\"cue\":\"b\"}\n"))
    }

    @Test func namesTheFirstLineThatIsNone() {
        #expect(track.flaws == 1)
        #expect(track.firstFlaw?.number == 4)
        #expect(track.digests == ["a": "1"])
    }
}
