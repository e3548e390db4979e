import CueImport
import CueSheet
import CueText
import CueTimeline
import Testing

/// sheet → CSV → import → sheet: the same timeline, byte for byte.
@Suite struct RoundTripTests {
    private func timeline(_ yaml: String) -> Timeline {
        let reading = CueSheetReader.read(Array(yaml.utf8))
        let resolved = Timeline.build(reading.sheet)
        let errors = (reading.diagnostics + resolved.diagnostics).filter { $0.severity == .error }
        #expect(errors == [], "\(yaml)")
        return resolved.timeline
    }

    private func csv(_ timeline: Timeline) -> String {
        ListingFormat.csv.text(timeline.rows(start: nil).rows)
    }

    private func back(_ csv: String) -> String {
        let sheet = ImportedSheet.read(Array(csv.utf8), ImportOptions(source: "show.csv"))
        #expect(sheet.problems == [], "\(csv)")
        return sheet.draft.text
    }

    @Test(arguments: 0..<400)
    func comesBackTheSame(_ seed: Int) {
        var random = Dice(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        let yaml = sheet(&random)
        let before = timeline(yaml)
        let listing = csv(before)
        let after = timeline(back(listing))
        #expect(csv(after) == listing, "\(yaml)")
        // The sheet's own offset is in the listing's times, and so in the new sheet's.
        if yaml.contains("\noffset:") { return }
        #expect(
            Dictionary(uniqueKeysWithValues: after.digests.map { ($0.id, $0.digest) })
                == Dictionary(uniqueKeysWithValues: before.digests.map { ($0.id, $0.digest) }),
            "\(yaml)")
    }

    private struct Dice {
        var generator: SplitMix64

        init(state: UInt64) { generator = SplitMix64(state: state) }

        mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &generator) }
        mutating func isLucky(_ of: Int) -> Bool { roll(of) == 0 }
    }

    private func text(_ random: inout Dice) -> String {
        let pieces = [
            "a", "yes", "007", " ", "\"", "'", "|", ",", ";", "\n", "\t", "$", "{", "}", "#", ":",
            "=",
            "+", "-", "@", "*", "空", "👍", "שלום", "\\", "[", "]", "-->", "&", "<", "é", "1e3",
            "null",
            "x y", "\u{2028}", "\u{200D}",
        ]
        let count = 1 + random.roll(5)
        let text = (0..<count).map { _ in pieces[random.roll(pieces.count)] }.joined()
        return text.contains { !$0.isWhitespace } ? text : "text"
    }

    private func json(_ text: String) -> String {
        var writer = JSONWriter()
        // A dollar sign could begin a variable; the sheet's text has each twice.
        writer.string(
            text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$"))
        return writer.text.replacing("\u{2028}", with: "\\u2028")
    }

    private func sheet(_ random: inout Dice) -> String {
        let isDouble = random.isLucky(3)
        var yaml = "version: 1\n"
        let arn = "arn:aws:ivs:us-west-2:123456789012:channel/"
        yaml +=
            isDouble
            ? "channels: {main: \(arn)A, es: {arn: \(arn)B, offset: \(random.roll(900))ms}}\n"
            : "channel: \(arn)A\n"
        if random.isLucky(3) { yaml += "offset: \(random.roll(5))s\n" }
        yaml += "late: \(["5s", "any", "2s"][random.roll(3)])\ncues:\n"
        var nanoseconds: Int64 = 0
        let hasOffset = yaml.contains("offset: ") && !isDouble
        for index in 0..<(1 + random.roll(6)) {
            nanoseconds += Int64(random.roll(90_000_000)) * 1_000 * (random.isLucky(5) ? 1 : 1_000)
            nanoseconds += 100_000_000_000
            let at = DurationText.formatTime(.nanoseconds(nanoseconds), fractionDigits: 9)
            yaml += "  - id: cue\(index)\n"
            // An offset moves a manual cue away from its own GO, which no spreadsheet can say.
            let isManual = !hasOffset && !yaml.contains("offset") && random.isLucky(6)
            yaml += "    at: \(isManual ? "manual" : at)\n"
            if random.isLucky(2) {
                yaml += "    group: \(json(text(&random)).replacing("$$", with: "$"))\n"
            }
            if random.isLucky(4) {
                yaml += "    note: \(json(text(&random)).replacing("$$", with: "$"))\n"
            }
            if random.isLucky(5) { yaml += "    late: 9s\n" }
            // The first goes to both, or nothing would tell how far apart they are.
            if isDouble, index > 0, random.isLucky(3) {
                yaml += "    channels: [\(["main", "es"][random.roll(2)])]\n"
            }
            switch random.roll(6) {
            case 0:
                yaml += "    ad_break: \(1 + random.roll(200))\n"
            case 1, 2:
                yaml +=
                    "    payload: {\(json(text(&random))): \(json(text(&random))), n: 1.50, e: 1E+2, "
                yaml +=
                    "b: true, nothing: null, list: [\(json(text(&random))), {deep: \(json(text(&random)))}]}\n"
                if random.isLucky(3) { yaml += "    for: 7s\n" }
            default:
                yaml += "    question: \(json(text(&random)))\n"
                let answers = Set((0..<4).map { _ in text(&random) }).union(["one", "two"])
                    .sorted().map(json)
                yaml += "    answers: [\(answers.joined(separator: ", "))]\n"
                if random.isLucky(4) { yaml += "    poll_id: \(json(text(&random)))\n" }
                guard random.isLucky(2) else { break }
                yaml +=
                    "    correct: {number: \(1 + random.roll(answers.count))}\n    for: 20.25s\n"
                if random.isLucky(2) { yaml += "    reveal: \(random.roll(9))s\n" }
                if random.isLucky(2) { yaml += "    again: 5s\n" }
            }
            if random.isLucky(5) {
                let end = ["times: \(1 + random.roll(5))", "times: 3"][random.roll(2)]
                yaml += "    repeat: {every: \(30 + random.roll(9))s, \(end)}\n"
            }
        }
        return yaml
    }
}
