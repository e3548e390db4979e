import CueText
import IVSWire

/// A sheet as far as it could be read, and everything that is wrong with it.
package struct SheetReading: Sendable {
    package var sheet: Sheet
    /// In the order of their places.
    package var diagnostics: [Diagnostic]
    package var lines: SourceLines

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

/// Reads a cue sheet: YAML 1.2 by the rules of `schemas/cue-sheet.schema.json`, and what a schema
/// can't say. References between cues are left to the timeline.
package enum CueSheetReader {
    /// The most bytes a sheet may have: 64 MiB.
    package static let bytesMax = 64 * 1_048_576

    package static func read(_ bytes: [UInt8]) -> SheetReading {
        let lines: SourceLines
        do {
            lines = try SourceText.lines(of: bytes)
        } catch {
            return SheetReading(
                sheet: Sheet(), diagnostics: [error.diagnostic], lines: error.lines)
        }
        let (tree, diagnostics) = YAMLReader.read(lines)
        guard let tree else {
            return SheetReading(sheet: Sheet(), diagnostics: diagnostics.sorted, lines: lines)
        }
        var reader = SheetReader(tree: tree, diagnostics: diagnostics)
        reader.read()
        return SheetReading(
            sheet: reader.sheet, diagnostics: reader.diagnostics.sorted, lines: lines)
    }

    package static func read(_ text: String) -> SheetReading {
        read(Array(text.utf8))
    }
}

enum TopKey: Int, SheetKey {
    case version, title, channel, channels, start, offset, encoderDelay, lead, late, restart
    case defaults, vars, seed, cues

    static let names = [
        "version", "title", "channel", "channels", "start", "offset", "encoder_delay", "lead",
        "late", "restart", "defaults", "vars", "seed", "cues",
    ]
    static let words = KeyWord.all(names)
}

enum ChannelKey: Int, SheetKey {
    case arn, offset

    static let names = ["arn", "offset"]
    static let words = KeyWord.all(names)
}

enum DefaultsKey: Int, SheetKey {
    case `for`, reveal, again, late

    static let names = ["for", "reveal", "again", "late"]
    static let words = KeyWord.all(names)
}

/// One pass over a tree; its parts lie in the files of what they read.
struct SheetReader {
    let tree: YAMLTree
    var diagnostics: DiagnosticBag
    var sheet = Sheet()
    /// What an entry gets that says nothing itself.
    var defaults = Defaults()
    /// The channels' names, those of channels in error included, so that a use of one is no error
    /// as well; nil where the sheet does not even tell the names.
    var channelNames: [String]?
    /// What a cue goes to that names no channels: one list, shared by all of them.
    var allChannels: [Int] = []
    /// Explicit ids, each with the mark where it was first given.
    var ids: [String: Mark] = [:]
    var lineHint = 0
    /// The duration read last: in a large sheet most are the same.
    var lastDuration: (bytes: ArraySlice<UInt8>, value: Duration)?

    struct Defaults {
        var window: Duration?
        var reveal: Duration?
        var again: Duration?
        var late: Sheet.LateBudget?
    }

    init(tree: YAMLTree, diagnostics: DiagnosticBag) {
        self.tree = tree
        self.diagnostics = diagnostics
    }

    mutating func read() {
        let root = 0
        guard tree.kind(root) == .mapping else {
            if isNothing(root) {
                error(
                    "empty-sheet", at: root, "the sheet is empty",
                    hint: "cue-runner init prints a sheet to start from")
            } else {
                wrongType(root, "the sheet", "a mapping")
            }
            return
        }
        let fields = fields(of: root, TopKey.self)
        readVersion(fields[.version], root)
        sheet.title = optional(fields[.title]) { $0.text($1, "title") }
        readChannels(fields, root)
        readTimes(fields)
        readDefaults(fields[.defaults])
        readVars(fields[.vars])
        sheet.seed = optional(fields[.seed]) { $0.text($1, "seed") }
        readCues(fields[.cues], root)
    }

    private mutating func readVersion(_ pair: Pair?, _ root: Int) {
        guard let node = pair?.value else {
            error("missing-key", at: root, "version is missing", hint: "begin with version: 1")
            return
        }
        guard tree.kind(node) == .scalar else { return wrongType(node, "version", "1") }
        let isOne = isPlainTyped(node) && CoreSchema.integer(tree.bytes(node)) == 1
        if !isOne {
            error(
                "version", at: node, "version must be 1, found \(found(node))",
                hint: "this cue-runner reads sheets of version 1")
        }
    }

    private mutating func readTimes(_ fields: Fields<TopKey>) {
        if let node = fields[.start]?.value { readStart(node) }
        if let node = fields[.offset]?.value {
            sheet.offset = signedDuration(node, "offset") ?? .zero
        }
        if let node = fields[.encoderDelay]?.value {
            sheet.encoderDelay = duration(node, "encoder_delay") ?? .zero
        }
        if let node = fields[.lead]?.value { readLead(node) }
        if let node = fields[.late]?.value, let late = late(node, "late") { sheet.late = late }
        if let node = fields[.restart]?.value, let text = text(node, "restart") {
            if let restart = Sheet.Restart(rawValue: text) {
                sheet.restart = restart
            } else {
                let names = ["continue", "hold"]
                error(
                    "bad-value", at: node,
                    "restart must be continue or hold, found \(quoted(text))",
                    hint: Suggestion.nearest(to: text, among: names).map { "did you mean \($0)?" })
            }
        }
    }

    private mutating func readStart(_ node: Int) {
        guard let text = text(node, "start") else { return }
        sheet.startMark = mark(node)
        if let start = Sheet.Start(text) {
            sheet.start = start
        } else if !reportInstant(text, node) {
            let names = ["stream", "now", "manual"]
            error(
                "bad-value", at: node,
                "start must be stream, now, manual or an instant, found \(quoted(text))",
                hint: Suggestion.nearest(to: text, among: names).map { "did you mean \($0)?" }
                    ?? "an instant looks like 2026-11-27T19:00:00-08:00")
        }
    }

    private mutating func readLead(_ node: Int) {
        if tree.kind(node) == .scalar, tree.bytes(node).elementsEqual("auto".utf8) {
            sheet.lead = .auto
            return
        }
        guard let lead = duration(node, "lead", orWord: "auto") else { return }
        guard lead <= Sheet.Lead.longest else {
            error(
                "out-of-range", at: node,
                "lead can be at most \(DurationText.format(Sheet.Lead.longest)), found \(DurationText.format(lead))"
            )
            return
        }
        sheet.lead = .fixed(lead)
    }

    private mutating func readDefaults(_ pair: Pair?) {
        guard let node = pair?.value, isMapping(node, "defaults") else { return }
        let fields = fields(of: node, DefaultsKey.self)
        defaults.window = optional(fields[.for]) { $0.longDuration($1, "for") }
        defaults.reveal = optional(fields[.reveal]) { $0.duration($1, "reveal") }
        defaults.again = optional(fields[.again]) { $0.again($1) }
        defaults.late = optional(fields[.late]) { $0.late($1, "late") }
    }

    private mutating func readVars(_ pair: Pair?) {
        guard let node = pair?.value, isMapping(node, "vars") else { return }
        for pair in pairs(of: node) {
            guard let name = variableName(pair.key),
                let value = text(pair.value, "the value of \(name)")
            else { continue }
            sheet.vars.append(.init(name: name, value: value, mark: mark(pair.key)))
        }
    }

    private mutating func readCues(_ pair: Pair?, _ root: Int) {
        guard let node = pair?.value else {
            error(
                "missing-key", at: root, "cues is missing",
                hint: "list the show's cues under cues:")
            return
        }
        guard isSequence(node, "cues") else { return }
        let count = tree.childCount(of: node)
        guard count > 0 else {
            error("no-cues", at: node, "cues is empty", hint: "a sheet needs at least one cue")
            return
        }
        allChannels = Array(sheet.channels.indices)
        sheet.cues.reserveCapacity(count)
        ids.reserveCapacity(count)
        for (index, entry) in tree.children(of: node).enumerated() {
            readCue(entry, number: index + 1)
        }
        checkMadeIDs()
    }
}

// MARK: - Channels

extension SheetReader {
    private mutating func readChannels(_ fields: Fields<TopKey>, _ root: Int) {
        switch (fields[.channel], fields[.channels]) {
        case (nil, nil):
            error(
                "missing-key", at: root, "channel is missing",
                hint: "give the ARN of the channel, as channel: arn:aws:ivs:…, "
                    + "or several under channels:")
        case (let one?, let many?):
            let second = max(one.key, many.key)
            error(
                "channel-twice", at: second, "the sheet has both channel and channels",
                hint: "list every channel under channels, and remove channel")
            readChannelList(many.value)
        case (let one?, nil):
            channelNames = ["main"]
            if let arn = arn(one.value, "channel") {
                sheet.channels = [.init(name: "main", arn: arn, mark: mark(one.value))]
            }
        case (nil, let many?):
            readChannelList(many.value)
        }
    }

    private mutating func readChannelList(_ node: Int) {
        guard isMapping(node, "channels") else { return }
        let pairs = pairs(of: node)
        if pairs.isEmpty {
            error("missing-key", at: node, "channels is empty", hint: "name at least one channel")
            return
        }
        channelNames = pairs.map { tree.text($0.key) }
        for pair in pairs {
            let name = tree.text(pair.key)
            guard isID(tree.bytes(pair.key)) else {
                error(
                    "bad-name", at: pair.key, "\(quoted(name)) can't name a channel",
                    hint: "use letters, digits, _ and -, at most 64")
                continue
            }
            guard let (arnNode, offset) = channel(pair.value, name),
                let arn = arn(arnNode, "the channel \(name)")
            else { continue }
            if let same = sheet.channels.first(where: { $0.arn == arn }) {
                error(
                    "channel-same", at: arnNode,
                    "the channels \(same.name) and \(name) have the same ARN",
                    hint: "give each channel an ARN of its own, or remove one of them")
                continue
            }
            sheet.channels.append(
                .init(name: name, arn: arn, offset: offset, mark: mark(pair.key)))
        }
    }

    /// The node of a channel's ARN and the channel's offset.
    private mutating func channel(_ node: Int, _ name: String) -> (arn: Int, offset: Duration)? {
        guard tree.kind(node) == .mapping else { return (node, .zero) }
        let fields = fields(of: node, ChannelKey.self)
        let offset = optional(fields[.offset]) { $0.signedDuration($1, "offset") } ?? .zero
        guard let arn = fields[.arn] else {
            error(
                "missing-key", at: node, "arn is missing in the channel \(name)",
                hint: "write \(name): {arn: arn:aws:ivs:…}")
            return nil
        }
        return (arn.value, offset)
    }

    private mutating func arn(_ node: Int, _ name: String) -> ChannelARN? {
        guard let text = text(node, name) else { return nil }
        guard let arn = ChannelARN(text) else {
            error(
                "bad-arn", at: node, "\(quoted(text)) is not the ARN of an IVS channel",
                hint: "it looks like \(ChannelARN.example)")
            return nil
        }
        return arn
    }
}
