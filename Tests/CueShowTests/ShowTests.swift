import CueRunLog
import CueScheduler
import CueSheet
import CueShow
import CueTestSupport
import CueText
import CueTimeline
import Testing

private func settings(_ start: Sheet.Start = .stream, lead: Duration = .zero) -> ShowSettings {
    var settings = ShowSettings()
    settings.start = start
    settings.lead = .fixed(lead)
    return settings
}

private func at(_ seconds: Int) -> Cue.At { .time(.seconds(seconds)) }

private let broken = Failure(kind: .service, code: "ServiceUnavailable", message: "down")
private let throttled = Failure(
    kind: .throttled, code: "ThrottlingException", message: "slow down")
private let refused = Failure(kind: .credentials, code: "AccessDeniedException", message: "no")
private let offAir = Failure(kind: .notLive, code: "ChannelNotBroadcasting", message: "offline")
private let unreachable = Failure(
    kind: .unreachable, code: "connection_refused", message: "refused")

@Suite struct ShowTests {
    @Test func playsFromTheStreamsStartToTheLastLine() {
        let stage = ShowStage(
            .test(
                .question("q", at: at(10), reveal: .seconds(5), again: .seconds(8)),
                .payload("p", at: at(20))), settings: settings())
        stage.play()
        #expect(
            stage.attempts == ["10000 q", "18000 q", "20000 p", "26000 q", "35000 q.reveal"])
        #expect(stage.endings == ["sent q", "sent p", "sent q.reveal"])
        #expect(stage.conclusion?.status == .success)
        #expect(stage.conclusion?.counts.repeated == 2)
        let names = stage.events.map(\.name.rawValue)
        #expect(names.first == "stream_session")
        #expect(names.last == "run_finished")
        #expect(names.filter { $0 == "stream_aligned" }.count == 1)
    }

    @Test func handsOverAheadOfTheMomentAndSendsAtIt() {
        var settings = settings(lead: .milliseconds(40))
        settings.handOff = .milliseconds(1)
        let stage = ShowStage(
            .test(.payload("p", at: at(10)), .payload("r", at: at(10))), settings: settings)
        stage.play(until: 9.9591)
        #expect(stage.sender.waiting == 2)
        #expect(stage.attempts.isEmpty)
        stage.play()
        #expect(stage.attempts == ["9960 p", "9960 r"])
        #expect(stage.conclusion?.late?.max == .zero)
    }

    @Test func zeroNowWaitsForItsConnections() {
        let stage = ShowStage(
            .test(.payload("p", at: at(0))), settings: settings(.now), opening: .milliseconds(300))
        stage.play()
        #expect(stage.attempts == ["304 p"])
        #expect(stage.conclusion?.late?.max == .zero)
    }

    @Test func zeroNowWaitsNoLongerThanAnAttempt() {
        let stage = ShowStage(
            .test(.payload("p", at: at(0))), settings: settings(.now), opening: .seconds(60))
        stage.play(until: 10)
        #expect(stage.attempts == ["2004 p"])
    }

    @Test func armsEachCueBeforeItsFirstAttempt() throws {
        let stage = ShowStage(.test(.payload("p", at: at(10))), settings: settings())
        stage.play(until: 9.5)
        #expect(stage.events.map(\.name.rawValue).last == "cue_armed")
        #expect(stage.attempts.isEmpty)
        stage.play()
        #expect(stage.attempts == ["10000 p"])
    }

    @Test func writesWhatWasSentAndWhen() throws {
        let stage = ShowStage(
            .test(.payload("p", at: at(10))), settings: settings(lead: .milliseconds(40)))
        stage.play()
        let line = try #require(stage.lines.first { $0.contains("cue_sent") })
        #expect(
            line.split(separator: ",\"due\"").last
                == """
                :"2027-01-15T08:00:10.000000Z","sent":"2027-01-15T08:00:09.960000Z",\
                "acknowledged":"2027-01-15T08:00:09.970000Z",\
                "arrival":"2027-01-15T08:00:09.965000Z","lead_us":40000,"late_us":0,\
                "round_trip_us":10000,"attempts":1,"status":204,"request_id":null,"bytes":30,\
                "metadata":"{\\"cue\\":\\"p\\",\\"run\\":\\"test\\",\\"n\\":1}"}

                """)
    }

    @Test func leadIsHalfTheMedianRoundTrip() {
        var automatic = settings()
        automatic.lead = .auto
        let stage = ShowStage(.test(.payload("p", at: at(60))), settings: automatic)
        stage.play()
        // Looks at the stream take 4 ms, so half of that.
        #expect(stage.sender.calls.first?.time == BootTime(nanoseconds: 1_059_998_000_000))
    }

    @Test func followsTheNewestStreamBeforeTheFirstCue() {
        let stage = ShowStage(.test(.payload("p", at: at(30))), settings: settings())
        stage.play(until: 10)
        stage.sender.set(
            stream: .success(
                StreamStatus(
                    streamID: "st-2", startTime: ShowStage.wall + .seconds(8), viewerCount: 0)))
        stage.play()
        #expect(stage.attempts == ["38000 p"])
        #expect(stage.events.filter { $0.name.rawValue == "stream_aligned" }.count == 2)
    }

    @Test func keepsItsZeroAfterTheFirstCue() {
        let stage = ShowStage(
            .test(.payload("a", at: at(5)), .payload("b", at: at(30))), settings: settings())
        stage.play(until: 10)
        stage.sender.set(
            stream: .success(
                StreamStatus(
                    streamID: "st-2", startTime: ShowStage.wall + .seconds(8), viewerCount: 0)))
        stage.play()
        #expect(stage.attempts == ["5000 a", "30000 b"])
    }

    @Test func holdsAfterARestartWhereTheSheetSaysSo() {
        var holding = settings()
        holding.restart = .hold
        let stage = ShowStage(
            .test(.payload("a", at: at(5)), .payload("b", at: at(30))), settings: holding)
        stage.play(until: 10)
        stage.sender.set(
            stream: .success(
                StreamStatus(
                    streamID: "st-2", startTime: ShowStage.wall + .seconds(8), viewerCount: 0)))
        stage.play(until: 100)
        #expect(stage.attempts == ["5000 a"])
        #expect(stage.snapshot.isHeld)
    }

    @Test func waitsForTheStreamAndGivesUpAfterTheWaitGiven() {
        var patient = settings()
        patient.wait = .seconds(60)
        let stage = ShowStage(
            .test(.payload("p", at: at(5))), settings: patient, stream: ShowStage.offline)
        stage.play(until: 59)
        #expect(stage.conclusion == nil)
        stage.play()
        #expect(stage.conclusion?.status == .unavailable)
        #expect(stage.conclusion?.reason == .streamNeverCame)
        #expect(stage.endings == ["skipped p not_played"])
    }

    @Test func startsNowWithoutAStream() {
        let stage = ShowStage(
            .test(.payload("p", at: at(5))), settings: settings(.now), stream: ShowStage.offline)
        stage.play()
        #expect(stage.attempts == ["5004 p"])
    }

    @Test func startsAtTheLaterOfInstantAndStream() {
        let cue = Cue.payload("p", at: at(5))
        let later = ShowStage(
            .test(cue), settings: settings(.instant(ShowStage.wall + .seconds(100))))
        later.play()
        #expect(later.attempts == ["105000 p"])
        let earlier = ShowStage(
            .test(cue), settings: settings(.instant(ShowStage.wall - .seconds(100))))
        earlier.play()
        #expect(earlier.attempts == ["5000 p"])
    }

    @Test func startsByHand() {
        var manual = settings(.manual)
        manual.isAttended = true
        let stage = ShowStage(.test(.payload("p", at: at(5))), settings: manual)
        stage.play(until: 42)
        stage.post(.operate(.go(nil)))
        stage.play(until: 100)
        #expect(stage.attempts == ["47000 p"])
    }

    @Test func refusesToJoinLateUnlessAsked() {
        let sheet = Sheet.test(
            .payload("a", at: at(5)), .payload("b", at: at(58)), .payload("c", at: at(100)))
        let old = Result<StreamStatus, Failure>.success(
            StreamStatus(
                streamID: "st-1", startTime: ShowStage.wall - .seconds(60), viewerCount: 0))
        let stage = ShowStage(sheet, settings: settings(), stream: old)
        stage.play()
        #expect(stage.conclusion?.status == .unavailable)
        #expect(stage.conclusion?.reason == .joiningLate)
        #expect(stage.attempts.isEmpty)
        var joining = settings()
        joining.join = true
        let joined = ShowStage(sheet, settings: joining, stream: old)
        joined.play()
        #expect(joined.endings == ["skipped a joined_late", "sent b", "sent c"])
        #expect(joined.conclusion?.status == .success)
    }

    /// Played up to the question whether to join.
    private func attendedShowThatHasBegun() -> ShowStage {
        var attended = settings()
        attended.isAttended = true
        let sheet = Sheet.test(.payload("a", at: at(5)), .payload("c", at: at(100)))
        let old = Result<StreamStatus, Failure>.success(
            StreamStatus(
                streamID: "st-1", startTime: ShowStage.wall - .seconds(60), viewerCount: 0))
        let stage = ShowStage(sheet, settings: attended, stream: old)
        stage.play(until: 10)
        return stage
    }

    @Test func asksAnAttendedShowWhetherToJoin() {
        let stage = attendedShowThatHasBegun()
        guard case .asking(let past) = stage.snapshot.phase else {
            Issue.record("was not asked")
            return
        }
        #expect(past == 1)
        stage.post(.decide(.zeroNow))
        stage.play(until: 200)
        #expect(stage.attempts == ["15000 a", "110000 c"])
    }

    @Test func joinsWhereSomebodySaysSo() {
        let stage = attendedShowThatHasBegun()
        stage.post(.decide(.join))
        stage.play(until: 200)
        #expect(stage.endings == ["skipped a joined_late", "sent c"])
        #expect(stage.conclusion?.status == .success)
    }

    @Test func credentialsThatAreRefusedEndItBeforeZero() {
        let stage = ShowStage(
            .test(.payload("p", at: at(5))), settings: settings(), stream: .failure(refused))
        stage.play()
        #expect(stage.conclusion?.status == .noPermission)
        #expect(stage.conclusion?.failure?.code == "AccessDeniedException")
    }

    @Test func aServiceThatIsNeverReachedEndsIt() {
        let stage = ShowStage(
            .test(.payload("p", at: at(5))), settings: settings(), stream: .failure(unreachable))
        stage.play(until: 9)
        #expect(stage.conclusion == nil)
        stage.play()
        #expect(stage.conclusion?.status == .unavailable)
        #expect(stage.conclusion?.reason == .unreachable)
    }

    @Test func sendsNothingInADryRun() {
        var dry = settings()
        dry.isDryRun = true
        let stage = ShowStage(
            .test(.question("q", at: at(5), reveal: .seconds(1)), .payload("p", at: at(9))),
            settings: dry, stream: ShowStage.offline)
        stage.play()
        #expect(stage.attempts.isEmpty)
        #expect(
            stage.endings == [
                "skipped q dry_run", "skipped q.reveal question_not_sent", "skipped p dry_run",
            ])
        #expect(stage.conclusion?.status == .success)
    }

    @Test func movesNoCueWhenTheWallClockSteps() {
        let stage = ShowStage(.test(.payload("p", at: at(100))), settings: settings())
        stage.play(until: 20)
        stage.clock.stepWall(by: .seconds(3_600))
        stage.play()
        #expect(stage.attempts == ["100000 p"])
        #expect(
            stage.lines.contains { $0.contains(#""clock_stepped""#) && $0.contains("3600000000") })
        #expect(stage.lines.contains { $0.contains(#""due":"2027-01-15T08:01:40.000000Z""#) })
    }
}

@Suite struct LongShowTests {
    /// Four hours, a cue every ten seconds: the last is as punctual as the first.
    @Test func driftsNowhere() throws {
        let cue = Cue.payload("c", at: at(10)).repeated(every: .seconds(10), .times(1_440))
        let stage = ShowStage(.test(cue), settings: settings(lead: .milliseconds(40)))
        stage.play()
        let times = stage.sender.calls.map { ($0.time - stage.sender.calls[0].time).nanoseconds }
        #expect(times == (0..<1_440).map { $0 * 10_000_000_000 })
        #expect(stage.attempts.first == "9960 c#1")
        #expect(stage.attempts.last == "14399960 c#1440")
        #expect(stage.conclusion?.late?.max == .zero)
    }

    @Test func noticesThatTheMachineSlept() {
        let cues = [
            Cue.payload("a", at: at(10)), .payload("b", at: at(30)), .payload("c", at: at(31)),
        ]
        let stage = ShowStage(.test(cues), settings: settings())
        stage.play(until: 15)
        let warmed = stage.sender.warmed.count
        stage.clock.jump(to: stage.clock.now + .seconds(20), asleep: true)
        stage.play()
        let line = stage.lines.first { $0.contains(#""event":"suspended""#) }
        #expect(line?.contains(#""for_us":20000000,"what":"machine""#) == true)
        #expect(stage.sender.renewals == 1)
        #expect(stage.sender.warmed.count > warmed)
        // b came due in its sleep and is sent late, inside its budget; c as well.
        #expect(stage.attempts == ["10000 a", "35000 b", "35000 c"])
    }

    @Test func noticesThatTheProcessWasStopped() {
        let stage = ShowStage(
            .test(.payload("a", at: at(10)), .payload("b", at: at(60))), settings: settings())
        stage.play(until: 15)
        stage.clock.jump(to: stage.clock.now + .seconds(10))
        stage.play()
        #expect(
            stage.lines.contains {
                $0.contains(#""event":"suspended""#) && $0.contains(#""what":"process""#)
            })
        #expect(stage.attempts == ["10000 a", "60000 b"])
    }

    @Test func takesNoBriefDelayForASuspend() {
        let stage = ShowStage(.test(.payload("a", at: at(10))), settings: settings())
        stage.play(until: 5)
        stage.clock.jump(to: stage.clock.now + .milliseconds(1_500))
        stage.play()
        #expect(!stage.lines.contains { $0.contains(#""event":"suspended""#) })
    }
}

@Suite struct HeldBackTests {
    private let burst = (0..<12).map { Cue.payload("c\($0)", at: at(10)) }

    /// What the rate holds back is unsent: a hold holds it, and it is on time when resumed.
    @Test func holdsWhatTheRateHeldBack() {
        let stage = ShowStage(.test(burst), settings: settings())
        stage.play(until: 10.5)
        stage.post(.operate(.hold))
        stage.play(until: 40.5)
        #expect(stage.attempts.count == 5)
        stage.post(.operate(.resume))
        stage.play()
        #expect(stage.endings.count { $0.hasPrefix("sent") } == 12)
        #expect(stage.attempts[5] == "40500 c5")
        let late = stage.events.compactMap { event in
            if case .cueSent(let sent) = event { sent.late } else { nil }
        }
        // Due 0.5 s before the hold: as late as they were, and the rate's wait.
        #expect(late[5] == .milliseconds(500))
    }

    /// What the operator called is on its way: an action that follows takes it back no more.
    @Test func keepsWhatWasCalledThoughTheRateHoldsItBack() {
        let stage = ShowStage(.test(burst), settings: settings())
        stage.play(until: 10.2)
        stage.post(.operate(.fire("c0")))
        stage.post(.operate(.hold))
        stage.play(until: 30)
        #expect(stage.endings.contains("sent c0!2"))
        stage.post(.operate(.resume))
        stage.play()
        #expect(stage.endings.count { $0.hasPrefix("sent") } == 13)
    }

    @Test func skipsWhatTheRateHeldBack() {
        let stage = ShowStage(.test(burst), settings: settings())
        stage.play(until: 10.5)
        stage.post(.operate(.skip("c7")))
        stage.play()
        #expect(stage.endings.contains("skipped c7 operator"))
        #expect(stage.endings.count { $0.hasPrefix("sent") } == 11)
        #expect(Set(stage.attempts).count == 11)
    }
}

@Suite struct DeliveryTests {
    private func play(
        _ cues: Cue..., channels: Int = 1,
        _ answer: @escaping @Sendable (Int, Message) -> ScriptedSender.Answer
    ) -> ShowStage {
        let stage = ShowStage(
            .test(channels: channels, cues), settings: settings(), answer: answer)
        stage.play()
        return stage
    }

    @Test func triesAgainInsideTheBudget() {
        let stage = play(.payload("p", at: at(10))) { call, _ in
            call < 3 ? .failed(broken, after: .milliseconds(5)) : .taken(.milliseconds(5))
        }
        #expect(stage.endings == ["sent p"])
        #expect(stage.attempts.count == 4)
        #expect(stage.events.filter { $0.name.rawValue == "attempt_failed" }.count == 3)
        #expect(stage.conclusion?.status == .success)
    }

    @Test func givesUpWhenTheBudgetIsSpent() {
        for (failure, ending) in [
            (broken, "missed p service_error"), (throttled, "missed p throttled"),
            (offAir, "missed p stream_offline"), (unreachable, "missed p unreachable"),
        ] {
            let stage = play(.payload("p", at: at(10))) { _, _ in
                .failed(failure, after: .milliseconds(5))
            }
            #expect(stage.endings == [ending])
            #expect(stage.conclusion?.status == .incomplete)
            let late = stage.sender.calls.map { $0.time.nanoseconds - 1_010_000_000_000 }
            #expect(late.allSatisfy { $0 <= 5_000_000_000 })
        }
    }

    @Test func stopsHammeringAServiceInTrouble() {
        let cues = (0..<60).map { Cue.payload("c\($0)", at: at(10 + $0 * 10)) }
        let stage = ShowStage(
            .test(channels: 2, cues), settings: settings(),
            answer: { _, message in
                message.dispatch.channel == 0
                    ? .failed(broken, after: .zero) : .taken(.zero)
            })
        stage.play()
        let spent = stage.endings.filter { $0.hasSuffix(" retries_spent") }
        // 500 at 14 each: 35 retries, a few for each of the first cues.
        let attempts = stage.sender.calls.count { $0.message.dispatch.channel == 0 }
        #expect(attempts == 60 + 35)
        #expect(spent.count > 50)
        // The other channel has a quota of its own.
        #expect(stage.endings.count { $0.hasPrefix("sent") } == 60)
    }

    /// AWS_MAX_ATTEMPTS bounds the attempts, as it does for AWS's own tools; a channel that is off
    /// the air is waited for all the same.
    @Test func triesNoOftenerThanItMay() {
        var bounded = settings()
        bounded.maxAttempts = 2
        for (failure, attempts) in [(broken, 2), (throttled, 2), (offAir, 6)] {
            let stage = ShowStage(
                .test(.payload("p", at: at(10))), settings: bounded,
                answer: { _, _ in .failed(failure, after: .milliseconds(5)) })
            stage.play()
            #expect(stage.attempts.count >= attempts)
            if failure != offAir { #expect(stage.attempts.count == attempts) }
            #expect(stage.conclusion?.status == .incomplete)
        }
    }

    @Test func doesNotRepeatWhatIsRefused() {
        let stage = play(.payload("p", at: at(10))) { _, _ in .failed(refused, after: .zero) }
        #expect(stage.endings == ["failed p AccessDeniedException"])
        #expect(stage.attempts.count == 1)
    }

    @Test func isInDoubtWhereNoAnswerCame() {
        let stage = play(.question("q", at: at(10), reveal: .seconds(5))) { _, message in
            message.dispatch.part == .cue ? .silence : .taken(.zero)
        }
        #expect(stage.endings == ["in doubt q no_answer", "sent q.reveal"])
        #expect(stage.attempts.filter { $0.hasSuffix(" q") }.count >= 2)
        #expect(stage.conclusion?.status == .incomplete)
    }

    @Test func isInDoubtWhereOneAnswerWasLostAndTheRestFailed() {
        let stage = play(.payload("p", at: at(10))) { call, _ in
            call == 0 ? .silence : .failed(refused, after: .zero)
        }
        #expect(stage.endings == ["in doubt p no_answer"])
    }

    @Test func waitsAsLongAsTheServiceAsks() {
        let asking = Failure(
            kind: .throttled, code: "ThrottlingException", message: "slow down",
            retryAfter: .seconds(3))
        let stage = play(.payload("p", at: at(10))) { call, _ in
            call == 0 ? .failed(asking, after: .zero) : .taken(.zero)
        }
        let gap = stage.sender.calls[1].time - stage.sender.calls[0].time
        #expect(gap >= .seconds(3))
        #expect(stage.endings == ["sent p"])
    }

    @Test func keepsTheRateAndTheOrderInABurst() {
        let cues = (0..<12).map { Cue.payload("c\($0)", at: at(10)) }
        let stage = ShowStage(.test(cues), settings: settings())
        stage.play()
        #expect(
            stage.attempts
                == (0..<12).map { "\(10_000 + $0 / 5 * 1_050) c\($0)" })
        #expect(stage.conclusion?.status == .success)
    }

    @Test func countsRetriesInTheRate() {
        let cues = (0..<10).map { Cue.payload("c\($0)", at: at(10), late: .any) }
        let stage = ShowStage(.test(cues), settings: settings()) { call, _ in
            call % 2 == 0 ? .failed(broken, after: .zero) : .taken(.zero)
        }
        stage.play()
        let times = stage.sender.calls.map(\.time)
        for (first, sixth) in zip(times, times.dropFirst(5)) {
            #expect(sixth - first >= .milliseconds(1_050))
        }
        #expect(stage.endings.count == 10)
    }

    @Test func missesWhatTheRateLetsWaitTooLong() {
        let cues = (0..<30).map { Cue.payload("c\($0)", at: at(10)) }
        let stage = ShowStage(.test(cues), settings: settings())
        stage.play()
        #expect(stage.endings.filter { $0.hasPrefix("sent") }.count == 25)
        #expect(
            stage.endings.filter { $0.hasPrefix("missed") }
                == (25..<30).map { "missed c\($0) rate_limited" })
    }

    @Test func aForecastIsWhatHappens() {
        var cues = (0..<9).map { Cue.payload("c\($0)", at: at(10)) }
        cues.append(.question("q", at: at(10), reveal: .seconds(1)))
        cues += (9..<20).map { Cue.payload("c\($0)", at: at(32)) }
        let stage = ShowStage(.test(cues), settings: settings())
        stage.play()
        let timeline = Timeline.build(.test(cues)).timeline
        let forecast = Forecast(timeline).delays.map {
            "\(timeline.name(of: $0.dispatch.occurrence, $0.dispatch.part)) \($0.late)"
        }
        let happened = stage.events.compactMap { event -> String? in
            guard case .cueSent(let sent) = event, sent.late > .zero else { return nil }
            return "\(sent.cue) \(sent.late)"
        }
        #expect(Set(happened) == Set(forecast))
    }

    @Test func oneChannelsTroubleDelaysNoOther() {
        let stage = play(.payload("p", at: at(10)), channels: 2) { _, message in
            message.dispatch.channel == 0 ? .failed(offAir, after: .zero) : .taken(.zero)
        }
        #expect(stage.attempts.filter { $0.hasSuffix("@1") } == ["10000 p@1"])
        #expect(stage.endings == ["sent p", "missed p stream_offline"])
    }

    @Test func sendsARepetitionOnceOrNotAtAll() {
        let stage = play(.question("q", at: at(10), again: .seconds(5))) { call, _ in
            call == 1 ? .failed(broken, after: .zero) : .taken(.zero)
        }
        #expect(stage.attempts == ["10000 q", "15000 q", "20000 q", "25000 q"])
        #expect(stage.conclusion?.counts.repeated == 2)
        #expect(stage.conclusion?.status == .success)
    }
}

@Suite struct EndingTests {
    @Test func anInterruptEndsEveryCue() {
        let stage = ShowStage(
            .test(
                .payload("a", at: at(5)), .question("q", at: at(10), reveal: .seconds(5)),
                .payload("m", at: .manual)), settings: settings())
        stage.play(until: 7)
        stage.post(.interrupt(.interrupted))
        stage.play()
        #expect(
            stage.endings == [
                "sent a", "skipped q stopped", "skipped q.reveal question_not_sent",
                "skipped m stopped",
            ])
        #expect(stage.conclusion?.status == .interrupted)
    }

    @Test func anInterruptWaitsForTheAnswerThatIsOnItsWay() {
        let stage = ShowStage(
            .test(.question("q", at: at(10), reveal: .seconds(5))), settings: settings()
        ) { _, _ in .taken(.milliseconds(800)) }
        stage.play(until: 10.1)
        stage.post(.interrupt(.terminated))
        #expect(stage.conclusion == nil)
        stage.play()
        #expect(stage.endings == ["sent q", "skipped q.reveal stopped"])
        #expect(stage.conclusion?.status == .terminated)
    }

    @Test func aSecondInterruptWaitsForNothing() {
        let stage = ShowStage(.test(.payload("p", at: at(10))), settings: settings()) { _, _ in
            .silence
        }
        stage.play(until: 10.1)
        stage.post(.interrupt(.interrupted))
        stage.post(.interrupt(.interrupted))
        #expect(stage.conclusion?.status == .interrupted)
        #expect(stage.endings == ["in doubt p stopped"])
    }

    @Test func manualCuesThatNobodyCallsAreSkipped() {
        let sheet = Sheet.test(
            .payload("a", at: at(5)), .payload("m", at: .manual),
            .payload("f", at: .anchored(id: "m", edge: .start, offset: .seconds(3))))
        let stage = ShowStage(sheet, settings: settings())
        stage.play()
        #expect(stage.endings == ["sent a", "skipped m not_called", "skipped f not_called"])
        #expect(stage.conclusion?.status == .success)
        var patient = settings()
        patient.endAfter = .seconds(60)
        let waiting = ShowStage(sheet, settings: patient)
        waiting.play(until: 30)
        waiting.post(.operate(.go("m")))
        waiting.play()
        #expect(waiting.attempts == ["5000 a", "30000 m", "33000 f"])
    }

    @Test func theOperatorsStopIsNoFailure() {
        let stage = ShowStage(.test(.payload("a", at: at(50))), settings: settings())
        stage.play(until: 7)
        stage.post(.operate(.stop))
        stage.play()
        #expect(stage.endings == ["skipped a stopped"])
        #expect(stage.conclusion?.status == .success)
    }

    @Test func actionsAreInTheLogWithWhatTheyDid() {
        let stage = ShowStage(
            .test(.payload("a", at: at(20)), .payload("b", at: at(30))), settings: settings())
        stage.play(until: 5)
        stage.post(.operate(.shift(.seconds(-60))))
        stage.post(.operate(.skip("nobody")))
        stage.play()
        let told = stage.events.compactMap { event -> String? in
            guard case .operator(let done) = event else { return nil }
            return [
                done.action.rawValue, done.target, done.by.map { "\($0.microseconds)" },
                done.refused,
            ]
            .compactMap { $0 }.joined(separator: " ")
        }
        #expect(told == ["shift -15000000", "skip nobody no cue has the id \"nobody\""])
        #expect(stage.attempts == ["5000 a", "15000 b"])
    }

    @Test func fourHoursLaterNothingHasDrifted() {
        let cue = Cue.payload("p", at: at(0)).repeated(every: .seconds(10), .times(1_441))
        let stage = ShowStage(.test(cue), settings: settings())
        stage.play()
        let late = stage.events.compactMap { event -> Duration? in
            if case .cueSent(let sent) = event { sent.late } else { nil }
        }
        #expect(late.count == 1_441)
        #expect(late.dropFirst().allSatisfy { $0 == .zero })
    }
}
