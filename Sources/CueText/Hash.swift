/// The 64-bit FNV-1a hash of a text's UTF-8 bytes.
///
/// The classic demo makes its `poll_id` so: the same fact, the same poll.
/// http://www.isthe.com/chongo/tech/comp/fnv/
package func fnv1a64(_ text: some StringProtocol) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
}

/// The hash of a text as `${name.hash}` shows it: 16 hexadecimal digits.
package func hashText(_ text: some StringProtocol) -> String {
    String(fnv1a64(text), radix: 16).filled(to: 16, .right, with: "0")
}
