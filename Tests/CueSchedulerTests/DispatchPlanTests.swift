import CueScheduler
import CueSheet
import CueTestSupport
import CueText
import CueTimeline
import Testing

@Suite struct DispatchPlanTests {
    @Test func sendsEachCueAtItsMomentInTheSheetsOrder() {
        var driver = PlanDriver(
            .test(
                .payload("c", at: .at(20)), .payload("a", at: .at(10)), .payload("b", at: .at(10))))
        driver.play(until: 60)
        #expect(driver.notes == ["10000 a", "10000 b", "20000 c"])
        #expect(driver.plan.hasOnlyManual)
    }

    @Test func leavesAheadByTheLeadAndArmsASecondBefore() {
        var driver = PlanDriver(.test(.payload("a", at: .at(10))))
        driver.plan.lead = .milliseconds(40)
        #expect(
            driver.plan.nextWake
                == PlanDriver.boot + .milliseconds(9_960) - DispatchPlan.notice)
        driver.play(until: 9)
        #expect(driver.armed == ["a"])
        #expect(driver.notes.isEmpty)
        driver.play(until: 20)
        #expect(driver.notes == ["9960 a"])
    }

    @Test func showsTheRevealAsNextWhileTheQuestionIsRepeated() {
        var driver = PlanDriver(
            .test(
                .question("q", at: .at(10), reveal: .seconds(3), again: .seconds(5)),
                .payload("later", at: .at(60))))
        driver.play(until: 11)
        #expect(
            driver.plan.upcoming(1, at: driver.now).map { driver.name($0.dispatch) } == ["q.reveal"]
        )
        driver.play(until: 40)
        #expect(
            driver.plan.upcoming(1, at: driver.now).map { driver.name($0.dispatch) } == ["later"])
    }

    @Test func addsTheEncodersDelayUnlessZeroIsTheStreams() {
        let sheet = Sheet.test(.payload("a", at: .at(10)))
        var byClock = PlanDriver(sheet, encoderDelay: .seconds(2))
        byClock.play(until: 60)
        #expect(byClock.notes == ["12000 a"])
        var byStream = PlanDriver(sheet, encoderDelay: .seconds(2), source: .stream)
        byStream.play(until: 60)
        #expect(byStream.notes == ["10000 a"])
    }

    @Test func missesWhatIsPastItsBudget() {
        var driver = PlanDriver(
            .test(
                .question("q", at: .at(10), reveal: .seconds(1)),
                .payload("any", at: .at(10), late: .any), .payload("new", at: .at(14))))
        driver.now = PlanDriver.boot + .milliseconds(15_001)
        driver.perform(driver.plan.advance(to: driver.now))
        #expect(
            driver.notes
                == [
                    "15001 miss q", "15001 skip q.reveal question_not_sent", "15001 any",
                    "15001 new",
                ])
    }

    @Test func sendsAtTheVeryEndOfTheBudget() {
        var driver = PlanDriver(.test(.payload("q", at: .at(10))))
        driver.now = PlanDriver.boot + .seconds(15)
        driver.perform(driver.plan.advance(to: driver.now))
        #expect(driver.notes == ["15000 q"])
    }

    @Test func repeatsAQuestionAndRevealsItsAnswer() {
        var driver = PlanDriver(
            .test(.question("q", at: .at(10), reveal: .seconds(5), again: .seconds(6))))
        driver.play(until: 60)
        #expect(
            driver.notes == ["10000 q", "16000 q+1", "22000 q+2", "28000 q+3", "35000 q.reveal"])
    }

    @Test func makesTheRevealAsLateAsItsQuestion() {
        var driver = PlanDriver(.test(.question("q", at: .at(10), reveal: .seconds(5))))
        driver.outcome = { _ in .sent(late: .milliseconds(2_500)) }
        driver.play(until: 60)
        #expect(driver.notes == ["10000 q", "37500 q.reveal"])
    }

    @Test func takesAFewMillisecondsForPunctual() {
        var driver = PlanDriver(.test(.question("q", at: .at(10), reveal: .seconds(5))))
        driver.outcome = { _ in .sent(late: Timeline.lateTolerance) }
        driver.play(until: 60)
        #expect(driver.notes.last == "35000 q.reveal")
    }

    @Test func skipsTheRevealOfAQuestionThatWasNotSentOnThatChannelAlone() {
        var driver = PlanDriver(
            .test(channels: 2, .question("q", at: .at(10), reveal: .seconds(5))))
        driver.outcome = { $0.dispatch.channel == 1 ? .notSent : .sent(late: .zero) }
        driver.play(until: 60)
        #expect(
            driver.notes == [
                "10000 q", "10000 q@1", "10000 skip q.reveal@1 question_not_sent", "35000 q.reveal",
            ])
    }

    @Test func revealsAQuestionInDoubtWithoutRepeatingIt() {
        var driver = PlanDriver(
            .test(.question("q", at: .at(10), reveal: .seconds(5), again: .seconds(6))))
        driver.outcome = { _ in .inDoubt }
        driver.play(until: 60)
        #expect(driver.notes == ["10000 q", "35000 q.reveal"])
    }

    @Test func repeatsUntilItsEnd() {
        var driver = PlanDriver(
            .test(
                .payload("t", at: .at(5)).repeated(every: .seconds(10), .times(3)),
                .payload("u", at: .at(6)).repeated(every: .seconds(10), .until(.seconds(16))),
                .payload("v", at: .at(7)).repeated(every: .seconds(20), .never)))
        driver.play(until: 70)
        #expect(
            driver.notes == [
                "5000 t#1", "6000 u#1", "7000 v#1", "15000 t#2", "16000 u#2", "25000 t#3",
                "27000 v#2", "47000 v#3", "67000 v#4",
            ])
    }

    @Test func addsTheChannelsOffset() {
        var sheet = Sheet.test(channels: 2, .payload("a", at: .at(10)))
        sheet.channels[1].offset = .milliseconds(-200)
        sheet.offset = .seconds(1)
        var driver = PlanDriver(sheet)
        driver.play(until: 60)
        #expect(driver.notes == ["10800 a@1", "11000 a"])
    }

    @Test func runsFastButKeepsTheCalendar() {
        var driver = PlanDriver(
            .test(.question("q", at: .at(60), reveal: .seconds(40))), speed: 60)
        var moments: [ScheduledDispatch] = []
        driver.outcome = { planned in
            moments.append(planned)
            return .sent(late: .zero)
        }
        driver.play(until: 60)
        #expect(driver.notes == ["1000 q", "2000 q.reveal"])
        #expect(
            moments.map(\.moment) == [
                PlanDriver.wall + .seconds(60), PlanDriver.wall + .seconds(120),
            ])
    }

    @Test func followsANewZeroUntilSomethingHasLeft() {
        var driver = PlanDriver(.test(.payload("a", at: .at(10)), .payload("b", at: .at(20))))
        driver.play(until: 9.5)
        driver.align(.stream, after: .seconds(5))
        #expect(driver.armed == ["a", "-a"])
        driver.play(until: 60)
        #expect(driver.notes == ["15000 a", "25000 b"])
    }

    @Test func sendsInstantsAtTheirMomentWhateverZeroIs() {
        var driver = PlanDriver(
            .test(
                .payload("i", at: .instant(PlanDriver.wall + .seconds(30))),
                .payload("a", at: .at(10))), encoderDelay: .seconds(3))
        driver.align(.now, after: .seconds(7))
        driver.act(.shift(.seconds(100)))
        driver.play(until: 200)
        #expect(driver.notes == ["30000 i", "120000 a"])
    }

    @Test func endsEveryCueWhenTheRunIsStopped() {
        var driver = PlanDriver(
            .test(
                .question("q", at: .at(10), reveal: .seconds(5)),
                .payload("r", at: .at(11)).repeated(every: .seconds(5), .times(3)),
                .payload("e", at: .at(12)).repeated(every: .seconds(5), .never),
                .payload("m", at: .manual), .payload("f", at: .after("m", 3))))
        driver.play(until: 10.5)
        driver.perform(driver.plan.skipAll(.stopped))
        #expect(
            driver.notes.dropFirst().map { String($0.dropFirst(6)) }.sorted() == [
                "skip e#1 stopped", "skip f stopped", "skip m stopped",
                "skip q.reveal stopped", "skip r#1 stopped", "skip r#2 stopped",
                "skip r#3 stopped",
            ])
    }

    @Test func endsAHundredThousandInNoTime() {
        let cues = (0..<100_000).map { Cue.payload("c\($0)", at: .at($0)) }
        var driver = PlanDriver(.test(cues))
        driver.now = PlanDriver.boot + .seconds(50_000)
        #expect(driver.plan.dropPast(at: driver.now, .joinedLate).count == 49_995)
        #expect(driver.plan.skipAll(.stopped).count == 50_005)
    }

    @Test func joinsLate() {
        var driver = PlanDriver(
            .test(
                .question("q", at: .at(10), reveal: .seconds(5)),
                .payload("r", at: .at(12)).repeated(every: .seconds(10), .times(6)),
                .payload("a", at: .at(57)), .payload("b", at: .at(70))))
        driver.now = PlanDriver.boot + .seconds(60)
        #expect(driver.plan.pastBudget(at: driver.now).count == 2)
        driver.perform(driver.plan.dropPast(at: driver.now, .joinedLate))
        driver.play(until: 100)
        #expect(
            driver.notes == [
                "60000 skip q joined_late", "60000 skip q.reveal question_not_sent",
                "60000 skip r#1 joined_late", "60000 skip r#2 joined_late",
                "60000 skip r#3 joined_late", "60000 skip r#4 joined_late",
                "60000 skip r#5 joined_late", "60000 a", "62000 r#6", "70000 b",
            ])
    }
}

