import CueScheduler
import CueSheet
import CueTestSupport
import CueText
import CueTimeline
import Testing

/// Random sheets, edits and operator actions: whatever comes, nothing leaves or ends twice, and
/// nothing that is in force at the end is forgotten.
@Suite struct RandomEditTests {
    @Test(arguments: 0..<300) func everyCueEndsOnce(seed: Int) {
        var dice = SystemDice(UInt64(seed))
        var cues = (0..<8).map { cue("c\($0)", &dice) }
        var driver = PlanDriver(.test(cues), encoderDelay: .seconds(dice.number(0...1)))
        var taken: Set<String> = []
        for step in 1...24 {
            driver.play(until: Double(step * 6) + 0.37)
            if dice.number(0...2) == 0 {
                cues = edited(cues, step, &taken, &dice)
                driver.edit(Timeline.build(.test(cues)).timeline)
            } else if let id = dice.pick(cues)?.id {
                driver.act(action(id, &dice))
            }
        }
        driver.act(.resume)
        driver.play(until: 400)
        driver.perform(driver.plan.skipAll(.stopped))
        var ended = driver.ended
        for name in Set(ended) {
            #expect(ended.count { $0 == name } == 1, "\(name) ends twice in \(driver.notes)")
        }
        ended.removeAll { $0.contains("!") || $0.contains("+") }
        for entry in driver.plan.current {
            let cue = driver.plan.timeline.entries[entry].cue
            #expect(
                ended.contains { $0.split(separator: "#").first.map(String.init) == cue.id },
                "\(cue.id) never ends in \(driver.notes)")
        }
    }

    private func cue(_ id: String, _ dice: inout SystemDice) -> Cue {
        let at = dice.number(0...5) == 0 ? Cue.At.manual : .at(dice.number(1...150))
        switch dice.number(0...3) {
        case 0: return .question(id, at: at, window: .seconds(4), reveal: .seconds(2))
        case 1: return .payload(id, at: at).repeated(every: .seconds(7), .times(dice.number(1...5)))
        default: return .payload(id, at: at)
        }
    }

    private func edited(
        _ cues: [Cue], _ step: Int, _ taken: inout Set<String>, _ dice: inout SystemDice
    ) -> [Cue] {
        var edited: [Cue] = []
        for old in cues {
            switch dice.number(0...5) {
            case 0: taken.insert(old.id)
            case 1:
                // The same kind, since another would go by other names.
                var moved = old
                moved.change {
                    $0.at = dice.number(0...5) == 0 ? .manual : .at(dice.number(1...150))
                }
                edited.append(moved)
            default: edited.append(old)
            }
        }
        if dice.number(0...1) == 0 { edited.append(cue("n\(step)", &dice)) }
        return edited
    }

    private func action(_ id: String, _ dice: inout SystemDice) -> OperatorAction {
        switch dice.number(0...8) {
        case 0: .hold
        case 1, 2: .resume
        case 3: .shift(.seconds(dice.number(-8...8)))
        case 4: .skip(id)
        case 5: .undo
        case 6: .fire(id)
        case 7: .take(id)
        default: .go(nil)
        }
    }
}

private struct SystemDice {
    private var generator: Generator

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) ^ (state << 31)
        }
    }

    init(_ seed: UInt64) {
        generator = Generator(state: seed &* 2_654_435_761 &+ 12_345)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    mutating func pick<Element>(_ list: [Element]) -> Element? {
        list.randomElement(using: &generator)
    }
}
