"""`cue-runner report`: judged by its schema, by a fold of the same logs that shares no code with it,
by exact text, and in a real browser.

The logs beside Tests/Scripts/report/show.yaml are of real rehearsals of it, at its own speed:

    faults.jsonl   --fail 429:20% --fail 500:10% --latency 25ms --offline-at 18s --restart-at 23s,
                   and while it ran: control hold, resume, shift +1s
    calm.jsonl     edited.yaml, which moves, changes, adds and removes cues, and no faults
    killed.jsonl   faults.jsonl up to a torn line, with a foreign one before it

Pictures are kept in CUE_SCREENSHOTS (by default .build/screenshots), for people to look at.
"""

import collections
import datetime
import json
import os
import pathlib
import re
import signal
import stat

import jsonschema
import pytest

from program import PATIENCE
from repository import REPOSITORY
from run_log import ENDINGS, RunLog, microseconds
from tmux import Terminal

LOGS = REPOSITORY / "Tests/Scripts/report"
FAULTS = LOGS / "faults.jsonl"
CALM = LOGS / "calm.jsonl"
KILLED = LOGS / "killed.jsonl"
ANSWERS = LOGS / "answers.json"
SCHEMA = json.loads((REPOSITORY / "schemas/report.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
WAIT = PATIENCE * 1000
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

USAGE, DATA, NO_INPUT, CANNOT_CREATE, INCOMPLETE = 64, 65, 66, 73, 1


def report(program, *args, status=0, **options):
    return program.run("report", *args, credentials=None, **options).ended(status)


def data(program, *args, **options):
    """The report as data: valid, and in the schema's order."""
    found = json.loads(report(program, *args, "--format", "json", **options).out)
    name = found["kind"]
    one = jsonschema.Draft202012Validator(SCHEMA | {"oneOf": [{"$ref": f"#/$defs/{name}"}]})
    error = jsonschema.exceptions.best_match(one.iter_errors(found))
    assert error is None, f"{error.message} at {error.json_path}"
    VALIDATOR.validate(found)
    assert list(found) == list(SCHEMA["$defs"][name]["properties"])
    return found


def test_the_schema_itself():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


# ---- The review as data --------------------------------------------------------------------------


@pytest.mark.parametrize("path", [FAULTS, CALM], ids=lambda path: path.stem)
def test_agrees_with_another_fold(program, path):
    log = RunLog(path).check()
    found = data(program, path)
    endings = log.endings()
    counts = collections.Counter(event["event"] for event in endings.values())
    for name in ("sent", "missed", "failed", "in_doubt", "skipped"):
        assert found["counts"][name] == counts["cue_" + name]
    assert found["counts"]["cues"] == len(endings)
    assert found["counts"]["repeated"] == len(log.of("cue_repeated"))
    assert found["attempts"]["failed"] == len(log.of("attempt_failed"))
    codes = collections.Counter(event["code"] for event in log.of("attempt_failed"))
    assert {c["code"]: c["count"] for c in found["attempts"]["by_code"]} == codes
    for field in ("late_us", "round_trip_us"):
        values = sorted(event[field] for event in log.of("cue_sent"))
        for name, share in (("p50", 50), ("p90", 90), ("p99", 99), ("max", 100)):
            rank = max(0, -(-len(values) * share // 100) - 1)
            assert found[field][name] == values[rank]
        low = 0
        for bin in found[field]["histogram"]:
            high = bin["below"] or float("inf")
            assert bin["count"] == sum(low <= value < high for value in values)
            low = high
    zero = microseconds(log.aligned["zero"])
    lines = path.read_text().splitlines()
    for cue in found["cues"]:
        event = endings[cue["cue"], cue["channel"]]
        assert json.loads(lines[cue["line"] - 1]) == event
        assert event["event"] == "cue_" + cue["ending"]
        if cue["at_us"] is not None:
            assert cue["at_us"] == microseconds(cue["due"]) - zero
        if cue["ending"] == "sent":
            for name in ("late_us", "round_trip_us", "attempts", "sent", "due", "lead_us"):
                assert cue[name] == event[name]
            assert abs(microseconds(cue["acknowledged"]) - microseconds(event["acknowledged"])) < 2
        else:
            assert cue["reason"] == event.get("reason", event.get("code"))
    assert found["state"] == "finished"
    assert found["finish"]["exit"] == log.finished["exit"]
    assert found["lines"] == {"read": len(lines), "flawed": 0, "flaws": [], "unknown": []}


def test_advice_follows_the_facts(program):
    codes = [advice["code"] for advice in data(program, FAULTS)["advice"]]
    assert codes[:2] == ["throttling", "stream_offline"]
    assert "not_called" in codes
    assert data(program, CALM)["verdict"]["grade"] == "good"


def test_a_log_that_is_torn_and_has_a_foreign_line(program):
    found = data(program, KILLED)
    assert found["state"] == "cut_off"
    assert found["finish"] is None
    lines = KILLED.read_text().splitlines()
    assert [flaw["line"] for flaw in found["lines"]["flaws"]] == [4, len(lines)]
    assert found["lines"]["flaws"][1]["reason"] == "torn"
    assert found["counts"]["sent"] == sum('"event":"cue_sent"' in line for line in lines[:-1])
    assert found["counts"]["open"] > 0


def test_standard_input(program):
    found = data(program, "-", text=KILLED.read_text())
    assert (found["log"], found["state"]) == ("-", "unfinished")


def test_every_cut_of_a_log_is_reviewed(program):
    """Whatever a crash leaves, down to the first line."""
    whole = FAULTS.read_bytes()
    first = whole.index(b"\n") + 1
    for length in (first, first + 1, len(whole) // 3, len(whole) // 2, len(whole) - 1):
        path = program.write("cut.jsonl", whole[:length])
        found = data(program, path)
        assert found["lines"]["flawed"] in (0, 1)
        if length == len(whole) - 1:
            assert found["state"] == "finished"


def test_a_comparison_as_data(program):
    found = data(program, FAULTS, CALM)
    first, second = RunLog(FAULTS).endings(), RunLog(CALM).endings()
    assert found["counts"]["both"] == len(first.keys() & second.keys())
    assert found["counts"]["only_first"] == len(first.keys() - second.keys())
    assert found["counts"]["only_second"] == len(second.keys() - first.keys())
    assert found["counts"]["ended_otherwise"] > 0
    zeros = [microseconds(RunLog(path).aligned["zero"]) for path in (FAULTS, CALM)]
    changed = set()
    for pair in found["cues"]:
        key = (pair["cue"], pair["channel"])
        one, other = first.get(key), second.get(key)
        assert (pair["first"] is None, pair["second"] is None) == (one is None, other is None)
        if not (one and other and "due" in one and "due" in other):
            continue
        ats = [microseconds(event["due"]) - zero for event, zero in zip((one, other), zeros)]
        assert pair["moved_us"] == ats[1] - ats[0]
        if "metadata" in one and "metadata" in other:
            assert pair["later_us"] == other["late_us"] - one["late_us"]
            contents = [json.loads(event["metadata"]) for event in (one, other)]
            for content in contents:
                content.pop("run"), content.pop("current_time", None)
            assert pair["changed"] == (contents[0] != contents[1])
            changed |= {pair["cue"]} if pair["changed"] else set()
    assert changed == {"q1"}


# ---- The text ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["faults", "calm", "killed"])
def test_the_text(program, name):
    result = report(program, LOGS / f"{name}.jsonl")
    assert result.out == (LOGS / f"{name}.txt").read_text()
    assert result.err == ""
    assert all(len(line) <= 80 for line in result.out.splitlines())


def test_the_text_of_a_comparison(program):
    result = report(program, FAULTS, CALM)
    assert result.out == (LOGS / "faults-calm.txt").read_text()


def test_answers_stand_beside_their_questions(program):
    assert "Answers" not in report(program, FAULTS).out
    out = report(program, FAULTS, "--answers", ANSWERS).out
    assert re.search(r"\n  q1: Which planet has the most moons\? — 12 answers\n", out)
    assert re.search(r"\n    ✓ Saturn +7 +58\.3 %\n", out)
    found = data(program, FAULTS, "--answers", ANSWERS)["answers"]
    assert [question["cue"] for question in found] == ["q1", "q2"]


def test_colours_are_for_terminals(program):
    terminal = Terminal(program)
    try:
        terminal.run(f"clear; {program.binary} report {KILLED} | cat -v | head -1")
        terminal.wait_for(r"^The run was cut off")
        program.write("typescript", "")
        line = f"script -qc '{program.binary} report {KILLED}' typescript >/dev/null; echo"
        terminal.run(f"clear; {line} coloured $?")
        terminal.wait_for(r"^coloured 0")
        assert "\x1b[31mThe run was cut off" in pathlib.Path(program.path("typescript")).read_text()
        terminal.run(f"clear; NO_COLOR=1 {line} plain $?")
        terminal.wait_for(r"^plain 0")
        text = pathlib.Path(program.path("typescript")).read_text()
        assert "The run was cut off" in text and "\x1b[" not in text
    finally:
        terminal.close()


# ---- What can't be reviewed ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "it is empty"),
        ("version: 1\n", "line 1: "),
        ('{"event":"other","time":"2026-11-27T19:00:00Z"}\n', "no line tells an event of a run"),
        ('{"a":1}\n', "line 1: no event in it"),
        (b"\x7fELF\x02\x01\x01\0\xff\xfe\n\x80\n", "line 1: "),
    ],
)
def test_what_is_no_log(program, text, why):
    path = program.write("other.txt", text)
    result = report(program, path, status=DATA).helps()
    assert "is no run log" in result.err and why in result.err
    assert result.out == ""


def test_no_such_file(program):
    report(program, "nowhere.jsonl", status=NO_INPUT).helps()
    report(program, program.directory, status=NO_INPUT).helps()


@pytest.mark.parametrize(
    "args",
    [
        [], ["a", "b", "c"], ["-", "-"], ["a", "--format", "pdf"],
        [FAULTS, CALM, "--follow"], [FAULTS, "--follow", "--format", "json"],
        [FAULTS, "--fail-if", "mised>0"], [FAULTS, "--fail-if", "moved>0"],
        [FAULTS, "--fail-if", "late_p99>5"][:2],
    ],
    ids=str,
)  # fmt: skip
def test_wrong_usage(program, args):
    report(program, *args, status=USAGE).helps()


def test_answers_that_are_none(program):
    for text in ("{}", "SQLite format 3\0 and no more"):
        path = program.write("answers", text)
        report(program, FAULTS, "--answers", path, status=DATA).helps()
    report(program, FAULTS, "--answers", "nowhere", status=NO_INPUT).helps()


# ---- Rules for scripts ---------------------------------------------------------------------------


def test_fail_if(program):
    # The run itself had misses: that alone is no reason to fail.
    assert RunLog(FAULTS).finished["exit"] == 1
    report(program, FAULTS)
    report(program, FAULTS, "--fail-if", "missed>100", "--fail-if", "late_p99>1h")
    result = report(
        program, FAULTS, "--fail-if", "missed>0", "--fail-if", "failed>0",
        "--fail-if", "late_max>1.5s", status=INCOMPLETE,
    )  # fmt: skip
    assert result.err.splitlines() == [
        "fail: missed>0: missed is 4", "fail: late_max>1.5s: late_max is 1.746s",
    ]  # fmt: skip
    # Every rule is held against the run, and the report is printed all the same.
    assert result.out == (LOGS / "faults.txt").read_text()
    result = report(program, FAULTS, CALM, "--fail-if", "changed>0", status=INCOMPLETE)
    assert result.err == "fail: changed>0: changed is 1\n"
    result = report(program, KILLED, "--fail-if", "exit!=0", "--fail-if", "finished==0", status=1)
    assert result.err.splitlines() == [
        "note: exit!=0: the log has no exit", "fail: finished==0: finished is 0",
    ]  # fmt: skip


def test_a_wrong_rule_is_named_with_what_there_is(program):
    result = report(program, FAULTS, "--fail-if", "late_p9>1s", status=USAGE)
    assert "did you mean late_p90?" in result.err
    assert "round_trip_p99" in result.err


def test_quiet(program):
    assert report(program, CALM, "--quiet").out == ""
    assert report(program, FAULTS, "--quiet").out == (LOGS / "faults.txt").read_text()


# ---- Where it goes -------------------------------------------------------------------------------


def test_output_is_put_in_place_whole(program):
    path = pathlib.Path(program.path("report.txt"))
    path.write_text("what was there before")
    result = report(program, FAULTS, "--output", path)
    assert result.out == ""
    assert path.read_text() == (LOGS / "faults.txt").read_text()
    assert stat.S_IMODE(path.stat().st_mode) & 0o444 == 0o444
    assert sorted(p.name for p in program.directory.iterdir() if p.is_file()) == ["report.txt"]
    report(program, FAULTS, "-o", "/nowhere/report.txt", status=CANNOT_CREATE).helps()
    report(program, FAULTS, "-o", "/dev/full", status=CANNOT_CREATE).helps()


# ---- A log that is still being written -----------------------------------------------------------

SHEET = """\
version: 1
channel: arn:aws:ivs:us-west-2:123456789012:channel/Main12345
start: now
cues:
  - {id: q1, at: 100ms, payload: {a: 1}}
  - {id: q2, at: 300ms, payload: {a: 2}}
  - {id: bonus, at: manual, payload: {a: 3}}
"""


def rehearse(program, *args):
    sheet = program.write("show.yaml", SHEET)
    return program.start(
        "rehearse", sheet, "--log", "log.jsonl", *args, credentials=None,
        env={"XDG_RUNTIME_DIR": str(program.directory)},
    )  # fmt: skip


def sent(log):
    return len(log.of("cue_sent")) == 2


def test_a_run_that_goes_on_is_told_from_one_that_was_killed(program):
    running = rehearse(program, "--end-after", "1h")
    running.wait_for_log(program.path("log.jsonl"), sent)
    assert data(program, "log.jsonl")["state"] == "running"
    assert report(program, "log.jsonl").out.startswith(
        "The run is going on: 2 cues delivered so far, none missed.\n")
    # To look at it took nothing from the run.
    assert running.is_running
    running.kill()
    assert data(program, "log.jsonl")["state"] == "cut_off"
    assert "The run was cut off at" in report(program, "log.jsonl").out


def test_follow_tells_endings_and_ends_with_the_run(program):
    running = rehearse(program, "--end-after", "1h")
    running.wait_for_log(program.path("log.jsonl"), lambda log: len(log.events) > 0)
    follower = program.start(
        "report", "log.jsonl", "--follow", "--fail-if", "skipped>0", credentials=None)
    follower.wait_for(r"^00:00:00\.1  sent     q1  \d+\.\d ms late$", "out")
    follower.wait_for(r"^00:00:00\.3  sent     q2  ", "out")
    assert follower.is_running
    running.signal(signal.SIGINT)
    running.finish()
    result = follower.finish().ended(INCOMPLETE)
    lines, text = result.out.split("\n\n", 1)
    words = [line.split()[1:3] for line in lines.splitlines()]
    assert words == [["sent", "q1"], ["sent", "q2"], ["skipped", "bonus"]]
    assert text == report(program, "log.jsonl").out
    assert result.err == "fail: skipped>0: skipped is 1\n"


def test_follow_begins_anew_where_the_log_is_replaced_or_cut(program):
    lines = FAULTS.read_bytes().splitlines(keepends=True)
    path = pathlib.Path(program.write("log.jsonl", b"".join(lines[:8])))
    follower = program.start("report", "log.jsonl", "--follow", credentials=None)
    follower.wait_for(r"sent     welcome", "out")
    # Another log in its place.
    calm = CALM.read_bytes().splitlines(keepends=True)
    other = pathlib.Path(program.write("other.jsonl", b"".join(calm[:-1])))
    os.replace(other, path)
    follower.wait_for(r"sent     encore", "out")
    # The same file, cut and written again; half a line is waited for.
    with open(path, "r+b") as file:
        file.truncate(0)
        file.write(b"".join(lines[:20]) + lines[20][:30])
        file.flush()
        follower.wait_for(r"encore[^~]*sent     q1 on es", "out")
        file.write(lines[20][30:] + b"".join(lines[21:]))
    result = follower.finish().ended(0)
    assert result.out.endswith("\n\n" + (LOGS / "faults.txt").read_text())


def test_follow_reads_a_pipe_to_its_end(program):
    result = report(program, "-", "--follow", text=FAULTS.read_text())
    assert result.out.endswith("\n\n" + (LOGS / "faults.txt").read_text())
    assert result.out.count("  sent     ") == 25


def test_follow_draws_in_place_on_a_terminal_and_leaves_it_as_it_was(program):
    lines = FAULTS.read_text().splitlines(keepends=True)
    path = pathlib.Path(program.write("log.jsonl", "".join(lines[:8])))
    terminal = Terminal(program, rows=20)
    try:
        terminal.cue_runner("report", path, "--follow")
        terminal.wait_for(r"^The run was cut off")
        with open(path, "a") as file:
            file.writelines(lines[8:-1])
        terminal.wait_for(r"^  cues +25 sent, 4 missed")
        terminal.press("C-c")
        terminal.wait_for(r"^status 130")
        before, after = (
            pathlib.Path(program.path(name)).read_text() for name in ("before", "after"))
        assert before == after
        terminal.cue_runner("report", path, "--follow")
        terminal.wait_for(r"^  cues +25 sent, 4 missed")
        with open(path, "a") as file:
            file.write(lines[-1])
        terminal.wait_for(r"^status 0")
    finally:
        terminal.close()


# ---- The page ------------------------------------------------------------------------------------


class Page:
    """The report in Chromium, as a file; whatever it complains about or asks for fails the test."""

    def __init__(self, chromium, path, viewport=DESKTOP, **options):
        self.complaints = []
        self.requests = []
        self.context = chromium.new_context(viewport=viewport, **options)
        self.page = page = self.context.new_page()
        page.set_default_timeout(WAIT)
        page.on("console", lambda m: self.complaints.append(m.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append("a dialog"), dialog.dismiss()))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(pathlib.Path(path).as_uri())
        page.wait_for_selector("#table-body tr")

    def close(self):
        self.context.close()
        assert self.complaints == []
        others = [url for url in self.requests if not url.startswith(("file:", "data:"))]
        assert others == [] and len([u for u in self.requests if u.startswith("file:")]) == 1


@pytest.fixture
def pages(chromium, program):
    pages = []

    def show(*logs, answers=None, **options):
        path = program.path(f"report-{len(pages)}.html")
        more = ["--answers", answers] if answers else []
        report(program, *logs, *more, "--format", "html", "--output", path)
        pages.append(Page(chromium, path, **options))
        return pages[-1].page

    show.all = pages
    yield show
    for page in pages:
        page.close()


def cues(page):
    return page.eval_on_selector_all(
        "#table-body tr.cue", "rows => rows.map(r => r.querySelector('.open-cue').textContent)")


def column(page, title):
    """The texts of a column of the table."""
    return page.evaluate(
        """(title) => {
            const heads = [...document.querySelectorAll('#table-head th')];
            const index = heads.findIndex((head) => head.textContent === title);
            return [...document.querySelectorAll('#table-body tr.cue')]
                .map((row) => row.children[index].textContent);
        }""",
        title,
    )


def span(text):
    """Microseconds of what the page writes."""
    if text == "–":
        return None
    value, unit = text.replace("−", "-").split()
    return float(value) * {"ms": 1e3, "s": 1e6}[unit]


def test_the_page_says_what_the_log_says(pages, program):
    page = pages(FAULTS, answers=ANSWERS)
    found = data(program, FAULTS)
    assert page.inner_text("h1") == "Launch night, with a quiz"
    assert page.inner_text("#sentence") == found["verdict"]["text"]
    assert page.inner_text("#grade") == "Look at this"
    assert len(page.query_selector_all("#advice li")) == len(found["advice"])
    assert sorted(cues(page)) == sorted(cue["cue"] for cue in found["cues"])
    assert len(page.query_selector_all("#happenings li")) == len(found["happenings"])
    assert len(page.query_selector_all("#answers .tally")) == 2
    assert page.inner_text("#answers .tally:first-child li.right") == "Saturn\n7 · 58.3 %"
    for chart in ("timeline", "late", "spread", "trips"):
        assert page.is_visible(f"#{chart} svg")
    # One mark for each cue that was lost.
    paths = page.query_selector_all("#timeline .cross.missed")
    crosses = sum(path.get_attribute("d").count("M") for path in paths)
    assert crosses == found["counts"]["missed"]


def test_sort_filter_and_open(pages, program):
    page = pages(FAULTS)
    found = {(c["cue"], c["channel"]): c for c in data(program, FAULTS)["cues"]}
    # The latest first, then the earliest; what has no figure stays at the end.
    page.click("#table-head button[data-sort=late]")
    late = [span(text) for text in column(page, "Late")]
    count = sum(value is not None for value in late)
    assert late[:count] == sorted(late[:count], reverse=True) and set(late[count:]) == {None}
    assert page.get_attribute("#table-head th:has([data-sort=late])", "aria-sort") == "descending"
    page.click("#table-head button[data-sort=late]")
    late = [span(text) for text in column(page, "Late")]
    assert late[:count] == sorted(late[:count]) and set(late[count:]) == {None}
    page.click("#table-head button[data-sort=cue]")
    assert cues(page) == sorted(cues(page))
    # By ending, and by text: in names, reasons and payloads.
    page.click("#endings button[data-tab=missed]")
    missed = sorted(cue for (cue, _), c in found.items() if c["ending"] == "missed")
    assert sorted(cues(page)) == missed
    page.click("#endings button[data-tab=all]")
    page.fill("#search", "huesos")
    assert cues(page) == ["q2", "q2"]
    assert "2 of 32 cues" in page.inner_text("#count")
    page.fill("#search", "off the air")
    assert set(cues(page)) <= set(missed) and cues(page)
    page.fill("#search", "no such thing")
    assert page.is_visible("#no-cues")
    page.fill("#search", "")
    # The payload, by mouse and by keys.
    page.click("tr.cue:has-text('sponsor') >> nth=1")
    payload = json.loads(page.inner_text("tr.detail pre"))
    log = RunLog(FAULTS)
    assert payload == json.loads(log.one("cue_sent", cue="sponsor")["metadata"])
    page.click("tr.cue:has-text('sponsor') >> nth=1")
    assert page.query_selector("tr.detail") is None
    button = page.locator("tr.cue:has-text('goodbye') .open-cue").first
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    assert "See you next Friday!" in page.inner_text("tr.detail pre")
    request = found["goodbye", column(page, "Channel")[cues(page).index("goodbye")]]
    assert str(request["line"]) in page.inner_text("tr.detail .facts")
    page.keyboard.press("Enter")
    assert page.query_selector("tr.detail") is None
    assert page.evaluate("document.activeElement.textContent") == "goodbye"


def test_what_a_payload_says_is_text(pages):
    page = pages(FAULTS)
    page.click("tr.cue:has-text('welcome')")
    assert "<img src=x onerror=alert(1)> </script>" in page.inner_text("tr.detail pre")
    assert page.query_selector("img") is None
    # The page's own policy forbids it as well.
    refused = page.evaluate("""() => new Promise((done) => {
        document.addEventListener('securitypolicyviolation', (e) => done(e.effectiveDirective));
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.body.append(script);
    })""")
    assert refused.startswith("script-src")
    assert page.evaluate("window.ran === undefined")
    # The browser says so too.
    complaints = pages.all[-1].complaints
    assert len(complaints) == 1 and "Content Security Policy" in complaints.pop()


def test_a_part_of_the_show(pages):
    page = pages(FAULTS)
    everything = cues(page)
    box = page.locator("#timeline .hit").bounding_box()
    y = box["y"] + 6
    page.mouse.move(box["x"] + box["width"] * 0.25, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=4)
    page.mouse.up()
    part = cues(page)
    assert part and len(part) < len(everything)
    assert page.is_enabled("#zoom [data-zoom=all]")
    page.click("#zoom [data-zoom=in]")
    assert len(cues(page)) <= len(part)
    page.click("#zoom [data-zoom=all]")
    assert cues(page) == everything
    assert page.is_disabled("#zoom [data-zoom=all]")


def test_a_mark_leads_to_its_cue(pages):
    page = pages(FAULTS)
    mark = page.get_attribute("#late .cross.missed", "d")
    x, y = map(float, re.match(r"M([\d.]+) ([\d.]+)", mark).groups())
    page.locator("#late svg").scroll_into_view_if_needed()
    box = page.locator("#late svg").bounding_box()
    page.mouse.move(box["x"] + x + 4, box["y"] + y + 4)
    assert "missed" in page.inner_text("#tip")
    page.mouse.click(box["x"] + x + 4, box["y"] + y + 4)
    page.wait_for_selector("tr.cue.is-open")
    assert "missed" in page.inner_text("tr.cue.is-open")
    assert page.is_hidden("#no-cues")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_how_it_looks(pages, picture, scheme, size):
    viewport = {"desktop": DESKTOP, "phone": PHONE}[size]
    page = pages(
        FAULTS, answers=ANSWERS, viewport=viewport, color_scheme=scheme,
        device_scale_factor=2 if size == "phone" else 1, has_touch=size == "phone",
    )  # fmt: skip
    page.click("tr.cue:has-text('q1')")
    page.mouse.move(0, 0)
    picture(page, f"report-{size}-{scheme}", full_page=True)
    # Nothing hangs out of the page, and every control can be hit by a finger.
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate("""() => [...document.querySelectorAll('.scroll')]
        .every((e) => e.scrollWidth <= e.clientWidth)""")
    if size == "phone":
        small = page.evaluate("""() => [...document.querySelectorAll('.zoom button, .tabs button,'
            + '.search input, th button')].filter((e) => e.offsetParent
            && e.getBoundingClientRect().height < 40).map((e) => e.textContent)""")
        assert small == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(246, 245, 251)", "dark": "rgb(11, 13, 25)"}[scheme]


def test_contrast_of_what_is_read(pages):
    """4.5 to 1 at least (WCAG 2.2, 1.4.3), in both schemes."""
    for scheme in ("light", "dark"):
        page = pages(FAULTS, color_scheme=scheme)
        least = page.evaluate("""() => {
            const root = getComputedStyle(document.documentElement);
            const canvas = document.createElement('canvas').getContext('2d');
            const light = (name) => {
                canvas.fillStyle = root.getPropertyValue(name);
                const hex = parseInt(canvas.fillStyle.slice(1), 16);
                return [16, 8, 0].map((shift) => (hex >> shift & 255) / 255)
                    .map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
                    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
            };
            const ratio = (a, b) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
            const inks = ['--text', '--soft', '--good', '--careful', '--bad', '--doubt'];
            const grounds = ['--ground', '--raised', '--well'];
            return Math.min(...inks.flatMap((ink) => grounds.map((g) => ratio(light(ink), light(g)))));
        }""")
        assert least >= 4.5, f"{scheme}: {least}"


def test_paper(pages, picture):
    page = pages(FAULTS, color_scheme="dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(cues(page)) == 32
    assert page.is_hidden("#search")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    pdf = page.pdf(path=picture.folder / "report.pdf", format="A4", margin={
        "top": "14mm", "bottom": "14mm", "left": "14mm", "right": "14mm"})  # fmt: skip
    assert pdf.startswith(b"%PDF")


def test_two_runs_in_a_page(pages, program, picture):
    page = pages(FAULTS, CALM)
    found = data(program, FAULTS, CALM)
    assert page.inner_text("#sentence") == found["verdict"]["text"]
    assert sorted(cues(page)) == sorted(pair["cue"] for pair in found["cues"])
    page.click("#endings button[data-tab=changed]")
    assert set(cues(page)) == {"q1"}
    page.click("tr.cue")
    texts = [json.loads(t) for t in page.locator("tr.detail pre").all_inner_texts()]
    assert len(texts) == 2 and texts[0]["answers"] != texts[1]["answers"]
    page.click("#endings button[data-tab=second]")
    assert "encore" in cues(page)
    page.click("#endings button[data-tab=all]")
    page.mouse.move(0, 0)
    picture(page, "report-two-runs", full_page=True)
    page = pages(FAULTS, CALM, viewport=PHONE, color_scheme="dark", device_scale_factor=2)
    picture(page, "report-two-runs-phone", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_log_without_a_zero(pages, program):
    lines = [line for line in FAULTS.read_text().splitlines(keepends=True)
             if "stream_aligned" not in line]  # fmt: skip
    page = pages(program.write("no-zero.jsonl", "".join(lines)))
    assert len(cues(page)) == 32
    assert page.is_hidden("#timeline")


def test_a_long_show(pages, program):
    """Twenty thousand cues: a page of the table at a time, and charts that stay small."""
    begin, body = [], None
    for line in FAULTS.read_text().splitlines():
        event = json.loads(line)
        if event["event"] in ("run_started", "stream_aligned"):
            begin.append(line)
        elif event["event"] == "cue_sent" and event["cue"] == "goodbye" and body is None:
            body = event
    lines = list(begin)
    zero = microseconds(RunLog(FAULTS).aligned["zero"])
    for number in range(20_000):
        due = zero + number * 250_000
        late = 200 + number * 7919 % 90_000
        late_by = {"due": due, "sent": due + late, "acknowledged": due + late + 20_000}
        moments = {name: instant(us) for name, us in late_by.items()}
        lines.append(json.dumps(
            body | moments | {"cue": f"cue-{number}", "lead_us": 0, "late_us": late}))  # fmt: skip
    page = pages(program.write("long.jsonl", "\n".join(lines) + "\n"))
    assert len(cues(page)) == 100
    assert "1–100 of 20,000 cues" in page.inner_text("#count")
    page.click("#next")
    assert cues(page)[0] == "cue-100"
    page.fill("#search", "cue-19999")
    assert cues(page) == ["cue-19999"]
    size = page.evaluate("document.querySelectorAll('.chart *').length")
    assert size < 3_000
    marks = page.evaluate("""() => [...document.querySelectorAll('.chart path')]
        .reduce((sum, path) => sum + path.getAttribute('d').length, 0)""")
    assert marks < 1_500_000


def instant(us):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=us)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_without_scripts_the_text_is_there(chromium, program):
    path = program.path("report.html")
    report(program, FAULTS, "--format", "html", "-o", path)
    context = chromium.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(pathlib.Path(path).as_uri())
        assert page.inner_text("noscript pre").strip() == (LOGS / "faults.txt").read_text().strip()
    finally:
        context.close()
