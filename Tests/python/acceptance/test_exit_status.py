"""Exit status and words: what a user, and a script, learn from every way that a command can end."""

import json
import os
import pty
import re
import resource
import signal
import socket
import subprocess
import threading

import pytest

import ivs_server
from ivs_server import Held, IVSServer, Stream
from program import CREDENTIALS, DISORDER, ES, MAIN, PATIENCE, WITH_TOKEN
from run_log import microseconds

SHEET = f"""\
version: 1
title: A short show
channel: {MAIN}
start: now
late: 4s
cues:
  - {{id: a, at: 0.2, payload: {{n: 1}}}}
  - id: b
    at: 0.4
    question: "Ready?"
    answers: ["Yes", "No"]
    correct: "Yes"
    for: 0.2
    reveal: 0
"""

# Its first cue comes at once and its last never does while a test looks.
LONG = f"""\
version: 1
channels: {{main: {MAIN}, es: {ES}}}
start: now
late: 5s
cues:
  - {{id: first, at: 0.2, payload: {{n: 1}}}}
  - id: q
    at: 1h
    question: "Still there?"
    answers: ["Yes", "No"]
    correct: "Yes"
    for: 5s
    reveal: 1s
  - {{id: called, at: manual, payload: {{n: 2}}}}
  - {{id: after, at: called + 2s, payload: {{n: 3}}}}
  - {{id: last, at: 2h, ad_break: 30s}}
"""

BAD = f"""\
version: 1
channel: {MAIN}
cues:
  - {{id: a, at: 1, question: Q?, answers: [only one]}}
  - {{id: a, at: 2, payload: {{cue: x}}}}
  - {{id: b, at: 3, payload: {{n: 1}}, colour: red}}
  - {{id: c, at: nowhere + 3s, payload: {{n: 1}}}}
"""

SUBCOMMANDS = ["run", "check", "timeline", "rehearse", "stage"]
# What may stand before a sheet.
READERS = [["run"], [], ["check"], ["timeline"], ["rehearse"]]


@pytest.fixture
def sheet(program):
    return program.write("show.yaml", SHEET)