@Suite struct OperatorTests {
    private func three() -> PlanDriver {
        PlanDriver(
            .test(
                .payload("a", at: .at(10)), .payload("b", at: .at(20)), .payload("c", at: .at(30))))
    }

    @Test func holdStopsTheClockAndResumeGoesOn() {
        var driver = three()
        driver.play(until: 15)
        driver.act(.hold)
        #expect(driver.act(.hold) == .refused("the show is held already"))
        driver.play(until: 100)
        #expect(driver.notes == ["10000 a"])
        driver.act(.resume)
        driver.play(until: 200)
        #expect(driver.notes == ["10000 a", "105000 b", "115000 c"])
        #expect(driver.act(.resume) == .refused("the show is not held"))
    }

    @Test func holdDisarms() {
        var driver = three()
        driver.play(until: 9.5)
        driver.act(.hold)
        #expect(driver.armed == ["a", "-a"])
    }

    @Test func holdBeforeZeroHoldsTheShowAtZero() {
        var driver = PlanDriver(.test(.payload("a", at: .at(10))), source: nil)
        driver.act(.hold)
        driver.align()
        driver.play(until: 50)
        driver.act(.resume)
        driver.play(until: 100)
        #expect(driver.notes == ["60000 a"])
    }

    @Test func holdDelaysAReveal() {
        var driver = PlanDriver(.test(.question("q", at: .at(10), reveal: .seconds(5))))
        driver.play(until: 20)
        driver.act(.hold)
        driver.play(until: 23)
        driver.act(.resume)
        driver.play(until: 100)
        #expect(driver.notes == ["10000 q", "38000 q.reveal"])
    }

