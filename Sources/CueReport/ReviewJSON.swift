import CueRunLog
import CueText

extension LogState {
    /// What the log says of its run's life, for scripts.
    func name(isFinished: Bool) -> String {
        if isFinished { return "finished" }
        switch self {
        case .isWritten: return "running"
        case .isLeft: return "cut_off"
        case .unknown: return "unfinished"
        }
    }
}

extension Review {
    /// The report as `schemas/report.schema.json` states it: one object, each cue on a line of its
    /// own. Durations are whole microseconds, and times those of the log.
    package func json(
        log: String, state: LogState = .unknown, answers: Answers? = nil
    ) -> String {
        var text = jsonObject { writer in
            writer.field("report", 1)
            writer.field("kind", "review")
            writeSummary(log: log, state, to: &writer)
            writer.key("cues")
            writer.array { list in for cue in cues { list.raw("\n" + json(cue)) } }
            writer.field("answers", answers, of: [start?.run])
        }
        text.append("\n")
        return text
    }

    /// All but the cues.
    func writeSummary(log: String, _ state: LogState, to writer: inout JSONWriter) {
        let verdict = verdict(state)
        writer.field("log", log)
        writer.field("state", state.name(isFinished: finish != nil))
        writer.key("verdict")
        writer.object {
            $0.field("grade", verdict.grade.rawValue)
            $0.field("text", verdict.text)
        }
        writer.key("run")
        if let start { write(start, to: &writer) } else { writer.null() }
        writer.field("first_time", firstTime?.rfc3339())
        writer.field("last_time", lastTime?.rfc3339())
        writer.key("zero")
        if let zero {
            writer.object {
                $0.field("time", zero.zero.rfc3339())
                $0.field("source", zero.source.rawValue)
                $0.field("stream_id", zero.streamID)
                $0.field("uncertainty_us", zero.uncertainty)
            }
        } else {
            writer.null()
        }
        writer.key("finish")
        if let finish {
            writer.object {
                $0.field("reason", finish.reason.rawValue)
                $0.field("exit", finish.exit)
            }
        } else {
            writer.null()
        }
        write(tally, to: &writer)
        writeAttempts(to: &writer)
        writer.field("late_us", lateness)
        writer.field("round_trip_us", roundTrips)
        writer.key("advice")
        writer.array { list in
            for advice in advice {
                list.object {
                    $0.field("code", advice.code)
                    $0.field("text", advice.text)
                }
            }
        }
        writer.key("happenings")
        writer.array { list in for happening in happenings { write(happening, to: &list) } }
        writeLines(to: &writer)
    }

    private func write(_ start: Start, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("id", start.run)
            writer.field("mode", start.mode.rawValue)
            writer.field("title", start.title)
            writer.key("sheet")
            writer.object {
                $0.field("path", start.sheetPath)
                $0.field("sha256", start.sheetSHA256)
            }
            writer.field("version", start.version)
            writer.field("seed", start.seed)
            writer.key("speed")
            writer.raw("\(speed)")
            writer.field("timer", start.timer)
            writer.key("channels")
            writer.array { list in
                for channel in start.channels {
                    list.object {
                        $0.field("name", channel.name)
                        $0.field("arn", channel.arn)
                    }
                }
            }
            writer.key("options")
            writer.object { for option in start.options { $0.field(option.name, option.value) } }
            writer.key("resumed")
            writer.array { list in
                for resume in resumes {
                    list.object {
                        $0.field("time", resume.time.rfc3339())
                        $0.field("version", resume.version)
                        $0.field("timer", resume.timer)
                        $0.field("torn_bytes", resume.tornBytes)
                        $0.field("line", resume.line)
                    }
                }
            }
        }
    }

    private func write(_ tally: Tally, to writer: inout JSONWriter) {
        writer.key("counts")
        writer.object {
            $0.field("cues", tally.all)
            $0.field("sent", tally.sent)
            $0.field("missed", tally.missed)
            $0.field("failed", tally.failed)
            $0.field("in_doubt", tally.inDoubt)
            $0.field("skipped", tally.skipped)
            $0.field("open", tally.open)
            $0.field("repeated", repeated)
        }
    }

    private func writeAttempts(to writer: inout JSONWriter) {
        writer.key("attempts")
        writer.object { writer in
            writer.field("made", attempts)
            writer.field("retries", retries)
            writer.field("failed", failedAttempts)
            writer.key("by_code")
            writer.array { list in
                for trouble in troubles {
                    list.object {
                        $0.field("code", trouble.code)
                        $0.field("status", trouble.status)
                        $0.field("count", trouble.count)
                        $0.field("message", trouble.message)
                        $0.field("line", trouble.line)
                    }
                }
            }
        }
    }

    private func write(_ happening: Happening, to writer: inout JSONWriter) {
        writer.object {
            $0.field("event", happening.event.rawValue)
            $0.field("time", happening.time.rfc3339())
            $0.field("at_us", at(happening.time))
            $0.field("text", happening.text)
            $0.field("line", happening.line)
        }
    }

    private func writeLines(to writer: inout JSONWriter) {
        writer.key("lines")
        writer.object { writer in
            writer.field("read", lines)
            writer.field("flawed", flawCount)
            writer.key("flaws")
            writer.array { list in
                for flaw in flaws {
                    list.object {
                        $0.field("line", flaw.number)
                        $0.field("reason", flaw.reason)
                    }
                }
            }
            writer.key("unknown")
            writer.array { list in
                for (event, count, line) in unknown {
                    list.object {
                        $0.field("event", event)
                        $0.field("count", count)
                        $0.field("line", line)
                    }
                }
            }
        }
    }

    private func json(_ cue: Cue) -> String {
        jsonObject {
            $0.field("cue", cue.name)
            $0.field("channel", channels[cue.channel])
            $0.field("ending", cue.ending?.name)
            $0.field("reason", reason(cue))
            $0.field("message", message(cue))
            $0.field("at_us", at(cue))
            $0.field("due", cue.due?.rfc3339())
            $0.field("sent", cue.sent?.rfc3339())
            $0.field("acknowledged", cue.acknowledged?.rfc3339())
            $0.field("lead_us", cue.lead)
            $0.field("late_us", cue.late)
            $0.field("round_trip_us", cue.roundTrip)
            $0.field("attempts", cue.attempts)
            $0.field("repeats", cue.repeats)
            $0.field("trouble", trouble(cue))
            $0.field("line", cue.line)
        }
    }
}

extension JSONWriter {
    mutating func field(_ name: String, _ value: Spread?) {
        key(name)
        guard let value else { return null() }
        object { writer in
            writer.field("count", value.count)
            writer.field("p50", value.p50)
            writer.field("p90", value.p90)
            writer.field("p99", value.p99)
            writer.field("max", value.max)
            writer.key("histogram")
            writer.array { list in
                for (bin, count) in value.histogram.enumerated() {
                    list.object {
                        let bounds = Spread.bounds
                        $0.field("below", bin < bounds.count ? bounds[bin] : nil)
                        $0.field("count", count)
                    }
                }
            }
        }
    }
}
