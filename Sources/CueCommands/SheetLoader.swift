import CueOperator
import CueSheet
import CueShow
import CueText
import CueTimeline
import IVSWire

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
            guard let arn = ChannelARN(parts.last ?? "") else {
                throw CommandFailure(
                    .usage, "--channel: \"\(parts.last ?? "")\" is not the ARN of an IVS channel",
                    hint: "it looks like \(ChannelARN.example)")
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
