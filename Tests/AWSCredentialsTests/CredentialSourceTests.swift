import AWSSigning
import CueText
import Synchronization
import Testing

@testable import AWSCredentials

/// A clock that the test sets.
private final class SetClock: Sendable {
    private let time = Mutex(frozen)
    var now: WallTime {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }
}

/// Hands out credentials when the test says so.
private final class Desk: Sendable {
    let calls = AsyncStream.makeStream(of: Void.self)
    let answers = AsyncStream.makeStream(of: Result<FoundCredentials, AWSProblem>.self)
    let reports = AsyncStream.makeStream(of: CredentialSource.Report.self)
    let count = Mutex(0)

    func load() async throws(AWSProblem) -> FoundCredentials {
        count.withLock { $0 += 1 }
        calls.continuation.yield()
        for await answer in answers.stream { return try answer.get() }
        throw AWSProblem(.unreachable, "closed", hint: "")
    }

    func called() async {
        for await _ in calls.stream { return }
    }

    func report() async -> CredentialSource.Report? {
        for await report in reports.stream { return report }
        return nil
    }
}

private func found(_ id: String, endsIn rest: Duration?, at now: WallTime) -> FoundCredentials {
    FoundCredentials(
        credentials: Credentials(
            accessKeyID: id, secretAccessKey: "s", expiration: rest.map { now + $0 }),
        origin: CredentialOrigin(.container, "a test", isRenewable: true))
}

@Suite struct CredentialSourceTests {
    private let clock = SetClock()
    private let desk = Desk()

    private func source(endsIn rest: Duration?) -> CredentialSource {
        CredentialSource(found("FIRST", endsIn: rest, at: clock.now), now: { [clock] in clock.now })
        {
            [desk] () async throws(AWSProblem) in
            try await desk.load()
        } report: { [desk] in
            desk.reports.continuation.yield($0)
        }
    }

    @Test func renewsShortLivedCredentialsInShorterWindows() {
        let hour = RefreshSchedule(obtained: frozen, expiration: frozen + .seconds(3_600))
        #expect(hour.window(at: frozen) == .fresh)
        #expect(hour.window(at: frozen + .seconds(45 * 60 - 1)) == .fresh)
        #expect(hour.window(at: frozen + .seconds(45 * 60)) == .advisory)
        #expect(hour.window(at: frozen + .seconds(50 * 60)) == .mandatory)
        #expect(hour.window(at: frozen + .seconds(3_600)) == .over)
        let short = RefreshSchedule(obtained: frozen, expiration: frozen + .seconds(12))
        #expect(short.window(at: frozen + .seconds(5)) == .fresh)
        #expect(short.window(at: frozen + .seconds(6)) == .advisory)
        #expect(short.window(at: frozen + .seconds(8)) == .mandatory)
        let lasting = RefreshSchedule(obtained: frozen, expiration: nil)
        #expect(lasting.window(at: frozen + .seconds(1 << 30)) == .fresh)
    }

    @Test func renewsOneAtATimeWhileTheOldOnesServe() async {
        let source = source(endsIn: .seconds(3_600))
        source.check()
        #expect(desk.count.withLock { $0 } == 0)
        clock.now = frozen + .seconds(46 * 60)
        for _ in 0..<100 { source.check() }
        await desk.called()
        for _ in 0..<100 { source.check() }
        #expect(desk.count.withLock { $0 } == 1)
        #expect(source.current.credentials.accessKeyID == "FIRST")
        desk.answers.continuation.yield(
            .success(found("SECOND", endsIn: .seconds(3_600), at: clock.now)))
        guard case .renewed = await desk.report() else {
            Issue.record("it is to be renewed")
            return
        }
        #expect(source.current.credentials.accessKeyID == "SECOND")
        #expect(source.current.generation == 1)
        source.check()
        #expect(desk.count.withLock { $0 } == 1)
        await source.close()
    }

    @Test func toleratesAFailureEarlyAndCallsItUrgentLate() async {
        let problem = AWSProblem(.unreachable, "gone", hint: "wait")
        let source = source(endsIn: .seconds(3_600))
        for (minute, isUrgent) in [(46, false), (51, true), (61, true)] {
            clock.now = frozen + .seconds(minute * 60)
            source.check()
            await desk.called()
            desk.answers.continuation.yield(.failure(problem))
            guard case .failed(problem, _, let urgent) = await desk.report() else {
                Issue.record("it is to fail")
                return
            }
            #expect(urgent == isUrgent)
            // Not again at once.
            source.check()
        }
        #expect(desk.count.withLock { $0 } == 3)
        #expect(source.current.credentials.accessKeyID == "FIRST")
        await source.close()
    }

    @Test func renewsWhatAServiceRefusesAsEndedWhateverOurClockSays() async {
        let source = source(endsIn: .seconds(3_600))
        #expect(source.refused(generation: 0))
        await desk.called()
        desk.answers.continuation.yield(.success(found("SECOND", endsIn: nil, at: clock.now)))
        _ = await desk.report()
        #expect(source.current.generation == 1)
        #expect(source.refused(generation: 0), "others have come already")
        #expect(desk.count.withLock { $0 } == 1)
        await source.close()
    }

    @Test func doesNotAskAtOnceForWhatComesEndedByOurClock() async {
        let source = source(endsIn: .seconds(-600))
        source.check()
        await desk.called()
        desk.answers.continuation.yield(
            .success(found("SECOND", endsIn: .seconds(-300), at: clock.now)))
        _ = await desk.report()
        clock.now = clock.now + .seconds(59)
        source.check()
        #expect(desk.count.withLock { $0 } == 1)
        clock.now = clock.now + .seconds(1)
        source.check()
        await desk.called()
        #expect(desk.count.withLock { $0 } == 2)
        desk.answers.continuation.finish()
        await source.close()
    }

    @Test func neverAsksForWhatCannotBeRenewed() async {
        let source = CredentialSource(
            fixed: Credentials(accessKeyID: "FIXED", secretAccessKey: "s"))
        source.check()
        #expect(!source.refused(generation: 0))
        #expect(source.current.generation == 0)
        await source.close()
    }
}
