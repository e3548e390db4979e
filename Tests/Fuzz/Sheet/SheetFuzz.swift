import CueScheduler
import CueSheet
import CueText
import CueTimeline
import FuzzSupport

/// Any bytes as a cue sheet: read, resolved, listed, forecast and played, and read again in
/// another spelling of the same text.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    let outcome = Outcome(bytes)
    outcome.check()
    if let again = respelt(bytes) {
        let other = Outcome(again)
        hold(
            other.diagnostics == outcome.diagnostics,
            "another spelling has other problems: \(outcome.text) | \(other.text)")
        hold(
            other.timeline.digests.map(\.digest) == outcome.timeline.digests.map(\.digest),
            "another spelling is another show")
    }
    return 0
}

/// The same text with other line ends, with a byte order mark, or in UTF-16; nil where it has none.
private func respelt(_ bytes: [UInt8]) -> [UInt8]? {
    guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty,
        !text.unicodeScalars.contains("\u{FEFF}"), !text.unicodeScalars.contains("\r")
    else { return nil }
    switch bytes.choice % 4 {
    case 0: return bytes.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
    case 1: return [0xEF, 0xBB, 0xBF] + bytes
    case 2: return [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    default: return [0xFE, 0xFF] + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }
}

private struct Outcome {
    let bytes: [UInt8]
    let reading: SheetReading
    let timeline: Timeline
    let diagnostics: [Diagnostic]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        reading = CueSheetReader.read(bytes)
        var options = TimelineOptions()
        options.variables = [(name: "host", value: "Ada \"the\" \u{1F600}")]
        for (index, file) in Timeline.drawFiles(of: reading.sheet).enumerated() {
            options.drawFiles[file] =
                index == 1 ? .problem("it is gone") : .lines(["one", "two \\ 2", "drei ß"])
        }
        let resolved = Timeline.build(reading.sheet, options)
        timeline = resolved.timeline
        diagnostics = reading.diagnostics + resolved.diagnostics
    }

    var text: String {
        DiagnosticPrinter.render(diagnostics, path: "x", lines: reading.lines, colour: false)
    }

    private var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    func check() {
        checkMarks()
        let isPrintable = text.unicodeScalars.allSatisfy {
            $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
        }
        hold(isPrintable, "a diagnostic has control characters")
        hold(
            reading.hasErrors || !reading.sheet.cues.isEmpty && !reading.sheet.channels.isEmpty,
            "a good sheet has no cue or no channel")
        if !hasErrors { checkShow() }
    }

    /// Places lie within the text: a line that is there, a column at most one behind its end.
    private func checkMarks() {
        let marks = reading.diagnostics.map(\.mark)
        hold(marks == marks.sorted(), "diagnostics are not in order")
        hold(Set(reading.diagnostics).count == marks.count, "a diagnostic is there twice")
        let isUTF8 = !bytes.starts(with: [0xFF, 0xFE]) && !bytes.starts(with: [0xFE, 0xFF])
        let lengths = isUTF8 ? lineLengths : []
        for diagnostic in diagnostics {
            let (line, column) = (Int(diagnostic.mark.line), Int(diagnostic.mark.column))
            hold((1...reading.lines.count).contains(line), "line \(line): \(diagnostic)")
            hold(column >= 1, "column \(column): \(diagnostic)")
            guard isUTF8 else { continue }
            hold(column <= lengths[line - 1] + 1, "column \(column): \(diagnostic)")
        }
    }

    /// By line, its characters with those that end it.
    private var lineLengths: [Int] {
        var lengths = [0]
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        for (index, byte) in text.enumerated() {
            if byte & 0xC0 != 0x80 { lengths[lengths.count - 1] += 1 }
            let isCRLF = byte == 0x0D && index + 1 < text.count && text[index + 1] == 0x0A
            if byte == 0x0A || byte == 0x0D && !isCRLF { lengths.append(0) }
        }
        return lengths
    }

    /// What is without error can be played: names lead back, payloads fit and are JSON.
    private func checkShow() {
        hold(!timeline.channels.isEmpty, "a good timeline has no channel")
        for entry in timeline.entries.indices {
            for number in 1...3 where timeline.position(of: entry, number: number) != nil {
                let occurrence = Occurrence(entry: entry, number: number)
                check(occurrence, .cue)
                if timeline.hasReveal(entry) { check(occurrence, .reveal) }
            }
            for count in 1...2 where count <= timeline.againCount(of: entry) {
                check(Occurrence(entry: entry), .again(count))
            }
        }
        let rows = timeline.rows(start: nil, until: .seconds(60)).rows
        for format in ListingFormat.allCases {
            let listing = format.text(rows)
            let isJSON = (try? JSONValue.parse(listing.utf8)) != nil
            hold(format != .json || isJSON, "a listing is no JSON: \(listing)")
        }
        // To forecast and to play a million repetitions takes its time.
        guard occurrences < 2_000 else { return }
        play()
        for diagnostic in Forecast(timeline).diagnostics(of: timeline) {
            hold(
                (1...reading.lines.count).contains(Int(diagnostic.mark.line)),
                "a forecast's line: \(diagnostic)")
        }
    }

    /// The plan gives every dispatch once, late or not, and comes to its end.
    private func play() {
        let wall = WallTime(seconds: 1_800_000_000)
        var now = BootTime(nanoseconds: 1_000_000_000)
        var plan = DispatchPlan(timeline: timeline, encoderDelay: reading.sheet.encoderDelay)
        var given = Set<Dispatch>()
        func perform(_ steps: [Step]) {
            for step in steps {
                switch step {
                case .leave(let planned), .missed(let planned):
                    hold(given.insert(planned.dispatch).inserted, "\(planned.dispatch) comes twice")
                case .skipped(let dispatch, _):
                    hold(given.insert(dispatch).inserted, "\(dispatch) ends twice")
                case .arm, .disarm, .restored: break
                }
            }
        }
        perform(plan.align(Zero(wall: wall, source: .now, nowWall: wall, nowBoot: now)))
        if bytes.choice % 2 == 0 { perform(plan.dropPast(at: now, .joinedLate)) }
        for turn in 0..<100 {
            perform(plan.advance(to: now))
            if turn == 3 { perform(plan.apply(.hold, now: now).steps) }
            if turn == 4 { perform(plan.apply(.resume, now: now).steps) }
            if turn == 5 { perform(plan.apply(.shift(.seconds(-7)), now: now).steps) }
            if turn == 6 { perform(plan.apply(.go(nil), now: now).steps) }
            now = max(now + .seconds(1), plan.nextWake ?? now)
        }
        perform(plan.skipAll(.stopped))
    }

    private var occurrences: Int {
        timeline.entries.reduce(0) { sum, entry in
            switch entry.cue.repetition?.end {
            case nil: sum + 1
            case .times(let times): sum + times
            default: sum + 10_000
            }
        }
    }

    private func check(_ occurrence: Occurrence, _ part: Part) {
        let cue = timeline.entries[occurrence.entry].cue
        let name = timeline.name(of: occurrence, part)
        if !part.isAgain {
            for channel in cue.channels {
                let dispatch = Dispatch(occurrence: occurrence, part: part, channel: channel)
                hold(
                    timeline.dispatch(named: name, channel: timeline.channels[channel].name)
                        == dispatch, "\(name) does not lead back")
            }
        }
        guard case .metadata(let payload) = timeline.body(of: occurrence, part) else { return }
        hold(payload.byteCount <= Payload.bytesMax, "\(name) takes \(payload.byteCount) bytes")
        let text = payload.text(due: WallTime(seconds: 1_800_000_000))
        hold(text.utf8.count == payload.byteCount, "\(name) changes its size")
        let json = try? JSONValue.parse(text.utf8)
        hold(json?["cue"]?.string == name || part.isAgain, "\(name) is no JSON: \(text)")
        hold(json?["run"]?.string == "0000", "\(name) has no run: \(text)")
    }
}

#if !LIBFUZZER
    @main private enum Program {
        static func main() throws { try replay(testOneInput) }
    }
#endif