@pytest.fixture
def deaf_port():
    """A port that is taken and where nobody listens: a connection is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def live(server, *more):
    return ("--endpoint-url", server.url, "--log", "log.jsonl", *more)


# --- 0 and 1 ------------------------------------------------------------------------------------


def test_0_every_cue_delivered(program, server, sheet):
    result = program.run(sheet, *live(server)).ended(0)
    assert program.log().check().finished["exit"] == 0
    assert result.out == "", "a run has no data to print"
    result.says("A short show", "sent +a ", "sent +b ", r"sent +b\.reveal", "3 delivered", "log: ")


def test_0_what_was_skipped_on_purpose(program, server):
    sheet = program.write("show.yaml", SHEET + "  - {id: never, at: manual, payload: {n: 1}}\n")
    program.run(sheet, *live(server)).ended(0)
    log = program.log().check()
    assert log.one("cue_skipped")["reason"] == "not_called"
    assert log.finished["exit"] == 0


def test_1_a_cue_failed(program, server, sheet):
    server.script(ivs_server.denied("not for you"), cue="a")
    result = program.run(sheet, *live(server)).ended(1)
    log = program.log().check()
    assert log.finished["exit"] == 1 and log.finished["reason"] == "complete"
    result.says(r"failed +a .*not for you", "1 failed")


def test_1_a_cue_missed(program, server, sheet):
    server.script(ivs_server.service_error(), cue="a", times=1000)
    result = program.run(sheet, *live(server, "--late", "1s")).ended(1)
    assert program.log().check().one("cue_missed")["reason"] == "service_error"
    result.says(r"missed +a ", "1 missed")


# --- 64 usage -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["timelin"], "timeline"),
        (["chek", "show.yaml"], "check"),
        (["rehersal", "show.yaml", "--speed", "60"], "rehearse"),
        (["stag", "--port", "0"], "stage"),
    ],
)
def test_64_a_misspelt_subcommand_is_named(program, sheet, typed, meant):
    program.run(*typed).ended(64).helps().says(re.escape(typed[0]), rf"cue-runner {meant}\b")


@pytest.mark.parametrize(
    "args",
    [
        ["show.yaml", "--bogus"],
        ["show.yaml", "--wait", "soon"],
        ["show.yaml", "--wait", "-5s"],
        ["show.yaml", "--offset", "2 parsecs"],
        ["show.yaml", "--late", "-1s"],
        ["show.yaml", "--lead", "11s"],
        ["show.yaml", "--start", "2026-11-27T19:00:00"],
        ["show.yaml", "--limit-channel", "many"],
        ["show.yaml", "--limit-account=-1"],
        ["show.yaml", "--channel", "arn:aws:s3:::bucket"],
        ["show.yaml", "--channel", f"fr={MAIN}"],
        ["show.yaml", "--var", "novalue"],
        ["show.yaml", "--from", "nosuch"],
        ["show.yaml", "--only", "a,nosuch"],
        ["show.yaml", "--endpoint-url", "not a url"],
        ["show.yaml", "--endpoint-url", "ftp://127.0.0.1"],
        ["show.yaml", "--ca-bundle", "nosuch.pem"],
        ["show.yaml", "another.yaml"],
        ["rehearse", "show.yaml", "--speed", "0"],
        ["rehearse", "show.yaml", "--speed", "fast"],
        ["rehearse"],
        ["timeline", "show.yaml", "--format", "xml"],
        ["timeline", "show.yaml", "--run", "TOOLONG"],
        ["stage", "--port", "70000"],
        ["stage", "--channel", "main"],
        ["stage", "--offline-channel", "main"],
        ["check"],
        [],
    ],
    ids=" ".join,
)
def test_64_usage(program, sheet, args):
    # No connection is made for any of these: the region does not exist.
    result = program.run(*args, env={"AWS_DEFAULT_REGION": "mars-1"}).ended(64)
    result.helps()
    assert result.out == ""
    assert not list(program.directory.glob("*.jsonl")), "no log tells of a run that never was"


def test_signed_durations_work_with_a_space(program, sheet):
    result = program.run("timeline", sheet, "--offset", "-100ms", "--format", "json").ended(0)
    assert json.loads(result.out)[0]["at_us"] == 100_000


# --- 65, 66 the sheet ---------------------------------------------------------------------------


@pytest.mark.parametrize("command", READERS, ids=lambda c: c[0] if c else "SHEET")
def test_65_all_errors_of_a_sheet(program, command):
    program.write("bad.yaml", BAD)
    result = program.run(*command, "bad.yaml").ended(65).helps()
    assert result.out == ""
    # Each with its place, its code, its line and a caret below, all in one pass.
    for line, code in [
        (4, "answers-count"), (5, "duplicate-id"), (5, "reserved-key"), (6, "unknown-key"),
        (7, "unknown-reference"),
    ]:
        result.says(rf"(?m)^bad\.yaml:{line}:\d+: error: .* \[{code}\]$")
    result.says(r"(?m)^ *\^")
    assert not list(program.directory.glob("*.jsonl")), "nothing was run"


def test_65_an_entry_with_two_errors(program):
    program.write("bad.yaml", BAD.replace("at: 3,", "at: nowhere,"))
    result = program.run("check", "bad.yaml").ended(65)
    result.says(r"bad\.yaml:6:\d+: error: .*\[unknown-key\]")
    result.says(r"bad\.yaml:6:\d+: error: .*\[unknown-reference\]")


def test_65_of_several_sheets(program, sheet):
    program.write("bad.yaml", BAD)
    result = program.run("check", sheet, "bad.yaml").ended(65)
    result.says(r"show\.yaml: 2 cues, nothing wrong", r"bad\.yaml: \d+ errors")


def test_check_prints_problems_as_data(program):
    program.write("bad.yaml", BAD)
    result = program.run("check", "bad.yaml", "--format", "json").ended(65)
    problems = json.loads(result.out)
    assert {p["path"] for p in problems} == {"bad.yaml"}
    assert all(p["line"] >= 1 and p["column"] >= 1 and p["message"] for p in problems)
    assert {"error"} <= {p["severity"] for p in problems}
    assert result.err == ""


def test_a_good_sheet_is_no_data(program, sheet):
    result = program.run("check", sheet).ended(0)
    assert result.out == ""
    result.says("nothing wrong")
    assert program.run("check", sheet, "--quiet").ended(0).err == ""
    assert program.run("check", sheet, "--format", "json").ended(0).out == "[]\n"


@pytest.mark.parametrize("command", READERS, ids=lambda c: c[0] if c else "SHEET")
def test_66_no_such_sheet(program, command):
    result = program.run(*command, "missing.yaml").ended(66).helps()
    result.says(r"missing\.yaml", "No such file")


def test_66_a_directory_is_no_sheet(program):
    (program.directory / "folder.yaml").mkdir()
    program.run("folder.yaml").ended(66).helps().says("directory")


def test_66_a_sheet_that_may_not_be_read(program, sheet):
    os.chmod(sheet, 0)
    if os.access(sheet, os.R_OK):
        # Root reads all files, so there is nothing to be refused.
        return
    program.run(sheet).ended(66).helps().says("ermission")


# --- 69 -----------------------------------------------------------------------------------------


def test_69_nothing_listens(program, sheet, deaf_port):
    url = f"http://127.0.0.1:{deaf_port}"
    result = program.run(
        sheet, "--endpoint-url", url, "--wait", "1s", "--log", "log.jsonl"
    ).ended(69)
    result.helps().says(re.escape(url), "refused")
    log = program.log().check()
    assert (log.finished["reason"], log.finished["exit"]) == ("unreachable", 69)
    assert set(e["event"] for e in log.endings().values()) == {"cue_skipped"}


def test_69_a_service_that_never_answers(program, server, sheet):
    server.script(Held(), operation="GetStream", times=1000)
    result = program.run(sheet, *live(server, "--wait", "1s")).ended(69).helps()
    result.says(re.escape(server.url), "no answer")
    assert "--start now" not in result.err, "it was given"
    assert program.log().check().finished["reason"] == "unreachable"


def test_69_the_stream_never_came(program, server):
    sheet = program.write("show.yaml", SHEET.replace("start: now", "start: stream"))
    server.set_stream(MAIN, None)
    result = program.run(sheet, *live(server, "--wait", "1500ms")).ended(69)
    result.helps().says("stream", "--wait")
    log = program.log().check()
    assert (log.finished["reason"], log.finished["exit"]) == ("stream_never_came", 69)
    assert not server.puts


@pytest.mark.parametrize("how", ["--region", "arn"])
def test_69_a_region_that_is_none(program, how):
    text = SHEET if how == "--region" else SHEET.replace("us-west-2", "mars-1")
    sheet = program.write("show.yaml", text)
    options = ["--region", "mars-1"] if how == "--region" else []
    result = program.run(sheet, *options, "--wait", "1s", "--log", "log.jsonl").ended(69)
    result.helps().says(r"ivs\.mars-1\.amazonaws\.com", "(?m)^hint: .*mars-1")
    assert "us-west-2.amazonaws.com" not in result.err, "it names the place that it tried"
    assert program.log().check().finished["exit"] == 69


# --- 73 the log ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["missing directory", "a directory", "another run's", "no right"])
def test_73_the_log_cannot_be_written(program, server, sheet, case):
    path = program.path("folder/log.jsonl")
    if case == "a directory":
        os.makedirs(path)
    elif case == "another run's":
        program.write("folder/log.jsonl", "a log of last week\n")
    elif case == "no right":
        # The kernel refuses new files here to root as well.
        path = "/proc/cue-runner-log.jsonl"
    result = program.run(sheet, "--endpoint-url", server.url, "--log", path).ended(73).helps()
    result.says(re.escape(path), "--log")
    assert not server.puts, "what cannot be recorded is not sent"
    if case == "another run's":
        assert open(path).read() == "a log of last week\n", "another run's log is not touched"


def test_73_the_disk_is_full(program, server, sheet):
    """The show goes on; that its record is not whole is said, and is the status."""

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))

    # Signals are left as Python has them: a write beyond the limit then fails with EFBIG, as one
    # to a full disk does with ENOSPC, and kills nobody.
    process = program.start(
        sheet, *live(server), preexec_fn=small_files, restore_signals=False
    )
    process.finish().ended(73).helps().says("run log")
    assert [call.cue for call in server.puts] == ["a", "b", "b.reveal"]


# --- 77 credentials -----------------------------------------------------------------------------


def test_77_no_credentials_anywhere(program, sheet):
    result = program.run(sheet, credentials=None).ended(77).helps()
    result.says("credentials", "AWS_ACCESS_KEY_ID")
    assert not list(program.directory.glob("*.jsonl"))


def test_77_no_such_profile(program, sheet):
    program.write("home/config", "[profile live]\nregion = us-west-2\n")
    program.run(sheet, "--profile", "lvie").ended(77).helps().says('"lvie"', "live")


@pytest.mark.parametrize("credentials", [CREDENTIALS, WITH_TOKEN], ids=["keys", "token"])
def test_77_refused_before_zero(program, sheet, credentials):
    """Said while there is time to mend it, not at the first cue."""
    other = ivs_server.Credentials("AKIDOTHER", "the-secret-that-ivs-knows")
    with IVSServer(other, {MAIN: Stream.now(60)}) as server:
        result = program.run(sheet, *live(server), credentials=credentials).ended(77).helps()
        result.says("refused the credentials", "the environment", "InvalidSignatureException")
        assert not server.puts
    log = program.log().check()
    assert (log.finished["reason"], log.finished["exit"]) == ("credentials", 77)
    # The fixture looks for secrets; a signature that AWS quotes back is looked for here.
    for call in server.calls:
        given = call.header("authorization").rsplit("=", 1)[1]
        assert given not in result.err + result.out + log.text


def test_77_no_permission(program, server, sheet):
    said = "User: arn:aws:iam::123456789012:user/tv is not authorized to perform: ivs:GetStream"
    server.script(ivs_server.denied(said), operation="GetStream", times=100)
    result = program.run(sheet, *live(server)).ended(77).helps()
    result.says(re.escape(said), r"(?m)^hint: .*ivs:GetStream")


# --- 130, 143 signals ---------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_show_and_its_log(program, server, number, status):
    sheet = program.write("show.yaml", LONG)
    process = program.start(sheet, *live(server))
    process.wait_for_log(program.path("log.jsonl"), lambda log: len(log.of("cue_sent")) == 2)
    process.signal(number)
    process.finish().ended(status)
    log = program.log().check()
    assert (log.finished["reason"], log.finished["exit"]) == ("interrupted", status)
    # Every cue is accounted for, on both channels: also those that were hours away.
    ended = {key: event["event"] for key, event in log.endings().items()}
    names = ["first", "q", "q.reveal", "called", "after", "last"]
    assert set(ended) == {(name, channel) for name in names for channel in ("main", "es")}
    assert {k for k, event in ended.items() if event == "cue_sent"} == {
        ("first", "main"), ("first", "es")
    }
    assert {event["reason"] for event in log.of("cue_skipped")} <= {"stopped", "question_not_sent"}


def test_a_signal_waits_for_the_answer_that_is_on_its_way(program, server, sheet):
    held = server.script(Held(), cue="a")
    process = program.start(sheet, *live(server))
    assert held.arrived.wait(PATIENCE)
    process.signal(signal.SIGTERM)
    # That the signal was taken shows in the cue that is not going to leave any more.
    process.wait_for_log(program.path("log.jsonl"), lambda log: log.of("cue_skipped"))
    held.release()
    process.finish().ended(143)
    log = program.log().check()
    assert log.one("cue_sent")["cue"] == "a"
    assert {e["cue"] for e in log.of("cue_skipped")} == {"b", "b.reveal"}


def test_a_second_signal_waits_no_longer(program, server, sheet):
    held = server.script(Held(), cue="a")
    process = program.start(sheet, *live(server))
    assert held.arrived.wait(PATIENCE)
    process.signal(signal.SIGINT)
    process.wait_for_log(program.path("log.jsonl"), lambda log: log.of("cue_skipped"))
    process.signal(signal.SIGINT)
    process.finish().ended(130)
    log = program.log().check()
    assert log.one("cue_in_doubt")["reason"] == "stopped"


def test_a_signal_while_it_waits_for_the_stream(program, server):
    sheet = program.write("show.yaml", LONG.replace("start: now", "start: stream"))
    server.set_stream(MAIN, None)
    process = program.start(sheet, *live(server))
    server.wait_for(lambda calls: len(calls) >= 2)
    process.signal(signal.SIGINT)
    process.finish().ended(130)
    log = program.log().check()
    assert log.finished["exit"] == 130
    assert not log.of("stream_aligned")


def test_kill_9_leaves_a_log_of_whole_lines(program, server):
    """What was armed is on record before it left, so that a resume knows what is in doubt."""
    held = server.script(Held(), cue="first")
    sheet = program.write("show.yaml", LONG)
    process = program.start(sheet, *live(server))
    assert held.arrived.wait(PATIENCE)
    process.signal(signal.SIGKILL)
    result = process.finish()
    assert result.status == -signal.SIGKILL
    log = program.log().check(is_whole=False)
    assert log.torn == ""
    # Either channel's may have come first.
    (channel,) = [name for name, arn in log.arns.items() if arn == held.call.channel]
    assert log.of("cue_armed", cue="first", channel=channel), "it left and was never armed"
    assert not log.of("cue_sent", cue="first", channel=channel)


# --- What is printed where ----------------------------------------------------------------------


def test_quiet_says_only_what_went_wrong(program, server, sheet):
    assert program.run(sheet, *live(server, "--quiet")).ended(0).err == ""
    server.script(ivs_server.denied("not for you"), cue="a")
    result = program.run(
        sheet, "--endpoint-url", server.url, "--log", "second.jsonl", "--quiet"
    ).ended(1)
    result.says("not for you")
    assert "sent" not in result.err


@pytest.mark.parametrize("form", ["table", "json", "csv", "webvtt"])
def test_data_goes_to_standard_output(program, sheet, form):
    result = program.run("timeline", sheet, "--format", form).ended(0)
    assert "b.reveal" in result.out or "Yes" in result.out
    assert result.err == ""


def test_a_sheet_on_standard_input(program, server):
    result = program.run("-", *live(server), text=SHEET).ended(0)
    assert program.log().check().started["sheet"]["path"] == "-"
    assert [call.cue for call in server.puts] == ["a", "b", "b.reveal"]
    for command in ("check", "timeline"):
        program.run(command, "-", text=SHEET).ended(0)
    bad = program.run("check", "-", text=BAD).ended(65)
    bad.says(r"(?m)^<stdin>:4:\d+: error: ")
    assert result.out == ""


def test_the_default_log_lies_where_the_command_runs(program, server):
    sheet = program.write("folder/show.yaml", SHEET)
    result = program.run(sheet, "--endpoint-url", server.url).ended(0)
    (name,) = [path.name for path in program.directory.glob("*.run.jsonl")]
    assert re.fullmatch(r"show\.\d{8}T\d{6}Z\.run\.jsonl", name)
    program.log(name).check()
    result.says(re.escape(name))


def test_version_and_help(program):
    result = program.run("--version").ended(0)
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", result.out) and result.err == ""
    for form in (["--help"], ["-h"], ["help"]):
        root = program.run(*form).ended(0)
        assert root.err == ""
        for name in SUBCOMMANDS:
            assert re.search(rf"(?m)^  {name}\b", root.out), f"{name} is not in {root.out}"
        for option in ("--channel", "--start", "--late", "--log", "--endpoint-url", "--profile"):
            assert option in root.out, "the root's help shows run's options too"
        assert re.search(r"cue-runner \S*show\.yaml", root.out), "an example"


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_help_has_an_example(program, name):
    result = program.run(name, "--help").ended(0)
    assert re.search(r"(?m)^EXAMPLES?:\n +cue-runner ", result.out), result.out
    assert f"cue-runner {name}" in result.out


class Terminal:
    """The program on a pseudo-terminal: its standard input and error, its output a pipe."""

    def __init__(self, program, *args, env=None):
        master, child = pty.openpty()
        try:
            self.process = program.start(
                *args, env={"TERM": "xterm"} | (env or {}), stdin=child, stderr=child,
                stdout=subprocess.PIPE,
            )
        finally:
            os.close(child)
        self._master = master
        self.text = ""
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while True:
            try:
                chunk = os.read(self._master, 65_536)
            except OSError:
                # The other end was closed: Linux says EIO, not end of file.
                return
            if not chunk:
                return
            with self._changed:
                self.text += chunk.decode("utf-8", "replace")
                self._changed.notify_all()

    def wait_for(self, pattern):
        with self._changed:
            found = self._changed.wait_for(lambda: re.search(pattern, self.text), PATIENCE)
            assert found, f"{pattern!r} never showed: {self.text!r}"

    def type(self, text):
        os.write(self._master, text.encode())

    def finish(self):
        result = self.process.finish()
        self._thread.join(PATIENCE)
        os.close(self._master)
        assert not DISORDER.search(self.text), self.text
        return result


COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def test_a_terminal_shows_progress(program, server, sheet):
    terminal = Terminal(program, sheet, *live(server))
    result = terminal.finish()
    assert result.status == 0 and result.out == ""
    assert COLOUR.search(terminal.text)
    # The status line is drawn over and over, in place.
    assert re.search(r"\r\x1b\[K.*delivered \d", terminal.text)
    assert re.search(r"next b(\.reveal)? in 0", terminal.text)
    assert terminal.text.count("\x1b[?1049h") == 0, "what was said can be scrolled back to"


def test_no_color_on_a_terminal(program, server, sheet):
    terminal = Terminal(program, sheet, *live(server), env={"NO_COLOR": "1"})
    assert terminal.finish().status == 0
    assert not COLOUR.search(terminal.text)
    assert re.search(r"delivered \d", terminal.text), "progress is no colour"


def test_no_color_set_and_empty_means_colour(program, server, sheet):
    """https://no-color.org: when present and not an empty string."""
    terminal = Terminal(program, sheet, *live(server), env={"NO_COLOR": ""})
    assert terminal.finish().status == 0
    assert COLOUR.search(terminal.text)


