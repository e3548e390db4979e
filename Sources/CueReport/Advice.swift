import CueRunLog
import CueScheduler
import CueText

/// What to change before the next show, drawn from what the log says.
package struct Advice: Hashable, Sendable {
    /// A name for scripts, which does not change with the words.
    package var code: String
    package var text: String
}

extension Review {
    /// A median round trip above this points at a distant region or a slow way out.
    static let roundTripHigh: Duration = .milliseconds(150)
    /// Without SCHED_FIFO, cues that leave this late without an error point at a busy machine.
    static let latenessHigh: Duration = .milliseconds(5)

    /// The advice that counts most first; empty where nothing is to be changed.
    package var advice: [Advice] {
        var advice: [Advice] = []
        func add(_ code: String, _ text: String) { advice.append(Advice(code: code, text: text)) }
        adviseOnLosses(add)
        adviseOnService(add)
        adviseOnMachine(add)
        adviseOnShow(add)
        return advice
    }

    private func lost(_ reasons: MissReason...) -> [Cue] {
        cues.filter { missReason($0).map(reasons.contains) ?? false }
    }

    private func names(_ cues: [Cue]) -> String { Words.list(cues.map(label), most: 3) }

    private func adviseOnLosses(_ add: (String, String) -> Void) {
        let limited = lost(.rateLimited)
        if !limited.isEmpty {
            add(
                "burst",
                "Too many cues came due at once, and the turn of \(names(limited)) came too late: "
                    + "IVS takes 5 a second on a channel. Spread them, or give them a larger "
                    + "`late`; `cue-runner check` forecasts which will be late.")
        }
        let throttled = lost(.throttled)
        let throttlings = troubles.filter { $0.status == 429 || $0.code.contains("Throttl") }
            .reduce(0) { $0 + $1.count }
        if throttlings > 0 {
            let effect = throttled.isEmpty ? "" : "; lost to it: \(names(throttled))"
            add(
                "throttling",
                "IVS throttled \(Words.count(throttlings, "attempt"))\(effect). Look for what else "
                    + "sends to this channel or account, or lower --limit-channel.")
        }
        let offline = lost(.streamOffline)
        let offAir = troubles.first { $0.code == "ChannelNotBroadcasting" }?.count ?? 0
        if !offline.isEmpty || offAir > 0 {
            let what =
                offline.isEmpty
                ? "\(Words.count(offAir, "attempt")) found the stream off the air."
                : "The stream was off the air when \(names(offline)) came due."
            add(
                "stream_offline",
                "\(what) Look at the encoder's log; a larger `late` lets cues wait for the stream "
                    + "to come back.")
        }
        let late = lost(.late)
        if !late.isEmpty {
            add(
                "left_too_late",
                "\(names(late)) could not leave within the `late` budget, since the run itself "
                    + "stood still or was busy.")
        }
        for (code, cues) in refused { adviseOnRefusal(code, cues, add) }
        let doubtful = cues.filter { $0.ending == .inDoubt }
        if !doubtful.isEmpty {
            add(
                "in_doubt",
                "Ask viewers whether they saw \(names(doubtful)): the request left and no answer "
                    + "came. During a show `fire` sends such a cue again; players drop repeats.")
        }
    }

    /// Cues that left late at their first attempt, when the limit of sends had just been reached:
    /// no line says that they waited for it, and nothing else explains it.
    private var waited: [Int] {
        let limit = start?.option("limit_channel").flatMap { Int($0) } ?? 5
        guard limit > 0 else { return [] }
        var found: [Int] = []
        for channel in channels.indices {
            let sent = cues.indices.compactMap { place in
                cues[place].channel == channel ? cues[place].sent.map { (place, $0) } : nil
            }.sorted { $0.1 < $1.1 }
            for index in sent.indices.dropFirst(limit) {
                let cue = cues[sent[index].0]
                guard cue.attempts == 1, let late = cue.late, late > Self.latenessHigh,
                    sent[index].1 - sent[index - limit].1 < .milliseconds(1_100)
                else { continue }
                found.append(sent[index].0)
            }
        }
        return found
    }

    /// Cues that IVS will never take, by the error's code.
    private var refused: [(code: String, cues: [Cue])] {
        var found: [(code: String, cues: [Cue])] = []
        for cue in cues where cue.ending == .failed {
            let code = reason(cue) ?? ""
            if let index = found.firstIndex(where: { $0.code == code }) {
                found[index].cues.append(cue)
            } else {
                found.append((code, [cue]))
            }
        }
        return found
    }

    private func adviseOnRefusal(
        _ code: String, _ cues: [Cue], _ add: (String, String) -> Void
    ) {
        let what = "IVS refused \(names(cues)) with \(code.printable)"
        switch code {
        case "AccessDeniedException", "403":
            add(
                "access_denied",
                "\(what): allow ivs:PutMetadata on the channel; `cue-runner doctor` tells "
                    + "whether it is.")
        case "ResourceNotFoundException", "404":
            add("no_channel", "\(what): the channel's ARN or its region is wrong.")
        case "ValidationException", "400":
            add("invalid_cue", "\(what): look at its payload; `cue-runner check` finds most of it.")
        default: add("refused", "\(what).")
        }
    }

