"""`--hook`: commands that hear of events, and never delay a cue."""

import json
import os
import pathlib
import re

import pytest

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG12345"


def sheet(count, every=0.1):
    cues = "".join(
        f"  - {{id: c{n}, at: {0.5 + n * every:.3f}, payload: {{n: {n}}}}}\n" for n in range(count)
    )
    return f"version: 1\nchannel: {CHANNEL}\nlate: 2s\ncues:\n{cues}"


def rehearse(program, count, *hooks, every=0.25):
    path = program.write("show.yaml", sheet(count, every))
    hooks = [word for hook in hooks for word in ("--hook", hook)]
    result = program.run(
        "rehearse", path, "--log", program.path("log.jsonl"), *hooks, credentials=None,
        env={"XDG_RUNTIME_DIR": str(program.directory)},
    )
    return result, program.log()


def test_a_hook_gets_its_events_in_order(program):
    told = program.path("told")
    result, log = rehearse(
        program, 5, f"cue_sent=sh -c 'cat >> {told}'",
        f"run_finished=cp /dev/stdin {told}.end",
    )
    result.ended(0)
    lines = log.check().text.splitlines()
    assert pathlib.Path(told).read_text().splitlines() == [
        line for line in lines if '"event":"cue_sent"' in line
    ]
    assert pathlib.Path(told + ".end").read_text() == lines[-1] + "\n"


def test_no_shell_unless_it_is_asked_for(program):
    result, _ = rehearse(
        program, 1, "cue_sent=echo $HOME; `id` | cat > x",
        r"""cue_sent=printf '%s\n' "a  b" "c\"d" e\ f"""
    )
    result.ended(0).says(r"hook     cue_sent: \$HOME; `id` \| cat > x")
    result.says(r"cue_sent: a  b\n", r'cue_sent: c"d\n', r"cue_sent: e f\n")
    assert not (program.directory / "x").exists()


@pytest.mark.parametrize(
    "hook", ["cue_sent", "cue_sent=", "cue_sent= ", "nothing=true", "=true", "cue_sent=echo 'a"]
)
def test_64_what_is_no_hook(program, hook):
    path = program.write("show.yaml", sheet(1))
    program.run("rehearse", path, "--hook", hook, credentials=None).ended(64).says("--hook")


def test_failures_are_shown_and_logged(program):
    result, log = rehearse(
        program, 2, "cue_sent=false", "cue_sent=/no/such/program", "cue_sent=sh -c 'kill -9 $$'",
        "run_finished=false", every=3,
    )
    result.ended(0)
    failures = {event["reason"]: event for event in log.check().of("hook_failed", about="c0")}
    assert len(failures) == 3
    assert failures["it ended with status 1"]["command"] == "false"
    assert failures["it was ended by signal 9"]["hook"] == "cue_sent"
    assert "it can't be run: No such file or directory" in failures
    result.says(r"hook +cue_sent: false: it ended with status 1")
    # The log's last line is written; this one can only be shown.
    result.says(r"hook +run_finished: false: it ended with status 1")


def test_what_a_hook_is_and_is_not_given(program):
    told = program.path("told")
    result, _ = rehearse(
        program, 1,
        f"cue_sent=sh -c 'ls -l /proc/self/fd > {told}; ps -o sid=,pid= -p $$ >> {told}; "
        f"grep SigIgn /proc/self/status >> {told}'",
    )
    result.ended(0)
    text = pathlib.Path(told).read_text()
    # ls has its own descriptor for the folder, and nothing of the show's: no log, no socket.
    assert len(re.findall(r" -> ", text)) == 4, text
    assert "socket:" not in text and "log.jsonl" not in text, text
    session, process = re.search(r"^ *(\d+) +(\d+)$", text, re.M).groups()
    assert session == process, "a hook has a session of its own"
    assert int(re.search(r"SigIgn:\s+([0-9a-f]+)", text)[1], 16) & 0x7FFFFFFF == 0, "signals are ignored"


def test_a_hook_that_hangs_is_killed_with_all_it_started(program):
    told = program.path("child")
    result, log = rehearse(
        program, 1, f"cue_sent=sh -c 'sleep 600 & echo $! > {told}; wait'",
    )
    result.ended(0).says("it was killed after 10 s")
    child = pathlib.Path(told).read_text().strip()
    stat = pathlib.Path(f"/proc/{child}/stat")
    assert not stat.exists() or stat.read_text().split(")")[1].split()[0] == "Z"


def test_output_is_shown_within_limits(program):
    result, log = rehearse(program, 1, "cue_sent=sh -c 'seq 1000; printf \"\\033[2J\"'")
    result.ended(0)
    assert re.findall(r"cue_sent: (\d+)\n", result.err) == ["1", "2", "3", "4", "5"]
    result.says(r"cue_sent: … \(\d+ bytes in all\)")


def test_no_hook_delays_a_cue(program, tmp_path, capsys):
    """What hangs, floods or dies changes no cue's time; the figures are told."""
    figures = {}
    for name, hooks in {
        "none": [],
        "bad": [
            "cue_sent=sleep 60", "cue_sent=yes", "cue_sent=sh -c 'kill -9 $$'",
            "cue_sent=sh -c 'while :; do :; done'",
        ],
    }.items():
        result, log = rehearse(program, 40, *hooks, every=0.25)
        result.ended(0)
        assert len(log.check().of("cue_sent")) == 40
        figures[name] = log.finished["late_us"]
        timer = log.started["timer"]
        os.rename(program.path("log.jsonl"), program.path(f"{name}.log"))
    with capsys.disabled():
        print(f"\nlate_us over 40 cues ({timer}): {json.dumps(figures)}")