def test_a_dumb_terminal_gets_no_escape(program, server, sheet):
    terminal = Terminal(program, sheet, *live(server), env={"TERM": "dumb"})
    assert terminal.finish().status == 0
    assert "\x1b" not in terminal.text


@pytest.mark.parametrize("command", [["check"], ["rehearse"]], ids=lambda c: c[0])
def test_errors_on_a_terminal(program, command):
    program.write("bad.yaml", BAD)
    terminal = Terminal(program, *command, "bad.yaml")
    assert terminal.finish().status == 65
    assert COLOUR.search(terminal.text)
    terminal = Terminal(program, *command, "bad.yaml", env={"NO_COLOR": "1"})
    assert terminal.finish().status == 65
    assert "\x1b" not in terminal.text


def test_what_a_sheet_says_moves_no_cursor(program, server):
    text = SHEET.replace("A short show", '"\\e[31;1mA title\\e[2J"')
    text = text.replace('"Ready?"', '"\\e[5mReady?\\a"')
    sheet = program.write("show.yaml", text)
    assert "\x1b" not in program.run("timeline", sheet).ended(0).out
    server.script(ivs_server.denied("\x1b[2Jgone"), cue="a")
    terminal = Terminal(program, sheet, *live(server), env={"NO_COLOR": "1"})
    terminal.finish()
    assert "A title" in terminal.text
    assert not re.search(r"\x1b\[(31;1m|2J|5m)|\a", terminal.text)


