import CueText

/// What viewers answered, as `cue-runner answers FILE --format json` prints it.
package struct Answers: Sendable {
    package struct Answer: Sendable {
        package var text: String
        package var count: Int
        /// Whether it was the right one; nil where none was revealed.
        package var isRight: Bool?
    }

    package struct Question: Sendable {
        package var run: String
        package var cue: String
        package var text: String
        package var answers: [Answer]

        package var total: Int { answers.reduce(0) { $0 + $1.count } }
    }

    package var questions: [Question]

    /// Reads the JSON; nil where it is something else.
    package init?(json bytes: some Collection<UInt8>) {
        guard let items = (try? JSONValue.parse(bytes))?.array else { return nil }
        questions = []
        for item in items {
            guard let cue = item["cue"]?.string, let list = item["answers"]?.array else {
                return nil
            }
            var answers: [Answer] = []
            for entry in list {
                guard let text = entry["answer"]?.string, let count = entry["count"]?.integer,
                    (0...1_000_000_000_000).contains(count)
                else { return nil }
                answers.append(
                    Answer(text: text, count: Int(count), isRight: entry["right"]?.bool))
            }
            questions.append(
                Question(
                    run: item["run"]?.string ?? "", cue: cue,
                    text: item["question"]?.string ?? "", answers: answers))
        }
    }

    /// The questions of a run; those without one may be of any.
    func of(_ run: String?) -> [Question] {
        questions.filter { $0.run.isEmpty || $0.run == run }
    }

    static func share(_ count: Int, of total: Int) -> String {
        guard total > 0 else { return "–" }
        let tenths = (count * 2_000 + total) / (2 * total)
        return "\(tenths / 10).\(tenths % 10) %"
    }

    /// Each question with its answers below, for a terminal.
    static func lines(_ questions: [Question], _ style: ReportStyle) -> [String] {
        questions.flatMap { question -> [String] in
            let total = Words.count(question.total, "answer")
            var lines = style.wrapped(
                "\(question.cue): \(question.text) — \(total)".printable, indent: 4, first: " ")
            let width = min(40, question.answers.map(\.text.printable.cells).max() ?? 0)
            for answer in question.answers {
                let count = Words.grouped(answer.count)
                let share = share(answer.count, of: question.total)
                lines.append(
                    "    \(answer.isRight == true ? "✓" : " ") "
                        + answer.text.printable.padded(to: width)
                        + String(repeating: " ", count: max(1, 9 - count.count)) + count
                        + String(repeating: " ", count: max(1, 9 - share.count)) + share)
            }
            return lines
        }
    }
}

extension JSONWriter {
    /// The questions of these runs, or null where no answers were given.
    mutating func field(_ name: String, _ answers: Answers?, of runs: [String?]) {
        key(name)
        guard let answers else { return null() }
        let questions = answers.questions.filter { $0.run.isEmpty || runs.contains($0.run) }
        array { list in
            for question in questions {
                list.object { writer in
                    writer.field("run", question.run)
                    writer.field("cue", question.cue)
                    writer.field("question", question.text)
                    writer.field("total", question.total)
                    writer.key("answers")
                    writer.array { list in
                        for answer in question.answers {
                            list.object {
                                $0.field("answer", answer.text)
                                $0.field("count", answer.count)
                                $0.key("right")
                                if let isRight = answer.isRight {
                                    $0.bool(isRight)
                                } else {
                                    $0.null()
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
