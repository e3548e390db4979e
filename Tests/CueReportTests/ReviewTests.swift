import CueReport
import CueRunLog
import CueScheduler
import CueText
import Testing

@Suite struct ReviewTests {
    @Test func countsEndingsOnEachChannel() {
        var log = LogMaker(channels: ["main", "es"])
        log.armed("q1", at: 1)
        log.sent("q1", at: 1)
        log.sent("q1", at: 1, on: "es")
        log.missed("q2", at: 2, "throttled", attempts: 3)
        log.failed("q3", at: 3, code: "ValidationException")
        log.inDoubt("q4", at: 4)
        log.skipped("q5", "operator")
        log.armed("q6", at: 5)
        let review = log.review()
        #expect(
            review.tally
                == Tally(sent: 2, missed: 1, failed: 1, inDoubt: 1, skipped: 1, open: 1))
        #expect(review.channels == ["main", "es"])
        #expect(review.label(review.cues[1]) == "q1 on es")
        #expect(review.attempts == 7)
        #expect(review.retries == 2)
        #expect(review.flawCount == 0)
    }

    @Test func keepsWhatWasSentWhereItIsAskedTo() {
        var log = LogMaker()
        log.sent("q1", at: 1.5, payload: "{\"cue\":\"q1\",\"say\":\"\\\"hé\\\"\"}")
        let review = log.review()
        let cue = review.cues[0]
        #expect(review.payload(cue) == "{\"cue\":\"q1\",\"say\":\"\\\"hé\\\"\"}")
        #expect(review.requestID(cue) == "id-q1")
        #expect(review.at(cue) == .milliseconds(1_500))
        #expect(cue.acknowledged == log.due(1.521))
        let figures = log.review(.figures)
        #expect(figures.payload(figures.cues[0]) == nil)
    }

    @Test func readsOnTheShowsClockAtAnySpeed() {
        var log = LogMaker(mode: "rehearsal", speed: "20.0")
        log.sent("q1", at: 0.5)
        let review = log.review()
        #expect(review.at(review.cues[0]) == .seconds(10))
    }

    /// A repetition is no ending, and its failed attempts are not the question's.
    @Test func tellsRepetitionsFromEndings() {
        var log = LogMaker()
        log.sent("q1", at: 1)
        log.attemptFailed("q1", 1)
        log.sent("q1", at: 3, isAgain: true)
        let review = log.review()
        #expect(review.tally == Tally(sent: 1))
        #expect(review.repeated == 1)
        #expect(review.cues[0].repeats == 1)
        #expect(review.cues[0].attempts == 1)
        #expect(review.trouble(review.cues[0]) == nil)
        #expect(review.failedAttempts == 1)
    }

    @Test func goesOnThroughResumeAndReload() {
        var log = LogMaker()
        log.armed("q1", at: 1)
        log.add(
            .runResumed(
                .init(
                    version: "0.1.0", sheetSHA256: "", tornBytes: 17, options: [],
                    timer: "nio event loop")))
        log.add(
            .sheetReloaded(
                .init(
                    sheetSHA256: "", digests: [], cues: 4, at: nil, changed: ["q2"],
                    added: ["q8", "q9"], removed: [])))
        log.sent("q1", at: 1)
        log.finished()
        let review = log.review()
        #expect(review.resumes.map(\.tornBytes) == [17])
        #expect(
            review.happenings.map(\.text).suffix(2) == [
                "the run goes on in another process; 17 bytes of a torn line were cut off",
                "the edited sheet is in force: changed q2; new q8, q9",
            ])
        #expect(review.tally == Tally(sent: 1))
        #expect(review.verdict().grade == .good)
    }

    @Test func followsTheNewestZero() {
        var log = LogMaker()
        log.add(
            .streamAligned(
                .init(
                    zero: LogMaker.zero + .seconds(60), source: .known(.manual), streamID: nil,
                    uncertainty: .zero, sinceBoot: .zero, bootID: "")))
        log.sent("q1", at: 61)
        let review = log.review()
        #expect(review.at(review.cues[0]) == .seconds(1))
    }

    @Test func namesLinesThatItCanNotUseAndReadsOn() {
        var log = LogMaker()
        log.add(line: "nonsense")
        log.add(line: "{\"event\":\"cue_sent\",\"cue\":\"q0\"}")
        log.add(line: "{\"event\":\"cue_missed\",\"time\":\"2027-01-15T08:00:00.000000Z\"}")
        log.sent("q1", at: 1)
        log.skipped("q1", "operator")
        log.add(line: "{\"event\":\"lights_out\",\"time\":\"2027-01-15T08:00:00.000000Z\"}")
        log.add(line: "{\"event\":\"lights_out\",\"time\":\"2027-01-15T08:00:00.000000Z\"}")
        log.finished()
        var review = log.review()
        #expect(
            review.flaws == [
                RunLogFlaw(number: 3, reason: "no JSON: unexpected word at byte 0"),
                RunLogFlaw(number: 4, reason: "no time in it"),
                RunLogFlaw(number: 5, reason: "cue_missed names no cue"),
                RunLogFlaw(
                    number: 7, reason: "q1 ends once more; its first ending counts"),
            ])
        #expect(review.unknown.map(\.event) == ["lights_out"])
        #expect(review.unknown.map(\.count) == [2])
        #expect(review.unknown.map(\.line) == [8])
        #expect(review.tally == Tally(sent: 1))
        // The same with its last line torn.
        log.add(line: "x")
        let reader = ReviewReader(.figures)
        reader.take(log.bytes.dropLast(40))
        reader.finish()
        review = reader.review
        #expect(review.finish == nil)
        #expect(review.flaws.last == RunLogFlaw(number: 10, reason: "torn"))
    }

    @Test func reviewsTheFirstOfTwoRunsInAFile() {
        var log = LogMaker()
        log.sent("q1", at: 1)
        log.finished()
        let reader = ReviewReader(.figures)
        reader.take(log.bytes)
        reader.take(log.bytes)
        reader.finish()
        #expect(reader.review.tally == Tally(sent: 1))
        #expect(
            reader.review.flaws == [
                RunLogFlaw(
                    number: 5,
                    reason: "another run begins here; it and what follows are not reviewed")
            ])
    }

    @Test func reviewsWhatHasNoBeginning() {
        var log = LogMaker(isBegun: false)
        log.sent("q1", at: 1)
        log.finished()
        let review = log.review()
        #expect(review.start == nil)
        #expect(review.tally == Tally(sent: 1))
        #expect(review.text(ReportStyle()).hasPrefix("Every cue was delivered: 1 of 1"))
    }

    @Test func reviewsAnotherFormat() {
        var log = LogMaker()
        log.sent("q1", at: 1)
        let text = String(decoding: log.bytes, as: UTF8.self)
        let parts = text.split(separator: "\"format\":1", omittingEmptySubsequences: false)
        let reader = ReviewReader(.figures)
        reader.take(parts.joined(separator: "\"format\":2").utf8)
        reader.finish()
        #expect(
            reader.review.flaws.map(\.reason) == [
                "format 2 is not known to this version; what it knows is reviewed"
            ])
        #expect(reader.review.tally == Tally(sent: 1))
    }

    @Test func findsTheGreatest() {
        var log = LogMaker()
        for (index, late) in [3, 9, 1, 9, 5].enumerated() {
            log.sent("q\(index)", at: Double(index), late: .milliseconds(late))
        }
        let found = log.review().greatest(3, by: \.late)
        #expect(found.map(\.cue.name) == ["q1", "q3", "q4"])
    }
}

