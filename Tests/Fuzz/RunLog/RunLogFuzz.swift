import CueRunLog
import CueScheduler
import CueSheet
import CueShow
import CueTestSupport
import CueText
import CueTimeline
import FuzzSupport

@testable import CueShow

/// Any bytes as a run log: read, and gone on with. The first line is the number of the show whose
/// sheet and settings the run has, the rest is the log.
///
/// What is costly, reading everything once more and every line that a resumed run writes, is done
/// for one input in eight: more inputs find more than more checks of each.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    let end = bytes.firstIndex(of: newline) ?? bytes.count
    let seed = UInt64(String(decoding: bytes[..<end], as: UTF8.self)) ?? 1
    let log = Array(bytes.dropFirst(end + 1))
    let isThorough = bytes.choice % 8 == 0
    let (lines, flaws) = RunLogReader.read(log)
    let within = check(lines, flaws, of: log)
    if isThorough { checkAgain(lines, within, of: log) }
    // A log with flaws, or without a beginning, is refused; what can be read of it is played all
    // the same. What began too long ago is no run to go on with, and one that was moved by weeks has
    // weeks of endings to write: right, and slow.
    if let record = (try? RunRecord(lines, within)) ?? (try? RunRecord(beginning + lines, [])),
        record.zero.map({ Scenario.wall - $0 <= week }) ?? true,
        record.entries.allSatisfy({ entry in
            if case .operated(let operated) = entry {
                (operated.by ?? .zero).magnitude <= week
            } else {
                true
            }
        })
    {
        var resumption = Resumption(seed % UInt64(shows.count), record, isThorough: isThorough)
        resumption.play()
    }
    return 0
}

private let week: Duration = .seconds(7 * 86_400)
private let newline = UInt8(ascii: "\n")

/// No line that is whole is ever lost, whatever stands before or behind it. Returns the flaws but
/// for a torn tail.
private func check(
    _ lines: [RunLogLine], _ flaws: [RunLogFlaw], of log: [UInt8]
) -> [RunLogFlaw] {
    var (lengths, length) = ([Int](), 0)
    for byte in log {
        if byte == newline {
            lengths.append(length)
            length = 0
        } else {
            length += 1
        }
    }
    lengths.append(length)
    hold(
        lines.count + flaws.count == lengths.count { $0 > 0 }, "a line is neither read nor a flaw")
    let numbers = lines.map(\.number) + flaws.map(\.number)
    hold(Set(numbers).count == numbers.count, "a line is there twice")
    hold(numbers.allSatisfy { lengths.indices.contains($0 - 1) }, "a line's number is none")

    let whole = RunLogReader.wholeLength(log)
    let hasTornTail = flaws.contains { $0.number == lengths.count }
    let tail = hasTornTail ? length : 0
    hold(whole == log.count - tail, "\(whole) bytes are whole of \(log.count), torn \(tail)")
    return flaws.filter { $0.number != lengths.count }
}

/// The same log with a line behind it, and without its torn tail, is the same.
private func checkAgain(_ lines: [RunLogLine], _ flaws: [RunLogFlaw], of log: [UInt8]) {
    let event = RunEvent.cueDisarmed(cue: "after", channel: "main")
    let line = event.line(at: WallTime(seconds: 1_800_000_000))
    let more = RunLogReader.read(log + [newline] + line)
    hold(more.lines.count == lines.count + 1, "a line behind a torn one is lost")
    hold(more.lines.last?.fields["cue"]?.string == "after", "a line behind a torn one is another")

    let whole = RunLogReader.read(log.prefix(RunLogReader.wholeLength(log)))
    hold(whole.lines.map(\.number) == lines.map(\.number), "a torn tail was more than a tail")
    hold(whole.flaws == flaws, "without its torn tail a log has other flaws")
}

/// A first line for logs that have none.
private let beginning = RunLogReader.read(
    RunEvent.runStarted(
        .init(
            run: "fuzz", version: "0", mode: .known(.run), sheetPath: "s.yaml", sheetSHA256: "",
            title: nil, cues: 1, channels: [], seed: "0", options: [], timer: "manual")
    ).line(at: WallTime(seconds: 1_800_000_000))
).lines

