import CueRunLog
import CueScheduler
import CueShow
import CueSystem
import CueText
import Glibc
import Synchronization
import Testing

@testable import CueOperator

@Suite struct OperatorRequestTests {
    private static let common: [(String, OperatorRequest)] = [
        ("hold", .operate(.hold)), ("resume", .operate(.resume)), ("undo", .operate(.undo)),
        ("stop", .operate(.stop)), ("go", .operate(.go(nil))), ("go bonus", .operate(.go("bonus"))),
        ("skip q1", .operate(.skip("q1"))), ("take q1", .operate(.take("q1"))),
        ("fire q1", .operate(.fire("q1"))), ("shift -1.5s", .operate(.shift(.milliseconds(-1500)))),
        ("reload", .reload),
    ]

    private func read(_ line: String, _ door: OperatorRequest.Door) -> OperatorRequest? {
        OperatorRequest(words: line.split(separator: " ").map(String.init), at: door)
    }

    @Test(arguments: common)
    func understandsTheSameWordsAtBothDoors(_ line: String, _ request: OperatorRequest) {
        #expect(read(line, .line) == request)
        #expect(read(line, .socket) == request)
    }

    @Test(arguments: [
        "jump", "hold on", "skip", "skip a b", "shift", "shift soon", "reload now", "GO", "undo 2",
    ])
    func refusesWhatItDoesNotKnow(_ line: String) {
        #expect(read(line, .line) == nil)
        #expect(read(line, .socket) == nil)
    }

    @Test func asksForAStatusAtTheSocketOnly() {
        #expect(read("status", .socket) == .status && read("watch", .socket) == .watch)
        #expect(read("status please", .socket) == nil && read("watch me", .socket) == nil)
        #expect(read("status", .line) == nil && read("watch", .line) == nil)
    }

    @Test func answersAndGoesAtTheTerminalOnly() {
        #expect(read("join", .line) == .decide(.join))
        #expect(read("zero", .line) == .decide(.zeroNow))
        #expect(read("quit", .line) == .decide(.quit))
        #expect(read("join please", .line) == .decide(.join))
        #expect(read("", .line) == .operate(.go(nil)))
        for line in ["join", "zero", "quit", ""] { #expect(read(line, .socket) == nil) }
    }

    @Test func listsEveryWordOfTheSocket() {
        let examples = Self.common.map(\.0) + ["status", "watch"]
        let words = Set(examples.compactMap { $0.split(separator: " ").first.map(String.init) })
        #expect(Set(OperatorRequest.socketWords) == words)
    }
}

@Suite struct RequestHandlerTests {
    @Test func handsActionsToTheShowAndAnswers() {
        let show = ScriptedShow()
        show.outcome.withLock { $0 = .done(target: nil, moved: .seconds(10)) }
        #expect(
            show.answer(to: .operate(.shift(.seconds(10))))
                == #"{"ok":true,"action":"shift","target":null,"by_us":10000000}"#)
        show.outcome.withLock { $0 = .refused("there is no cue \"x\"") }
        #expect(
            show.answer(to: .operate(.fire("x")))
                == #"{"ok":false,"refused":"there is no cue \"x\""}"#)
        #expect(show.inputs == ["operate shift(10.0 seconds)", "operate fire(\"x\")"])
    }

    @Test func handsOverDecisionsAndInterrupts() {
        let show = ScriptedShow()
        #expect(show.answer(to: .decide(.zeroNow)) == nil)
        #expect(show.answer(to: .interrupt) == nil)
        #expect(show.inputs == ["decide zeroNow", "interrupt interrupted"])
    }

    @Test func asksTheWatchForAReload() {
        let show = ScriptedShow()
        #expect(show.answer(to: .reload) == "reloaded")
        #expect(show.inputs == [])
    }

    @Test func tellsAStatusWithoutTouchingTheShow() throws {
        let show = ScriptedShow()
        let text = try #require(show.answer(to: .status))
        let status = try JSONValue.parse(text.utf8)
        #expect(status["phase"]?.string == "running" && status["run"]?.string == "x7k2")
        #expect(show.inputs == [])
    }
}

@Suite struct TypedLinesTests {
    @Test func handsOnEachLineUntilItIsClosed() {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        let heard = Mutex<[String]>([])
        let next = Wake()
        let lines = TypedLines(from: ends[0]) { line in
            heard.withLock { $0.append(line) }
            next.wake()
        }
        func type(_ text: String) {
            let bytes = Array(text.utf8)
            #expect(write(ends[1], bytes, bytes.count) == bytes.count)
        }
        func hear(_ count: Int) {
            while heard.withLock({ $0.count }) < count {
                var entry = pollfd(fd: next.descriptor, events: Int16(POLLIN), revents: 0)
                #expect(poll(&entry, 1, 60_000) == 1)
                next.clear()
            }
        }
        type("hold\n\nshi")
        hear(2)
        type("ft +10s\nunfinished")
        hear(3)
        close(ends[1])
        lines.close()
        close(ends[0])
        next.close()
        #expect(heard.withLock { $0 } == ["hold", "", "shift +10s"])
    }
}

/// A show that notes its inputs and gives one outcome.
final class ScriptedShow: Sendable {
    let outcome = Mutex(ActionOutcome.done())
    let snapshot = Mutex(ShowSnapshot())
    private let asked = Mutex<[String]>([])

    init() {
        snapshot.withLock { $0.phase = .running }
    }

    var inputs: [String] { asked.withLock { $0 } }

    var show: RunningShow {
        RunningShow(
            snapshot: { _ in self.snapshot.withLock { $0 } }, showTime: { .seconds(12) },
            ask: { input, reply in
                self.asked.withLock { asked in
                    switch input {
                    case .operate(let action): asked.append("operate \(action)")
                    case .edit(let edit): asked.append("edit \(edit.sha256)")
                    case .decide(let decision): asked.append("decide \(decision)")
                    case .interrupt(let status): asked.append("interrupt \(status)")
                    }
                }
                reply(self.outcome.withLock { $0 })
            })
    }

    var handler: RequestHandler {
        RequestHandler(
            show,
            ShowFacts(
                title: "Quiz", run: "x7k2", mode: .rehearsal, logName: "quiz.run.jsonl",
                controlName: "quiz.x7k2")
        ) { $0?("reloaded") }
    }

    /// The answer, if there is one at once.
    func answer(to request: OperatorRequest) -> String? {
        let answer = Mutex<String?>(nil)
        handler.handle(request) { line in answer.withLock { $0 = line } }
        return answer.withLock { $0 }
    }
}
