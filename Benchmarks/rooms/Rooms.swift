import AWSSigning
import Benchmark
import CueScheduler
import CueSheet
import CueText
import CueTimeline

/// What the pure rooms take on their own: signing a call, and the steps of reading a sheet.
/// `Benchmarks/signing` builds and runs it, and puts signing beside botocore's.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput], maxDuration: .seconds(5), maxIterations: 1_000)

    let key = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    let signer = Signer(credentials: key, region: "us-west-2", service: "ivs")
    let channel = "arn:aws:ivs:us-west-2:123456789012:channel/c0"
    let metadata =
        #"{\"cue\":\"n0\",\"run\":\"x7k2\",\"type\":\"banner\",\"text\":\"Welcome to the show\"}"#
    let request = SigningRequest(
        method: "POST", target: "/PutMetadata",
        headers: [("Host", "127.0.0.1:8080"), ("Content-Type", "application/json")],
        body: Array(#"{"channelArn": "\#(channel)", "metadata": "\#(metadata)"}"#.utf8))
    let moment = WallTime(nanoseconds: 1_795_000_000_000_000_000)

    // A thousand an iteration, since one is too short for the clock.
    Benchmark("sign a PutMetadata", configuration: .init(scalingFactor: .kilo)) { benchmark in
        for second in benchmark.scaledIterations {
            blackHole(try signer.sign(request, at: moment + .seconds(second)))
        }
    }

    let text = sheet(of: 10_000)
    let read = CueSheetReader.read(text).sheet
    let timeline = Timeline.build(read).timeline
    Benchmark("read a sheet of 10,000 cues") { _ in blackHole(CueSheetReader.read(text)) }
    Benchmark("build the timeline of 10,000 cues") { _ in blackHole(Timeline.build(read)) }
    Benchmark("forecast the delays of 10,000 cues") { _ in blackHole(Forecast(timeline)) }
    Benchmark("plan the dispatch of 10,000 cues") { _ in blackHole(DispatchPlan(timeline: timeline))
    }
}

/// A cue every 30 s, as `Benchmarks/check-speed` has them.
private func sheet(of count: Int) -> [UInt8] {
    var text = "version: 1\nchannel: arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG12345\n"
    text += "defaults: {for: 12s, reveal: 3s}\ncues:\n"
    for number in 0..<count {
        text += "  - id: q\(number)\n    at: \(DurationText.formatTime(.seconds(number * 30)))\n"
        text += "    question: Which of these is the answer to question \(number)?\n"
        text += "    answers: [Jupiter, Saturn, Uranus]\n    correct: Saturn\n"
    }
    return Array(text.utf8)
}
