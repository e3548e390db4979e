import Glibc

/// A folder that is removed with all that is in it.
final class TemporaryFolder {
    struct Problem: Error {
        var code: Int32
    }

    let path: String

    init() throws {
        var template = Array("/tmp/cue-runner-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Problem(code: errno) }
        path = String(cString: made)
    }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink("\(path)/\(name)")
            }
            closedir(folder)
        }
        rmdir(path)
    }

    func write(_ name: String, _ text: String, flags: Int32 = O_TRUNC) {
        let file = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600)
        let bytes = Array(text.utf8)
        _ = Glibc.write(file, bytes, bytes.count)
        close(file)
    }

    func rename(_ old: String, _ new: String) {
        _ = Glibc.rename("\(path)/\(old)", "\(path)/\(new)")
    }

    func remove(_ name: String) {
        unlink("\(path)/\(name)")
    }
}
