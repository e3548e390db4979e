import CueSheet
import CueText
import IVSWire
import Testing

@Suite struct SheetKeyTests {
    @Test func readsEveryKey() {
        let reading = CueSheetReader.read(
            """
            version: 1
            title: Friday
            channels:
              main: \(Fixture.channel)
              es: {arn: \(Fixture.channel)es, offset: -200ms}
            start: 2026-11-27T19:00:00-08:00
            offset: -2s
            encoder_delay: 1.5s
            lead: 100ms
            late: any
            restart: hold
            defaults: {for: 20s, reveal: 5s, again: 4s, late: 3s}
            vars: {host: Ada, n: 007}
            seed: 42
            cues:
              - {id: a, at: 0, payload: {}}
            """)
        #expect(reading.diagnostics == [])
        let sheet = reading.sheet
        #expect(sheet.title == "Friday")
        #expect(sheet.channels.map(\.name) == ["main", "es"])
        #expect(sheet.channels.map(\.arn.text) == [Fixture.channel, Fixture.channel + "es"])
        #expect(sheet.channels.map(\.offset) == [.zero, .milliseconds(-200)])
        #expect(sheet.channels.map(\.mark.line) == [4, 5])
        #expect(sheet.start == .instant(WallTime(seconds: 1_795_834_800)))
        #expect(sheet.startMark == Mark(line: 6, column: 8))
        #expect(sheet.offset == .seconds(-2))
        #expect(sheet.encoderDelay == .milliseconds(1_500))
        #expect(sheet.lead == .fixed(.milliseconds(100)))
        #expect(sheet.late == .any)
        #expect(sheet.restart == .hold)
        #expect(sheet.vars.map(\.name) == ["host", "n"])
        #expect(sheet.vars.map(\.value) == ["Ada", "007"])
        #expect(sheet.seed == "42")
        #expect(sheet.cues.map(\.late) == [.within(.seconds(3))])
        #expect(sheet.cues.map(\.channels) == [[0, 1]])
    }

    @Test func hasDefaults() {
        let reading = CueSheetReader.read(Fixture.cues("  - {id: a, at: 0, payload: {}}\n"))
        #expect(reading.diagnostics == [])
        let sheet = reading.sheet
        #expect(sheet.title == nil)
        #expect(sheet.channels.map(\.name) == ["main"])
        #expect(sheet.start == .stream)
        #expect(sheet.offset == .zero)
        #expect(sheet.encoderDelay == .zero)
        #expect(sheet.lead == .auto)
        #expect(sheet.late == .within(.seconds(5)))
        #expect(sheet.restart == .continue)
        #expect(sheet.seed == nil)
        #expect(sheet.cues.map(\.late) == [.within(.seconds(5))])
    }

    @Test(arguments: [
        ("stream", Sheet.Start.stream), ("now", .now), ("manual", .manual),
        ("1970-01-01T00:00:01Z", .instant(WallTime(seconds: 1))),
    ])
    func readsStarts(text: String, start: Sheet.Start) {
        let reading = CueSheetReader.read("start: \(text)\n" + Fixture.payload("{}"))
        #expect(reading.diagnostics == [])
        #expect(reading.sheet.start == start)
    }

    @Test func reportsWhatIsMissing() {
        Fixture.expectMarked(
            """
            title: Nothing in it
            #< error: version is missing [missing-key]
            # ^ hint: begin with version: 1
            #< error: channel is missing [missing-key]
            # ^ hint: give the ARN of the channel, as channel: arn:aws:ivs:…, or several under channels:
            #< error: cues is missing [missing-key]
            # ^ hint: list the show's cues under cues:
            """)
        Fixture.expectMarked(
            """
            [version, 1]
            #< error: the sheet must be a mapping, found a list [wrong-type]
            """)
    }

    @Test func reportsEveryBadValue() {
        Fixture.expectMarked(
            """
            version: 2
            #        ^ error: version must be 1, found "2" [version]
            # ^ hint: this cue-runner reads sheets of version 1
            title: [a]
            #      ^ error: title must be a text, found a list [wrong-type]
            channel: arn:aws:ivs:us-west-2:1234:stream/abc
            #        ^ error: "arn:aws:ivs:us-west-2:1234:stream/abc" is not the ARN of an IVS channel [bad-arn]
            # ^ hint: it looks like arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG123
            start: steam
            #      ^ error: start must be stream, now, manual or an instant, found "steam" [bad-value]
            # ^ hint: did you mean stream?
            offset: soon
            #       ^ error: offset must be a duration, found "soon" [bad-duration]
            # ^ hint: write it as 20s, 1.5s, 250ms, 2m or 1h2m3s
            encoder_delay: -1s
            #              ^ error: encoder_delay must be a duration, found "-1s" [bad-duration]
            # ^ hint: write it as 20s, 1.5s, 250ms, 2m or 1h2m3s
            lead: 11s
            #     ^ error: lead can be at most 10s, found 11s [out-of-range]
            late: maybe
            #     ^ error: late must be a duration or any, found "maybe" [bad-duration]
            # ^ hint: write it as 20s, 1.5s, 250ms, 2m or 1h2m3s
            restart: continu
            #        ^ error: restart must be continue or hold, found "continu" [bad-value]
            # ^ hint: did you mean continue?
            defaults: {for: 0s, again: 100ms, colour: red}
            #               ^ error: for must be longer than zero [out-of-range]
            #                          ^ error: again must be at least 200ms, found 100ms [out-of-range]
            #                                 ^ error: unknown key "colour" [unknown-key]
            # ^ hint: the keys here are for, reveal, again, late
            vars: {my-name: Ada, list: [1]}
            #      ^ error: "my-name" can't name a variable [bad-name]
            # ^ hint: use letters, digits and _, at most 64, not a digit first
            #                          ^ error: the value of list must be a text, found a list [wrong-type]
            seed:
            #    ^ error: seed must be a text, found nothing [wrong-type]
            tittle: Oops
            #< error: unknown key "tittle" [unknown-key]
            # ^ hint: did you mean title?
            title: Again
            #< error: the key "title" is there twice, first on line 4 [duplicate-key]
            # ^ hint: remove one of them
            cues: []
            #     ^ error: cues is empty [no-cues]
            # ^ hint: a sheet needs at least one cue
            """)
    }

