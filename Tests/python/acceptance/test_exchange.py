"""Cues on their way from spreadsheets and into editing tools.

Spreadsheets are written by Python's csv module; text tracks are read by a browser's own parser, and
played.
"""

import csv
import io
import json
import random
import re
import shutil
import subprocess

import jsonschema
import pytest

from loopback import files
from program import ES, MAIN
from repository import REPOSITORY
from run_log import microseconds
from sheet_schema import VALIDATOR, load

SHEETS = sorted(p for p in (REPOSITORY / "cues").glob("*.yaml") if p.name != "bad.yaml")

# --- Import: what spreadsheets write ------------------------------------------------------------

HEADER = ["Time", "Question", "A", "B", "C", "Correct", "Duration", "Reveal", "Round", "Host"]
ROWS = [
    ["0:00:10", "Which planet, of all, has the most moons?", "Jupiter", "Saturn", "Uranus", "B",
     "20", "5", "round 1", "Ada"],
    ["0:01:30.500", 'He said "no";\nwho?', "007", "1e3", "yes", "yes", "0:00:15", "", "", ""],
    ["1:02:00", "空 — which? 👩‍👩‍👧", "Sea", "Sky", "", "sky", "20 sec", "1.5s", "round 2", "Bob"],
]
WANTED = [
    (10_000_000, "Which planet, of all, has the most moons?", ["Jupiter", "Saturn", "Uranus"], 20),
    (90_500_000, 'He said "no";\nwho?', ["007", "1e3", "yes"], 15),
    (3_720_000_000, "空 — which? 👩‍👩‍👧", ["Sea", "Sky"], 20),
]


def spreadsheet(rows, encoding="utf-8", **dialect):
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue().encode(encoding)


DIALECTS = {
    "excel": dict(dialect="excel"),
    "excel-utf-8-mark": dict(dialect="excel", encoding="utf-8-sig"),
    "excel-europe": dict(dialect="excel", delimiter=";", encoding="utf-8-sig"),
    "excel-unicode-text": dict(dialect="excel-tab", encoding="utf-16"),
    "excel-tab": dict(dialect="excel-tab"),
    "unix-all-quoted": dict(dialect="unix"),
    "old-mac": dict(dialect="excel", lineterminator="\r"),
    "bars": dict(delimiter="|", lineterminator="\n"),
    "big-endian": dict(dialect="excel-tab", encoding="utf-16-be"),
}


def timeline(program, sheet, *options):
    return json.loads(program.run("timeline", sheet, "--format", "json", *options).ended(0).out)


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_gives_the_same_show(program, name):
    content = spreadsheet([HEADER, *ROWS], **DIALECTS[name])
    if name == "big-endian":
        content = b"\xfe\xff" + content
    program.write("cues.csv", content)
    result = program.run("import", "cues.csv", "--output", "show.yaml").ended(0)
    result.says(r"(?m)A  Time +at$", r"(?m)F  Correct +correct$", r"(?m)J  Host +kept as comments$")
    assert result.out == ""
    program.run("check", "show.yaml", "--strict").ended(0)
    sheet = load((program.directory / "show.yaml").read_text())
    jsonschema.validate(sheet, VALIDATOR.schema)
    rows = [row for row in timeline(program, "show.yaml") if row["kind"] == "question"]
    found = [
        (row["at_us"], *(json.loads(row["metadata"])[key] for key in ["question", "answers", "seconds"]))
        for row in rows
    ]
    assert found == WANTED
    assert [cue["correct"] for cue in sheet["cues"]] == ["Saturn", "yes", "Sky"]
    assert "# Host: Ada" in (program.directory / "show.yaml").read_text()


def test_excels_separator_line_and_empty_edges(program):
    rows = [[*row, "", ""] for row in [HEADER, *ROWS]] + [[""] * 12] * 3
    program.write("cues.csv", b"sep=;\r\n" + spreadsheet(rows, delimiter=";"))
    program.run("import", "cues.csv", "--output", "show.yaml").ended(0)
    assert len(timeline(program, "show.yaml")) == 5


