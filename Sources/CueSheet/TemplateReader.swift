extension SheetReader {
    /// Reads text with `${name}`, `${name.hash}` and `$$`; a `$` before anything else is itself,
    /// so that prices need no escape.
    mutating func template(_ node: Int) -> Template? {
        let bytes = tree.bytes(node)
        let place = mark(node)
        guard bytes.contains(UInt8(ascii: "$")) else {
            return Template(text: String(decoding: bytes, as: UTF8.self), mark: place)
        }
        var parts: [Template.Part] = []
        var text: [UInt8] = []
        func flush() {
            guard !text.isEmpty else { return }
            parts.append(.text(String(decoding: text, as: UTF8.self)))
            text = []
        }
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "$") else {
                text.append(byte)
                continue
            }
            switch rest.first {
            case UInt8(ascii: "$"):
                rest.removeFirst()
                text.append(byte)
            case UInt8(ascii: "{"):
                rest.removeFirst()
                guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
                    reportVariable(rest, node, isClosed: false)
                    return nil
                }
                guard let part = SheetReader.variable(rest[..<end]) else {
                    reportVariable(rest[..<end], node, isClosed: true)
                    return nil
                }
                rest = rest[(end + 1)...]
                flush()
                parts.append(part)
            default:
                text.append(byte)
            }
        }
        flush()
        return Template(parts: parts, mark: place)
    }

    private static func variable(_ bytes: ArraySlice<UInt8>) -> Template.Part? {
        let isHash = bytes.count > 5 && bytes.suffix(5).elementsEqual(".hash".utf8)
        let name = isHash ? bytes.dropLast(5) : bytes
        guard isVariableName(name) else { return nil }
        return .variable(name: String(decoding: name, as: UTF8.self), isHash: isHash)
    }

    private mutating func reportVariable(
        _ bytes: ArraySlice<UInt8>, _ node: Int, isClosed: Bool
    ) {
        let name = String(decoding: bytes.prefix(200), as: UTF8.self)
        error(
            "bad-variable", at: node,
            isClosed
                ? "\(quoted("${\(name)}")) names no variable"
                : "\(quoted("${\(name)")) lacks its closing brace",
            hint: "write ${name} or ${name.hash}; a dollar sign before a brace is $$")
    }
}
