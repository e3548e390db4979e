/// The problems found so far, bounded however broken a sheet is.
struct DiagnosticBag {
    /// The most diagnostics that a reading keeps.
    static let diagnosticsMax = 1_000

    /// All errors, those not kept included; compared before and after to see whether something
    /// was in error.
    private(set) var errorCount = 0
    private var errors: [Diagnostic] = []
    private var warnings: [Diagnostic] = []
    private var seen: Set<Diagnostic> = []
    private var hasDroppedError = false
    private var firstDropped: Mark?

    /// Keeps a diagnostic; one that is the same in all its parts is kept once, since what an
    /// anchor holds is read again for each alias.
    mutating func add(_ diagnostic: Diagnostic) {
        let isError = diagnostic.severity == .error
        if isError { errorCount += 1 }
        guard (isError ? errors.count : warnings.count) < DiagnosticBag.diagnosticsMax else {
            if seen.contains(diagnostic) { return }
            hasDroppedError = hasDroppedError || isError
            if firstDropped == nil { firstDropped = diagnostic.mark }
            return
        }
        guard seen.insert(diagnostic).inserted else { return }
        if isError { errors.append(diagnostic) } else { warnings.append(diagnostic) }
    }

    /// Counts an error whose diagnostic is already there, found where its node was parsed.
    mutating func markError() {
        errorCount += 1
    }

    /// What was found, by place; errors come before warnings where not all can be kept.
    var sorted: [Diagnostic] {
        var dropped = firstDropped
        let room = DiagnosticBag.diagnosticsMax - errors.count
        if warnings.count > room {
            dropped = min(dropped ?? warnings[room].mark, warnings[room].mark)
        }
        var all = (errors + warnings.prefix(room)).enumerated()
            .sorted { ($0.element.mark, $0.offset) < ($1.element.mark, $1.offset) }
            .map(\.element)
        if let dropped {
            let last = max(dropped, all.last?.mark ?? dropped)
            all.append(
                Diagnostic(
                    hasDroppedError ? .error : .warning, "too-many-problems", at: last,
                    "only the first \(DiagnosticBag.diagnosticsMax) problems are shown"))
        }
        return all
    }
}
