import CueReport
import CueRunLog
import CueText
import Testing

@Suite struct VerdictTests {
    private func verdict(
        channels: [String] = ["main"], mode: String = "run", _ state: LogState = .unknown,
        _ build: (inout LogMaker) -> Void
    ) -> Verdict {
        var log = LogMaker(channels: channels, mode: mode)
        build(&log)
        return log.review().verdict(state)
    }

    @Test func saysThatAllWasDelivered() {
        #expect(
            verdict {
                $0.sent("q1", at: 1)
                $0.sent("q2", at: 2, late: .milliseconds(12))
                $0.finished()
            }
                == Verdict(
                    grade: .good,
                    text: "Every cue was delivered: 2 of 2, the latest 12.0 ms after its moment."))
        #expect(
            verdict {
                $0.sent("q1", at: 1, late: .microseconds(300))
                $0.skipped("q2", "operator")
                $0.finished()
            }
                == Verdict(
                    grade: .good,
                    text: "Every cue was delivered: 1 of 1, each within a millisecond of its "
                        + "moment. 1 more was skipped on purpose."))
    }

    @Test func namesWhatWasLostAndWhy() {
        #expect(
            verdict {
                $0.missed("q7", at: 1, "throttled", attempts: 4)
                $0.failed("q8", at: 1, code: "AccessDeniedException")
                $0.inDoubt("q9", at: 1)
                $0.skipped("q7.reveal", "question_not_sent")
                $0.sent("q1", at: 1)
                $0.finished(exit: 1)
            }
                == Verdict(
                    grade: .bad,
                    text: "2 of 4 cues did not reach viewers: q7 (IVS throttled it until it was "
                        + "too late), q8 (IVS refused it: AccessDeniedException); 1 may or may not "
                        + "have reached them: q9 (no answer came)."))
        #expect(
            verdict(channels: ["main", "es"]) { log in
                for cue in 1...5 { log.missed("q\(cue)", at: 1, "late", on: "es") }
                log.finished(exit: 1)
            }.text
                == "5 of 5 deliveries did not reach viewers: q1 on es (its moment was past), q2 on "
                + "es (its moment was past), q3 on es (its moment was past) and 2 more.")
    }

    @Test func tellsARunThatGoesOnFromOneThatWasKilled() {
        func build(_ log: inout LogMaker) {
            log.sent("q1", at: 1)
            log.armed("q2", at: 2)
        }
        #expect(
            verdict(.isWritten, build)
                == Verdict(
                    grade: .good,
                    text: "The run is going on: 1 cue delivered so far, none missed; due now: q2."))
        #expect(
            verdict(.isLeft, build)
                == Verdict(
                    grade: .bad,
                    text: "The run was cut off at 2027-01-15 08:00:01 UTC, with 1 cue delivered; "
                        + "on their way: q2."))
        #expect(
            verdict(.unknown, build).text.hasPrefix(
                "The log has no end: the run is still going on, or was cut off at 2027"))
    }

    @Test func tellsWhatWasNotPlayed() {
        #expect(
            verdict {
                $0.skipped("q1", "not_played")
                $0.finished("stream_never_came", exit: 69)
            } == Verdict(grade: .bad, text: "The show was not played: the stream never came."))
        #expect(
            verdict(mode: "dry_run") {
                $0.skipped("q1", "dry_run")
                $0.finished()
            } == Verdict(grade: .good, text: "Nothing was sent, as meant: a dry run of 1 cue."))
        #expect(
            verdict {
                $0.sent("q1", at: 1)
                $0.skipped("q2", "stopped")
                $0.finished("interrupted", exit: 130)
            }
                == Verdict(
                    grade: .careful,
                    text: "The run was stopped by a signal: 1 cue delivered, 1 not sent any more, "
                        + "the latest 1.0 ms after its moment."))
        #expect(
            verdict {
                $0.skipped("q1", "operator")
                $0.finished()
            } == Verdict(grade: .careful, text: "No cue was sent: all 1 skipped."))
        #expect(
            verdict { $0.finished() }
                == Verdict(grade: .careful, text: "There was no cue to send."))
        #expect(
            verdict {
                $0.armed("q1", at: 1)
                $0.finished()
            }.grade == .bad)
    }
}

@Suite struct AdviceTests {
    private func codes(
        timer: String = "nio, SCHED_FIFO", _ build: (inout LogMaker) -> Void
    ) -> [String] {
        var log = LogMaker(timer: timer)
        build(&log)
        log.finished()
        return log.review().advice.map(\.code)
    }

