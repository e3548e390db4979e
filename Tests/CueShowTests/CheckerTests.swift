import CueScheduler
import CueSheet
import CueShow
import CueTestSupport
import CueText
import Testing

/// Every checker of the simulation is shown a show that is broken in the way that it looks for.
@Suite struct CheckerTests {
    /// Plays a plain show that is broken in one way, and says which checkers notice.
    private func noticed(
        _ flaw: Simulation.Flaw?, sheet: Sheet? = nil,
        events: [(time: Duration, event: Scenario.Event)] = []
    ) -> [Checker] {
        var scenario = Scenario(seed: 1)
        scenario.settings = ShowSettings()
        scenario.settings.start = .now
        scenario.settings.lead = .fixed(.zero)
        scenario.faults = Faults()
        scenario.streamStart = Scenario.wall
        scenario.sheet =
            sheet
            ?? .test(
                .question("q", at: .time(.seconds(10)), reveal: .seconds(5)),
                .payload("p", at: .time(.seconds(20))))
        scenario.events = events + [(.seconds(100), .stop)]
        let trace = Simulation(scenario, flaw: flaw).run()
        return Checker.allCases.filter { !$0.violations(of: trace).isEmpty }
    }

    @Test func findsNothingInASoundShow() {
        #expect(noticed(nil) == [])
    }

    @Test func noticesALostEnding() {
        #expect(noticed(.losesAnEnding).contains(.endsOnce))
    }

    @Test func noticesADoubledEnding() {
        #expect(noticed(.doublesAnEnding).contains(.endsOnce))
    }

    @Test func noticesWrongCounts() {
        #expect(noticed(.losesAnEnding).contains(.logIsSound))
    }

    @Test func noticesWhatLeavesEarly() {
        #expect(noticed(.sendsEarly).contains(.notEarly))
    }

    @Test func noticesAWrongMoment() {
        #expect(noticed(.addsToTheDue) == [.dueIsRight])
    }

    @Test func noticesWhatLeavesAfterItsBudget() {
        #expect(noticed(.sendsLate(.seconds(6))) == [.inBudget])
    }

    @Test func noticesARevealWithoutItsQuestion() {
        #expect(noticed(.swallowsQuestions) == [.revealFollows])
    }

    @Test func noticesASecondSend() {
        #expect(noticed(.sendsTwice) == [.notTwice])
    }

    @Test func noticesABurstAboveTheRate() {
        let cues = (0..<6).map { Cue.payload("c\($0)", at: .time(.seconds(10))) }
        #expect(noticed(nil, sheet: .test(cues)) == [])
        #expect(noticed(.ignoresTheRate, sheet: .test(cues)) == [.keepsRate])
    }

    @Test func noticesWhatLeavesWhileHeld() {
        let events: [(time: Duration, event: Scenario.Event)] = [
            (.seconds(12), .operate(.hold)), (.seconds(40), .operate(.resume)),
        ]
        #expect(noticed(nil, events: events) == [])
        #expect(noticed(.sendsLate(.seconds(4)), events: events).contains(.standsStill))
    }

    /// A resumed run that forgets what its log knows sends it again.
    @Test func noticesAResumedRunThatForgets() {
        let events: [(time: Duration, event: Scenario.Event)] = [
            (.seconds(11), .kill(pause: .seconds(1), lost: 0))
        ]
        #expect(noticed(nil, events: events) == [])
        #expect(noticed(.forgetsEndings, events: events).contains(.notTwice))
    }

    @Test(arguments: 1...60)
    func holdsOverRandomShows(seed: Int) {
        let trace = Simulation(Scenario(seed: UInt64(seed))).run()
        #expect(Checker.allCases.flatMap { $0.violations(of: trace) } == [])
    }

    /// The same seed gives the same show, byte for byte: a failing one replays alone.
    @Test func replaysASeed() {
        let logs = (0..<2).map { _ in Simulation(Scenario(seed: 42)).run().log }
        #expect(logs[0] == logs[1])
        #expect(logs[0].count > 500)
    }
}
