import CueSystem
import Glibc
import Testing

@Suite struct ChildProcessTests {
    private static let patience: Int64 = 60_000

    private func run(
        _ ties: ChildProcess.Ties, _ words: [String], timeLimit: Int64 = patience,
        outputBytesMax: Int = 65_536
    ) -> (ending: ChildProcess.Ending, output: String) {
        var output: [UInt8] = []
        let process = ChildProcess(
            words, ties, timeLimit: timeLimit, outputBytesMax: outputBytesMax)
        let ending = process.run { output += $0 }
        return (ending, String(decoding: output, as: UTF8.self))
    }

    private func shell(
        _ ties: ChildProcess.Ties, _ script: String, timeLimit: Int64 = patience,
        outputBytesMax: Int = 65_536
    ) -> (ending: ChildProcess.Ending, output: String) {
        run(ties, ["sh", "-c", script], timeLimit: timeLimit, outputBytesMax: outputBytesMax)
    }

    private static let bothTies: [ChildProcess.Ties] = [.attached, .detached(input: [])]

    @Test(arguments: bothTies)
    func endsAsTheProgramDoes(_ ties: ChildProcess.Ties) {
        #expect(shell(ties, "exit 0").ending == .exited(0))
        #expect(shell(ties, "exit 3").ending == .exited(3))
        #expect(shell(ties, "exit 255").ending == .exited(255))
        #expect(shell(ties, "kill -9 $$").ending == .signalled(SIGKILL))
    }

    @Test(arguments: bothTies)
    func saysWhatCannotBeStarted(_ ties: ChildProcess.Ties) throws {
        let missing = run(ties, ["/nowhere/x"])
        #expect(missing.ending == .failedToStart("No such file or directory"))
        let folder = try TemporaryFolder()
        folder.write("text", "no program")
        let refused = run(ties, [folder.path + "/text"])
        #expect(refused.ending == .failedToStart("Permission denied"))
    }

    @Test(arguments: bothTies)
    func handsOverTheArgumentsWithoutAShell(_ ties: ChildProcess.Ties) {
        let printed = run(ties, ["printf", "%s|", "$HOME", "a  b", "`id`", "", "é空"])
        #expect(printed.ending == .exited(0))
        #expect(printed.output == "$HOME|a  b|`id`||é空|")
    }

