/// A place in a sheet: line and column, both from 1, the column in Unicode characters (scalars).
package struct Mark: Hashable, Comparable, Sendable {
    package var line: Int32
    package var column: Int32

    package init(line: Int, column: Int) {
        self.line = Int32(clamping: line)
        self.column = Int32(clamping: column)
    }

    package static func < (a: Mark, b: Mark) -> Bool {
        (a.line, a.column) < (b.line, b.column)
    }
}

/// One problem of a sheet: what is wrong, where, and what to do about it.
///
/// `code` is stable, for scripts and tests; `message` and `hint` are for people: lower case, the
/// offending value quoted, no full stop.
package struct Diagnostic: Hashable, Sendable, Error {
    package enum Severity: String, Sendable {
        case error
        case warning
    }

    package var severity: Severity
    package var code: String
    package var mark: Mark
    package var message: String
    package var hint: String?

    package init(
        _ severity: Severity, _ code: String, at mark: Mark, _ message: String, hint: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.mark = mark
        self.message = message
        self.hint = hint
    }

    package static func error(
        _ code: String, at mark: Mark, _ message: String, hint: String? = nil
    ) -> Diagnostic {
        Diagnostic(.error, code, at: mark, message, hint: hint)
    }

    package static func warning(
        _ code: String, at mark: Mark, _ message: String, hint: String? = nil
    ) -> Diagnostic {
        Diagnostic(.warning, code, at: mark, message, hint: hint)
    }
}
