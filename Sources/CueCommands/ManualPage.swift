import CueText

/// The manual page, out of the same words as `--help`.
///
/// In mdoc, which both man-db and mandoc read. https://man7.org/linux/man-pages/man7/groff_mdoc.7.html
enum ManualPage {
    /// `help` is the command tree as the parser tells it; nil where it is told otherwise.
    static func text(_ help: JSONValue, version: String, date: String) -> String? {
        guard let command = help["command"], let name = command["commandName"]?.string,
            let commands = command["subcommands"]?.array
        else { return nil }
        var page = Page()
        page.macro("Dd \(date)")
        page.macro("Dt CUE-RUNNER 1")
        page.macro("Os")
        page.section("NAME")
        page.macro("Nm \(name)")
        page.macro("Nd \(sentence(command["abstract"]))")
        synopsis(&page, name)
        page.section("DESCRIPTION")
        page.text(Self.about)
        page.section("COMMANDS")
        for command in commands { page.command(command) }
        page.section("EXIT STATUS")
        page.list(Self.statuses)
        page.section("EXAMPLES")
        page.discussion(command["discussion"]?.string ?? "", isWithHeads: false)
        page.section("SEE ALSO")
        page.text(
            "The sheet, the run log and what happens in a show are described in README.md of "
                + "cue-runner \(version), and in the guides that it names: your first show, "
                + "writing a sheet, operating a show, reading the log, setting up AWS, "
                + "troubleshooting.")
        return page.lines.joined(separator: "\n") + "\n"
    }

    private static func synopsis(_ page: inout Page, _ name: String) {
        page.section("SYNOPSIS")
        page.macro("Nm \(name)")
        page.macro("Ar sheet")
        page.macro("Op Ar options")
        page.macro("Nm \(name)")
        page.macro("Ar command")
        page.macro("Op Ar options")
    }

    /// An abstract without its full stop.
    private static func sentence(_ value: JSONValue?) -> String {
        let text = value?.string ?? ""
        return Page.escaped(text.last == "." ? String(text.dropLast()) : text)
    }

    private static let about = """
        A producer writes a live show's cues in one YAML file, the sheet. cue-runner takes the \
        start of the Amazon IVS stream as zero, sends each cue at its moment as timed metadata, \
        and leaves a run log that says what was sent, when, and how late. A sheet without a \
        command is run. A sheet named - is read from standard input.
        """

    /// As the README lists them.
    private static let statuses = [
        ("0", "Every cue was delivered, or skipped on purpose."),
        ("1", "The show ran, and some cue was missed, failed or is in doubt."),
        ("64", "Wrong usage."), ("65", "The sheet, or the spreadsheet to import, has errors."),
        ("66", "No such file."),
        (
            "69",
            "The stream never came, the service can't be reached, or joining late without --join."
        ),
        ("70", "An internal error."), ("73", "A file can't be written, or is there already."),
        ("77", "Credentials are missing or were refused."),
        ("129, 130, 143", "Ended by SIGHUP, by Ctrl-C (SIGINT), by SIGTERM."),
    ]
}

private struct Page {
    var lines: [String] = []

    mutating func macro(_ text: String) { lines.append("." + text) }

    mutating func section(_ name: String) { macro("Sh \(name)") }

    /// A sentence begins a line, and lines are short: so mdoc wants its source.
    mutating func text(_ text: String) {
        var line = ""
        for word in text.split(separator: " ") {
            let isSentence = line.last == "." && word.first?.isUppercase == true
            if isSentence || line.count + word.count > 64 {
                lines.append(Self.escaped(line))
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        if !line.isEmpty { lines.append(Self.escaped(line)) }
    }

    mutating func list(_ items: [(String, String)]) {
        guard !items.isEmpty else { return }
        macro("Bl -tag -width 8n")
        for (tag, text) in items {
            macro("It \(Self.escaped(tag))")
            self.text(text)
        }
        macro("El")
    }

    /// One subcommand: what it does, its arguments and options, and what its help says besides.
    mutating func command(_ command: JSONValue) {
        let arguments = (command["arguments"]?.array ?? []).filter { argument in
            argument["shouldDisplay"]?.bool == true
                && !["help", "version"].contains(
                    argument["valueName"]?.string)
        }
        let name = command["commandName"]?.string ?? ""
        let positional = arguments.filter { $0["kind"]?.string == "positional" }
        macro("Ss \(name)" + positional.map { " \(Self.usage($0))" }.joined())
        text(command["abstract"]?.string ?? "")
        list(arguments.filter { $0["kind"]?.string != "positional" }.map(Self.option))
        discussion(command["discussion"]?.string ?? "", isWithHeads: true)
    }

    private static func usage(_ argument: JSONValue) -> String {
        let name = argument["valueName"]?.string ?? ""
        let more = argument["isRepeating"]?.bool == true ? " ..." : ""
        return argument["isOptional"]?.bool == true ? "[\(name)]\(more)" : "\(name)\(more)"
    }

    private static func option(_ argument: JSONValue) -> (String, String) {
        let names = (argument["names"]?.array ?? []).compactMap { name -> String? in
            guard let text = name["name"]?.string else { return nil }
            return (name["kind"]?.string == "short" ? "-" : "--") + text
        }
        let value =
            argument["kind"]?.string == "option" ? " " + (argument["valueName"]?.string ?? "") : ""
        var text = argument["abstract"]?.string ?? ""
        if let values = argument["allValues"]?.array?.compactMap(\.string), !values.isEmpty {
            text += " One of \(values.joined(separator: ", "))."
        }
        if let given = argument["defaultValue"]?.string { text += " Default: \(given)." }
        return (names.joined(separator: ", ") + value, text)
    }

    /// Help text: paragraphs are filled, heads and what is indented stay as they are.
    mutating func discussion(_ text: String, isWithHeads: Bool) {
        var isLiteral = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let isHead = line.last == ":" && line == line.uppercased()
            if line.isEmpty || (isHead && !isWithHeads) { continue }
            if line.hasPrefix(" ") != isLiteral {
                macro(isLiteral ? "Ed" : "Bd -literal -offset indent")
                isLiteral.toggle()
            }
            if isLiteral {
                lines.append(Self.escaped(String(line.dropFirst(2))))
            } else {
                macro("Pp")
                self.text(String(line))
            }
        }
        if isLiteral { macro("Ed") }
    }

    /// What mdoc would read as its own: a backslash, a minus that is to be typed, a line's first
    /// dot or quote, and letters beyond ASCII.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "`": result += "\\(ga"
            case "\"": result += "\\(dq"
            case ..."\u{7E}": result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result +=
                    "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
            }
        }
        return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
    }
}
