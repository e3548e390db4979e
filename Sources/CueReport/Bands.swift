import CueRunLog
import CueScheduler
import CueText

/// A part of the show in which cues could not, or were not to, leave.
package struct Band: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case offAir = "off_air"
        case hold
        case asleep
    }

    var kind: Kind
    /// Its place in `channels`; nil where all are concerned.
    var channel: Int?
    /// On the show's clock.
    var from: Duration
    var to: Duration

    package init(kind: Kind, channel: Int?, from: Duration, to: Duration) {
        self.kind = kind
        self.channel = channel
        self.from = from
        self.to = to
    }
}

extension Review {
    /// In the order in which they began; what has not ended ends with the log.
    package var bands: [Band] {
        var bands: [Band] = []
        var offAir: [Int: Duration] = [:]
        var held: Duration?
        for happening in happenings {
            guard let at = at(happening.time) else { continue }
            switch happening.kind {
            case .streamChanged(let channel, true):
                if let from = offAir.removeValue(forKey: channel) {
                    bands.append(Band(kind: .offAir, channel: channel, from: from, to: at))
                }
            case .streamChanged(let channel, false):
                if offAir[channel] == nil { offAir[channel] = at }
            case .suspended(let span, _):
                // It is written when the process goes on.
                let length = Duration.nanoseconds(span.nanoseconds, scaledBy: speed)
                bands.append(Band(kind: .asleep, channel: nil, from: at - length, to: at))
            case .operated(.known(.hold), false): held = held ?? at
            case .operated(.known(.resume), false):
                if let from = held {
                    bands.append(Band(kind: .hold, channel: nil, from: from, to: at))
                }
                held = nil
            default: break
            }
        }
        if let end = lastTime.flatMap(at) {
            if let held { bands.append(Band(kind: .hold, channel: nil, from: held, to: end)) }
            for (channel, from) in offAir {
                bands.append(Band(kind: .offAir, channel: channel, from: from, to: end))
            }
        }
        return bands.sorted { ($0.from, $0.channel ?? -1) < ($1.from, $1.channel ?? -1) }
    }
}
