import CueText

/// The channels of the sheet.
struct ImportedChannels {
    /// Those that the user gives, then those of the cells, each in its order.
    var names: [String]
    /// How much later each one's cues are than the first one's.
    var offsets: [String: Duration] = [:]
}

/// Makes one cue of the rows that a listing has for it: one a channel, one an occurrence.
struct CueJoiner {
    private(set) var cues: [ImportedCue]
    private(set) var channels: ImportedChannels
    private(set) var notes: [String] = []
    private(set) var problems: ImportProblems
    private let reveals: [(id: String, row: Int)]
    /// Where ids stand, from 1.
    private let idColumn: Int

    init(_ rows: RowReader, idColumn: Int, _ options: ImportOptions) {
        cues = rows.cues
        problems = rows.problems
        reveals = rows.reveals
        self.idColumn = idColumn
        var names = options.channels.map(\.name).filter { !$0.isEmpty }
        for name in rows.cues.flatMap(\.channels) where !names.contains(name) { names.append(name) }
        channels = ImportedChannels(names: names)
    }

    mutating func join() {
        let ids = Set(cues.compactMap(\.id))
        for (id, row) in reveals where !ids.contains(String(id.prefix { $0 != "#" })) {
            let place = Cell(row: row + 1, column: idColumn)
            problems.report(
                "reveal-alone", at: place, "the question of this reveal is no row",
                hint: "keep the row of \(id.printable), or delete this one")
        }
        joinChannels()
        joinOccurrences()
        nameCues()
    }

    private mutating func joinChannels() {
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
                    problems.report(
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
            let offset =
                cue.channels.count == 1 ? channels.offsets[cue.channels[0]] ?? .zero : .zero
            cue.channels = group.flatMap { cues[$0].channels }
            move(&cue, by: .zero - offset)
            return cue
        }
    }

    /// How much later than the first channel's each channel's cues are: the same for all of them,
    /// or no sheet could say it.
    private mutating func findOffsets(_ groups: [[Int]]) {
        guard let base = channels.names.first else { return }
        channels.offsets[base] = .zero
        var open = groups.filter { $0.count > 1 }
        while let next = open.firstIndex(where: { group in
            group.contains { channels.offsets[cues[$0].channels.first ?? ""] != nil }
        }) {
            let group = open.remove(at: next)
            guard
                let known = group.first(where: { channels.offsets[cues[$0].channels[0]] != nil }),
                let origin = channels.offsets[cues[known].channels[0]]
            else { continue }
            for index in group where index != known {
                guard let distance = distance(from: cues[known], to: cues[index]) else { continue }
                for name in cues[index].channels {
                    let offset = origin + distance
                    if let told = channels.offsets[name], told != offset {
                        problems.report(
                            "channel-times", at: cues[index].atCell,
                            "on \(name) the cue is \(DurationText.formatSigned(offset)) away from "
                                + "\(base), others are \(DurationText.formatSigned(told))",
                            hint: "a channel has one offset; give one of the cues an id of its own")
                    }
                    channels.offsets[name] = channels.offsets[name] ?? offset
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
