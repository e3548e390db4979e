import CueOperator
import CueSheet
import CueShow
import CueText
import CueTimeline

/// A sheet with its timeline, its file, and all that is wrong with it.
struct LoadedSheet {
    var path: String
    var bytes: [UInt8]
    var resolved: ResolvedSheet

    var sheet: Sheet { resolved.sheet }
    var timeline: Timeline { resolved.timeline }
    var diagnostics: [Diagnostic] { resolved.diagnostics }
    var lines: SourceLines { resolved.lines }
    var hasErrors: Bool { resolved.hasErrors }

    /// The part of the timeline that the user selected.
    func selecting(_ selection: Selection) throws(CommandFailure) -> Timeline {
        do throws(OptionProblem) {
            return try resolved.timeline.selecting(selection)
        } catch {
            throw CommandFailure(error)
        }
    }
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
        do throws(OptionProblem) {
            let resolved = try ResolvedSheet(CueSheetReader.read(bytes), overrides) { file in
                draw(from: file, besides: path)
            }
            return LoadedSheet(path: path, bytes: bytes, resolved: resolved)
        } catch {
            throw CommandFailure(error)
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
            .map { String($0.trimmingSpace) }.filter { !$0.isEmpty }
        return .lines(lines)
    }
}

extension CommandFailure {
    init(_ problem: OptionProblem) {
        self.init(.usage, problem.message, hint: problem.hint)
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
