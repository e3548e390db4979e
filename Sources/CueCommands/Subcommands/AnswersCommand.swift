import ArgumentParser
import CueOperator
import CueShow
import CueStage
import CueText

/// `cue-runner answers FILE`
struct AnswersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answers", abstract: "Print what viewers answered.",
        discussion: """
            FILE is what `stage --answers FILE` or `rehearse --answers FILE` wrote; it \
            may still be in use.

            EXAMPLE:
              cue-runner answers friday.sqlite --format csv
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table
        case csv
        case json
    }

    @Argument(
        help: ArgumentHelp("A file of answers.", valueName: "file"),
        completion: .file(extensions: ["sqlite"]))
    var file: String

    @Option(help: "How to print them.")
    var format = Format.table

    func run() async throws {
        guard Files.resolved(file) != nil else {
            throw CommandFailure(
                .noInput, "can't read \"\(file)\": there is no such file",
                hint: "`cue-runner rehearse SHEET --answers FILE` makes one")
        }
        let tallies: [AnswerTally]
        do throws(StageProblem) {
            tallies = try AnswerFile.read(file)
        } catch {
            throw CommandFailure(
                .data, error.message, hint: "give a file that --answers has written")
        }
        let listing = AnswerListing(tallies: tallies)
        let terminal = Terminal(environment: Environment.variables)
        switch format {
        case .table: terminal.data(listing.table)
        case .csv: terminal.data(listing.csv)
        case .json: terminal.data(listing.json)
        }
    }
}

/// The counts of each question, in the forms in which they are printed.
struct AnswerListing {
    var tallies: [AnswerTally]

    // MARK: For people

    var table: String {
        if tallies.isEmpty { return "no question was asked\n" }
        return tallies.map(Self.table).joined(separator: "\n")
    }

    private static func table(_ tally: AnswerTally) -> String {
        let question = tally.question
        let run = question.key.run.isEmpty ? "" : " (run \(question.key.run.printable))"
        let total = tally.total == 1 ? "1 answer" : "\(tally.total) answers"
        var text = "\(question.key.cue.printable)\(run): \(question.text.printable) — \(total)\n"
        let names = question.answers.map(\.printable)
        let width = names.map(\.count).max() ?? 0
        for (index, name) in names.enumerated() {
            let count = tally.counts[index]
            let mark = question.correct == index ? "✓" : " "
            let share = Self.percent(count, of: tally.total)
            let bar = String(repeating: "█", count: tally.total == 0 ? 0 : count * 20 / tally.total)
            let line =
                "  \(mark) " + name + String(repeating: " ", count: width - name.count)
                + padded("\(count)", 7) + padded(share, 8) + "  " + bar
            text += line.trimmingTrailingSpaces + "\n"
        }
        return text
    }

    private static func percent(_ count: Int, of total: Int) -> String {
        guard total > 0 else { return "–" }
        let tenths = (count * 2_000 + total) / (2 * total)
        return "\(tenths / 10).\(tenths % 10) %"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    // MARK: For programs

    /// One line an answer, by RFC 4180.
    var csv: String {
        var text = "run,cue,poll_id,asked,question,answer,count,share,right\r\n"
        for tally in tallies {
            let question = tally.question
            for (index, answer) in question.answers.enumerated() {
                let right = question.correct.map { $0 == index ? "yes" : "no" } ?? ""
                let fields = [
                    question.key.run, question.key.cue, question.pollID,
                    question.asked.rfc3339(.milliseconds), question.text, answer,
                    "\(tally.counts[index])", Self.share(tally.counts[index], of: tally.total),
                    right,
                ]
                text += CSVText.record(fields) + "\r\n"
            }
        }
        return text
    }

    /// From 0 to 1 with four digits, without a locale.
    private static func share(_ count: Int, of total: Int) -> String {
        guard total > 0 else { return "" }
        let parts = String(10_000 + (count * 20_000 + total) / (2 * total))
        return count == total ? "1.0000" : "0." + parts.suffix(4)
    }

    /// An array with one object a question.
    var json: String {
        if tallies.isEmpty { return "[]\n" }
        let lines = tallies.map { tally in
            let question = tally.question
            return jsonObject { object in
                object.key("run")
                object.string(question.key.run)
                object.key("cue")
                object.string(question.key.cue)
                object.key("poll_id")
                object.string(question.pollID)
                object.key("asked")
                object.string(question.asked.rfc3339(.milliseconds))
                object.key("question")
                object.string(question.text)
                object.key("total")
                object.integer(tally.total)
                object.key("answers")
                object.array { list in
                    for (index, answer) in question.answers.enumerated() {
                        list.object { Self.write(answer, index, tally, to: &$0) }
                    }
                }
            }
        }
        return "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    }

    private static func write(
        _ answer: String, _ index: Int, _ tally: AnswerTally, to object: inout JSONWriter
    ) {
        object.key("answer")
        object.string(answer)
        object.key("count")
        object.integer(tally.counts[index])
        object.key("share")
        if tally.total > 0 {
            object.raw(share(tally.counts[index], of: tally.total))
        } else {
            object.null()
        }
        object.key("right")
        if let correct = tally.question.correct {
            object.bool(correct == index)
        } else {
            object.null()
        }
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
