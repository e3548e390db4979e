import CueText

/// Writes the cues as a sheet.
struct SheetWriter {
    let options: ImportOptions
    let table: ImportTable
    let notes: [String]
    let headings: [(row: Int, text: String)]
    let cues: [ImportedCue]
    let channels: ImportedChannels

    /// The sheet, complete but for what the user has to fill in.
    func draft() -> SheetDraft {
        var draft = SheetDraft()
        head(&draft)
        draft.line("cues:")
        let common = commonLate
        var headings = headings[...]
        for cue in cues {
            while let heading = headings.first, heading.row < cue.row {
                draft.comment(heading.text, indent: "  ")
                headings.removeFirst()
            }
            write(cue, common, to: &draft)
        }
        for heading in headings { draft.comment(heading.text, indent: "  ") }
        return draft
    }

    private func head(_ draft: inout SheetDraft) {
        draft.line("# yaml-language-server: $schema=\(options.schema)")
        draft.line("#")
        draft.comment("Made of \(options.source) by cue-runner import, of its columns")
        for line in columnsInUse { draft.comment(line) }
        for note in notes { draft.comment(note) }
        if !table.preface.isEmpty {
            draft.line("#")
            for line in table.preface { draft.comment(line) }
        }
        let isFilledIn = !options.channels.isEmpty
        draft.line("#")
        draft.comment(
            isFilledIn
                ? "Before the show: cue-runner check, timeline and rehearse."
                : "Put your channel's ARN in below. Then: cue-runner check, timeline and rehearse.")
        draft.line("version: 1")
        let title = options.title ?? options.source
        draft.line("title: \(YAMLText.scalar(title.printable))")
        writeChannels(&draft)
        draft.line("start: stream            # zero: stream, now, manual, or an instant")
        let late = (commonLate ?? "5s").filled(to: 18)
        draft.line("late: \(late) # how long after its moment a cue is still worth sending")
        draft.line("")
    }

    /// `Time (at), Question, Option A (answer)`, in lines that fit an editor's window; a key stands
    /// beside a name that does not say it.
    private var columnsInUse: [String] {
        var lines = [""]
        for column in table.columns where column.key != .ignore {
            let name = column.header.isEmpty ? column.letters : column.header.printable
            let key = column.key?.rawValue ?? "comments"
            let part = column.name.words.joined(separator: "_") == key ? name : "\(name) (\(key))"
            if lines[lines.count - 1].count + part.count > 92 { lines.append("") }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : ", ") + part
        }
        return lines
    }

    /// The budget that all cues have, which is the sheet's then.
    private var commonLate: String? {
        let values = Set(cues.map { $0.fields.first { $0.key == "late" }?.value })
        return values.count == 1 ? values.first ?? nil : nil
    }

    private func writeChannels(_ draft: inout SheetDraft) {
        if channels.names.isEmpty || (channels.names == ["main"] && options.channels.count < 2) {
            let arn = options.channels.first?.arn
            draft.line(
                "channel: \(arn ?? Self.placeholder(""))"
                    + (arn == nil ? "   # your channel's ARN" : ""))
            return
        }
        draft.line("channels:")
        for (index, name) in channels.names.enumerated() {
            let given =
                options.channels.first { $0.name == name }?.arn
                ?? (channels.names.count == 1 ? options.channels.first?.arn : nil)
            let arn = given ?? Self.placeholder("\(index + 1)")
            let comment = given == nil ? "   # this channel's ARN" : ""
            let offset = channels.offsets[name] ?? .zero
            draft.line(
                "  \(YAMLText.scalar(name)): "
                    + (offset == .zero
                        ? arn : "{arn: \(arn), offset: \(DurationText.format(offset))}") + comment)
        }
    }

    /// An ARN that `check` takes and IVS does not know.
    private static func placeholder(_ suffix: String) -> String {
        "arn:aws:ivs:us-west-2:123456789012:channel/YourChannel" + suffix
    }

    private func write(_ cue: ImportedCue, _ common: String?, to draft: inout SheetDraft) {
        for comment in cue.comments { draft.comment(comment, indent: "  ") }
        draft.line("  - id: \(YAMLText.scalar(cue.id ?? ""))", from: cue.idCell)
        draft.line("    at: \(at(cue.at))", from: cue.atCell)
        for field in cue.fields where field.key != "late" || common == nil {
            let value = field.value.isEmpty ? "" : " " + field.value
            draft.line("    \(field.key):\(value)", from: field.cell)
            for item in field.items { draft.line("      \(item)", from: field.cell) }
        }
        if !cue.channels.isEmpty, Set(cue.channels) != Set(channels.names) {
            let names = cue.channels.map { YAMLText.scalar($0) }.joined(separator: ", ")
            draft.line(
                "    channels: [\(names)]",
                from: table.column(.channels).map { table.place(cue.row, $0) })
        }
        draft.line("")
    }

    private func at(_ at: ImportedCue.At) -> String {
        switch at {
        case .placed(let time): DurationText.formatTime(time, fractionDigits: 9)
        case .manual: "manual"
        case .anchored(let anchor, .zero): YAMLText.scalar(anchor)
        case .anchored(let anchor, let by):
            "\(anchor) \(by < .zero ? "-" : "+") \(DurationText.format(by.magnitude))"
        case .instant(let time): time.sheetText
        case .after(let by): "+\(DurationText.format(by))"
        }
    }
}
