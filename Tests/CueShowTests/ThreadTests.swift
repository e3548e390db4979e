import CueScheduler
import CueSheet
import CueShow
import CueTestSupport
import CueText
import CueTimeline
import Foundation
import Synchronization
import Testing

/// What is used from many threads, often enough for the thread sanitizer to see a race.
/// `Tests/run sanitize` sets CUE_LOOPS to look longer.
@Suite struct ThreadTests {
    private let loops = 2_000 * (Int(ProcessInfo.processInfo.environment["CUE_LOOPS"] ?? "") ?? 1)

    private final class Tally: Sendable {
        private let state = Mutex(0)

        var count: Int { state.withLock { $0 } }
        func add() { state.withLock { $0 += 1 } }
    }

    /// Keys, the control socket and the screen all speak to a show while it plays.
    @Test func showIsAskedFromManyThreads() async {
        let clock = ManualClock(wall: ShowStage.wall)
        let sender = ScriptedSender(clock: clock, stream: ShowStage.live)
        let sheet = Sheet.test(
            .question("q", at: .time(.seconds(1)), reveal: .seconds(1)),
            .payload("p", at: .time(.seconds(90_000))))
        var settings = ShowSettings()
        settings.start = .stream
        let lines = Tally()
        let show = Show(
            timeline: Timeline.build(sheet).timeline, settings: settings, seed: 1, clock: clock,
            sender: sender
        ) { _, _ in lines.add() }
        let replies = Tally()
        await withTaskGroup { [loops] group in
            group.addTask { _ = await show.run() }
            await withTaskGroup { threads in
                for thread in 0..<4 {
                    threads.addTask {
                        for turn in 0..<loops {
                            let action: OperatorAction =
                                turn % 2 == 0 ? .hold : thread == 0 ? .shift(.seconds(1)) : .resume
                            show.post(.operate(action)) { _ in replies.add() }
                            if turn % 16 == 0 { _ = show.snapshot(upcoming: 2) }
                            if thread == 1, turn % 64 == 0 {
                                clock.advance(to: clock.now + .milliseconds(10))
                            }
                        }
                    }
                }
            }
            // What was posted before the end is answered before the end.
            show.post(.interrupt(.interrupted))
            show.post(.interrupt(.interrupted))
        }
        #expect(replies.count == 4 * loops)
        #expect(lines.count > 4 * loops)
    }
}
