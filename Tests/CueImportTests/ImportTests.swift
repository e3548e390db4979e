import CueImport
import CueSheet
import CueText
import CueTimeline
import Testing

/// What import makes of a spreadsheet, read as `check` and a run read it.
private func imported(
    _ text: String, _ change: (inout ImportOptions) -> Void = { _ in }
) -> ImportedSheet {
    imported(bytes: Array(text.utf8), change)
}

private func imported(
    bytes: [UInt8], _ change: (inout ImportOptions) -> Void = { _ in }
) -> ImportedSheet {
    var options = ImportOptions(source: "cues.csv")
    change(&options)
    var sheet = ImportedSheet.read(bytes, options)
    guard !sheet.draft.isEmpty else { return sheet }
    let reading = CueSheetReader.read(Array(sheet.draft.text.utf8))
    let resolved = Timeline.build(reading.sheet)
    for found in reading.diagnostics + resolved.diagnostics {
        sheet.add(
            found.severity == .error ? .error : .warning, found.code, line: Int(found.mark.line),
            found.message, hint: found.hint)
    }
    return sheet
}

/// The cues of a sheet that has nothing wrong.
private func cues(
    _ text: String, _ change: (inout ImportOptions) -> Void = { _ in },
    _ location: SourceLocation = #_sourceLocation
) -> [Cue] {
    let sheet = imported(text, change)
    #expect(
        sheet.problems.filter { $0.code != "out-of-order" } == [], sourceLocation: location)
    return CueSheetReader.read(Array(sheet.draft.text.utf8)).sheet.cues
}

private func times(
    _ cells: [String], header: String = "time", _ change: (inout ImportOptions) -> Void = { _ in },
    _ location: SourceLocation = #_sourceLocation
) -> [String] {
    let rows = cells.map { "\"\($0)\",\"{}\"" }.joined(separator: "\n")
    return cues("\"\(header)\",payload\n\(rows)\n", change, location).map { cue in
        switch cue.at {
        case .time(let time): DurationText.formatTime(time, fractionDigits: 9)
        case .instant(let time): time.rfc3339(.none)
        case .manual: "manual"
        case .afterPrevious(let by): "+" + DurationText.format(by)
        case .anchored(let id, let edge, let by):
            "\(id).\(edge.rawValue) \(DurationText.formatSigned(by))"
        }
    }
}

private func codes(
    _ text: String, _ change: (inout ImportOptions) -> Void = { _ in }
) -> [String] {
    imported(text, change).sortedProblems.map { "\($0.cell.name) \($0.code)" }
}

