import CueSheet
import Testing

/// What is said of a text that is not YAML, or not quite.
@Suite struct YAMLSyntaxTests {
    private static let cue = "cues:\n  - {id: a, at: 0, payload: {}}\n"

    /// A sheet whose third line is the one given.
    private static func sheet(line: String) -> String {
        Fixture.head + line + "\n" + cue
    }

    @Test(arguments: [
        (
            "title: a: b",
            "3:9: error: a colon can't stand here [yaml-syntax] hint: put a text that holds a "
                + "colon and a space in quotes, or check the indentation"
        ),
        (
            "title: - b",
            "3:8: error: an entry of a list can't begin here [yaml-syntax] "
                + "hint: check the indentation"
        ),
        (
            "title: ? a",
            "3:8: error: a key can't stand here [yaml-syntax] hint: check the indentation"
        ),
        (
            "title:a",
            "3:1: error: this line is no \"key: value\" [yaml-syntax] hint: add a colon and a "
                + "space after the key, or indent the line to go on with a text"
        ),
        (
            "- b",
            "3:1: error: this line does not fit into the mapping that began above [yaml-syntax] "
                + "hint: check the indentation and the quotes of this line and the one above"
        ),
        (
            "title: \"a\" b",
            "3:12: error: this line does not fit into the mapping that began above [yaml-syntax] "
                + "hint: check the indentation and the quotes of this line and the one above"
        ),
        (
            "title: 'abc",
            "3:8: error: the quoted text that begins here is never closed [yaml-syntax]"
        ),
        (
            "title: \"a\\q\"",
            "3:10: error: double quotes know no such escape [yaml-syntax] "
                + "hint: write \\\\ for a backslash, or use single quotes"
        ),
        (
            "title: \"a\\xZZ\"",
            "3:12: error: the escape lacks a hexadecimal digit [yaml-syntax] "
                + "hint: write \\\\ for a backslash, or use single quotes"
        ),
        (
            "title: \"a\\uD800\"",
            "3:12: error: the escape names no character [yaml-syntax]"
        ),
        (
            "title: @home",
            "3:8: error: a text can't begin with @ [yaml-syntax] hint: put the text in quotes"
        ),
        (
            "title: *important* news",
            "3:8: error: what begins here is read as an anchor (&) or an alias (*), and is none "
                + "[yaml-syntax] hint: put a text that begins with & or * in quotes"
        ),
        (
            "title: & more",
            "3:8: error: what begins here is read as an anchor (&) or an alias (*), and is none "
                + "[yaml-syntax] hint: put a text that begins with & or * in quotes"
        ),
        (
            "title: |x",
            "3:9: error: the text behind | or > begins on the next line [yaml-syntax]"
        ),
        ("title: }", "3:8: error: a value is missing here [yaml-syntax]"),
        (
            "vars: {a: [1, 2}",
            "3:11: error: the list that begins here with [ lacks a comma or its ] [yaml-syntax]"
        ),
        (
            "vars: {a: 1",
            "3:7: error: the mapping that begins here with { lacks a comma or its } [yaml-syntax]"
        ),
        (
            "title: !e!x a",
            "3:8: error: the tag is not known [yaml-syntax] "
                + "hint: remove the tag, or put the text in quotes"
        ),
        (
            "title: |0",
            "3:9: error: found an indentation indicator equal to 0 [yaml-syntax]"
        ),
        ("title: !<a b", "3:11: error: did not find the expected '>' [yaml-syntax]"),
        (
            "vars:\n \ta: b",
            "4:2: error: a tab can't be used for indentation [yaml-syntax] "
                + "hint: indent with spaces"
        ),
        (
            "title: a\u{2028}b",
            "3:9: error: the character U+2028 breaks the line here, unseen [yaml-syntax] "
                + "hint: delete it: it came along when the text was pasted"
        ),
        (
            "title: a\u{85}b",
            "3:9: error: the character U+0085 breaks the line here, unseen [yaml-syntax] "
                + "hint: delete it: it came along when the text was pasted"
        ),
        (
            "vars:\n\u{A0}\u{A0}a: b\n  c: d",
            "4:1: error: the character U+00A0 can't be used for indentation [yaml-syntax] "
                + "hint: indent with plain spaces"
        ),
        (
            "title: Bell \u{7}",
            "3:13: error: the character U+0007 is not allowed [control-character] "
                + "hint: remove it, or write it as an escape in double quotes"
        ),
        (
            "title: a\0b",
            "3:9: error: the character U+0000 is not allowed [control-character] "
                + "hint: save the sheet as UTF-8 text, without this character"
        ),
    ])
    func tellsWhatIsNoYAML(line: String, expected: String) {
        let reading = CueSheetReader.read(YAMLSyntaxTests.sheet(line: line))
        #expect(Fixture.describe(reading.diagnostics) == [expected])
        #expect(reading.sheet.cues.isEmpty)
    }

