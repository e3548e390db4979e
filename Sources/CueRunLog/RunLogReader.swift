package import CueText

/// One line of a log read back.
package struct RunLogLine: Sendable {
    /// From 1.
    package var number: Int
    package var event: String
    package var fields: JSONValue
}

/// A line that is no event: torn by a crash, or foreign.
package struct RunLogFlaw: Hashable, Sendable {
    package var number: Int
    package var reason: String

    package init(number: Int, reason: String) {
        self.number = number
        self.reason = reason
    }
}

/// Reads a log back, line by line; what can't be read is reported and the rest still read.
package enum RunLogReader {
    /// How many of the bytes are whole lines. A last line without its end was torn by the end of
    /// the process, unless it is whole but for that.
    package static func wholeLength(_ bytes: [UInt8]) -> Int {
        guard let last = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return tail(bytes[...]) }
        return last + 1 + tail(bytes[(last + 1)...])
    }

    private static func tail(_ bytes: ArraySlice<UInt8>) -> Int {
        let (lines, _) = read(bytes)
        return lines.isEmpty ? 0 : bytes.count
    }

    package static func read(
        _ bytes: some Collection<UInt8>
    ) -> (lines: [RunLogLine], flaws: [RunLogFlaw]) {
        var lines: [RunLogLine] = []
        var flaws: [RunLogFlaw] = []
        // Of a collection that is not known, `split` asks for each byte through a witness: a fifth of
        // the time that reading took.
        var rest = Array(bytes)[...]
        var number = 0
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            let text = rest[..<end]
            rest = rest[end...].dropFirst()
            number += 1
            guard !text.isEmpty else { continue }
            do {
                let fields = try JSONValue.parse(text)
                if let event = fields["event"]?.string {
                    lines.append(RunLogLine(number: number, event: event, fields: fields))
                } else {
                    flaws.append(RunLogFlaw(number: number, reason: "no event in it"))
                }
            } catch {
                flaws.append(
                    RunLogFlaw(number: number, reason: "\(error.message) at byte \(error.offset)"))
            }
        }
        return (lines, flaws)
    }
}
