import CueRunLog
import CueText
import Glibc
import Synchronization
import Testing

@testable import CueOperator

@Suite struct HookTests {
    private static let time = WallTime(seconds: 1_800_000_000)
    private static let stepped = RunEvent.streamChanged(channel: "main", from: nil, to: "st-2")

    @Test func readsWhatToRunAndWhen() throws {
        let rule = try #require(HookRule("cue_sent=sh -c 'echo \"a b\" = c' x"))
        #expect(rule.event == .cueSent)
        #expect(rule.words == ["sh", "-c", "echo \"a b\" = c", "x"])
        for event in HookRule.events { #expect(HookRule("\(event.rawValue)=true")?.event == event) }
    }

    @Test(arguments: [
        "", "cue_sent", "cue_sent=", "cue_sent= ", "=true", "nothing=true", "operator=true",
        "cue_sent=echo 'a", "cue_sent =true",
    ])
    func refusesWhatIsNoRule(_ text: String) {
        #expect(HookRule(text) == nil)
    }

    /// What came of one event with these hooks.
    private func run(
        _ rules: String..., times: Int = 1
    ) throws -> (failures: [String], shown: [String]) {
        let failures = Mutex<[String]>([])
        let shown = Mutex<[String]>([])
        let hooks = Hooks(try rules.map { try #require(HookRule($0)) }) { failed in
            failures.withLock { $0.append("\(failed.hook) \(failed.command): \(failed.reason)") }
        } show: { line in
            shown.withLock { $0.append(line) }
        }
        for _ in 1...times { hooks.run(for: Self.stepped, at: Self.time) }
        hooks.finish()
        return (failures.withLock { $0 }.sorted(), shown.withLock { $0 })
    }

    @Test func feedsACommandWithTheEventsLine() throws {
        let line = String(decoding: Self.stepped.line(at: Self.time), as: UTF8.self)
        let (failures, shown) = try run("stream_changed=cat", "cue_sent=echo no")
        #expect(failures == [])
        #expect(shown == ["hook     stream_changed: " + line.dropLast()])
    }

    @Test func runsACommandOnceForEachEvent() throws {
        let (failures, shown) = try run("stream_changed=echo heard", times: 5)
        #expect(failures == [])
        #expect(shown == Array(repeating: "hook     stream_changed: heard", count: 5))
    }

    @Test func saysWhyACommandFailed() throws {
        let (failures, _) = try run(
            "stream_changed=false", "stream_changed=/no/such/program",
            "stream_changed=sh -c 'kill -9 $$'", "stream_changed=yes")
        #expect(
            failures == [
                "stream_changed /no/such/program: it can't be run: No such file or directory",
                "stream_changed false: it ended with status 1",
                "stream_changed sh: it was ended by signal 9",
                "stream_changed yes: it was killed: it wrote more than 1 MiB",
            ])
    }

    @Test func letsOnlySoManyEventsWaitForASlowCommand() throws {
        var template = Array("/tmp/cue-runner-test-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        let script = "while [ ! -e \(folder)/go ]; do sleep 0.01; done"
        let failures = Mutex<[String]>([])
        let hooks = Hooks([try #require(HookRule("stream_changed=sh -c '\(script)'"))]) { failed in
            failures.withLock { $0.append(failed.reason) }
        } show: { _ in
        }
        for _ in 1...300 { hooks.run(for: Self.stepped, at: Self.time) }
        let refused = failures.withLock { $0 }
        #expect(Set(refused) == ["it was not run: 256 events wait for it already"])
        #expect((43...44).contains(refused.count), "one event may be at work already")
        close(open(folder + "/go", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
        hooks.finish()
        unlink(folder + "/go")
        rmdir(folder)
    }

    @Test func showsTheFirstLinesOfWhatACommandWrites() {
        func shown(_ pieces: String...) -> [String] {
            let lines = Mutex<[String]>([])
            var output = HookOutput { line in lines.withLock { $0.append(line) } }
            for piece in pieces { output.add(Array(piece.utf8)[...]) }
            output.finish()
            return lines.withLock { $0 }
        }
        #expect(shown() == [])
        #expect(shown("one\ntw", "o\n\nrest") == ["one", "two", "rest"])
        #expect(shown("a\u{1B}[2Jb\n") == ["a\u{FFFD}[2Jb"])
        #expect(shown("1\n2\n3\n4\n") == ["1", "2", "3", "4"])
        #expect(
            shown("1\n2\n3\n4\n5\n", "6\n7\n") == ["1", "2", "3", "4", "5", "… (14 bytes in all)"])
        #expect(shown(String(repeating: "x", count: 300)) == [String(repeating: "x", count: 200)])
    }
}
