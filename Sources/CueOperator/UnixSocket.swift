@preconcurrency import Glibc

/// What went wrong with a socket, in the system's words.
package struct SocketProblem: Error, Hashable, Sendable {
    package var path: String
    package var reason: String
    package var code: Int32

    init(_ path: String, _ code: Int32 = errno) {
        self.path = path
        self.code = code
        reason = String(cString: strerror(code))
    }

    init(_ path: String, reason: String) {
        self.path = path
        self.reason = reason
        code = 0
    }
}

/// Sockets of the Unix domain. https://man7.org/linux/man-pages/man7/unix.7.html
enum UnixSocket {
    /// The longest path that an address holds.
    static let pathMax = 107

    static func make(_ type: __socket_type) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(type.rawValue), 0)
        if descriptor >= 0 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        return descriptor
    }

    /// Calls `body` with the address of that path; `@name` is one of Linux's abstract names.
    static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8.prefix(pathMax))
        let isAbstract = bytes.first == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length =
            MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + bytes.count } ?? 0
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(isAbstract ? length : MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    static func connect(_ path: String) throws(SocketProblem) -> Int32 {
        guard path.utf8.count <= pathMax else {
            throw SocketProblem(path, reason: "the path is longer than \(pathMax) bytes")
        }
        let descriptor = make(SOCK_STREAM)
        guard descriptor >= 0 else { throw SocketProblem(path) }
        guard withAddress(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let problem = SocketProblem(path)
            close(descriptor)
            throw problem
        }
        return descriptor
    }

    /// Listens so that only this user may connect. A dead socket is replaced.
    ///
    /// It gets its name once it listens, since before that it would look dead.
    static func listen(_ path: String) throws(SocketProblem) -> Int32 {
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        let draft = "\(folder).\(getpid())"
        guard max(path.utf8.count, draft.utf8.count) <= pathMax else {
            throw SocketProblem(path, reason: "the path is longer than \(pathMax) bytes")
        }
        guard access(path, F_OK) != 0 || isDead(path) else {
            throw SocketProblem(path, EADDRINUSE)
        }
        let descriptor = make(SOCK_STREAM)
        guard descriptor >= 0 else { throw SocketProblem(path) }
        unlink(draft)
        var result = withAddress(draft, { bind(descriptor, $0, $1) })
        if result == 0 { result = chmod(draft, 0o600) }
        if result == 0 { result = Glibc.listen(descriptor, 16) }
        if result == 0 { result = rename(draft, path) }
        guard result == 0 else {
            let problem = SocketProblem(path)
            close(descriptor)
            unlink(draft)
            throw problem
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    /// True if a socket is left over from a process that is gone.
    static func isDead(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
        do {
            close(try connect(path))
            return false
        } catch {
            return error.code == ECONNREFUSED
        }
    }

    /// The user on the other end, as the kernel knows them: SO_PEERCRED.
    static func peer(_ descriptor: Int32) -> uid_t? {
        // struct ucred: process, user, group.
        var credentials: (pid_t, uid_t, gid_t) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else {
            return nil
        }
        return credentials.1
    }
}

/// Where the sockets of running shows are: in `$XDG_RUNTIME_DIR/cue-runner`, or if that is not set
/// in `/tmp/cue-runner-UID`, a folder that belongs to this user alone.
package struct ControlFolder: Sendable {
    let path: String

    package init(environment: [String: String]) {
        if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") {
            path = runtime + "/cue-runner"
        } else {
            path = "/tmp/cue-runner-\(geteuid())"
        }
    }

    /// Makes the folder if it is missing; one that others may write to is refused.
    func prepare() throws(SocketProblem) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw SocketProblem(path) }
        try check()
    }

    func check() throws(SocketProblem) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw SocketProblem(path) }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
            status.st_mode & 0o077 == 0
        else { throw SocketProblem(path, reason: "it is not a folder of this user alone") }
    }

    /// The socket of a show by the name of its sheet and its run: `quiz.x7k2`.
    package func socket(_ name: String) -> String { "\(path)/\(name).sock" }

    /// The name of a show, fit for a file's.
    package static func name(sheet: String, run: String) -> String {
        let stem = sheet.unicodeScalars.prefix(48).map { scalar in
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || "_-".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
        }
        return "\(String(stem.filter(\.isASCII))).\(run)"
    }

    /// Removes the sockets that killed shows have left.
    func removeDead() {
        _ = shows()
    }

    /// The names of the shows that can be controlled; the sockets of dead ones are removed.
    package func shows() -> [String] {
        guard (try? check()) != nil, let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let file = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard file.hasSuffix(".sock") else { continue }
            let name = String(file.dropLast(5))
            if UnixSocket.isDead(socket(name)) {
                unlink(socket(name))
            } else {
                names.append(name)
            }
        }
        return names.sorted()
    }
}
