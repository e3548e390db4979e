import CueOperator
import CueShow
import CueText

/// What the program carries with it for those who write sheets.
enum SheetFiles {
    static let schemaName = "cue-sheet.schema.json"
    static let starter = String(decoding: PackageResources.starter_yaml, as: UTF8.self)

    /// Puts the schema beside a new sheet, so that an editor explains its keys; one that is there
    /// is left as it is.
    static func addSchema(besides sheet: String, _ terminal: Terminal) throws(CommandFailure) {
        let path = sheet.contains("/") ? "\(Files.folder(of: sheet))/\(schemaName)" : schemaName
        guard Files.resolved(path) == nil else { return }
        try Files.create(path, PackageResources.cue_sheet_schema_json, isForced: false)
        terminal.say("\(path.printable): lets your editor explain the sheet's keys")
    }
}
