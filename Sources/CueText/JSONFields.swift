@preconcurrency import Glibc

/// The members of a JSON object, read where they lie: good for as long as the bytes are.
///
/// The whole text is known to be JSON by RFC 8259; a member's value is made when it is asked for.
/// Of members of one name the last counts; names with escapes, which no writer of ours makes, are
/// not found.
package struct JSONFields {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let members: [Member]

    private struct Member {
        var name: Range<Int>
        var value: Range<Int>
    }

    /// Nil where the text is JSON and no object.
    package init?(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONProblem) {
        self.bytes = bytes
        var members: [Member] = []
        members.reserveCapacity(16)
        var reader = JSONReader(bytes)
        let isObject = try reader.locate { members.append(Member(name: $0, value: $1)) }
        try reader.end()
        guard isObject else { return nil }
        self.members = members
    }

    private func range(_ name: StaticString) -> Range<Int>? {
        for member in members.reversed() where member.name.count == name.utf8CodeUnitCount {
            let start = bytes.baseAddress?.advanced(by: member.name.lowerBound)
            if let start, memcmp(start, name.utf8Start, member.name.count) == 0 {
                return member.value
            }
        }
        return nil
    }

    /// The bytes of a string's inside; nil for any other value.
    private func inside(_ name: StaticString) -> UnsafeBufferPointer<UInt8>? {
        guard let range = range(name), bytes[range.lowerBound] == UInt8(ascii: "\"") else {
            return nil
        }
        return UnsafeBufferPointer(rebasing: bytes[range.lowerBound + 1..<range.upperBound - 1])
    }

    package func string(_ name: StaticString) -> String? {
        guard let text = inside(name) else { return nil }
        guard text.contains(UInt8(ascii: "\\")) else {
            return String(decoding: text, as: UTF8.self)
        }
        return value(name)?.string
    }

    /// The value of a number without fraction that fits.
    package func integer(_ name: StaticString) -> Int64? {
        guard let range = range(name) else { return nil }
        var digits = bytes[range]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            let (tens, isOver) = value.multipliedReportingOverflow(by: 10)
            let (next, isLess) = tens.subtractingReportingOverflow(Int64(digit - 48))
            // Counted downwards, since the least number has no positive.
            guard !isOver, !isLess else { return nil }
            value = next
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    package func microseconds(_ name: StaticString) -> Duration? {
        integer(name).flatMap { Duration(microseconds: $0) }
    }

    package func time(_ name: StaticString) -> WallTime? {
        inside(name).flatMap { WallTime(rfc3339: String(decoding: $0, as: UTF8.self)) }
    }

    /// A value of any kind.
    package func value(_ name: StaticString) -> JSONValue? {
        guard let range = range(name) else { return nil }
        var reader = JSONReader(UnsafeBufferPointer(rebasing: bytes[range]))
        return try? reader.value()
    }
}

extension Duration {
    /// A field's count of microseconds; nil if it overflows a count of nanoseconds in 64 bits.
    package init?(microseconds count: Int64) {
        guard count.magnitude <= UInt64(Int64.max) / 1_000 else { return nil }
        self = .microseconds(count)
    }
}
