import CueReport
import CueText
import Testing

/// What the page's program gets to read.
@Suite struct PageDataTests {
    private func data(_ page: ReportPage) throws -> JSONValue {
        let html = String(decoding: page.html, as: UTF8.self)
        let start = try #require(html.firstRange(of: "type=\"application/json\""))
        let rest = html[start.upperBound...]
        let open = try #require(rest.firstIndex(of: ">"))
        let end = try #require(rest.firstRange(of: "</script>"))
        return try JSONValue.parse(rest[rest.index(after: open)..<end.lowerBound].utf8)
    }

    private func texts(_ value: JSONValue?) -> [String?]? { value?.array?.map(\.string) }
    private func integers(_ value: JSONValue?) -> [Int64?]? { value?.array?.map(\.integer) }
    private func flags(_ value: JSONValue?) -> [Bool?]? { value?.array?.map(\.bool) }

    private func log(_ build: (inout LogMaker) -> Void) -> Review {
        var log = LogMaker()
        build(&log)
        log.finished()
        return log.review()
    }

    @Test func hasAColumnForEachThing() throws {
        let review = log {
            $0.sent("q1", at: 1, late: .milliseconds(2), payload: "{\"a\":\"</b>\"}")
            $0.missed("q2", at: 2, "late")
            $0.attemptFailed("q3", 1)
            $0.sent("q3", at: 3, attempts: 2)
            $0.armed("q4", at: 4)
        }
        let run = try #require(try data(ReportPage(review, log: "a.jsonl"))["runs"]?.array?.first)
        let cues = try #require(run["cues"])
        guard case .object(let columns) = cues else {
            Issue.record("no columns")
            return
        }
        #expect(columns.allSatisfy { $0.value.array?.count == 4 })
        #expect(texts(cues["name"]) == ["q1", "q2", "q3", "q4"])
        #expect(integers(cues["at"]) == [1_000_000, 2_000_000, 3_000_000, 4_000_000])
        #expect(integers(cues["due"]) == integers(cues["at"]))
        #expect(integers(cues["ending"]) == [0, 1, 0, -1])
        #expect(integers(cues["late"]) == [2_000, nil, 1_000, nil])
        #expect(integers(cues["trip"]) == [20_000, nil, 20_000, nil])
        #expect(integers(cues["attempts"]) == [1, 0, 2, 0])
        #expect(texts(cues["payload"])?.first == "{\"a\":\"</b>\"}")
        #expect(texts(cues["request"]) == ["id-q1", nil, "id-q3", nil])
        let all = try #require(texts(run["texts"]))
        let words = try #require(texts(run["words"]))
        #expect(all.count == words.count)
        func named(_ column: String, _ row: Int) -> Int? {
            integers(cues[column])?[row].map(Int.init)
        }
        #expect(
            named("reason", 1).map { [all[$0], words[$0]] } == ["late", "its moment was past"])
        #expect(named("trouble", 2).flatMap { all[$0] }?.contains("ThrottlingException") == true)
        #expect(named("reason", 0) == nil)
        #expect(texts(run["channels"]) == ["main"])
    }

    @Test func hasARowForWhatOneRunAloneHas() throws {
        let first = log {
            $0.sent("same", at: 1)
            $0.sent("moved", at: 2)
            $0.sent("gone", at: 3)
        }
        let second = log {
            $0.sent("same", at: 1, late: .milliseconds(9))
            $0.missed("moved", at: 2.5, "late")
            $0.sent("new", at: 3)
        }
        let page = ReportPage(Comparison(first, second), logs: ("a.jsonl", "b.jsonl"))
        let found = try data(page)
        #expect(found["runs"]?.array?.count == 2)
        let both = try #require(found["comparison"])
        #expect(both["pairs"]?.array?.map(integers) == [[0, 0], [1, 1], [2, nil], [nil, 2]])
        #expect(integers(both["moved"]) == [0, 500_000, nil, nil])
        #expect(flags(both["is_moved"]) == [false, true, nil, nil])
        #expect(integers(both["later"]) == [8_000, nil, nil, nil])
        #expect(flags(both["changed"]) == [false, false, nil, nil])
        #expect(flags(both["ended_otherwise"]) == [false, true, nil, nil])
    }

    @Test func hasTheAnswersOfItsRun() throws {
        func question(_ run: String, _ cue: String) -> Answers.Question {
            .init(
                run: run, cue: cue, pollID: "", asked: "", text: "<b>",
                answers: [.init(text: "x", count: 3, isRight: nil)])
        }
        let answers = Answers([question("x7k2", "q1"), question("other", "q2"), question("", "q3")])
        let review = log { $0.sent("q1", at: 1) }
        let page = ReportPage(review, log: "a", answers: answers)
        let list = try #require(try data(page)["answers"]?.array)
        #expect(list.map { $0["cue"]?.string } == ["q1", "q3"])
        #expect(list.first?["total"]?.integer == 3)
        #expect(list.first?["answers"]?.array?.first?["right"] == .null)
        #expect(try data(ReportPage(review, log: "a"))["answers"] == .null)
        #expect(!String(decoding: page.html, as: UTF8.self).contains("<b>"))
    }
}
