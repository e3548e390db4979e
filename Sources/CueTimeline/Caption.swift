import CueSheet
import CueText

extension Timeline {
    /// What kind of cue a dispatch is, in a word.
    package func kind(of dispatch: Dispatch) -> String {
        if dispatch.part == .reveal { return "reveal" }
        switch entries[dispatch.occurrence.entry].cue.content {
        case .question: return "question"
        case .payload: return "payload"
        case .adBreak: return "ad_break"
        }
    }

    /// What a dispatch says, in one line for the eye: the question, the answer, the payload.
    package func caption(of dispatch: Dispatch) -> String {
        wholeCaption(of: dispatch).printable
    }

    private func wholeCaption(of dispatch: Dispatch) -> String {
        let entry = entries[dispatch.occurrence.entry]
        let number = "\(dispatch.occurrence.number)"
        let values = entry.values.drawn(seed: seed, cue: entry.cue.id, occurrence: number)
        switch entry.cue.content {
        case .question(let question):
            if dispatch.part == .reveal, let correct = entry.correct {
                return values.fill(question.answers[correct])
            }
            return values.fill(question.text)
        case .adBreak(let seconds): return "\(seconds) s"
        case .payload(let members):
            // `cue` and `run` stand beside it wherever it is shown.
            return PayloadBuilder(run: run, values: values).membersAlone(members)
        }
    }
}
