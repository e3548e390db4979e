/// What libyaml says of a text that is not YAML, in plain words.
enum YAMLProblem {
    /// A problem of the bytes: not UTF-8, or a character that YAML forbids.
    /// https://yaml.org/spec/1.2.2/#51-character-set
    static func reader(_ problem: String, value: Int, at mark: Mark) -> Diagnostic {
        let hex = String(max(value, 0), radix: 16, uppercase: true)
        if problem.hasPrefix("control") {
            let digits = String(repeating: "0", count: max(0, 4 - hex.count)) + hex
            return .error(
                "control-character", at: mark, "the character U+\(digits) is not allowed",
                hint: "remove it, or write it as an escape in double quotes")
        }
        return .error(
            "bad-encoding", at: mark, "the bytes here are not UTF-8 text",
            hint: "save the sheet as UTF-8")
    }

    /// A problem of the grammar, found at `mark` while reading what began at `start`.
    static func syntax(
        _ problem: String, context: String, at mark: Mark, byte: UInt8?, from start: Mark
    ) -> Diagnostic {
        if problem.contains("tab character") || byte == 0x09 {
            return .error(
                "yaml-syntax", at: mark, "a tab can't be used for indentation",
                hint: "indent with spaces")
        }
        if problem == "found character that cannot start any token", let byte {
            let mark = (mark, Character(Unicode.Scalar(byte)))
            return .error(
                "yaml-syntax", at: mark.0, "a text can't begin with \(mark.1)",
                hint: "put the text in quotes")
        }
        for rule in rules where problem.hasPrefix(rule.problem) && context.hasPrefix(rule.context) {
            return .error(
                "yaml-syntax", at: rule.isAtStart ? start : mark, rule.message, hint: rule.hint)
        }
        let plain =
            problem.hasPrefix("did not find ")
            ? "there is no " + problem.dropFirst("did not find ".count) : problem
        return .error("yaml-syntax", at: mark, plain)
    }

    private struct Rule {
        var problem: String
        var context = ""
        var message: String
        var hint: String?
        var isAtStart = false
    }

    private static let rules: [Rule] = [
        Rule(
            problem: "could not find expected ':'", message: "this line is no \"key: value\"",
            hint: "add a colon and a space after the key, or indent the line to go on with a text",
            isAtStart: true),
        Rule(
            problem: "mapping values are not allowed",
            message: "a colon can't stand here",
            hint: "put a text that holds a colon and a space in quotes, or check the indentation"),
        Rule(
            problem: "mapping keys are not allowed", message: "a key can't stand here",
            hint: "check the indentation"),
        Rule(
            problem: "block sequence entries are not allowed",
            message: "an entry of a list can't begin here", hint: "check the indentation"),
        Rule(
            problem: "found unexpected", context: "while scanning a quoted scalar",
            message: "the quoted text that begins here is never closed", isAtStart: true),
        Rule(
            problem: "found unknown escape character",
            message: "double quotes know no such escape",
            hint: "write \\\\ for a backslash, or use single quotes"),
        Rule(
            problem: "found invalid Unicode character escape code",
            message: "the escape names no character"),
        Rule(
            problem: "did not find expected key",
            message: "this line does not fit into the mapping that began above",
            hint: "check the indentation and the quotes of this line and the one above"),
        Rule(
            problem: "did not find expected '-' indicator",
            message: "this line does not fit into the list that began above",
            hint: "check the indentation and the quotes of this line and the one above"),
        Rule(
            problem: "did not find expected ',' or ']'",
            message: "the list that begins here with [ lacks a comma or its ]", isAtStart: true),
        Rule(
            problem: "did not find expected ',' or '}'",
            message: "the mapping that begins here with { lacks a comma or its }",
            isAtStart: true),
        Rule(problem: "did not find expected node content", message: "a value is missing here"),
        Rule(
            problem: "did not find expected <document start>",
            message: "nothing can follow the end of the sheet's mapping",
            hint: "check the indentation of this line"),
        Rule(
            problem: "found undefined tag handle", message: "the tag is not known",
            hint: "remove the tag, or put the text in quotes"),
    ]
}
