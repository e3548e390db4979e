import CueScheduler
import CueSheet
import CueShow
import CueTestSupport
import CueTimeline
import Testing

@testable import CueOperator

@Suite struct SheetEditsTests {
    private static func timeline(_ sheet: Sheet) -> Timeline {
        var options = TimelineOptions()
        options.run = "test"
        return Timeline.build(sheet, options).timeline
    }

    private static func payload(_ id: String, _ seconds: Int) -> Cue {
        .payload(id, at: .time(.seconds(seconds)))
    }

    private static let before = timeline(.test(payload("a", 10), payload("b", 20)))
    private static let after = timeline(.test(payload("a", 15), payload("c", 30)))
    private static let words = "changed: a; new: c; gone: b"

    private func edits(isAutomatic: Bool = false) -> SheetEdits {
        SheetEdits(Self.before, sha256: "one", isAutomatic: isAutomatic)
    }

    @Test func proposesAnEditThatNobodyAskedFor() {
        let decision = edits().change(to: .sheet(Self.after, sha256: "two"))
        #expect(decision.news == .proposed(Self.words))
        #expect(decision.edit == nil && decision.answer == nil)
    }

    @Test func usesAnEditOnRequest() {
        let decision = edits().request(.sheet(Self.after, sha256: "two"))
        #expect(decision.news == nil && decision.answer == nil, "the show has not answered yet")
        #expect(decision.edit?.sha256 == "two")
        #expect(decision.edit?.difference.text == Self.words)
    }

    @Test func usesEveryEditIfItIsToFollowThemAll() {
        let decision = edits(isAutomatic: true).change(to: .sheet(Self.after, sha256: "two"))
        #expect(decision.edit?.difference.text == Self.words)
        #expect(decision.news == nil && decision.answer == nil)
    }

    @Test func usesAnEditThatChangesNoCueWithoutAYes() {
        let decision = edits().change(to: .sheet(Self.before, sha256: "two"))
        #expect(decision.edit?.difference.isEmpty == true && decision.news == nil)
    }

    @Test func saysNothingOfASheetThatIsTheSame() {
        let same = SheetEdits.Reading.sheet(Self.before, sha256: "one")
        let change = edits().change(to: same)
        #expect(change.news == nil && change.edit == nil && change.answer == nil)
        let request = edits().request(same)
        #expect(request.news == .note("the sheet has not changed") && request.edit == nil)
        #expect(
            request.answer
                == #"{"ok":true,"action":"reload","difference":"the sheet has not changed"}"#)
    }

    @Test(arguments: [true, false])
    func refusesASheetWithErrors(_ isAutomatic: Bool) {
        let broken = SheetEdits.Reading.unusable("it has errors", diagnostics: "line 1\n")
        let edits = edits(isAutomatic: isAutomatic)
        let news = SheetNews.refused("it has errors; the show goes on as it was\nline 1\n")
        let change = edits.change(to: broken)
        #expect(change.news == news && change.edit == nil && change.answer == nil)
        let request = edits.request(broken)
        #expect(request.news == news && request.edit == nil)
        #expect(
            request.answer
                == #"{"ok":false,"refused":"it has errors","diagnostics":"line 1\n"}"#)
        let gone = edits.request(.unusable("it is gone"))
        #expect(gone.news == .refused("it is gone; the show goes on as it was\n"))
        #expect(gone.answer == #"{"ok":false,"refused":"it is gone"}"#)
    }

    @Test func refusesOtherChannels() {
        var renamed = Sheet.test(Self.payload("a", 10))
        renamed.channels[0].name = "other"
        let more = Sheet.test(channels: 2, Self.payload("a", 10))
        for sheet in [renamed, more] {
            let reading = SheetEdits.Reading.sheet(Self.timeline(sheet), sha256: "two")
            let why = "the edited sheet has other channels, which a running show can't change"
            let request = edits().request(reading)
            #expect(request.edit == nil)
            #expect(request.answer == #"{"ok":false,"refused":"\#(why)"}"#)
            #expect(
                edits(isAutomatic: true).change(to: reading).news
                    == .refused("\(why); the show goes on as it was\n"))
        }
    }

    @Test func changesEveryCueWithAChannelsOffset() {
        var moved = Sheet.test(Self.payload("a", 10), Self.payload("b", 20), Self.payload("c", 30))
        moved.channels[0].offset = .seconds(2)
        let reading = SheetEdits.Reading.sheet(Self.timeline(moved), sha256: "two")
        #expect(edits().change(to: reading).news == .proposed("changed: a, b; new: c"))
    }

    @Test func comparesWithTheEditThatTheShowUses() throws {
        var edits = edits()
        let reading = SheetEdits.Reading.sheet(Self.after, sha256: "two")
        let edit = try #require(edits.request(reading).edit)
        let refused = edits.settle(edit, .refused("the run is ending"))
        #expect(refused.news == .refused("the edited sheet can't be used: the run is ending"))
        #expect(refused.answer == #"{"ok":false,"refused":"the run is ending"}"#)
        #expect(edits.change(to: reading).news == .proposed(Self.words), "it is not in force")
        let used = edits.settle(edit, .done())
        #expect(used.news == nil && used.edit == nil)
        #expect(
            used.answer == #"{"ok":true,"action":"reload","difference":"\#(Self.words)"}"#)
        #expect(edits.change(to: reading).news == nil, "it is in force")
        let back = edits.change(to: .sheet(Self.before, sha256: "one"))
        #expect(back.news == .proposed("changed: a; new: b; gone: c"))
    }
}
