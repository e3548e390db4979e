import CueSheet
package import CueText

/// When a cue is due, as far as that is known before the show.
package enum Position: Hashable, Sendable {
    /// After zero.
    case placed(Duration)
    /// After the GO of a manual cue, given by its index in `Sheet.cues`.
    case floating(root: Int, Duration)
    /// At a moment of civil time; moved by nothing.
    case instant(WallTime)

    func moved(by delta: Duration) -> Position {
        switch self {
        case .placed(let time): .placed(time + delta)
        case .floating(let root, let time): .floating(root: root, time + delta)
        case .instant(let time): .instant(time + delta)
        }
    }

    /// Placed before zero, or floating before the GO that it waits for.
    var isTooEarly: Bool {
        switch self {
        case .placed(let time), .floating(_, let time): time < .zero
        case .instant: false
        }
    }
}

/// Follows every `at` to zero, to a manual cue or to an instant.
///
/// Each cue refers to at most one other, so a walk along the references either ends or comes back
/// to itself; no recursion, since 100,000 cues may hang on one another in a chain.
struct PositionResolver {
    private let cues: [Cue]
    /// The first cue of each id; needed only where one refers to another.
    private lazy var indexOfID = Dictionary(
        zip(cues.lazy.map(\.id), cues.indices), uniquingKeysWith: { first, _ in first })
    /// By cue, the nearest enabled one above it; needed only where a cue counts from that.
    private lazy var previous = nearestEnabledAbove()
    private(set) var positions: [Position?]
    private(set) var diagnostics: [Diagnostic] = []

    private enum State {
        case open, underway, done
    }

    private enum Reference {
        case position(Position)
        case cue(Int, delta: Duration)
        case none
    }

    init(_ cues: [Cue]) {
        self.cues = cues
        positions = Array(repeating: nil, count: cues.count)
        resolve()
    }

    private mutating func resolve() {
        var states = Array(repeating: State.open, count: cues.count)
        var path: [(cue: Int, delta: Duration)] = []
        for first in cues.indices where states[first] == .open {
            path.removeAll(keepingCapacity: true)
            var index = first
            var found: Position?
            walk: while true {
                switch states[index] {
                case .done:
                    found = positions[index]
                    break walk
                case .underway:
                    reportCircle(through: path.map(\.cue), back: index)
                    break walk
                case .open: break
                }
                states[index] = .underway
                switch reference(of: index) {
                case .position(let position):
                    found = position
                    path.append((index, .zero))
                    break walk
                case .cue(let target, let delta):
                    path.append((index, delta))
                    index = target
                case .none:
                    path.append((index, .zero))
                    break walk
                }
            }
            for step in path.reversed() {
                found = found?.moved(by: step.delta)
                states[step.cue] = .done
                positions[step.cue] = checked(found, of: step.cue)
            }
        }
    }

    private func nearestEnabledAbove() -> [Int?] {
        var last: Int?
        return cues.indices.map { index in
            defer { if !cues[index].disabled { last = index } }
            return last
        }
    }

    private mutating func reference(of index: Int) -> Reference {
        let cue = cues[index]
        switch cue.at {
        case .time(let time): return .position(.placed(time))
        case .instant(let time): return .position(.instant(time))
        case .manual: return .position(.floating(root: index, .zero))
        case .afterPrevious(let delta):
            if let previous = previous[index] { return .cue(previous, delta: delta) }
            report(
                "unknown-reference", cue, "no enabled entry stands above to count from",
                hint: "give a time after zero, such as \(DurationText.formatTime(delta))")
            return .none
        case .anchored(let id, let edge, let offset):
            guard let target = indexOfID[id] else {
                // In a sheet of many thousand cues the search would take longer than the reading.
                let near =
                    cues.count > 2_000
                    ? nil : Suggestion.nearest(to: id, among: cues.map(\.id))
                report(
                    "unknown-reference", cue, "no cue has the id \"\(id)\"",
                    hint: near.map { "did you mean \($0)?" })
                return .none
            }
            if cues[target].disabled, !cue.disabled {
                report(
                    "disabled-reference", cue, "cue \"\(id)\" is disabled",
                    hint: "enable it, or give \"\(cue.id)\" a time of its own")
                return .none
            }
            guard let delta = delta(of: cues[target], edge) else {
                if !cues[target].isBroken {
                    let needs = edge == .end ? "for" : "reveal"
                    report(
                        "missing-edge", cue, "cue \"\(id)\" has no \(edge.rawValue)",
                        hint: "give \"\(id)\" the key \(needs)")
                }
                return .none
            }
            return .cue(target, delta: delta + offset)
        }
    }

    private func delta(of cue: Cue, _ edge: Cue.Edge) -> Duration? {
        switch edge {
        case .start: return .zero
        case .end: return cue.window
        case .reveal:
            guard let window = cue.window, let reveal = cue.reveal else { return nil }
            return window + reveal
        }
    }

    private mutating func checked(_ position: Position?, of index: Int) -> Position? {
        guard let position, position.isTooEarly else { return position }
        let cue = cues[index]
        if case .floating(let root, _) = position {
            report(
                "before-go", cue,
                "\"\(cue.id)\" would be due before the GO of \"\(cues[root].id)\"",
                hint: "nobody knows beforehand when the GO is given; count from it onwards")
        } else {
            report(
                "before-zero", cue, "\"\(cue.id)\" would be due before zero",
                hint: "count it from a later cue, or take away less")
        }
        return nil
    }

    private mutating func reportCircle(through path: [Int], back: Int) {
        guard let start = path.firstIndex(of: back) else { return }
        let circle = path[start...]
        let named = circle.prefix(8).map { cues[$0].id } + (circle.count > 8 ? ["…"] : [])
        let first = circle.min() ?? back
        report(
            "circle", cues[first],
            "cues wait for each other: \((named + [cues[back].id]).joined(separator: " → "))",
            hint: "give one of them a time after zero")
    }

    private mutating func report(
        _ code: String, _ cue: Cue, _ message: String, hint: String? = nil
    ) {
        // An `at` that could not be read has its diagnostic already.
        guard cue.at != .unread else { return }
        diagnostics.append(.error(code, at: cue.atMark, message, hint: hint))
    }
}
