import ArgumentParser
import CueOperator
import CueReport
import CueRunLog
import CueSheet
import CueShow
import CueText
import CueTimeline

extension TrackClock: ExpressibleByArgument {}

/// Options of a report that is for players and editing tools.
struct TrackOptions: ParsableArguments {
    enum Inclusion: String, ExpressibleByArgument, CaseIterable {
        case missed
        case repeated
    }

    @Option(
        help: ArgumentHelp(
            "What the times of webvtt, chapters and csv count from: the show's zero, or the start "
                + "of the stream's recording."))
    var clock = TrackClock.zero

    @Option(
        help: ArgumentHelp(
            "Add what viewers should have got and did not, or questions sent once more."))
    var include: [Inclusion] = []

    @Option(help: ArgumentHelp("Of this channel alone.", valueName: "name"))
    var channel: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Move all times by this, such as -1.5s, to fit a recording.", valueName: "±duration"))
    var shift: DurationOption?

    @Option(
        help: ArgumentHelp(
            "The run's sheet, for groups and what was missed; by default where it was.",
            valueName: "sheet"), completion: .sheet)
    var sheet: String?

    @Flag(help: "Replace files that are there.")
    var force = false

    var isGiven: Bool {
        clock != .zero || !include.isEmpty || !channel.isEmpty || shift != nil || sheet != nil
            || force
    }

    /// Prints or writes what a log is made into.
    func export(
        _ log: String, as format: TrackFormat, to output: String?, _ terminal: Terminal
    ) throws(CommandFailure) {
        var track = try read(log)
        for name in channel where !track.channels.contains(name) {
            throw CommandFailure(
                .usage, "--channel: the run had no channel \"\(name)\"",
                hint: "it had \(track.channels.joined(separator: ", "))")
        }
        if format == .chapters || include.contains(.missed) {
            try learn(from: log, &track, isForGroups: format == .chapters, terminal)
        }
        var export = TrackExport()
        export.format = format
        export.clock = clock
        export.includesMissed = include.contains(.missed)
        export.includesRepeated = include.contains(.repeated)
        export.channels = channel
        export.shift = shift?.value ?? .zero
        let (files, notes) = export.files(of: track)
        for note in notes { terminal.print("note: \(note)") }
        guard !files.isEmpty else {
            throw CommandFailure(
                .data, "the log does not say when a stream began, so that no recording is known",
                hint: "without --clock recording times count from zero")
        }
        let suffix = format == .csv ? ".csv" : format == .chapters ? ".chapters.vtt" : ".vtt"
        let stem = log == "-" ? "run" : Files.stem(of: Files.stem(of: Files.name(of: log)))
        try Files.put(
            files.map { (($0.name.isEmpty ? stem : "\(stem).\($0.name)") + suffix, $0.text) },
            to: output, isForced: force, terminal)
    }

    private func read(_ log: String) throws(CommandFailure) -> RunTrack {
        let file = try LogFile(log)
        var reader = RunTrackReader()
        try file.read { reader.take($0) }
        reader.finish()
        let track = reader.track
        guard !track.run.isEmpty else {
            let why = track.firstFlaw.map { "line \($0.number): \($0.reason)" }
            throw CommandFailure(
                .data, "\"\(log)\" is no run log: \(why ?? "it does not begin with run_started")",
                hint: "give the .run.jsonl file that a run has written")
        }
        if let flaw = track.firstFlaw {
            Terminal(environment: Environment.variables).print(
                "note: \(track.flaws) lines can't be read, the first is line \(flaw.number)")
        }
        return track
    }

    /// Reads the run's sheet for what the log does not have.
    private func learn(
        from log: String, _ track: inout RunTrack, isForGroups: Bool, _ terminal: Terminal
    ) throws(CommandFailure) {
        let needsText = track.moments.contains { $0.metadata == nil && $0.sent == nil }
        guard isForGroups || needsText else { return }
        let loaded = try SheetLoader.load(try sheetPath(log, track), overrides(track))
        let changed = track.learn(from: loaded.timeline)
        if !changed.isEmpty {
            terminal.print(
                "note: the sheet has changed: what it says of "
                    + "\(changed.prefix(8).joined(separator: ", ")) is left out")
        }
    }

    private func sheetPath(_ log: String, _ track: RunTrack) throws(CommandFailure) -> String {
        if let sheet { return sheet }
        let besides = "\(Files.folder(of: log))/\(Files.name(of: track.sheetPath))"
        guard let found = [track.sheetPath, besides].first(where: { Files.resolved($0) != nil })
        else {
            throw CommandFailure(
                .noInput, "the run's sheet \"\(track.sheetPath)\" is not there",
                hint: "groups and the text of what was missed are in it; name it with --sheet")
        }
        return found
    }

    private func overrides(_ track: RunTrack) -> SheetOverrides {
        SheetOverrides(
            run: track.run, seed: track.seed, isRehearsal: track.mode == .known(.rehearsal),
            logged: track.options)
    }
}

extension RunTrack {
    /// Adds what the log does not have: groups, and the text of what was never sent. A cue that the
    /// sheet has otherwise by now is left as the log knows it, and returned.
    mutating func learn(from timeline: Timeline) -> [String] {
        let digests = Dictionary(timeline.digests.map { ($0.id, $0.digest) }) { $1 }
        var changed: [String] = []
        for index in moments.indices {
            let moment = moments[index]
            guard
                let dispatch = timeline.dispatch(named: moment.cue, channel: moment.channel)
            else { continue }
            let cue = timeline.entries[dispatch.occurrence.entry].cue
            moments[index].group = cue.group
            guard moment.metadata == nil, moment.sent == nil else { continue }
            guard digests[cue.id] == self.digests[cue.id] else {
                changed.append(moment.cue)
                continue
            }
            switch timeline.body(of: dispatch.occurrence, dispatch.part) {
            case .metadata(let payload):
                moments[index].metadata = payload.text(due: due(moment))
            case .adBreak(let seconds): moments[index].adBreakSeconds = seconds
            }
        }
        return changed
    }
}
