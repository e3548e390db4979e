import CueText

// MARK: - Rows that belong together

extension Importer {
    /// Makes one cue of the rows that a listing has for it: one a channel, one an occurrence.
    mutating func settle() {
        let ids = Set(cues.compactMap(\.id))
        for (id, row) in reveals where !ids.contains(String(id.prefix { $0 != "#" })) {
            let place = Cell(row: row + 1, column: column(.id)?.number ?? 1)
            report(
                "reveal-alone", at: place, "the question of this reveal is no row",
                hint: "keep the row of \(id.printable), or delete this one")
        }
        joinChannels()
        joinOccurrences()
        nameCues()
    }

    private mutating func joinChannels() {
        channelNames =
            options.channels.map(\.name).filter { !$0.isEmpty }
            + channelNames.filter { name in !options.channels.contains { $0.name == name } }
        var groups: [[Int]] = []
        var groupOf: [String: Int] = [:]
        for index in cues.indices {
            let number = cues[index].number ?? 0
            let key = cues[index].id.map { "\($0)#\(number)" }
            if let key, let group = groupOf[key] {
                let first = cues[groups[group][0]]
                let taken = groups[group].flatMap { cues[$0].channels }
                let isApart =
                    !cues[index].channels.isEmpty && !taken.isEmpty
                    && cues[index].channels.allSatisfy { !taken.contains($0) }
                if isApart, cues[index].isSame(first) {
                    groups[group].append(index)
                } else {
                    report(
                        "duplicate-id", at: cues[index].idCell,
                        "the id \"\(cues[index].id ?? "")\" is there twice, first in row "
                            + "\(first.row + 1)", hint: "give this cue another id")
                }
            } else {
                if let key { groupOf[key] = groups.count }
                groups.append([index])
            }
        }
        findOffsets(groups)
        cues = groups.map { group in
            var cue = cues[group[0]]
            let offset = cue.channels.count == 1 ? channelOffsets[cue.channels[0]] ?? .zero : .zero
            cue.channels = group.flatMap { cues[$0].channels }
            move(&cue, by: .zero - offset)
            return cue
        }
    }

    /// How much later than the first channel's each channel's cues are: the same for all of them,
    /// or no sheet could say it.
    private mutating func findOffsets(_ groups: [[Int]]) {
        guard let base = channelNames.first else { return }
        channelOffsets[base] = .zero
        var open = groups.filter { $0.count > 1 }
        while let next = open.firstIndex(where: { group in
            group.contains { channelOffsets[cues[$0].channels.first ?? ""] != nil }
        }) {
            let group = open.remove(at: next)
            guard
                let known = group.first(where: { channelOffsets[cues[$0].channels[0]] != nil }),
                let origin = channelOffsets[cues[known].channels[0]]
            else { continue }
            for index in group where index != known {
                guard let distance = distance(from: cues[known], to: cues[index]) else { continue }
                for name in cues[index].channels {
                    let offset = origin + distance
                    if let told = channelOffsets[name], told != offset {
                        report(
                            "channel-times", at: cues[index].atCell,
                            "on \(name) the cue is \(DurationText.formatSigned(offset)) away from "
                                + "\(base), others are \(DurationText.formatSigned(told))",
                            hint: "a channel has one offset; give one of the cues an id of its own")
                    }
                    channelOffsets[name] = channelOffsets[name] ?? offset
                }
            }
        }
    }

    private func distance(from a: ImportedCue, to b: ImportedCue) -> Duration? {
        switch (a.at, b.at) {
        case (.placed(let x), .placed(let y)): y - x
        case (.instant(let x), .instant(let y)): y - x
        case (.anchored(let p, let x), .anchored(let q, let y)) where p == q: y - x
        case (.manual, .manual): .zero
        case (.manual, .anchored(let id, let y)) where id == a.id: y
        case (.anchored(let id, let x), .manual) where id == a.id: .zero - x
        default: nil
        }
    }

    private mutating func move(_ cue: inout ImportedCue, by delta: Duration) {
        guard delta != .zero else { return }
        switch cue.at {
        case .placed(let time): cue.at = .placed(max(.zero, time + delta))
        case .instant(let time): cue.at = .instant(time + delta)
        case .anchored(let id, let time): cue.at = .anchored(id, time + delta)
        case .manual, .after: break
        }
        // The same moment as the manual cue itself, as its own channel has it.
        if case .anchored(let id, .zero) = cue.at, id == cue.id { cue.at = .manual }
    }

