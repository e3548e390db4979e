package import CueScheduler
import CueSheet
package import CueShow
package import CueTimeline

/// What the operator learns of an edited sheet.
package enum SheetNews: Hashable, Sendable {
    /// The difference it would make, which waits for a yes.
    case proposed(String)
    case refused(String)
    case note(String)
}

/// Decides what becomes of a sheet that is edited while its show runs. A value, which neither reads
/// the sheet nor waits for the show.
package struct SheetEdits: Sendable {
    /// What a look at the file found.
    package enum Reading: Sendable {
        case sheet(Timeline, sha256: String)
        case unusable(String, diagnostics: String? = nil)
    }

    /// What is to be done, all of it at once.
    package struct Decision: Sendable {
        package var news: SheetNews?
        /// The answer to who asked for it, as the control socket sends it.
        package var answer: String?
        /// Goes to the show, whose outcome then goes to `settle`.
        package var edit: SheetEdit?
    }

    private enum Finding {
        case unchanged
        case edit(SheetEdit)
        case unusable(String, diagnostics: String?)
    }

    /// The sheet in force.
    private var sha256: String
    private var timeline: Timeline
    /// Every edit is used without a yes.
    private let isAutomatic: Bool

    package init(_ timeline: Timeline, sha256: String, isAutomatic: Bool) {
        self.timeline = timeline
        self.sha256 = sha256
        self.isAutomatic = isAutomatic
    }

    /// The file has changed.
    package func change(to reading: Reading) -> Decision {
        switch compare(reading) {
        case .unchanged: Decision()
        case .unusable(let why, let diagnostics): Decision(news: Self.refusal(why, diagnostics))
        case .edit(let edit) where isAutomatic || edit.difference.isEmpty: Decision(edit: edit)
        case .edit(let edit): Decision(news: .proposed(edit.difference.text))
        }
    }

    /// The operator asks for the edited sheet.
    package func request(_ reading: Reading) -> Decision {
        switch compare(reading) {
        case .unchanged:
            let note = "the sheet has not changed"
            return Decision(news: .note(note), answer: ControlReply.reloaded(note))
        case .unusable(let why, let diagnostics):
            return Decision(
                news: Self.refusal(why, diagnostics),
                answer: ControlReply.refused(why, diagnostics: diagnostics))
        case .edit(let edit): return Decision(edit: edit)
        }
    }

    /// The show uses an edit, or has refused it.
    package mutating func settle(_ edit: SheetEdit, _ outcome: ActionOutcome) -> Decision {
        switch outcome {
        case .done:
            sha256 = edit.sha256
            timeline = edit.timeline
            return Decision(answer: ControlReply.reloaded(edit.difference.text))
        case .refused(let why):
            return Decision(
                news: .refused("the edited sheet can't be used: \(why)"),
                answer: ControlReply.refused(why))
        }
    }

    private static func refusal(_ why: String, _ diagnostics: String?) -> SheetNews {
        .refused("\(why); the show goes on as it was\n\(diagnostics ?? "")")
    }

    private func compare(_ reading: Reading) -> Finding {
        let edited: Timeline
        let digest: String
        switch reading {
        case .unusable(let why, let diagnostics):
            return .unusable(why, diagnostics: diagnostics)
        case .sheet(let timeline, let sha256): (edited, digest) = (timeline, sha256)
        }
        if digest == sha256 { return .unchanged }
        guard edited.channels.map(\.name) == timeline.channels.map(\.name),
            edited.channels.map(\.arn) == timeline.channels.map(\.arn)
        else {
            return .unusable(
                "the edited sheet has other channels, which a running show can't change",
                diagnostics: nil)
        }
        var difference = SheetDifference(from: timeline.digests, to: edited.digests)
        if edited.channelOffsets != timeline.channelOffsets {
            difference.changed = edited.entries.map(\.cue.id).filter {
                timeline.entry(withID: $0) != nil
            }
        }
        return .edit(SheetEdit(timeline: edited, sha256: digest, difference: difference))
    }
}
