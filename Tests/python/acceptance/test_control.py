"""`cue-runner control`: a running show steered from outside, by its user alone."""

import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import stat
import subprocess

import pytest

from program import PATIENCE

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG12345"
SHEET = f"""\
version: 1
title: Quiz night
channel: {CHANNEL}
cues:
  - id: hello
    at: 0.5
    payload: {{n: 1}}
  - id: bonus
    at: manual
    payload: {{n: 2}}
  - id: q1
    at: 600
    question: Which?
    answers: [This, That]
    for: 5s
  - id: later
    at: 900
    payload: {{n: 3}}
"""


class Show:
    """A rehearsal that runs, and its control."""

    def __init__(self, program, *args, name="quiz", sheet=SHEET, log=None):
        self.program = program
        self.runtime = program.directory / "runtime"
        self.runtime.mkdir(mode=0o700, exist_ok=True)
        self.sheet = pathlib.Path(program.write(f"{name}.yaml", sheet))
        self.log_path = program.path(f"{name}.jsonl")
        self.process = program.start(
            "rehearse", self.sheet, "--log", self.log_path, *args, credentials=None,
            env={"XDG_RUNTIME_DIR": str(self.runtime)},
        )
        self.wait_for_log(lambda log: log.of("cue_sent", cue="hello"))

    def wait_for_log(self, condition):
        return self.process.wait_for_log(self.log_path, condition)

    def control(self, *words):
        return self.program.run(
            "control", *words, credentials=None, env={"XDG_RUNTIME_DIR": str(self.runtime)}
        )

    def status(self, *words):
        return json.loads(self.control("status", "--format", "json", *words).ended(0).out)

    @property
    def socket(self):
        (path,) = (self.runtime / "cue-runner").glob("*.sock")
        return path

    def stop(self):
        self.control("stop").ended(0)
        return self.process.finish()


def test_every_action_does_what_it_says(program):
    show = Show(program)
    show.control("hold").ended(0)
    assert show.status()["held"]
    show.control("resume").ended(0)
    moved = show.control("shift", "+10s").ended(0)
    assert moved.err == "shift by +10s\n" and moved.out == ""
    assert show.control("shift", "-4s").ended(0).err == "shift by -4s\n"
    assert show.status()["undo"] == "shift -4s"
    show.control("undo").ended(0)
    show.control("shift", "-1h30m").ended(0)
    # It stops where the next cue would be due now, so that one leaves.
    show.wait_for_log(lambda log: log.of("cue_sent", cue="q1"))
    show.control("go", "bonus").ended(0)
    show.control("fire", "hello").ended(0)
    show.control("skip", "later").ended(0)
    show.process.finish().ended(0)
    log = program.log("quiz.jsonl").check()
    actions = [event["action"] for event in log.of("operator")]
    assert actions == [
        "hold", "resume", "shift", "shift", "undo", "shift", "go", "fire", "skip",
    ]
    assert {event["cue"] for event in log.of("cue_sent")} == {"hello", "q1", "bonus", "hello!2"}


def test_status_is_told_to_people_and_to_programs(program):
    show = Show(program)
    told = show.control("status").ended(0)
    assert "Quiz night" in told.out and "next   q1 in 00:0" in told.out
    assert "GO     bonus" in told.out and told.err == ""
    status = show.status()
    assert status["phase"] == "running" and status["zero_source"] == "stream"
    assert [cue["cue"] for cue in status["next"]] == ["q1", "later"]
    assert 500_000_000 < status["next"][0]["wait_us"] < 600_000_000
    assert status["offered"] == "bonus" and status["counts"]["sent"] == 1
    assert status["on_air"] is True and status["log"] == show.log_path
    show.stop().ended(0)
    show.control("status").ended(69).helps()


