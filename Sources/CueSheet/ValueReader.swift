import CueText

/// `[A-Za-z0-9][A-Za-z0-9_-]{0,63}`, the form of ids and of channels' names.
func isID(_ bytes: some Collection<UInt8>) -> Bool {
    guard let first = bytes.first, bytes.count <= 64, first.isLetterOrDigit else {
        return false
    }
    return bytes.allSatisfy(isIDByte)
}

func isIDByte(_ byte: UInt8) -> Bool {
    byte.isLetterOrDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
}

/// `[A-Za-z_][A-Za-z0-9_]{0,63}`, the form of variables' names.
func isVariableName(_ bytes: some Collection<UInt8>) -> Bool {
    guard let first = bytes.first, bytes.count <= 64, first.isLetter || first == 95 else {
        return false
    }
    return bytes.allSatisfy { $0.isLetterOrDigit || $0 == 95 }
}

/// A text as messages quote it: short, and on one line.
func quoted(_ text: String) -> String {
    var short = String.UnicodeScalarView()
    var rest = text.unicodeScalars.makeIterator()
    var count = 0
    while let scalar = rest.next() {
        guard count < 48 else {
            short.append("…")
            break
        }
        count += 1
        let isControl = scalar.properties.generalCategory == .control
        short.append(isControl ? (scalar.properties.isWhitespace ? " " : "\u{FFFD}") : scalar)
    }
    return "\"\(String(short))\""
}

// MARK: - Reports

extension SheetReader {
    mutating func mark(_ node: Int) -> Mark {
        tree.lines.mark(at: tree.nodes[node].offset, hint: &lineHint)
    }

    mutating func error(_ code: String, at node: Int, _ message: String, hint: String? = nil) {
        diagnostics.add(.error(code, at: mark(node), message, hint: hint))
    }

    /// What a node is, for messages.
    func found(_ node: Int) -> String {
        switch tree.kind(node) {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar, .alias, .broken: isNothing(node) ? "nothing" : quoted(tree.text(node))
        }
    }

    mutating func wrongType(_ node: Int, _ name: String, _ expected: String) {
        // What is broken has been reported where it broke.
        if tree.kind(node) == .broken {
            diagnostics.markError()
        } else {
            let isWord = isNothing(node) && tree.nodes[node].second > 0
            error(
                "wrong-type", at: node, "\(name) must be \(expected), found \(found(node))",
                hint: isWord ? "put the word in quotes if it is meant as text" : nil)
        }
    }
}

// MARK: - Values

extension SheetReader {
    /// A plain scalar without a tag that makes it text.
    func isPlainTyped(_ node: Int) -> Bool {
        let scalar = tree.nodes[node]
        guard scalar.isTagged else { return scalar.isPlain }
        return tree.tags[node] != YAMLTag.string.rawValue && !isNothing(node)
    }

    /// YAML's null: empty, `~`, `null`.
    func isNothing(_ node: Int) -> Bool {
        let scalar = tree.nodes[node]
        guard scalar.kind == .scalar, scalar.second <= 4 else { return false }
        if scalar.isTagged {
            if tree.tags[node] == YAMLTag.null.rawValue { return true }
            if tree.tags[node] == YAMLTag.string.rawValue { return false }
        }
        return scalar.isPlain && CoreSchema.isNull(tree.bytes(node))
    }

    mutating func optional<Value>(
        _ pair: Pair?, _ read: (inout SheetReader, Int) -> Value?
    ) -> Value? {
        guard let pair else { return nil }
        return read(&self, pair.value)
    }

    mutating func isMapping(_ node: Int, _ name: String) -> Bool {
        if tree.kind(node) == .mapping { return isTagFit(node, .mapping) }
        wrongType(node, name, "a mapping")
        return false
    }

    mutating func isSequence(_ node: Int, _ name: String) -> Bool {
        if tree.kind(node) == .sequence { return isTagFit(node, .sequence) }
        wrongType(node, name, "a list")
        return false
    }

    private mutating func isTagFit(_ node: Int, _ wanted: YAMLTag) -> Bool {
        guard tree.nodes[node].isTagged, tree.tags[node] != wanted.rawValue else { return true }
        reportTag(node)
        return false
    }

    mutating func reportTag(_ node: Int) {
        let tag = YAMLTag.short(tree.tags[node] ?? "")
        error(
            "bad-tag", at: node, "the tag \(tag) does not fit here",
            hint: "remove the tag, or put the text in quotes")
    }

    /// A scalar's text, whatever type it would have; nil and a diagnostic where there is none.
    mutating func text(_ node: Int, _ name: String) -> String? {
        isText(node, name) ? tree.text(node) : nil
    }

