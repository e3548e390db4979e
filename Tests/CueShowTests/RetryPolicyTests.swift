import CueText
import Testing

@testable import CueShow

@Suite struct RetryPolicyTests {
    private func failure(_ kind: Failure.Kind, retryAfter: Duration? = nil) -> Failure {
        Failure(kind: kind, code: "x", message: "x", retryAfter: retryAfter)
    }

    @Test func waitsUpToADoublingBound() {
        func longest(_ kind: Failure.Kind, _ attempts: Int) -> Duration? {
            RetryPolicy.wait(after: failure(kind), attempts: attempts, share: 1)
        }
        for kind in [Failure.Kind.unreachable, .noAnswer, .service, .clock] {
            #expect(
                (1...5).map { longest(kind, $0) }
                    == [50, 100, 200, 400, 800].map { .milliseconds($0) })
            #expect(longest(kind, 40) == .seconds(20))
        }
        #expect((1...3).map { longest(.throttled, $0) } == [1, 2, 4].map { .seconds($0) })
        #expect(RetryPolicy.wait(after: failure(.service), attempts: 3, share: 0) == .zero)
        #expect(
            RetryPolicy.wait(after: failure(.service), attempts: 3, share: 0.5)
                == .milliseconds(100))
    }

    @Test func triesWhatIsRefusedNoMore() {
        for kind in [Failure.Kind.refused, .notFound, .credentials] {
            #expect(RetryPolicy.wait(after: failure(kind), attempts: 1, share: 0.5) == nil)
        }
    }

    /// At least as long as the service asks, and no more than five seconds longer than without.
    @Test func honoursWhatTheServiceAsks() {
        func wait(_ asked: Duration) -> Duration? {
            RetryPolicy.wait(
                after: failure(.service, retryAfter: asked), attempts: 1, share: 1)
        }
        #expect(wait(.milliseconds(10)) == .milliseconds(50))
        #expect(wait(.milliseconds(1_500)) == .milliseconds(1_500))
        #expect(wait(.seconds(60)) == .milliseconds(5_050))
    }

    @Test func paysForRetriesFromAQuota() {
        var quota = RetryQuota()
        #expect(quota.charge(for: failure(.service)) == 14)
        #expect(quota.charge(for: failure(.throttled)) == 5)
        #expect(quota.charge(for: failure(.notLive)) == 0)
        #expect(quota.rest == 481)
        quota.refund(14)
        #expect(quota.rest == 495)
        quota.refund(nil)
        #expect(quota.rest == 496)
        for _ in 0..<10 { quota.refund(nil) }
        #expect(quota.rest == 500)
        for _ in 0..<35 { #expect(quota.charge(for: failure(.unreachable)) == 14) }
        #expect(quota.rest == 10)
        #expect(quota.charge(for: failure(.unreachable)) == nil)
        #expect(quota.charge(for: failure(.throttled)) == 5)
        #expect(quota.charge(for: failure(.notLive)) == 0)
        #expect(quota.rest == 5)
    }
}
