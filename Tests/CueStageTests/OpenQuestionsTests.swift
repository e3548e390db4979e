import CueText
import Testing

@testable import CueStage

/// When answers are accepted, at moments that the test sets.
@Suite struct OpenQuestionsTests {
    private let wall = WallTime(seconds: 1_800_000_000)
    private let second: Int64 = 1_000_000_000

    private func questions(
        delay: Duration = .zero, store: AnswerStore? = nil, wall: WallTime? = nil
    ) throws -> OpenQuestions {
        let store = try store ?? AnswerStore(path: nil)
        return try OpenQuestions(store: store, delay: delay, wall: wall ?? self.wall, now: 0)
    }

    private let question =
        #"{"cue":"q1","run":"x7k2","poll_id":"q1","question":"Q?","answers":["a","b"],"seconds":10}"#
    private let reveal =
        #"{"cue":"q1.reveal","run":"x7k2","poll_id":"q1","answer":"b","correctIndex":1}"#

    /// The refusal's code, or "taken".
    private func answer(
        _ questions: OpenQuestions, _ choice: Int = 1, viewer: String = "viewer-0001",
        cue: String = "q1",
        run: String = "x7k2", at seconds: Double
    ) async -> String {
        let body =
            #"{"run":"\#(run)","cue":"\#(cue)","viewer":"\#(viewer)","choice":\#(choice)}"#
        do throws(OpenQuestions.Refusal) {
            _ = try await questions.accept(
                Array(body.utf8), wall: wall, now: Int64(seconds * Double(second)))
            return "taken"
        } catch {
            return error.code
        }
    }

    @Test func opensAQuestionForItsSecondsTheDelayAndTheGrace() async throws {
        let questions = try questions(delay: .seconds(3))
        #expect(await answer(questions, at: 0) == "unknown-question")
        questions.note(question, wall: wall, now: second)
        #expect(await answer(questions, at: 1) == "taken")
        #expect(await answer(questions, at: 18.999) == "taken")
        #expect(await answer(questions, at: 19) == "closed")
    }

    @Test func movesAQuestionsEndForARepeatAfterAHoldAlone() async throws {
        let questions = try questions()
        questions.note(question, wall: wall, now: 0)
        let left = question.split(separator: "10").joined(separator: "5")
        questions.note(left, wall: wall, now: 5 * second)
        #expect(await answer(questions, at: 14.999) == "taken")
        #expect(await answer(questions, at: 15) == "closed")
        questions.note(left, wall: wall, now: 20 * second)
        #expect(await answer(questions, at: 29.999) == "taken")
        #expect(await answer(questions, at: 30) == "closed")
    }

    @Test func closesAQuestionOnceTheFirstViewerMayHaveSeenItsReveal() async throws {
        let questions = try questions(delay: .seconds(2))
        questions.note(question, wall: wall, now: 0)
        questions.note(reveal, wall: wall, now: 4 * second)
        #expect(await answer(questions, at: 5.999) == "taken")
        #expect(await answer(questions, at: 6) == "closed")
        questions.note(reveal, wall: wall, now: 60 * second)
        #expect(await answer(questions, at: 61) == "closed")
    }

    @Test func closesNothingForARevealOfAnotherRunOrPoll() async throws {
        let questions = try questions()
        questions.note(question, wall: wall, now: 0)
        for other in [#""run":"zzzz""#, #""poll_id":"q2""#] {
            let key = other.prefix { $0 != ":" }
            let parts = reveal.split(separator: ",").map { part in
                part.hasPrefix(key) ? other : String(part)
            }
            questions.note(parts.joined(separator: ","), wall: wall, now: 0)
        }
        #expect(await answer(questions, at: 1) == "taken")
    }

    @Test func keepsAWSsShapesOpenWithoutSecondsAndAsksThemAgain() async throws {
        let questions = try questions()
        let plain = #"{"question":"Q?","answers":["a","b"],"poll_id":"p","current_time":"t"}"#
        questions.note(plain, wall: wall, now: 0)
        questions.note(
            #"{"question":"R?","answers":["a","b"],"correctIndex":1}"#, wall: wall, now: 0)
        #expect(await answer(questions, cue: "p", run: "", at: 10_000) == "taken")
        #expect(await answer(questions, cue: "R?", run: "", at: 10_000) == "taken")
        questions.note(#"{"poll_id":"p","correctIndex":0}"#, wall: wall, now: 10_001 * second)
        #expect(await answer(questions, cue: "p", run: "", at: 10_002) == "closed")
        questions.note(plain, wall: wall, now: 10_003 * second)
        #expect(await answer(questions, cue: "p", run: "", at: 10_004) == "taken")
    }

    @Test func findsNoQuestionInOtherMetadata() async throws {
        let questions = try questions()
        for text in [
            "", "text", "[]", "null", #"{"question":"Q?"}"#, #"{"question":"Q?","answers":[]}"#,
            #"{"question":"Q?","answers":[1]}"#, #"{"question":1,"answers":["a"]}"#,
            #"{"correctIndex":7}"#, #"{"correctIndex":99999999999999999999}"#,
        ] {
            questions.note(text, wall: wall, now: 0)
        }
        #expect(questions.newest(10).isEmpty)
    }

    @Test func replacesAViewersAnswerAndReportsCountsThatChange() async throws {
        let questions = try questions()
        questions.note(question, wall: wall, now: 0)
        #expect(questions.drainChanged().count == 1)
        #expect(questions.drainChanged().isEmpty)
        _ = await answer(questions, 0, at: 1)
        _ = await answer(questions, 1, at: 1)
        _ = await answer(questions, 1, viewer: "viewer-0002", at: 1)
        #expect(await answer(questions, 2, at: 1) == "no-such-answer")
        let changed = questions.drainChanged()
        #expect(changed.map(\.key.cue) == ["q1"])
        let told = await questions.counts(of: changed[0])
        #expect(told == #"{"run":"x7k2","cue":"q1","counts":[0,2],"total":2}"#)
    }

    @Test func continuesFromTheStoreOfAnotherStage() async throws {
        let store = try AnswerStore(path: nil)
        let first = try questions(store: store)
        first.note(question, wall: wall, now: 0)
        _ = await answer(first, 0, at: 1)
        let second = try questions(store: store, wall: wall + .seconds(8))
        #expect(await answer(second, 1, viewer: "viewer-0002", at: 6.999) == "taken")
        #expect(await answer(second, at: 7) == "closed")
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
        let given = milliseconds.map { bucket.spend(at: $0 * 1_000_000) }
        #expect(
            given == [
                true, true, true, false, false, true, false, true, true, true, false, false,
            ])
    }

    @Test func injectsFaultsInTheirShareAndTheSameEachTime() {
        let failures = [
            FaultInjection.Failure(status: 429, share: 0.1),
            FaultInjection.Failure(status: 500, share: 0.2),
        ]
        var draws = FaultDraws()
        let statuses = (0..<10_000).map { _ in draws.failure(among: failures)?.status }
        #expect((900...1_100).contains(statuses.count { $0 == 429 }))
        #expect((1_850...2_150).contains(statuses.count { $0 == 500 }))
        var again = FaultDraws()
        let repeated = (0..<10_000).map { _ in again.failure(among: failures)?.status }
        #expect(statuses == repeated)
    }
}
