/// One node of a parsed sheet in twelve bytes, so that a sheet of a hundred thousand cues stays
/// small.
///
/// Nodes lie in the order in which they are written: the children of a collection follow it, up to
/// its `end`. A mapping's children are key, value, key, value.
struct YAMLNode: Sendable {
    enum Kind: UInt32, Sendable {
        case scalar
        case sequence
        case mapping
        case alias
        /// Stands for what could not be read and has been reported.
        case broken
    }

    /// The byte offset of the node (27 bits: 64 MiB of UTF-16 become at most 96 MiB of UTF-8), its
    /// kind (3), and whether it is plain and tagged.
    private let head: UInt32
    /// Of a scalar, where its text begins; of an alias, the node it stands for.
    var first: UInt32
    /// Of a scalar, its length in bytes; of a collection, the index behind its last child.
    var second: UInt32

    /// Set in `first` where a text is not found in the source as it is (escapes, folding).
    static let asideBit: UInt32 = 1 << 31

    init(
        _ kind: Kind, at offset: Int, isPlain: Bool = false, isTagged: Bool = false,
        first: UInt32 = 0, second: UInt32 = 0
    ) {
        head =
            UInt32(offset) << 5 | kind.rawValue << 2 | (isPlain ? 2 : 0) | (isTagged ? 1 : 0)
        self.first = first
        self.second = second
    }

    var offset: Int { Int(head >> 5) }
    var kind: Kind { Kind(rawValue: head >> 2 & 7) ?? .broken }
    /// Written without quotes and not as a block, so that it may be a number or a boolean.
    var isPlain: Bool { head & 2 != 0 }
    var isTagged: Bool { head & 1 != 0 }
}

/// The one document of a sheet. A node is named by its index; the root's is 0.
struct YAMLTree: Sendable {
    let lines: SourceLines
    var nodes: [YAMLNode] = []
    /// The texts that are not found in the source as they are.
    var aside: [UInt8] = []
    /// Tags are rare, so they are kept apart, by node.
    var tags: [Int: String] = [:]

    init(lines: SourceLines) {
        self.lines = lines
        // Room that is never written takes address space only.
        nodes.reserveCapacity(lines.bytes.count / 8 + 16)
    }

    /// The node itself, or the one that an alias stands for.
    func target(_ node: Int) -> Int {
        nodes[node].kind == .alias ? Int(nodes[node].first) : node
    }

    func kind(_ node: Int) -> YAMLNode.Kind { nodes[node].kind }

    func bytes(_ node: Int) -> ArraySlice<UInt8> {
        let (first, count) = (nodes[node].first, Int(nodes[node].second))
        if first & YAMLNode.asideBit != 0 {
            let start = Int(first & ~YAMLNode.asideBit)
            return aside[start..<start + count]
        }
        return lines.bytes[Int(first)..<Int(first) + count]
    }

    func text(_ node: Int) -> String {
        String(decoding: bytes(node), as: UTF8.self)
    }

    /// Whether two scalars hold the same text.
    func isSameText(_ a: Int, _ b: Int) -> Bool {
        let (a, b) = (nodes[a], nodes[b])
        guard a.second == b.second else { return false }
        return (0..<Int(a.second)).allSatisfy { byte($0, of: a) == byte($0, of: b) }
    }

    private func byte(_ offset: Int, of scalar: YAMLNode) -> UInt8 {
        if scalar.first & YAMLNode.asideBit == 0 { return lines.bytes[Int(scalar.first) + offset] }
        return aside[Int(scalar.first & ~YAMLNode.asideBit) + offset]
    }

    func childCount(of node: Int) -> Int {
        var count = 0
        for _ in children(of: node) { count += 1 }
        return count
    }

    /// The children of a collection, aliases followed.
    func children(of node: Int) -> Children {
        Children(nodes: nodes, upcoming: node + 1, end: Int(nodes[node].second))
    }

    struct Children: Sequence, IteratorProtocol {
        fileprivate let nodes: [YAMLNode]
        fileprivate var upcoming: Int
        fileprivate let end: Int

        mutating func next() -> Int? {
            guard upcoming < end else { return nil }
            let node = upcoming
            switch nodes[node].kind {
            case .alias:
                upcoming += 1
                return Int(nodes[node].first)
            case .sequence, .mapping:
                upcoming = Int(nodes[node].second)
            case .scalar, .broken:
                upcoming += 1
            }
            return node
        }
    }
}