    mutating func isText(_ node: Int, _ name: String, _ expected: String = "a text") -> Bool {
        guard tree.kind(node) == .scalar, !isNothing(node) else {
            wrongType(node, name, expected)
            return false
        }
        if tree.nodes[node].isTagged, YAMLTag(rawValue: tree.tags[node] ?? "")?.isScalar != true {
            reportTag(node)
            return false
        }
        return true
    }

    /// A text that names something, so that a bare `true` is more likely a mistake than a name.
    mutating func name(_ node: Int, _ name: String) -> String? {
        guard isText(node, name) else { return nil }
        if isPlainTyped(node), CoreSchema.bool(tree.bytes(node)) != nil {
            error(
                "wrong-type", at: node, "\(name) must be a text, found \(tree.text(node))",
                hint: "put the word in quotes if it is meant as text")
            return nil
        }
        return tree.text(node)
    }

    mutating func bool(_ node: Int, _ name: String) -> Bool? {
        typed(node, name, "true or false", CoreSchema.bool)
    }

    mutating func integer(_ node: Int, _ name: String) -> Int? {
        typed(node, name, "a whole number", CoreSchema.integer)
    }

    private mutating func typed<Value>(
        _ node: Int, _ name: String, _ type: String, _ parse: (ArraySlice<UInt8>) -> Value?
    ) -> Value? {
        if tree.kind(node) == .scalar, isPlainTyped(node), let value = parse(tree.bytes(node)) {
            return value
        }
        wrongType(node, name, type)
        return nil
    }

    mutating func variableName(_ key: Int) -> String? {
        guard isVariableName(tree.bytes(key)) else {
            error(
                "bad-name", at: key, "\(quoted(tree.text(key))) can't name a variable",
                hint: "use letters, digits and _, at most 64, not a digit first")
            return nil
        }
        return tree.text(key)
    }
}

// MARK: - Durations

extension SheetReader {
    /// A duration from zero on.
    mutating func duration(
        _ node: Int, _ name: String, orWord word: String? = nil
    ) -> Duration? {
        let expected = word.map { "a duration or \($0)" } ?? "a duration"
        guard isText(node, name, expected) else { return nil }
        let bytes = tree.bytes(node)
        if let lastDuration, lastDuration.bytes == bytes { return lastDuration.value }
        let text = tree.text(node)
        if let value = DurationText.parse(text) {
            lastDuration = (bytes, value)
            return value
        }
        error(
            "bad-duration", at: node, "\(name) must be \(expected), found \(quoted(text))",
            hint: SheetReader.durationHint(text))
        return nil
    }

    /// A duration above zero.
    mutating func longDuration(_ node: Int, _ name: String) -> Duration? {
        guard let value = duration(node, name) else { return nil }
        if value > .zero { return value }
        error("out-of-range", at: node, "\(name) must be longer than zero")
        return nil
    }

    mutating func signedDuration(_ node: Int, _ name: String) -> Duration? {
        guard isText(node, name, "a duration") else { return nil }
        let text = tree.text(node)
        if let value = DurationText.parseSigned(text) { return value }
        error(
            "bad-duration", at: node,
            "\(name) must be a duration, found \(quoted(text))",
            hint: SheetReader.durationHint(text))
        return nil
    }

    mutating func late(_ node: Int, _ name: String) -> Sheet.LateBudget? {
        if tree.kind(node) == .scalar, tree.bytes(node).elementsEqual("any".utf8) { return .any }
        return duration(node, name, orWord: "any").map { .within($0) }
    }

    /// The pause between repetitions of a question: at least 200 ms, so that a repeat never takes
    /// the whole of a channel's five sends a second.
    mutating func again(_ node: Int) -> Duration? {
        guard let value = duration(node, "again") else { return nil }
        if value >= .milliseconds(200) { return value }
        error(
            "out-of-range", at: node,
            "again must be at least 200ms, found \(DurationText.format(value))")
        return nil
    }

    private static func durationHint(_ text: String) -> String {
        // Colons make a time of it; what was meant is plain all the same.
        if let meant = DurationText.parseTime(text) { return "write \(DurationText.format(meant))" }
        return "write it as 20s, 1.5s, 250ms, 2m or 1h2m3s"
    }
}

/// The tags of YAML's core schema. https://yaml.org/spec/1.2.2/#103-core-schema
enum YAMLTag: String {
    case string = "tag:yaml.org,2002:str"
    case integer = "tag:yaml.org,2002:int"
    case float = "tag:yaml.org,2002:float"
    case bool = "tag:yaml.org,2002:bool"
    case null = "tag:yaml.org,2002:null"
    case mapping = "tag:yaml.org,2002:map"
    case sequence = "tag:yaml.org,2002:seq"

    var isScalar: Bool { self != .mapping && self != .sequence }

    /// The tag as it is written: `!!int`.
    static func short(_ tag: String) -> String {
        let prefix = "tag:yaml.org,2002:"
        return tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : quoted(tag)
    }
}
