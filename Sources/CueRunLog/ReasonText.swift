/// The reasons that a log gives for an ending, in plain words.
package enum ReasonText {
    /// The words; a reason of a later version, which has none here, stands for itself.
    package static func words(_ reason: String) -> String {
        known[reason] ?? reason
    }

    private static let known = [
        "late": "its moment was past",
        "stream_offline": "the stream was off the air",
        "throttled": "IVS throttled it until it was too late",
        "service_error": "IVS failed until it was too late",
        "unreachable": "IVS could not be reached until it was too late",
        "rate_limited": "too many cues at once: its turn came too late",
        "refused": "IVS refused it",
        "stopped": "the run was stopped",
        "retries_spent": "IVS failed so often that no more attempts were made",
        "operator": "by the operator",
        "taken_past": "passed over by a take",
        "question_not_sent": "its question was not sent",
        "joined_late": "past when the run joined",
        "not_called": "waited for a GO that did not come",
        "not_rehearsed": "set for an instant, which a rehearsal does not wait for",
        "not_played": "the run could not be played",
        "dry_run": "dry run",
        "removed": "taken out of the sheet",
        "edited_past": "placed in the past by an edit of the sheet",
        "no_answer": "no answer came",
        "crashed": "the run's process ended while it was on its way",
    ]
}
