package import CueScheduler
package import CueShow

/// What an operator asks of a running show: by a key, a typed line or the control socket.
package enum OperatorRequest: Hashable, Sendable {
    case operate(OperatorAction)
    case decide(JoinDecision)
    /// Uses the edited sheet.
    case reload
    /// Ends the run as Ctrl-C does.
    case interrupt
    case status
    /// Every event from now on, until the show is over.
    case watch

    /// Where words come in. Each door has some that the other one lacks.
    package enum Door: Sendable {
        /// A line typed at the terminal; an empty one is a GO.
        case line
        case socket
    }

    /// The first words of what the socket understands.
    package static let socketWords = [
        "status", "go", "hold", "resume", "skip", "take", "fire", "shift", "undo", "reload",
        "watch", "stop",
    ]

    /// Reads a word and what belongs to it: `hold`, `shift -10s`, `skip q1`.
    package init?(words: [String], at door: Door) {
        switch door {
        case .line:
            if words.isEmpty {
                self = .operate(.go(nil))
                return
            }
            if let decision = words.first.flatMap(JoinDecision.init(rawValue:)) {
                self = .decide(decision)
                return
            }
        case .socket:
            if words == ["status"] {
                self = .status
                return
            }
            if words == ["watch"] {
                self = .watch
                return
            }
        }
        if words == ["reload"] {
            self = .reload
        } else if let action = OperatorAction(words: words) {
            self = .operate(action)
        } else {
            return nil
        }
    }
}

/// Carries out what an operator asks, whichever way the request came.
package struct RequestHandler: Sendable {
    /// Gets the answer as the control socket sends it: a line of JSON.
    package typealias Reply = @Sendable (String) -> Void

    private let show: RunningShow
    private let facts: ShowFacts
    private let reload: @Sendable (Reply?) -> Void

    package init(
        _ show: RunningShow, _ facts: ShowFacts, reload: @escaping @Sendable (Reply?) -> Void
    ) {
        self.show = show
        self.facts = facts
        self.reload = reload
    }

    package func handle(_ request: OperatorRequest, reply: Reply? = nil) {
        switch request {
        case .operate(let action):
            show.ask(.operate(action)) { reply?(ControlReply.outcome(action, $0)) }
        case .decide(let decision): show.ask(.decide(decision)) { _ in }
        case .reload: reload(reply)
        case .interrupt: show.ask(.interrupt(.interrupted)) { _ in }
        case .status: reply?(ControlReply.status(show.snapshot(8), facts))
        // Has no one answer: the server adds the connection to those that get the events.
        case .watch: break
        }
    }
}
