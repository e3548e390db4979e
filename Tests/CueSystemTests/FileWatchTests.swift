import CueSystem
import Glibc
import Testing

@Suite struct FileWatchTests {
    @Test func namesFilesThatAreWrittenAndMovedIntoAFolder() throws {
        let folder = try TemporaryFolder()
        let watch = FileWatch()
        #expect(watch.add(.folder(folder.path)))
        folder.write("draft", "a")
        #expect(changes(watch) == ["draft"])
        folder.rename("draft", "sheet.yaml")
        #expect(changes(watch) == ["sheet.yaml"])
        folder.write("sheet.yaml", "b")
        #expect(changes(watch) == ["sheet.yaml"])
        // Neither a file that goes nor one that is only opened is a new content.
        folder.remove("sheet.yaml")
        close(open(folder.path + "/sheet.yaml", O_RDWR | O_CREAT, 0o600))
        #expect(changes(watch) == ["sheet.yaml"])
        folder.remove("sheet.yaml")
        folder.write("last", "")
        #expect(changes(watch) == ["last"])
    }

    @Test func gathersTheNamesOfAllChanges() throws {
        let folder = try TemporaryFolder()
        let other = try TemporaryFolder()
        let watch = FileWatch()
        watch.add(.folder(folder.path))
        watch.add(.folder(other.path))
        let names = (1...800).map { "a file with a long name, number \($0)" }
        for name in names { folder.write(name, "") }
        other.write("é空", "")
        var seen: Set<String> = []
        // A child that another test starts may hold a file for a moment longer than we do.
        while seen.count < 801, isReadable(watch) { seen.formUnion(watch.changes()) }
        #expect(seen == Set(names + ["é空"]))
    }

    @Test func followsOneFileUntilItIsGone() throws {
        let folder = try TemporaryFolder()
        folder.write("log", "a")
        let watch = FileWatch()
        #expect(watch.add(.file(folder.path + "/log")))
        folder.write("log", "b", flags: O_APPEND)
        #expect(changes(watch) == [], "the file is known, and has no name here")
        folder.rename("log", "old")
        #expect(isReadable(watch))
        watch.changes()
        folder.write("old", "c", flags: O_APPEND)
        #expect(isReadable(watch), "it is the same file under another name")
        watch.changes()
        folder.write("log", "new")
        #expect(!hasChanged(watch), "this is another file")
        #expect(watch.add(.file(folder.path + "/log")))
        folder.remove("log")
        #expect(isReadable(watch))
    }

    @Test func refusesWhatIsNotThere() throws {
        let folder = try TemporaryFolder()
        let watch = FileWatch()
        #expect(!watch.add(.file(folder.path + "/missing")))
        #expect(!watch.add(.folder(folder.path + "/missing")))
        #expect(!hasChanged(watch))
    }

    @Test func closesItsDescriptor() {
        for _ in 1...5_000 {
            let watch = FileWatch()
            #expect((0..<1_000).contains(watch.descriptor))
            withExtendedLifetime(watch) {
                #expect(fcntl(watch.descriptor, F_GETFD) == FD_CLOEXEC)
            }
        }
    }

    /// Waits for changes, and gives their names.
    private func changes(_ watch: FileWatch) -> Set<String> {
        #expect(isReadable(watch))
        return watch.changes()
    }

    private func isReadable(_ watch: FileWatch) -> Bool {
        var entry = pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 60_000) == 1
    }

    /// Inotify queues a change of a file's content or name before the call that makes it returns.
    private func hasChanged(_ watch: FileWatch) -> Bool {
        var entry = pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) == 1
    }
}