def test_the_whole_sheet_as_it_is_printed(program):
    program.write("cues.csv", spreadsheet([HEADER, *ROWS]))
    result = program.run("import", "cues.csv", "--title", "Friday", "--channel", MAIN).ended(0)
    assert result.out == f"""\
# yaml-language-server: $schema=cue-sheet.schema.json
#
# Made of cues.csv by cue-runner import, of its columns
# Time (at), Question, A (answer), B (answer), C (answer), Correct, Duration (for), Reveal
# Round (group), Host (comments)
#
# Before the show: cue-runner check, timeline and rehearse.
version: 1
title: Friday
channel: {MAIN}
start: stream            # zero: stream, now, manual, or an instant
late: 5s                 # how long after its moment a cue is still worth sending

cues:
  # Host: Ada
  - id: which-planet-of-all-has
    at: 00:00:10
    group: round 1
    question: Which planet, of all, has the most moons?
    answers:
      - Jupiter
      - Saturn
      - Uranus
    correct: Saturn
    for: 20s
    reveal: 5s

  - id: he-said-no-who
    at: 00:01:30.5
    question: "He said \\"no\\";\\nwho?"
    answers:
      - "007"
      - "1e3"
      - "yes"
    correct: "yes"
    for: 15s

  # Host: Bob
  - id: which
    at: 01:02:00
    group: round 2
    question: "空 — which? 👩‍👩‍👧"
    answers:
      - Sea
      - Sky
    correct: Sky
    for: 20s
    reveal: 1.5s

"""
    assert result.err == """\
  A  Time      at
  B  Question  question
  C  A         answer
  D  B         answer
  E  C         answer
  F  Correct   correct
  G  Duration  for
  H  Reveal    reveal
  I  Round     group
  J  Host      kept as comments
"""


def test_what_is_wrong_is_told_by_row_and_column(program):
    rows = [
        ["Time", "Question", "Answers", "Correct", "For"],
        ["0:00:10", "Q1?", "A|B", "C", "20"],
        ["0:01:75", "Q2?\nreally?", "only", "only", "soon"],
        ["0:01:30", "Q3?", "A|A", "A", "20"],
        ["", "Q4?", "A|B", "A", "20"],
        ["nosuch.end + 5s", "Q5?", "A|B", "A", "20"],
        ["0:04:00", "long " * 300, "A|B", "A", "20"],
    ]
    program.write("cues.csv", spreadsheet(rows))
    result = program.run("import", "cues.csv", "--output", "show.yaml").ended(65).helps()
    assert not (program.directory / "show.yaml").exists(), "a sheet with errors is not written"
    places = re.findall(r"^cues\.csv:(\d+):(\d+): error: .*\((\w+), (\w+)\) \[([\w-]+)\]$",
                        result.err, re.M)
    assert places == [
        ("2", "4", "D2", "Correct", "correct-unknown"), ("3", "1", "A3", "Time", "bad-time"),
        ("3", "3", "C3", "Answers", "answers-count"), ("3", "5", "E3", "For", "bad-time"),
        ("4", "3", "C4", "Answers", "answers-same"), ("5", "1", "A5", "Time", "missing-time"),
        ("6", "1", "A6", "Time", "unknown-reference"), ("7", "2", "B7", "Question", "payload-size"),
    ]
    data = program.run("import", "cues.csv", "--format", "json").ended(65)
    problems = json.loads(data.out)
    assert [(str(p["line"]), str(p["column"]), p["code"]) for p in problems] == [
        (row, column, code) for row, column, _, _, code in places]
    assert set(problems[0]) == {
        "path", "line", "column", "severity", "code", "message", "hint"}


