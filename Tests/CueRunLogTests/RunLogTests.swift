import CueRunLog
import CueText
@preconcurrency import Glibc
import Testing

@Suite struct RunLogFileTests {
    private func withPath<Value>(_ body: (String) throws -> Value) rethrows -> Value {
        var template = Array("/tmp/cue-run-log-XXXXXX".utf8CString)
        let folder = String(cString: mkdtemp(&template))
        defer {
            unlink(folder + "/log")
            rmdir(folder)
        }
        return try body(folder + "/log")
    }

    private func text(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    @Test func writesEachEventAtOnce() throws {
        try withPath { path in
            let log = try RunLogFile(creating: path)
            let time = WallTime(seconds: 1_800_000_000)
            log.append(RunEvent.clockStepped(by: .milliseconds(-1_500)).line(at: time))
            #expect(
                String(decoding: text(path), as: UTF8.self)
                    == """
                    {"event":"clock_stepped","time":"2027-01-15T08:00:00.000000Z","by_us":-1500000}

                    """)
            log.append(RunEvent.cueDisarmed(cue: "q", channel: "main").line(at: time))
            try log.close()
            let (lines, flaws) = RunLogReader.read(text(path))
            #expect(lines.map(\.event) == ["clock_stepped", "cue_disarmed"])
            #expect(flaws.isEmpty)
        }
    }

    /// Often enough for the thread sanitizer to see a race; `Tests/run sanitize` looks longer.
    @Test func takesLinesFromManyThreads() async throws {
        let loops = 2_000 * (Int(getenv("CUE_LOOPS").map { String(cString: $0) } ?? "") ?? 1)
        let path = "/tmp/cue-runner-threads-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        defer { unlink(path) }
        let log = try RunLogFile(creating: path)
        await withTaskGroup { threads in
            for thread in 0..<4 {
                threads.addTask {
                    for number in 0..<loops {
                        log.append(Array("{\"event\":\"\(thread)\",\"n\":\(number)}\n".utf8))
                        if number % 16 == 0 { log.retry() }
                    }
                }
            }
        }
        try log.close()
        let (again, bytes) = try RunLogFile.open(resuming: path)
        try again.close()
        let (lines, flaws) = RunLogReader.read(bytes)
        #expect(flaws.isEmpty)
        for thread in 0..<4 {
            let numbers = lines.filter { $0.event == "\(thread)" }.map { $0.fields["n"]?.integer }
            #expect(numbers == (0..<Int64(loops)).map { $0 })
        }
    }

    @Test func refusesALogThatTellsOfAnotherRun() throws {
        try withPath { path in
            try RunLogFile(creating: path).close()
            #expect(throws: RunLogProblem(path: path, reason: "File exists")) {
                try RunLogFile(creating: path)
            }
        }
    }

    @Test func saysWhyItCanNotBeCreated() {
        #expect(throws: RunLogProblem(path: "/nowhere/log", reason: "No such file or directory")) {
            try RunLogFile(creating: "/nowhere/log")
        }
    }

    @Test func keepsWhatTheDiskRefusesAndSaysSo() throws {
        let log = try? RunLogFile(creating: "/dev/full")
        // A device is no new file; where it could be opened, nothing could be written.
        #expect(log == nil)
    }
}

@Suite struct RunLogReaderTests {
    @Test func readsAroundTornAndForeignLines() {
        let text = """
            {"event":"cue_armed","time":"t","cue":"a"}
            garbage
            {"time":"t"}

            {"event":"cue_se
            """
        let (lines, flaws) = RunLogReader.read(text.utf8)
        #expect(lines.map(\.number) == [1])
        #expect(flaws.map(\.number) == [2, 3, 5])
    }
}

@Suite struct RunRecordTests {
    private func read(_ line: String) throws(RunRecordProblem) -> RunRecord {
        let started = RunEvent.runStarted(
            .init(
                run: "r", version: "0", mode: .known(.run), sheetPath: "s.yaml", sheetSHA256: "",
                title: nil, cues: 1, channels: [], seed: "0", options: [], timer: "manual"))
        return try RunRecord(started.line(at: WallTime(seconds: 1_800_000_000)) + Array(line.utf8))
    }

    private static let sent =
        #"{"event":"cue_sent","cue":"q","channel":"main","sent":"2027-01-15T08:00:00Z","#

    /// What no run can have written is refused with its line, where reckoning with it would end the
    /// program.
    @Test(arguments: [
        (sent + #""late_us":9223372036854775807,"lead_us":0}"#, "late_us is no duration of a run"),
        (sent + #""late_us":1.5,"lead_us":0}"#, "late_us is no duration of a run"),
        (sent + #""late_us":0}"#, "cue_sent lacks sent, late_us or lead_us"),
        (
            #"{"event":"operator","action":"shift","by_us":-9223372036854775808}"#,
            "by_us is no duration of a run"
        ),
        (
            #"{"event":"stream_aligned","zero":"2261-01-15T08:00:00Z","source":"now"}"#,
            "zero is no moment of a run"
        ),
        (#"{"event":"cue_armed","cue":"q","due":"soon"}"#, "due is no moment of a run"),
    ])
    func refusesWhatNoRunHasWritten(line: String, problem: String) {
        #expect {
            try read(line)
        } throws: {
            ($0 as? RunRecordProblem)?.message == "line 2: \(problem)"
        }
    }

    @Test func readsWhatARunHasWritten() throws {
        #expect(try read(Self.sent + #""late_us":-5,"lead_us":0}"#).entries.count == 1)
        #expect(try read(#"{"event":"operator","action":"hold","by_us":null}"#).entries.count == 1)
        #expect(try read(#"{"event":"from_another_version","at_us":"?"}"#).entries.isEmpty)
    }
}

@Suite struct LatenessTests {
    @Test func takesTheNearestRank() {
        let late = RunEvent.Lateness(of: (1...200).map { .milliseconds($0) }.shuffled())
        #expect(late?.p50 == .milliseconds(100))
        #expect(late?.p99 == .milliseconds(198))
        #expect(late?.max == .milliseconds(200))
        #expect(RunEvent.Lateness(of: []) == nil)
        #expect(RunEvent.Lateness(of: [.seconds(1)])?.p50 == .seconds(1))
    }
}