@Suite struct ImportTimeTests {
    @Test func readsWhatSpreadsheetsExport() {
        #expect(
            times([
                "90", "0:01:30", "00:01:31.500", "12:01:32 AM", "1:30:00 AM", "2:00:00\u{202F}am",
                "1:00:00 PM", "24:00:00", "90000,5", "1h2m3s", "2026-11-27T19:00:00-08:00",
                "2 min 5 sec", "manual", "GO", "+0:00:20", "+20 s",
            ])
                == [
                    "00:01:30", "00:01:30", "00:01:31.5", "00:01:32", "01:30:00", "02:00:00",
                    "13:00:00", "24:00:00", "25:00:00.5", "01:02:03", "2026-11-28T03:00:00Z",
                    "00:02:05", "manual", "manual", "+20s", "+20s",
                ].sorted { _, _ in false })
    }

    @Test func followsReferences() {
        let sheet = "id,at,for,payload\na,0,20,{}\nb,a.end + 0:00:05,,{}\nc,b-2,,{}\nd,b - 2s,,{}\n"
        #expect(
            cues(sheet.replacing("b-2,", with: "b + 2,")).map(\.at) == [
                .time(.zero), .anchored(id: "a", edge: .end, offset: .seconds(5)),
                .anchored(id: "b", edge: .start, offset: .seconds(2)),
                .anchored(id: "b", edge: .start, offset: .seconds(-2)),
            ])
    }

    @Test func asksForTheUnitOfPairs() {
        let sheet = "time,payload\n0:30,{}\n1:30,{}\n"
        #expect(codes(sheet) == ["A2 ambiguous-time"])
        #expect(times(["0:30", "1:30"]) { $0.times = .minutes } == ["00:00:30", "00:01:30"])
        #expect(times(["0:30", "1:30"]) { $0.times = .hours } == ["00:30:00", "01:30:00"])
        #expect(times(["0:30", "1:30"], header: "Time (mm:ss)") == ["00:00:30", "00:01:30"])
        #expect(times(["0:30", "1:30"], header: "Time (hh:mm)") == ["00:30:00", "01:30:00"])
        #expect(times(["0:00"]) == ["00:00:00"])
        #expect(times(["7:30 PM"]) == ["19:30:00"])
    }

    @Test func decidesByOtherRowsAndSaysHow() {
        let sheet = imported("time,payload\n0:30,{}\n59:00,{}\n1:02:00,{}\n")
        #expect(sheet.problems == [])
        #expect(
            sheet.notes == [
                "times like 1:30 are minutes and seconds, as 59:00 in row 3 has no hours"
            ])
        let triple = imported("time,payload\n0:30,{}\n1:02:00,{}\n")
        #expect(
            triple.notes == [
                "times like 1:30 are minutes and seconds, as 1:02:00 in row 3 has hours of its own"
            ])
        // Only as hours do these rows ascend: nobody knows.
        #expect(codes("time,payload\n1:00,{}\n1:30:30,{}\n2:00,{}\n") == ["A2 ambiguous-time"])
    }

    @Test func readsFractionsOfADay() {
        #expect(
            times(["0", "0.0010416667", "0,0020833333", "1.15741E-05"])
                .sorted() == ["00:00:00", "00:00:01", "00:01:30", "00:03:00"])
        #expect(times(["0", "0.5", "0.75"]) == ["00:00:00", "00:00:00.5", "00:00:00.75"])
        #expect(codes("time,payload\n46353.79167,{}\n") == ["A2 bad-time"])
    }

    @Test func readsTimecode() {
        #expect(codes("tc,payload\n00:01:30:12,{}\n00:01:31:12,{}\n") == ["A2 frame-rate"])
        #expect(times(["00:01:30:12"]) { $0.frameRate = FrameRate("25") } == ["00:01:30.48"])
        #expect(
            times(["01:00:00;00"]) { $0.frameRate = FrameRate("29.97") } == ["00:59:59.9964"])
        #expect(times(["01:00:00:00"]) { $0.frameRate = FrameRate("29.97") } == ["01:00:03.6"])
        // These two frame numbers are dropped.
        #expect(
            codes("tc,payload\n00:01:00;01,{}\n") { $0.frameRate = FrameRate("29.97") }
                == ["A2 bad-time"])
        #expect(
            codes("tc,payload\n00:01:00:25,{}\n") { $0.frameRate = FrameRate("25") }
                == ["A2 bad-time"])
        #expect(FrameRate("0") == nil)
    }

    @Test func countsFromTheZeroGiven() {
        #expect(
            times(["19:00:00", "19:01:30"]) { $0.zero = "19:00:00" } == ["00:00:00", "00:01:30"])
        #expect(codes("time,payload\n18:59:59,{}\n") { $0.zero = "19:00:00" } == ["A2 bad-time"])
    }

    @Test func heedsTheUnitOfAColumn() {
        let found = cues(
            "Time (min),Duration (ms),question,A,B\n1.5,250,Q?,x,y\n")
        #expect(found[0].at == .time(.seconds(90)))
        #expect(found[0].window == .milliseconds(250))
    }
}

@Suite struct ImportTextTests {
    @Test func keepsTextAsItIs() {
        let texts = [
            "007", "1e3", "yes", "No", "null", "~", "true", "0x1F", "1:30", "- a", "# no comment",
            "a: b", "a #b", "x:", "[a]", "{a}", "*a", "&a", "!a", "%a", "@a", "`a", "\"a\"", "'a'",
            " lead", "trail ", "two\nlines", "tab\there", "emoji 👩‍👩‍👧‍👦", "שלום", "a\\b", "$5", "$$",
            "${x}", "$${x}", "…", "a\u{2028}b", "=1+2", "+1", "-1", "'=x", "''+y", "a|b", "?", "-",
            "<<",
            "2026-11-27", "12e03", ".5", "e", "空", "a\u{202E}b", "ﬃ", "on", "y",
        ]
        let head = "time,question,answers,correct\n"
        for text in texts {
            let row = CSVText.record(["0:00:01", text, "[\"\(quoted(text))\",\"other one\"]", text])
            let found = cues(head + row + "\n")
            guard case .question(let question)? = found.first?.content else {
                Issue.record("no question for \(text)")
                continue
            }
            #expect(question.text.plain == text)
            #expect(question.answers.first?.plain == text)
            guard case .text(let correct) = question.correct else {
                Issue.record("\(text) is not the right answer")
                continue
            }
            #expect(correct.plain == text)
        }
    }