def test_pairs_are_asked_for(program):
    program.write("cues.csv", "time,payload\n1:30,{}\n2:30,{}\n")
    program.run("import", "cues.csv").ended(65).helps().says(
        r"(?m)^cues\.csv:2:1: error: .*\[ambiguous-time\]$",
        "--times mm:ss or --times hh:mm")
    for unit, wanted in [("mm:ss", [90, 150]), ("hh:mm", [5400, 9000])]:
        program.run(
            "import", "cues.csv", "--times", unit, "-o", "show.yaml", "--force").ended(0)
        assert [row["at_us"] // 1_000_000 for row in timeline(program, "show.yaml")] == wanted
    program.write("cues.csv", "time,payload\n1:30,{}\n1:02:30,{}\n")
    program.run("import", "cues.csv").ended(0).says("minutes and seconds, as 1:02:30 in row 3")


def test_letters_of_an_older_machine_are_refused_with_a_look_at_them(program):
    program.write("cues.csv", "time,question,answers\n0:00:30,Café – à la carte?,a|b\n".encode("cp1252"))
    program.run("import", "cues.csv").ended(65).says(
        r"cues\.csv:2:1: error: line 2 of the file is not UTF-8", "Café – à la carte",
        "--encoding windows-1252")
    result = program.run("import", "cues.csv", "--encoding", "windows-1252").ended(0)
    assert "question: Café – à la carte?" in result.out


def test_columns_that_the_user_names(program):
    program.write("cues.csv", "1;Ready?;Yes;No\n2;Sure?;Yes;No\n")
    program.run("import", "cues.csv").ended(65).says("no-header", "--no-header")
    maps = [f"--map={pair}" for pair in ["at=A", "question=B", "answer=C", "answer=D"]]
    program.run("import", "cues.csv", "--no-header", *maps, "-o", "show.yaml").ended(0)
    assert [row["at_us"] for row in timeline(program, "show.yaml")] == [1_000_000, 2_000_000]
    program.write("cues.csv", "When it is,What,Yes?,No?\n1,Ready?,Yes,No\n")
    named = ["--map", "at=When it is", "--map", "question=what", "--map", "answer=C", "--map", "answer=No?"]
    assert "question: Ready?" in program.run("import", "cues.csv", *named).ended(0).out
    program.run("import", "cues.csv", "--map", "colour=What").ended(64).helps()
    program.run("import", "cues.csv", "--map", "question=Wat").ended(65).says("did you mean What")


def test_standard_input_and_what_is_in_the_way(program):
    text = "time,payload\n5,\"{\"\"type\"\": \"\"banner\"\"}\"\n"
    sheet = program.run("import", "-", text=text).ended(0).out
    assert program.run("check", "-", "--strict", text=sheet).ended(0)
    program.write("show.yaml", "mine")
    program.run("import", "-", "-o", "show.yaml", text=text).ended(73).helps()
    assert (program.directory / "show.yaml").read_text() == "mine"
    program.run("import", "-", "-o", "show.yaml", "--force", text=text).ended(0)
    program.run("check", "show.yaml").ended(0)
    program.run("import", "nosuch.csv").ended(66).helps()
    program.run("import", "-o", "no/such/folder.yaml", "-", text=text).ended(73).helps()
    for args in [["x.csv", "--force"], ["x.csv", "--times", "ss"], ["x.csv", "--frame-rate", "0"],
                 ["x.csv", "--channel", "main"], []]:
        program.run("import", *args).ended(64).helps()


def test_nothing_breaks_the_reader(program):
    """Bytes at random, and good spreadsheets with bytes changed: words, never disorder."""
    dice = random.Random(7)
    good = spreadsheet([HEADER, *ROWS])
    for _ in range(60):
        content = bytearray(good)
        for _ in range(dice.randrange(1, 30)):
            content[dice.randrange(len(content))] = dice.choice(b'",;\t\n\r\x00\xff|=5:a{')
        path = program.write("cues.csv", bytes(content))
        result = program.run("import", path)
        assert result.status in (0, 65), str(result)
        result.ended(result.status)
        if result.status == 0:
            program.run("check", "-", text=result.out).ended(0)


# --- There and back -----------------------------------------------------------------------------


def rewritten(text, dice):
    """The same cells, as another program writes them."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    name = dice.choice([n for n in DIALECTS if n not in ("big-endian", "bars")])
    return spreadsheet(rows, **DIALECTS[name])


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_a_sheets_timeline_comes_back(program, path):
    folder = program.directory / "cues"
    shutil.copytree(path.parent, folder)
    fixed = ["--start", "stream=2026-11-27T19:00:00Z", "--run", "x7k2", "--seed", "7"]
    listing = program.run("timeline", f"cues/{path.name}", *fixed, "--format", "csv").ended(0).out
    program.write("show.csv", rewritten(listing, random.Random(path.name)))
    program.run("import", "show.csv", "-o", "show.yaml").ended(0)
    program.run("check", "show.yaml").ended(0)
    back = program.run("timeline", "show.yaml", *fixed, "--format", "csv").ended(0).out
    if path.name == "classic-facts.yaml":
        # What is drawn anew each time becomes cues of their own; only their names differ.
        listing = re.sub(r"fact#(\d+)", r"fact-\1", listing)
        listing = listing.replace(",10s,,\n", ",,,\n")

        def sizeless(text):
            return [{k: v for k, v in row.items() if k != "bytes"}
                    for row in csv.DictReader(io.StringIO(text, newline=""))]

        assert sizeless(back) == sizeless(listing)
    else:
        assert back == listing


def test_repeats_come_back_as_one_cue(program):
    program.write("show.yaml", f"""\
version: 1
channels: {{main: {MAIN}, es: {{arn: {ES}, offset: 250ms}}}}
cues:
  - {{id: tick, at: 5, repeat: {{every: 10s, times: 4}}, payload: {{n: 1}}}}
  - {{id: tock, at: manual, repeat: {{every: 1m, times: 3}}, payload: {{n: 2}}}}
  - {{id: ever, at: 7, channels: es, repeat: {{every: 20m}}, payload: {{n: 3}}}}
""")
    listing = program.run("timeline", "show.yaml", "--format", "csv").ended(0).out
    program.write("show.csv", listing)
    result = program.run("import", "show.csv").ended(0)
    assert result.out.count("- id:") == 3
    assert "repeat: {every: 10s, times: 4}" in result.out
    assert "repeat: {every: 20m}" in result.out
    # One that was moved by hand is no repeat any more.
    program.write("show.csv", listing.replace("00:00:25,tick#3", "00:00:26,tick#3")
                  .replace("00:00:25.25,tick#3", "00:00:26.25,tick#3"))
    result = program.run("import", "show.csv").ended(0).says("tick#1, tick#2 … differ")
    assert "- id: tick-3\n    at: 00:00:26\n" in result.out


def test_no_cell_is_a_formula(program):
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "'=x", "plain"]
    cues = "".join(
        f"  - {{id: q{i}, at: {i}, question: {json.dumps(t)}, answers: [{json.dumps(t)}, other]}}\n"
        for i, t in enumerate(texts))
    program.write("show.yaml", f"version: 1\nchannel: {MAIN}\ncues:\n{cues}")
    listing = program.run("timeline", "show.yaml", "--format", "csv").ended(0).out
    for row in csv.reader(io.StringIO(listing, newline="")):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    program.write("show.csv", listing)
    program.run("import", "show.csv", "-o", "back.yaml").ended(0)
    back = [json.loads(row["metadata"])["question"] for row in timeline(program, "back.yaml")]
    assert back == texts


# --- Init ---------------------------------------------------------------------------------------


def test_init_writes_a_sheet_that_plays(program):
    result = program.run("init").ended(0).says("cue-runner check show.yaml")
    assert result.out == ""
    program.run("check", "show.yaml", "--strict").ended(0)
    text = (program.directory / "show.yaml").read_text()
    jsonschema.validate(load(text), VALIDATOR.schema)
    schema = (program.directory / "cue-sheet.schema.json").read_bytes()
    assert schema == (REPOSITORY / "schemas/cue-sheet.schema.json").read_bytes()
    assert text.startswith("# yaml-language-server: $schema=cue-sheet.schema.json\n")
    program.run("rehearse", "show.yaml", "--speed", "60", "--log", "log.jsonl").ended(0)
    log = program.log().check()
    assert log.finished["counts"]["sent"] == 6 and log.finished["counts"]["skipped"] == 2

    program.run("init").ended(73).helps()
    program.write("show.yaml", "mine")
    program.run("init", "--force", "--quiet").ended(0)
    assert (program.directory / "show.yaml").read_text() == text
    assert program.run("init", "-").ended(0).out == text
    program.run("init", "shows/x.yaml").ended(73).helps()
    program.run("init", "other.yaml", "--channel", MAIN).ended(0)
    assert MAIN in (program.directory / "other.yaml").read_text()
    program.run("init", "--channel", "main").ended(64).helps()


# --- Text tracks in a browser -------------------------------------------------------------------


@pytest.fixture
def tracks(chromium, program):
    """A factory: a page with a video and a track of a file, and the cues that the browser reads."""
    program.write("page.html", """<!doctype html><video muted></video><script>
        const video = document.querySelector("video");
        window.fired = [];
        window.open_ = (file, kind, film) => new Promise((done, failed) => {
            const track = document.createElement("track");
            track.kind = kind;
            track.src = file;
            track.onerror = () => failed(new Error("the track is refused"));
            track.onload = () => {
                for (const cue of track.track.cues) {
                    cue.onenter = () => window.fired.push([cue.id, cue.text, video.currentTime]);
                }
                done([...track.track.cues].map((cue) => ({
                    id: cue.id, start: cue.startTime, end: cue.endTime, text: cue.text,
                    shown: cue.getCueAsHTML().textContent,
                })));
            };
            video.append(track);
            track.track.mode = "hidden";
            if (film) video.src = film;
        });
        window.play_ = () => new Promise((done, failed) => {
            video.onended = () => done(window.fired);
            video.onerror = () => failed(new Error(video.error.message));
            video.play().catch(failed);
        });
    </script>""")
    pages = []

    def read(file, kind="metadata", film=None):
        page = chromium.new_page()
        pages.append(page)
        page.goto(f"{server.url}/page.html")
        cues = page.evaluate("(args) => window.open_(...args)", [file, kind, film])
        return (cues, page) if film else cues

    with files(program.directory) as server:
        yield read
        for page in pages:
            page.close()


def film(program, seconds):
    """A silent picture for a track to lie over."""
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"color=black:s=64x36:r=25:d={seconds}",
         "-c:v", "libvpx", "-y", program.path("film.webm")], check=True, timeout=120)
    return "film.webm"


# Everything that could break a track out of its text.
NASTY = f"""\
version: 1
title: "Trivia --> night"
channel: {MAIN}
cues:
  - {{id: NOTE, at: 0.2, group: "a & b <c> --> d", payload: {{text: "a --> b\\n\\nc", n: 1}}}}
  - {{id: STYLE, at: 0.6, payload: {{text: "-->\\u200D <b>&amp; 空 👍 \\u2028"}}}}
  - id: q1
    at: 1
    group: round 2
    question: "Which -->\\nplanet?"
    answers: ["<i>Jupiter</i>", "Saturn & co"]
    correct: {{number: 2}}
    for: 0.5s
    reveal: 0.3s
  - {{id: break, at: 1.2, ad_break: 30s}}
  - {{id: called, at: manual, payload: {{n: 2}}}}
"""


def test_a_browser_fires_each_cue_with_its_text(program, tracks):
    program.write("show.yaml", NASTY)
    wanted = [row for row in timeline(program, "show.yaml") if "metadata" in row]
    wanted = [row for row in wanted if row["floats_on"] is None]
    program.run("timeline", "show.yaml", "--format", "webvtt", "-o", "show.vtt").ended(0)
    cues, page = tracks("show.vtt", film=film(program, 3))
    assert [cue["id"] for cue in cues] == ["NOTE", "STYLE", "q1", "q1.reveal"]
    for cue, row in zip(cues, wanted, strict=True):
        assert json.loads(cue["text"]) == json.loads(row["metadata"])
        # Byte for byte, but for the arrow, which no track can hold.
        assert cue["text"].replace("--\\u003e", "-->") == row["metadata"]
        assert round(cue["start"] * 1e6) == row["at_us"]
        window = json.loads(row["metadata"]).get("seconds", 1)
        assert cue["end"] - cue["start"] == pytest.approx(window, abs=0.001)
    fired = page.evaluate("() => window.play_()")
    assert [(name, text) for name, text, _ in fired] == [(c["id"], c["text"]) for c in cues]
    for (_, _, moment), cue in zip(fired, cues, strict=True):
        assert moment >= cue["start"], "no cue comes before its moment"


def test_a_browser_reads_the_chapters(program, tracks):
    program.write("show.yaml", NASTY)
    program.run("timeline", "show.yaml", "--format", "chapters", "-o", "show.vtt").ended(0)
    chapters = tracks("show.vtt", "chapters")
    assert [(c["shown"], c["start"], c["end"]) for c in chapters] == [
        ("a & b <c> --> d", 0.2, 1), ("round 2", 1, 31.2)]


def test_tracks_of_several_channels(program, tracks):
    shutil.copy(REPOSITORY / "cues/product-launch.yaml", program.directory / "show.yaml")
    first = program.run("timeline", "show.yaml", "--format", "webvtt").ended(0)
    first.says("channel main alone", "--output")
    program.run("timeline", "show.yaml", "--format", "webvtt", "-o", "tracks").ended(0)
    assert (program.directory / "tracks/show.main.vtt").read_text() == first.out
    found = {name: [c["id"] for c in tracks(f"tracks/show.{name}.vtt")] for name in ["main", "es"]}
    assert found == {
        "main": ["title", "jacket", "jacket-sand", "price-poll"],
        "es": ["title", "jacket", "chaqueta", "jacket-sand", "price-poll"]}
    program.run("timeline", "show.yaml", "--format", "webvtt", "-o", "tracks").ended(73).helps()
    program.run("timeline", "show.yaml", "-o", "x").ended(64).helps()


# --- What a run was -----------------------------------------------------------------------------

RUN = f"""\
version: 1
title: A run
channels: {{main: {MAIN}, es: {ES}}}
start: now
late: 30s
cues:
  - {{id: a, at: 0.5, group: opening, payload: {{n: 1}}}}
  - {{id: lost, at: 0.8, late: 500ms, channels: main, payload: {{n: 2}}}}
  - id: q
    at: 1.1
    group: round 1
    question: Which?
    answers: ["This", "That"]
    correct: "That"
    for: 1.2s
    again: 400ms
    reveal: 0
"""


@pytest.fixture
def played(program, server):
    """A run of two channels in which a cue is missed."""
    import ivs_server

    program.write("show.yaml", RUN)
    server.script(ivs_server.service_error(), cue="lost", times=1000)
    program.run(
        "show.yaml", "--endpoint-url", server.url, "--log", "show.run.jsonl").ended(1)
    return program.log("show.run.jsonl").check()


def times(cues):
    return [(cue["id"], round(cue["start"] * 1000)) for cue in cues]


def test_the_track_of_a_run_has_the_times_of_arrival(program, played, tracks):
    zero = microseconds(played.aligned["zero"])
    program.run("report", "show.run.jsonl", "--format", "webvtt").ended(64).helps().says("2 files")
    program.run("report", "show.run.jsonl", "--format", "webvtt", "-o", "out/").ended(0)
    for channel in ["main", "es"]:
        cues = tracks(f"out/show.{channel}.vtt")
        sent = played.of("cue_sent", channel=channel)
        assert times(cues) == [
            (e["cue"], (microseconds(e["arrival"]) - zero) // 1000) for e in sent]
        assert [cue["text"] for cue in cues] == [e["metadata"] for e in sent]
        question = next(cue for cue in cues if cue["id"] == "q")
        assert question["end"] - question["start"] == pytest.approx(1.2, abs=0.001)
    one = program.run("report", "show.run.jsonl", "--format", "webvtt", "--channel", "es").ended(0)
    assert one.out == (program.directory / "out/show.es.vtt").read_text()
    program.run("report", "show.run.jsonl", "--format", "webvtt", "--channel", "fr").ended(64).helps()


def test_what_was_missed_can_be_put_back(program, played, tracks):
    program.run("report", "show.run.jsonl", "--format", "webvtt", "--channel", "main",
                "--include", "missed", "-o", "main.vtt").ended(0)
    cues = {cue["id"]: cue for cue in tracks("main.vtt")}
    missed = played.one("cue_missed")
    assert list(cues) == ["a", "lost", "q", "q.reveal"]
    # To the byte what would have been sent, at the moment that it was due.
    assert cues["lost"]["text"] == json.dumps(
        {"cue": "lost", "run": played.started["run"], "n": 2}, separators=(",", ":"))
    start = (microseconds(missed["due"]) - microseconds(played.aligned["zero"])) // 1000
    assert round(cues["lost"]["start"] * 1000) == start
    assert "NOTE\nlost missed: service_error\n" in (program.directory / "main.vtt").read_text()
    # The sheet has changed since: nothing is made up.
    program.write("show.yaml", RUN.replace("n: 2", "n: 3"))
    result = program.run("report", "show.run.jsonl", "--format", "webvtt", "--channel", "main",
                         "--include", "missed").ended(0)
    result.says("the sheet has changed.*lost")
    assert '"n":3' not in result.out
    (program.directory / "show.yaml").rename(program.directory / "moved.yaml")
    program.run("report", "show.run.jsonl", "--format", "webvtt", "--include", "missed",
                "-o", "x/").ended(66).helps().says("--sheet")


def test_groups_of_a_run_are_chapters(program, played, tracks):
    program.run("report", "show.run.jsonl", "--format", "chapters", "--channel", "main",
                "-o", "chapters.vtt").ended(0)
    chapters = tracks("chapters.vtt", "chapters")
    zero = microseconds(played.aligned["zero"])
    arrival = {e["cue"]: (microseconds(e["arrival"]) - zero) // 1000
               for e in played.of("cue_sent", channel="main")}
    assert [(c["shown"], round(c["start"] * 1000)) for c in chapters] == [
        ("opening", arrival["a"]), ("round 1", arrival["q"])]
    assert chapters[0]["end"] == chapters[1]["start"]


def test_the_csv_of_a_run(program, played):
    out = program.run("report", "show.run.jsonl", "--format", "csv", "--include", "missed",
                      "--include", "repeated").ended(0).out
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    events = played.of("cue_sent", "cue_missed", "cue_repeated")
    assert sorted((r["cue"], r["channel"], r["ending"]) for r in rows) == sorted(
        (e["cue"], e["channel"], e["event"].removeprefix("cue_")) for e in events)
    for row in rows:
        if row["ending"] == "sent":
            event = played.one("cue_sent", cue=row["cue"], channel=row["channel"])
            assert [row[k] for k in ("due", "sent", "arrival", "metadata")] == [
                event[k] for k in ("due", "sent", "arrival", "metadata")]
            assert int(row["late_us"]) == event["late_us"]


def test_recordings_begin_with_their_streams(program, tracks):
    # Streams are looked at every few seconds, so that the show has to be longer than that.
    sheet = RUN.replace("start: now", "start: stream").replace("500ms", "30s")
    program.write("show.yaml", sheet + "  - {id: last, at: 11, payload: {n: 3}}\n")
    program.run("rehearse", "show.yaml", "--restart-at", "3s", "--log", "show.run.jsonl")
    log = program.log("show.run.jsonl").check()
    streams = {s["stream_id"]: s for s in log.of("stream_session") if s["start_time"]}
    program.run("report", "show.run.jsonl", "--format", "webvtt", "--clock", "recording",
                "-o", "out").ended(0)
    found = {}
    for stream in streams.values():
        name = f"out/show.{stream['channel']}.{stream['stream_id']}.vtt"
        for cue in tracks(name):
            found[cue["id"], stream["channel"]] = (stream["stream_id"], round(cue["start"] * 1000))
    wanted = {}
    for event in log.of("cue_sent"):
        arrival = microseconds(event["arrival"])
        begun = [s for s in streams.values() if s["channel"] == event["channel"]
                 and microseconds(s["start_time"]) <= arrival]
        latest = max(begun, key=lambda s: s["start_time"], default=None)
        if not latest:
            # It came before the log tells of any stream of its channel.
            continue
        wanted[event["cue"], event["channel"]] = (
            latest["stream_id"], (arrival - microseconds(latest["start_time"])) // 1000)
    assert found == wanted
    assert len(found) >= 5 and len(streams) >= 3
    shifted = program.run("report", "show.run.jsonl", "--format", "csv", "--clock", "recording",
                          "--shift", "-250ms").ended(0).out
    row = next(csv.DictReader(io.StringIO(shifted, newline="")))
    begin = microseconds(streams[row["stream_id"]]["start_time"])
    fraction = (microseconds(row["arrival"]) - begin - 250_000) % 1_000_000
    assert row["at"].endswith(f"{fraction:06d}".rstrip("0"))


def test_no_log_is_no_track(program):
    program.write("not.jsonl", "{}\n")
    program.run("report", "not.jsonl", "--format", "webvtt").ended(65).helps()
    program.run("report", "nosuch.jsonl", "--format", "webvtt").ended(66).helps()
