package import CueText

/// A field of a line of the log: its name, once for what writes it and for what reads it, and the
/// kind of its value.
package struct LogField<Value: LogValue>: Sendable {
    package let name: StaticString

    init(_ name: StaticString) {
        self.name = name
    }
}

/// What the value of a field can be. Where a log has another kind of value it is not read.
package protocol LogValue {
    static func read(_ value: JSONValue) -> Self?

    func write(to writer: inout JSONWriter)
}

/// Each is nil where the line has no such field, or another kind of value in it.
///
/// One for each kind of value: a generic one, which other rooms can't specialise, takes a quarter
/// more of the time in which a log is reviewed.
extension JSONFields {
    package subscript(_ field: LogField<String>) -> String? { string(field.name) }

    package subscript(_ field: LogField<Int>) -> Int? { integer(field.name).map { Int($0) } }

    package subscript(_ field: LogField<Duration>) -> Duration? { microseconds(field.name) }

    package subscript(_ field: LogField<WallTime>) -> WallTime? { time(field.name) }

    package subscript(_ field: LogField<JSONValue>) -> JSONValue? { value(field.name) }

    package subscript(_ field: LogField<[String]>) -> [String]? {
        value(field.name).flatMap([String].read)
    }

    package subscript(_ field: LogField<Logged<EventName>>) -> Logged<EventName>? {
        string(field.name).map { Logged(rawValue: $0) }
    }

    package subscript<Word>(_ field: LogField<Logged<Word>>) -> Logged<Word>? {
        string(field.name).map { Logged(rawValue: $0) }
    }
}

extension JSONValue {
    /// Nil where the object has no such field, or another kind of value in it.
    package subscript<Value>(_ field: LogField<Value>) -> Value? {
        self["\(field.name)"].flatMap { Value.read($0) }
    }

    /// The object has the field, with whatever value but null.
    func has(_ field: LogField<some LogValue>) -> Bool {
        self["\(field.name)"].map { $0 != .null } ?? false
    }
}

extension JSONWriter {
    mutating func key(_ field: LogField<some LogValue>) {
        key("\(field.name)")
    }

    /// Writes null where there is no value.
    mutating func field<Value>(_ field: LogField<Value>, _ value: Value?) {
        key(field)
        if let value { value.write(to: &self) } else { null() }
    }
}

extension String: LogValue {
    package static func read(_ value: JSONValue) -> String? { value.string }

    package func write(to writer: inout JSONWriter) { writer.string(self) }
}

extension Logged: LogValue {
    package static func read(_ value: JSONValue) -> Logged? {
        value.string.map { Logged(rawValue: $0) }
    }

    package func write(to writer: inout JSONWriter) { writer.string(rawValue) }
}

extension Int: LogValue {
    package static func read(_ value: JSONValue) -> Int? { value.integer.map { Int($0) } }

    package func write(to writer: inout JSONWriter) { writer.integer(self) }
}

/// In whole microseconds.
extension Duration: LogValue {
    package static func read(_ value: JSONValue) -> Duration? {
        value.integer.flatMap { Duration(microseconds: $0) }
    }

    package func write(to writer: inout JSONWriter) { writer.integer(microseconds) }
}

/// In UTC with microseconds.
extension WallTime: LogValue {
    package static func read(_ value: JSONValue) -> WallTime? {
        value.string.flatMap { WallTime(rfc3339: $0) }
    }

    package func write(to writer: inout JSONWriter) { writer.string(rfc3339(.microseconds)) }
}

/// A list of names; whatever else stands in it is passed over.
extension [String]: LogValue {
    package static func read(_ value: JSONValue) -> [String]? {
        value.array?.compactMap(\.string)
    }

    package func write(to writer: inout JSONWriter) {
        writer.array { for item in self { $0.string(item) } }
    }
}

/// An object or a list with fields of its own.
extension JSONValue: LogValue {
    package static func read(_ value: JSONValue) -> JSONValue? { value }

    package func write(to writer: inout JSONWriter) { writer.value(self) }

    /// An object that gives each name a text.
    init(texts: [(String, String)]) {
        self = .object(texts.map { Member($0, .string($1)) })
    }

    /// An object's members whose values are texts.
    package var texts: [(name: String, value: String)]? {
        guard case .object(let members) = self else { return nil }
        return members.compactMap { member in member.value.string.map { (member.key, $0) } }
    }
}
