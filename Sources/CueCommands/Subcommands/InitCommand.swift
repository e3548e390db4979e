import ArgumentParser
import CueOperator
import CueShow
import CueText
import IVSWire

/// `cue-runner init [FILE]`
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a sheet to start from.",
        discussion: """
            The sheet is a show of a minute, with comments that explain it. Its schema is put \
            beside it, for your editor.

            EXAMPLE:
              cue-runner init
              cue-runner init friday.yaml --channel arn:aws:ivs:us-west-2:123456789012:channel/abc
            """)

    @Argument(
        help: ArgumentHelp("The new sheet; - prints it.", valueName: "sheet"),
        completion: .sheet)
    var file = "show.yaml"

    @Option(help: ArgumentHelp("Your channel's ARN.", valueName: "arn"))
    var channel: String?

    @Flag(help: "Replace a sheet that is there.")
    var force = false

    @Flag(help: "Say nothing.")
    var quiet = false

    func validate() throws {
        if let channel, ChannelARN(channel) == nil {
            throw ValidationError(
                "--channel: \"\(channel.printable)\" is not the ARN of an IVS channel; it looks "
                    + "like \(StageCommand.defaultChannel)")
        }
    }

    func run() throws {
        let terminal = Terminal(environment: Environment.variables, isQuiet: quiet)
        var text = SheetFiles.starter
        if let channel {
            text = text.replacing(
                "arn:aws:ivs:us-west-2:123456789012:channel/YourChannel", with: channel)
        }
        guard file != "-" else { return terminal.data(text) }
        text = text.replacing("show.yaml", with: Files.name(of: file))
        try Files.create(file, Array(text.utf8), isForced: force)
        try SheetFiles.addSchema(besides: file, terminal)
        let name = file.printable
        terminal.say(
            """
            \(name): a show of a minute. Next:
              cue-runner check \(name)       what is wrong with it
              cue-runner timeline \(name)    what is sent when
              cue-runner rehearse \(name)    play it here; prints the address of the viewer page
              cue-runner doctor \(name)      once your channel's ARN is in it
            """)
    }
}
