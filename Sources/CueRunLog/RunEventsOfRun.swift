package import CueText

extension RunEvent {
    package struct RunStarted: Sendable {
        package var run: String
        package var version: String
        package var mode: Logged<RunMode>
        package var sheetPath: String
        package var sheetSHA256: String
        /// By the cue's id, in the sheet's order: what tells whether a cue was changed.
        package var digests: [(id: String, digest: String)]
        package var title: String?
        package var cues: Int
        package var channels: [(name: String, arn: String)]
        package var seed: String
        package var options: [(name: String, value: String)]
        package var timer: String

        package init(
            run: String, version: String, mode: Logged<RunMode>, sheetPath: String,
            sheetSHA256: String,
            digests: [(id: String, digest: String)] = [], title: String?, cues: Int,
            channels: [(name: String, arn: String)], seed: String,
            options: [(name: String, value: String)], timer: String
        ) {
            self.run = run
            self.version = version
            self.mode = mode
            self.sheetPath = sheetPath
            self.sheetSHA256 = sheetSHA256
            self.digests = digests
            self.title = title
            self.cues = cues
            self.channels = channels
            self.seed = seed
            self.options = options
            self.timer = timer
        }
    }

    /// A run that goes on after its process ended without finishing it.
    package struct RunResumed: Sendable {
        package var version: String
        package var sheetSHA256: String
        /// Of a line that the end of the process tore; they were cut off.
        package var tornBytes: Int
        package var options: [(name: String, value: String)]
        package var timer: String

        package init(
            version: String, sheetSHA256: String, tornBytes: Int,
            options: [(name: String, value: String)], timer: String
        ) {
            self.version = version
            self.sheetSHA256 = sheetSHA256
            self.tornBytes = tornBytes
            self.options = options
            self.timer = timer
        }
    }

    package struct RunFinished: Sendable {
        package var counts: Counts
        package var late: Lateness?
        package var exit: Int
        package var reason: Logged<EndReason>

        package init(counts: Counts, late: Lateness?, exit: Int, reason: Logged<EndReason>) {
            self.counts = counts
            self.late = late
            self.exit = exit
            self.reason = reason
        }
    }

    package struct Counts: Hashable, Sendable {
        package var sent = 0
        package var missed = 0
        package var failed = 0
        package var skipped = 0
        package var inDoubt = 0
        package var repeated = 0

        package init() {}
    }

    /// How late the cues left, over all that were sent.
    package struct Lateness: Hashable, Sendable {
        package var p50: Duration
        package var p99: Duration
        package var max: Duration

        package init?(of values: [Duration]) {
            guard !values.isEmpty else { return nil }
            let sorted = values.sorted()
            func percentile(_ share: Int) -> Duration {
                // Nearest rank: the least value that this share of all does not exceed.
                sorted[Swift.max(0, (sorted.count * share + 99) / 100 - 1)]
            }
            p50 = percentile(50)
            p99 = percentile(99)
            max = sorted[sorted.count - 1]
        }
    }
}

extension RunEvent.RunStarted {
    func write(_ writer: inout JSONWriter) {
        writer.field(.format, 1)
        writer.field(.run, run)
        writer.field(.version, version)
        writer.field(.mode, mode)
        writer.key(.sheet)
        writer.object {
            $0.field(.path, sheetPath)
            $0.field(.sha256, sheetSHA256)
            $0.field(.digests, JSONValue(texts: digests))
        }
        writer.field(.title, title)
        writer.field(.cues, cues)
        writer.key(.channels)
        writer.array { list in
            for channel in channels {
                list.object {
                    $0.field(.name, channel.name)
                    $0.field(.arn, channel.arn)
                }
            }
        }
        writer.field(.seed, seed)
        writer.field(.options, JSONValue(texts: options))
        writer.field(.timer, timer)
    }

    /// The channels that a line names.
    package static func channels(of list: JSONValue?) -> [(name: String, arn: String)] {
        (list?.array ?? []).compactMap { channel in
            channel[.name].map { ($0, channel[.arn] ?? "") }
        }
    }
}

extension RunEvent.RunResumed {
    func write(_ writer: inout JSONWriter) {
        writer.field(.version, version)
        writer.field(.sheetSHA256, sheetSHA256)
        writer.field(.tornBytes, tornBytes)
        writer.field(.options, JSONValue(texts: options))
        writer.field(.timer, timer)
    }
}

extension RunEvent.RunFinished {
    func write(_ writer: inout JSONWriter) {
        writer.field(.reason, reason.rawValue)
        writer.key(.counts)
        writer.object { counts.write(&$0) }
        writer.key(.lateness)
        if let late { writer.object { late.write(&$0) } } else { writer.null() }
        writer.field(.exit, exit)
    }
}

extension RunEvent.Counts {
    private static var fields: [(LogField<Int>, WritableKeyPath<Self, Int>)] {
        [
            (LogField("sent"), \.sent), (LogField("missed"), \.missed),
            (LogField("failed"), \.failed), (LogField("skipped"), \.skipped),
            (LogField("in_doubt"), \.inDoubt), (LogField("repeated"), \.repeated),
        ]
    }

    fileprivate func write(_ writer: inout JSONWriter) {
        for (field, count) in Self.fields { writer.field(field, self[keyPath: count]) }
    }

    /// As a line has them; what it has not counts as none.
    package init(_ value: JSONValue?) {
        for (field, count) in Self.fields { self[keyPath: count] = value?[field] ?? 0 }
    }
}

extension RunEvent.Lateness {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field(LogField("p50"), p50)
        writer.field(LogField("p99"), p99)
        writer.field(LogField("max"), max)
    }
}

extension LogField<String> {
    package static var run: Self { Self("run") }
    package static var version: Self { Self("version") }
    package static var path: Self { Self("path") }
    package static var sha256: Self { Self("sha256") }
    package static var title: Self { Self("title") }
    package static var name: Self { Self("name") }
    package static var arn: Self { Self("arn") }
    package static var seed: Self { Self("seed") }
    package static var timer: Self { Self("timer") }
    package static var sheetSHA256: Self { Self("sheet_sha256") }
}

extension LogField<Int> {
    package static var format: Self { Self("format") }
    package static var cues: Self { Self("cues") }
    package static var tornBytes: Self { Self("torn_bytes") }
    package static var exit: Self { Self("exit") }
}

extension LogField<Logged<RunMode>> {
    package static var mode: Self { Self("mode") }
}

extension LogField<JSONValue> {
    /// With `path`, `sha256` and `digests`.
    package static var sheet: Self { Self("sheet") }
    /// A text for each cue's id.
    package static var digests: Self { Self("digests") }
    /// Each with `name` and `arn`.
    package static var channels: Self { Self("channels") }
    package static var options: Self { Self("options") }
    /// A `RunEvent.Counts`.
    package static var counts: Self { Self("counts") }
    /// A `RunEvent.Lateness`.
    package static var lateness: Self { Self("late_us") }
}
