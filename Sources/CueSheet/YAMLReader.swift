internal import CLibYAML

/// libyaml's events, put into a tree while they come.
///
/// An alias shares the node of its anchor; what it would expand to is counted only, so that a
/// bomb of aliases is refused before it costs anything. Depth is counted per event, so that deep
/// nesting is refused before anything recurses. https://yaml.org/spec/1.2.2/
struct YAMLReader {
    /// The deepest nesting of lists and mappings, aliases followed.
    static let depthMax = 64
    /// The most nodes, aliases expanded.
    static let nodesMax = 5_000_000

    private(set) var tree: YAMLTree
    private(set) var diagnostics = DiagnosticBag()
    private var frames: [Frame] = []
    private var anchors: [Anchor] = []
    private var anchorIndex: [String: Int] = [:]
    /// Nodes so far, with all that aliases stand for.
    private var expanded = 0
    private var cursor = CharacterCursor()

    private struct Frame {
        var node: Int
        var anchor: Int?
        /// Levels below and including this one.
        var height = 1
        var expandedBefore: Int
    }

    private struct Anchor {
        var node: Int
        var height = 0
        var expanded = 0
        var isOpen = true
    }

    /// Reads the first document. There is a tree unless the text is empty, is no YAML, or goes
    /// beyond a limit; what is wrong is in the diagnostics.
    static func read(_ lines: SourceLines) -> (tree: YAMLTree?, diagnostics: DiagnosticBag) {
        var reader = YAMLReader(lines)
        let isWhole = reader.parse()
        if isWhole, reader.tree.nodes.isEmpty { reader.reportEmpty() }
        let isGood = isWhole && !reader.tree.nodes.isEmpty
        return (isGood ? reader.tree : nil, reader.diagnostics)
    }

    private init(_ lines: SourceLines) {
        tree = YAMLTree(lines: lines)
    }