def test_ctrl_c_at_a_terminal(program, server):
    sheet = program.write("show.yaml", LONG)
    terminal = Terminal(program, sheet, *live(server))
    terminal.wait_for(r"delivered 2")
    terminal.process.signal(signal.SIGINT)
    assert terminal.finish().status == 130
    assert program.log().check().finished["exit"] == 130


def test_a_go_is_typed_at_a_terminal(program, server):
    sheet = program.write(
        "show.yaml",
        f"version: 1\nchannel: {MAIN}\nstart: manual\ncues:\n"
        "  - {id: a, at: 0.2, payload: {n: 1}}\n  - {id: bonus, at: manual, payload: {n: 2}}\n",
    )
    terminal = Terminal(program, sheet, *live(server))
    server.wait_for(lambda calls: len(calls) >= 1)
    terminal.type("go\n")
    terminal.wait_for("GO: bonus")
    # A second GO within 2 s of the first is refused, so the host says which one.
    program_log = program.path("log.jsonl")
    terminal.process.wait_for_log(program_log, lambda log: log.of("cue_sent", cue="a"))
    terminal.type("fire bonus\n")
    terminal.process.wait_for_log(program_log, lambda log: log.of("cue_sent", cue="bonus"))
    result = terminal.finish()
    assert result.status == 0
    log = program.log().check()
    assert log.aligned["source"] == "manual"
    actions = [(e["action"], e["target"]) for e in log.of("operator") if not e["refused"]]
    assert actions == [("go", None), ("fire", "bonus")]


