import ArgumentParser
import CueShow
import Testing

@testable import CueCommands

/// What a log carries of a run's options, and what `--resume` makes of it.
@Suite struct LoggedOptionTests {
    /// One way to give each option, and its text in the log where that is another.
    private static let given: [(name: String, arguments: [String], text: String)] = [
        ("channel", ["--channel", "a=arn", "--channel", "b=arn"], "a=arn,b=arn"),
        ("offset", ["--offset", "-1.5s"], "-1.5s"),
        ("offset", ["--offset", "90"], "1m30s"),
        ("from", ["--from", "q1"], "q1"),
        ("from", ["--from", "90s"], "00:01:30"),
        ("until", ["--until", "00:02:00.5"], "00:02:00.5"),
        ("only", ["--only", "q1,q2"], "q1,q2"),
        ("start", ["--start", "stream"], "stream"),
        ("start", ["--start", "now"], "now"),
        ("start", ["--start", "manual"], "manual"),
        (
            "start", ["--start", "2026-11-27T19:00:00-08:00"], "2026-11-28T03:00:00.000000Z"
        ),
        ("join", ["--join"], "true"),
        ("late", ["--late", "any"], "any"),
        ("late", ["--late", "250ms"], "250ms"),
        ("lead", ["--lead", "auto"], "auto"),
        ("lead", ["--lead", "0.1s"], "100ms"),
        ("wait", ["--wait", "10m"], "10m"),
        ("end_after", ["--end-after", "1h"], "1h"),
        ("limit_channel", ["--limit-channel", "0"], "0"),
        ("limit_account", ["--limit-account", "7"], "7"),
        ("var.host", ["--var", "host=Ada", "--var", "host=Bo = b"], "Bo = b"),
    ]

    private func text(_ options: ShowOptions, of name: String) -> String? {
        options.given.first { $0.name == name }?.value
    }

    @Test(arguments: given)
    func comesBackFromTheLog(name: String, arguments: [String], text: String) throws {
        let first = try ShowOptions.parse(arguments)
        #expect(self.text(first, of: name) == text)
        var resumed = try ShowOptions.parse([])
        try resumed.adopt(first.given)
        let keeps = LoggedOption.all.first { $0.name == name }?.set != nil || name == "var.host"
        #expect(keeps == !["wait", "end_after", "limit_channel", "limit_account"].contains(name))
        let absent = try self.text(ShowOptions.parse([]), of: name)
        #expect(self.text(resumed, of: name) == (keeps ? text : absent))
        // A second life has what the first had.
        var again = try ShowOptions.parse([])
        try again.adopt(resumed.given)
        #expect(again.given.map(\.value) == resumed.given.map(\.value))
    }

    @Test func leavesNoOptionUntried() {
        #expect(
            Set(LoggedOption.all.map(\.name))
                == Set(Self.given.map(\.name)).subtracting(["var.host"])
        )
    }

    @Test func logsThemInOneOrder() throws {
        let none = try ShowOptions.parse([]).given
        #expect(none.map(\.name) == ["limit_channel", "limit_account"])
        let all = try ShowOptions.parse(Self.given.flatMap(\.arguments)).given
        #expect(all.map(\.name) == LoggedOption.all.map(\.name) + ["var.host"])
    }

    @Test func countsWhatIsGivenAnew() throws {
        let logged = try ShowOptions.parse([
            "--offset", "1s", "--late", "2s", "--channel", "old", "--only", "a", "--var", "x=1",
            "--var", "y=2",
        ]).given
        var options = try ShowOptions.parse([
            "--offset", "5s", "--channel", "new", "--only", "b", "--var", "x=3",
        ])
        try options.adopt(logged)
        #expect(text(options, of: "offset") == "5s")
        #expect(text(options, of: "channel") == "new")
        #expect(text(options, of: "only") == "b")
        #expect(text(options, of: "late") == "2s")
        #expect(text(options, of: "var.x") == "3" && text(options, of: "var.y") == "2")
    }

    @Test(arguments: [("late", "soon"), ("start", "never"), ("offset", ""), ("lead", "11s")])
    func refusesWhatCannotBeRead(name: String, value: String) throws {
        var options = try ShowOptions.parse([])
        #expect(
            throws: CommandFailure(.data, "the log's option \(name) can't be read: \(value)")
        ) { try options.adopt([(name, value)]) }
        // Nobody asks what is given anew.
        options = try ShowOptions.parse([
            "--late", "1s", "--start", "now", "--offset", "1s", "--lead", "auto",
        ])
        try options.adopt([(name, value)])
    }

    @Test func passesOverWhatItDoesNotKnow() throws {
        var options = try ShowOptions.parse([])
        try options.adopt([("speed", "2"), ("region", "us-west-2"), ("new", "?")])
        #expect(options.given.count == 2)
    }
}
