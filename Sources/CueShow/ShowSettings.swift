package import CueSheet
import CueText
import IVSWire

/// What a run was told: the sheet's keys with the options laid over them.
package struct ShowSettings: Sendable {
    package var start: Sheet.Start = .stream
    package var lead: Sheet.Lead = .auto
    package var encoderDelay: Duration = .zero
    package var restart: Sheet.Restart = .continue
    /// Join a show whose first cues are past, without asking.
    package var join = false
    /// Someone can be asked, and can give a GO.
    package var isAttended = false
    /// How long to wait for the stream; nil for as long as it takes.
    package var wait: Duration?
    /// How long manual cues are waited for after the last placed one, where nobody attends.
    package var endAfter: Duration?
    package var limitChannel = IVSLimits.metadataPerSecondPerChannel
    package var limitAccount = IVSLimits.metadataPerSecondPerAccount
    package var speed: Double = 1
    /// How much before its moment the sender wants a message, so that it leaves at the moment.
    package var handOff: Duration = .zero
    /// Tells one start of the machine from another, by which the boot clock counts; may be empty.
    package var bootID = ""
    /// All attempts of a cue, with the first; nil where its budget alone is the bound.
    package var maxAttempts: Int?
    /// Cues at an instant are skipped, as a rehearsal does where it can't place them.
    package var skipsInstants = false
    /// Nothing is sent; every cue ends as skipped.
    package var isDryRun = false

    package init() {}

    /// An attempt waits so long for its answer, and not past the cue's budget.
    static let attemptTimeout: Duration = .seconds(2)
    /// What leaves at the very end of its budget still waits for its answer so long: with `late: 0`
    /// a cue that left on time would otherwise be in doubt always.
    static let attemptFloor: Duration = .milliseconds(250)
    /// How often the stream is looked at, before zero and after.
    static let pollBeforeZero: Duration = .seconds(1)
    static let poll: Duration = .seconds(5)
    /// The least time between two looks, over all channels.
    static let pollPace: Duration = .milliseconds(500)
    /// Without any answer for so long at the very start, the service counts as unreachable.
    static let reachWithin: Duration = .seconds(10)
    /// After so much silence the connections are used, so that they stay open.
    static let keepWarm: Duration = .seconds(20)
    package static let leadMax: Duration = .milliseconds(500)
}

/// The exit status of a run, by sysexits.h where that has a name for it.
package enum ExitStatus: Int32, Sendable {
    case success = 0
    case incomplete = 1
    case usage = 64
    case data = 65
    case noInput = 66
    case unavailable = 69
    case software = 70
    case cannotCreate = 73
    case noPermission = 77
    case hungUp = 129
    case interrupted = 130
    case terminated = 143
}
