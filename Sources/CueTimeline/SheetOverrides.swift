package import CueSheet
import CueText
package import IVSWire

/// What the user lays over a sheet before it is resolved.
package struct SheetOverrides: Sendable {
    /// `ARN`, or `NAME=ARN`.
    package var channels: [String] = []
    /// One value for each name.
    package var variables: [(name: String, value: String)] = []
    package var start: Sheet.Start?
    package var offset: Duration?
    package var lead: Sheet.Lead?
    package var late: Sheet.LateBudget?
    package var run = "0000"
    /// Used where the sheet has no seed of its own.
    package var seed = "0"
    /// The sheet is rehearsed, today and at any hour.
    package var isRehearsal = false

    package init() {}

    /// What decides which text each cue of a run had, by what the run's log says.
    package init(
        run: String, seed: String, isRehearsal: Bool,
        logged options: [(name: String, value: String)]
    ) {
        self.run = run
        self.seed = seed
        self.isRehearsal = isRehearsal
        for option in options {
            if option.name.hasPrefix("var.") {
                variables.append((String(option.name.dropFirst(4)), option.value))
            }
            if option.name == "late" { late = Sheet.LateBudget(option.value) }
        }
    }

    /// The sheet as these options want it.
    package func applied(to sheet: Sheet) throws(OptionProblem) -> Sheet {
        var sheet = sheet
        if isRehearsal { Self.rehearse(&sheet) }
        if let start { sheet.start = start }
        if let offset { sheet.offset = offset }
        if let lead { sheet.lead = lead }
        if let late {
            sheet.late = late
            for index in sheet.cues.indices { sheet.cues[index].change { $0.late = late } }
        }
        for text in channels { try Self.replaceChannel(of: &sheet, text) }
        if !channels.isEmpty { try Self.requireDistinctChannels(sheet) }
        return sheet
    }

    private static func replaceChannel(of sheet: inout Sheet, _ text: String) throws(OptionProblem)
    {
        let option = try ChannelOption(text)
        guard let name = option.name else {
            guard sheet.channels.count == 1 else {
                throw OptionProblem(
                    "--channel: the sheet has \(sheet.channels.count) channels",
                    hint: "name the one you mean, as --channel NAME=ARN")
            }
            sheet.channels[0].arn = option.arn
            return
        }
        guard let index = sheet.channels.firstIndex(where: { $0.name == name }) else {
            let names = sheet.channels.map(\.name).joined(separator: ", ")
            throw OptionProblem(
                "--channel: the sheet has no channel \"\(name)\"", hint: "it has \(names)")
        }
        sheet.channels[index].arn = option.arn
    }

    private static func requireDistinctChannels(_ sheet: Sheet) throws(OptionProblem) {
        for (index, channel) in sheet.channels.enumerated() {
            guard let first = sheet.channels[..<index].first(where: { $0.arn == channel.arn })
            else { continue }
            throw OptionProblem(
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
}

/// A sheet with its timeline, and all that is wrong with either.
package struct ResolvedSheet: Sendable {
    /// With what the options laid over it.
    package var sheet: Sheet
    package var timeline: Timeline
    /// By place; what stands at the same place keeps its order.
    package var diagnostics: [Diagnostic]
    package var lines: SourceLines

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Resolves what was read of a sheet; `draw` reads a file that a cue draws from.
    package init(
        _ reading: SheetReading, _ overrides: SheetOverrides, draw: (String) -> DrawFile
    ) throws(OptionProblem) {
        sheet = try overrides.applied(to: reading.sheet)
        lines = reading.lines
        var options = TimelineOptions()
        options.variables = overrides.variables
        options.run = overrides.run
        options.seed = overrides.seed
        for file in Timeline.drawFiles(of: sheet) { options.drawFiles[file] = draw(file) }
        let resolved = Timeline.build(sheet, options)
        timeline = resolved.timeline
        var found = reading.diagnostics + resolved.diagnostics
        // A forecast of half a sheet would only mislead.
        if !found.contains(where: { $0.severity == .error }) {
            found += Forecast(timeline).diagnostics(of: timeline)
        }
        diagnostics = found.enumerated()
            .sorted { ($0.element.mark, $0.offset) < ($1.element.mark, $1.offset) }
            .map(\.element)
    }
}

/// A channel as `--channel` gives it: `ARN`, or `NAME=ARN`.
package struct ChannelOption: Hashable, Sendable {
    package var name: String?
    package var arn: ChannelARN

    package init(_ text: String) throws(OptionProblem) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let last = parts.last ?? ""
        guard let arn = ChannelARN(last) else {
            throw OptionProblem(
                "--channel: \"\(last)\" is not the ARN of an IVS channel",
                hint: "it looks like \(ChannelARN.example)")
        }
        name = parts.count == 2 ? parts[0] : nil
        self.arn = arn
    }
}

/// Why an option can't be applied to a sheet, and what to give instead.
package struct OptionProblem: Error, Hashable, Sendable {
    package var message: String
    package var hint: String

    init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }
}
