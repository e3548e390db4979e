package import CueText
import GRDB

/// A question that a stage has put to its viewers.
package struct AskedQuestion: Hashable, Sendable {
    /// What tells an occurrence apart: the run and the cue; for a payload that has neither, its
    /// poll, or the question itself.
    package struct Key: Hashable, Sendable {
        package var run: String
        package var cue: String
    }

    package var key: Key
    package var pollID: String
    package var text: String
    package var answers: [String]
    package var asked: WallTime
    /// The last moment at which an answer is taken; nil where the question told no time.
    var closes: WallTime?
    /// The place of the right answer, once it was revealed.
    package var correct: Int?
}

/// A question with what viewers answered.
package struct AnswerTally: Hashable, Sendable {
    package var question: AskedQuestion
    /// One count for each answer, in their order.
    package var counts: [Int]
}

/// Questions and answers in SQLite, in memory or in a file that outlives the stage.
///
/// The primary key makes an answer one for each viewer, run and cue; a change of mind replaces it.
struct AnswerStore: Sendable {
    /// "cueA", which marks a file as ours (https://www.sqlite.org/pragma.html#pragma_application_id).
    private static let applicationID: Int32 = 0x6375_6541

    private let database: DatabaseQueue

    /// Opens the file, and makes it where there is none; without a path all is kept in memory.
    init(path: String?) throws(StageProblem) {
        do {
            guard let path else {
                database = try DatabaseQueue()
                try Self.prepare(database)
                return
            }
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { database in
                // Each answer is in the file when it is acknowledged, and survives the process;
                // it needs no fsync of its own.
                try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
            }
            database = try DatabaseQueue(path: path, configuration: configuration)
            try Self.prepare(database)
        } catch {
            throw Self.problem(error, path: path)
        }
    }

