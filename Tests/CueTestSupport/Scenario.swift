package import CueScheduler
package import CueSheet
package import CueShow
package import CueText
import CueTimeline

/// Everything that a simulation is made of, all of it from one seed.
package struct Scenario: Sendable {
    package enum Event: Sendable {
        case operate(OperatorAction)
        case stepWall(Duration)
        /// Nothing runs for so long: the machine sleeps, or gives the process no time.
        case standstill(Duration, asleep: Bool)
        case offline(channel: Int)
        case live(channel: Int, id: String)
        /// kill −9, so long a pause, and a log that lost its last bytes.
        case kill(pause: Duration, lost: Int)
        case stop
    }

    package static let wall = WallTime(seconds: 1_800_000_000)

    package var seed: UInt64
    package var sheet: Sheet
    package var settings: ShowSettings
    package var faults = Faults()
    package var streamStart: WallTime
    package var events: [(time: Duration, event: Event)] = []

    package init(seed: UInt64) {
        self.seed = seed
        var dice = Dice(seed: seed)
        settings = Scenario.settings(&dice)
        sheet = Scenario.sheet(&dice)
        streamStart = Scenario.wall + .seconds(dice.number(-20...10))
        if dice.happens(0.6) { streamStart = Scenario.wall - .seconds(1) }
        addFaults(&dice)
        addEvents(&dice)
    }

    // MARK: The sheet

    private static func sheet(_ dice: inout Dice) -> Sheet {
        var cues: [Cue] = []
        let count = dice.number(1...24)
        let channels = dice.number(1...3)
        let burst = dice.number(0...60)
        for index in 0..<count { cues.append(cue(index, cues, channels, burst, &dice)) }
        var sheet = Sheet.test(channels: channels, cues)
        if dice.happens(0.2) { sheet.offset = .milliseconds(dice.number(-500...2_000)) }
        if channels > 1, dice.happens(0.5) { sheet.channels[1].offset = .milliseconds(200) }
        return sheet
    }

    private static func cue(
        _ index: Int, _ before: [Cue], _ channels: Int, _ burst: Int, _ dice: inout Dice
    ) -> Cue {
        let id = "c\(index)"
        var at = Cue.At.time(.milliseconds(dice.number(0...120_000)))
        if dice.happens(0.3) { at = .time(.seconds(burst)) }
        if let other = dice.pick(before), dice.happens(0.25) {
            var edges: [Cue.Edge] = [.start]
            if other.window != nil { edges.append(.end) }
            if other.reveal != nil { edges.append(.reveal) }
            at = .anchored(
                id: other.id, edge: dice.pick(edges) ?? .start,
                offset: .milliseconds(dice.number(0...8_000)))
        } else if dice.happens(0.08) {
            at = .manual
        } else if dice.happens(0.06) {
            at = .instant(wall + .seconds(dice.number(0...120)))
        }
        let late = dice.pick([
            Sheet.LateBudget.within(.zero), .within(.milliseconds(500)), .within(.seconds(2)),
            .within(.seconds(5)), .within(.seconds(5)), .within(.seconds(20)), .any,
        ])
        var cue: Cue
        if dice.happens(0.5) {
            let window = dice.happens(0.8) ? Duration.seconds(dice.number(2...20)) : nil
            cue = .question(
                id, at: at, window: window,
                reveal: window != nil && dice.happens(0.6) ? .seconds(dice.number(0...5)) : nil,
                again: window != nil && dice.happens(0.3) ? .seconds(dice.number(1...5)) : nil,
                late: late)
        } else {
            cue = .payload(id, at: at, late: late)
            if dice.happens(0.15) { cue.change { $0.content = .adBreak(seconds: 30) } }
        }
        if case .time = at, dice.happens(0.12) {
            cue = cue.repeated(
                every: .milliseconds(dice.number(200...9_000)),
                dice.happens(0.2) ? .never : .times(dice.number(2...8)))
        }
        if channels > 1, dice.happens(0.3) { cue = cue.on(dice.number(0...channels - 1)) }
        return cue
    }

    // MARK: The settings

    private static func settings(_ dice: inout Dice) -> ShowSettings {
        var settings = ShowSettings()
        switch dice.number(0...9) {
        case 0...4: settings.start = .stream
        case 5...6: settings.start = .now
        case 7: settings.start = .manual
        default: settings.start = .instant(wall + .seconds(dice.number(-5...15)))
        }
        settings.lead =
            dice.happens(0.5) ? .auto : .fixed(.milliseconds(dice.number(0...300)))
        if dice.happens(0.5) { settings.handOff = .milliseconds(1) }
        if dice.happens(0.3) { settings.encoderDelay = .milliseconds(dice.number(0...3_000)) }
        settings.restart = dice.happens(0.3) ? .hold : .continue
        settings.join = dice.happens(0.6)
        settings.isAttended = dice.happens(0.2)
        settings.wait = .seconds(60)
        if dice.happens(0.5) { settings.endAfter = .seconds(dice.number(0...20)) }
        if dice.happens(0.2) { settings.limitAccount = dice.number(5...9) }
        return settings
    }

    // MARK: Trouble

    private mutating func addFaults(_ dice: inout Dice) {
        faults.roundTrip = .milliseconds(dice.number(1...200))
        faults.jitter = .milliseconds(dice.number(0...60))
        guard dice.happens(0.85) else { return }
        var kinds = Faults.Kind.allCases
        for _ in 0..<dice.number(1...4) {
            let kind = kinds.remove(at: dice.number(0...kinds.count - 1))
            faults.shares.append((kind, Double(dice.number(1...15)) / 100))
        }
    }

    private mutating func addEvents(_ dice: inout Dice) {
        func time(_ dice: inout Dice) -> Duration { .milliseconds(dice.number(0...150_000)) }
        if dice.happens(0.5) {
            for _ in 0..<dice.number(1...8) {
                events.append((time(&dice), .operate(action(&dice))))
            }
        }
        if dice.happens(0.15) { events.append((time(&dice), .stepWall(.seconds(3_600)))) }
        if dice.happens(0.1) { events.append((time(&dice), .stepWall(.seconds(-3_600)))) }
        for _ in 0..<(dice.happens(0.2) ? dice.number(1...3) : 0) {
            events.append(
                (
                    time(&dice),
                    .standstill(.milliseconds(dice.number(20...15_000)), asleep: dice.happens(0.5))
                ))
        }
        if dice.happens(0.25) {
            let channel = dice.number(0...sheet.channels.count - 1)
            let start = time(&dice)
            events.append((start, .offline(channel: channel)))
            events.append(
                (
                    start + .milliseconds(dice.number(100...20_000)),
                    .live(channel: channel, id: dice.happens(0.5) ? "st-1" : "st-2")
                ))
        }
        if dice.happens(0.35) {
            for _ in 0..<dice.number(1...3) {
                events.append(
                    (
                        time(&dice),
                        .kill(
                            pause: .milliseconds(dice.number(0...8_000)),
                            lost: dice.happens(0.5) ? dice.number(1...400) : 0)
                    ))
            }
        }
        // Whatever goes on for ever comes to its end, by a stop or a second one.
        let end = Duration.seconds(dice.happens(0.15) ? dice.number(10...150) : 400)
        events.append((end, .stop))
        events.append((end + .seconds(30), .stop))
        events.sort { $0.time < $1.time }
    }

    private func action(_ dice: inout Dice) -> OperatorAction {
        let id = dice.pick(sheet.cues)?.id ?? "c0"
        switch dice.number(0...9) {
        case 0: return .hold
        case 1, 2: return .resume
        case 3: return .shift(.milliseconds(dice.number(-20_000...20_000)))
        case 4: return .skip(id)
        case 5: return .take(id)
        case 6: return .fire(id)
        case 7: return .undo
        default: return .go(nil)
        }
    }
}

/// Random choices from a seed.
struct Dice {
    private var generator: SplitMix64

    init(seed: UInt64) {
        generator = SplitMix64(state: seed &* 0x9e37_79b9_7f4a_7c15 &+ 1)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    mutating func happens(_ share: Double) -> Bool {
        Double.random(in: 0..<1, using: &generator) < share
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.randomElement(using: &generator)
    }
}
