import CueSheet
import CueTestSupport
import CueText
import CueTimeline
import IVSWire
import Testing

private let newARN = "arn:aws:ivs:us-west-2:123456789012:channel/New"

@Suite struct SheetOverridesTests {
    private func problem(_ channels: [String], of sheet: Sheet) -> OptionProblem? {
        var overrides = SheetOverrides()
        overrides.channels = channels
        do throws(OptionProblem) {
            _ = try overrides.applied(to: sheet)
            return nil
        } catch {
            return error
        }
    }

    @Test func nothingGivenChangesNothing() throws {
        var sheet = Sheet.test(.payload("a", at: .time(.zero)))
        sheet.offset = .seconds(3)
        sheet.start = .instant(WallTime(seconds: 1_800_000_000))
        let same = try SheetOverrides().applied(to: sheet)
        #expect(same.offset == .seconds(3))
        #expect(same.start == sheet.start)
        #expect(same.channels.map(\.arn) == sheet.channels.map(\.arn))
        #expect(same.cues.map(\.late) == sheet.cues.map(\.late))
    }

    @Test func replacesTheSheetsValues() throws {
        var overrides = SheetOverrides()
        overrides.start = .manual
        overrides.offset = .seconds(-2)
        overrides.lead = .fixed(.milliseconds(250))
        overrides.late = .any
        let sheet = try overrides.applied(to: .test(.payload("a", at: .time(.zero))))
        #expect(sheet.start == .manual)
        #expect(sheet.offset == .seconds(-2))
        #expect(sheet.lead == .fixed(.milliseconds(250)))
        #expect(sheet.late == .any)
        #expect(sheet.cues.map(\.late) == [.any])
    }

    @Test func replacesTheOnlyChannelOrTheOneThatIsNamed() throws {
        var overrides = SheetOverrides()
        overrides.channels = [newARN]
        let one = try overrides.applied(to: .test(.payload("a", at: .time(.zero))))
        #expect(one.channels.map(\.arn.text) == [newARN])
        overrides.channels = ["es=\(newARN)"]
        let two = try overrides.applied(to: .test(channels: 2, .payload("a", at: .time(.zero))))
        #expect(two.channels.map(\.name) == ["main", "es"])
        #expect(two.channels[0].arn != two.channels[1].arn)
        #expect(two.channels[1].arn.text == newARN)
    }

    @Test func refusesChannelsThatCannotBeMeant() {
        let two = Sheet.test(channels: 2, .payload("a", at: .time(.zero)))
        let noARN = problem(["es=nonsense"], of: two)
        #expect(noARN?.message == "--channel: \"nonsense\" is not the ARN of an IVS channel")
        #expect(noARN?.hint == "it looks like \(ChannelARN.example)")
        let unnamed = problem([newARN], of: two)
        #expect(unnamed?.message == "--channel: the sheet has 2 channels")
        #expect(unnamed?.hint == "name the one you mean, as --channel NAME=ARN")
        let unknown = problem(["fr=\(newARN)"], of: two)
        #expect(unknown?.message == "--channel: the sheet has no channel \"fr\"")
        #expect(unknown?.hint == "it has main, es")
        let same = problem(["main=\(newARN)", "es=\(newARN)"], of: two)
        #expect(same?.message == "--channel: main and es would be the same channel of IVS")
        #expect(problem(["main=\(newARN)"], of: two) == nil)
    }

    @Test func rehearsesAnInstantFromTheStagesStart() throws {
        let start = WallTime(seconds: 1_800_000_000)
        var sheet = Sheet.test(
            .payload("after", at: .instant(start + .seconds(30))),
            .payload("before", at: .instant(start - .seconds(1))))
        sheet.start = .instant(start)
        sheet.cues[0].change {
            $0.repetition = Cue.Repetition(
                every: .seconds(5), end: .untilInstant(start + .seconds(60)), mark: $0.mark)
        }
        var overrides = SheetOverrides()
        overrides.isRehearsal = true
        let rehearsed = try overrides.applied(to: sheet)
        #expect(rehearsed.start == .stream)
        #expect(rehearsed.cues.map(\.at) == [.time(.seconds(30)), .instant(start - .seconds(1))])
        guard case .until(let end) = rehearsed.cues[0].repetition?.end else {
            Issue.record("the repetition still ends at an instant")
            return
        }
        #expect(end == .seconds(60))
    }