    /// Opens a file to read it, and changes nothing.
    init(reading path: String) throws(StageProblem) {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            database = try DatabaseQueue(path: path, configuration: configuration)
            let id = try database.read { try Int32.fetchOne($0, sql: "PRAGMA application_id") }
            guard id == Self.applicationID else {
                throw StageProblem(message: "\"\(path)\" holds no answers of a stage")
            }
        } catch {
            throw Self.problem(error, path: path)
        }
    }

    private static func prepare(_ database: DatabaseQueue) throws {
        try database.write { database in
            let id = try Int32.fetchOne(database, sql: "PRAGMA application_id")
            let tables = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") ?? 0
            guard id == applicationID || tables == 0 else {
                throw StageProblem(message: "another program's database is there")
            }
            try database.execute(
                sql: """
                    PRAGMA application_id = \(applicationID);
                    CREATE TABLE IF NOT EXISTS question (
                        run TEXT NOT NULL, cue TEXT NOT NULL, poll_id TEXT NOT NULL,
                        question TEXT NOT NULL, answers TEXT NOT NULL, asked INTEGER NOT NULL,
                        closes INTEGER, correct INTEGER, PRIMARY KEY (run, cue)
                    );
                    CREATE TABLE IF NOT EXISTS answer (
                        run TEXT NOT NULL, cue TEXT NOT NULL, viewer TEXT NOT NULL,
                        choice INTEGER NOT NULL, answered INTEGER NOT NULL,
                        PRIMARY KEY (run, cue, viewer)
                    ) WITHOUT ROWID;
                    """)
        }
    }

    private static func problem(_ error: any Error, path: String?) -> StageProblem {
        let reason: String
        switch error {
        case let problem as StageProblem: reason = problem.message
        case let error as DatabaseError: reason = error.message ?? "SQLite failed"
        default: reason = "SQLite failed"
        }
        guard let path, !reason.hasPrefix("\"") else { return StageProblem(message: reason) }
        return StageProblem(message: "can't use \"\(path)\" for answers: \(reason)")
    }

    func close() {
        try? database.close()
    }

    // MARK: Questions

    /// Writes a question, or what has changed of it, after all that was written before.
    func save(_ question: AskedQuestion) {
        var answers = JSONWriter()
        answers.array { list in for answer in question.answers { list.string(answer) } }
        let row: StatementArguments = [
            question.key.run, question.key.cue, question.pollID, question.text, answers.text,
            question.asked.nanoseconds, question.closes?.nanoseconds, question.correct,
        ]
        database.asyncWriteWithoutTransaction { database in
            // A disk that is full takes no question; its answers are then refused with an error.
            try? database.execute(
                sql: """
                    INSERT INTO question VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (run, cue) DO UPDATE SET closes = excluded.closes,
                        correct = COALESCE(excluded.correct, correct)
                    """, arguments: row)
        }
    }

    /// The newest questions, the oldest of them first.
    func questions(newest count: Int) throws(StageProblem) -> [AskedQuestion] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM question ORDER BY asked DESC, rowid DESC LIMIT ?",
                arguments: [count]
            ).reversed().map(Self.question)
        }
    }

    private static func question(_ row: Row) -> AskedQuestion {
        let texts = try? JSONValue.parse(Array((row["answers"] as String).utf8))
        let closes = row["closes"] as Int64?
        return AskedQuestion(
            key: .init(run: row["run"], cue: row["cue"]), pollID: row["poll_id"],
            text: row["question"], answers: texts?.array?.compactMap(\.string) ?? [],
            asked: WallTime(nanoseconds: row["asked"]),
            closes: closes.map(WallTime.init(nanoseconds:)), correct: row["correct"])
    }

    // MARK: Answers

    /// Takes an answer in place of the viewer's earlier one; true where there was none.
    func record(
        _ choice: Int, of viewer: String, to key: AskedQuestion.Key, at now: WallTime
    ) async throws(StageProblem) -> Bool {
        do {
            return try await database.write { database in
                let before = try Int.fetchOne(
                    database,
                    sql: "SELECT choice FROM answer WHERE run = ? AND cue = ? AND viewer = ?",
                    arguments: [key.run, key.cue, viewer])
                try database.execute(
                    sql: "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)",
                    arguments: [key.run, key.cue, viewer, choice, now.nanoseconds])
                return before == nil
            }
        } catch {
            throw Self.problem(error, path: nil)
        }
    }

    /// How many chose each of so many answers.
    func counts(of key: AskedQuestion.Key, answers: Int) async throws(StageProblem) -> [Int] {
        do {
            return try await database.read {
                try Self.counts(of: key, answers: answers, in: $0)
            }
        } catch {
            throw Self.problem(error, path: nil)
        }
    }

    private static func counts(
        of key: AskedQuestion.Key, answers: Int, in database: Database
    ) throws -> [Int] {
        var counts = [Int](repeating: 0, count: answers)
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT choice, COUNT(*) AS count FROM answer WHERE run = ? AND cue = ?
                GROUP BY choice
                """, arguments: [key.run, key.cue])
        for row in rows {
            let choice: Int = row["choice"]
            if counts.indices.contains(choice) { counts[choice] = row["count"] }
        }
        return counts
    }

    /// Every question with its counts, in the order in which they were asked.
    func tallies() throws(StageProblem) -> [AnswerTally] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM question ORDER BY asked, rowid").map {
                let question = Self.question($0)
                let counts = try Self.counts(
                    of: question.key, answers: question.answers.count, in: database)
                return AnswerTally(question: question, counts: counts)
            }
        }
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws(StageProblem) -> Value {
        do {
            return try database.read(body)
        } catch {
            throw Self.problem(error, path: nil)
        }
    }
}

/// What the file of a stage's answers says.
package enum AnswerFile {
    /// Every question with its counts, in the order in which they were asked.
    package static func read(_ path: String) throws(StageProblem) -> [AnswerTally] {
        let store = try AnswerStore(reading: path)
        defer { store.close() }
        return try store.tallies()
    }
}
