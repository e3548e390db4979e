@preconcurrency import Glibc

/// Reports a service's state to systemd, if systemd asks for that.
///
/// The protocol of sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names.
/// https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
package struct ServiceNotifier: Sendable {
    private let path: String
    /// How often the watchdog expects a sign of life; nil if there is no watchdog.
    package let watchdogMilliseconds: Int64?

    /// Nil if no service manager listens.
    package init?(environment: [String: String]) {
        guard let path = environment["NOTIFY_SOCKET"], let first = path.first,
            first == "/" || first == "@", path.utf8.count <= UnixSocket.pathMax
        else { return nil }
        self.path = path
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        watchdogMilliseconds =
            isOurs ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.map { $0 / 1_000 } : nil
    }

    package func notify(_ state: String) {
        let descriptor = UnixSocket.make(SOCK_DGRAM)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(state.utf8)
        _ = UnixSocket.withAddress(path) { address, length in
            let count = sendto(
                descriptor, bytes, bytes.count,
                Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), address, length)
            return Int32(count)
        }
    }
}
