import AWSSigning
import CueRunLog
import CueShow
import CueSystem
import CueText
import CueTimeline

/// The log of a run to resume, opened and read.
struct ResumedRun {
    let file: RunLogFile
    let bytes: [UInt8]
    let length: Int
    let record: RunRecord

    init(_ path: String, mode: RunMode) throws(CommandFailure) {
        do throws(RunLogProblem) {
            (file, bytes) = try RunLogFile.open(resuming: path)
        } catch {
            throw CommandFailure(
                error.isLocked ? .cannotCreate : .noInput,
                "can't resume \"\(path)\": \(error.reason)",
                hint: error.isLocked
                    ? "a run is going on with it; stop that one first"
                    : "give the run log of the run that was cut short")
        }
        length = RunLogReader.wholeLength(bytes)
        do throws(RunRecordProblem) {
            record = try RunRecord(bytes[..<length])
        } catch {
            throw CommandFailure(
                .data, "can't resume \"\(path)\": \(error.message)",
                hint: "start a new run, without --resume; --join or --from skips what is past")
        }
        if let refusal = Self.refusal(of: record, in: path, mode: mode, now: SystemClock.wall) {
            throw refusal
        }
    }

    /// Why a run can't be resumed as `mode`; nil if it can.
    static func refusal(
        of record: RunRecord, in path: String, mode: RunMode, now: WallTime
    ) -> CommandFailure? {
        if record.isFinished {
            return CommandFailure(
                .usage, "the run in \"\(path)\" has come to its end; nothing is left to do",
                hint: "start a new run, without --resume")
        }
        if let zero = record.zero, now - zero > DurationText.longest {
            return CommandFailure(
                .data, "can't resume \"\(path)\": its show began more than 1000 hours ago",
                hint: "start a new run, without --resume")
        }
        if record.mode != .known(mode) {
            return CommandFailure(
                .usage, "the log is of a \(record.mode.rawValue), this is a \(mode.rawValue)",
                hint: record.mode == .known(.rehearsal)
                    ? "resume it with `cue-runner rehearse`" : nil)
        }
        return nil
    }

    /// Refuses a sheet that is not the one that the run began with, and says what differs.
    func check(
        _ loaded: LoadedSheet, _ timeline: Timeline, isChangeMeant: Bool
    ) throws(CommandFailure) {
        let sha = (try? sha256Hex(loaded.bytes)) ?? ""
        guard sha != record.sheetSHA256, !isChangeMeant else { return }
        let difference = SheetDifference(from: record.digests, to: timeline.digests)
        throw CommandFailure(
            .data, "the sheet was changed since the run began: \(difference.text)",
            hint: "give the sheet as it was, or --sheet-changed if the change is meant")
    }
}