    @Test func anInstantThatPassesWhileHeldIsLateByItsOwnMoment() {
        var driver = PlanDriver(
            .test(
                .payload("near", at: .instant(PlanDriver.wall + .seconds(28))),
                .payload("far", at: .instant(PlanDriver.wall + .seconds(20)))))
        driver.play(until: 10)
        driver.act(.hold)
        driver.play(until: 30)
        driver.act(.resume)
        driver.play(until: 60)
        #expect(driver.notes == ["30000 miss far", "30000 near"])
    }

    @Test func shiftMovesWhatWasNotSent() {
        var driver = three()
        driver.play(until: 12)
        #expect(driver.act(.shift(.seconds(7))) == .done(moved: .seconds(7)))
        driver.play(until: 100)
        #expect(driver.notes == ["10000 a", "27000 b", "37000 c"])
    }

    @Test func aNegativeShiftStopsWhereTheNextIsDueNow() {
        var driver = three()
        driver.play(until: 12)
        #expect(driver.act(.shift(.seconds(-30))) == .done(moved: .seconds(-8)))
        driver.play(until: 100)
        #expect(driver.notes == ["10000 a", "12000 b", "22000 c"])
    }

    @Test func shiftNeverMovesTheRevealOfASentQuestion() {
        var driver = PlanDriver(
            .test(
                .question("q", at: .at(10), reveal: .seconds(5)),
                .question("r", at: .at(40), reveal: .seconds(5))))
        driver.play(until: 20)
        driver.act(.shift(.seconds(30)))
        driver.play(until: 200)
        #expect(driver.notes == ["10000 q", "35000 q.reveal", "70000 r", "95000 r.reveal"])
    }

