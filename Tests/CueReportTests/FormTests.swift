import CueReport
import CueRunLog
import CueText
import Testing

@Suite struct ReportTextTests {
    private let review = {
        var log = LogMaker(channels: ["main", "日本"])
        log.sent("q1", at: 1)
        log.missed("a-cue-with-quite-a-long-name-that-goes-on-and-on#17", at: 2, "throttled")
        log.attemptFailed("日本語の問題", 1, code: "InternalServerException", status: 500)
        log.sent("日本語の問題", at: 3, late: .seconds(2), attempts: 2)
        log.operated("hold", at: 4, refused: "a reason of some length that has to be broken here")
        log.add(line: "torn")
        log.finished(exit: 1)
        return log.review()
    }()

    @Test func keepsToItsColumns() {
        for columns in [80, 60, 100] {
            let lines = review.text(ReportStyle(columns: columns)).split(separator: "\n")
            for line in lines { #expect(line.cells <= columns, "\(line)") }
        }
    }

    @Test func alignsWideNames() {
        let lines = review.text(ReportStyle())
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let start = lines.firstIndex(of: "Slowest round trips") else {
            Issue.record("no such section")
            return
        }
        // A row may go on in a line of its own.
        let columns = lines[start...].prefix { !$0.isEmpty }.compactMap { line in
            line.firstRange(of: "00:00:0").map { String(line[..<$0.lowerBound]).cells }
        }
        #expect(columns.count == 2)
        #expect(columns.first == columns.last)
    }

    @Test func coloursOnlyWhereItMay() {
        #expect(!review.text(ReportStyle()).contains("\u{1B}"))
        #expect(review.text(ReportStyle(hasColour: true)).hasPrefix("\u{1B}[31m1 of 3 deliveries"))
    }

    @Test func showsNothingThatATerminalWouldActOn() {
        var log = LogMaker()
        log.add(line: "{\"event\":\"\\u001b[2J\",\"time\":\"2027-01-15T08:00:00.000000Z\"}")
        log.skipped("\u{1B}[31mq1", "\u{1B}[0m")
        log.failed("q2", at: 1, code: "\u{9B}1m")
        log.finished()
        let review = log.review()
        let text = review.text(ReportStyle())
        #expect(!text.unicodeScalars.contains { !$0.isPrintable && $0 != "\n" })
        #expect(!review.verdict().text.unicodeScalars.contains { !$0.isPrintable })
    }
}

@Suite struct AnswersTests {
    private let json = """
        [{"run":"x7k2","cue":"q1","poll_id":"q1","asked":"t","question":"Moons?","total":4,
        "answers":[{"answer":"Jupiter","count":1,"share":0.2500,"right":false},
        {"answer":"Saturn","count":3,"share":0.7500,"right":true}]},
        {"run":"other","cue":"q1","question":"No","answers":[{"answer":"x","count":9}]}]
        """

    @Test func standBesideTheirQuestions() throws {
        let answers = try #require(Answers(json: json.utf8))
        var log = LogMaker()
        log.sent("q1", at: 1)
        log.finished()
        let text = log.review().text(ReportStyle(), answers: answers)
        #expect(
            text.contains(
                """
                Answers
                  q1: Moons? — 4 answers
                      Jupiter        1   25.0 %
                    ✓ Saturn         3   75.0 %

                """))
        #expect(!text.contains("No —"))
    }

    @Test(arguments: [
        "{}", "x", "[1]", "[{\"cue\":\"q\"}]",
        "[{\"cue\":\"q\",\"answers\":[{\"answer\":\"a\",\"count\":-1}]}]",
    ])
    func refusesWhatIsSomethingElse(text: String) {
        #expect(Answers(json: text.utf8) == nil)
    }
}

@Suite struct ReportPageTests {
    @Test func keepsWhatPayloadsSayInItsData() {
        let evil = "</script><img src=x onerror=alert(1)><!--"
        var log = LogMaker()
        log.sent("q1", at: 1, payload: "{\"cue\":\"q1\",\"text\":\"\(evil)\"}")
        log.skipped("q2", evil)
        log.finished()
        let bytes = ReportPage(log.review(), log: "<b>@data@</b>").html
        let html = String(decoding: bytes, as: UTF8.self)
        #expect(!html.contains("<img"))
        #expect(!html.contains("<b>"))
        // The template's own: one for the data, one for the program.
        #expect(html.ranges(of: "</script>").count == 2)
        #expect(!html.contains("@nonce@"))
        #expect(html.contains("\\u003c/script>\\u003cimg src=x"))
    }

    @Test func isTheSameForTheSameLog() {
        var log = LogMaker()
        log.sent("q1", at: 1)
        let review = log.review()
        #expect(ReportPage(review, log: "a").html == ReportPage(review, log: "a").html)
    }
}
