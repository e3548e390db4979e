import CueCommands

await CueRunner.runMain()
