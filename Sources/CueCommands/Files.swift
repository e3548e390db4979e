import CueOperator
import CueShow
import CueText
@preconcurrency import Glibc

/// Files, read whole and within a limit.
enum Files {
    /// Reads a file, or standard input for `-`.
    static func read(_ path: String, bytesMax: Int) throws(CommandFailure) -> [UInt8] {
        let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let isAbsent = errno == ENOENT
            throw CommandFailure(
                .noInput, "can't read \"\(path)\": \(String(cString: strerror(errno)))",
                hint: isAbsent
                    ? "check the name and the folder; - is standard input"
                    : "it has to be a file that this user may read")
        }
        defer { if descriptor > 0 { close(descriptor) } }
        var status = stat()
        let size = fstat(descriptor, &status) == 0 ? min(Int(status.st_size), bytesMax) : 0
        // All at once where its size is told: an array that grows is there twice while it does.
        var bytes = [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, count in
            while count < size {
                let taken = Glibc.read(
                    descriptor, buffer.baseAddress?.advanced(by: count), size - count)
                if taken < 0, errno == EINTR { continue }
                guard taken > 0 else { break }
                count += taken
            }
        }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= bytesMax {
            let count = chunk.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                let isFolder = errno == EISDIR
                throw CommandFailure(
                    .noInput, "can't read \"\(path)\": \(String(cString: strerror(errno)))",
                    hint: isFolder ? "name a cue sheet in it, such as \(path)/show.yaml" : nil)
            }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// Puts bytes in place of a file, or beside nothing, whole or not at all; gives the system's
    /// words where that fails.
    static func put(_ bytes: [UInt8], at path: String, mode: mode_t = 0o644) -> String? {
        // What is no file, as /dev/stdout, can't be replaced.
        var status = stat()
        let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        let draft = isSpecial ? path : "\(path).\(getpid())"
        let flags = O_WRONLY | O_CLOEXEC | (isSpecial ? 0 : O_CREAT | O_EXCL)
        let descriptor = open(draft, flags, mode)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        var done = 0
        var reason: String?
        while done < bytes.count, reason == nil {
            let count = bytes[done...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                done += count
            } else if errno != EINTR {
                reason = String(cString: strerror(errno))
            }
        }
        if close(descriptor) != 0, reason == nil { reason = String(cString: strerror(errno)) }
        guard !isSpecial else { return reason }
        if reason == nil, rename(draft, path) != 0 { reason = String(cString: strerror(errno)) }
        if reason != nil { unlink(draft) }
        return reason
    }

    /// Writes a file whole or not at all; one that is there is replaced only by force.
    static func create(
        _ path: String, _ bytes: [UInt8], isForced: Bool
    ) throws(CommandFailure) {
        var status = stat()
        if !isForced, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            throw CommandFailure(
                .cannotCreate, "\"\(path)\" is there already, nothing was written",
                hint: "choose another name, or replace it with --force")
        }
        if let reason = put(bytes, at: path) { throw unwritable(path, reason) }
    }

    /// Prints one text, or writes it to a file; several are written into a folder, which is made
    /// if it doesn't exist.
    static func put(
        _ files: [(name: String, text: String)], to output: String?, isForced: Bool,
        _ terminal: Terminal
    ) throws(CommandFailure) {
        guard let output else {
            guard files.count == 1 else {
                let names = files.map(\.name).joined(separator: ", ")
                throw CommandFailure(
                    .usage, "there are \(files.count) files: \(names)",
                    hint: "write them into a folder with --output FOLDER")
            }
            return terminal.data(files[0].text)
        }
        var status = stat()
        let isFolder = stat(output, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        if files.count == 1, !isFolder, output.last != "/" {
            try create(output, Array(files[0].text.utf8), isForced: isForced)
            return terminal.say("wrote \(output.printable)")
        }
        guard isFolder || mkdir(output, 0o755) == 0 else {
            throw unwritable(output, String(cString: strerror(errno)))
        }
        for file in files {
            let path = output.last == "/" ? output + file.name : "\(output)/\(file.name)"
            try create(path, Array(file.text.utf8), isForced: isForced)
            terminal.say("wrote \(path.printable)")
        }
    }

    private static func unwritable(_ path: String, _ reason: String) -> CommandFailure {
        CommandFailure(
            .cannotCreate, "can't write \"\(path)\": \(reason)",
            hint: "choose a folder that this user may write to")
    }

    /// The path with every link followed; nil if there isn't such a file.
    static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A name without its last extension.
    static func stem(of name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
        return String(name[..<dot])
    }

    static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
