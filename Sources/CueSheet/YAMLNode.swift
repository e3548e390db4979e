/// One node of a parsed sheet; a sheet has at most 96 MiB of UTF-8, so that four bytes hold a place.
///
/// Nodes lie in the order in which they are written: the children of a collection follow it, up to
/// its `end`. A mapping's children are key, value, key, value.
struct YAMLNode: Sendable {
    enum Kind: Sendable {
        case scalar
        case sequence
        case mapping
        case alias
        /// Stands for what could not be read and has been reported.
        case broken
    }

    let kind: Kind
    /// Written without quotes and not as a block, so that it may be a number or a boolean.
    var isPlain = false
    var isTagged = false
    /// A text that is not found in the source as it is (escapes, folding).
    var isAside = false
    /// Where it begins in the source, in bytes.
    let offset: UInt32
    /// Of a scalar, where its text begins; of an alias, the node it stands for.
    var first: UInt32 = 0
    /// Of a scalar, its length in bytes; of a collection, the index behind its last child.
    var second: UInt32 = 0
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
    }

    /// The node itself, or the one that an alias stands for.
    func target(_ node: Int) -> Int {
        nodes[node].kind == .alias ? Int(nodes[node].first) : node
    }

    func kind(_ node: Int) -> YAMLNode.Kind { nodes[node].kind }

    func bytes(_ node: Int) -> ArraySlice<UInt8> {
        let scalar = nodes[node]
        let range = Int(scalar.first)..<Int(scalar.first + scalar.second)
        return scalar.isAside ? aside[range] : lines.bytes[range]
    }

    func text(_ node: Int) -> String {
        String(decoding: bytes(node), as: UTF8.self)
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