def test_what_is_refused_says_why(program):
    show = Show(program)
    show.control("skip", "nosuch").ended(1).says(r'no cue has the id "nosuch"')
    show.control("resume").ended(1).says("the show is not held")
    show.control("skip", "hello").ended(1).says("not pending any more")
    show.control("go", "q1").ended(1).says("not on offer")
    show.control("undo").ended(1).says("no shift or skip")
    show.control("go").ended(0)
    show.control("go").ended(1).says("no manual cue is on offer|less than 2 s ago")
    refused = [event["refused"] for event in program.log("quiz.jsonl").of("operator")]
    assert sum(1 for why in refused if why) == 6


def test_a_double_go_is_one(program):
    sheet = SHEET + "  - id: encore\n    at: manual\n    payload: {n: 4}\n"
    sheet = sheet.replace("at: 600", "at: 0.6").replace("at: 900", "at: 0.7")
    show = Show(program, "--end-after", "60", sheet=sheet)
    show.wait_for_log(lambda log: log.of("cue_sent", cue="later"))
    show.control("go").ended(0)
    show.control("go").ended(1).says("less than 2 s ago")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "an action is missing"),
        (["halt"], "no action"),
        (["hodl"], "did you mean hold"),
        (["skip"], "needs the id"),
        (["shift"], "needs a duration"),
        (["shift", "soon"], "needs a duration"),
        (["hold", "it"], "takes nothing more"),
        (["status", "--fromat", "json"], "unknown option"),
        (["status", "--format", "xml"], "format"),
    ],
)
def test_64_wrong_usage(program, words, says):
    program.run("control", *words, credentials=None).ended(64).says(says).helps()


def test_69_without_a_show(program):
    runtime = {"XDG_RUNTIME_DIR": str(program.directory)}
    program.run("control", "hold", env=runtime).ended(69).says("no show").helps()
    program.run("control", "hold", "--control", "nosuch.sock").ended(69).helps()
    program.run("control", "hold", "--control", "x" * 200).ended(69).says("longer than")


def test_two_shows_are_told_apart_by_name(program):
    quiz = Show(program)
    match = Show(program, name="match")
    quiz.control("hold").ended(64).says("several shows").helps()
    quiz.control("hold", "--show", "match").ended(0)
    run = program.log("quiz.jsonl").started["run"]
    assert not quiz.status("--show", run)["held"]
    assert match.status("--show", "match")["held"]
    assert quiz.status("--show", f"quiz.{run}")["show"] == f"quiz.{run}"
    quiz.control("hold", "--show", "other").ended(69).says('no show "other"').helps()
    again = Show(program, name="again")
    again.control("stop", "--show", "again").ended(0)
    again.process.finish().ended(0)


def test_a_socket_of_its_own(program):
    path = program.path("my.sock")
    show = Show(program, "--control", path)
    show.control("hold", "--control", path).ended(0)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert not (show.runtime / "cue-runner").exists()
    taken = program.run("rehearse", show.sheet, "--control", path, "--log", program.path("b.jsonl"))
    taken.ended(73).says("can't listen").helps()
    show.process.kill()
    # What a killed show left behind is in nobody's way.
    again = Show(program, "--control", path, name="again")
    again.control("stop", "--control", path).ended(0)
    again.process.finish().ended(0)
    assert not os.path.exists(path)


def test_sockets_of_killed_shows_are_removed(program):
    show = Show(program)
    path = show.socket
    show.process.kill()
    show.control("status").ended(69)
    assert not path.exists()


def test_a_folder_that_is_not_ours_is_not_used(program):
    runtime = program.directory / "runtime"
    (runtime / "cue-runner").mkdir(parents=True, mode=0o777)
    os.chmod(runtime / "cue-runner", 0o777)
    show = Show(program)
    show.process.wait_for("no control socket .* not a folder of this user alone")
    show.process.signal(signal.SIGTERM)
    show.process.finish().ended(143)