    /// `fact#1`, `fact#2` … are one cue again where they say the same at even distances; what was
    /// drawn anew each time can't be, nor what was moved, and each becomes a cue of its own.
    private mutating func joinOccurrences() {
        var rows: [String: [ImportedCue]] = [:]
        for cue in cues where cue.number != nil { rows[cue.id ?? "", default: []].append(cue) }
        let even = Set(rows.filter { isEven($0.value) }.keys)
        var kept: [ImportedCue] = []
        for var cue in cues {
            guard let number = cue.number, let id = cue.id else {
                kept.append(cue)
                continue
            }
            if !even.contains(id) {
                cue.slug = "\(id.prefix(50))-\(number)"
                cue.id = nil
                cue.fields.removeAll { $0.key == "repeat" }
                kept.append(cue)
            } else if number == 1 {
                count(rows[id]?.count ?? 1, of: &cue)
                kept.append(cue)
            }
        }
        for id in rows.keys.sorted() where !even.contains(id) {
            notes.append(
                "\(id)#1, \(id)#2 … differ, and become cues of their own: \(id)-1, \(id)-2 …")
        }
        cues = kept
    }

    /// Whether the rows are what a repeat makes: 1, 2, 3 … all alike, one distance apart.
    private func isEven(_ rows: [ImportedCue]) -> Bool {
        let rows = rows.sorted { $0.number ?? 0 < $1.number ?? 0 }
        guard let first = rows.first, let every = first.every else { return false }
        return rows.indices.allSatisfy { index in
            rows[index].number == index + 1 && rows[index].isSame(first)
                && distance(from: first, to: rows[index]) == every * index
        }
    }

    /// As many times as there are rows, where there is an end at all: some may have been deleted.
    private func count(_ times: Int, of cue: inout ImportedCue) {
        guard let index = cue.fields.firstIndex(where: { $0.key == "repeat" }),
            let every = cue.every, cue.fields[index].value.contains("times:")
        else { return }
        cue.fields[index].value = "{every: \(DurationText.format(every)), times: \(times)}"
    }

    /// Gives an id to each cue without one: made of what it says, so that a row put in above
    /// changes no other's.
    private mutating func nameCues() {
        var taken = Set(cues.compactMap(\.id))
        var counts: [String: Int] = [:]
        for index in cues.indices where cues[index].id == nil {
            let slug = cues[index].slug.isEmpty ? "cue" : cues[index].slug
            var id = slug
            var count = counts[slug] ?? 1
            if count > 1 { id = "\(slug)-\(count)" }
            while !taken.insert(id).inserted {
                count += 1
                id = "\(slug)-\(count)"
            }
            counts[slug] = count + 1
            cues[index].id = id
        }
    }
}

// MARK: - The sheet

extension Importer {
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
        if !preface.isEmpty {
            draft.line("#")
            for line in preface { draft.comment(line) }
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
        channels(&draft)
        draft.line("start: stream            # zero: stream, now, manual, or an instant")
        let late = (commonLate ?? "5s").filled(to: 18)
        draft.line("late: \(late) # how long after its moment a cue is still worth sending")
        draft.line("")
    }

    /// `Time (at), Question, Option A (answer)`, in lines that fit an editor's window; a key stands
    /// beside a name that does not say it.
    private var columnsInUse: [String] {
        var lines = [""]
        for column in columns where column.key != .ignore {
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

    private func channels(_ draft: inout SheetDraft) {
        if channelNames.isEmpty || (channelNames == ["main"] && options.channels.count < 2) {
            let arn = options.channels.first?.arn
            draft.line(
                "channel: \(arn ?? Self.placeholder(""))"
                    + (arn == nil ? "   # your channel's ARN" : ""))
            return
        }
        draft.line("channels:")
        for (index, name) in channelNames.enumerated() {
            let given =
                options.channels.first { $0.name == name }?.arn
                ?? (channelNames.count == 1 ? options.channels.first?.arn : nil)
            let arn = given ?? Self.placeholder("\(index + 1)")
            let comment = given == nil ? "   # this channel's ARN" : ""
            let offset = channelOffsets[name] ?? .zero
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
        if !cue.channels.isEmpty, Set(cue.channels) != Set(channelNames) {
            let names = cue.channels.map { YAMLText.scalar($0) }.joined(separator: ", ")
            draft.line(
                "    channels: [\(names)]", from: column(.channels).map { place(cue.row, $0) })
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
        case .instant(let time): Self.instant(time)
        case .after(let by): "+\(DurationText.format(by))"
        }
    }
}

extension ImportedSheet {
    /// One line a column: its letters, its name, and what it is taken for.
    package static func lines(of columns: [ImportColumn]) -> [String] {
        let names = columns.map { $0.header.printable.trimmed }
        let width = min(24, names.map(\.count).max() ?? 0)
        return columns.indices.map { index in
            let column = columns[index]
            let name = names[index].count > 24 ? names[index].prefix(23) + "…" : names[index][...]
            let what =
                switch column.key {
                case .ignore: "not needed"
                case let key?: key.rawValue + (column.isMapped ? " (--map)" : "")
                case nil: "kept as comments"
                }
            return "\(column.letters.padded(to: 2)) \(String(name).padded(to: width))  \(what)"
        }
    }
}