    @Test func shiftDoesNotTearACueApart() {
        var sheet = Sheet.test(channels: 2, .payload("a", at: .at(10)))
        sheet.channels[1].offset = .seconds(3)
        var driver = PlanDriver(sheet)
        driver.play(until: 11)
        driver.act(.shift(.seconds(60)))
        driver.play(until: 100)
        #expect(driver.notes == ["10000 a", "13000 a@1"])
    }

    @Test func skipEndsACueAndItsReveal() {
        var driver = PlanDriver(
            .test(.question("q", at: .at(10), reveal: .seconds(5)), .payload("b", at: .at(20))))
        #expect(driver.act(.skip("q")) == .done(target: "q"))
        #expect(driver.act(.skip("q")) == .refused("\"q\" is not pending any more"))
        #expect(driver.act(.skip("x")) == .refused("no cue has the id \"x\""))
        driver.play(until: 60)
        #expect(
            driver.notes == ["0 skip q operator", "0 skip q.reveal question_not_sent", "20000 b"])
    }

    @Test func skipTakesTheNextOfARepeatOrTheOneNamed() {
        var driver = PlanDriver(
            .test(.payload("r", at: .at(10)).repeated(every: .seconds(10), .times(5))))
        driver.act(.skip("r#4"))
        driver.play(until: 12)
        #expect(driver.act(.skip("r")) == .done(target: "r#2"))
        driver.play(until: 100)
        #expect(
            driver.notes == [
                "0 skip r#4 operator", "10000 r#1", "12000 skip r#2 operator", "30000 r#3",
                "50000 r#5",
            ])
    }

    @Test func takeSendsNowPassesOverTheRestBeforeAndPullsWhatFollows() {
        var driver = three()
        driver.play(until: 5)
        #expect(driver.act(.take("b")) == .done(target: "b", moved: .seconds(-15)))
        driver.play(until: 100)
        #expect(driver.notes == ["5000 skip a taken_past", "5000 b", "15000 c"])
    }

    @Test func takeOfACueThatIsDueLaterThanPlannedPushesTheRest() {
        var driver = three()
        driver.play(until: 5)
        driver.act(.hold)
        driver.play(until: 50)
        driver.act(.take("a"))
        #expect(driver.notes == ["50000 a"])
        driver.act(.resume)
        driver.play(until: 100)
        #expect(driver.notes == ["50000 a", "60000 b", "70000 c"])
    }

    @Test func fireUsesUpThePendingOneAndMovesNothingElse() {
        var driver = three()
        driver.play(until: 5)
        #expect(driver.act(.fire("b")) == .done(target: "b"))
        driver.play(until: 100)
        #expect(driver.notes == ["5000 b", "10000 a", "30000 c"])
    }

    @Test func fireAgainMakesANewOccurrence() {
        var driver = PlanDriver(.test(.question("q", at: .at(10), reveal: .seconds(5))))
        driver.play(until: 50)
        #expect(driver.act(.fire("q")) == .done(target: "q!2"))
        driver.play(until: 100)
        driver.act(.fire("q"))
        #expect(
            driver.notes == [
                "10000 q", "35000 q.reveal", "50000 q!2", "75000 q!2.reveal", "100000 q!3",
            ])
    }

    @Test func fireLeavesWhileHeldAndCountsTheEncodersDelay() {
        var driver = PlanDriver(
            .test(.payload("a", at: .at(10))), encoderDelay: .seconds(2), source: .stream)
        driver.play(until: 3)
        driver.act(.hold)
        driver.act(.fire("a"))
        driver.play(until: 20)
        #expect(driver.notes == ["5000 a"])
    }

    @Test func beforeZeroOnlyTheRundownCanBeChanged() {
        var driver = PlanDriver(
            .test(
                .payload("a", at: .at(10)), .payload("b", at: .at(20)), .payload("m", at: .manual)),
            source: nil)
        #expect(driver.act(.take("a")) == .refused("the show has not started"))
        #expect(driver.act(.fire("a")) == .refused("the show has not started"))
        #expect(driver.act(.go(nil)) == .refused("the show has not started"))
        #expect(driver.act(.skip("a")) == .done(target: "a"))
        #expect(driver.act(.shift(.seconds(5))) == .done(moved: .seconds(5)))
        driver.align()
        driver.play(until: 60)
        #expect(driver.notes == ["0 skip a operator", "25000 b"])
    }
}