@Suite struct SpreadTests {
    @Test func ranksAndSorts() throws {
        let spread = try #require(Spread((1...200).map { .milliseconds($0) }.shuffled()))
        #expect(spread.p50 == .milliseconds(100))
        #expect(spread.p90 == .milliseconds(180))
        #expect(spread.p99 == .milliseconds(198))
        #expect(spread.max == .milliseconds(200))
        #expect(spread.histogram == [0, 1, 3, 5, 10, 30, 50, 100, 1, 0, 0, 0, 0, 0])
        #expect(Spread([]) == nil)
    }

    @Test func takesWhatLeftEarlyAndWhatLeftForEverLater() throws {
        let spread = try #require(Spread([.milliseconds(-5), .seconds(100_000)]))
        #expect(spread.histogram.first == 1)
        #expect(spread.histogram.last == 1)
    }
}

@Suite struct BandTests {
    @Test func findsWhenNothingCouldLeave() {
        var log = LogMaker(channels: ["main", "es"])
        log.operated("hold", at: 10)
        log.operated("resume", at: 12)
        log.operated("hold", at: 13, refused: "no")
        log.now = log.due(20)
        log.add(.streamChanged(channel: "es", from: "st-1", to: nil))
        log.now = log.due(30)
        log.add(.suspended(.init(duration: .seconds(4), isMachine: true)))
        log.now = log.due(31)
        log.add(.streamChanged(channel: "es", from: nil, to: "st-2"))
        log.operated("hold", at: 40)
        log.now = log.due(50)
        log.add(.clockStepped(by: .seconds(1)))
        #expect(
            log.review().bands == [
                Band(kind: .hold, channel: nil, from: .seconds(10), to: .seconds(12)),
                Band(kind: .offAir, channel: 1, from: .seconds(20), to: .seconds(31)),
                Band(kind: .asleep, channel: nil, from: .seconds(26), to: .seconds(30)),
                Band(kind: .hold, channel: nil, from: .seconds(40), to: .seconds(50)),
            ])
    }
}