    @Test(arguments: [
        (
            "...\nmore: 1\n",
            "5:1: error: nothing can follow the end of the sheet's mapping [yaml-syntax] "
                + "hint: check the indentation of this line"
        ),
        (
            "---\nversion: 1\n",
            "4:1: error: the sheet holds more than one document [more-than-one-document] "
                + "hint: put the second into a file of its own, or remove the ---"
        ),
    ])
    func takesOneDocument(tail: String, expected: String) {
        let text = Fixture.head + "cues: [{id: a, at: 0, payload: {}}]\n" + tail
        #expect(Fixture.describe(CueSheetReader.read(text).diagnostics) == [expected])
    }

    @Test(arguments: ["%YAML 1.2\n---\n", "%YAML 1.1\n---\n", "---\n", "# first\n--- # so\n"])
    func takesDocumentMarks(head: String) {
        let reading = CueSheetReader.read(head + Fixture.payload("{}") + "\n...\n# last\n")
        #expect(reading.diagnostics == [])
        #expect(reading.sheet.cues.count == 1)
    }

    @Test func refusesOtherVersionsOfYAML() {
        let reading = CueSheetReader.read("%YAML 2.0\n---\n" + Fixture.payload("{}"))
        #expect(
            Fixture.describe(reading.diagnostics)
                == ["1:1: error: only YAML 1.1 and 1.2 can be read [yaml-syntax]"])
    }

    @Test(arguments: [
        "", " ", "\n", "# only\n# comments\n", "---\n", "--- ~\n", "null", "---\n...\n", "\u{FEFF}",
    ])
    func tellsThatNothingIsThere(text: String) {
        let reading = CueSheetReader.read(text)
        #expect(reading.codes == ["empty-sheet"])
        #expect(reading.diagnostics.map(\.message) == ["the sheet is empty"])
    }

    @Test func tellsWhereNothingIs() {
        #expect(
            Fixture.describe(CueSheetReader.read("").diagnostics) == [
                "1:1: error: the sheet is empty [empty-sheet] "
                    + "hint: cue-runner init prints a sheet to start from"
            ])
    }
}

