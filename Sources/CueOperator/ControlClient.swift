@preconcurrency import Glibc

/// The other end of a control socket: asks a running show, and reads the answers.
package struct ControlClient: ~Copyable {
    private let descriptor: Int32
    private var lines = LineBuffer()

    package init(path: String) throws(SocketProblem) {
        descriptor = try UnixSocket.connect(path)
    }

    deinit { close(descriptor) }

    package func ask(_ words: [String]) {
        let bytes = Array((words.joined(separator: " ") + "\n").utf8)
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The next line; nil once the show is over.
    package mutating func line() -> String? {
        while true {
            if let line = lines.next() { return line }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            lines.append(chunk[..<count])
        }
    }
}
