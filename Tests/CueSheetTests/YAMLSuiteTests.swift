import CLibYAML
import CueText
import Foundation
import Testing

@testable import CueSheet

/// The public YAML test suite, read by our reader.
///
/// It is not part of this repository, and is looked for beside the checkout; `YAMLSyntaxTests`
/// covers what a sheet needs with texts of its own. `Tests/run conformance` prints the table.
/// https://github.com/yaml/yaml-test-suite
@Suite(.enabled(if: SuiteCase.isPresent, "no vectors beside us"))
struct YAMLSuiteTests {
    @Test(arguments: SuiteCase.all)
    func readsEveryCaseAsItIsKnownTo(_ test: SuiteCase) {
        #expect(test.outcome == test.expected)
    }

    /// What is laid to libyaml is libyaml's: without us it refuses the text too, or has the events
    /// that we have.
    @Test(arguments: SuiteCase.all.filter(\.isDifferent))
    func differsWhereLibyamlDiffers(_ test: SuiteCase) {
        let bare = LibYAML.events(test.yaml)
        #expect(bare != (test.isInvalid ? nil : test.comparable))
        if let tree = test.reading.tree {
            #expect(bare == test.comparable(tree).lines)
        } else {
            #expect(bare == nil)
        }
    }

    @Test(arguments: SuiteCase.all)
    func refusesEachCaseAsACueSheet(_ test: SuiteCase) {
        let reading = CueSheetReader.read(test.yaml)
        #expect(reading.hasErrors)
        #expect(reading.diagnostics.allSatisfy { !$0.message.isEmpty })
    }

    @Test func losesNoCase() {
        #expect(SuiteCase.all.count == 402)
        #expect(Set(SuiteCase.known.keys).subtracting(SuiteCase.all.map(\.id)) == [])
        print(SuiteCase.table)
    }
}

/// What becomes of a text of the suite.
enum SuiteOutcome: Hashable {
    /// As the suite's events say, and its JSON where it has one.
    case read
    /// Is no YAML, and refused.
    case refusedInvalid
    /// Is YAML, and refused by a rule of ours: the diagnostic's code.
    case refusedByRule(String)
    /// Is YAML, and libyaml can't read it.
    case refusedByLibYAML
    /// Is YAML, and libyaml reads it otherwise.
    case readOtherwise
    /// Is no YAML, and libyaml reads it.
    case readInvalid
    /// Events are the suite's and the JSON is not.
    case otherJSON
}

struct SuiteCase: CustomTestStringConvertible, Sendable {
    var id: String
    var name: String
    var yaml: [UInt8]
    var isInvalid: Bool
    var events: [String]
    /// One value for each document; nil where the suite states none.
    var json: String?

    var testDescription: String { "\(id) \(name)" }

    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/vectors/yaml-test-suite/cases.json")

    static let isPresent = FileManager.default.fileExists(atPath: file.path)

    static let all: [SuiteCase] = {
        guard let data = try? Data(contentsOf: file), let list = try? JSONValue.parse([UInt8](data))
        else { return [] }
        return (list.array ?? []).map { test in
            SuiteCase(
                id: test["id"]?.string ?? "?", name: test["name"]?.string ?? "?",
                yaml: Array((test["yaml"]?.string ?? "").utf8),
                isInvalid: test["error"]?.bool == true,
                events: (test["events"]?.string ?? "").split(separator: "\n").map(String.init),
                json: test["json"]?.string)
        }
    }()

    /// What is known to come out otherwise than read or refused as the suite has it, by id.
    static let known: [String: SuiteOutcome] = {
        var known: [String: SuiteOutcome] = [:]
        for (outcome, ids) in groups {
            for id in ids.split(whereSeparator: \.isWhitespace) { known[String(id)] = outcome }
        }
        return known
    }()

    private static let groups: [(SuiteOutcome, String)] = [
        (
            .refusedByRule("more-than-one-document"),
            """
            35KP 5TYM 6WLZ 6XDY 6ZKB 9DXL 9KAX 9WXW JHB9 KSS4 L383 PUW8 RZT7 U9NS
            """
        ),
        (
            .refusedByRule("empty-sheet"),
            """
            8G76 98YD AVM7
            """
        ),
        (
            .refusedByLibYAML,
            """
            2JQS 2LFX 2SXE 4ABK 4MUZ/00 4MUZ/01 4MUZ/02 58MP 5MUD 5T43 6BCT 6CA3
            6LVF 6M2F 7Z25 8XYN 96NN/00 96NN/01 9SA2 A2M4 BEC7 CFD4 DBG4 DK3J
            DK95/00 DK95/03 DK95/04 FP8R FRK4 HM87/00 HWV9 K3WX M2N8/00 M7A3 MUS6/05
            MUS6/06 NHX8 NJ66 NKF9 Q5MG QT73 R4YG S3PD SM9W/01 UKK6/00 UT92 VJP3/01
            W4TN W5VH Y79Y/001 Y79Y/010
            """
        ),
        (
            .readOtherwise,
            """
            652Z HM87/01 JEF9/02 L24T/01 Y2GN
            """
        ),
        (
            .readInvalid,
            """
            9C9N 9JBA CVW2 DK95/01 G5U8 MUS6/00 QB6E S98Z SU5Z X4QW Y79Y/003 YJV2
            """
        ),
    ]

