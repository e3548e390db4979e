"""`--resume`: a run that died goes on; nothing acknowledged comes twice, every cue ends once."""

import json
import os
import random
import shutil
import signal
import threading

import pytest

import ivs_server
from ivs_server import HangUp
from program import ES, MAIN
from run_log import ENDINGS, RunLog

# `KILLS=200 pytest test_resume.py` kills as many runs.
KILLS = int(os.environ.get("KILLS", "20"))

SHOW = f"""\
version: 1
channels: {{main: {MAIN}, es: {ES}}}
late: 3s
cues:
  - {{id: a, at: 0.3, payload: {{n: 1}}}}
  - id: q
    at: 0.6
    question: Which?
    answers: [This, That]
    correct: That
    for: 1.2s
    again: 400ms
    reveal: 300ms
  - {{id: tick, at: 0.5, repeat: {{every: 300ms, times: 8}}, channels: main, payload: {{n: 2}}}}
  - {{id: b, at: 1.4, payload: {{n: 3}}}}
  - {{id: ad, at: 1.6, channels: es, ad_break: 15s}}
  - {{id: c, at: 2.6, payload: {{n: 4}}}}
"""

CUES = {
    *((name, channel) for name in ("a", "q", "q.reveal", "b", "c") for channel in ("main", "es")),
    *((f"tick#{number}", "main") for number in range(1, 9)),
    ("ad", "es"),
}


def options(program, server, sheet):
    return [sheet, "--endpoint-url", server.url, "--start", "now"]


def sent(log):
    return {(event["cue"], event["channel"]) for event in log.of("cue_sent")}


def key(call):
    """A call as the log names it; an ad break has no cue of its own."""
    channel = "main" if call.channel == MAIN else "es"
    return (call.cue if call.operation == "PutMetadata" else "ad", channel)


def is_repetition(call):
    return "seconds" in call.payload and call.payload["seconds"] < 1.2


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_killed_run_goes_on(program, server, seed):
    dice = random.Random(seed)
    for _ in range(dice.randrange(4)):
        fault = dice.choice(
            [ivs_server.throttled(), ivs_server.service_error(), ivs_server.service_error(503),
             HangUp()]
        )
        server.script(fault, cue=dice.choice([None, "a", "q", "b", "tick#3"]))
    sheet = program.write("show.yaml", SHOW)
    path = program.path("log.jsonl")
    how = ["--log", path]
    for _ in range(dice.randrange(1, 4)):
        known = sent(RunLog(path)) if os.path.exists(path) else set()
        before = len(server.taken)
        process = program.start(*options(program, server, sheet), *how)
        # Some number of bytes after it began: any moment of the run, with no clock involved.
        size = (os.path.getsize(path) if os.path.exists(path) else 0) + dice.randrange(300, 9_000)
        process.wait_for_log(path, lambda log: len(log.text.encode()) >= size or log.of("run_finished"))
        process.signal(signal.SIGKILL)
        process.finish()
        assert_nothing_known_came_again(server, before, known)
        if RunLog(path).of("run_finished"):
            break
        how = ["--resume", path]
    if not RunLog(path).of("run_finished"):
        known = sent(RunLog(path))
        before = len(server.taken)
        result = program.run(*options(program, server, sheet), "--resume", path)
        assert result.status in (0, 1), str(result)
        assert_nothing_known_came_again(server, before, known)
    log = RunLog(path).check()
    assert set(log.endings()) == CUES
    assert len(log.of(*ENDINGS)) == len(CUES), "a cue ended twice"
    taken = {key(call) for call in server.taken}
    assert sent(log) <= taken, "the log says sent, the server never took it"
    for cue in taken - sent(log):
        assert log.endings()[cue]["event"] == "cue_in_doubt", (cue, log.text)
    server.assert_signed()


def assert_nothing_known_came_again(server, before, known):
    again = [key(call) for call in server.taken[before:] if not is_repetition(call)]
    assert not known & set(again), "sent again, though the log knew it to be acknowledged"


def killed(program, server, when):
    """A run that was killed once the log held what `when` looks for."""
    sheet = program.write("show.yaml", SHOW)
    path = program.path("log.jsonl")
    process = program.start(*options(program, server, sheet), "--log", path)
    process.wait_for_log(path, when)
    process.signal(signal.SIGKILL)
    process.finish()
    return sheet, path


