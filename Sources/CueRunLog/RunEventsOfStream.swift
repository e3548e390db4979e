package import CueScheduler
package import CueText

extension RunEvent {
    /// The show has its zero.
    package struct Aligned: Sendable {
        package var zero: WallTime
        package var source: Logged<Zero.Source>
        package var streamID: String?
        package var uncertainty: Duration
        /// Zero on the clock that counts from the machine's start, and which start that was: for
        /// going on in spite of a wall clock that was set meanwhile. An unknown start is empty.
        package var sinceBoot: Duration
        package var bootID: String

        package init(
            zero: WallTime, source: Logged<Zero.Source>, streamID: String?, uncertainty: Duration,
            sinceBoot: Duration, bootID: String
        ) {
            self.zero = zero
            self.source = source
            self.streamID = streamID
            self.uncertainty = uncertainty
            self.sinceBoot = sinceBoot
            self.bootID = bootID
        }
    }

    /// The process stood still, alone or with the whole machine.
    package struct Suspended: Sendable {
        package var duration: Duration
        package var isMachine: Bool

        package init(duration: Duration, isMachine: Bool) {
            self.duration = duration
            self.isMachine = isMachine
        }
    }
}

extension RunEvent.Aligned {
    func write(_ writer: inout JSONWriter) {
        writer.field(.zero, zero)
        writer.field(.source, source)
        writer.field(.streamID, streamID)
        writer.field(.uncertainty, uncertainty)
        writer.field(.sinceBoot, sinceBoot)
        writer.field(.bootID, bootID)
    }

    /// As a line has it; nil where that tells no zero.
    package init?(_ line: JSONFields) {
        guard let zero = line[.zero] else { return nil }
        self.init(
            zero: zero, source: line[.source] ?? Logged(rawValue: ""), streamID: line[.streamID],
            uncertainty: line[.uncertainty] ?? .zero, sinceBoot: line[.sinceBoot] ?? .zero,
            bootID: line[.bootID] ?? "")
    }
}

extension RunEvent.Suspended {
    func write(_ writer: inout JSONWriter) {
        writer.field(.span, duration)
        writer.field(.what, isMachine ? "machine" : Self.process)
    }

    /// As a line has it.
    package init(_ line: JSONFields) {
        self.init(duration: line[.span] ?? .zero, isMachine: line[.what] != Self.process)
    }

    private static let process = "process"
}

extension LogField<WallTime> {
    package static var zero: Self { Self("zero") }
    package static var startTime: Self { Self("start_time") }
}

extension LogField<Duration> {
    package static var uncertainty: Self { Self("uncertainty_us") }
    package static var sinceBoot: Self { Self("since_boot_us") }
    /// What the clock was set by, or what an action moves by.
    package static var by: Self { Self("by_us") }
    /// How long the process stood still.
    package static var span: Self { Self("for_us") }
}

extension LogField<String> {
    package static var streamID: Self { Self("stream_id") }
    package static var bootID: Self { Self("boot_id") }
    package static var from: Self { Self("from") }
    package static var to: Self { Self("to") }
    package static var what: Self { Self("what") }
}

extension LogField<Logged<Zero.Source>> {
    package static var source: Self { Self("source") }
}
