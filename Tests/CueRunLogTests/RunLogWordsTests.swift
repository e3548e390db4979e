import CueRunLog
import CueScheduler
import CueText
import Testing

@Suite struct RunLogWordsTests {
    private static let time = WallTime(seconds: 1_800_000_000)
    private static let undelivered = RunEvent.Undelivered(
        cue: "q", channel: "main", due: time, attempts: 0)

    @Test func keepsAWordOfALaterVersionAsItStands() {
        let known = Logged<MissReason>(rawValue: "stream_offline")
        #expect(known == .known(.streamOffline))
        #expect(known.word == .streamOffline)
        let later = Logged<MissReason>(rawValue: "eaten")
        #expect(later == .unknown("eaten"))
        #expect(later.word == nil)
        #expect(later.rawValue == "eaten")
        #expect("\(known) \(later)" == "stream_offline eaten")
        #expect(ReasonText.words(later) == "eaten")
        let line = String(
            decoding: RunEvent.cueMissed(Self.undelivered, reason: later).line(at: Self.time),
            as: UTF8.self)
        #expect(line.hasSuffix("\"attempts\":0,\"reason\":\"eaten\"}\n"))
    }

    @Test func hasWordsForEveryReason() {
        let reasons =
            MissReason.allCases.map(\.rawValue) + SkipReason.allCases.map(\.rawValue)
            + DoubtReason.allCases.map(\.rawValue)
        #expect(reasons.count == 23)
        for reason in reasons { #expect(ReasonText.words(reason) != reason) }
        #expect(Set(reasons.map(ReasonText.words)).count == Set(reasons).count)
        for reason in MissReason.allCases {
            #expect(ReasonText.words(.known(reason)) == ReasonText.words(reason.rawValue))
        }
        for reason in SkipReason.allCases {
            #expect(ReasonText.words(.known(reason)) == ReasonText.words(reason.rawValue))
        }
    }

    @Test(
        arguments: [
            ("hold", "stream_restart", nil, OperatorAction.hold), ("hold", nil, nil, .hold),
            ("resume", nil, nil, .resume), ("resume", "q", nil, nil),
            ("shift", nil, Duration.milliseconds(-1_500), .shift(.milliseconds(-1_500))),
            ("shift", nil, nil, .shift(.zero)), ("skip", "fact#2", nil, .skip("fact#2")),
            ("skip", nil, nil, nil), ("take", "q", .seconds(3), .take("q")),
            ("take", nil, nil, nil), ("fire", "fact!2", nil, .fire("fact")),
            ("fire", nil, nil, nil),
            ("go", nil, nil, .go(nil)), ("go", "m!1", nil, .go("m")), ("undo", "q", nil, .undo),
            ("stop", nil, nil, .stop), ("stop", "q", nil, nil), ("rewind", "q", .seconds(1), nil),
        ] as [(String, String?, Duration?, OperatorAction?)])
    func takesAnActionOfTheLogAgain(
        name: String, target: String?, by: Duration?, action: OperatorAction?
    ) {
        let operated = RunEvent.Operated(
            action: Logged(rawValue: name), target: target, by: by, at: nil, refused: nil)
        #expect(operated.replayed == action)
    }
}
