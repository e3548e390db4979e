import CueRunLog
import CueShow
import CueText
import Testing

@testable import CueCommands

/// Where a run's log lies, and whether it can be resumed.
@Suite struct RunLogOfAShowTests {
    private let wall = WallTime(rfc3339: "2026-11-27T19:00:00Z")!

    @Test(arguments: [
        ("show.yaml", "show.20261127T190000Z.run.jsonl"),
        ("shows/friday.night.yml", "friday.night.20261127T190000Z.run.jsonl"),
        ("-", "stdin.20261127T190000Z.run.jsonl"), ("show", "show.20261127T190000Z.run.jsonl"),
    ])
    func isNamedAfterTheSheet(sheet: String, name: String) {
        #expect(ShowRunner.logName(sheet: sheet, at: wall) { _ in false } == name)
    }

    @Test func isNumberedBesideOthers() {
        let others = ["a.20261127T190000Z.run.jsonl", "a.20261127T190000Z-2.run.jsonl"]
        #expect(
            ShowRunner.logName(sheet: "a.yaml", at: wall) { others.contains($0) }
                == "a.20261127T190000Z-3.run.jsonl")
    }

    private func record(mode: String, _ line: String = "") throws -> RunRecord {
        let started =
            #"{"event":"run_started","time":"2026-11-27T18:59:00Z","format":1,"run":"x7k2","#
            + #""mode":"\#(mode)","sheet":{"path":"a.yaml","sha256":""},"seed":"0","options":{},"#
            + #""cues":[],"channels":[]}"#
        return try RunRecord((started + "\n" + line).utf8)
    }

    private func refusal(
        of record: RunRecord, as mode: RunMode = .run, after: Duration = .zero
    ) -> CommandFailure? {
        ResumedRun.refusal(of: record, in: "a.log", mode: mode, now: wall + after)
    }

    @Test func isResumedAsWhatItWas() throws {
        #expect(try refusal(of: record(mode: "run")) == nil)
        #expect(try refusal(of: record(mode: "rehearsal"), as: .rehearsal) == nil)
        #expect(
            try refusal(of: record(mode: "rehearsal"))
                == CommandFailure(
                    .usage, "the log is of a rehearsal, this is a run",
                    hint: "resume it with `cue-runner rehearse`"))
        #expect(
            try refusal(of: record(mode: "run"), as: .dryRun)
                == CommandFailure(.usage, "the log is of a run, this is a dry_run"))
    }

    @Test func isNotResumedAfterItsEnd() throws {
        let finished = try record(
            mode: "run", #"{"event":"run_finished","time":"2026-11-27T19:00:00Z"}"# + "\n")
        #expect(
            refusal(of: finished)
                == CommandFailure(
                    .usage, "the run in \"a.log\" has come to its end; nothing is left to do",
                    hint: "start a new run, without --resume"))
    }

    @Test func isNotResumedAfterAThousandHours() throws {
        let aligned = try record(
            mode: "run",
            #"{"event":"stream_aligned","time":"2026-11-27T19:00:00Z","#
                + #""zero":"2026-11-27T19:00:00Z","source":"now"}"# + "\n")
        #expect(refusal(of: aligned, after: .seconds(3_600_000)) == nil)
        #expect(
            refusal(of: aligned, after: .seconds(3_600_001))
                == CommandFailure(
                    .data, "can't resume \"a.log\": its show began more than 1000 hours ago",
                    hint: "start a new run, without --resume"))
    }
}
