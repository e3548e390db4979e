import CueText

/// The keys that a mapping of the sheet may have, named as they are written.
protocol SheetKey: RawRepresentable<String>, CaseIterable, Hashable, Sendable {}

/// A key and its value, as nodes.
struct Pair {
    var key: Int
    var value: Int
}

/// The values of a mapping with fixed keys; so few that they are looked for one by one.
struct Fields<Key: SheetKey> {
    fileprivate var found: [(key: Key, pair: Pair)] = []

    subscript(_ key: Key) -> Pair? {
        found.first { $0.key == key }?.pair
    }
}

extension SheetReader {
    /// Reads a mapping with fixed keys; unknown keys are reported, each with the likeliest known
    /// one.
    mutating func fields<Key: SheetKey>(of node: Int, _ keys: Key.Type) -> Fields<Key> {
        var fields = Fields<Key>()
        for pair in pairs(of: node) {
            let name = tree.text(pair.key)
            guard let key = Key(rawValue: name) else {
                let names = Key.allCases.map(\.rawValue)
                let likely = Suggestion.nearest(to: name, among: names)
                error(
                    "unknown-key", at: pair.key, "unknown key \(quoted(name))",
                    hint: likely.map { "did you mean \($0)?" }
                        ?? "the keys here are \(names.joined(separator: ", "))")
                continue
            }
            fields.found.append((key, pair))
        }
        return fields
    }

    /// The keys and values of a mapping, merge keys resolved, every key a scalar and there once.
    ///
    /// A mapping's own keys win over merged ones, and what is merged earlier over what is merged
    /// later. https://yaml.org/type/merge.html
    mutating func pairs(of mapping: Int) -> [Pair] {
        var own: [Pair] = []
        var hasMerge = false
        var children = tree.children(of: mapping)
        while let key = children.next(), let value = children.next() {
            if tree.kind(key) == .scalar {
                hasMerge = hasMerge || isMerge(key)
                own.append(Pair(key: key, value: value))
            } else if tree.kind(key) != .broken {
                error(
                    "complex-key", at: key, "a key must be a text, found \(found(key))",
                    hint: "check for braces or brackets that lack quotes")
            }
        }
        dropDuplicates(&own)
        return hasMerge ? merged(own) : own
    }

    private func isMerge(_ key: Int) -> Bool {
        let node = tree.nodes[key]
        guard node.isPlain, node.second == 2 else { return false }
        return tree.bytes(key).elementsEqual("<<".utf8)
    }

    /// Reports keys that are there twice and keeps the first.
    private mutating func dropDuplicates(_ pairs: inout [Pair]) {
        guard pairs.count > 16 else {
            var index = 1
            while index < pairs.count {
                let key = pairs[index].key
                if let first = pairs[..<index].first(where: {
                    tree.bytes($0.key) == tree.bytes(key)
                }) {
                    reportDuplicate(key, first: first.key)
                    pairs.remove(at: index)
                } else {
                    index += 1
                }
            }
            return
        }
        var firsts: [String: Int] = [:]
        var kept: [Pair] = []
        for pair in pairs {
            let name = tree.text(pair.key)
            if let first = firsts[name] {
                reportDuplicate(pair.key, first: first)
            } else {
                firsts[name] = pair.key
                kept.append(pair)
            }
        }
        pairs = kept
    }

    private mutating func reportDuplicate(_ key: Int, first: Int) {
        error(
            "duplicate-key", at: key,
            "the key \(quoted(tree.text(key))) is there twice, first on line \(mark(first).line)",
            hint: "remove one of them")
    }

    private mutating func merged(_ own: [Pair]) -> [Pair] {
        var names: Set<String> = []
        for pair in own where !isMerge(pair.key) { names.insert(tree.text(pair.key)) }
        var all: [Pair] = []
        for pair in own {
            guard isMerge(pair.key) else {
                all.append(pair)
                continue
            }
            for source in mergeSources(pair.value) {
                for candidate in pairs(of: source)
                where names.insert(tree.text(candidate.key)).inserted {
                    all.append(candidate)
                }
            }
        }
        return all
    }

    private mutating func mergeSources(_ value: Int) -> [Int] {
        switch tree.kind(value) {
        case .mapping: return [value]
        case .sequence:
            let items = Array(tree.children(of: value))
            if let other = items.first(where: { tree.kind($0) != .mapping }) {
                if tree.kind(other) != .broken { reportMerge(other) }
                return items.filter { tree.kind($0) == .mapping }
            }
            return items
        case .scalar, .alias: reportMerge(value)
        case .broken: break
        }
        return []
    }

    private mutating func reportMerge(_ node: Int) {
        error(
            "wrong-type", at: node,
            "<< must be a mapping or a list of mappings, found \(found(node))",
            hint: "put << in quotes if it is meant to be a key")
    }
}
