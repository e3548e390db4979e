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
