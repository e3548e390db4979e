import CueSheet
import CueText
import Testing

/// The forms of `at`.
@Suite struct AtTests {
    private static let forms =
        "hint: write a time (00:01:30 or 5m), +20s, q1 + 20s, q1.end + 5s, q1.reveal + 1s, "
        + "an instant such as 2026-11-27T19:00:00-08:00, or manual"

    private func read(_ at: String) -> SheetReading {
        CueSheetReader.read(Fixture.cues("  - {id: a, at: \(at), payload: {}}"))
    }

    @Test(arguments: [
        ("0", Cue.At.time(.zero)), ("90", .time(.seconds(90))), ("90.5", .time(.seconds(90.5))),
        ("00:01:30", .time(.seconds(90))), ("01:30", .time(.seconds(90))),
        ("1:30", .time(.seconds(90))), ("120:00", .time(.seconds(7_200))),
        ("100:00:00", .time(.seconds(360_000))), ("999:59:59", .time(.seconds(3_599_999))),
        ("1000:00:00", .time(.seconds(3_600_000))), ("00:01:30.250", .time(.milliseconds(90_250))),
        ("5m", .time(.seconds(300))), ("1h2m3s", .time(.seconds(3_723))),
        ("manual", .manual), ("'manual'", .manual), ("007", .time(.seconds(7))),
        ("+20s", .afterPrevious(.seconds(20))), ("+ 20", .afterPrevious(.seconds(20))),
        ("+0", .afterPrevious(.zero)),
        ("q1", .anchored(id: "q1", edge: .start, offset: .zero)),
        ("q1 + 20s", .anchored(id: "q1", edge: .start, offset: .seconds(20))),
        ("q1+20s", .anchored(id: "q1", edge: .start, offset: .seconds(20))),
        ("q1 - 20s", .anchored(id: "q1", edge: .start, offset: .seconds(-20))),
        ("q1-20s", .anchored(id: "q1-20s", edge: .start, offset: .zero)),
        ("q1.end", .anchored(id: "q1", edge: .end, offset: .zero)),
        ("q1.end +5s", .anchored(id: "q1", edge: .end, offset: .seconds(5))),
        ("q1.reveal - 1s", .anchored(id: "q1", edge: .reveal, offset: .seconds(-1))),
        ("bonus+25s", .anchored(id: "bonus", edge: .start, offset: .seconds(25))),
        ("5x", .anchored(id: "5x", edge: .start, offset: .zero)),
        ("1970-01-01T00:00:01Z", .instant(WallTime(seconds: 1))),
        ("1970-01-01 01:00:01+01:00", .instant(WallTime(seconds: 1))),
        ("'1969-12-31T16:00:01.5-08:00'", .instant(WallTime(nanoseconds: 1_500_000_000))),
    ])
    func readsEveryForm(text: String, at: Cue.At) {
        let reading = read(text)
        #expect(reading.diagnostics == [])
        #expect(reading.sheet.cues.first?.at == at)
    }

    @Test(arguments: [
        "00:75:00", "00:00:60", "00:1:30", "1:2:3:4", "1001:00:00", "3600001.5", ".5", "5.",
        "1:30.", "5m 3s", "q1 20s", "q1 +", "q1.ending", "q1.end.reveal", "q1.end.end",
        "q1.end 5s", "q1.end-5s", "q1 + 00:20", "+", "++5", "+-5s", "a b", "_a", "é", "19:00:00Z",
    ])
    func refusesOtherForms(text: String) {
        #expect(
            Fixture.describe(read(text).diagnostics) == [
                "4:17: error: at can't be read, found \"\(text)\" [bad-at] " + AtTests.forms
            ])
    }

    @Test func refusesTimesBeforeZero() {
        for text in ["-5s", "-90"] {
            #expect(
                Fixture.describe(read(text).diagnostics) == [
                    "4:17: error: at can't be before zero, found \"\(text)\" [bad-at] "
                        + AtTests.forms
                ])
        }
    }

    @Test(arguments: ["true", "null", "[90]", "{}", "~"])
    func refusesOtherTypes(text: String) {
        #expect(read(text).codes == ["wrong-type"])
    }

    @Test(arguments: [
        ("2026-02-29T19:00:00Z", "bad-instant"), ("2026-11-27T24:00:00Z", "bad-instant"),
        ("2026-11-27T19:00:00+0100", "bad-instant"), ("2026-11-27T19:00:00", "instant-offset"),
        ("2026-11-27 19:00:00.25", "instant-offset"), ("1700-01-01T00:00:00Z", "bad-instant"),
    ])
    func saysWhatInstantsLack(text: String, code: String) {
        let reading = read(text)
        #expect(reading.codes == [code])
        #expect(reading.diagnostics.map(\.mark) == [Mark(line: 4, column: 17)])
    }
}
