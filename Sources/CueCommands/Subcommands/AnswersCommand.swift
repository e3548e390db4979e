import ArgumentParser
import CueOperator
import CueReport
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
        let answers = Answers(tallies)
        let terminal = Terminal(environment: Environment.variables)
        switch format {
        case .table: terminal.data(answers.table)
        case .csv: terminal.data(answers.csv)
        case .json: terminal.data(answers.json)
        }
    }
}

extension Answers {
    /// What a stage has counted.
    init(_ tallies: [AnswerTally]) {
        self.init(
            tallies.map { tally in
                let asked = tally.question
                return Question(
                    run: asked.key.run, cue: asked.key.cue, pollID: asked.pollID,
                    asked: asked.asked.rfc3339(.milliseconds), text: asked.text,
                    answers: zip(asked.answers, tally.counts).enumerated().map { index, answer in
                        Answer(
                            text: answer.0, count: answer.1,
                            isRight: asked.correct.map { $0 == index })
                    })
            })
    }
}
