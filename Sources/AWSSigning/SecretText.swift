/// A text that nobody prints, and that is overwritten when the last holder lets go of it.
///
/// What it is made from, and what `reveal()` gives, are ordinary strings: both are for the moment of
/// reading and of use.
package final class SecretText: Sendable {
    private let bytes: SecretBytes

    package init(_ text: String) {
        bytes = SecretBytes(text)
    }

    package func reveal() -> String {
        bytes.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// The secret behind a prefix, for a key that is derived from both.
    func bytes(after prefix: String) -> SecretBytes {
        bytes.withBytes { SecretBytes(prefix, $0) }
    }
}

extension SecretText: Hashable {
    package static func == (a: SecretText, b: SecretText) -> Bool {
        a.bytes.withBytes { a in b.bytes.withBytes { LibCrypto.isEqual(a, $0) } }
    }

    package func hash(into hasher: inout Hasher) {
        bytes.withBytes { hasher.combine(bytes: $0) }
    }
}

extension SecretText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "redacted" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

/// Overwrites bytes that held a secret, such as an answer with keys in it once it has been read.
package func cleanse(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { LibCrypto.cleanse($0) }
    bytes = []
}
