import CueText
import Synchronization

/// The questions that a stage has asked, and its viewers' answers while they are open.
///
/// A question is open from the moment its cue reached the API until its seconds are over, plus the
/// delay of the video and some grace, since viewers see it later; once the answer was revealed,
/// until the first viewer may have seen that.
final class OpenQuestions: Sendable {
    /// Viewers get the cue up to so much after the stage's delay.
    static let grace: Duration = .seconds(5)
    /// Bytes of the longest answer that is read.
    static let bytesMax = 4_096
    /// Bytes of a viewer's name for itself, and of a run or cue; the latter may be the question.
    static let viewerBytes = 8...64
    static let nameBytesMax = 1_024
    static let answersMax = 32
    /// Questions that are kept at hand; older ones take no answer any more.
    static let questionsMax = 1_000
    /// Viewers that one question takes answers of.
    static let viewersMax = 100_000

    /// Why an answer was not taken: a status and what is wrong, for programs and for people.
    struct Refusal: Error, Hashable, Sendable {
        var status: Int
        var code: String
        var message: String
    }

    private struct Open {
        var question: AskedQuestion
        /// On the steady clock; nil where the question told no time.
        var closes: Int64?
        var viewers = 0
    }

    private struct State {
        var open: [AskedQuestion.Key: Open] = [:]
        /// The keys in the order of asking.
        var order: [AskedQuestion.Key] = []
        var changed: Set<AskedQuestion.Key> = []
    }

    private let store: AnswerStore
    private let delay: Int64
    private let state: Mutex<State>

    /// Goes on with what the store has of earlier, where a question is still open.
    init(store: AnswerStore, delay: Duration, wall: WallTime, now: Int64) throws(StageProblem) {
        self.store = store
        self.delay = delay.nanoseconds
        var state = State()
        for question in try store.questions(newest: Self.questionsMax) {
            // One that told no time was left open by a stage that is gone.
            let closes = question.closes.map { now + ($0 - wall).nanoseconds } ?? now
            state.open[question.key] = Open(question: question, closes: closes)
            state.order.append(question.key)
        }
        self.state = Mutex(state)
    }

    // MARK: Cues

    /// Reads a cue that the API took: a question opens, a reveal closes.
    func note(_ metadata: String, wall: WallTime, now: Int64) {
        guard let payload = try? JSONValue.parse(Array(metadata.utf8)) else { return }
        if let question = Self.question(payload, wall: wall) {
            open(
                question, seconds: Self.seconds(payload), isNamed: payload["cue"] != nil, now: now)
        } else if payload["correctIndex"]?.integer != nil {
            reveal(payload, wall: wall, now: now)
        }
    }

    private static func question(_ payload: JSONValue, wall: WallTime) -> AskedQuestion? {
        guard let text = payload["question"]?.string, let items = payload["answers"]?.array,
            (1...answersMax).contains(items.count)
        else { return nil }
        let answers = items.compactMap(\.string)
        guard answers.count == items.count else { return nil }
        return AskedQuestion(
            key: key(of: payload, question: text), pollID: payload["poll_id"]?.string ?? "",
            text: text, answers: answers, asked: wall)
    }

    /// The page finds the same key by the same rule, in cues.js.
    private static func key(of payload: JSONValue, question: String) -> AskedQuestion.Key {
        AskedQuestion.Key(
            run: payload["run"]?.string ?? "",
            cue: payload["cue"]?.string ?? payload["poll_id"]?.string ?? question)
    }

    private static func seconds(_ payload: JSONValue) -> Duration? {
        guard case .number(let text) = payload["seconds"], let seconds = Double(text),
            (0...86_400).contains(seconds)
        else { return nil }
        return .nanoseconds(Int64(seconds * 1e9))
    }

    private func open(
        _ question: AskedQuestion, seconds: Duration?, isNamed: Bool, now: Int64
    ) {
        var question = question
        let span = seconds.map { $0.nanoseconds + delay + Self.grace.nanoseconds }
        let saved: AskedQuestion? = state.withLock { state in
            if var known = state.open[question.key] {
                // A repeat has the seconds that are left, so it moves the end only where the show
                // was held in between. A payload without a cue's name is asked anew.
                guard let closes = known.closes, span.map({ now + $0 > closes }) ?? !isNamed
                else { return nil }
                known.closes = span.map { now + $0 }
                known.question.closes = span.map { question.asked + .nanoseconds($0) }
                state.open[question.key] = known
                return known.question
            }
            question.closes = span.map { question.asked + .nanoseconds($0) }
            state.open[question.key] = Open(question: question, closes: span.map { now + $0 })
            state.order.append(question.key)
            if state.order.count > Self.questionsMax {
                state.open.removeValue(forKey: state.order.removeFirst())
            }
            state.changed.insert(question.key)
            return question
        }
        if let saved { store.save(saved) }
    }

