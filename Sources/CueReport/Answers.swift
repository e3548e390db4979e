import CueText

/// What viewers answered, as `cue-runner answers FILE` prints it and reads it back.
package struct Answers: Sendable {
    package struct Answer: Sendable {
        var text: String
        var count: Int
        /// Whether it was the right one; nil where none was revealed.
        var isRight: Bool?

        package init(text: String, count: Int, isRight: Bool?) {
            self.text = text
            self.count = count
            self.isRight = isRight
        }
    }

    package struct Question: Sendable {
        var run: String
        var cue: String
        var pollID: String
        /// An instant of RFC 3339.
        var asked: String
        var text: String
        var answers: [Answer]

        var total: Int { answers.reduce(0) { $0 + $1.count } }

        package init(
            run: String, cue: String, pollID: String, asked: String, text: String,
            answers: [Answer]
        ) {
            self.run = run
            self.cue = cue
            self.pollID = pollID
            self.asked = asked
            self.text = text
            self.answers = answers
        }
    }

    var questions: [Question]

    package init(_ questions: [Question]) {
        self.questions = questions
    }

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
                    pollID: item["poll_id"]?.string ?? "", asked: item["asked"]?.string ?? "",
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
                let count = Words.grouped(answer.count).filled(to: 8, .right)
                let share = share(answer.count, of: question.total).filled(to: 8, .right)
                let name = answer.text.printable.padded(to: width)
                lines.append("    \(answer.mark) \(name) \(count) \(share)")
            }
            return lines
        }
    }
}

extension Answers.Answer {
    fileprivate var mark: String { isRight == true ? "✓" : " " }
}

// MARK: - The listing

extension Answers {
    /// Each question with a bar an answer, for people.
    package var table: String {
        if questions.isEmpty { return "no question was asked\n" }
        return questions.map(Self.table).joined(separator: "\n")
    }

    private static func table(_ question: Question) -> String {
        let run = question.run.isEmpty ? "" : " (run \(question.run.printable))"
        let total = question.total == 1 ? "1 answer" : "\(question.total) answers"
        let head = "\(question.cue.printable)\(run): \(question.text.printable) — \(total)\n"
        let width = question.answers.map(\.text.printable.cells).max() ?? 0
        return question.answers.reduce(into: head) { text, answer in
            let length = question.total == 0 ? 0 : answer.count * 20 / question.total
            let line =
                "  \(answer.mark) " + answer.text.printable.filled(to: width)
                + "\(answer.count)".filled(to: 7, .right)
                + share(answer.count, of: question.total).filled(to: 8, .right)
                + "  " + String(repeating: "█", count: length)
            text += line.trimmingBlanks + "\n"
        }
    }

    /// One line an answer, by RFC 4180.
    package var csv: String {
        var text = "run,cue,poll_id,asked,question,answer,count,share,right\r\n"
        for question in questions {
            for answer in question.answers {
                let fields = [
                    question.run, question.cue, question.pollID, question.asked, question.text,
                    answer.text, "\(answer.count)",
                    Self.fraction(answer.count, of: question.total) ?? "",
                    answer.isRight.map { $0 ? "yes" : "no" } ?? "",
                ]
                text += CSVText.record(fields) + "\r\n"
            }
        }
        return text
    }

    /// From 0 to 1 with four digits, without a locale; nil of nothing.
    private static func fraction(_ count: Int, of total: Int) -> String? {
        guard total > 0 else { return nil }
        let parts = String(10_000 + (count * 20_000 + total) / (2 * total))
        return count == total ? "1.0000" : "0." + parts.suffix(4)
    }

    /// An array with one object a question.
    package var json: String {
        if questions.isEmpty { return "[]\n" }
        let lines = questions.map { question in
            jsonObject { object in
                object.field("run", question.run)
                object.field("cue", question.cue)
                object.field("poll_id", question.pollID)
                object.field("asked", question.asked)
                object.field("question", question.text)
                object.field("total", question.total)
                object.key("answers")
                object.array { list in
                    for answer in question.answers {
                        list.object { Self.write(answer, of: question.total, to: &$0) }
                    }
                }
            }
        }
        return "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    }

    private static func write(_ answer: Answer, of total: Int, to object: inout JSONWriter) {
        object.field("answer", answer.text)
        object.field("count", answer.count)
        object.key("share")
        if let share = fraction(answer.count, of: total) {
            object.raw(share)
        } else {
            object.null()
        }
        object.right(answer.isRight)
    }
}

extension JSONWriter {
    fileprivate mutating func right(_ isRight: Bool?) {
        key("right")
        if let isRight { bool(isRight) } else { null() }
    }

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
                                $0.right(answer.isRight)
                            }
                        }
                    }
                }
            }
        }
    }
}
