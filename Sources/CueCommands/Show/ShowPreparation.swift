import ArgumentParser
import CueOperator
import CuePublisher
import CueRunLog
import CueSheet
import CueShow
import CueSystem
import CueText
import CueTimeline

extension ShowOptions {
    /// A sheet that is ready to be played.
    struct Prepared {
        var loaded: LoadedSheet
        var timeline: Timeline
        var settings: ShowSettings
        var resumed: ResumedRun?
        /// Reads the sheet again as it was read first.
        var load: @Sendable () throws -> (LoadedSheet, Timeline)
    }

    /// Reads the sheet under these options; its errors are shown, and end the command.
    func prepare(
        _ path: String, mode: RunMode, terminal: Terminal,
        _ adjust: (inout SheetOverrides) -> Void = { _ in }
    ) throws -> Prepared {
        guard let resume else {
            return try prepareNew(path, terminal: terminal, resumed: nil, adjust)
        }
        let resumed = try ResumedRun(resume, mode: mode)
        var options = self
        try options.adopt(resumed.record.options)
        let prepared = try options.prepareNew(path, terminal: terminal, resumed: resumed, adjust)
        try resumed.check(prepared.loaded, prepared.timeline, isChangeMeant: sheetChanged)
        return prepared
    }

    private func prepareNew(
        _ path: String, terminal: Terminal, resumed: ResumedRun?,
        _ adjust: (inout SheetOverrides) -> Void
    ) throws -> Prepared {
        var overrides = sheetOptions.overrides
        overrides.start = start?.value
        overrides.lead = lead?.value
        overrides.late = late?.value
        overrides.run = try resumed?.record.run ?? RunIdentity.makeRun()
        overrides.seed = try resumed?.record.seed ?? RunIdentity.makeSeed()
        adjust(&overrides)
        let loaded = try SheetLoader.load(path, overrides)
        if loaded.hasErrors || !quiet { terminal.show(loaded, of: path) }
        if loaded.hasErrors {
            throw CommandFailure(
                .data, "the sheet has errors; nothing was sent",
                hint: "`cue-runner check \(path)` shows them again")
        }
        // Every repetition since then would have to end in the log.
        if case .instant(let start) = loaded.sheet.start,
            SystemClock.wall - start > DurationText.longest
        {
            throw CommandFailure(
                .data, "the show's start, \(start.rfc3339(.none)), is more than 1000 hours ago",
                hint: "check the date of `start` in the sheet, or of --start")
        }
        let timeline = try loaded.selecting(sheetOptions.selection)
        var settings = ShowSettings()
        settings.start = loaded.sheet.start
        settings.lead = loaded.sheet.lead
        settings.encoderDelay = loaded.sheet.encoderDelay
        settings.restart = loaded.sheet.restart
        settings.join = join
        settings.bootID = Environment.bootID
        settings.handOff = IVSPublisher.handOff
        settings.isAttended = terminal.canAsk && path != "-"
        settings.wait = wait?.value
        settings.endAfter = endAfter?.value
        settings.limitChannel = limitChannel
        settings.limitAccount = limitAccount
        let selection = sheetOptions.selection
        return Prepared(
            loaded: loaded, timeline: timeline, settings: settings, resumed: resumed
        ) { [overrides] in
            let loaded = try SheetLoader.load(path, overrides)
            return (loaded, try loaded.selecting(selection))
        }
    }

    /// The options that were given, for the log; none of them is a secret.
    var given: [(name: String, value: String)] {
        var options: [(name: String, value: String)] = []
        func note(_ name: String, _ value: String?) {
            if let value { options.append((name, value)) }
        }
        let sheet = sheetOptions
        note("channel", sheet.channel.isEmpty ? nil : sheet.channel.joined(separator: ","))
        note("offset", sheet.offset.map { DurationText.format($0.value) })
        note("from", sheet.from.map { Self.text($0.value) })
        note("until", sheet.until.map { Self.text($0.value) })
        note("only", sheet.only)
        note("start", start.map { Self.text($0.value) })
        note("join", join ? "true" : nil)
        note("wait", wait.map { DurationText.format($0.value) })
        note("end_after", endAfter.map { DurationText.format($0.value) })
        if let late = late?.value {
            if case .within(let budget) = late {
                note("late", DurationText.format(budget))
            } else {
                note("late", "any")
            }
        }
        if let lead = lead?.value {
            if case .fixed(let ahead) = lead {
                note("lead", DurationText.format(ahead))
            } else {
                note("lead", "auto")
            }
        }
        note("limit_channel", String(limitChannel))
        note("limit_account", String(limitAccount))
        for variable in sheet.lastVariables { note("var.\(variable.name)", variable.value) }
        return options
    }

    /// Takes over what an earlier life of the run was told, where it is not said anew.
    mutating func adopt(_ logged: [(name: String, value: String)]) throws(CommandFailure) {
        for (name, value) in logged {
            var isGood = true
            func take<Option: ExpressibleByArgument>(_ option: inout Option?) {
                if option == nil {
                    option = Option(argument: value)
                    isGood = option != nil
                }
            }
            switch name {
            case "channel" where sheetOptions.channel.isEmpty:
                sheetOptions.channel = value.split(separator: ",").map(String.init)
            case "offset": take(&sheetOptions.offset)
            case "from": take(&sheetOptions.from)
            case "until": take(&sheetOptions.until)
            case "only": take(&sheetOptions.only)
            case "start": take(&start)
            case "late": take(&late)
            case "lead": take(&lead)
            case "join": join = true
            case _ where name.hasPrefix("var."):
                let variable = String(name.dropFirst(4))
                guard !sheetOptions.variables.contains(where: { $0.name == variable }) else {
                    break
                }
                sheetOptions.variables.append(VariableOption(name: variable, value: value))
            default: break
            }
            guard isGood else {
                throw CommandFailure(.data, "the log's option \(name) can't be read: \(value)")
            }
        }
    }

    private static func text(_ bound: Selection.Bound) -> String {
        switch bound {
        case .id(let id): id
        case .time(let time): DurationText.formatTime(time)
        }
    }

    private static func text(_ start: Sheet.Start) -> String {
        switch start {
        case .stream: "stream"
        case .now: "now"
        case .manual: "manual"
        case .instant(let instant): instant.rfc3339(.microseconds)
        }
    }
}
