extension SheetReader {
    /// Reads the mapping of `payload`; keys are text, values are typed by YAML 1.2's core rules.
    mutating func payload(_ node: Int) -> [PayloadMember]? {
        guard isMapping(node, "payload") else { return nil }
        let pairs = pairs(of: node)
        for pair in pairs {
            let key = tree.bytes(pair.key)
            if key.elementsEqual("cue".utf8) || key.elementsEqual("run".utf8) {
                error(
                    "reserved-key", at: pair.key,
                    "payload can't hold the key \(quoted(tree.text(pair.key)))",
                    hint: "use another name: cue and run are added when the payload is sent")
            }
        }
        return members(pairs)
    }

    private mutating func members(_ pairs: [Pair]) -> [PayloadMember] {
        var members: [PayloadMember] = []
        members.reserveCapacity(pairs.count)
        for pair in pairs {
            guard let value = payloadValue(pair.value) else { continue }
            members.append(PayloadMember(key: tree.text(pair.key), value: value))
        }
        return members
    }

    private mutating func payloadValue(_ node: Int) -> PayloadValue? {
        switch tree.kind(node) {
        case .mapping:
            return isMapping(node, "payload") ? .mapping(members(pairs(of: node))) : nil
        case .sequence:
            guard isSequence(node, "payload") else { return nil }
            var items: [PayloadValue] = []
            for child in tree.children(of: node) {
                if let value = payloadValue(child) { items.append(value) }
            }
            return .list(items)
        case .scalar:
            return payloadScalar(node)
        case .alias, .broken:
            diagnostics.markError()
            return nil
        }
    }

    private mutating func payloadScalar(_ node: Int) -> PayloadValue? {
        let scalar = tree.nodes[node]
        if scalar.isTagged { return taggedScalar(node) }
        guard scalar.isPlain else { return template(node).map { .string($0) } }
        return typed(CoreSchema.resolve(tree.bytes(node)), node)
    }

    private mutating func typed(_ value: CoreSchema.Value, _ node: Int) -> PayloadValue? {
        switch value {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .number(let text): return .number(text)
        case .text: return template(node).map { .string($0) }
        case .unrepresentable:
            error(
                "bad-number", at: node, "JSON can't hold the number \(quoted(tree.text(node)))",
                hint: "put it in quotes to send it as text")
            return nil
        }
    }

    /// A scalar of a standard tag, which its text must fit.
    private mutating func taggedScalar(_ node: Int) -> PayloadValue? {
        let bytes = tree.bytes(node)
        let value: CoreSchema.Value
        let isFit: Bool
        switch YAMLTag(rawValue: tree.tags[node] ?? "") {
        case .string:
            return template(node).map { .string($0) }
        case .integer:
            value = CoreSchema.number(bytes)
            isFit = CoreSchema.isInteger(bytes)
        case .float:
            value = CoreSchema.number(bytes)
            isFit = value != .text
        case .bool:
            value = CoreSchema.bool(bytes).map { .bool($0) } ?? .text
            isFit = value != .text
        case .null:
            value = .null
            isFit = CoreSchema.isNull(bytes)
        case .mapping, .sequence, nil:
            reportTag(node)
            return nil
        }
        guard isFit else {
            error(
                "bad-tag", at: node,
                "\(quoted(tree.text(node))) does not fit its tag "
                    + YAMLTag.short(tree.tags[node] ?? ""),
                hint: "remove the tag, or put the text in quotes")
            return nil
        }
        return typed(value, node)
    }
}
