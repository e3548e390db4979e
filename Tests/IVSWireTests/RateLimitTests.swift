import IVSWire
import Testing

@Suite struct RateLimitTests {
    @Test func letsFivePassInAnyWindow() {
        var limit = RateLimit(channels: 2)
        var sent: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<50 {
            now = limit.earliest(channel: 0, now: now)
            limit.record(channel: 0, at: now)
            sent.append(now)
        }
        for (first, sixth) in zip(sent, sent.dropFirst(5)) {
            #expect(sixth - first == 1_050_000_000)
        }
        #expect(limit.earliest(channel: 1, now: 0) == 0)
    }

    @Test func boundsTheAccount() {
        var limit = RateLimit(channels: 200)
        for channel in 0..<155 { limit.record(channel: channel, at: 7) }
        #expect(limit.earliest(channel: 180, now: 8) == 1_050_000_007)
    }

    @Test func zeroIsNoLimit() {
        var limit = RateLimit(channels: 1, perChannel: 0, perAccount: 0)
        for _ in 0..<1_000 { limit.record(channel: 0, at: 1) }
        #expect(limit.earliest(channel: 0, now: 1) == 1)
    }
}
