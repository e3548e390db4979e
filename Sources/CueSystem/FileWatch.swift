@preconcurrency import Glibc

/// Watches files and folders for changes.
///
/// https://man7.org/linux/man-pages/man7/inotify.7.html
package final class FileWatch: Sendable {
    package enum Subject: Hashable, Sendable {
        /// A file's content, attributes, and whether it is moved or deleted. A file that later gets
        /// the same name is another one.
        case file(String)
        /// The files that are written or moved into a folder: most editors put a new file in the
        /// old one's place.
        case folder(String)
    }

    /// Readable once something has changed; -1 if the system has no watch left.
    package let descriptor: Int32

    package init() {
        descriptor = inotify_init1(Int32(O_CLOEXEC | O_NONBLOCK))
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// False if there is no such file or folder, or it can't be watched.
    @discardableResult package func add(_ subject: Subject) -> Bool {
        switch subject {
        case .file(let path):
            let events = UInt32(IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
            return inotify_add_watch(descriptor, path, events) >= 0
        case .folder(let path):
            return inotify_add_watch(descriptor, path, UInt32(IN_CLOSE_WRITE | IN_MOVED_TO)) >= 0
        }
    }

    /// Consumes the changes so far, and gives the names of the changed files in watched folders.
    @discardableResult package func changes() -> Set<String> {
        var names: Set<String> = []
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                guard count > 0 else { return }
                var place = 0
                while place + MemoryLayout<inotify_event>.size <= count {
                    let event = buffer.load(fromByteOffset: place, as: inotify_event.self)
                    place += MemoryLayout<inotify_event>.size
                    let name = buffer[place..<min(count, place + Int(event.len))]
                    place += Int(event.len)
                    if event.len > 0 {
                        names.insert(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
                    }
                }
            }
        }
        return names
    }
}
