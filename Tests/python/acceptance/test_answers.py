"""Answers: one for each viewer and question, while it is open, kept through a restart, and never a
word of what is right before the reveal."""

import asyncio
import contextlib
import csv
import io
import itertools
import json
import os
import sqlite3
import struct
import time
import urllib.parse

import pytest

from watching import PATIENCE, Events, Video, answer, ask, put, question, read_cue, reveal

JSON = {"Content-Type": "application/json"}
VIEWERS = int(os.environ.get("CUE_VIEWERS", "500"))


def asked(stage, **more):
    put(stage, question(**more))
    return Events(stage)


def test_an_answer_is_counted_once_for_each_viewer(stage):
    running = stage()
    events = asked(running)
    events.wait_for([0, 0, 0])
    assert answer(running, 1, "viewer-0001").json() == {"taken": True, "changed": False}
    assert answer(running, 1, "viewer-0001").json() == {"taken": True, "changed": True}
    assert answer(running, 2, "viewer-0002").status == 200
    events.wait_for([0, 1, 1])
    # Somebody thinks again.
    assert answer(running, 0, "viewer-0002").json() == {"taken": True, "changed": True}
    events.wait_for([1, 1, 0])


def test_questions_and_runs_are_counted_apart(stage):
    running = stage()
    events = asked(running)
    put(running, question("q2", answers=("Yes", "No")))
    put(running, question("q1", run="abcd"))
    assert answer(running, 2).status == 200
    assert answer(running, 1, cue="q2").status == 200
    assert answer(running, 0, run="abcd").status == 200
    events.wait_for([0, 0, 1])
    events.wait_for([0, 1], cue="q2")
    events.wait_for([1, 0, 0], run="abcd")


def test_a_late_viewer_is_told_the_counts(stage):
    running = stage()
    events = asked(running)
    answer(running, 1)
    events.wait_for([0, 1, 0])
    Events(running).wait_for([0, 1, 0])


def test_aws_shapes_are_questions_too(stage):
    running = stage()
    put(running, {"question": "Q?", "answers": ["a", "b"], "poll_id": "p1", "current_time": "now"})
    put(running, {"question": "R?", "answers": ["a", "b"], "correctIndex": 1})
    events = Events(running)
    assert answer(running, 1, run="", cue="p1").status == 200
    assert answer(running, 0, run="", cue="R?").status == 200
    events.wait_for([0, 1], run="", cue="p1")
    events.wait_for([1, 0], run="", cue="R?")


# --- What is refused ----------------------------------------------------------------------------

NUMBERS = itertools.count()
GOOD = {"run": "x7k2", "cue": "q1", "viewer": "viewer-0001", "choice": 1}


def without(key):
    return {name: value for name, value in GOOD.items() if name != key}


@pytest.mark.parametrize(("body", "status", "error"), [
    (GOOD | {"choice": "1"}, 400, "malformed"),
    (GOOD | {"choice": 1.5}, 400, "malformed"),
    (GOOD | {"choice": True}, 400, "malformed"),
    (GOOD | {"choice": None}, 400, "malformed"),
    (GOOD | {"choice": -1}, 400, "malformed"),
    (GOOD | {"choice": 10**30}, 400, "malformed"),
    (GOOD | {"choice": [1]}, 400, "malformed"),
    (GOOD | {"choice": 3}, 400, "no-such-answer"),
    (GOOD | {"viewer": "short"}, 400, "malformed"),
    (GOOD | {"viewer": "v" * 65}, 400, "malformed"),
    (GOOD | {"viewer": "spaces and ' quotes"}, 400, "malformed"),
    (GOOD | {"viewer": 12345678}, 400, "malformed"),
    (GOOD | {"cue": 1}, 400, "malformed"),
    (GOOD | {"cue": "x" * 1025}, 400, "malformed"),
    (GOOD | {"cue": "q2"}, 404, "unknown-question"),
    (GOOD | {"cue": "q1'; DROP TABLE answer;--"}, 404, "unknown-question"),
    (GOOD | {"run": "none"}, 404, "unknown-question"),
    (without("run"), 400, "malformed"),
    (without("viewer"), 400, "malformed"),
    (without("choice"), 400, "malformed"),
    ([GOOD], 400, "malformed"),
    ("text", 400, "malformed"),
    (None, 400, "malformed"),
    (b"", 400, "malformed"),
    (b"{", 400, "malformed"),
    (b"\xff\xfe{}", 400, "malformed"),
    (b"[" * 4000, 400, "malformed"),
    (json.dumps(GOOD | {"more": "x" * 5000}).encode(), 413, "too-large"),
], ids=str)
def test_what_is_no_answer(stage_with_question, body, status, error):
    running, events = stage_with_question
    if isinstance(body, dict) and body.get("viewer") == GOOD["viewer"]:
        # A viewer of its own for each, since one alone would soon be too fast.
        body = body | {"viewer": f"viewer-{next(NUMBERS):04}"}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    refused = ask(running, "POST", "/answers", data, JSON)
    assert (refused.status, refused.json()["error"]) == (status, error)
    assert events.counts["x7k2", "q1"] == [0, 0, 0]