    @Test(arguments: bothTies)
    func inheritsTheEnvironment(_ ties: ChildProcess.Ties) throws {
        let path = String(cString: try #require(getenv("PATH")))
        #expect(shell(ties, "printf %s \"$PATH\"").output == path)
    }

    @Test(arguments: bothTies)
    func inheritsNoDescriptor(_ ties: ChildProcess.Ties) throws {
        let folder = try TemporaryFolder()
        folder.write("secret", "")
        // As a library opens it, which thinks of no child.
        let file = open(folder.path + "/secret", O_RDONLY)
        defer { close(file) }
        let listed = shell(ties, "ls -l /proc/self/fd")
        #expect(listed.output.contains("/proc/"), "what ls itself has open is listed")
        #expect(!listed.output.contains(folder.path))
    }

    @Test(arguments: bothTies)
    func isKilledWhenItsTimeIsOver(_ ties: ChildProcess.Ties) {
        let slow = shell(ties, "echo begun; exec sleep 600", timeLimit: 500)
        #expect(slow.ending == .timedOut)
    }

    @Test(arguments: bothTies)
    func isKilledWhenItWritesTooMuch(_ ties: ChildProcess.Ties) {
        let loud = run(ties, ["yes"])
        #expect(loud.ending == .wroteTooMuch)
        #expect(loud.output.utf8.count > 65_536 && loud.output.hasPrefix("y\ny\n"))
        let fitting = shell(ties, "yes | head -c 65536")
        #expect(fitting.ending == .exited(0) && fitting.output.utf8.count == 65_536)
        #expect(shell(ties, "printf 1234", outputBytesMax: 3).output == "1234")
    }

    @Test func readsTheOutputOfAnAttachedProgramToItsEnd() {
        // It ends before what it started has written.
        let late = shell(.attached, "(sleep 0.1; echo late) &")
        #expect(late.ending == .exited(0) && late.output == "late\n")
        let empty = shell(.attached, "read x; echo \"<$x>\"")
        #expect(empty.output == "<>\n", "there is nothing on standard input")
        #expect(shell(.attached, "echo ours >&2").output == "", "standard error is ours")
    }

    @Test func leavesAnAttachedProgramInOurSession() {
        let session = shell(.attached, "cut -d' ' -f6 /proc/self/stat").output
        #expect(session == "\(getsid(0))\n")
    }

    @Test func feedsADetachedProgramMoreThanAPipeHolds() {
        let text = String(repeating: "0123456789", count: 40_000)
        let copied = run(.detached(input: Array(text.utf8)), ["cat"], outputBytesMax: 1_000_000)
        #expect(copied.ending == .exited(0))
        #expect(copied.output == text)
    }

    @Test func mindsNoProgramThatReadsNothing() {
        signal(SIGPIPE, SIG_IGN)
        let text = [UInt8](repeating: 0x20, count: 1_000_000)
        #expect(run(.detached(input: text), ["true"]).ending == .exited(0))
        #expect(shell(.detached(input: text), "exec <&-; echo deaf").output == "deaf\n")
    }

    @Test func readsBothOutputsOfADetachedProgram() {
        let said = shell(.detached(input: Array("in".utf8)), "cat; echo out; echo err >&2")
        #expect(said.ending == .exited(0) && said.output == "inout\nerr\n")
    }

    @Test func givesADetachedProgramItsOwnSessionAndSignals() {
        signal(SIGPIPE, SIG_IGN)
        let told = shell(
            .detached(input: Array("begin\n".utf8)),
            "read x; cut -d' ' -f1,6,19 /proc/$$/stat; exec grep -E 'Sig(Ign|Blk)' /proc/self/status"
        )
        let lines = told.output.split(separator: "\n").map { $0.split { " \t".contains($0) } }
        #expect(lines.count == 3)
        #expect(lines[0][0] == lines[0][1], "it leads its own session")
        #expect(lines[0][2] == "10", "its work can wait")
        #expect(shell(.detached(input: []), "kill -TERM $$").ending == .signalled(SIGTERM))
        // Without the real-time signals, two of which belong to the C library.
        let masks = lines[1...].map { (UInt64($0[1], radix: 16) ?? .max) & 0x7FFF_FFFF }
        #expect(masks == [0, 0])
    }

    @Test func killsEverythingThatADetachedProgramStarted() throws {
        let folder = try TemporaryFolder()
        for (script, ending) in [
            ("echo started; exit 0", ChildProcess.Ending.exited(0)),
            ("echo started; exec sleep 600", .timedOut), ("exec yes", .wroteTooMuch),
        ] {
            let lock = folder.path + "/lock"
            let begin = "exec 9> \(lock); flock 9; sleep 600 > /dev/null & "
            let result = shell(.detached(input: []), begin + script, timeLimit: 1_000)
            // A busy machine may be too slow for a second.
            #expect(result.ending == ending || result.ending == .timedOut)
            #expect(isFree(lock))
        }
    }

    /// A process that lives keeps its lock; one that was killed loses it a moment later.
    private func isFree(_ path: String) -> Bool {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        let end = SystemClock.milliseconds + Self.patience
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            guard SystemClock.milliseconds < end else { return false }
            usleep(1_000)
        }
        return true
    }

    @Test(arguments: bothTies)
    func leaksNoDescriptorAndNoZombie(_ ties: ChildProcess.Ties) throws {
        let folder = try TemporaryFolder()
        let script =
            "exec 2> /dev/null; echo $$ >> \(folder.path)/processes; ls -l /proc/$PPID/fd | grep -c pipe:"
        let counts = (1...30).map { _ in Int(shell(ties, script).output.dropLast()) ?? -1 }
        for _ in 1...30 {
            _ = run(ties, ["/nowhere/x"])
            _ = shell(ties, script + "; exec sleep 600", timeLimit: 50)
        }
        let last = Int(shell(ties, script).output.dropLast()) ?? -1
        // Tests that run beside this one have pipes as well, a few of them.
        #expect(counts[0] > 0 && last < counts[0] + 30, "\(counts) \(last)")
        let file = open(folder.path + "/processes", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(file, &bytes, bytes.count)
        let processes = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
            .split(separator: "\n").compactMap { Int32($0) }
        #expect(processes.count >= 30)
        for process in processes {
            var status: Int32 = 0
            #expect(waitpid(process, &status, WNOHANG) == -1 && errno == ECHILD)
        }
    }
}
