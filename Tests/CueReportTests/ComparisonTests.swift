import CueReport
import CueRunLog
import CueText
import Testing

@Suite struct ComparisonTests {
    private func log(_ channel: String = "main", _ build: (inout LogMaker) -> Void) -> Review {
        var log = LogMaker(channels: [channel])
        build(&log)
        log.finished()
        return log.review()
    }

    @Test func findsWhatDiffers() {
        let first = log {
            $0.sent("same", at: 1)
            $0.sent("moved", at: 2)
            $0.sent("changed", at: 3, payload: "{\"cue\":\"changed\",\"run\":\"aaaa\",\"a\":1}")
            $0.sent("lost", at: 4)
            $0.sent("gone#1", at: 5)
        }
        let second = log {
            $0.sent("same", at: 1.05, late: .milliseconds(9))
            $0.sent("moved", at: 2.1)
            $0.sent("changed", at: 3, payload: "{\"cue\":\"changed\",\"run\":\"bbbb\",\"a\":2}")
            $0.missed("lost", at: 4, "late")
            $0.sent("new#1", at: 5)
        }
        let comparison = Comparison(first, second)
        func names(_ pairs: [Comparison.Pair]) -> [String] {
            pairs.map { first.cues[$0.first].name }
        }
        #expect(names(comparison.pairs) == ["same", "moved", "changed", "lost"])
        #expect(names(comparison.pairs.filter(comparison.isMoved)) == ["moved"])
        #expect(names(comparison.pairs.filter(\.isChanged)) == ["changed"])
        #expect(names(comparison.pairs.filter(comparison.isEndedOtherwise)) == ["lost"])
        #expect(comparison.onlyFirst.map { first.cues[$0].name } == ["gone#1"])
        #expect(comparison.onlySecond.map { second.cues[$0].name } == ["new#1"])
        #expect(comparison.later(comparison.pairs[0]) == .milliseconds(8))
        #expect(comparison.moved(comparison.pairs[1]) == .milliseconds(100))
        #expect(comparison.later(comparison.pairs[3]) == nil)
        #expect(
            comparison.verdict
                == Verdict(
                    grade: .bad,
                    text: "4 cues in both runs: 1 only in the first, 1 only in the second, 1 "
                        + "moved, 1 with another content, 1 ended otherwise; late p99 1.0 ms, then "
                        + "9.0 ms."))
        let text = comparison.text(ReportStyle(), logs: ("a.jsonl", "b.jsonl"))
        #expect(text.contains("\n  moved  00:00:02    → 00:00:02.1 (+100.0 ms)\n"))
        #expect(text.contains("\n  lost  00:00:04    sent → missed (its moment was past)\n"))
        #expect(text.contains("\n  same  00:00:01    1.0 ms → 9.0 ms (+8.0 ms)\n"))
    }

    @Test func callsTwoOfAKindAlike() {
        let run = log { $0.sent("q1", at: 1, payload: "{\"run\":\"a\",\"current_time\":\"x\"}") }
        let again = log { $0.sent("q1", at: 1, payload: "{\"run\":\"b\",\"current_time\":\"y\"}") }
        let verdict = Comparison(run, again).verdict
        #expect(verdict.grade == .good)
        #expect(
            verdict.text
                == "1 cue in both runs, and all went alike; late p99 1.0 ms, then 1.0 ms.")
    }

    /// A channel's name matters only where a run has several.
    @Test func matchesTheOnlyChannelsOfBoth() {
        let one = log("main") { $0.sent("q1", at: 1, on: "main") }
        let other = log("test") { $0.sent("q1", at: 1, on: "test") }
        #expect(Comparison(one, other).pairs.count == 1)
        let two = log("main") {
            $0.sent("q1", at: 1, on: "es")
            $0.sent("q1", at: 1, on: "main")
        }
        let comparison = Comparison(one, two)
        #expect(comparison.pairs.map(\.second) == [1])
        #expect(comparison.onlySecond == [0])
    }
}