    @Test func startGivenByOptionOutdoesTheRehearsals() throws {
        let start = WallTime(seconds: 1_800_000_000)
        var sheet = Sheet.test(.payload("a", at: .instant(start + .seconds(30))))
        sheet.start = .instant(start)
        var overrides = SheetOverrides()
        overrides.isRehearsal = true
        overrides.start = .now
        let rehearsed = try overrides.applied(to: sheet)
        #expect(rehearsed.start == .now)
        #expect(rehearsed.cues.map(\.at) == [.time(.seconds(30))])
    }

    @Test func takesFromALogWhatDecidesTexts() {
        let overrides = SheetOverrides(
            run: "ab12", seed: "s", isRehearsal: true,
            logged: [("var.host", "Ada"), ("late", "3s"), ("offset", "2s"), ("channel", newARN)])
        #expect(overrides.run == "ab12")
        #expect(overrides.seed == "s")
        #expect(overrides.isRehearsal)
        #expect(overrides.variables.map(\.name) == ["host"])
        #expect(overrides.variables.map(\.value) == ["Ada"])
        #expect(overrides.late == .within(.seconds(3)))
        #expect(overrides.offset == nil)
        #expect(overrides.channels.isEmpty)
    }
}

@Suite struct ResolvedSheetTests {
    private func resolve(_ cues: String, draw: (String) -> DrawFile = { _ in .lines([]) }) throws
        -> ResolvedSheet
    {
        let text = "version: 1\nchannel: \(newARN)\ncues:\n\(cues)"
        return try ResolvedSheet(CueSheetReader.read(text), SheetOverrides(), draw: draw)
    }

    @Test func forecastsAWholeSheetAlone() throws {
        let burst = (0..<7).map { "  - {id: c\($0), at: 10, payload: {}}\n" }.joined()
        let whole = try resolve(burst)
        #expect(whole.diagnostics.map(\.code) == ["rate-limit"])
        #expect(!whole.hasErrors)
        let broken = try resolve(burst + "  - {id: c0, at: 20, payload: {}}\n")
        #expect(broken.hasErrors)
        #expect(!broken.diagnostics.map(\.code).contains("rate-limit"))
    }

    @Test func sortsWhatReaderAndTimelineFound() throws {
        let resolved = try resolve(
            """
              - {id: a, at: nowhere + 1s, payload: {}}
              - {id: b, at: 5, payload: {}, colour: red}
            """)
        #expect(resolved.diagnostics.map(\.mark) == resolved.diagnostics.map(\.mark).sorted())
        #expect(Set(resolved.diagnostics.map(\.mark.line)) == [4, 5])
    }

    @Test func readsTheFilesThatCuesDrawFrom() throws {
        var asked: [String] = []
        let resolved = try resolve(
            "  - {id: a, at: 0, draw: {x: facts.txt}, payload: {fact: \"${x}\"}}\n"
        ) { file in
            asked.append(file)
            return .lines(["one fact"])
        }
        #expect(asked == ["facts.txt"])
        #expect(resolved.diagnostics == [])
    }
}

@Suite struct OptionValueTests {
    @Test func channelsHaveANameOrNone() throws {
        #expect(try ChannelOption(newARN).name == nil)
        #expect(try ChannelOption("=\(newARN)").name == nil)
        let named = try ChannelOption("es=\(newARN)")
        #expect(named.name == "es")
        #expect(named.arn.text == newARN)
        #expect(throws: OptionProblem.self) { try ChannelOption("es=") }
        #expect(throws: OptionProblem.self) { try ChannelOption("") }
    }

    @Test func whatReadsAsATimeIsNoID() {
        #expect(Selection.Bound("90") == .time(.seconds(90)))
        #expect(Selection.Bound("00:01:30") == .time(.seconds(90)))
        #expect(Selection.Bound("1m30s") == .time(.seconds(90)))
        #expect(Selection.Bound("q1") == .id("q1"))
    }

    @Test func readsTheWordsOfASheet() {
        #expect(Sheet.Start("stream") == .stream)
        #expect(Sheet.Start("now") == .now)
        #expect(Sheet.Start("manual") == .manual)
        #expect(
            Sheet.Start("2027-01-15T08:00:00Z") == .instant(WallTime(seconds: 1_800_000_000)))
        #expect(Sheet.Start("noon") == nil)
        #expect(Sheet.Lead("auto") == .auto)
        #expect(Sheet.Lead("10s") == .fixed(.seconds(10)))
        #expect(Sheet.Lead("10.001s") == nil)
        #expect(Sheet.LateBudget("any") == .any)
        #expect(Sheet.LateBudget("250ms") == .within(.milliseconds(250)))
        #expect(Sheet.LateBudget("never") == nil)
    }
}
