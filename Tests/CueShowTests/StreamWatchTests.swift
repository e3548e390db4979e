import CueRunLog
import CueScheduler
import CueText
import Testing

@testable import CueShow

private func at(_ milliseconds: Int) -> BootTime {
    BootTime(nanoseconds: 5_000_000_000) + .milliseconds(milliseconds)
}

private func failure(_ kind: Failure.Kind, code: String = "x") -> Failure {
    Failure(kind: kind, code: code, message: "")
}

private func live(_ id: String, viewers: Int = 0) -> StreamStatus {
    StreamStatus(streamID: id, startTime: nil, viewerCount: viewers)
}

@Suite struct StreamWatchTests {
    /// When which channel is looked at while time goes on, where every look is answered.
    private func looks(
        _ watch: inout StreamWatch, from: Int, to: Int, hasZero: Bool
    ) -> [String] {
        var found: [String] = []
        for time in stride(from: from, through: to, by: 10) {
            guard let channel = watch.nextChannel(at: at(time), hasZero: hasZero) else { continue }
            found.append("\(time) \(channel)")
            _ = watch.note(.success(live("a")), channel: channel)
        }
        return found
    }

    @Test func looksAtTheFirstChannelEverySecondBeforeZero() {
        var watch = StreamWatch(channels: 3, at: at(0))
        let found = looks(&watch, from: 0, to: 2_900, hasZero: false)
        #expect(found == ["0 0", "1000 0", "2000 0"])
    }

    @Test func looksAtEachInTurnAfterZero() {
        for (channels, pace) in [(1, 5_000), (2, 2_500), (10, 500), (1_000, 500)] {
            var watch = StreamWatch(channels: channels, at: at(0))
            let found = looks(&watch, from: 0, to: 3 * pace, hasZero: true)
            #expect(found == (0...3).map { "\($0 * pace) \($0 % channels)" })
        }
    }

    @Test func asksNoChannelTwiceBeforeItAnswers() {
        var watch = StreamWatch(channels: 1, at: at(0))
        let asked = [0, 1_000, 30_000].map { watch.nextChannel(at: at($0), hasZero: false) }
        #expect(asked == [0, nil, nil])
        #expect(watch.nextWake(after: at(500)) == at(1_000))
        #expect(watch.nextWake(after: at(1_000)) == nil)
        _ = watch.note(.failure(failure(.noAnswer)), channel: 0)
        let next = watch.nextChannel(at: at(30_000), hasZero: false)
        #expect(next == 0)
    }

    @Test func looksAtOnceAfterAStandstill() {
        var watch = StreamWatch(channels: 1, at: at(0))
        _ = looks(&watch, from: 0, to: 0, hasZero: true)
        watch.lookSoon(at: at(200))
        let next = watch.nextChannel(at: at(200), hasZero: true)
        #expect(next == 0)
    }

    @Test func noticesWhatIsNewOnAChannel() {
        var watch = StreamWatch(channels: 2, at: at(0))
        func changes(_ result: Result<StreamStatus, Failure>) -> [StreamWatch.Change] {
            watch.note(result, channel: 1)
        }
        let offline = Result<StreamStatus, Failure>.failure(failure(.notLive))
        #expect(changes(offline) == [])
        #expect(changes(.success(live("a"))) == [.session(live("a"))])
        #expect(changes(.success(live("a", viewers: 9))) == [])
        #expect(watch.status(channel: 1)?.viewerCount == 9)
        #expect(watch.status(channel: 0) == nil)
        // What is no word about the stream changes nothing.
        #expect(changes(.failure(failure(.throttled))) == [])
        #expect(watch.status(channel: 1) != nil)
        #expect(changes(offline) == [.changed(from: "a", to: nil)])
        #expect(watch.status(channel: 1) == nil)
        #expect(changes(offline) == [])
        #expect(changes(.success(live("a"))) == [.changed(from: nil, to: "a")])
        #expect(
            changes(.success(live("b")))
                == [.session(live("b")), .changed(from: "a", to: "b"), .restarted])
        #expect(changes(offline) == [.changed(from: "b", to: nil)])
        #expect(
            changes(.success(live("c")))
                == [.session(live("c")), .changed(from: nil, to: "c"), .restarted])
    }

    @Test func knowsTheStreamOfAnEarlierLife() {
        for (before, changes) in [
            ("a", [StreamWatch.Change.changed(from: nil, to: "a")]),
            ("b", [.session(live("a")), .changed(from: nil, to: "a"), .restarted]),
        ] {
            var watch = StreamWatch(channels: 1, at: at(0))
            watch.resume(channel: 0, streamID: before)
            let found = watch.note(.success(live("a")), channel: 0)
            #expect(found == changes)
        }
    }

    @Test func countsWhateverTheServiceSaysAsAnAnswer() {
        for kind in [
            Failure.Kind.throttled, .service, .notLive, .notFound, .credentials, .clock, .refused,
            .unreachable, .noAnswer,
        ] {
            var watch = StreamWatch(channels: 1, at: at(0))
            _ = watch.note(.failure(failure(kind)), channel: 0)
            #expect(watch.hasAnswer == (kind != .unreachable && kind != .noAnswer))
            #expect(watch.lastFailure?.kind == kind)
        }
    }

    @Test func waitsForAServiceThatAnswersAsLongAsItMay() {
        var watch = StreamWatch(channels: 1, at: at(0))
        func end(_ time: Int, limit: Duration?, needsStream: Bool = true) -> String? {
            watch.endOfWait(at: at(time), limit: limit, needsStream: needsStream)
                .map { "\($0.reason.rawValue) \($0.failure?.code ?? "-")" }
        }
        #expect(end(10_000, limit: nil) == nil)
        #expect(end(10_001, limit: nil) == "unreachable timeout")
        #expect(end(10_001, limit: nil, needsStream: false) == "unreachable timeout")
        #expect(end(3_001, limit: .seconds(3)) == "unreachable timeout")
        _ = watch.note(.failure(failure(.unreachable, code: "refused")), channel: 0)
        #expect(end(10_001, limit: nil) == "unreachable refused")
        _ = watch.note(.failure(failure(.notLive, code: "offline")), channel: 0)
        #expect(end(10_001, limit: nil) == nil)
        #expect(end(60_000, limit: .seconds(60)) == nil)
        #expect(end(60_001, limit: .seconds(60)) == "stream_never_came offline")
        #expect(end(60_001, limit: .seconds(60), needsStream: false) == nil)
    }

    @Test func knowsWhatNoWaitCanMend() {
        func end(_ kind: Failure.Kind, code: String = "x") -> String? {
            failure(kind, code: code).endOfShow.map { "\($0.status) \($0.reason.rawValue)" }
        }
        #expect(end(.credentials) == "noPermission credentials")
        #expect(end(.notFound) == "unavailable no_such_channel")
        #expect(end(.refused, code: "ValidationException") == "unavailable refused")
        #expect(end(.refused) == nil)
        for kind in [
            Failure.Kind.unreachable, .noAnswer, .throttled, .service, .notLive, .clock,
        ] {
            #expect(end(kind) == nil)
        }
    }
}
