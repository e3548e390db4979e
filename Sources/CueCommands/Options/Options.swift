import ArgumentParser
package import CueOperator
import CueSheet
import CueText
import CueTimeline
import IVSWire

extension CompletionKind {
    /// What a shell offers for a cue sheet, and for a run log.
    static var sheet: CompletionKind { .file(extensions: ["yaml", "yml"]) }
    static var runLog: CompletionKind { .file(extensions: ["jsonl"]) }
}

/// The value of an option that a log carries as it was given.
protocol LoggedValue: ExpressibleByArgument {
    /// What `init(argument:)` reads back as the same.
    var text: String { get }
}

/// A duration as an option takes it: `90`, `1.5s`, `250ms`, `1h2m3s`, signed or not.
struct DurationOption: LoggedValue {
    var value: Duration

    var text: String { DurationText.format(value) }

    init?(argument: String) {
        guard let value = DurationText.parseSigned(argument) else { return nil }
        self.value = value
    }
}

struct LeadOption: LoggedValue {
    var value: Sheet.Lead

    var text: String {
        switch value {
        case .auto: "auto"
        case .fixed(let ahead): DurationText.format(ahead)
        }
    }

    init?(argument: String) {
        guard let value = Sheet.Lead(argument) else { return nil }
        self.value = value
    }
}

struct LateOption: LoggedValue {
    var value: Sheet.LateBudget

    var text: String {
        switch value {
        case .any: "any"
        case .within(let budget): DurationText.format(budget)
        }
    }

    init?(argument: String) {
        guard let value = Sheet.LateBudget(argument) else { return nil }
        self.value = value
    }
}

struct StartOption: LoggedValue {
    var value: Sheet.Start

    var text: String {
        switch value {
        case .stream: "stream"
        case .now: "now"
        case .manual: "manual"
        case .instant(let instant): instant.rfc3339(.microseconds)
        }
    }

    init?(argument: String) {
        guard let value = Sheet.Start(argument) else { return nil }
        self.value = value
    }
}

struct BoundOption: LoggedValue {
    var value: Selection.Bound

    var text: String {
        switch value {
        case .id(let id): id
        case .time(let time): DurationText.formatTime(time)
        }
    }

    init?(argument: String) {
        value = Selection.Bound(argument)
    }
}

extension HookRule: ExpressibleByArgument {
    init?(argument: String) {
        self.init(argument)
    }
}

enum ReloadOption: String, ExpressibleByArgument {
    case ask
    case auto
}

struct VariableOption: ExpressibleByArgument {
    var name: String
    var value: String

    init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        name = String(parts[0])
        value = String(parts[1])
    }
}

/// Options about the sheet, shared by all that resolve one.
struct SheetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Send to this channel instead of the sheet's.", valueName: "[name=]arn"))
    var channel: [String] = []

    @Option(
        name: .customLong("var"),
        help: ArgumentHelp("Give a variable of the sheet a value.", valueName: "name=value"))
    var variables: [VariableOption] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Move every cue by this, such as -2s.", valueName: "±duration"))
    var offset: DurationOption?

    @Option(help: ArgumentHelp("Play from this cue or time on.", valueName: "id|time"))
    var from: BoundOption?

    @Option(help: ArgumentHelp("Play up to and with this cue or time.", valueName: "id|time"))
    var until: BoundOption?

    @Option(help: ArgumentHelp("Play these cues alone.", valueName: "id,…"))
    var only: String?

    var selection: Selection {
        Selection(
            from: from?.value, until: until?.value,
            only: only?.split(separator: ",").map(String.init) ?? [])
    }

    /// Of a name that is given twice the last value counts, as with other options.
    var lastVariables: [VariableOption] {
        variables.enumerated().filter { index, variable in
            !variables[(index + 1)...].contains { $0.name == variable.name }
        }.map(\.element)
    }

    var overrides: SheetOverrides {
        var overrides = SheetOverrides()
        overrides.channels = channel
        overrides.variables = lastVariables.map { ($0.name, $0.value) }
        overrides.offset = offset?.value
        return overrides
    }
}

/// Options of run and rehearse.
struct ShowOptions: ParsableArguments {
    @OptionGroup var sheetOptions: SheetOptions

    @Option(
        help: ArgumentHelp(
            "What zero is: the stream's start, now, your GO, or an RFC 3339 instant.",
            valueName: "stream|now|manual|instant"),
        completion: .list(["stream", "now", "manual"]))
    var start: StartOption?

    @Flag(help: "Join a show that has begun; cues that are past are skipped.")
    var join = false

    @Option(help: ArgumentHelp("Wait this long for the stream.", valueName: "duration"))
    var wait: DurationOption?

    @Option(
        help: ArgumentHelp(
            "Send this much ahead, so that cues arrive on time.", valueName: "auto|duration"),
        completion: .list(["auto"]))
    var lead: LeadOption?

    @Option(
        help: ArgumentHelp(
            "How long after its moment a cue is still worth sending.", valueName: "duration|any"),
        completion: .list(["any"]))
    var late: LateOption?

    @Option(
        help: ArgumentHelp(
            "Wait this long for a GO after the last placed cue.", valueName: "duration"))
    var endAfter: DurationOption?

    @Option(
        help: ArgumentHelp("Write the run log here.", valueName: "file"), completion: .runLog)
    var log: String?

    @Option(
        help: ArgumentHelp(
            "Go on with the run of this log, whose process ended without finishing it.",
            valueName: "log"), completion: .runLog)
    var resume: String?

    @Flag(help: "Resume though the sheet was changed; its cues are matched by id.")
    var sheetChanged = false

    @Option(help: ArgumentHelp("Sends per second on a channel; 0 for no limit.", valueName: "n"))
    var limitChannel = IVSLimits.metadataPerSecondPerChannel

    @Option(help: ArgumentHelp("Sends per second on the account; 0 for no limit.", valueName: "n"))
    var limitAccount = IVSLimits.metadataPerSecondPerAccount

    @Option(
        help: ArgumentHelp(
            "Be controlled at this socket; by default one in $XDG_RUNTIME_DIR/cue-runner.",
            valueName: "path"), completion: .file())
    var control: String?

    @Option(
        help: ArgumentHelp(
            "Run a command when something happens: cue_sent, cue_missed, cue_failed, "
                + "stream_changed or run_finished. It gets the event as JSON.",
            valueName: "event=command"))
    var hook: [HookRule] = []

    @Option(
        help: ArgumentHelp(
            "Use the sheet as it is edited: after a yes, or at once.", valueName: "ask|auto"),
        completion: .list(["ask", "auto"]))
    var reload = ReloadOption.ask

    @Flag(help: "Say only what went wrong.")
    var quiet = false

    func validate() throws {
        guard (0...10_000).contains(limitChannel), (0...10_000).contains(limitAccount) else {
            throw ValidationError("a limit is a number from 0 to 10000")
        }
        if resume != nil, log != nil {
            throw ValidationError("--resume goes on with its own log, so --log can't be given")
        }
        if sheetChanged, resume == nil {
            throw ValidationError("--sheet-changed belongs to --resume")
        }
        for (name, duration) in [("wait", wait), ("end-after", endAfter)] {
            if let duration, duration.value < .zero {
                throw ValidationError("--\(name) can't be negative")
            }
        }
    }
}
