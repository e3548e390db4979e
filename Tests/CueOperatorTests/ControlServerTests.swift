import CueRunLog
import CueScheduler
import CueShow
import CueText
import Glibc
import Testing

@testable import CueOperator

@Suite struct ControlServerTests {
    /// A server in a folder of its own, which goes with it.
    private final class Running {
        let folder: ControlFolder
        let show = ScriptedShow()
        let server: ControlServer
        let path: String

        init() throws {
            var template = Array("/tmp/cue-runner-test-XXXXXX".utf8CString)
            let made = try #require(mkdtemp(&template))
            folder = ControlFolder(environment: ["XDG_RUNTIME_DIR": String(cString: made)])
            server = try ControlServer(
                path: nil, folder: folder, name: "quiz.x7k2", handler: show.handler)
            path = folder.socket("quiz.x7k2")
        }

        deinit {
            rmdir(folder.path)
            rmdir(String(folder.path.dropLast("/cue-runner".count)))
        }
    }

    @Test func answersEveryRequestInItsOrder() throws {
        let running = try Running()
        defer { running.server.close() }
        var client = try ControlClient(path: running.path)
        // All at once, before the first is answered.
        client.ask(["hold\nreload\njump\nstatus\n\nfire", "x\nundo"])
        let actions = OperatorRequest.socketWords.joined(separator: ", ")
        let unknown =
            #"{"ok":false,"refused":"there is no such action; there are \#(actions)"}"#
        #expect(client.line() == #"{"ok":true,"action":"hold","target":null,"by_us":null}"#)
        #expect(client.line() == "reloaded")
        #expect(client.line() == unknown)
        #expect(client.line()?.hasPrefix(#"{"ok":true,"show":"quiz.x7k2""#) == true)
        #expect(client.line() == unknown)
        #expect(client.line() == #"{"ok":true,"action":"fire","target":"x","by_us":null}"#)
        #expect(client.line() == #"{"ok":true,"action":"undo","target":null,"by_us":null}"#)
        #expect(running.show.inputs == ["operate hold", "operate fire(\"x\")", "operate undo"])
    }

    @Test func sendsEventsToThoseThatWatch() throws {
        let running = try Running()
        running.server.publish(Array("before\n".utf8))
        var watcher = try ControlClient(path: running.path)
        watcher.ask(["watch"])
        // An answer on the same connection says that the request before it was read.
        watcher.ask(["hold"])
        #expect(watcher.line()?.contains("hold") == true)
        var other = try ControlClient(path: running.path)
        other.ask(["status"])
        #expect(other.line()?.contains("quiz.x7k2") == true)
        for number in 1...200 { running.server.publish(Array("event \(number)\n".utf8)) }
        for number in 1...200 { #expect(watcher.line() == "event \(number)") }
        running.server.close()
        #expect(watcher.line() == nil)
        #expect(other.line() == nil, "it did not watch")
    }

    @Test func servesSeveralConnectionsUpToALimit() throws {
        let running = try Running()
        defer { running.server.close() }
        func open() throws -> Int32 { try UnixSocket.connect(running.path) }
        let idle = try (1...32).map { _ in try open() }
        // The next one waits until another has gone.
        var late = try ControlClient(path: running.path)
        late.ask(["hold"])
        close(idle[0])
        #expect(late.line()?.contains("hold") == true)
        for descriptor in idle.dropFirst() { close(descriptor) }
    }

    @Test func dropsARequestWithoutAnEnd() throws {
        let running = try Running()
        defer { running.server.close() }
        var client = try ControlClient(path: running.path)
        client.ask([String(repeating: "x", count: 4_000)])
        #expect(client.line()?.contains("no such action") == true)
        let descriptor = try UnixSocket.connect(running.path)
        defer { close(descriptor) }
        let endless = [UInt8](repeating: 0x78, count: 5_000)
        _ = send(descriptor, endless, endless.count, Int32(MSG_NOSIGNAL))
        var byte: UInt8 = 0
        #expect(read(descriptor, &byte, 1) <= 0, "the server ends the connection")
    }

    @Test func belongsToItsUserAndGoesWithTheShow() throws {
        let running = try Running()
        var status = stat()
        #expect(lstat(running.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(lstat(running.folder.path, &status) == 0 && status.st_mode & 0o777 == 0o700)
        #expect(running.folder.shows() == ["quiz.x7k2"])
        #expect(throws: SocketProblem.self) {
            _ = try ControlServer(
                path: running.path, folder: running.folder, name: "other",
                handler: running.show.handler)
        }
        running.server.close()
        #expect(access(running.path, F_OK) != 0)
        #expect(running.folder.shows() == [])
    }

    @Test func replacesWhatAKilledShowHasLeft() throws {
        let running = try Running()
        running.server.close()
        // Bound, and nobody listens: as after a kill.
        let left = UnixSocket.make(SOCK_STREAM)
        #expect(UnixSocket.withAddress(running.path) { bind(left, $0, $1) } == 0)
        close(left)
        let server = try ControlServer(
            path: running.path, folder: running.folder, name: "other", handler: running.show.handler
        )
        var client = try ControlClient(path: running.path)
        client.ask(["hold"])
        #expect(client.line()?.contains("hold") == true)
        server.close()
    }

    @Test func namesAShowAfterItsSheet() {
        #expect(ControlFolder.name(sheet: "my show (2)", run: "x7k2") == "my-show--2-.x7k2")
        #expect(ControlFolder.name(sheet: "quiz_é-1", run: "x7k2") == "quiz_-1.x7k2")
        #expect(ControlFolder(environment: ["XDG_RUNTIME_DIR": "relative"]).path.hasPrefix("/tmp/"))
    }
}
