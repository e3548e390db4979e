package import CueSheet
import CueText
import IVSWire

/// Builds sheets in code, for tests of the rooms behind the parser.
extension Sheet {
    package static func test(channels: Int = 1, _ cues: Cue...) -> Sheet {
        test(channels: channels, cues)
    }

    package static func test(channels: Int = 1, _ cues: [Cue]) -> Sheet {
        var sheet = Sheet()
        let names = ["main", "es", "fr"]
        sheet.channels = (0..<channels).map { index in
            Channel(
                name: index < 3 ? names[index] : "c\(index)",
                arn: ChannelARN("arn:aws:ivs:us-west-2:123456789012:channel/Test\(index)")!,
                mark: Mark(line: 2, column: 1))
        }
        sheet.cues = cues.enumerated().map { index, cue in
            var cue = cue
            cue.change {
                $0.mark = Mark(line: 10 + index, column: 5)
                $0.atMark = Mark(line: 10 + index, column: 9)
                if $0.channels.isEmpty { $0.channels = Array(0..<channels) }
            }
            return cue
        }
        return sheet
    }
}

extension Cue {
    package static func payload(_ id: String, at: At, late: Sheet.LateBudget? = nil) -> Cue {
        make(id, at, .payload([PayloadMember(key: "n", value: .number("1"))]), late)
    }

    /// A question with a window and, where wanted, a right answer and its reveal.
    package static func question(
        _ id: String, at: At, window: Duration? = .seconds(20), reveal: Duration? = nil,
        again: Duration? = nil, late: Sheet.LateBudget? = nil
    ) -> Cue {
        let question = Question(
            text: .plain("Which?"), answers: [.plain("This"), .plain("That")],
            correct: reveal == nil ? nil : .number(2))
        var cue = make(id, at, .question(question), late)
        cue.change {
            $0.window = window
            $0.reveal = reveal
            $0.again = again
        }
        return cue
    }

    package func repeated(every: Duration, _ end: Repetition.End) -> Cue {
        var cue = self
        cue.change { $0.repetition = Repetition(every: every, end: end, mark: $0.mark) }
        return cue
    }

    package func on(_ channels: Int...) -> Cue {
        var cue = self
        cue.change { $0.channels = channels }
        return cue
    }

    private static func make(
        _ id: String, _ at: At, _ content: Content, _ late: Sheet.LateBudget?
    ) -> Cue {
        let mark = Mark(line: 1, column: 1)
        return Cue(
            Fields(
                id: id, mark: mark, at: at, atMark: mark, content: content, contentMark: mark,
                channels: [], late: late ?? .within(.seconds(5))))
    }
}

extension Template {
    package static func plain(_ text: String) -> Template {
        Template(parts: text.isEmpty ? [] : [.text(text)], mark: Mark(line: 1, column: 1))
    }
}