    @Test func isSilentWhereAllWentWell() {
        #expect(codes { $0.sent("q1", at: 1) } == [])
    }

    @Test(arguments: [
        ("rate_limited", "burst"), ("stream_offline", "stream_offline"),
        ("late", "left_too_late"), ("service_error", "service_error"),
        ("retries_spent", "service_error"), ("unreachable", "unreachable"),
    ])
    func followsALoss(reason: String, code: String) {
        #expect(codes { $0.missed("q1", at: 1, reason) } == [code])
    }

    @Test(arguments: [
        ("AccessDeniedException", "access_denied"), ("ResourceNotFoundException", "no_channel"),
        ("ValidationException", "invalid_cue"), ("TeapotException", "refused"),
    ])
    func followsARefusal(error: String, code: String) {
        #expect(codes { $0.failed("q1", at: 1, code: error) } == [code])
    }

    @Test func followsThrottlingWhetherOrNotItCostACue() {
        #expect(
            codes {
                $0.attemptFailed("q1", 1)
                $0.sent("q1", at: 1, attempts: 2)
            } == ["throttling"])
        #expect(codes { $0.missed("q1", at: 1, "throttled") } == [])
        #expect(
            codes {
                $0.attemptFailed("q1", 1)
                $0.missed("q1", at: 1, "throttled", attempts: 1)
            } == ["throttling"])
    }

    @Test func followsAnOutageThatCostNoCue() {
        #expect(
            codes {
                $0.attemptFailed("q1", 1, code: "ChannelNotBroadcasting", status: 404)
                $0.sent("q1", at: 1, attempts: 2)
            } == ["stream_offline"])
    }

    @Test func followsDoubtAndSkips() {
        #expect(codes { $0.inDoubt("q1", at: 1) } == ["in_doubt"])
        #expect(codes { $0.skipped("q1", "joined_late") } == ["joined_late"])
        #expect(codes { $0.skipped("q1", "not_called") } == ["not_called"])
        #expect(codes { $0.skipped("q1.reveal", "question_not_sent") } == ["reveals"])
        #expect(codes { $0.skipped("q1", "edited_past") } == ["edited_past"])
        #expect(codes { $0.skipped("q1", "operator") } == [])
    }

    @Test func namesTheRegionOfSlowRoundTrips() {
        var log = LogMaker()
        log.sent("q1", at: 1, roundTrip: .milliseconds(151))
        log.finished()
        let advice = log.review().advice
        #expect(advice.map(\.code) == ["round_trip"])
        #expect(advice[0].text.contains("(eu-central-1)"))
        #expect(codes { $0.sent("q1", at: 1, roundTrip: .milliseconds(150)) } == [])
    }

    @Test func tellsWhatWaitedForTheRate() {
        func build(_ log: inout LogMaker, _ late: Double) {
            for cue in 1...5 { log.sent("q\(cue)", at: 1) }
            log.sent("q6", at: 1, late: .nanoseconds(Int64(late * 1e9)))
        }
        #expect(codes(timer: "nio") { build(&$0, 1.05) } == ["burst"])
        // So late it was not the limit.
        #expect(codes(timer: "nio") { build(&$0, 1.5) } == ["scheduling"])
    }

    @Test func blamesTheMachineOnlyWhereItIsToBlame() {
        let late = Duration.milliseconds(6)
        #expect(codes(timer: "nio") { $0.sent("q1", at: 1, late: late) } == ["scheduling"])
        #expect(codes { $0.sent("q1", at: 1, late: late) } == [])
        // Late by a retry.
        #expect(codes(timer: "nio") { $0.sent("q1", at: 1, late: late, attempts: 2) } == [])
        #expect(
            codes(timer: "nio") {
                $0.sent("q1", at: 1, late: late)
                $0.add(.suspended(.init(duration: .seconds(2), isMachine: true)))
            } == ["slept"])
        #expect(
            codes { $0.add(.suspended(.init(duration: .seconds(2), isMachine: false))) }
                == ["stopped"])
        #expect(codes { $0.add(.clockStepped(by: .seconds(-2))) } == ["clock"])
        #expect(
            codes {
                $0.add(
                    .hookFailed(
                        .init(hook: .known(.cueSent), command: "sh", cue: "q1", reason: "exit 1")))
            } == ["hooks"])
    }
}
