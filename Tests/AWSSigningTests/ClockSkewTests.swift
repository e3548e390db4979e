import AWSSigning
import CueText
import Foundation
import Testing

@Suite struct ClockSkewTests {
    private static let file = VectorFiles.shared.appending(
        path: "clock-skew/clock-skew-test-cases.json")
    private static let start = WallTime(seconds: 1_767_225_600)

    private func date(_ seconds: Int64) -> String { (Self.start + .seconds(seconds)).httpDate }

    /// The codes that AWS's rules take for a possible sign of a wrong clock.
    private let candidates = [
        "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure",
        "RequestTimeTooSkewed", "AccessDeniedException",
    ]

    @Test(
        .enabled(if: VectorFiles.isPresent("clock-skew"), "AWS's cases are not beside the checkout")
    )
    func signsRetriesAndLearnsAsAWSsOwnCasesHaveIt() throws {
        let tests = try #require(try VectorFiles.json(Self.file)["tests"]?.array)
        #expect(tests.count == 10)
        for test in tests {
            let name = test["description"]?.string ?? "?"
            var skew = ClockSkew()
            for operation in try #require(test["operations"]?.array) {
                let initial = try seconds(operation["initialClientSkew"])
                // A case may begin with a skew that was learned before.
                if skew.skew != .seconds(initial) {
                    skew.learn(
                        date: date(initial), age: nil, sent: Self.start, received: Self.start)
                }
                var isRefused = false
                var mayGoOn = true
                for attempt in try #require(operation["attempts"]?.array) {
                    #expect(mayGoOn, "\(name): an attempt more than we would make")
                    let sent = try time(attempt["clientTimeAtSend"])
                    #expect(
                        skew.signingTime(at: sent) == (try time(attempt["expectedSigningTime"])),
                        "\(name)")
                    let answer = try #require(attempt["response"])
                    let off = skew.learn(
                        date: answer["headers"]?["Date"]?.string,
                        age: answer["headers"]?["Age"]?.string, sent: sent,
                        received: try time(attempt["clientTimeAtReceive"]))
                    let code = answer["errorCode"]?.string
                    isRefused = code != nil
                    mayGoOn = candidates.contains(code ?? "") && ClockSkew.explains(off)
                }
                if operation["maxAttempts"] == nil {
                    #expect(!mayGoOn, "\(name): an attempt fewer than we would make")
                }
                #expect(
                    skew.skew == .seconds(try seconds(operation["expectedClientSkew"])), "\(name)")
                #expect(
                    isRefused == (operation["expectedOutcome"]?.string == "error"), "\(name)")
            }
        }
    }

    private func time(_ value: JSONValue?) throws -> WallTime {
        let text = try #require(value?.string)
        return try #require(WallTime(rfc3339: text))
    }

    private func seconds(_ value: JSONValue?) throws -> Int64 {
        guard case .number(let text)? = value else { throw VectorProblem(file: "clock-skew") }
        return try #require(Int64(text))
    }

    @Test func learnsFromTheMiddleOfTheRoundTripWhateverTheAnswerWas() {
        var skew = ClockSkew()
        let off = skew.learn(
            date: date(301), age: nil, sent: Self.start, received: Self.start + .seconds(2))
        #expect(off == .seconds(300))
        #expect(skew.signingTime(at: Self.start) == Self.start + .seconds(300))
        #expect(ClockSkew.explains(off))
    }

    @Test func doesNotBlameTheClockForASecondRefusalAtTheServicesTime() {
        var skew = ClockSkew()
        let answer = Self.start + .seconds(1)
        let first = skew.learn(date: date(3_600), age: nil, sent: answer, received: answer)
        #expect(ClockSkew.explains(first))
        let second = skew.learn(date: date(3_600), age: nil, sent: answer, received: answer)
        #expect(!ClockSkew.explains(second))
    }

    @Test func learnsNothingFromFourMinutesOrLessNorFromACacheOrALateDate() {
        #expect(!ClockSkew.explains(.seconds(240)))
        #expect(ClockSkew.explains(.seconds(241)))
        #expect(ClockSkew.explains(.seconds(-241)))
        #expect(!ClockSkew.explains(nil))
        var skew = ClockSkew()
        let start = Self.start
        #expect(skew.learn(date: nil, age: nil, sent: start, received: start) == nil)
        #expect(skew.learn(date: "soon", age: nil, sent: start, received: start) == nil)
        #expect(skew.learn(date: date(600), age: "5", sent: start, received: start) == nil)
        #expect(
            skew.learn(date: date(600), age: nil, sent: start, received: start + .seconds(901))
                == nil)
        #expect(skew.skew == .zero)
    }
}
