import ArgumentParser
import CueOperator
import CueSheet
import CueShow
import CueText
import CueTimeline

extension ShowOptions {
    /// A sheet that is ready to be played.
    struct Prepared {
        var loaded: LoadedSheet
        var timeline: Timeline
        var settings: ShowSettings
    }

    /// Reads the sheet under these options; its errors are shown, and end the command.
    func prepare(
        _ path: String, terminal: Terminal, _ adjust: (inout SheetOverrides) -> Void
    ) throws -> Prepared {
        var overrides = sheetOptions.overrides
        overrides.start = start?.value
        overrides.lead = lead?.value
        overrides.late = late?.value
        overrides.run = try RunIdentity.makeRun()
        overrides.seed = try RunIdentity.makeSeed()
        adjust(&overrides)
        let loaded = try SheetLoader.load(path, overrides)
        if loaded.hasErrors || !quiet { terminal.show(loaded, of: path) }
        if loaded.hasErrors {
            throw CommandFailure(
                .data, "the sheet has errors; nothing was sent",
                hint: "`cue-runner check \(path)` shows them again")
        }
        let timeline = try loaded.timeline.selected(sheetOptions.selection)
        var settings = ShowSettings()
        settings.start = loaded.sheet.start
        settings.lead = loaded.sheet.lead
        settings.encoderDelay = loaded.sheet.encoderDelay
        settings.restart = loaded.sheet.restart
        settings.join = join
        settings.isAttended = terminal.canAsk && path != "-"
        settings.wait = wait?.value
        settings.endAfter = endAfter?.value
        settings.limitChannel = limitChannel
        settings.limitAccount = limitAccount
        return Prepared(loaded: loaded, timeline: timeline, settings: settings)
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
