import CueScheduler
import CueSheet
import CueTestSupport
import CueText
import CueTimeline
import Testing

@Suite struct UndoTests {
    private func three() -> PlanDriver {
        PlanDriver(
            .test(
                .payload("a", at: .at(10)), .question("b", at: .at(20), reveal: .seconds(1)),
                .payload("c", at: .at(60))))
    }

    @Test func takesBackAShift() {
        var driver = three()
        driver.play(until: 12)
        driver.act(.shift(.seconds(10)))
        #expect(driver.act(.undo) == .done(moved: .seconds(-10)))
        #expect(
            driver.act(.undo) == .refused("there is no shift or skip that has not taken effect"))
        driver.play(until: 100)
        #expect(driver.notes == ["10000 a", "20000 b", "41000 b.reveal", "60000 c"])
    }

    @Test func takesBackNoMoreOfAShiftThanThereIsTimeFor() {
        var driver = three()
        driver.play(until: 12)
        driver.act(.shift(.seconds(10)))
        driver.play(until: 25)
        #expect(driver.act(.undo) == .done(moved: .seconds(-5)))
        #expect(driver.notes == ["10000 a", "25000 b"])
    }

    @Test func aShiftHasTakenEffectOnceACueLeft() {
        var driver = three()
        driver.act(.shift(.seconds(1)))
        driver.play(until: 11)
        #expect(
            driver.act(.undo) == .refused("there is no shift or skip that has not taken effect"))
    }

    @Test func takesBackASkipUntilItsMoment() {
        var driver = three()
        driver.act(.skip("b"))
        driver.play(until: 19)
        #expect(driver.act(.undo) == .done(target: "b"))
        driver.play(until: 20)
        driver.act(.skip("c"))
        driver.play(until: 61)
        #expect(
            driver.act(.undo) == .refused("there is no shift or skip that has not taken effect"))
        #expect(
            driver.notes.filter { !$0.contains("restored") } == [
                "0 skip b operator", "0 skip b.reveal question_not_sent", "10000 a", "20000 b",
                "20000 skip c operator", "41000 b.reveal",
            ])
    }

    @Test func takesBackTheSkipOfAManualCue() {
        var driver = PlanDriver(
            .test(.payload("m", at: .manual), .payload("n", at: .manual)))
        driver.act(.skip("m"))
        #expect(driver.plan.offered == "n")
        driver.act(.undo)
        #expect(driver.plan.offered == "m")
        driver.act(.skip("m"))
        driver.act(.go(nil))
        #expect(
            driver.act(.undo) == .refused("there is no shift or skip that has not taken effect"))
    }

    @Test func takesBackTheSkipOfARepeat() {
        var driver = PlanDriver(
            .test(.payload("r", at: .at(10)).repeated(every: .seconds(10), .times(4))))
        driver.play(until: 12)
        driver.act(.skip("r#2"))
        driver.act(.undo)
        driver.act(.skip("r#3"))
        driver.act(.undo)
        driver.play(until: 100)
        #expect(
            driver.notes.filter { !$0.contains("skip") && !$0.contains("restored") }
                == ["10000 r#1", "20000 r#2", "30000 r#3", "40000 r#4"])
    }
}

@Suite struct ReplaceTests {
    private func edited(_ cues: Cue...) -> Timeline { Timeline.build(.test(cues)).timeline }

    @Test func changesWhatIsToComeAndNothingElse() {
        var driver = PlanDriver(
            .test(
                .question("a", at: .at(10), reveal: .seconds(5)), .payload("b", at: .at(50)),
                .payload("c", at: .at(60)), .payload("d", at: .at(70))))
        driver.play(until: 12)
        driver.edit(
            edited(
                .question("a", at: .at(40)), .payload("new", at: .at(45)),
                .payload("c", at: .at(65)), .payload("d", at: .at(70))))
        driver.play(until: 100)
        #expect(
            driver.notes == [
                "10000 a", "12000 skip b removed", "35000 a.reveal", "45000 new", "65000 c",
                "70000 d",
            ])
        #expect(driver.plan.hasOnlyManual && !driver.plan.hasUncalled)
    }

    @Test func sendsNothingThatTheEditPlacesInThePast() {
        var driver = PlanDriver(
            .test(.payload("a", at: .at(10)), .payload("b", at: .at(50))))
        driver.play(until: 30)
        driver.edit(
            edited(
                .payload("a", at: .at(10)), .payload("b", at: .at(20)),
                .payload("n", at: .at(25)), .payload("o", at: .at(31))))
        driver.play(until: 100)
        #expect(
            driver.notes == [
                "10000 a", "30000 skip b edited_past", "30000 skip n edited_past", "31000 o",
            ])
    }

    @Test func keepsShiftsHoldsAndSkips() {
        var driver = PlanDriver(
            .test(
                .payload("a", at: .at(10)), .payload("b", at: .at(50)), .payload("c", at: .at(60))))
        driver.play(until: 12)
        driver.act(.shift(.seconds(5)))
        driver.act(.skip("b"))
        driver.act(.hold)
        driver.edit(
            edited(
                .payload("a", at: .at(10)), .payload("b", at: .at(50)),
                .payload("c", at: .at(61))))
        driver.play(until: 15)
        driver.act(.resume)
        driver.play(until: 100)
        #expect(driver.notes == ["10000 a", "12000 skip b operator", "69000 c"])
    }

    @Test func goesOnWithRepeatsWhereTheyAre() {
        let repeated = Cue.payload("r", at: .at(10))
        var driver = PlanDriver(.test(repeated.repeated(every: .seconds(10), .times(3))))
        driver.play(until: 25)
        driver.edit(edited(repeated.repeated(every: .seconds(12), .times(5))))
        driver.play(until: 100)
        #expect(driver.notes == ["10000 r#1", "20000 r#2", "34000 r#3", "46000 r#4", "58000 r#5"])
        driver.edit(edited(repeated.repeated(every: .seconds(12), .times(9))))
        driver.play(until: 200)
        #expect(driver.notes.suffix(2) == ["106000 r#9", "100000 skip r#8 edited_past"].reversed())
    }

    @Test func keepsWhatAGoHasPlaced() {
        var driver = PlanDriver(
            .test(
                .payload("m", at: .manual), .payload("f", at: .after("m", 10)),
                .payload("n", at: .manual)))
        driver.play(until: 5)
        driver.act(.go(nil))
        driver.play(until: 6)
        driver.edit(
            edited(
                .payload("m", at: .manual), .payload("f", at: .after("m", 20)),
                .payload("n", at: .manual), .payload("o", at: .manual)))
        #expect(driver.plan.offered == nil)
        driver.play(until: 30)
        #expect(driver.notes == ["5000 m", "25000 f"])
        #expect(driver.plan.offered == "n")
        #expect(driver.plan.waitingForGo(9).count == 2)
    }

    @Test func listsWhatIsToCome() {
        var driver = PlanDriver(
            .test(
                .payload("a", at: .at(30)), .payload("b", at: .at(10)),
                .payload("r", at: .at(20)).repeated(every: .seconds(1), .never)), source: nil)
        func names() -> [String] {
            driver.plan.upcoming(9, at: driver.now).map { driver.name($0.dispatch) }
        }
        #expect(names() == ["b", "r#1", "a"])
        driver.align()
        #expect(names() == ["b", "r#1", "a"])
        driver.act(.hold)
        driver.play(until: 3)
        #expect(names() == ["b", "r#1", "a"])
        #expect(
            driver.plan.upcoming(1, at: driver.now).first?.due == driver.now + .seconds(10))
        #expect(driver.plan.over(at: driver.now) == 3_000_000_000)
    }
}
