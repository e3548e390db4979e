import CueOperator
import CueSheet
import CueShow
import CueText
import CueTimeline
@preconcurrency import Glibc
import IVSWire

/// A reason to end with an exit status, already in words for the user.
struct CommandFailure: Error {
    var status: ExitStatus
    var message: String
    var hint: String?

    init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }
}

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
        var bytes: [UInt8] = []
        var status = stat()
        if fstat(descriptor, &status) == 0 {
            // All at once: an array that grows is there twice while it does.
            bytes.reserveCapacity(min(Int(status.st_size), bytesMax) + 1)
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

    /// Puts a text in place of a file that only its owner may read; the old one stays where the new
    /// one can't be written whole.
    static func replace(_ path: String, with text: String) {
        let draft = "\(path).\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let bytes = Array(text.utf8)
        let isWhole = bytes.withUnsafeBytes {
            write(descriptor, $0.baseAddress, $0.count) == $0.count
        }
        close(descriptor)
        if !isWhole || rename(draft, path) != 0 { unlink(draft) }
    }

    /// Puts bytes in place of a file, or beside nothing, whole or not at all; gives the system's
    /// words where that fails.
    static func put(_ bytes: [UInt8], at path: String) -> String? {
        // What is no file, as /dev/stdout, can't be replaced.
        var status = stat()
        let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        let draft = isSpecial ? path : "\(path).\(getpid())"
        let flags = O_WRONLY | O_CLOEXEC | (isSpecial ? 0 : O_CREAT | O_EXCL)
        let descriptor = open(draft, flags, 0o644)
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
    /// where there is none.
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
            return
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

    /// The path with every link followed; nil where there is no such file.
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

/// A sheet with its timeline, and all that is wrong with either.
struct LoadedSheet {
    var path: String
    var bytes: [UInt8]
    var sheet: Sheet
    var timeline: Timeline
    var diagnostics: [Diagnostic]
    var lines: SourceLines

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

/// What the user lays over a sheet before it is resolved.
struct SheetOverrides {
    /// `ARN`, or `NAME=ARN`.
    var channels: [String] = []
    var variables: [(name: String, value: String)] = []
    var start: Sheet.Start?
    var offset: Duration?
    var lead: Sheet.Lead?
    var late: Sheet.LateBudget?
    var run = "0000"
    var seed = "0"
    /// The sheet is rehearsed, today and at any hour.
    var isRehearsal = false
}

enum SheetLoader {
    /// A file to draw from is read up to so much.
    static let drawBytesMax = 16 * 1_048_576

    static func load(
        _ path: String, _ overrides: SheetOverrides = .init()
    ) throws(CommandFailure) -> LoadedSheet {
        try load(Files.read(path, bytesMax: CueSheetReader.bytesMax), path: path, overrides)
    }

    /// Reads a sheet from bytes; files to draw from lie beside `path`.
    static func load(
        _ bytes: [UInt8], path: String, _ overrides: SheetOverrides = .init()
    ) throws(CommandFailure) -> LoadedSheet {
        let reading = CueSheetReader.read(bytes)
        var sheet = reading.sheet
        try lay(overrides, over: &sheet)
        var options = TimelineOptions()
        options.variables = overrides.variables
        options.run = overrides.run
        options.seed = overrides.seed
        for file in Timeline.drawFiles(of: sheet) {
            options.drawFiles[file] = draw(from: file, besides: path)
        }
        let resolved = Timeline.build(sheet, options)
        let forecast = Forecast(resolved.timeline).diagnostics(of: resolved.timeline)
        let all = reading.diagnostics + resolved.diagnostics
        // A forecast of half a sheet would only mislead.
        let isWhole = !all.contains { $0.severity == .error }
        return LoadedSheet(
            path: path, bytes: bytes, sheet: sheet, timeline: resolved.timeline,
            diagnostics: sorted(all + (isWhole ? forecast : [])), lines: reading.lines)
    }

    /// By place; what stands at the same place keeps its order.
    private static func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        diagnostics.enumerated()
            .sorted { ($0.element.mark, $0.offset) < ($1.element.mark, $1.offset) }
            .map(\.element)
    }

    private static func lay(
        _ overrides: SheetOverrides, over sheet: inout Sheet
    ) throws(CommandFailure) {
        if overrides.isRehearsal { rehearse(&sheet) }
        if let start = overrides.start { sheet.start = start }
        if let offset = overrides.offset { sheet.offset = offset }
        if let lead = overrides.lead { sheet.lead = lead }
        if let late = overrides.late {
            sheet.late = late
            for index in sheet.cues.indices { sheet.cues[index].change { $0.late = late } }
        }
        for text in overrides.channels {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let arn = parts.last ?? ""
            guard ChannelARN(arn) != nil else {
                throw CommandFailure(
                    .usage, "--channel: \"\(arn)\" is not the ARN of an IVS channel",
                    hint: "it looks like arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG123")
            }
            if parts.count == 1 {
                guard sheet.channels.count == 1 else {
                    throw CommandFailure(
                        .usage, "--channel: the sheet has \(sheet.channels.count) channels",
                        hint: "name the one you mean, as --channel NAME=ARN")
                }
                sheet.channels[0].arn = arn
            } else if let index = sheet.channels.firstIndex(where: { $0.name == parts[0] }) {
                sheet.channels[index].arn = arn
            } else {
                let names = sheet.channels.map(\.name).joined(separator: ", ")
                throw CommandFailure(
                    .usage, "--channel: the sheet has no channel \"\(parts[0])\"",
                    hint: "it has \(names)")
            }
        }
        for (index, channel) in sheet.channels.enumerated() where !overrides.channels.isEmpty {
            guard let first = sheet.channels[..<index].first(where: { $0.arn == channel.arn })
            else { continue }
            throw CommandFailure(
                .usage,
                "--channel: \(first.name) and \(channel.name) would be the same channel of IVS",
                hint: "every cue would go to it twice; give each name an ARN of its own")
        }
    }

    /// A show that starts at an instant is rehearsed from the stage's start instead, and what is
    /// set for an instant keeps its distance from the show's.
    private static func rehearse(_ sheet: inout Sheet) {
        guard case .instant(let start) = sheet.start else { return }
        sheet.start = .stream
        for index in sheet.cues.indices {
            if case .instant(let instant) = sheet.cues[index].at, instant >= start {
                sheet.cues[index].change { $0.at = .time(instant - start) }
            }
            if case .untilInstant(let end) = sheet.cues[index].repetition?.end, end >= start {
                sheet.cues[index].change { $0.repetition?.end = .until(end - start) }
            }
        }
    }

    /// Reads the lines of a file beside the sheet or below it; one that a link leads elsewhere is
    /// refused as if its path did.
    private static func draw(from file: String, besides sheet: String) -> DrawFile {
        let folder = sheet == "-" ? "." : Files.folder(of: sheet)
        guard let root = Files.resolved(folder), let path = Files.resolved(folder + "/" + file)
        else { return .problem("there is no such file beside the sheet") }
        guard path.hasPrefix(root == "/" ? root : root + "/") else {
            return .problem("it lies outside of the sheet's folder")
        }
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path, bytesMax: drawBytesMax)
        } catch {
            return .problem(error.message)
        }
        guard bytes.count <= drawBytesMax else { return .problem("it is larger than 16 MiB") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .problem("it is not UTF-8 text")
        }
        let lines = text.split(whereSeparator: \.isNewline)
            .map { String($0.trimmingSpaces) }.filter { !$0.isEmpty }
        return .lines(lines)
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var rest = drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}

extension Terminal {
    /// Shows what is wrong with a sheet, each with its line and a caret.
    func show(_ loaded: LoadedSheet, of path: String) {
        guard !loaded.diagnostics.isEmpty else { return }
        let text = DiagnosticPrinter.render(
            loaded.diagnostics, path: path == "-" ? "<stdin>" : path, lines: loaded.lines,
            colour: hasColour)
        self.print(text.last == "\n" ? String(text.dropLast()) : text)
    }
}