    private func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONWriter.appendEscaped(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func takesTheRightAnswerHoweverItIsSaid() {
        func correct(_ text: String) -> String? {
            let found = cues("time,question,A,B,C,correct\n0,Q?,x,2,Sky,\(text)\n")
            guard case .question(let question)? = found.first?.content,
                case .text(let correct) = question.correct
            else { return nil }
            return correct.plain
        }
        #expect(correct("sky") == "Sky")
        #expect(correct("C") == "Sky")
        #expect(correct("c)") == "Sky")
        #expect(correct("Option C") == "Sky")
        #expect(correct("3") == "Sky")
        // An answer's own text goes before its number.
        #expect(correct("2") == "2")
        #expect(correct("1") == "x")
        let starred = cues("time,question,answers\n0,Q?,x | *y | z\n1,Q?,*x | *y\n")
        guard case .question(let first) = starred[0].content,
            case .text(let right) = first.correct, case .question(let second) = starred[1].content
        else {
            Issue.record("no right answer")
            return
        }
        #expect(right.plain == "y")
        #expect(second.correct == nil)
        #expect(second.answers.map(\.plain) == ["*x", "*y"])
    }

    @Test func splitsAnswersOfOneCell() {
        for cell in ["x | y|z", "x\ny\nz", "x; y; z", "x, y, z", "[\"x\",\"y\",\"z\"]"] {
            let found = cues("time,question,answers\n" + CSVText.record(["0", "Q?", cell]) + "\n")
            guard case .question(let question)? = found.first?.content else {
                Issue.record("no question")
                continue
            }
            #expect(question.answers.map(\.plain) == ["x", "y", "z"])
        }
    }

    @Test func readsEveryDialect() {
        let plain = "time,question,answers\n0,\"Ça, va?\",x | y\n"
        let wanted = "Ça, va?"
        func question(_ bytes: [UInt8], _ change: (inout ImportOptions) -> Void = { _ in })
            -> String?
        {
            let sheet = imported(bytes: bytes, change)
            #expect(sheet.problems == [])
            let read = CueSheetReader.read(Array(sheet.draft.text.utf8)).sheet.cues.first
            guard case .question(let question)? = read?.content else { return nil }
            return question.text.plain
        }
        let semicolons = plain.replacing("time,question,answers", with: "time;question;answers")
            .replacing("0,\"", with: "0;\"").replacing("\",x", with: "\";x")
        let tabs = semicolons.replacing(";", with: "\t")
        let utf16 = tabs.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let big = tabs.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        #expect(question(Array(plain.utf8)) == wanted)
        #expect(question([0xEF, 0xBB, 0xBF] + Array(plain.utf8)) == wanted)
        #expect(question(Array(plain.replacing("\n", with: "\r\n").utf8)) == wanted)
        #expect(question(Array(plain.replacing("\n", with: "\r").utf8)) == wanted)
        #expect(question(Array(semicolons.utf8)) == wanted)
        #expect(question(Array(("sep=;\r\n" + semicolons).utf8)) == wanted)
        #expect(question(Array(("\"sep=;\"\n" + semicolons).utf8)) == wanted)
        #expect(question(Array(tabs.utf8)) == wanted)
        #expect(question([0xFF, 0xFE] + utf16) == wanted)
        #expect(question([0xFE, 0xFF] + big) == wanted)
        let latin = Array(plain.unicodeScalars.map { UInt8(exactly: $0.value) ?? 0x3F })
        #expect(imported(bytes: latin).problems.map(\.code) == ["bad-encoding"])
        #expect(imported(bytes: latin).problems[0].hint?.contains("Ça, va?") == true)
        #expect(question(latin) { $0.encoding = .windows1252 } == wanted)
    }

    @Test func saysWhatIsWrongAllAtOnce() {
        let sheet = """
            when;question;answers;right;for;Camera
            0:00:10;Q1?;A|B;C;20;1
            0:01:75;Q2?;only;only;soon;2
            0:01:30;Q3?;A|A;A;20;
            ;Q4?;A|B;A;20;
            0:02:30;;;;;
            q9.end + 5s;Q5?;A|B;B;5;

            0:03:00;Q6\u{0}?;A|B;B;5;
            """
        #expect(
            codes(sheet) == [
                "D2 correct-unknown", "A3 bad-time", "C3 answers-count", "E3 bad-time",
                "C4 answers-same", "A5 missing-time", "A6 content-missing", "A7 unknown-reference",
                "B9 control-character",
            ])
    }

