import CueText
import Testing

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("90", 90_000_000_000), ("1.5s", 1_500_000_000), ("250ms", 250_000_000),
        ("2m", 120_000_000_000), ("1h2m3s", 3_723_000_000_000), ("0", 0), ("1ns", 1),
        ("0.5h", 1_800_000_000_000), ("1.5ms", 1_500_000), ("1000h", 3_600_000_000_000_000),
    ])
    func readsDurations(text: String, nanoseconds: Int64) {
        #expect(DurationText.parse(text) == .nanoseconds(nanoseconds))
    }

    @Test(arguments: [
        "", "s", "1x", "1s1m", "1s1s", "-1s", "1.s", ".5s", "1 s", "1000h1ns", "1m30", "١s",
        "99999999999", "1e3",
    ])
    func refusesOtherDurations(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test func readsSigns() {
        #expect(DurationText.parseSigned("-2s") == .seconds(-2))
        #expect(DurationText.parseSigned("+20s") == .seconds(20))
        #expect(DurationText.parseSigned("20s") == .seconds(20))
        #expect(DurationText.parseSigned("--2s") == nil)
    }

    @Test(arguments: [
        ("90", 90_000), ("00:01:30", 90_000), ("1:30", 90_000), ("01:00:00", 3_600_000),
        ("90:00", 5_400_000), ("0:00.250", 250), ("1000:00:00", 3_600_000_000), ("5.5", 5_500),
    ])
    func readsTimes(text: String, milliseconds: Int64) {
        #expect(DurationText.parseTime(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", ":", "1:2", "1:60", "1:60:00", "1:2:03", "1000:00:01", "-1:00", "1:00:00:00", "1:00.",
        "1:.5", "1::00",
    ])
    func refusesOtherTimes(text: String) {
        #expect(DurationText.parseTime(text) == nil)
    }

    @Test func printsWhatItReads() {
        for text in ["1h2m3s", "1.5s", "250ms", "0s", "2m", "1.5ms", "1h0.25s"] {
            let duration = DurationText.parse(text)
            #expect(duration.map(DurationText.format) == text)
        }
        #expect(DurationText.format(.seconds(-2)) == "-2s")
        #expect(DurationText.formatTime(.milliseconds(90_250)) == "00:01:30.25")
        #expect(DurationText.formatTime(.milliseconds(90_250), fractionDigits: 0) == "00:01:30")
        #expect(DurationText.formatTime(.seconds(-1)) == "-00:00:01")
        #expect(DurationText.formatTime(.milliseconds(-400), fractionDigits: 0) == "00:00:00")
    }
}