    var expected: SuiteOutcome {
        Self.known[id] ?? (isInvalid ? .refusedInvalid : .read)
    }

    var isDifferent: Bool {
        [.refusedByLibYAML, .readOtherwise, .readInvalid].contains(expected)
    }

    var reading: (tree: YAMLTree?, codes: [String]) {
        let lines = (try? SourceText.lines(of: yaml)) ?? SourceLines([])
        let (tree, report) = YAMLReader.read(lines)
        return (tree, report.sorted.map(\.code))
    }

    var outcome: SuiteOutcome {
        let (tree, codes) = reading
        let rule = codes.first { !["yaml-syntax", "control-character"].contains($0) }
        if isInvalid { return codes.isEmpty ? .readInvalid : .refusedInvalid }
        if let rule { return .refusedByRule(rule) }
        guard codes.isEmpty, let tree else { return .refusedByLibYAML }
        guard comparable(tree).lines == comparable else { return .readOtherwise }
        guard let json, let value = try? JSONValue.parse(json.utf8) else { return .read }
        return isSame(tree, 0, value) ? .read : .otherJSON
    }

    // MARK: Events

    /// The suite's events as far as our tree tells them: without the stream and the document,
    /// anchors by place in place of their names, plain scalars apart from all others.
    var comparable: [String] {
        var anchors: [String: Int] = [:]
        var nodes = 0
        return events.compactMap { line in
            var words = line[...]
            let kind = words.prefix(4)
            words = words.dropFirst(4)
            func word() -> Substring { words.drop { $0 == " " }.prefix { $0 != " " } }
            func skip() { words = words.drop { $0 == " " }.drop { $0 != " " } }
            switch kind {
            case "=ALI":
                nodes += 1
                return "alias \(anchors[String(word().dropFirst())] ?? -1)"
            case "+SEQ", "+MAP", "=VAL":
                if word() == "[]" || word() == "{}" { skip() }
                if word().first == "&" {
                    anchors[String(word().dropFirst())] = nodes
                    skip()
                }
                var tag = ""
                if word().first == "<" {
                    tag = String(word().dropFirst().dropLast())
                    skip()
                }
                nodes += 1
                if kind == "+SEQ" { return "sequence <\(tag)>" }
                if kind == "+MAP" { return "mapping <\(tag)>" }
                let text = words.drop { $0 == " " }
                if tag == "!" { tag = YAMLTag.string.rawValue }
                return "\(text.first == ":" ? "plain" : "quoted") <\(tag)> \(text.dropFirst())"
            case "-SEQ", "-MAP": return "end"
            default: return nil
            }
        }
    }

    /// The same of a tree.
    func comparable(_ tree: YAMLTree) -> (lines: [String], end: Int) {
        comparable(tree, 0)
    }

    private func comparable(_ tree: YAMLTree, _ node: Int) -> (lines: [String], end: Int) {
        let tag = tree.tags[node] ?? ""
        switch tree.kind(node) {
        case .alias: return (["alias \(tree.target(node))"], node + 1)
        case .broken: return (["broken"], node + 1)
        case .scalar:
            let style = tree.nodes[node].isPlain ? "plain" : "quoted"
            return (["\(style) <\(tag)> \(Self.escaped(tree.text(node)))"], node + 1)
        case .sequence, .mapping:
            var lines = [(tree.kind(node) == .mapping ? "mapping" : "sequence") + " <\(tag)>"]
            var next = node + 1
            while next < Int(tree.nodes[node].second) {
                let child = comparable(tree, next)
                lines += child.lines
                next = child.end
            }
            return (lines + ["end"], next)
        }
    }

    fileprivate static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\t": escaped += "\\t"
            case "\r": escaped += "\\r"
            case "\u{8}": escaped += "\\b"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    // MARK: JSON

    /// Whether a node is that value by the core schema, with which payloads are read.
    private func isSame(_ tree: YAMLTree, _ place: Int, _ value: JSONValue) -> Bool {
        let node = tree.target(place)
        switch (tree.kind(node), value) {
        case (.sequence, .array(let items)):
            let children = Array(tree.children(of: node))
            return children.count == items.count
                && zip(children, items).allSatisfy { isSame(tree, $0, $1) }
        case (.mapping, .object(let members)):
            let children = Array(tree.children(of: node))
            return children.count == members.count * 2
                && stride(from: 0, to: children.count, by: 2).allSatisfy { key in
                    let value = members.first { $0.key == tree.text(children[key]) }?.value
                    return value.map { isSame(tree, children[key + 1], $0) } ?? false
                }
        case (.scalar, _): return isSame(tree, scalar: node, value)
        default: return false
        }
    }