    private func adviseOnService(_ add: (String, String) -> Void) {
        let failing = lost(.serviceError, .retriesSpent)
        if !failing.isEmpty {
            add(
                "service_error",
                "IVS itself failed for \(names(failing)). A larger `late` gives more attempts; see "
                    + "the AWS Health Dashboard for the region.")
        }
        let unreachable = lost(.unreachable)
        if !unreachable.isEmpty {
            add(
                "unreachable",
                "No connection could be had for \(names(unreachable)). Use a wired network, and "
                    + "run `cue-runner doctor` before the show.")
        }
        let waited = waited.map { cues[$0] }
        if !waited.isEmpty, lost(.rateLimited).isEmpty {
            add(
                "burst",
                "Too many cues came due at once, so that \(names(waited)) left late: IVS takes 5 a "
                    + "second on a channel. Spread them; `cue-runner check` forecasts which will "
                    + "be late.")
        }
        if let median = roundTrips?.p50, median > Self.roundTripHigh {
            let region = region.map { " (\($0))" } ?? ""
            add(
                "round_trip",
                "A round trip took \(Words.span(median)) in the median: run cue-runner nearer to "
                    + "the channel's region\(region), or on a better network.")
        }
    }

    /// Where the first channel is, by its ARN.
    private var region: String? {
        guard let arn = start?.channels.first?.arn else { return nil }
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 3 && !parts[3].isEmpty ? String(parts[3]).printable : nil
    }

    private func adviseOnMachine(_ add: (String, String) -> Void) {
        var asleep = Duration.zero
        var stopped = Duration.zero
        var steps: [Duration] = []
        var hooks = 0
        for happening in happenings {
            switch happening.kind {
            case .suspended(let span, true): asleep += span
            case .suspended(let span, false): stopped += span
            case .clockStepped(let by): steps.append(by)
            case .hookFailed: hooks += 1
            default: break
            }
        }
        if asleep > .zero {
            add(
                "slept",
                "The machine slept for \(Words.span(asleep)) during the show: keep it awake, as "
                    + "with `systemd-inhibit cue-runner …`.")
        }
        if stopped > .zero {
            add(
                "stopped",
                "The process stood still for \(Words.span(stopped)): it was stopped (Ctrl-Z), or "
                    + "the machine had no time for it.")
        }
        if let step = steps.max(by: { $0.magnitude < $1.magnitude }) {
            add(
                "clock",
                "The wall clock was set by \(Words.signed(step)) during the show. No cue moved; "
                    + "let NTP set it before, so that zero and the log's times are right.")
        }
        // Where attempts failed, lateness says nothing of the machine.
        let timers = [start?.timer].compactMap { $0 } + resumes.map(\.timer)
        let waiting = Set(waited)
        let prompt = Spread(
            cues.indices.filter { cues[$0].attempts == 1 && !waiting.contains($0) }
                .compactMap { cues[$0].late })
        if let late = prompt?.p99, late > Self.latenessHigh, asleep + stopped == .zero,
            !timers.isEmpty, !timers.contains(where: { $0.contains("SCHED_FIFO") })
        {
            add(
                "scheduling",
                "One cue in a hundred left \(Words.span(late)) or more after its moment at the "
                    + "first attempt, and the run had no SCHED_FIFO: the machine was busy. Give "
                    + "it that with LimitRTPRIO=1, or `setcap cap_sys_nice+ep` on the program.")
        }
        if hooks > 0 {
            add("hooks", "\(Words.count(hooks, "hook")) failed; their lines say how.")
        }
    }

    private func adviseOnShow(_ add: (String, String) -> Void) {
        func skipped(_ reason: SkipReason) -> [Cue] { cues.filter { skipReason($0) == reason } }
        let joined = skipped(.joinedLate)
        if !joined.isEmpty {
            add(
                "joined_late",
                "\(Words.count(joined.count, "cue")) \(joined.count == 1 ? "was" : "were") past "
                    + "when the run joined (\(names(joined))): start cue-runner before the stream.")
        }
        let uncalled = skipped(.notCalled)
        if !uncalled.isEmpty {
            add(
                "not_called",
                "No GO came for \(names(uncalled)). Where that was not meant, give them a time "
                    + "in the sheet.")
        }
        let reveals = skipped(.questionNotSent)
        if !reveals.isEmpty {
            add(
                "reveals",
                "\(names(reveals)) did not follow: a question that viewers did not get has no answer."
            )
        }
        let edited = skipped(.editedPast)
        if !edited.isEmpty {
            add(
                "edited_past",
                "An edit placed \(names(edited)) in the past, where nothing is sent.")
        }
        if finish == nil, !cues.isEmpty {
            add(
                "unfinished",
                "Where the run is not going on, `--resume` with this log takes it up again.")
        }
    }
}
