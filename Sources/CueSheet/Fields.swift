import CueText

/// The keys that a mapping of the sheet may have, numbered from 0 in the order of `names`.
protocol SheetKey: RawRepresentable<Int>, CaseIterable, Sendable {
    static var names: [String] { get }
    /// The names once more, for `KeyWord`'s quick comparison.
    static var words: [KeyWord] { get }
}

extension SheetKey {
    var name: String { Self.names[rawValue] }
}

/// A key of at most sixteen bytes as two integers, so that a sheet's keys are told apart without
/// making strings of them.
struct KeyWord: Hashable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    static func all(_ names: [String]) -> [KeyWord] {
        names.map { KeyWord(Array($0.utf8)[...]) }
    }

    init(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count <= 16 else {
            // No key is written so, since UTF-8 has no such byte.
            high = .max
            return
        }
        var shift: UInt64 = 0
        for byte in bytes.prefix(8) {
            low |= UInt64(byte) << shift
            shift += 8
        }
        shift = 0
        for byte in bytes.dropFirst(8) {
            high |= UInt64(byte) << shift
            shift += 8
        }
    }
}

/// A key and its value, as nodes.
struct Pair {
    var key: Int
    var value: Int
}

/// The values of a mapping with fixed keys, of which there are at most 32.
struct Fields<Key: SheetKey> {
    private var found: [Pair]
    /// By key, where it is among those found; -1 where it is not.
    private var places = SIMD32<Int8>(repeating: -1)

    /// Takes the pairs whose key is known and hands over the others.
    fileprivate init(
        _ pairs: consuming [Pair], placeOf: (Pair) -> Int?, unknown: (Pair) -> Void
    ) {
        found = pairs
        var count = 0
        for index in found.indices {
            let pair = found[index]
            guard let place = placeOf(pair) else {
                unknown(pair)
                continue
            }
            found[count] = pair
            places[place] = Int8(count)
            count += 1
        }
    }

    subscript(_ key: Key) -> Pair? {
        let place = places[key.rawValue]
        return place < 0 ? nil : found[Int(place)]
    }
}

extension SheetReader {
    /// Reads a mapping with fixed keys; unknown keys are reported, each with the likeliest known
    /// one.
    mutating func fields<Key: SheetKey>(of node: Int, _ keys: Key.Type) -> Fields<Key> {
        let words = Key.words
        return Fields(pairs(of: node)) { pair in
            words.firstIndex(of: KeyWord(tree.bytes(pair.key)))
        } unknown: { pair in
            let name = tree.text(pair.key)
            let likely = Suggestion.nearest(to: name, among: Key.names)
            error(
                "unknown-key", at: pair.key, "unknown key \(quoted(name))",
                hint: likely.map { "did you mean \($0)?" }
                    ?? "the keys here are \(Key.names.joined(separator: ", "))")
        }
    }

    /// The keys and values of a mapping, merge keys resolved, every key a scalar and there once.
    ///
    /// A mapping's own keys win over merged ones, and what is merged earlier over what is merged
    /// later. https://yaml.org/type/merge.html
    mutating func pairs(of mapping: Int) -> [Pair] {
        var own: [Pair] = []
        own.reserveCapacity(10)
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
                if let first = pairs[..<index].first(where: { tree.isSameText($0.key, key) }) {
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