/// Anchors, aliases, merge keys, tags, and keys that are none.
@Suite struct YAMLNodeTests {
    @Test func reportsNodes() {
        Fixture.expectMarked(
            Fixture.cues(
                """
                  - {id: a, at: 1, payload: {x: *nowhere}}
                #                               ^ error: no anchor "&nowhere" stands above [unknown-alias]
                # ^ hint: put the text in quotes if it is meant to begin with *
                  - {id: b, at: 2, payload: &b {x: *b}}
                #                                  ^ error: "*b" lies inside what it stands for [alias-circle]
                # ^ hint: write out what is meant in its place
                  - {id: c, at: 3, payload: {x: 1, x: 2}}
                #                                  ^ error: the key "x" is there twice, first on line 10 [duplicate-key]
                # ^ hint: remove one of them
                  - {id: d, at: 4, payload: {[x, y]: 1, {z: 1}: 2}}
                #                            ^ error: a key must be a text, found a list [complex-key]
                # ^ hint: check for braces or brackets that lack quotes
                #                                       ^ error: a key must be a text, found a mapping [complex-key]
                # ^ hint: check for braces or brackets that lack quotes
                  - {id: e, at: 5, payload: {<<: text}}
                #                                ^ error: << must be a mapping or a list of mappings, found "text" [wrong-type]
                # ^ hint: put << in quotes if it is meant to be a key
                  - {id: f, at: 6, payload: {<<: [{}, text]}}
                #                                     ^ error: << must be a mapping or a list of mappings, found "text" [wrong-type]
                # ^ hint: put << in quotes if it is meant to be a key
                  - {id: g, at: 7, payload: {x: !!int many, y: !e a, z: !!bool yes, w: !!null no}}
                #                               ^ error: "many" does not fit its tag !!int [bad-tag]
                # ^ hint: remove the tag, or put the text in quotes
                #                                              ^ error: the tag "!e" does not fit here [bad-tag]
                # ^ hint: remove the tag, or put the text in quotes
                #                                                       ^ error: "yes" does not fit its tag !!bool [bad-tag]
                # ^ hint: remove the tag, or put the text in quotes
                #                                                                      ^ error: "no" does not fit its tag !!null [bad-tag]
                # ^ hint: remove the tag, or put the text in quotes
                  - {id: h, at: !!set 8, payload: !!seq {}}
                #               ^ error: the tag !!set does not fit here [bad-tag]
                # ^ hint: remove the tag, or put the text in quotes
                #                                 ^ error: the tag !!seq does not fit here [bad-tag]
                # ^ hint: remove the tag, or put the text in quotes
                  - {id: i, at: 9, payload: {x: .inf, y: -.INF, z: .nan, w: 0xFFFFFFFFFFFFFFFFF}}
                #                               ^ error: JSON can't hold the number ".inf" [bad-number]
                # ^ hint: put it in quotes to send it as text
                #                                        ^ error: JSON can't hold the number "-.INF" [bad-number]
                # ^ hint: put it in quotes to send it as text
                #                                                  ^ error: JSON can't hold the number ".nan" [bad-number]
                # ^ hint: put it in quotes to send it as text
                #                                                           ^ error: JSON can't hold the number "0xFFFFFFFFFFFFFFFFF" [bad-number]
                # ^ hint: put it in quotes to send it as text
                  - {id: j, at: 1, payload: {x: "a ${b", y: "${b c}", z: "${}"}}
                #                               ^ error: "${b" lacks its closing brace [bad-variable]
                # ^ hint: write ${name} or ${name.hash}; a dollar sign before a brace is $$
                #                                           ^ error: "${b c}" names no variable [bad-variable]
                # ^ hint: write ${name} or ${name.hash}; a dollar sign before a brace is $$
                #                                                        ^ error: "${}" names no variable [bad-variable]
                # ^ hint: write ${name} or ${name.hash}; a dollar sign before a brace is $$
                """))
    }

    /// Of what an alias repeats, an error is told once.
    @Test func reportsAnErrorBehindAnAliasOnce() {
        let reading = CueSheetReader.read(
            Fixture.cues(
                """
                  - {id: a, at: 1, payload: &p {x: !!int many}}
                  - {id: b, at: 2, payload: *p}
                """))
        #expect(reading.codes == ["bad-tag"])
        #expect(reading.sheet.cues.map(\.isBroken) == [true, true])
    }

