import CueReport
import CueText
import Testing

@Suite struct AnswerListingTests {
    private let answers = Answers([
        .init(
            run: "x7k2", cue: "q1", pollID: "p1", asked: "2026-11-27T19:00:00.000Z",
            text: "Say \"空\", twice?",
            answers: [
                .init(text: "空", count: 2, isRight: true),
                .init(text: "naïve", count: 1, isRight: false),
                .init(text: "✅ yes", count: 0, isRight: false),
            ]),
        .init(
            run: "", cue: "q2", pollID: "q2", asked: "2026-11-27T19:01:00.000Z", text: "And?",
            answers: [.init(text: "=1+1", count: 0, isRight: nil)]),
    ])

    @Test func standsInColumns() {
        #expect(
            answers.table == """
                q1 (run x7k2): Say "空", twice? — 3 answers
                  ✓ 空          2  66.7 %  █████████████
                    naïve       1  33.3 %  ██████
                    ✅ yes      0   0.0 %

                q2: And? — 0 answers
                    =1+1      0       –

                """)
        #expect(Answers([]).table == "no question was asked\n")
    }

    @Test func isCSV() {
        #expect(
            answers.csv
                == [
                    "run,cue,poll_id,asked,question,answer,count,share,right",
                    "x7k2,q1,p1,2026-11-27T19:00:00.000Z,\"Say \"\"空\"\", twice?\",空,2,0.6667,yes",
                    "x7k2,q1,p1,2026-11-27T19:00:00.000Z,\"Say \"\"空\"\", twice?\",naïve,1,0.3333,no",
                    "x7k2,q1,p1,2026-11-27T19:00:00.000Z,\"Say \"\"空\"\", twice?\",✅ yes,0,0.0000,no",
                    ",q2,q2,2026-11-27T19:01:00.000Z,And?,'=1+1,0,,", "",
                ].joined(separator: "\r\n"))
    }

    @Test func isJSONThatIsReadBack() throws {
        #expect(
            answers.json == """
                [
                {"run":"x7k2","cue":"q1","poll_id":"p1","asked":"2026-11-27T19:00:00.000Z",\
                "question":"Say \\"空\\", twice?","total":3,"answers":[\
                {"answer":"空","count":2,"share":0.6667,"right":true},\
                {"answer":"naïve","count":1,"share":0.3333,"right":false},\
                {"answer":"✅ yes","count":0,"share":0.0000,"right":false}]},
                {"run":"","cue":"q2","poll_id":"q2","asked":"2026-11-27T19:01:00.000Z",\
                "question":"And?","total":0,"answers":[\
                {"answer":"=1+1","count":0,"share":null,"right":null}]}
                ]

                """)
        let back = try #require(Answers(json: answers.json.utf8))
        #expect(back.json == answers.json)
        #expect(Answers([]).json == "[]\n")
    }

    @Test func roundsSharesToTheNearest() {
        func shares(_ counts: [Int]) -> [String] {
            let listed = counts.map { Answers.Answer(text: "a", count: $0, isRight: nil) }
            let one = Answers.Question(
                run: "", cue: "q", pollID: "", asked: "", text: "", answers: listed)
            return Answers([one]).csv.split(separator: "\r\n").dropFirst().map {
                String($0.split(separator: ",", omittingEmptySubsequences: false)[7])
            }
        }
        #expect(shares([1, 2]) == ["0.3333", "0.6667"])
        #expect(shares([5, 0]) == ["1.0000", "0.0000"])
    }
}
