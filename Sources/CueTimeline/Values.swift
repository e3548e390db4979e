import CueSheet
import CueText

/// An index below `count`, drawn by key alone: an edit to one cue moves no other cue's draw.
func drawnIndex(
    below count: Int, seed: String, cue: String, occurrence: String, name: String
) -> Int {
    // The finalizer of SplitMix64 spreads FNV's weak high bits over the whole word.
    var word = fnv1a64("\(seed)\u{0}\(cue)\u{0}\(occurrence)\u{0}\(name)")
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    word ^= word >> 31
    return Int(word.multipliedFullWidth(by: UInt64(count)).high)
}

/// What may stand for each name of one cue: a single text for a variable, many for a draw.
struct Values: Sendable {
    /// Draws first, then variables, so that the first match is the one that counts.
    var candidates: [(name: String, texts: [String])]

    subscript(_ name: String) -> [String]? {
        candidates.first { $0.name == name }?.texts
    }

    var names: [String] { candidates.map(\.name) }

    /// One text for each name: what is drawn for an occurrence.
    func drawn(seed: String, cue: String, occurrence: String) -> Values {
        Values(
            candidates: candidates.map { name, texts in
                guard texts.count > 1 else { return (name, texts) }
                let index = drawnIndex(
                    below: texts.count, seed: seed, cue: cue, occurrence: occurrence, name: name)
                return (name, [texts[index]])
            })
    }

    /// For each name the text that takes the most bytes inside a JSON string. Bytes add up over the
    /// uses of a name, so no other draw makes a longer payload.
    var longest: Values {
        Values(
            candidates: candidates.map { name, texts in
                guard texts.count > 1 else { return (name, texts) }
                func size(_ text: String) -> Int {
                    var bytes: [UInt8] = []
                    JSONWriter.appendEscaped(text, to: &bytes)
                    return bytes.count
                }
                return (name, texts.max { size($0) < size($1) }.map { [$0] } ?? [])
            })
    }

    /// The text with every name filled in by its first candidate; unknown names stay empty, which
    /// a timeline without errors does not have.
    func fill(_ template: Template) -> String {
        if let plain = template.plain { return plain }
        var text = ""
        for part in template.parts {
            switch part {
            case .text(let piece): text += piece
            case .variable(let name, let isHash):
                let value = self[name]?.first ?? ""
                text += isHash ? hashText(value) : value
            }
        }
        return text
    }

    /// All texts that a template can become, where that is at most one draw's choice.
    func possibilities(_ template: Template) -> [String]? {
        var varying: String?
        for case .variable(let name, _) in template.parts {
            guard let texts = self[name] else { return nil }
            if texts.count > 1 {
                if let varying, varying != name { return nil }
                varying = name
            }
        }
        guard let varying, let texts = self[varying] else { return [fill(template)] }
        return texts.map { text in
            Values(candidates: [(varying, [text])] + candidates).fill(template)
        }
    }
}
