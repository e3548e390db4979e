import CueReport
import CueRunLog
import CueText
import Testing

@Suite struct FailRuleTests {
    private let review = {
        var log = LogMaker()
        for cue in 1...98 { log.sent("q\(cue)", at: Double(cue), late: .milliseconds(cue)) }
        log.missed("q99", at: 99, "throttled", attempts: 3)
        log.inDoubt("q100", at: 100)
        log.attemptFailed("q99", 3)
        log.operated("hold", at: 101)
        log.add(.suspended(.init(duration: .seconds(2), isMachine: true)))
        log.add(line: "torn")
        log.finished(exit: 1)
        return log.review(.figures)
    }()

    @Test(arguments: [
        ("missed>0", true), ("missed > 0", true), ("missed>1", false), ("missed>=1", true),
        ("missed<1", false), ("missed<=1", true), ("missed==1", true), ("missed!=1", false),
        ("failed>0", false), ("in_doubt>0", true), ("cues==100", true), ("sent<100", true),
        ("skipped>0", false), ("open>0", false), ("repeated>0", false),
        ("attempts==102", true), ("retries==2", true), ("failed_attempts==1", true),
        ("late_p50>48ms", true), ("late_p50>49ms", false), ("late_p90<=89ms", true),
        ("late_p99>0.097s", true), ("late_max==98ms", true), ("late_max>1m", false),
        ("round_trip_p50==20ms", true), ("round_trip_p99>20ms", false),
        ("missed>0.9%", true), ("missed>1%", false), ("missed>=1%", true), ("sent<98.5%", true),
        ("suspended>1s", true), ("suspended>2s", false), ("clock_steps>0", false),
        ("hooks_failed>0", false), ("torn_lines==1", true), ("unknown_events>0", false),
        ("finished==1", true), ("exit!=0", true), ("resumes>0", false),
    ])
    func holds(text: String, isTrue: Bool) throws {
        #expect(try FailRule(text).holds { review.figure($0) } == isTrue)
    }

    @Test func doesNotHoldWhereThereIsNoFigure() throws {
        let empty = LogMaker().review()
        #expect(try FailRule("late_p99>=0s").holds { empty.figure($0) } == nil)
        #expect(try FailRule("exit==0").holds { empty.figure($0) } == nil)
        #expect(try FailRule("missed>=0%").holds { empty.figure($0) } == nil)
        #expect(try FailRule("missed==0").holds { empty.figure($0) } == true)
    }

    @Test(arguments: [
        ("missed", "\"missed\" compares nothing"), ("", "\"\" compares nothing"),
        ("mised>0", "\"mised>0\": there is no figure \"mised\""),
        (">0", "\">0\": there is no figure \"\""),
        ("missed=0", "\"missed=0\" has no operator that is known"),
        ("missed>", "\"missed>\": missed is held against a whole number or a percentage"),
        ("missed>-1", "\"missed>-1\": missed is held against a whole number or a percentage"),
        ("missed>2s", "\"missed>2s\": missed is held against a whole number or a percentage"),
        ("missed>101%", "\"missed>101%\": \"101%\" is no percentage of cues"),
        ("missed>x%", "\"missed>x%\": \"x%\" is no percentage of cues"),
        ("exit>1%", "\"exit>1%\": exit is no share of anything"),
        ("late_p99>x", "\"late_p99>x\": late_p99 is held against a duration"),
        ("late_p99>1%", "\"late_p99>1%\": late_p99 is held against a duration"),
    ])
    func refuses(text: String, message: String) {
        #expect {
            _ = try FailRule(text)
        } throws: {
            ($0 as? FailRuleProblem)?.message == message
        }
    }

    @Test func suggestsAndLists() {
        #expect {
            _ = try FailRule("late_p9>1s")
        } throws: { error in
            guard let problem = error as? FailRuleProblem else { return false }
            return problem.hint.hasPrefix("did you mean late_p90? There are cues, sent, missed, ")
        }
    }

    @Test func knowsAFigureForEachMetric() {
        for metric in Metric.allCases where !metric.isOfTwoRuns {
            #expect(review.figure(metric) != nil, "\(metric.rawValue)")
        }
        let comparison = Comparison(review, review)
        for metric in Metric.allCases {
            #expect(comparison.figure(metric) != nil, "\(metric.rawValue)")
        }
    }
}