    private mutating func parse() -> Bool {
        // libyaml keeps the parser's own address inside it: the parser must never move.
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else { return reportMemory() }
        defer { yaml_parser_delete(parser) }
        let lines = tree.lines
        return lines.bytes.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress, !source.isEmpty else { return true }
            yaml_parser_set_input_string(parser, base, source.count)
            yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            return events(of: parser, source)
        }
    }

    private mutating func events(
        of parser: UnsafeMutablePointer<yaml_parser_t>, _ source: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var event = yaml_event_t()
        var documents = 0
        while true {
            guard yaml_parser_parse(parser, &event) == 1 else {
                reportSyntax(parser.pointee, source)
                return false
            }
            defer { yaml_event_delete(&event) }
            let offset = cursor.offset(
                of: Int(event.start_mark.index), in: source, isASCII: tree.lines.isASCII)
            var isGood = true
            switch event.type {
            case YAML_SCALAR_EVENT:
                isGood = scalar(event.data.scalar, at: offset, source)
            case YAML_SEQUENCE_START_EVENT:
                let start = event.data.sequence_start
                isGood = open(.sequence, at: offset, start.anchor, start.tag)
            case YAML_MAPPING_START_EVENT:
                let start = event.data.mapping_start
                isGood = open(.mapping, at: offset, start.anchor, start.tag)
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
                close()
            case YAML_ALIAS_EVENT:
                isGood = alias(event.data.alias.anchor, at: offset)
            case YAML_DOCUMENT_START_EVENT:
                documents += 1
                if documents > 1 {
                    report(
                        "more-than-one-document", at: offset,
                        "the sheet holds more than one document",
                        hint: "put the second into a file of its own, or remove the ---")
                    return true
                }
            case YAML_STREAM_END_EVENT:
                return true
            default:
                break
            }
            guard isGood else { return false }
        }
    }

    private mutating func scalar(
        _ scalar: yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar, at offset: Int,
        _ source: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard count(at: offset) else { return false }
        let text = UnsafeBufferPointer(start: scalar.value, count: Int(scalar.length))
        let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
        let start = isPlain ? offset : offset + 1
        var first: UInt32
        if start + text.count <= source.count,
            isSame(
                UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(source)[start...]),
                UnsafeRawBufferPointer(text))
        {
            first = UInt32(start)
        } else {
            first = UInt32(tree.aside.count) | YAMLNode.asideBit
            tree.aside.append(contentsOf: text)
        }
        let node = tree.nodes.count
        tree.nodes.append(
            YAMLNode(
                .scalar, at: offset, isPlain: isPlain, isTagged: scalar.tag != nil, first: first,
                second: UInt32(text.count)))
        if let tag = scalar.tag {
            let name = string(tag)
            // A lone exclamation mark says that the scalar is text.
            tree.tags[node] = name == "!" ? YAMLTag.string.rawValue : name
        }
        if let name = scalar.anchor {
            anchorIndex[string(name)] = anchors.count
            anchors.append(Anchor(node: node, expanded: 1, isOpen: false))
        }
        return true
    }

    private mutating func open(
        _ kind: YAMLNode.Kind, at offset: Int, _ anchor: UnsafeMutablePointer<yaml_char_t>?,
        _ tag: UnsafeMutablePointer<yaml_char_t>?
    ) -> Bool {
        guard frames.count < YAMLReader.depthMax else { return reportDepth(at: offset) }
        let before = expanded
        guard count(at: offset) else { return false }
        let node = tree.nodes.count
        tree.nodes.append(YAMLNode(kind, at: offset, isTagged: tag != nil))
        if let tag { tree.tags[node] = string(tag) }
        var frame = Frame(node: node, expandedBefore: before)
        if let anchor {
            frame.anchor = anchors.count
            anchorIndex[string(anchor)] = anchors.count
            anchors.append(Anchor(node: node))
        }
        frames.append(frame)
        return true
    }

    private mutating func close() {
        guard let frame = frames.popLast() else { return }
        tree.nodes[frame.node].second = UInt32(tree.nodes.count)
        if let anchor = frame.anchor {
            anchors[anchor].isOpen = false
            anchors[anchor].height = frame.height
            anchors[anchor].expanded = expanded - frame.expandedBefore
        }
        rise(to: frame.height)
    }

    /// Notes in the enclosing collection that it holds something of that height.
    private mutating func rise(to height: Int) {
        guard let last = frames.indices.last else { return }
        frames[last].height = max(frames[last].height, height + 1)
    }

    private mutating func alias(
        _ pointer: UnsafeMutablePointer<yaml_char_t>?, at offset: Int
    ) -> Bool {
        let name = pointer.map(string) ?? ""
        guard let index = anchorIndex[name] else {
            report(
                "unknown-alias", at: offset, "no anchor \"&\(name)\" stands above",
                hint: "put the text in quotes if it is meant to begin with *")
            return brokenNode(at: offset)
        }
        let anchor = anchors[index]
        guard !anchor.isOpen else {
            report(
                "alias-circle", at: offset, "\"*\(name)\" lies inside what it stands for",
                hint: "write out what is meant in its place")
            return brokenNode(at: offset)
        }
        guard frames.count + anchor.height <= YAMLReader.depthMax else {
            return reportDepth(at: offset)
        }
        expanded += anchor.expanded
        guard expanded <= YAMLReader.nodesMax else {
            report(
                "alias-bomb", at: offset,
                "the sheet's aliases stand for more than \(YAMLReader.nodesMax) values",
                hint: "write the values out, or use fewer aliases inside of what has an anchor")
            return false
        }
        rise(to: anchor.height)
        tree.nodes.append(YAMLNode(.alias, at: offset, first: UInt32(anchor.node)))
        return true
    }

    private mutating func brokenNode(at offset: Int) -> Bool {
        guard count(at: offset) else { return false }
        tree.nodes.append(YAMLNode(.broken, at: offset))
        return true
    }

    private mutating func count(at offset: Int) -> Bool {
        expanded += 1
        guard expanded > YAMLReader.nodesMax else { return true }
        report(
            "too-many-nodes", at: offset,
            "the sheet holds more than \(YAMLReader.nodesMax) values",
            hint: "split the show into several sheets")
        return false
    }
}