    /// The newest question of that run and poll is what is revealed.
    private func reveal(_ payload: JSONValue, wall: WallTime, now: Int64) {
        let run = payload["run"]?.string ?? ""
        let poll = payload["poll_id"]?.string
        let saved: AskedQuestion? = state.withLock { state in
            let key = state.order.last { key in
                key.run == run && (poll == nil || state.open[key]?.question.pollID == poll)
            }
            guard let key, var known = state.open[key],
                let place = payload["correctIndex"]?.integer,
                known.question.answers.indices.contains(Int(clamping: place))
            else { return nil }
            known.question.correct = Int(place)
            // Nobody sees the reveal before the delay is over, so nobody answers knowing it.
            let seen = now + delay
            if known.closes.map({ $0 > seen }) ?? true {
                known.closes = seen
                known.question.closes = wall + .nanoseconds(delay)
            }
            state.open[key] = known
            return known.question
        }
        if let saved { store.save(saved) }
    }

    // MARK: Answers

    /// Takes the body of one POST, and answers whether it was the viewer's first.
    func accept(_ body: [UInt8], wall: WallTime, now: Int64) async throws(Refusal) -> Bool {
        let answer = try Self.read(body)
        let refusal: Refusal? = state.withLock { state in
            guard let open = state.open[answer.key] else {
                return Refusal(
                    status: 404, code: "unknown-question", message: "no such question was asked")
            }
            guard open.closes.map({ now < $0 }) ?? true else {
                return Refusal(status: 409, code: "closed", message: "the question is closed")
            }
            guard open.question.answers.indices.contains(answer.choice) else {
                return Refusal(
                    status: 400, code: "no-such-answer", message: "choice is not among the answers")
            }
            guard open.viewers < Self.viewersMax else {
                return Refusal(
                    status: 503, code: "too-many-viewers", message: "too many viewers answered")
            }
            return nil
        }
        if let refusal { throw refusal }
        let isFirst: Bool
        do throws(StageProblem) {
            isFirst = try await store.record(
                answer.choice, of: answer.viewer, to: answer.key, at: wall)
        } catch {
            throw Refusal(status: 500, code: "not-kept", message: "the answer could not be kept")
        }
        state.withLock { state in
            if isFirst { state.open[answer.key]?.viewers += 1 }
            state.changed.insert(answer.key)
        }
        return isFirst
    }

    /// What the sender of an answer calls itself; empty where that can't be read.
    static func viewer(in body: [UInt8]) -> String {
        let value = try? JSONValue.parse(body, depthMax: 4)
        let name = value?["viewer"]?.string ?? ""
        return isViewer(name) ? name : ""
    }

    private static func isViewer(_ name: String) -> Bool {
        viewerBytes.contains(name.utf8.count) && name.utf8.allSatisfy(isNameByte)
    }

    private struct Answer {
        var key: AskedQuestion.Key
        var viewer: String
        var choice: Int
    }

    private static func read(_ body: [UInt8]) throws(Refusal) -> Answer {
        func refused(_ message: String) -> Refusal {
            Refusal(status: 400, code: "malformed", message: message)
        }
        let value: JSONValue
        do throws(JSONProblem) {
            value = try JSONValue.parse(body, depthMax: 4)
        } catch {
            throw refused("the body is not JSON")
        }
        guard case .object = value else { throw refused("the body is no JSON object") }
        guard let run = value["run"]?.string, let cue = value["cue"]?.string,
            run.utf8.count <= nameBytesMax, cue.utf8.count <= nameBytesMax
        else { throw refused("run and cue must be texts") }
        guard let viewer = value["viewer"]?.string, isViewer(viewer)
        else { throw refused("viewer must be 8 to 64 letters, digits, hyphens or underscores") }
        guard let choice = value["choice"]?.integer, (0..<Int64(answersMax)).contains(choice)
        else { throw refused("choice must be the place of an answer, counted from 0") }
        return Answer(key: .init(run: run, cue: cue), viewer: viewer, choice: Int(choice))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit || "-_".utf8.contains(byte)
    }

    // MARK: Results

    /// The questions whose counts have changed since the last call.
    func drainChanged() -> [AskedQuestion] {
        state.withLock { state in
            let changed = state.order.filter(state.changed.contains)
            state.changed = []
            return changed.compactMap { state.open[$0]?.question }
        }
    }

    /// The newest questions, the oldest of them first.
    func newest(_ count: Int) -> [AskedQuestion] {
        state.withLock { state in
            state.order.suffix(count).compactMap { state.open[$0]?.question }
        }
    }

    /// The counts of a question as an event's data. What is right is never in it: viewers learn
    /// that from the reveal in the video.
    func counts(of question: AskedQuestion) async -> String? {
        guard
            let counts = try? await store.counts(
                of: question.key, answers: question.answers.count)
        else { return nil }
        return jsonObject { object in
            object.field("run", question.key.run)
            object.field("cue", question.key.cue)
            object.key("counts")
            object.array { list in for count in counts { list.integer(count) } }
            object.field("total", counts.reduce(0, +))
        }
    }
}