@Suite struct GoTests {
    private func show() -> PlanDriver {
        PlanDriver(
            .test(
                .payload("a", at: .at(10)), .question("m", at: .manual, reveal: .seconds(5)),
                .payload("f", at: .after("m", 40)), .payload("n", at: .manual),
                .payload("b", at: .at(200))))
    }

    @Test func offersAManualCueOnceAllAboveHasComeDue() {
        var driver = show()
        #expect(driver.plan.offered == nil)
        #expect(driver.act(.go(nil)) == .refused("no manual cue is on offer"))
        driver.play(until: 11)
        #expect(driver.plan.offered == "m")
        #expect(driver.act(.go("n")) == .refused("\"n\" is not on offer, \"m\" is"))
        #expect(driver.act(.go("m")) == .done(target: "m"))
        // The next one waits for what floats on the first.
        #expect(driver.plan.offered == nil)
        driver.play(until: 60)
        #expect(driver.plan.offered == "n")
        driver.act(.go(nil))
        driver.play(until: 300)
        #expect(
            driver.notes == [
                "10000 a", "11000 m", "36000 m.reveal", "51000 f", "60000 n", "200000 b",
            ])
    }

    @Test func refusesADoubleGo() {
        var driver = PlanDriver(.test(.payload("m", at: .manual), .payload("n", at: .manual)))
        driver.play(until: 1)
        #expect(driver.act(.go(nil)) == .done(target: "m"))
        driver.play(until: 2.9)
        #expect(driver.act(.go(nil)) == .refused("a GO was given less than 2 s ago"))
        driver.play(until: 3)
        #expect(driver.act(.go(nil)) == .done(target: "n"))
    }

    @Test func repeatsAManualCueFromItsGoOn() {
        var driver = PlanDriver(
            .test(.payload("m", at: .manual).repeated(every: .seconds(10), .times(3))))
        driver.play(until: 7)
        driver.act(.go(nil))
        driver.play(until: 100)
        #expect(driver.notes == ["7000 m#1", "17000 m#2", "27000 m#3"])
        #expect(!driver.plan.hasUncalled)
    }

    @Test func takeOfAManualCuePassesOverWhatStandsAbove() {
        var driver = show()
        driver.play(until: 5)
        #expect(driver.act(.take("m")) == .done(target: "m"))
        driver.play(until: 60)
        #expect(
            driver.notes == ["5000 skip a taken_past", "5000 m", "30000 m.reveal", "45000 f"])
    }

    @Test func skippedManualCueIsNotOffered() {
        var driver = show()
        driver.play(until: 11)
        driver.act(.skip("m"))
        #expect(driver.plan.offered == "n")
        #expect(driver.plan.hasUncalled)
    }
}
