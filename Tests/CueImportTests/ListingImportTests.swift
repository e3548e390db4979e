import CueImport
import Testing

/// Rows that a listing has for one cue, and what is said of columns and cells.
@Suite struct ListingImportTests {
    private func read(_ text: String) -> ImportedSheet {
        .read(Array(text.utf8), ImportOptions(source: "cues.csv"))
    }

    private func found(_ text: String) -> [String] {
        read(text).sortedProblems.map { "\($0.cell.name) \($0.code)" }
    }

    private func sheet(_ text: String) -> String {
        let sheet = read(text)
        #expect(sheet.problems == [])
        return String(sheet.draft.text.split(separator: "version: 1\n").last ?? "")
    }

    @Test func makesOneCueOfItsChannels() {
        let rows = "at,id,channel,payload\n10,a,main,{}\n10.5,a,es,{}\n20,b,main,{}\n"
        let text = sheet(rows)
        #expect(text.contains("  es: {arn: arn:aws:ivs:"))
        #expect(text.contains("offset: 500ms}"))
        #expect(text.contains("  - id: a\n    at: 00:00:10\n    payload: {}\n\n"))
        #expect(
            text.contains("  - id: b\n    at: 00:00:20\n    payload: {}\n    channels: [main]\n"))
        // A channel has one offset.
        #expect(found(rows + "21,b,es,{}\n") == ["A5 channel-times"])
        #expect(found("at,id,channel,payload\n1,a,main,{}\n1,a,main,{}\n") == ["B3 duplicate-id"])
    }

    @Test func makesOneCueOfItsOccurrences() {
        let head = "at,id,repeat_every,repeat_times,payload\n"
        let even = head + "1,f#1,30,3,{}\n31,f#2,30,3,{}\n61,f#3,30,3,{}\n"
        #expect(
            sheet(even).contains(
                "  - id: f\n    at: 00:00:01\n    payload: {}\n    repeat: {every: 30s, times: 3}\n"
            ))
        let moved = read(head + "1,f#1,30,3,{}\n32,f#2,30,3,{}\n")
        #expect(moved.notes == ["f#1, f#2 … differ, and become cues of their own: f-1, f-2 …"])
        #expect(moved.draft.text.contains("  - id: f-2\n    at: 00:00:32\n    payload: {}\n"))
        #expect(!moved.draft.text.contains("repeat:"))
    }

    @Test func leavesRevealsToTheirQuestions() {
        let head = "at,id,kind,question,answers,payload\n"
        #expect(!sheet(head + "1,q,question,Q?,x|y,\n21,q.reveal,reveal,,,{}\n").contains("reveal"))
        #expect(found(head + "1,a,payload,,,{}\n21,q.reveal,reveal,,,{}\n") == ["B3 reveal-alone"])
    }

    @Test func namesWhatACellCannotSay() {
        let head = "at,payload,disabled,channel,repeat_every,repeat_times\n"
        #expect(
            found(
                head
                    + "1,{},maybe,a b,30,many\n2,[],yes,all,,\n3,\"{\"\"a\"\":1,\"\"a\"\":2}\",,,,\n"
            )
                == [
                    "C2 bad-flag", "D2 bad-name", "F2 bad-number", "B3 bad-payload",
                    "B4 duplicate-key",
                ])
    }

    /// What one option settles is asked for once, whatever the number of rows.
    @Test func asksOnce() {
        #expect(
            found("at,for,payload\n1:30,0:20,{}\n2:30,0:20,{}\n00:01:00:12,,{}\n00:02:00:12,,{}\n")
                == ["A2 ambiguous-time", "A4 frame-rate"])
    }

    @Test func saysWhatItTookAColumnFor() {
        let sheet = read("Time,問題,Due,Payload,\(String(repeating: "long ", count: 9))\n1,,,{},\n")
        #expect(
            sheet.columnLines == [
                "A  Time                      at", "B  問題                      kept as comments",
                "C  Due                       not needed", "D  Payload                   payload",
                "E  long long long long lon…  kept as comments",
            ])
        let wrong = read("Time,payload\n1,{\n")
        #expect(wrong.problems.map(wrong.place) == [" (B2, payload)"])
    }
}
