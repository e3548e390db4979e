/// What libyaml says of a text that is not YAML, in plain words.
enum YAMLProblem {
    /// A problem of the bytes: not UTF-8, or a character that YAML forbids.
    /// https://yaml.org/spec/1.2.2/#51-character-set
    static func reader(_ problem: String, value: Int, at mark: Mark) -> Diagnostic {
        let hex = String(max(value, 0), radix: 16, uppercase: true)
        if problem.hasPrefix("control") {
            return .error(
                "control-character", at: mark,
                "the character U+\(hex.leftPadded(to: 4)) is not allowed",
                hint: value == 0
                    ? "save the sheet as UTF-8 text, without this character"
                    : "remove it, or write it as an escape in double quotes")
        }
        return .error(
            "bad-encoding", at: mark, "the bytes here are not UTF-8 text",
            hint: "save the sheet as UTF-8")
    }

    /// A problem of the grammar that a character nobody can see is the likely reason for: a line
    /// break of its own inside of a text, or a space that is none to YAML.
    static func invisible(_ scalar: Unicode.Scalar, at mark: Mark) -> Diagnostic {
        let code = "U+" + String(scalar.value, radix: 16, uppercase: true).leftPadded(to: 4)
        return scalar.isLineBreak
            ? .error(
                "yaml-syntax", at: mark, "the character \(code) breaks the line here, unseen",
                hint: "delete it: it came along when the text was pasted")
            : .error(
                "yaml-syntax", at: mark, "the character \(code) can't be used for indentation",
                hint: "indent with plain spaces")
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
        let expected = "did not find expected "
        let plain =
            problem.hasPrefix(expected)
            ? "here should be " + problem.dropFirst(expected.count) : problem
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
            problem: "did not find expected hexdecimal number",
            message: "the escape lacks a hexadecimal digit",
            hint: "write \\\\ for a backslash, or use single quotes"),
        Rule(
            problem: "did not find expected alphabetic or numeric character",
            context: "while scanning an a",
            message: "what begins here is read as an anchor (&) or an alias (*), and is none",
            hint: "put a text that begins with & or * in quotes", isAtStart: true),
        Rule(
            problem: "did not find expected comment or line break",
            context: "while scanning a block scalar",
            message: "the text behind | or > begins on the next line"),
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
            problem: "found incompatible YAML document",
            message: "only YAML 1.1 and 1.2 can be read"),
        Rule(
            problem: "found undefined tag handle", message: "the tag is not known",
            hint: "remove the tag, or put the text in quotes"),
    ]
}

extension Unicode.Scalar {
    /// Breaks a line to libyaml, and to no editor.
    var isLineBreak: Bool { value == 0x85 || value == 0x2028 || value == 0x2029 }
}

extension String {
    fileprivate func leftPadded(to count: Int) -> String {
        String(repeating: "0", count: max(0, count - utf8.count)) + self
    }
}