@pytest.fixture(scope="module")
def stage_with_question(cue_runner, tmp_path_factory):
    from program import Program, StageProcess

    program = Program(cue_runner, tmp_path_factory.mktemp("question"))
    running = StageProcess(program)
    events = asked(running, seconds=600)
    events.wait_for([0, 0, 0])
    yield running, events
    # Nothing of all that was counted.
    assert answer(running, 2, "viewer-last").status == 200
    events.wait_for([0, 0, 1])
    running.stop()
    program.close()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_only_json_is_an_answer(stage_with_question, kind):
    # A form of another page can send these without being asked first by the browser.
    running, events = stage_with_question
    headers = {"Content-Type": kind} if kind else {}
    refused = ask(running, "POST", "/answers", json.dumps(GOOD), headers)
    assert (refused.status, refused.json()["error"]) == (415, "not-json")
    assert events.counts["x7k2", "q1"] == [0, 0, 0]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods(stage_with_question, method):
    assert ask(stage_with_question[0], method, "/answers", json.dumps(GOOD), JSON).status == 405


def test_a_huge_body_is_refused_before_it_is_read(stage_with_question):
    running, events = stage_with_question
    try:
        refused = ask(running, "POST", "/answers", b"[" + b"1," * 10_000_000 + b"1]", JSON)
        assert refused.status == 413
    except ConnectionError:
        # It may hang up before all of it has come.
        pass
    assert events.counts["x7k2", "q1"] == [0, 0, 0]


def test_one_viewer_cannot_flood(stage):
    running = stage()
    events = asked(running)
    codes = [answer(running, n % 3, "viewer-flood").status for n in range(60)]
    assert codes[:10] == [200] * 10 and 429 in codes
    assert answer(running, 0, "viewer-calm1").status == 200, "the others are not held up"
    last = max(n for n, code in enumerate(codes) if code == 200) % 3
    counts = [1, 0, 0]
    counts[last] += 1
    events.wait_for(counts)


# --- Open and closed ----------------------------------------------------------------------------


def refusal(stage):
    """What a viewer is answered at last that changes its mind until the question is closed."""
    video = Video(stage)
    while (last := answer(stage, 0, "viewer-late1")).status == 200:
        # It may do so twice a second; three fragments of the video are 0.6 s.
        wanted = len(video.reader.fragments) + 3
        video.read_until(lambda reader: len(reader.fragments) >= wanted)
    return last


