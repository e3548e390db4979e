/// A JSON value whose objects keep their order and whose numbers keep their text.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The last member of that name, as every JSON reader of AWS's services takes it.
    package subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let items) = self { items } else { nil }
    }

    /// The value of a number without fraction that fits.
    package var integer: Int64? {
        if case .number(let text) = self { Int64(text) } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    /// Reads one JSON text (RFC 8259) of at most `depthMax` levels.
    package static func parse(
        _ bytes: some Collection<UInt8>, depthMax: Int = 64
    ) throws(JSONProblem) -> JSONValue {
        let result = Array(bytes).withUnsafeBufferPointer { bytes in
            Result { () throws(JSONProblem) in
                var reader = JSONReader(bytes, depthMax: depthMax)
                let value = try reader.value()
                try reader.end()
                return value
            }
        }
        return try result.get()
    }
}

/// Why a text is not JSON, and at which byte.
package struct JSONProblem: Error, Hashable, Sendable {
    package var message: String
    package var offset: Int
}
