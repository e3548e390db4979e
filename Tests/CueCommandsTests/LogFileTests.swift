import CueReport
import CueRunLog
import CueShow
import Glibc
import Testing

@testable import CueCommands

/// A run log that is read while its run may still write it.
@Suite struct LogFileTests {
    /// A log with this text, in a folder that is removed again.
    private func withLog(_ text: String, _ body: (String) throws -> Void) throws {
        var template = Array("/tmp/cue-runner-log.XXXXXX".utf8CString)
        let made = mkdtemp(&template)
        let folder = try #require(made.map { String(cString: $0) })
        let path = "\(folder)/a.run.jsonl"
        defer {
            unlink(path)
            rmdir(folder)
        }
        try Files.create(path, Array(text.utf8), isForced: false)
        try body(path)
    }

    private func append(_ text: String, to path: String, cutting: Bool = false) throws {
        let descriptor = open(path, O_WRONLY | (cutting ? O_TRUNC : O_APPEND))
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let count = Array(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        try #require(count == text.utf8.count)
    }

    private func rest(of log: LogFile) throws -> String {
        var bytes: [UInt8] = []
        try log.read { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func readsOnAsTheLogGrows() throws {
        try withLog("one\n") { path in
            let log = try LogFile(path)
            #expect(try rest(of: log) == "one\n")
            try append("two\n", to: path)
            #expect(!log.hasBeenReplaced)
            #expect(try rest(of: log) == "two\n")
            #expect(!log.isStream && !log.isAtItsEnd)
        }
    }

    @Test(arguments: ["", "one\n", "another, longer text\n"])
    func knowsALogThatWasCutAndWrittenAnew(text: String) throws {
        try withLog("a whole line\n") { path in
            let log = try LogFile(path)
            _ = try rest(of: log)
            try append(text, to: path, cutting: true)
            #expect(log.hasBeenReplaced)
        }
    }

    @Test func knowsAnotherFileOfThatName() throws {
        try withLog("one\n") { path in
            let log = try LogFile(path)
            _ = try rest(of: log)
            try Files.create(path, Array("one\ntwo\n".utf8), isForced: true)
            #expect(log.hasBeenReplaced)
        }
    }

    @Test func seesWhetherARunHasItOpen() throws {
        try withLog("") { path in
            let log = try LogFile(path)
            #expect(log.state == .isLeft)
            let descriptor = open(path, O_RDWR)
            defer { close(descriptor) }
            try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            #expect(log.state == .isWritten)
        }
        #expect(try LogFile("/dev/null").state == .unknown)
    }

    @Test(arguments: [
        ("", "it is empty"), ("garbage\n", "line 1: "),
        (
            "{\"event\":\"something_new\",\"time\":\"2026-11-27T19:00:00Z\"}\n",
            "no line tells an event of a run"
        ),
    ])
    func refusesWhatIsNoRunLog(text: String, why: String) throws {
        try withLog(text) { path in
            let log = try LogFile(path)
            let reader = ReviewReader(.figures)
            try log.read { reader.take($0) }
            reader.finish()
            #expect {
                try log.check(reader.review)
            } throws: {
                let failure = $0 as? CommandFailure
                return failure?.status == .data
                    && failure?.message.hasPrefix("\"\(path)\" is no run log: \(why)") == true
            }
        }
    }

    @Test func saysWhatCannotBeOpened() {
        #expect(
            throws: CommandFailure(
                .noInput, "can't read \"/nowhere/a\": No such file or directory",
                hint: "check the name and the folder; a run's last line says where its log is")
        ) { try LogFile("/nowhere/a") }
    }
}