def test_a_terminal_is_asked_about_a_show_that_has_begun(program, server):
    sheet = program.write(
        "show.yaml",
        f"version: 1\nchannel: {MAIN}\nlate: 1s\ncues:\n"
        "  - {id: past, at: 1, payload: {n: 1}}\n  - {id: next, at: 62, late: 60s, payload: {n: 2}}\n",
    )
    terminal = Terminal(program, sheet, *live(server))
    terminal.wait_for("the show has begun")
    assert not server.puts
    terminal.type("join\n")
    assert terminal.finish().status == 0
    log = program.log().check()
    assert log.one("cue_skipped")["reason"] == "joined_late"
    assert log.one("cue_sent")["cue"] == "next"


def test_hold_skip_shift_and_resume_are_typed(program, server):
    sheet = program.write(
        "show.yaml",
        f"version: 1\nchannel: {MAIN}\nstart: now\nlate: 5s\ncues:\n"
        "  - {id: a, at: 0.2, payload: {n: 1}}\n  - {id: b, at: 4, payload: {n: 2}}\n"
        "  - {id: c, at: 4.2, payload: {n: 3}}\n",
    )
    terminal = Terminal(program, sheet, *live(server))
    path = program.path("log.jsonl")

    def type_and_wait(line, condition):
        terminal.type(line + "\n")
        terminal.process.wait_for_log(path, condition)

    terminal.process.wait_for_log(path, lambda log: log.of("cue_armed", cue="b"))
    type_and_wait("hold", lambda log: log.of("cue_disarmed", cue="b"))
    terminal.wait_for("HELD")
    # It can be taken back until its moment; only then is it skipped.
    type_and_wait("skip b", lambda log: log.of("operator", action="skip", target="b"))
    type_and_wait("take nosuch", lambda log: [e for e in log.of("operator") if e["refused"]])
    type_and_wait("shift +500ms", lambda log: log.of("operator", action="shift"))
    type_and_wait("resume", lambda log: log.of("operator", action="resume"))
    assert terminal.finish().status == 0
    log = program.log().check()
    assert log.one("cue_skipped")["reason"] == "operator"
    assert log.one("operator", action="shift")["by_us"] == 500_000
    assert [call.cue for call in server.puts] == ["a", "c"]
    # What was held and shifted is due as much later.
    zero = microseconds(log.aligned["zero"])
    held = microseconds(log.one("operator", action="resume")["time"]) - microseconds(
        log.one("operator", action="hold")["time"]
    )
    moved = microseconds(log.one("cue_sent", cue="c")["due"]) - zero - 4_200_000 - 500_000
    assert abs(moved - held) < 50_000