    private func isSame(_ tree: YAMLTree, scalar node: Int, _ value: JSONValue) -> Bool {
        let bytes = tree.bytes(node)
        let isTyped = tree.nodes[node].isPlain && !tree.nodes[node].isTagged
        let resolved: CoreSchema.Value
        switch YAMLTag(rawValue: tree.tags[node] ?? "") {
        case .integer, .float: resolved = CoreSchema.number(bytes)
        case .bool: resolved = CoreSchema.bool(bytes).map { .bool($0) } ?? .text
        case .null: resolved = .null
        default: resolved = isTyped ? CoreSchema.resolve(bytes) : .text
        }
        switch (resolved, value) {
        case (.null, .null): return true
        case (.bool(let flag), .bool(let wanted)): return flag == wanted
        case (.number(let text), .number(let wanted)): return Double(text) == Double(wanted)
        case (.text, .string(let wanted)): return tree.text(node) == wanted
        default: return false
        }
    }

    // MARK: The table

    static var table: String {
        var groups: [(title: String, outcomes: (SuiteOutcome) -> Bool)] = [
            ("valid, read as its events and its JSON say", { $0 == .read }),
            ("invalid, refused", { $0 == .refusedInvalid }),
        ]
        for code in ["more-than-one-document", "empty-sheet"] {
            groups.append(
                ("valid, refused by our rule \(code)", { $0 == .refusedByRule(code) }))
        }
        groups += [
            ("valid, libyaml can't read it", { $0 == .refusedByLibYAML }),
            ("valid, libyaml reads it otherwise", { $0 == .readOtherwise }),
            ("invalid, libyaml reads it", { $0 == .readInvalid }),
        ]
        var lines = ["The YAML test suite, \(all.count) texts:"]
        let found = all.map { ($0, $0.outcome) }
        for group in groups {
            let cases = found.filter { group.outcomes($0.1) }.map(\.0)
            lines.append("\(cases.count)".leftPadded + "  " + group.title)
            if group.title.contains("libyaml") {
                lines += cases.map { "     \($0.id)  \($0.name)" }
            }
        }
        let counted = found.filter { pair in groups.contains { $0.outcomes(pair.1) } }.count
        lines.append("\(all.count - counted)".leftPadded + "  anything else")
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate var leftPadded: String { String(repeating: " ", count: max(0, 4 - count)) + self }
}

/// libyaml without us: the events of a text's first document, as `SuiteCase.comparable` has them;
/// nil where it refuses the text.
private enum LibYAML {
    static func events(_ text: [UInt8]) -> [String]? {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else { return nil }
        defer { yaml_parser_delete(parser) }
        return text.withUnsafeBufferPointer { source in
            yaml_parser_set_input_string(parser, source.baseAddress, source.count)
            var lines: [String] = []
            var anchors: [String: Int] = [:]
            var nodes = 0
            var event = yaml_event_t()
            while true {
                guard yaml_parser_parse(parser, &event) == 1 else { return nil }
                defer { yaml_event_delete(&event) }
                func note(_ anchor: UnsafeMutablePointer<yaml_char_t>?) {
                    if let anchor { anchors[String(cString: anchor)] = nodes }
                    nodes += 1
                }
                func tag(_ tag: UnsafeMutablePointer<yaml_char_t>?) -> String {
                    tag.map { String(cString: $0) } ?? ""
                }
                switch event.type {
                case YAML_STREAM_END_EVENT: return lines
                case YAML_ALIAS_EVENT:
                    nodes += 1
                    let name = String(cString: event.data.alias.anchor)
                    lines.append("alias \(anchors[name] ?? -1)")
                case YAML_SEQUENCE_START_EVENT:
                    note(event.data.sequence_start.anchor)
                    lines.append("sequence <\(tag(event.data.sequence_start.tag))>")
                case YAML_MAPPING_START_EVENT:
                    note(event.data.mapping_start.anchor)
                    lines.append("mapping <\(tag(event.data.mapping_start.tag))>")
                case YAML_SCALAR_EVENT:
                    let scalar = event.data.scalar
                    note(scalar.anchor)
                    let bytes = UnsafeBufferPointer(start: scalar.value, count: Int(scalar.length))
                    let name = tag(scalar.tag)
                    let style = scalar.style == YAML_PLAIN_SCALAR_STYLE ? "plain" : "quoted"
                    lines.append(
                        "\(style) <\(name == "!" ? YAMLTag.string.rawValue : name)> "
                            + SuiteCase.escaped(String(decoding: bytes, as: UTF8.self)))
                case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: lines.append("end")
                default: break
                }
            }
        }
    }
}