def test_a_log_cut_at_any_byte_goes_on(program, server):
    sheet, path = killed(program, server, lambda log: log.of("cue_sent", cue="b", channel="es"))
    whole = open(path, "rb").read()
    first = whole.index(b"\n") + 1
    dice = random.Random(1)
    lengths = {first, first + 1, len(whole) - 1, *(dice.randrange(first, len(whole)) for _ in range(17))}
    for length in sorted(lengths):
        cut = program.path(f"cut-{length}.jsonl")
        with open(cut, "wb") as file:
            file.write(whole[:length])
        known = sent(RunLog(cut))
        before = len(server.taken)
        result = program.run(*options(program, server, sheet), "--resume", cut)
        # A log that lost its zero finds a new one; any other run's cues are past or in time.
        assert result.status in (0, 1), str(result)
        log = RunLog(cut).check()
        assert set(log.endings()) == CUES
        resumed = log.one("run_resumed")
        kept = whole[:length]
        torn = len(kept) - kept.rindex(b"\n") - 1
        # A last line that lacks nothing but its end is kept.
        assert resumed["torn_bytes"] in (torn, 0)
        assert_nothing_known_came_again(server, before, known)


def test_a_log_without_its_beginning_is_refused(program, server):
    sheet, path = killed(program, server, lambda log: log.of("cue_sent"))
    text = open(path, "rb").read()
    for length in (0, 1, text.index(b"\n") // 2):
        cut = program.write("cut.jsonl", text[:length])
        result = program.run(*options(program, server, sheet), "--resume", cut).ended(65)
        result.helps().says("does not begin with a whole run_started")
        assert open(cut, "rb").read() == text[:length], "a refused log was changed"


def test_keeps_run_zero_and_seed(program, server):
    sheet, path = killed(program, server, lambda log: log.of("cue_sent"))
    before = RunLog(path)
    program.run(*options(program, server, sheet), "--resume", path)
    log = RunLog(path).check()
    assert log.of("stream_aligned") == before.of("stream_aligned")
    runs = {call.payload["run"] for call in server.puts if call.is_taken}
    assert runs == {before.started["run"]}


def test_what_the_operator_did_is_kept(program, server):
    sheet, path = killed(program, server, lambda log: log.of("cue_sent", cue="a", channel="es"))
    # Typed on a terminal, which a test has none of: the log says so in its stead.
    line = {
        "event": "operator", "time": RunLog(path).aligned["zero"], "action": "skip",
        "target": "c", "by_us": None, "at_us": 310_000, "refused": None,
    }
    with open(path, "a") as file:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")
    program.run(*options(program, server, sheet), "--resume", path)
    log = RunLog(path).check()
    assert log.endings()["c", "main"]["reason"] == "operator"
    assert ("c", "main") not in {key(call) for call in server.taken}


def test_a_second_runner_is_refused(program, server):
    sheet = program.write("show.yaml", SHOW.replace("at: 2.6", "at: 600"))
    path = program.path("log.jsonl")
    first = program.start(*options(program, server, sheet), "--log", path)
    first.wait_for_log(path, lambda log: log.of("stream_aligned"))
    second = program.run(*options(program, server, sheet), "--resume", path).ended(73)
    second.helps().says("another cue-runner is writing it")
    first.signal(signal.SIGINT)
    first.finish().ended(130)
    RunLog(path).check()


def test_a_changed_sheet_is_refused_and_told(program, server):
    sheet, path = killed(program, server, lambda log: log.of("cue_sent", cue="a", channel="es"))
    changed = program.write(
        "changed.yaml",
        SHOW.replace("{n: 4}", "{n: 5}").replace("id: b,", "id: bee,"),
    )
    before = open(path, "rb").read()
    result = program.run(*options(program, server, changed), "--resume", path).ended(65)
    result.helps().says("changed: c; new: bee; gone: b", "--sheet-changed")
    assert open(path, "rb").read() == before
    program.run(*options(program, server, changed), "--resume", path, "--sheet-changed")
    log = RunLog(path).check()
    assert {event["cue"] for event in log.of(*ENDINGS)} >= {"a", "bee", "c", "q.reveal"}
    assert [call.payload for call in server.taken if call.cue == "c"][-1]["n"] == 5
    assert sheet


def test_a_show_of_long_ago_is_a_slip(program, server):
    """Every repetition since then would have to end in the log."""
    sheet, path = killed(program, server, lambda log: log.of("cue_sent"))
    text = open(path).read()
    zero = RunLog(path).aligned["zero"]
    with open(path, "w") as file:
        file.write(text.replace(zero, str(int(zero[:4]) - 1) + zero[4:]))
    refused = program.run(*options(program, server, sheet), "--resume", path).ended(65).helps()
    refused.says("began more than 1000 hours ago")
    late = program.run(*options(program, server, sheet), "--join", "--start", "2020-01-01T00:00:00Z")
    late.ended(65).helps().says("2020-01-01T00:00:00Z, is more than 1000 hours ago")


def test_what_can_not_be_resumed(program, server):
    sheet, path = killed(program, server, lambda log: log.of("cue_sent"))
    program.run(*options(program, server, sheet), "--resume", path)
    run = program.run
    run(*options(program, server, sheet), "--resume", path).ended(64).helps().says("come to its end")
    run(*options(program, server, sheet), "--resume", program.path("no.jsonl")).ended(66).helps()
    run(*options(program, server, sheet), "--resume", sheet).ended(65).helps()
    run(*options(program, server, sheet), "--resume", path, "--log", "x").ended(64).helps()
    run(*options(program, server, sheet), "--sheet-changed").ended(64).helps()


def test_a_rehearsal_goes_on_as_one(program, server):
    sheet = program.write("show.yaml", SHOW)
    path = program.path("log.jsonl")
    process = program.start("rehearse", sheet, "--log", path)
    process.wait_for_log(path, lambda log: log.of("cue_sent", cue="a", channel="es"))
    process.signal(signal.SIGKILL)
    process.finish()
    program.run(*options(program, server, sheet), "--resume", path).ended(64).helps()
    program.run("rehearse", sheet, "--resume", path)
    assert set(RunLog(path).check().endings()) == CUES


def test_a_log_that_was_removed_is_put_back(program, server):
    sheet = program.write("show.yaml", SHOW)
    path = program.path("log.jsonl")
    process = program.start(*options(program, server, sheet), "--log", path)
    process.wait_for_log(path, lambda log: log.of("cue_sent", cue="a", channel="es"))
    os.remove(path)
    process.finish().ended(0)
    assert set(RunLog(path).check().endings()) == CUES


def test_a_folder_that_is_gone_is_told_at_once_and_at_the_end(program, server):
    sheet = program.write("show.yaml", SHOW)
    path = program.write("logs/x", "")
    path = program.path("logs/log.jsonl")
    process = program.start(*options(program, server, sheet), "--log", path)
    process.wait_for_log(path, lambda log: log.of("cue_sent", cue="a", channel="es"))
    shutil.rmtree(program.path("logs"))
    process.wait_for("the run log can't be written")
    result = process.finish().ended(73)
    result.helps().says("it was removed")
    assert CUES <= {key(call) for call in server.taken}, "the show did not go on"


def test_a_stopped_process_says_so_and_goes_on(program, server):
    """SIGSTOP for longer than any wait of ours, then SIGCONT."""
    sheet = program.write(
        "show.yaml",
        f"version: 1\nchannel: {MAIN}\ncues:\n"
        "  - {id: early, at: 0.3, payload: {n: 1}}\n"
        "  - {id: asleep, at: 2.5, late: 20s, payload: {n: 2}}\n"
        "  - {id: over, at: 1.5, late: 1s, payload: {n: 3}}\n"
        "  - {id: after, at: 9, payload: {n: 4}}\n",
    )
    process = program.start(*options(program, server, sheet), "--log", program.path("log.jsonl"))
    process.wait_for_log(program.path("log.jsonl"), lambda log: log.of("cue_sent", cue="early"))
    process.signal(signal.SIGSTOP)
    # The time that passes is what is tested; nothing else happens meanwhile.
    threading.Event().wait(5)
    process.signal(signal.SIGCONT)
    process.finish().ended(1)
    log = program.log().check()
    assert log.one("suspended")["what"] == "process"
    assert log.one("suspended")["for_us"] >= 4_000_000
    assert log.endings()["over", "main"]["reason"] == "late"
    assert log.endings()["asleep", "main"]["late_us"] > 1_000_000
    assert log.endings()["after", "main"]["late_us"] < 1_000_000
    connections = {call.cue: call.connection for call in server.puts}
    assert connections["asleep"] != connections["early"], "an old connection was used"
