import CueText

/// What a hook's command writes: the first lines are shown, the rest is counted.
struct HookOutput {
    /// How many lines of a command are shown.
    static let linesMax = 5
    private static let lineBytesMax = 200

    private var count = 0
    private var line: [UInt8] = []
    private var lines = 0
    private let show: (String) -> Void

    init(show: @escaping (String) -> Void) {
        self.show = show
    }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        count += bytes.count
        for byte in bytes where lines < Self.linesMax {
            if byte == UInt8(ascii: "\n") {
                flush()
            } else if line.count < Self.lineBytesMax {
                line.append(byte)
            }
        }
    }

    /// Shows what has no line end, and how much was left out.
    mutating func finish() {
        flush()
        if lines >= Self.linesMax, count > 0 { show("… (\(count) bytes in all)") }
    }

    private mutating func flush() {
        guard !line.isEmpty, lines < Self.linesMax else { return }
        show(String(decoding: line, as: UTF8.self).printable)
        line = []
        lines += 1
    }
}
