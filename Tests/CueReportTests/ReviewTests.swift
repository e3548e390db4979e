import CueReport
import CueRunLog
import CueText
import Testing

@Suite struct ReviewTests {
    @Test func foldsAnEmptyLog() {
        let reader = ReviewReader(.figures)
        reader.finish()
        #expect(reader.review.cues.isEmpty)
        #expect(reader.review.known == 0)
    }
}
