/// Why a command ends with an exit status, in words for the user.
package struct CommandFailure: Error, Hashable, Sendable {
    package var status: ExitStatus
    package var message: String
    package var hint: String?

    package init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }
}
