import CueText

extension Comparison {
    /// The comparison as `schemas/report.schema.json` states it.
    package func json(logs: (String, String)) -> String {
        var text = jsonObject { writer in
            writer.field("report", 1)
            writer.field("kind", "comparison")
            writeSummary(to: &writer)
            for (name, review, log) in [("first", first, logs.0), ("second", second, logs.1)] {
                writer.key(name)
                writer.object { review.writeSummary(log: log, .unknown, to: &$0) }
            }
            writer.key("cues")
            writer.array { list in
                for pair in pairs { list.raw("\n" + json(pair.first, pair.second, pair)) }
                for place in onlyFirst { list.raw("\n" + json(place, nil, nil)) }
                for place in onlySecond { list.raw("\n" + json(nil, place, nil)) }
            }
        }
        text.append("\n")
        return text
    }

    func writeSummary(to writer: inout JSONWriter) {
        writer.key("verdict")
        writer.object {
            $0.field("grade", verdict.grade.rawValue)
            $0.field("text", verdict.text)
        }
        writer.key("counts")
        writer.object {
            $0.field("both", pairs.count)
            $0.field("only_first", onlyFirst.count)
            $0.field("only_second", onlySecond.count)
            $0.field("moved", movedCount)
            $0.field("changed", changedCount)
            $0.field("ended_otherwise", endedOtherwiseCount)
        }
    }

    private func json(_ one: Int?, _ other: Int?, _ pair: Pair?) -> String {
        let before = one.map { first.cues[$0] }
        let after = other.map { second.cues[$0] }
        return jsonObject { writer in
            writer.field("cue", before?.name ?? after?.name)
            writer.field(
                "channel",
                before.map { first.channels[$0.channel] }
                    ?? after.map { second.channels[$0.channel] })
            for (name, review, cue) in [("first", first, before), ("second", second, after)] {
                writer.key(name)
                guard let cue else {
                    writer.null()
                    continue
                }
                writer.object {
                    $0.field("ending", cue.ending?.name)
                    $0.field("reason", review.reason(cue))
                    $0.field("at_us", review.at(cue))
                    $0.field("late_us", cue.late)
                    $0.field("round_trip_us", cue.roundTrip)
                    $0.field("line", cue.line)
                }
            }
            writer.field("moved_us", pair.flatMap(moved))
            writer.field("later_us", pair.flatMap(later))
            writer.key("changed")
            if let pair { writer.bool(pair.isChanged) } else { writer.null() }
        }
    }
}
