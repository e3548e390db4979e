import CueText
import Testing

@testable import CueStage

/// When answers are taken, at moments that the test sets.
@Suite struct AnswerDeskTests {
    private let wall = WallTime(seconds: 1_800_000_000)
    private let second: Int64 = 1_000_000_000

    private func desk(
        delay: Duration = .zero, store: AnswerStore? = nil, wall: WallTime? = nil
    ) throws -> AnswerDesk {
        let store = try store ?? AnswerStore(path: nil)
        return try AnswerDesk(store: store, delay: delay, wall: wall ?? self.wall, now: 0)
    }

    private let question =
        #"{"cue":"q1","run":"x7k2","poll_id":"q1","question":"Q?","answers":["a","b"],"seconds":10}"#
    private let reveal =
        #"{"cue":"q1.reveal","run":"x7k2","poll_id":"q1","answer":"b","correctIndex":1}"#

    /// The refusal's code, or "taken".
    private func take(
        _ desk: AnswerDesk, _ choice: Int = 1, viewer: String = "viewer-0001", cue: String = "q1",
        run: String = "x7k2", at seconds: Double
    ) async -> String {
        let body =
            #"{"run":"\#(run)","cue":"\#(cue)","viewer":"\#(viewer)","choice":\#(choice)}"#
        do throws(AnswerDesk.Refusal) {
            _ = try await desk.take(
                Array(body.utf8), wall: wall, now: Int64(seconds * Double(second)))
            return "taken"
        } catch {
            return error.code
        }
    }

    @Test func opensAQuestionForItsSecondsTheDelayAndTheGrace() async throws {
        let desk = try desk(delay: .seconds(3))
        #expect(await take(desk, at: 0) == "unknown-question")
        desk.note(question, wall: wall, now: second)
        #expect(await take(desk, at: 1) == "taken")
        #expect(await take(desk, at: 18.999) == "taken")
        #expect(await take(desk, at: 19) == "closed")
    }

    @Test func movesAQuestionsEndForARepeatAfterAHoldAlone() async throws {
        let desk = try desk()
        desk.note(question, wall: wall, now: 0)
        let left = question.split(separator: "10").joined(separator: "5")
        desk.note(left, wall: wall, now: 5 * second)
        #expect(await take(desk, at: 14.999) == "taken")
        #expect(await take(desk, at: 15) == "closed")
        desk.note(left, wall: wall, now: 20 * second)
        #expect(await take(desk, at: 29.999) == "taken")
        #expect(await take(desk, at: 30) == "closed")
    }

    @Test func closesAQuestionOnceTheFirstViewerMayHaveSeenItsReveal() async throws {
        let desk = try desk(delay: .seconds(2))
        desk.note(question, wall: wall, now: 0)
        desk.note(reveal, wall: wall, now: 4 * second)
        #expect(await take(desk, at: 5.999) == "taken")
        #expect(await take(desk, at: 6) == "closed")
        desk.note(reveal, wall: wall, now: 60 * second)
        #expect(await take(desk, at: 61) == "closed")
    }

    @Test func closesNothingForARevealOfAnotherRunOrPoll() async throws {
        let desk = try desk()
        desk.note(question, wall: wall, now: 0)
        for other in [#""run":"zzzz""#, #""poll_id":"q2""#] {
            let key = other.prefix { $0 != ":" }
            let parts = reveal.split(separator: ",").map { part in
                part.hasPrefix(key) ? other : String(part)
            }
            desk.note(parts.joined(separator: ","), wall: wall, now: 0)
        }
        #expect(await take(desk, at: 1) == "taken")
    }

    @Test func keepsAWSsShapesOpenWithoutSecondsAndAsksThemAgain() async throws {
        let desk = try desk()
        let plain = #"{"question":"Q?","answers":["a","b"],"poll_id":"p","current_time":"t"}"#
        desk.note(plain, wall: wall, now: 0)
        desk.note(#"{"question":"R?","answers":["a","b"],"correctIndex":1}"#, wall: wall, now: 0)
        #expect(await take(desk, cue: "p", run: "", at: 10_000) == "taken")
        #expect(await take(desk, cue: "R?", run: "", at: 10_000) == "taken")
        desk.note(#"{"poll_id":"p","correctIndex":0}"#, wall: wall, now: 10_001 * second)
        #expect(await take(desk, cue: "p", run: "", at: 10_002) == "closed")
        desk.note(plain, wall: wall, now: 10_003 * second)
        #expect(await take(desk, cue: "p", run: "", at: 10_004) == "taken")
    }

    @Test func findsNoQuestionInOtherMetadata() async throws {
        let desk = try desk()
        for text in [
            "", "text", "[]", "null", #"{"question":"Q?"}"#, #"{"question":"Q?","answers":[]}"#,
            #"{"question":"Q?","answers":[1]}"#, #"{"question":1,"answers":["a"]}"#,
            #"{"correctIndex":7}"#, #"{"correctIndex":99999999999999999999}"#,
        ] {
            desk.note(text, wall: wall, now: 0)
        }
        #expect(desk.newest(10).isEmpty)
    }

    @Test func replacesAViewersAnswerAndReportsCountsThatChange() async throws {
        let desk = try desk()
        desk.note(question, wall: wall, now: 0)
        #expect(desk.takeChanged().count == 1)
        #expect(desk.takeChanged().isEmpty)
        _ = await take(desk, 0, at: 1)
        _ = await take(desk, 1, at: 1)
        _ = await take(desk, 1, viewer: "viewer-0002", at: 1)
        #expect(await take(desk, 2, at: 1) == "no-such-answer")
        let changed = desk.takeChanged()
        #expect(changed.map(\.key.cue) == ["q1"])
        let told = await desk.counts(of: changed[0])
        #expect(told == #"{"run":"x7k2","cue":"q1","counts":[0,2],"total":2}"#)
    }

    @Test func continuesFromTheStoreOfAnotherStage() async throws {
        let store = try AnswerStore(path: nil)
        let first = try desk(store: store)
        first.note(question, wall: wall, now: 0)
        _ = await take(first, 0, at: 1)
        let second = try desk(store: store, wall: wall + .seconds(8))
        #expect(await take(second, 1, viewer: "viewer-0002", at: 6.999) == "taken")
        #expect(await take(second, at: 7) == "closed")
        let tallies = try store.tallies()
        #expect(tallies.map(\.counts) == [[1, 1]])
    }

    @Test func spendsWhatABucketHoldsAndRefillsEachSecond() {
        var bucket = TokenBucket(rate: 2, stock: 3, now: 0)
        let milliseconds: [Int64] = [
            0, 0, 0, 0, 400, 500, 600, 60_000, 60_000, 60_000, 60_000,
            // A clock that went back gives nothing.
            0,
        ]
        let given = milliseconds.map { bucket.take(at: $0 * 1_000_000) }
        #expect(
            given == [
                true, true, true, false, false, true, false, true, true, true, false, false,
            ])
    }

    @Test func injectsFaultsInTheirShareAndTheSameEachTime() {
        let failures = [
            StageTrouble.Failure(status: 429, share: 0.1),
            StageTrouble.Failure(status: 500, share: 0.2),
        ]
        var draws = TroubleDraws()
        let statuses = (0..<10_000).map { _ in draws.failure(among: failures)?.status }
        #expect((900...1_100).contains(statuses.count { $0 == 429 }))
        #expect((1_850...2_150).contains(statuses.count { $0 == 500 }))
        var again = TroubleDraws()
        let repeated = (0..<10_000).map { _ in again.failure(among: failures)?.status }
        #expect(statuses == repeated)
    }
}
