import CueText
import Testing

@Suite struct WallTimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2038-01-19T03:14:08Z", 2_147_483_648),
        ("2024-02-29T23:59:59Z", 1_709_251_199), ("2000-03-01T00:00:00Z", 951_868_800),
        ("1969-12-31T23:59:00-00:01", 0), ("2026-11-27T19:00:00-08:00", 1_795_834_800),
        ("2026-11-28 03:00:00+00:00", 1_795_834_800), ("2026-11-28t03:00:00z", 1_795_834_800),
    ])
    func readsInstants(text: String, seconds: Int64) {
        #expect(WallTime(rfc3339: text) == WallTime(seconds: seconds))
    }

    @Test(arguments: [
        "2026-11-27T19:00:00", "2026-11-27", "2023-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-11-31T00:00:00Z", "2026-11-27T24:00:00Z", "2026-11-27T19:00:00.Z",
        "2026-11-27T19:00:00+0100", "2026-11-27T19:00:00.0123456789Z", "x026-11-27T19:00:00Z",
        "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "2262-01-01T00:00:00Z",
    ])
    func refusesOtherTexts(text: String) {
        #expect(WallTime(rfc3339: text) == nil)
    }

    @Test func cutsFractionsAndNeverRoundsUp() {
        let time = WallTime(rfc3339: "2026-11-27T19:01:30.999999999Z")
        #expect(time?.rfc3339(.milliseconds) == "2026-11-27T19:01:30.999Z")
        #expect(time?.rfc3339(.microseconds) == "2026-11-27T19:01:30.999999Z")
        #expect(time?.rfc3339(.none) == "2026-11-27T19:01:30Z")
        #expect(time?.basic == "20261127T190130Z")
        #expect(WallTime(nanoseconds: -1).rfc3339(.milliseconds) == "1969-12-31T23:59:59.999Z")
    }

    /// The plan reckons from one to the other.
    @Test func anyTwoThatAreReadCanBeSubtracted() throws {
        let first = try #require(WallTime(rfc3339: "1970-01-01T00:00:00Z"))
        let last = try #require(WallTime(rfc3339: "2261-12-31T23:59:60-23:59"))
        #expect((first - last) - .seconds(3_600 * 2_000) < (last - first))
        #expect(first - last == .zero - (last - first))
    }

    @Test func printsTheDaysOfThreeCenturiesAsItReadsThem() {
        var time = WallTime(seconds: 0)
        while time.nanoseconds < 9_000_000_000_000_000_000 {
            #expect(WallTime(rfc3339: time.rfc3339(.nanoseconds)) == time)
            time = time + .seconds(86_400 * 31 + 12_345)
        }
    }

    @Test func writesAndReadsTheDateOfHTTP() {
        let dates = [
            (1_800_000_000, "Fri, 15 Jan 2027 08:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ]
        for (seconds, text) in dates {
            #expect(WallTime(seconds: Int64(seconds)).httpDate == text)
            #expect(WallTime(httpDate: text) == WallTime(seconds: Int64(seconds)))
        }
        for text in [
            "", "Fri, 15 Jan 2027 08:00:00", "Friday, 15-Jan-27 08:00:00 GMT",
            "Fri Jan 15 08:00:00 2027", "Fri, 15 Jnn 2027 08:00:00 GMT",
            "Fri, 5 Jan 2027 08:00:00 GMT", "Fri, 15 Jan 2027 25:00:00 GMT",
        ] {
            #expect(WallTime(httpDate: text) == nil)
        }
    }
}