    @Test func reportsBrokenQuotes() {
        #expect(codes("time,payload\n0,\"{}\" x\n") == ["B2 stray-quote"])
        #expect(codes("time,payload\n0,\"{}\n").contains("B2 unclosed-quote"))
        #expect(codes("time,payload\n0,{} \"x\"\n") == ["B2 bad-payload"])
    }

    @Test func neverDoublesACue() {
        #expect(codes("time,id,payload\n0,a,{}\n1,a,{}\n") == ["B3 duplicate-id"])
        // Made ids keep out of the way of given ones.
        let made = imported("time,id,payload\n0,Ad Break,{}\n1,ad-break,{}\n2,,{}\n")
        #expect(made.problems.map(\.code) == ["id-changed"])
        let ids = CueSheetReader.read(Array(made.draft.text.utf8)).sheet.cues.map(\.id)
        #expect(ids == ["ad-break-2", "ad-break", "cue"])
    }

    @Test func makesIDsThatStay() {
        let one = cues("time,question,answers\n1,Which planet has the most moons?,x|y\n2,空?,x|y\n")
        let two = cues(
            "time,question,answers\n0,First?,x|y\n1,Which planet has the most moons?,x|y\n2,空?,x|y\n"
        )
        #expect(one.map(\.id) == Array(two.map(\.id).dropFirst()))
        #expect(one[0].id == "which-planet-has-the-most")
    }

    @Test func findsTheRowOfNames() {
        let sheet = imported(
            "Friday show,,\n,,\nTime,Question,Answers\nROUND 1,,\n0,Q?,x|y\n")
        #expect(sheet.problems == [])
        #expect(sheet.draft.text.contains("# Friday show"))
        #expect(sheet.draft.text.contains("# ROUND 1"))
        #expect(codes("foo,bar\n1,2\n") == ["A1 no-header"])
        let lettered = cues("foo,bar\n1,{}\n") { $0.map = [(.at, "A"), (.payload, "bar")] }
        #expect(lettered.map(\.at) == [.time(.seconds(1))])
        #expect(codes("question,answers\nQ?,x|y\n") == ["A1 no-time-column"])
        #expect(codes("time,note\n1,x\n") == ["A1 no-content-column"])
        #expect(codes("time,question\n1,x\n") == ["A1 no-answers-column"])
        #expect(codes("") == ["A1 empty"])
        #expect(codes("time,payload\n") == ["A1 no-cues"])
        let bare = cues("1,Q?,x,y\n") {
            $0.hasHeader = false
            $0.map = [(.at, "A"), (.question, "B"), (.answer, "C"), (.answer, "D")]
        }
        #expect(bare.count == 1)
        #expect(
            codes("time,payload\n1,{}\n") { $0.map = [(.question, "Qestion")] }
                == ["A1 unknown-column"])
    }

    @Test func keepsWhatItDoesNotKnow() {
        let sheet = imported("time,payload,Host,Camera\n1,{},Ada,\"2\n3\"\n")
        #expect(sheet.draft.text.contains("  # Host: Ada\n  # Camera: 2\n  # 3\n  - id:"))
    }

    @Test func takesWarningsOfTheSheetToTheirCells() {
        let found = imported("time,payload\n5,{}\n1,{}\n").sortedProblems
        #expect(found.map { "\($0.cell.name) \($0.code)" } == ["A3 out-of-order"])
        #expect(found[0].severity == .warning)
    }
}
