import Glibc
import Testing

@testable import CueOperator

@Suite struct ServiceNotifierTests {
    @Test func sendsStatesToTheServiceManager() throws {
        var template = Array("/tmp/cue-runner-test-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        let path = folder + "/notify"
        let manager = UnixSocket.make(SOCK_DGRAM)
        defer {
            close(manager)
            unlink(path)
            rmdir(folder)
        }
        #expect(UnixSocket.withAddress(path) { bind(manager, $0, $1) } == 0)
        let notifier = try #require(ServiceNotifier(environment: ["NOTIFY_SOCKET": path]))
        notifier.notify("READY=1\nSTATUS=waiting")
        notifier.notify("STOPPING=1")
        var bytes = [UInt8](repeating: 0, count: 1_024)
        for state in ["READY=1\nSTATUS=waiting", "STOPPING=1"] {
            let count = recv(manager, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == state)
        }
    }

    @Test func speaksToNobodyWhoDoesNotListen() {
        #expect(ServiceNotifier(environment: [:]) == nil)
        for path in ["", "relative", "/" + String(repeating: "x", count: 107)] {
            #expect(ServiceNotifier(environment: ["NOTIFY_SOCKET": path]) == nil)
        }
        ServiceNotifier(environment: ["NOTIFY_SOCKET": "/nowhere/x"])?.notify("READY=1")
    }

    @Test func keepsTheWatchdogThatIsMeantForIt() {
        func watchdog(_ variables: [String: String]) -> Int64? {
            ServiceNotifier(environment: variables.merging(["NOTIFY_SOCKET": "@x"]) { $1 })?
                .watchdogMilliseconds
        }
        #expect(watchdog([:]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "30000000"]) == 30_000)
        #expect(watchdog(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "\(getpid())"]) == 30_000)
        #expect(watchdog(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "soon"]) == nil)
    }
}