def closes_after(path):
    """The seconds that the one question is open by a stage's file; they must be over."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        (asked, closes), = database.execute("SELECT asked, closes FROM question")
    assert time.time_ns() >= closes
    return (closes - asked) / 1e9


def test_a_question_closes_after_its_seconds_and_grace(stage, program):
    path = program.path("answers.sqlite")
    running = stage("--delay", "1s", "--answers", path)
    events = asked(running, seconds=1)
    assert answer(running, 1).status == 200
    refused = refusal(running)
    # 1 s to answer, 1 s of delay, 5 s of grace.
    assert closes_after(path) == 7
    assert (refused.status, refused.json()["error"]) == (409, "closed")
    assert answer(running, 2, "viewer-0001").status == 409, "nor can one be changed"
    events.wait_for([1, 1, 0])


def test_a_repeat_leaves_its_end_where_it_is(stage, program):
    path = program.path("answers.sqlite")
    running = stage("--answers", path)
    put(running, question(seconds=3))
    put(running, question(seconds=1))
    assert answer(running, 1).status == 200
    assert refusal(running).status == 409
    assert closes_after(path) == 8


def test_the_reveal_closes_it_when_the_first_viewer_may_see_it(stage):
    prompt, late = stage(), stage("--delay", "3s")
    for running in (prompt, late):
        put(running, question())
        put(running, reveal())
    assert answer(prompt, 1).json()["error"] == "closed"
    assert answer(late, 1).status == 200, "its viewers are still in the question"


def test_what_is_right_is_never_told_before_the_reveal(stage):
    running = stage()
    video = Video(running)
    events = asked(running)
    first = answer(running, 1)
    events.wait_for([0, 1, 0])
    # All that viewers can read but the video itself, whose question does not tell either.
    told = events.text + first.text + json.dumps(first.headers)
    for name in ("/", "/config.json", "/answers/x", "/results"):
        told += ask(running, "GET", name).text
    video.read_until(lambda reader: reader.cues)
    told += video.reader.cues[0].text
    for word in ("correctIndex", '"correct"', '"right"', "reveal\""):
        assert word not in told
    put(running, reveal())
    assert video.read_until(lambda r: len(r.cues) == 2).cues[1].text == json.dumps(
        reveal(), ensure_ascii=False)
    # A question of the shape that has the answer in it: events still tell counts alone.
    put(running, {"question": "R?", "answers": ["a", "b"], "correctIndex": 1})
    answer(running, 0, run="", cue="R?")
    events.wait_for([1, 0], run="", cue="R?")
    assert "correct" not in events.text and "right" not in events.text


# --- Kept ---------------------------------------------------------------------------------------


def test_counts_survive_a_restart_and_a_kill(stage, program):
    path = program.path("kept.sqlite")
    first = stage("--answers", path)
    events = asked(first, seconds=600)
    answer(first, 1, "viewer-0001")
    answer(first, 1, "viewer-0002")
    events.wait_for([0, 2, 0])
    first.stop()
    first.stop = lambda: None

    second = stage("--answers", path)
    events = Events(second)
    events.wait_for([0, 2, 0])
    assert answer(second, 0, "viewer-0002").json() == {"taken": True, "changed": True}
    assert answer(second, 2, "viewer-0003").status == 200
    # Whatever was acknowledged is there after kill -9.
    second.process.kill()
    second.stop = lambda: None

    third = stage("--answers", path)
    Events(third).wait_for([1, 1, 1])
    put(third, reveal())
    Events(third).wait_for([1, 1, 1])
    third.stop()
    third.stop = lambda: None
    listed = json.loads(program.run("answers", path, "--format", "json", credentials=None)
                        .ended(0).out)
    assert listed[0]["total"] == 3
    assert [a["right"] for a in listed[0]["answers"]] == [False, True, False]


def test_answers_prints_what_was_answered(stage, program):
    path = program.path("friday.sqlite")
    running = stage("--answers", path)
    put(running, question("q1", question='Say "yes", twice?', answers=["=1+1", "naïve, 空"]))
    put(running, question("q2"))
    put(running, question("q3"))
    events = Events(running)
    for number in range(3):
        assert answer(running, int(number > 0), f"viewer-{number:04}").status == 200
    answer(running, 2, cue="q2")
    events.wait_for([1, 2])
    events.wait_for([0, 0, 1], cue="q2")
    put(running, reveal("q1", answer="naïve, 空", place=1))
    put(running, reveal("q2", place=1))

    # It may be read while the stage is writing.
    def read(*words):
        return program.run("answers", path, *words, credentials=None).ended(0).out

    deadline = time.monotonic() + PATIENCE
    while json.loads(read("--format", "json"))[1]["answers"][1]["right"] is None:
        assert time.monotonic() < deadline
    listed = json.loads(read("--format", "json"))
    assert [q["cue"] for q in listed] == ["q1", "q2", "q3"]
    assert listed[0]["question"] == 'Say "yes", twice?'
    assert listed[0]["answers"] == [
        {"answer": "=1+1", "count": 1, "share": 0.3333, "right": False},
        {"answer": "naïve, 空", "count": 2, "share": 0.6667, "right": True},
    ]
    assert [a["count"] for a in listed[1]["answers"]] == [0, 0, 1]
    assert listed[2]["total"] == 0 and listed[2]["answers"][0] == {
        "answer": "Jupiter", "count": 0, "share": None, "right": None}

    rows = list(csv.DictReader(io.StringIO(read("--format", "csv"), newline="")))
    assert len(rows) == 8
    assert rows[0]["answer"] == "'=1+1", "no spreadsheet runs it"
    assert (rows[1]["answer"], rows[1]["count"], rows[1]["right"]) == ("naïve, 空", "2", "yes")
    assert rows[7]["right"] == rows[7]["share"] == ""

    table = read()
    assert "3 answers" in table and "✓ naïve, 空" in table and "66.7 %" in table
    assert "Say \"yes\", twice?" in table and "\x1b" not in table


def test_a_file_that_is_no_answers(stage, program):
    program.run("answers", program.path("none"), credentials=None).ended(66).helps()
    text = program.write("text", "not a database, but long enough to be taken for one" * 20)
    program.run("answers", text, credentials=None).ended(65).helps()
    program.run("stage", "--answers", text, credentials=None).ended(69).helps().says("--answers")
    other = program.path("other.sqlite")
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE mine (a)")
    program.run("answers", other, credentials=None).ended(65).helps()
    program.run("stage", "--answers", other, credentials=None).ended(69)
    tables = sqlite3.connect(other).execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("mine",)], "nothing was put into it"


# --- Many viewers -------------------------------------------------------------------------------


class Boxes:
    """The sequence numbers of a stream's fragments and its cues; the rest is left unread, since all
    these viewers share one machine with the stage."""

    def __init__(self):
        self.rest = b""
        self.numbers = []
        self.cues = []

    def feed(self, data):
        self.rest = data = self.rest + data if self.rest else data
        at = 0
        while len(data) - at >= 8:
            size, kind = struct.unpack_from(">I4s", data, at)
            if len(data) - at < size:
                break
            if kind == b"moof":
                assert data[at + 12:at + 16] == b"mfhd"
                self.numbers.append(struct.unpack_from(">I", data, at + 20)[0])
            elif kind == b"emsg":
                self.cues.append(read_cue(data[at + 8:at + size]))
            at += size
        self.rest = data[at:]


class Viewer:
    """One of many: video, events and one answer, on connections of its own."""

    def __init__(self, number, host, port):
        self.number = number
        self.host, self.port = host, port
        self.reader = Boxes()
        self.counts = None
        self.chunks = b""

    async def connect(self, target, accept="*/*"):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(
            f"GET {target} HTTP/1.1\r\nHost: {self.host}\r\nAccept: {accept}\r\n\r\n".encode())
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        return reader, writer

    @staticmethod
    async def chunk(reader):
        size = int(await reader.readline(), 16)
        data = await reader.readexactly(size)
        await reader.readexactly(2)
        return data

    async def watch(self, ready, seen, last):
        """Reads the video; answers once when the question is there; goes on up to a fragment."""
        reader, writer = await self.connect("/live.mp4")
        ready.release()
        has_answered = False
        while not (self.reader.numbers and self.reader.numbers[-1] >= last()):
            data = await asyncio.wait_for(self.chunk(reader), PATIENCE)
            self.reader.feed(data)
            if self.reader.cues and not has_answered:
                has_answered = True
                self.status = await self.post()
                seen.release()
        writer.close()

    async def post(self):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        body = json.dumps({"run": "x7k2", "cue": "q1", "viewer": f"viewer-{self.number:05}",
                           "choice": self.number % 3}).encode()
        writer.write(
            f"POST /answers HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        writer.close()
        return int(head.split()[1])

    async def listen(self, ready, wanted):
        reader, writer = await self.connect("/answers", "text/event-stream")
        ready.release()
        text = b""
        while self.counts != wanted:
            text += await asyncio.wait_for(self.chunk(reader), PATIENCE)
            *events, text = text.split(b"\n\n")
            for event in events:
                if event.startswith(b"event: counts"):
                    self.counts = json.loads(event.split(b"data: ", 1)[1])["counts"]
        writer.close()


@pytest.mark.timeout(240)
def test_many_viewers(stage):
    running = stage("--quiet")
    url = urllib.parse.urlsplit(running.url)
    viewers = [Viewer(number, url.hostname, url.port) for number in range(VIEWERS)]
    wanted = [len(range(place, VIEWERS, 3)) for place in range(3)]

    async def show():
        ready, seen = asyncio.Semaphore(0), asyncio.Semaphore(0)
        last = [10**9]
        tasks = [asyncio.create_task(v.watch(ready, seen, lambda: last[0])) for v in viewers]
        tasks += [asyncio.create_task(v.listen(ready, wanted)) for v in viewers]
        for _ in tasks:
            await asyncio.wait_for(ready.acquire(), PATIENCE)
        await asyncio.to_thread(put, running, question(seconds=60))
        for _ in viewers:
            await asyncio.wait_for(seen.acquire(), PATIENCE)
        # Ten seconds more of video for everybody.
        last[0] = max(v.reader.numbers[-1] for v in viewers) + 50
        await asyncio.gather(*tasks)

    asyncio.run(show())
    assert [v.status for v in viewers] == [200] * VIEWERS
    assert all(v.counts == wanted for v in viewers), "everybody is told the same, in full"
    for viewer in viewers:
        numbers = viewer.reader.numbers
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "no gap, no repeat"
        assert len(viewer.reader.cues) == 1