    @Test func reportsInstantsWithoutOffset() {
        Fixture.expectMarked(
            "start: 2026-11-27T19:00:00\n"
                + """
                #      ^ error: the instant "2026-11-27T19:00:00" has no offset from UTC [instant-offset]
                # ^ hint: add Z for UTC, or the offset, as in 2026-11-27T19:00:00-08:00

                """ + Fixture.payload("{}"))
        Fixture.expectMarked(
            "start: 2026-02-29T19:00:00Z\n"
                + """
                #      ^ error: there is no instant "2026-02-29T19:00:00Z" [bad-instant]
                # ^ hint: write it as 2026-11-27T19:00:00-08:00

                """ + Fixture.payload("{}"))
    }

    @Test func reportsChannels() {
        let arn = Fixture.channel
        Fixture.expectMarked(
            """
            version: 1
            channel: \(arn)
            channels: {main: \(arn)}
            #< error: the sheet has both channel and channels [channel-twice]
            # ^ hint: list every channel under channels, and remove channel
            cues:
              - {id: a, at: 0, payload: {}, channels: nowhere}
            #                                         ^ error: the sheet has no channel "nowhere" [unknown-channel]
            # ^ hint: it has main
            """)
        Fixture.expectMarked(
            """
            version: 1
            channels:
              main: \(arn)
              two: \(arn)
            #      ^ error: the channels main and two have the same ARN [channel-same]
            # ^ hint: give each channel an ARN of its own, or remove one of them
              a b: \(arn)2
            # ^ error: "a b" can't name a channel [bad-name]
            # ^ hint: use letters, digits, _ and -, at most 64
              es: {offset: 1s}
            #     ^ error: arn is missing in the channel es [missing-key]
            # ^ hint: write es: {arn: arn:aws:ivs:…}
              fr: {arn: \(arn)fr, offset: 1y, delay: 2s}
            #                                                                            ^ error: offset must be a duration, found "1y" [bad-duration]
            # ^ hint: write it as 20s, 1.5s, 250ms, 2m or 1h2m3s
            #                                                                                ^ error: unknown key "delay" [unknown-key]
            # ^ hint: the keys here are arn, offset
            cues:
              - {id: a, at: 0, payload: {}, channels: [nowhere, es, a b]}
            #                                          ^ error: the sheet has no channel "nowhere" [unknown-channel]
            # ^ hint: it has main, two, es, fr
            """)
        Fixture.expectMarked(
            """
            version: 1
            channels: {}
            #         ^ error: channels is empty [missing-key]
            # ^ hint: name at least one channel
            cues: [{id: a, at: 0, payload: {}}]
            """)
    }

    @Test(arguments: [
        "arn:aws:ivs:us-west-2:123456789012:channel/a", "arn:aws:ivs:x:1:channel/A-9",
        "arn:aws:ivs:us-west-2:1:channel/" + String(repeating: "a", count: 96),
    ])
    func takesARNs(arn: String) {
        let text = "version: 1\nchannel: \(arn)\ncues: [{id: a, at: 0, payload: {}}]"
        #expect(CueSheetReader.read(text).diagnostics == [])
    }

    @Test(arguments: [
        "arn:aws:ivs:us-west-2:123456789012:channel/", "arn:aws:ivs::1:channel/a",
        "arn:aws:ivs:us-west-2::channel/a", "arn:aws:ivs:US:1:channel/a",
        "arn:aws:ivs:us-west-2:1a:channel/a", "arn:aws-cn:ivs:us-west-2:1:channel/a",
        "arn:aws:ivs:us-west-2:1:channel/a_b", "arn:aws:ivs:us-west-2:1:channel/a:b",
        "arn:aws:ivs:us-west-2:1:channel/ä", "channel/a",
        "arn:aws:ivs:us-west-2:1:channel/" + String(repeating: "a", count: 97),
    ])
    func refusesOtherARNs(arn: String) {
        let text = "version: 1\nchannel: \(arn)\ncues: [{id: a, at: 0, payload: {}}]"
        #expect(CueSheetReader.read(text).codes == ["bad-arn"])
    }

    @Test(arguments: [("10s", true), ("10.001s", false), ("0", true), ("auto", true)])
    func limitsLead(text: String, isGood: Bool) {
        let reading = CueSheetReader.read("lead: \(text)\n" + Fixture.payload("{}"))
        #expect(reading.codes == (isGood ? [] : ["out-of-range"]))
    }

    @Test(arguments: ["1", "0x1", "+1", "001", "!!int '1'"])
    func takesVersionOne(text: String) {
        let sheet = Fixture.payload("{}").replacing("version: 1", with: "version: \(text)")
        #expect(CueSheetReader.read(sheet).diagnostics == [])
    }

    @Test(arguments: ["\"1\"", "1.0", "one", "", "!!str 1", "0"])
    func refusesOtherVersions(text: String) {
        let sheet = Fixture.payload("{}").replacing("version: 1", with: "version: \(text)")
        #expect(CueSheetReader.read(sheet).codes == ["version"])
    }
}
