import CueOperator
import CueShow
import Glibc
import Testing

@testable import CueCommands

@Suite struct FilesTests {
    @Test(arguments: [
        ("a", ".", "a", "a"), ("a.b.c", ".", "a.b.c", "a.b"), ("x/y/z.yaml", "x/y", "z.yaml", "z"),
        ("/a.txt", "/", "a.txt", "a"), (".hidden", ".", ".hidden", ".hidden"),
    ])
    func takesAPathApart(path: String, folder: String, name: String, stem: String) {
        #expect(Files.folder(of: path) == folder)
        #expect(Files.name(of: path) == name)
        #expect(Files.stem(of: name) == stem)
    }

    /// A folder of its own, which is removed again.
    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/cue-runner-files.XXXXXX".utf8CString)
        let made = mkdtemp(&template)
        let folder = try #require(made.map { String(cString: $0) })
        defer {
            for name in ["a", "b", "link", "new/a", "new/b"] { unlink("\(folder)/\(name)") }
            rmdir("\(folder)/new")
            rmdir(folder)
        }
        try body(folder)
    }

    @Test func readsUpToALimit() throws {
        try withFolder { folder in
            let path = "\(folder)/a"
            try Files.create(path, Array("0123456789".utf8), isForced: false)
            #expect(try Files.read(path, bytesMax: 100) == Array("0123456789".utf8))
            // One more than may be, by which the caller knows that there is more.
            #expect(try Files.read(path, bytesMax: 4).count > 4)
        }
        #expect(try Files.read("/dev/null", bytesMax: 4).isEmpty)
    }

    @Test func saysWhatCannotBeRead() throws {
        #expect(
            throws: CommandFailure(
                .noInput, "can't read \"/nowhere/a\": No such file or directory",
                hint: "check the name and the folder; - is standard input")
        ) { try Files.read("/nowhere/a", bytesMax: 4) }
        #expect(
            throws: CommandFailure(
                .noInput, "can't read \"/etc\": Is a directory",
                hint: "name a cue sheet in it, such as /etc/show.yaml")
        ) { try Files.read("/etc", bytesMax: 4) }
    }

    @Test func replacesOnlyByForce() throws {
        try withFolder { folder in
            let path = "\(folder)/a"
            try Files.create(path, [1], isForced: false)
            #expect(
                throws: CommandFailure(
                    .cannotCreate, "\"\(path)\" is there already, nothing was written",
                    hint: "choose another name, or replace it with --force")
            ) { try Files.create(path, [2], isForced: false) }
            #expect(try Files.read(path, bytesMax: 4) == [1])
            try Files.create(path, [2], isForced: true)
            #expect(try Files.read(path, bytesMax: 4) == [2])
            #expect(Files.put([3], at: "/nowhere/a") == "No such file or directory")
        }
    }

    @Test func writesSeveralIntoAFolderThatItMakes() throws {
        let terminal = Terminal(environment: [:], isQuiet: true)
        try withFolder { folder in
            let files = [("a", "1"), ("b", "2")]
            try Files.put(files, to: "\(folder)/new", isForced: false, terminal)
            #expect(try Files.read("\(folder)/new/b", bytesMax: 4) == Array("2".utf8))
            try Files.put([("a", "3")], to: "\(folder)/new/", isForced: true, terminal)
            #expect(try Files.read("\(folder)/new/a", bytesMax: 4) == Array("3".utf8))
            try Files.put([("a", "4")], to: "\(folder)/b", isForced: false, terminal)
            #expect(try Files.read("\(folder)/b", bytesMax: 4) == Array("4".utf8))
            #expect(
                throws: CommandFailure(
                    .usage, "there are 2 files: a, b",
                    hint: "write them into a folder with --output FOLDER")
            ) { try Files.put(files, to: nil, isForced: false, terminal) }
        }
    }

    @Test func followsLinks() throws {
        try withFolder { folder in
            try Files.create("\(folder)/a", [], isForced: false)
            symlink("a", "\(folder)/link")
            #expect(Files.resolved("\(folder)/link") == Files.resolved("\(folder)/a"))
            #expect(Files.resolved("\(folder)/b") == nil)
        }
    }
}