/// The shows that a log can belong to: those of the first scenarios of the simulation that have few
/// cues, since what a show costs grows with them, and what a log can do to it hardly does.
private let shows: [(timeline: Timeline, settings: ShowSettings)] = (1...512).lazy
    .map { Scenario(seed: $0) }.filter { $0.sheet.cues.count <= 8 }.prefix(64)
    .map { scenario in
        var options = TimelineOptions()
        options.run = "simu"
        var settings = scenario.settings
        settings.bootID = "simulated"
        return (Timeline.build(scenario.sheet, options).timeline, settings)
    }

/// A run that goes on after a log, in virtual time, against a service that takes everything.
private struct Resumption {
    private var machine: ShowMachine
    private var now = BootTime(nanoseconds: 1_000_000_000_000)
    private var wall = Scenario.wall
    private let timeline: Timeline
    private let record: RunRecord
    private let acknowledged: Set<String>
    private let isThorough: Bool

    init(_ seed: UInt64, _ record: RunRecord, isThorough: Bool) {
        self.record = record
        self.isThorough = isThorough
        let show = shows[Int(seed)]
        timeline = show.timeline
        acknowledged = Set(
            record.entries.compactMap { entry in
                if case .ended(let cue, let channel, .sent) = entry {
                    "\(cue)@\(channel)"
                } else {
                    nil
                }
            })
        // The run goes on a little after the last thing that was sent.
        let sent = record.entries.compactMap { entry -> WallTime? in
            if case .ended(_, _, .sent(let time, _, _)) = entry { time } else { nil }
        }
        let pause = (sent.last ?? wall) - wall
        if pause > .zero, pause < .seconds(100_000) {
            now = now + pause
            wall = wall + pause
        }
        machine = ShowMachine(
            timeline: timeline, settings: show.settings, seed: seed,
            at: ClockReading(boot: now, wall: wall, awake: now))
        machine.resume(record)
    }

    mutating func play() {
        var ended: Set<String> = []
        for turn in 0..<48 {
            if turn == 32 { _ = machine.receive(.interrupt(.interrupted)) }
            for effect in machine.advance(
                to: ClockReading(boot: now, wall: wall, awake: now))
            {
                perform(effect, &ended)
            }
            if machine.conclusion != nil { return }
            let next = max(machine.nextWake, now + .milliseconds(1))
            wall = wall + (next - now)
            now = next
        }
        hold(false, "the resumed run never ends")
    }

    private mutating func perform(_ effect: Effect, _ ended: inout Set<String>) {
        switch effect {
        case .log(let event):
            if isThorough {
                let (lines, flaws) = RunLogReader.read(event.line(at: wall))
                hold(lines.count == 1 && flaws.isEmpty, "\(event) can't be read back")
            }
            let key: String
            switch event {
            case .cueSent(let cue): key = "\(cue.cue)@\(cue.channel)"
            case .cueMissed(let cue, _), .cueFailed(let cue, _, _):
                key = "\(cue.cue)@\(cue.channel)"
            case .cueSkipped(let cue, let channel, _): key = "\(cue)@\(channel)"
            default: return
            }
            hold(ended.insert(key).inserted, "\(key) ends twice in one life")
        case .attempt(let message, _):
            let dispatch = message.dispatch
            if dispatch.part == .cue {
                let key =
                    timeline.name(of: dispatch.occurrence, dispatch.part) + "@"
                    + timeline.channels[dispatch.channel].name
                hold(!acknowledged.contains(key), "\(key) was acknowledged and is sent again")
            }
            machine.receive(
                Attempt(outcome: .acknowledged, sent: now, finished: now, status: 204),
                of: dispatch)
        case .look(let channel):
            let status = StreamStatus(
                streamID: "st-1", startTime: Scenario.wall, viewerCount: nil)
            machine.receive(
                StreamAnswer(result: .success(status), roundTrip: .milliseconds(20)),
                channel: channel)
        case .prepare, .discard, .warm, .renew: break
        }
    }
}

#if !LIBFUZZER
    @main private enum Program {
        static func main() throws { try replay(testOneInput) }
    }
#endif