// MARK: - Reports

extension YAMLReader {
    private mutating func report(
        _ code: String, at offset: Int, _ message: String, hint: String? = nil
    ) {
        diagnostics.add(.error(code, at: tree.lines.mark(at: offset), message, hint: hint))
    }

    private mutating func reportDepth(at offset: Int) -> Bool {
        report(
            "too-deep", at: offset,
            "lists and mappings are nested more than \(YAMLReader.depthMax) deep",
            hint: "check for brackets that are never closed, or lines that each step to the right")
        return false
    }

    private mutating func reportMemory() -> Bool {
        report("yaml-syntax", at: 0, "there is not enough memory to read the sheet")
        return false
    }

    private mutating func reportEmpty() {
        report(
            "empty-sheet", at: 0, "the sheet is empty",
            hint: "cue-runner init prints a sheet to start from")
    }

    private mutating func reportSyntax(
        _ parser: yaml_parser_t, _ source: UnsafeBufferPointer<UInt8>
    ) {
        let problem = parser.problem.map { String(cString: $0) } ?? "this is not YAML"
        if parser.error == YAML_READER_ERROR {
            diagnostics.add(
                YAMLProblem.reader(
                    problem, value: Int(parser.problem_value),
                    at: tree.lines.mark(at: Int(parser.problem_offset))))
            return
        }
        if parser.error == YAML_MEMORY_ERROR {
            _ = reportMemory()
            return
        }
        func mark(_ mark: yaml_mark_t) -> (mark: Mark, byte: UInt8?) {
            let offset = cursor.offset(
                of: Int(mark.index), in: source, isASCII: tree.lines.isASCII)
            return (
                tree.lines.mark(at: offset), offset < source.count ? source[offset] : nil
            )
        }
        let place = mark(parser.problem_mark)
        if let unseen = tree.lines.invisible(upTo: place.mark.line) {
            diagnostics.add(YAMLProblem.invisible(unseen.scalar, at: unseen.mark))
            return
        }
        diagnostics.add(
            YAMLProblem.syntax(
                problem, context: parser.context.map { String(cString: $0) } ?? "",
                at: place.mark, byte: place.byte,
                from: parser.context == nil ? place.mark : mark(parser.context_mark).mark))
    }

    private func string(_ name: UnsafeMutablePointer<yaml_char_t>) -> String {
        String(cString: name)
    }
}

/// Whether a text begins with another, eight bytes at a time: nearly every scalar of a sheet is
/// looked at so.
private func isSame(_ text: UnsafeRawBufferPointer, _ prefix: UnsafeRawBufferPointer) -> Bool {
    var offset = 0
    while offset + 8 <= prefix.count {
        let word = text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        guard word == prefix.loadUnaligned(fromByteOffset: offset, as: UInt64.self) else {
            return false
        }
        offset += 8
    }
    while offset < prefix.count {
        guard text[offset] == prefix[offset] else { return false }
        offset += 1
    }
    return true
}

/// Turns libyaml's marks, which count characters, into byte offsets.
///
/// Marks come in rising order but for a few, so the next is looked for from the last.
private struct CharacterCursor {
    private var index = 0
    private var offset = 0

    mutating func offset(
        of wanted: Int, in source: UnsafeBufferPointer<UInt8>, isASCII: Bool
    ) -> Int {
        if isASCII { return min(wanted, source.count) }
        while index < wanted, offset < source.count {
            repeat {
                offset += 1
            } while offset < source.count && isContinuation(source[offset])
            index += 1
        }
        while index > wanted, offset > 0 {
            repeat {
                offset -= 1
            } while offset > 0 && isContinuation(source[offset])
            index -= 1
        }
        return offset
    }
}
