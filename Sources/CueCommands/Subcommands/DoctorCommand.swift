import AWSCredentials
import ArgumentParser
import CueOperator
import CueSheet
import CueShow
import CueTimeline
import IVSWire

/// `cue-runner doctor [SHEET]`
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Show what would fail tonight; sends nothing.",
        discussion: """
            Credentials, region, endpoint, network, clock and the sheet's channels are looked at as \
            a run would use them. Each line passes, warns or fails, with what to do. The exit \
            status is 0 where nothing fails, else that of a run that fails for the same reason.

            EXAMPLE:
              cue-runner doctor show.yaml --profile live
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Argument(
        help: ArgumentHelp("A cue sheet, for its channels.", valueName: "sheet"),
        completion: .sheet)
    var sheet: String?

    @OptionGroup var sheetOptions: SheetOptions

    @OptionGroup var aws: AWSOptions

    @Option(help: "How to print what was found.")
    var format = Format.text

    @Flag(help: "Show only what does not pass.")
    var quiet = false

    func run() async throws {
        let terminal = Terminal(environment: Environment.variables)
        var doctor = Doctor(options: aws, terminal: terminal)
        do throws(CommandFailure) {
            doctor.channels = try channels(&doctor.examination)
        } catch {
            doctor.examination.findings.append(.fail("sheet", error))
        }
        await doctor.examine()
        terminal.data(
            format == .json
                ? doctor.examination.json : doctor.examination.text(isQuiet: quiet))
        let status = doctor.examination.exit
        if status != .success { throw ExitCode(status.rawValue) }
    }

    /// The sheet's channels, or those of `--channel` where there is no sheet.
    private func channels(
        _ examination: inout Examination
    ) throws(CommandFailure) -> [(name: String, arn: ChannelARN)] {
        guard let sheet else { return try bareChannels() }
        let loaded = try SheetLoader.load(sheet, sheetOptions.overrides)
        let errors = loaded.diagnostics.count { $0.severity == .error }
        let cues = loaded.timeline.entries.count
        if errors > 0 {
            examination.findings.append(
                .fail(
                    "sheet", "\(sheet) has \(errors) error\(errors == 1 ? "" : "s")",
                    hint: "`cue-runner check \(sheet)` shows them", exit: .data))
        } else if let first = loaded.diagnostics.first {
            examination.findings.append(
                .warn(
                    "sheet",
                    "\(sheet): \(cues) cues, \(loaded.diagnostics.count) to look at, first: "
                        + first.message, hint: "`cue-runner check \(sheet)` shows them"))
        } else {
            examination.findings.append(
                .pass("sheet", "\(sheet): \(cues) cue\(cues == 1 ? "" : "s"), nothing wrong"))
        }
        return loaded.timeline.channels.map { ($0.name, $0.arn) }
    }

    private func bareChannels() throws(CommandFailure) -> [(name: String, arn: ChannelARN)] {
        var channels: [(name: String, arn: ChannelARN)] = []
        for text in sheetOptions.channel {
            do throws(OptionProblem) {
                let option = try ChannelOption(text)
                channels.append((option.name ?? option.arn.resourceID, option.arn))
            } catch {
                throw CommandFailure(error)
            }
        }
        return channels
    }
}
