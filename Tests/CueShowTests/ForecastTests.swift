import CueRunLog
import CueScheduler
import CueSheet
import CueShow
import CueTestSupport
import CueText
import CueTimeline
import Testing

/// What `check` foretells of bursts, and what then happens.
@Suite struct ForecastAgreementTests {
    /// With a fixed round trip and no faults each cue is as late as it was foretold to be.
    @Test(arguments: 1...40)
    func foretellsWhatHappens(seed: Int) throws {
        var generator = SplitMix64(state: UInt64(seed))
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        let channels = number(1...3)
        let cues = (0..<number(6...60)).map { index in
            let time = Cue.At.time(.milliseconds(number(0...8) * 700))
            guard number(0...2) == 0 else {
                return Cue.payload("c\(index)", at: time, late: .any)
            }
            return Cue.question(
                "c\(index)", at: time, window: .seconds(number(1...4)),
                reveal: .seconds(number(0...2)), again: number(0...1) == 0 ? .seconds(1) : nil,
                late: .any)
        }
        let sheet = Sheet.test(channels: channels, cues)
        let timeline = Timeline.build(sheet).timeline
        var foretold: [String: Duration] = [:]
        for delay in Forecast(timeline).delays where !delay.dispatch.part.isAgain {
            foretold[name(delay.dispatch, timeline)] = delay.late
        }
        var settings = ShowSettings()
        settings.start = .now
        settings.lead = .fixed(.milliseconds(40))
        let stage = ShowStage(sheet, settings: settings) { _, _ in .taken(.milliseconds(80)) }
        stage.play()
        #expect(stage.conclusion?.status == .success)
        var count = 0
        for case .cueSent(let sent) in stage.events {
            count += 1
            let expected = foretold["\(sent.cue)@\(sent.channel)"] ?? .zero
            let difference = (sent.late - expected).magnitude
            #expect(difference <= .milliseconds(50), "\(sent.cue)@\(sent.channel)")
        }
        #expect(count >= cues.count * channels)
    }

    private func name(_ dispatch: Dispatch, _ timeline: Timeline) -> String {
        "\(timeline.name(of: dispatch.occurrence, dispatch.part))"
            + "@\(timeline.channels[dispatch.channel].name)"
    }
}
