import CueSheet
package import CueText
import IVSWire

/// The `metadata` of one send: compact JSON, its size proved, with a fixed slot of 24 bytes where
/// the cue says when it was due, so that the moment can change and the size can't.
package struct Payload: Hashable, Sendable {
    package static let bytesMax = IVSLimits.metadataBytesMax
    /// Above this AWS's own editor for metadata stops, so a sheet is warned.
    static let bytesWarned = 1_000

    private var bytes: [UInt8]
    private let slot: Int?

    init(bytes: [UInt8], slot: Int?) {
        self.bytes = bytes
        self.slot = slot
    }

    package var byteCount: Int { bytes.count }

    /// The text to send for a cue that is due at that moment, cut to whole milliseconds.
    package func text(due: WallTime) -> String {
        guard let slot else { return String(decoding: bytes, as: UTF8.self) }
        var filled = bytes
        var time: [UInt8] = []
        due.appendRFC3339(.milliseconds, to: &time)
        filled.replaceSubrange(slot..<slot + time.count, with: time)
        return String(decoding: filled, as: UTF8.self)
    }

    /// The text while nobody knows when the cue is due.
    var textWithoutMoment: String { String(decoding: bytes, as: UTF8.self) }

    /// What stands in the slot while the moment is unknown.
    static let unknownTime = "0000-00-00T00:00:00.000Z"
}

/// Builds what viewers get, in the order of keys that the guide "Writing a sheet" states.
struct PayloadBuilder {
    let run: String
    let values: Values

    func question(
        _ question: Cue.Question, name: String, pollID: String, seconds: Duration?
    ) -> Payload {
        build(name: name) { writer, slot in
            writer.field("poll_id", pollID)
            slot = currentTime(&writer)
            writer.field("question", values.fill(question.text))
            writer.key("answers")
            writer.array { list in
                for answer in question.answers { list.string(values.fill(answer)) }
            }
            if let seconds {
                writer.key("seconds")
                writer.raw(PayloadBuilder.decimal(seconds))
            }
        }
    }

    func reveal(
        _ question: Cue.Question, correct: Int, name: String, pollID: String
    ) -> Payload {
        build(name: name) { writer, slot in
            writer.field("poll_id", pollID)
            slot = currentTime(&writer)
            writer.field("answer", values.fill(question.answers[correct]))
            writer.field("correctIndex", correct)
        }
    }

    func payload(_ members: [PayloadMember], name: String) -> Payload {
        build(name: name) { writer, _ in write(members, to: &writer) }
    }

    /// The mapping as the sheet has it, for the eye.
    func membersAlone(_ members: [PayloadMember]) -> String {
        var writer = JSONWriter()
        writer.object { write(members, to: &$0) }
        return writer.text
    }

    private func build(
        name: String, _ body: (inout JSONWriter, inout Int?) -> Void
    ) -> Payload {
        var writer = JSONWriter()
        var slot: Int?
        writer.object { writer in
            writer.field("cue", name)
            writer.field("run", run)
            body(&writer, &slot)
        }
        return Payload(bytes: writer.bytes, slot: slot)
    }

    private func currentTime(_ writer: inout JSONWriter) -> Int {
        writer.key("current_time")
        let slot = writer.bytes.count + 1
        writer.string(Payload.unknownTime)
        return slot
    }

    private func write(_ value: PayloadValue, to writer: inout JSONWriter) {
        switch value {
        case .null: writer.null()
        case .bool(let flag): writer.bool(flag)
        case .number(let text): writer.raw(text)
        case .string(let template): writer.string(values.fill(template))
        case .list(let items): writer.array { for item in items { write(item, to: &$0) } }
        case .mapping(let members):
            writer.object { write(members, to: &$0) }
        }
    }

    private func write(_ members: [PayloadMember], to writer: inout JSONWriter) {
        for member in members {
            writer.key(member.key)
            write(member.value, to: &writer)
        }
    }

    /// Seconds as a JSON number without needless zeros: `20`, `1.5`.
    static func decimal(_ duration: Duration) -> String {
        let total = duration.nanoseconds
        var text = "\(total / 1_000_000_000)"
        var fraction = String(total % 1_000_000_000 + 1_000_000_000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        if !fraction.isEmpty { text += "." + fraction }
        return text
    }
}
