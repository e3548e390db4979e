import CueText
import Testing

@testable import CueStage

/// What a stage bears, and what its page may reach: both sides of each limit.
@Suite struct StageLimitsTests {
    @Test func limitsOpenStreamsAndFreesOneForEachThatEnds() {
        let admission = Admission()
        let entered = (0..<StageLimits.streamsMax).map { _ in admission.enter() }
        #expect(entered.allSatisfy { $0 })
        #expect(!admission.enter())
        admission.leave()
        #expect(admission.enter())
        #expect(!admission.enter())
    }

    @Test func limitsTheAnswersOfAllViewersAndOfEachViewer() {
        let admission = Admission()
        let one = (0..<11).map { _ in admission.admit("viewer-0001", now: 0) }
        #expect(one == Array(repeating: true, count: 10) + [false])
        let rest = Int(StageLimits.answersPerSecond) - one.count
        let others = (0..<rest).map { admission.admit("other-\($0)", now: 0) }
        #expect(others.allSatisfy { $0 })
        #expect(!admission.admit("one more", now: 0))
        #expect(admission.admit("one more", now: 1_000_000))
    }

    @Test func acceptsAPlaybackAddressOverHTTPSOrOnThisMachine() {
        for good in [
            "https://a.us-west-2.playback.live-video.net/x.m3u8?token=1", "http://127.0.0.1:80/x",
            "http://localhost/x", "https://[2001:db8::1]/x",
        ] {
            #expect(ViewerPage.isPlayback(good), "\(good)")
        }
        for bad in [
            "", "https://", "http://example.com/x", "http://127.0.0.1.example.com/",
            "http://localhost.example.com", "ftp://x/y", "javascript:alert(1)", "//x/y",
            "https://a;b/x", "https://a b/x", "https://a\u{0}b", "https://é.example/x",
            "https://user@host/x", "https://x/" + String(repeating: "y", count: 2_048),
        ] {
            #expect(!ViewerPage.isPlayback(bad), "\(bad)")
        }
    }

    @Test func namesInThePolicyWhatThePagesSourceNeedsAndNothingMore() {
        let stage = ViewerPage(source: .stage(stream: "/live.mp4", answers: "/answers")).policy()
        #expect(stage.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'; "))
        #expect(stage.contains("connect-src 'self'; "))
        #expect(!stage.contains("live-video"))
        let channel = ViewerPage(
            source: .channel(
                playback: "https://p.example/x.m3u8", answers: "https://a.example/take")
        ).policy()
        #expect(
            channel.contains(
                "connect-src 'self' https://*.live-video.net https://p.example https://a.example;"))
        for policy in [stage, channel] {
            #expect(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"))
            #expect(policy.contains("base-uri 'none'; form-action 'none'; frame-ancestors 'none'"))
        }
    }

    @Test func writesThePolicyIntoThePageThatIsWrittenAsFiles() throws {
        let page = ViewerPage(source: .channel(playback: "https://p.example/x.m3u8", answers: nil))
        let files = page.exported
        #expect(Set(files.map(\.name)).count == files.count)
        let html = String(decoding: try #require(files.first).bytes, as: UTF8.self)
        #expect(html.contains("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src"))
        // A frame's policy can't be said there, and would only be complained of.
        #expect(!html.contains("frame-ancestors"))
        let configuration = try #require(files.last)
        #expect(configuration.name == "config.json")
        #expect(
            String(decoding: configuration.bytes, as: UTF8.self)
                == #"{"playback":"https://p.example/x.m3u8"}"#)
    }

    @Test func acceptsNothingButAFilesNameAsAPath() {
        let page = ViewerPage(source: .stage(stream: "/live.mp4", answers: "/answers"))
        #expect(page.file("main.js") != nil)
        for name in ["", "/main.js", "../main.js", "main.js/", "MAIN.JS", "stage.mp4", "."] {
            #expect(page.file(name) == nil, "\(name)")
        }
    }
}