    @Test(arguments: [
        ("null", "null"), ("~", "null"), ("", "null"), ("true", "true"), ("FALSE", "false"),
        ("0o17", "15"), ("0xff", "255"), ("+12", "12"), ("-0", "-0"), ("007", "7"), ("1.", "1"),
        (".5", "0.5"), ("1.50", "1.50"), ("1e3", "1e3"), ("-1.5E-7", "-1.5E-7"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("no", "\"no\""), ("Yes", "\"Yes\""), ("on", "\"on\""), ("1:30", "\"1:30\""),
        ("1_000", "\"1_000\""), ("2026-11-27", "\"2026-11-27\""), ("0b1", "\"0b1\""),
        ("'1'", "\"1\""), ("\"true\"", "\"true\""), ("!!str 1", "\"1\""), ("!!int '1'", "1"),
        ("!!float 1", "1"), ("!!bool 'true'", "true"), ("! 1", "\"1\""), ("=", "\"=\""),
        ("<<", "\"<<\""), ("1e", "\"1e\""), ("--1", "\"--1\""), ("0o8", "\"0o8\""),
        ("tRUE", "\"tRUE\""), ("nULL", "\"nULL\""),
    ])
    func typesValuesByTheCoreSchema(text: String, json: String) {
        let reading = CueSheetReader.read(Fixture.payload("\n      x: \(text)"))
        #expect(reading.diagnostics == [])
        #expect(YAMLNodeTests.payload(reading) == ["x=\(json)"])
    }

    @Test(arguments: [
        ("{<<: {a: 1}, b: 2}", ["a=1", "b=2"]),
        ("{b: 2, <<: {a: 1, b: 1}}", ["b=2", "a=1"]),
        ("{<<: [{a: 1}, {a: 2, c: 3}]}", ["a=1", "c=3"]),
        ("{<<: {<<: {a: 1}, b: 2}, c: 3}", ["b=2", "a=1", "c=3"]),
        ("{\"<<\": 1}", ["<<=1"]),
        ("{<<: []}", []),
        ("{x: &v 1, y: *v}", ["x=1", "y=1"]),
        ("{x: &v {a: 1}, y: *v}", ["x={a=1}", "y={a=1}"]),
        ("{x: &v 1, y: &v 2, z: *v}", ["x=1", "y=2", "z=2"]),
        ("{&k key: 1, y: *k}", ["key=1", "y=\"key\""]),
    ])
    func mergesAndRepeats(payload: String, members: [String]) {
        let reading = CueSheetReader.read(Fixture.payload(payload))
        #expect(reading.diagnostics == [])
        #expect(Set(YAMLNodeTests.payload(reading)) == Set(members))
        #expect(YAMLNodeTests.payload(reading).count == members.count)
    }

    @Test func mergesCues() {
        let sheet = CueSheetReader.read(
            Fixture.cues(
                """
                  - &base {id: a, at: 1, group: round 1, payload: {x: 1}}
                  - {<<: *base, id: b}
                  - {<<: [{group: round 2}, *base], id: c, at: 3}
                """))
        #expect(sheet.diagnostics == [])
        #expect(sheet.sheet.cues.map(\.id) == ["a", "b", "c"])
        #expect(sheet.sheet.cues.map(\.group) == ["round 1", "round 1", "round 2"])
    }

    @Test(
        arguments: [
            ("$$", [.text("$")]), ("$5 and 5$", [.text("$5 and 5$")]), ("$${a}", [.text("${a}")]),
            ("${a}", [.variable(name: "a", isHash: false)]),
            ("x${a.hash}y", [.text("x"), .variable(name: "a", isHash: true), .text("y")]),
            ("${hash}", [.variable(name: "hash", isHash: false)]),
            (
                "${_A9}${b}",
                [.variable(name: "_A9", isHash: false), .variable(name: "b", isHash: false)]
            ),
        ] as [(String, [Template.Part])])
    func readsTemplates(text: String, parts: [Template.Part]) {
        let reading = CueSheetReader.read(Fixture.payload("{x: \"\(text)\"}"))
        #expect(reading.diagnostics == [])
        guard case .payload(let members) = reading.sheet.cues.first?.content,
            case .string(let template) = members.first?.value
        else {
            Issue.record("no text")
            return
        }
        #expect(template.parts == parts)
    }

    static func payload(_ reading: SheetReading) -> [String] {
        guard case .payload(let members) = reading.sheet.cues.first?.content else { return [] }
        return members.map { "\($0.key)=\(describe($0.value))" }
    }

    private static func describe(_ value: PayloadValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .number(let text): text
        case .string(let template): "\"\(template.plain ?? "?")\""
        case .list(let items): "[" + items.map(describe).joined(separator: ",") + "]"
        case .mapping(let members):
            "{" + members.map { "\($0.key)=\(describe($0.value))" }.joined(separator: ",") + "}"
        }
    }
}
