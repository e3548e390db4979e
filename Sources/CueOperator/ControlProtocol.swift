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
                $0.key("ok")
                $0.bool(true)
                $0.text("action", action.name.rawValue)
                $0.text("target", target ?? action.target)
                $0.microseconds("by_us", moved)
            }
        }
    }

    package static func refused(_ why: String, diagnostics: String? = nil) -> String {
        jsonObject {
            $0.key("ok")
            $0.bool(false)
            $0.text("refused", why)
            if let diagnostics { $0.text("diagnostics", diagnostics) }
        }
    }

    package static func reloaded(_ difference: String) -> String {
        jsonObject {
            $0.key("ok")
            $0.bool(true)
            $0.text("action", "reload")
            $0.text("difference", difference)
        }
    }

    package static func status(_ snapshot: ShowSnapshot, _ facts: ShowFacts) -> String {
        jsonObject { writer in
            writer.key("ok")
            writer.bool(true)
            writer.text("show", facts.controlName)
            writer.text("title", facts.title)
            writer.text("run", facts.run)
            writer.text("mode", facts.mode.rawValue)
            writer.text("phase", snapshot.phase.name)
            writer.text("zero", snapshot.zero?.wall.rfc3339(.microseconds))
            writer.text("zero_source", snapshot.zero?.source.rawValue)
            writer.microseconds("show_time_us", snapshot.showTime)
            writer.key("held")
            writer.bool(snapshot.isHeld)
            writer.microseconds("over_us", snapshot.over)
            writer.key("next")
            writer.array { for cue in snapshot.upcoming { $0.cue(cue) } }
            writer.key("manual")
            writer.array { for cue in snapshot.manual { $0.cue(cue) } }
            writer.text("offered", snapshot.offered)
            writer.text("undo", snapshot.undoable)
            writer.key("on_air")
            writer.bool(snapshot.isLive)
            writer.key("viewers")
            if let viewers = snapshot.viewerCount { writer.integer(viewers) } else { writer.null() }
            writer.microseconds("round_trip_us", snapshot.roundTrip)
            writer.key("counts")
            writer.object { counts in
                for (name, count) in [
                    ("sent", snapshot.counts.sent), ("missed", snapshot.counts.missed),
                    ("failed", snapshot.counts.failed), ("skipped", snapshot.counts.skipped),
                    ("in_doubt", snapshot.counts.inDoubt), ("repeated", snapshot.counts.repeated),
                ] {
                    counts.key(name)
                    counts.integer(count)
                }
            }
            writer.text("log", facts.logName)
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
    fileprivate mutating func text(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    fileprivate mutating func microseconds(_ name: String, _ value: Duration?) {
        key(name)
        if let value { integer(value.microseconds) } else { null() }
    }

    fileprivate mutating func cue(_ cue: ShowSnapshot.Cue) {
        object {
            $0.text("cue", cue.name)
            $0.text("id", cue.id)
            $0.text("channel", cue.channel)
            $0.text("kind", cue.kind)
            $0.text("text", cue.text)
            $0.microseconds("show_time_us", cue.showTime)
            $0.microseconds("wait_us", cue.wait)
        }
    }
}