def test_events_are_watched(program):
    show = Show(program)
    watcher = program.start(
        "control", "watch", credentials=None, env={"XDG_RUNTIME_DIR": str(show.runtime)}
    )
    # Nothing tells that somebody watches, so something is done until it is seen.
    while not watcher._texts["out"]:
        show.control("shift", "1ms").ended(0)
    show.control("hold").ended(0)
    watcher.wait_for('"action":"hold"', "out")
    show.stop().ended(0)
    seen = watcher.finish().ended(0).out.splitlines()
    lines = program.log("quiz.jsonl").text.splitlines()
    assert seen == lines[-len(seen):]
    assert json.loads(seen[-1])["event"] == "run_finished"


def test_any_program_can_speak_to_the_socket(program):
    show = Show(program)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(show.socket))
        stream = connection.makefile("rw", encoding="utf-8")

        def ask(line):
            stream.write(line + "\n")
            stream.flush()
            return json.loads(stream.readline())

        assert ask("hold") == {"ok": True, "action": "hold", "target": None, "by_us": None}
        assert ask("hold")["refused"] == "the show is held already"
        assert ask("resume")["ok"]
        assert ask("dance")["ok"] is False
        assert ask("")["ok"] is False
        assert ask("\x1b[2J\0")["ok"] is False
        # Several at once are answered in their order.
        stream.write("status\nhold\nstatus\n")
        stream.flush()
        held = [json.loads(stream.readline()) for _ in range(3)]
        assert [held[0]["held"], held[1]["ok"], held[2]["held"]] == [False, True, True]
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(show.socket))
        connection.sendall(b"x" * 10_000)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b"", "what sends no line is cut off"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(show.socket))
        connection.sendall(b"status\n")
        connection.shutdown(socket.SHUT_WR)
        assert b'"ok":true' in connection.makefile("rb").read()


def test_another_user_can_not_control_a_show(program, cue_runner):
    if os.geteuid() != 0:
        pytest.fail("only root can try it as another user", pytrace=False)
    show = Show(program)
    nobody = pwd.getpwnam("nobody")
    # The binary and the socket's folder are opened to all, so that only the socket itself stands
    # in the way, and then not even its mode.
    binary = pathlib.Path("/tmp") / f"cue-runner-{os.getpid()}"
    folder = pathlib.Path("/tmp") / f"cue-runner-socket-{os.getpid()}"
    shutil.copy(cue_runner, binary)
    os.chmod(binary, 0o755)
    folder.mkdir()
    try:
        path = folder / "show.sock"
        show.stop().ended(0)
        show = Show(program, "--control", str(path), name="open")

        def as_nobody():
            done = subprocess.run(
                [binary, "control", "hold", "--control", path], capture_output=True, text=True,
                user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], cwd="/",
                env={"PATH": "/usr/bin:/bin"}, timeout=PATIENCE,
            )
            assert done.returncode == 77, done
            assert "another user" in done.stderr, done
            assert "hint: " in done.stderr, done

        as_nobody()
        os.chmod(path, 0o666)
        as_nobody()
        assert not show.status("--control", path)["held"]
        assert not program.log("open.jsonl").of("operator")
        show.control("stop", "--control", path).ended(0)
        show.process.finish().ended(0)
    finally:
        shutil.rmtree(folder)
        binary.unlink()


# MARK: Editing while it runs


def test_an_edit_is_proposed_and_used_on_request(program):
    show = Show(program)
    started = program.log("quiz.jsonl").started["sheet"]["sha256"]
    edited = SHEET.replace("{n: 3}", "{n: 33}") + "  - {id: new, at: 700, payload: {n: 5}}\n"
    show.sheet.write_text(edited)
    show.process.wait_for(r"edited +changed: later; new: new; to use it: cue-runner control reload")
    assert not program.log("quiz.jsonl").of("sheet_reloaded")
    assert show.control("reload").ended(0).err == "changed: later; new: new\n"
    assert show.control("reload").ended(0).err == "the sheet has not changed\n"
    log = show.wait_for_log(lambda log: log.of("sheet_reloaded"))
    event = log.one("sheet_reloaded")
    done = subprocess.run(["sha256sum", show.sheet], capture_output=True, text=True, check=True)
    assert event["sheet_sha256"] == done.stdout.split()[0] != started
    assert (event["changed"], event["added"], event["removed"]) == (["later"], ["new"], [])
    assert event["cues"] == 5
    assert [cue["cue"] for cue in show.status()["next"]] == ["q1", "new", "later"]
    show.control("take", "later").ended(0)
    log = show.wait_for_log(lambda log: log.of("cue_sent", cue="later"))
    assert '"n":33' in log.one("cue_sent", cue="later")["metadata"]


