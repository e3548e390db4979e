package import CueTimeline

/// A sheet that was edited while its show runs, read and found good.
package struct SheetEdit: Sendable {
    package let timeline: Timeline
    package let sha256: String
    package let difference: SheetDifference
    // Worked out where the sheet is read: the show's loop has no time for it.
    let digests: [(id: String, digest: String)]
    let largestGroup: Int

    package init(timeline: Timeline, sha256: String, difference: SheetDifference) {
        self.timeline = timeline
        self.sha256 = sha256
        self.difference = difference
        digests = timeline.digests
        largestGroup = timeline.largestGroup()
    }
}
