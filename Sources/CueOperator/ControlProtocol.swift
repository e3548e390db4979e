import CueRunLog
package import CueScheduler
package import CueShow
package import CueText

/// The control socket's answers: each is one line of JSON.
package enum ControlReply {
    package static func outcome(_ action: OperatorAction, _ outcome: ActionOutcome) -> String {
        switch outcome {
        case .refused(let why): refused(why)
        case .done(let target, let moved):
            jsonObject {
                $0.field("ok", true)
                $0.field("action", action.name.rawValue)
                $0.field("target", target ?? action.target)
                $0.field("by_us", moved)
            }
        }
    }

    package static func refused(_ why: String, diagnostics: String? = nil) -> String {
        jsonObject {
            $0.field("ok", false)
            $0.field("refused", why)
            if let diagnostics { $0.field("diagnostics", diagnostics) }
        }
    }

    static func reloaded(_ difference: String) -> String {
        jsonObject {
            $0.field("ok", true)
            $0.field("action", "reload")
            $0.field("difference", difference)
        }
    }

    package static func status(_ snapshot: ShowSnapshot, _ facts: ShowFacts) -> String {
        jsonObject { writer in
            writer.field("ok", true)
            writer.field("show", facts.controlName)
            writer.field("title", facts.title)
            writer.field("run", facts.run)
            writer.field("mode", facts.mode.rawValue)
            writer.field("phase", snapshot.phase.name)
            writer.field("zero", snapshot.zero?.wall.rfc3339(.microseconds))
            writer.field("zero_source", snapshot.zero?.source.rawValue)
            writer.field("show_time_us", snapshot.showTime)
            writer.field("held", snapshot.isHeld)
            writer.field("over_us", snapshot.over)
            writer.key("next")
            writer.array { for cue in snapshot.upcoming { $0.cue(cue) } }
            writer.key("manual")
            writer.array { for cue in snapshot.manual { $0.cue(cue) } }
            writer.field("offered", snapshot.offered)
            writer.field("undo", snapshot.undoable)
            writer.field("on_air", snapshot.isLive)
            writer.field("viewers", snapshot.viewerCount)
            writer.field("round_trip_us", snapshot.roundTrip)
            writer.key("counts")
            writer.object { counts in
                for (name, count) in [
                    ("sent", snapshot.counts.sent), ("missed", snapshot.counts.missed),
                    ("failed", snapshot.counts.failed), ("skipped", snapshot.counts.skipped),
                    ("in_doubt", snapshot.counts.inDoubt), ("repeated", snapshot.counts.repeated),
                ] {
                    counts.field(name, count)
                }
            }
            writer.field("log", facts.logName)
        }
    }

    /// A status for people, from its JSON.
    package static func statusText(_ status: JSONValue) -> String {
        func text(_ name: String) -> String { status[name]?.string ?? "" }
        func time(_ value: JSONValue?) -> String {
            let microseconds = value?.integer ?? 0
            return DurationText.formatTime(.microseconds(microseconds), fractionDigits: 1)
        }
        var lines = ["\(text("title")), run \(text("run")) (\(text("mode"))): \(text("phase"))"]
        if status["show_time_us"]?.integer != nil {
            var line = "clock  \(time(status["show_time_us"]))"
            if status["held"]?.bool == true { line += ", held" }
            let over = Duration.microseconds(status["over_us"]?.integer ?? 0)
            if over != .zero { line += ", over by \(DurationText.format(over))" }
            lines.append(line)
        }
        let viewers = status["viewers"]?.integer.map { ", \($0) viewers" } ?? ""
        lines.append("stream \(status["on_air"]?.bool == true ? "on air" : "off air")\(viewers)")
        for (index, cue) in (status["next"]?.array ?? []).prefix(3).enumerated() {
            let name = cue["cue"]?.string ?? ""
            let words = cue["text"]?.string ?? ""
            let wait = cue["wait_us"]?.integer == nil ? "" : " in \(time(cue["wait_us"]))"
            lines.append("\(index == 0 ? "next  " : "      ") \(name)\(wait)  \(words)")
        }
        if let offered = status["offered"]?.string { lines.append("GO     \(offered)") }
        let counts = status["counts"]
        let names = ["sent", "missed", "failed", "skipped", "in_doubt"]
        let said = names.map { "\(counts?[$0]?.integer ?? 0) \($0.replacing("_", with: " "))" }
        lines.append("cues   " + said.joined(separator: ", "))
        lines.append("log    \(text("log"))")
        return lines.map(\.printable).joined(separator: "\n")
    }
}

extension ShowSnapshot.Phase {
    var name: String {
        switch self {
        case .waiting: "waiting"
        case .asking: "asking"
        case .running: "running"
        case .ending: "ending"
        case .over: "over"
        }
    }
}

extension JSONWriter {
    fileprivate mutating func cue(_ cue: ShowSnapshot.Cue) {
        object {
            $0.field("cue", cue.name)
            $0.field("id", cue.id)
            $0.field("channel", cue.channel)
            $0.field("kind", cue.kind)
            $0.field("text", cue.text)
            $0.field("show_time_us", cue.showTime)
            $0.field("wait_us", cue.wait)
        }
    }
}