def test_a_broken_edit_leaves_the_show_as_it_was(program):
    show = Show(program)
    show.sheet.write_text(SHEET.replace("at: 900", "at: nosuch"))
    show.process.wait_for(r"quiz.yaml:\d+:\d+: error: no cue has the id \"nosuch\"")
    show.process.wait_for("the show goes on as it was")
    refused = show.control("reload").ended(1)
    refused.says(r"unknown-reference", r"refused: the edited sheet has errors")
    show.sheet.write_text(SHEET.replace("abcdEFG12345", "abcdEFG54321"))
    show.control("reload").ended(1).says("other channels")
    show.sheet.unlink()
    show.control("reload").ended(1).says("can't read")
    assert [cue["cue"] for cue in show.status()["next"]] == ["q1", "later"]
    show.stop().ended(0)
    assert not program.log("quiz.jsonl").check().of("sheet_reloaded")


def test_edits_are_followed_at_once_where_that_is_wanted(program):
    show = Show(program, "--reload", "auto")
    # As most editors save: a new file in the old one's place.
    new = show.sheet.with_suffix(".tmp")
    new.write_text(SHEET.replace("at: 600", "at: 700"))
    new.rename(show.sheet)
    show.wait_for_log(lambda log: log.of("sheet_reloaded"))
    assert 600_000_000 < show.status()["next"][0]["wait_us"] < 700_000_000
    show.sheet.write_text(SHEET.replace("at: 600", "at: 0.1"))
    log = show.wait_for_log(lambda log: log.of("cue_skipped", cue="q1"))
    assert log.one("cue_skipped", cue="q1")["reason"] == "edited_past"
    show.sheet.write_text("\n".join(SHEET.splitlines()[:-3]) + "\n")
    log = show.wait_for_log(lambda log: log.of("cue_skipped", cue="later"))
    assert log.one("cue_skipped", cue="later")["reason"] == "removed"
    show.process.finish().ended(0)
    program.log("quiz.jsonl").check()


def test_a_run_resumes_with_the_sheet_that_was_in_force(program):
    show = Show(program)
    show.sheet.write_text(SHEET.replace("{n: 3}", "{n: 33}"))
    show.control("reload").ended(0)
    show.control("hold").ended(0)
    show.process.kill()
    resumed = program.start(
        "rehearse", show.sheet, "--resume", show.log_path, credentials=None,
        env={"XDG_RUNTIME_DIR": str(show.runtime)},
    )
    resumed.wait_for("going on with run")
    assert show.status()["held"]
    show.control("resume").ended(0)
    show.control("take", "later").ended(0)
    resumed.finish().ended(0)
    log = program.log("quiz.jsonl").check()
    assert '"n":33' in log.one("cue_sent", cue="later")["metadata"]


# MARK: systemd


def test_a_service_manager_is_told(program):
    path = program.path("notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(PATIENCE)
        manager.bind(path)
        sheet = program.write("quiz.yaml", SHEET)
        process = program.start(
            "rehearse", sheet, "--log", program.path("quiz.jsonl"), credentials=None,
            env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "900000"},
        )
        heard = [manager.recv(4_096).decode()]
        assert heard[0].startswith("READY=1\nSTATUS=")
        while heard.count("WATCHDOG=1") < 5 or not any("delivered 1" in each for each in heard):
            heard.append(manager.recv(4_096).decode())
        assert any(each.startswith("STATUS=next q1") for each in heard)
        process.signal(signal.SIGTERM)
        while "STOPPING=1" not in heard:
            heard.append(manager.recv(4_096).decode())
    process.finish().ended(143)
