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
}
