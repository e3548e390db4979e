import AWSCredentials
import ArgumentParser
import CueDoctor
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
            doctor.channels = try channels(&doctor)
        } catch {
            doctor.note(.fail("sheet", error))
        }
        await doctor.examine()
        terminal.data(
            format == .json
                ? doctor.examination.json : doctor.examination.text(isQuiet: quiet))
        let status = doctor.examination.exit
        if status != .success { throw ExitCode(status.rawValue) }
    }

    /// The sheet's channels, or those of `--channel` without a sheet.
    private func channels(
        _ doctor: inout Doctor
    ) throws(CommandFailure) -> [ExaminedChannel] {
        guard let sheet else { return try bareChannels() }
        let loaded = try SheetLoader.load(sheet, sheetOptions.overrides)
        let errors = loaded.diagnostics.count { $0.severity == .error }
        doctor.note(
            .sheet(
                sheet, cues: loaded.timeline.entries.count, errors: errors,
                problems: loaded.diagnostics.count, first: loaded.diagnostics.first?.message))
        return loaded.timeline.channels.map { ExaminedChannel(name: $0.name, arn: $0.arn) }
    }

    private func bareChannels() throws(CommandFailure) -> [ExaminedChannel] {
        var channels: [ExaminedChannel] = []
        for text in sheetOptions.channel {
            do throws(OptionProblem) {
                let option = try ChannelOption(text)
                channels.append(
                    ExaminedChannel(name: option.name ?? option.arn.resourceID, arn: option.arn))
            } catch {
                throw CommandFailure(error)
            }
        }
        return channels
    }
}
