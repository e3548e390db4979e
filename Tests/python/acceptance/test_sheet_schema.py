"""Holds schemas/cue-sheet.schema.json and `cue-runner check` against each other.

An editor shows what the schema says, the show plays what check lets through: what the schema
refuses, check must refuse. Sheets are read by a YAML 1.2 loader that shares nothing with ours.
"""

import json
import re
import subprocess

import jsonschema
import pytest
import ruamel.yaml

from repository import REPOSITORY
from sheet_schema import SCHEMA, VALIDATOR, load, problems

CUES = REPOSITORY / "cues"
BAD_SHEETS = REPOSITORY / "Tests/Scripts/bad-sheet"

REFUSED = 65


def check(cue_runner, path, *options):
    return subprocess.run(
        [str(cue_runner), "check", *options, path.name],
        cwd=path.parent, capture_output=True, text=True, timeout=60, check=False,
    )


@pytest.fixture
def write(tmp_path):
    """Writes a sheet with the files beside it that the sheets here draw from."""

    def write(text):
        (tmp_path / "lists").mkdir()
        for name in ["facts.txt", "lists/facts.txt", "7"]:
            (tmp_path / name).write_text("The sky is blue.\nWater is wet.\n")
        path = tmp_path / "show.yaml"
        path.write_text(text)
        return path

    return write


# ---- The schema itself ---------------------------------------------------------------------------


def test_schema_is_valid():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == "urn:cue-runner:cue-sheet:1"


def subschemas(schema, path="#"):
    yield path, schema
    for word in ["properties", "$defs"]:
        for name, inner in schema.get(word, {}).items():
            yield from subschemas(inner, f"{path}/{word}/{name}")
    for word in ["items", "additionalProperties"]:
        if isinstance(schema.get(word), dict):
            yield from subschemas(schema[word], f"{path}/{word}")
    for word in ["anyOf", "oneOf", "allOf"]:
        for index, inner in enumerate(schema.get(word, [])):
            yield from subschemas(inner, f"{path}/{word}/{index}")


def test_every_property_is_described():
    described = 0
    for path, schema in subschemas(SCHEMA):
        for name, inner in schema.get("properties", {}).items():
            text = inner.get("description", "")
            assert len(text) >= 12 and text.endswith("."), f"{path}/properties/{name}: {text!r}"
            described += 1
    assert described >= 40


def test_words_to_choose_from_are_described():
    """An editor lists them, each with what it means."""
    for path, schema in subschemas(SCHEMA):
        if "enum" in schema:
            meanings = schema.get("enumDescriptions", [])
            assert len(meanings) == len(schema["enum"]), path
            assert all(text.endswith(".") for text in meanings), path
        assert "const" not in schema or "description" in schema, path


ARN = "arn:aws:ivs:us-west-2:123456789012:channel/"
PLAIN = {"payload": {"type": "banner"}}
QUESTION = {
    "question": "Which planet?", "answers": ["Jupiter", "Saturn", "Uranus"], "correct": "Saturn",
    "for": "20s", "reveal": "5s",
}
# What a cue's key stands beside; the content that it is about comes with it.
BESIDE = {
    "question": {"answers": ["This", "That"]}, "payload": {}, "ad_break": {},
    "answers": {"question": "Which?"}, "correct": QUESTION, "for": QUESTION, "again": QUESTION,
    "reveal": QUESTION, "poll_id": QUESTION | {"draw": {"fact": "facts.txt"}},
}


def sheet_with(path, example):
    """A whole sheet in which a key has the value of an example."""
    sheet = {"version": 1, "channels": {"main": ARN + "A", "es": ARN + "B"}}
    first = {"id": "q1", "at": 1} | QUESTION
    other = {"id": "other", "at": 40} | PLAIN
    *ways, key = path
    if ways == []:
        if key in ("channel", "channels"):
            del sheet["channels"]
        return {**sheet, "cues": [first, other], key: example}
    if ways == ["defaults"]:
        return sheet | {"defaults": {key: example}, "cues": [first, other]}
    if ways == ["channels"]:
        return sheet | {"channels": {"main": {"arn": ARN + "A", key: example}}, "cues": [first]}
    if ways == ["repeat"]:
        at = "2026-11-27T19:00:00-08:00" if "T" in str(example) else 40
        return sheet | {"cues": [{**other, "at": at, "repeat": {"every": "10s"} | {key: example}}]}
    if ways == ["correct"]:
        return sheet | {"cues": [first | {"correct": {key: example}}]}
    assert ways == ["cue"], path
    if key == "id":
        return sheet | {"cues": [{**other, "id": example}]}
    return sheet | {"cues": [first, other | {"id": "b"}, {
        "id": "looked-at", "at": 50, **BESIDE.get(key, PLAIN), key: example}]}


def examples():
    """Each example of each key, and where the key is."""
    homes = [([], SCHEMA), (["defaults"], SCHEMA["properties"]["defaults"])]
    definitions = SCHEMA["$defs"]
    homes += [(["channels"], SCHEMA["properties"]["channels"]["additionalProperties"]["anyOf"][1])]
    homes += [(["repeat"], definitions["repeat"]), (["cue"], definitions["cue"])]
    homes += [(["correct"], definitions["correct"]["anyOf"][1])]
    for ways, home in homes:
        for key, schema in home["properties"].items():
            for example in schema.get("examples", [None]):
                yield pytest.param((*ways, key), schema, example, id=f"{'.'.join((*ways, key))}={example}")


def test_no_key_is_without_examples():
    found = list(examples())
    keys = [name for _, schema in subschemas(SCHEMA) for name in schema.get("properties", {})]
    assert len({param.values[0] for param in found}) == len(keys) >= 40
    assert [param.id for param in found if param.values[2] is None] == []


@pytest.mark.parametrize(("path", "schema", "example"), list(examples()))
def test_examples_hold(path, schema, example, write, cue_runner):
    own = jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], **schema})
    assert list(own.iter_errors(example)) == []
    sheet = sheet_with(path, example)
    assert problems(sheet) == []
    # JSON is YAML.
    result = check(cue_runner, write(json.dumps(sheet)))
    assert result.returncode == 0, result.stderr
    if "default" in schema:
        assert list(own.iter_errors(schema["default"])) == []


def test_snippets_are_cues(write, cue_runner):
    """What an editor offers for a new cue is one, once its places are filled in as proposed."""
    snippets = SCHEMA["properties"]["cues"]["defaultSnippets"]
    cues = []
    for snippet in snippets:
        text = re.sub(r"\$\{\d+:([^}]*)\}", r"\1", json.dumps(snippet["body"]))
        cues += json.loads(text)
    sheet = {"version": 1, "channel": ARN + "A", "cues": cues}
    assert problems(sheet) == []
    assert check(cue_runner, write(json.dumps(sheet))).returncode == 0


def test_closed_mappings_are_closed():
    """Where check knows all keys, so does the schema: only names and payloads are free."""
    for path, schema in subschemas(SCHEMA):
        if "properties" in schema:
            assert schema.get("additionalProperties") is False, path


# ---- Sample sheets -------------------------------------------------------------------------------

SAMPLES = sorted(path for path in CUES.glob("*.yaml") if path.name != "bad.yaml")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_samples_are_accepted(path, cue_runner):
    assert problems(load(path.read_text())) == []
    result = check(cue_runner, path)
    assert result.returncode == 0, result.stderr


def test_samples_name_the_schema():
    for path in [*SAMPLES, CUES / "bad.yaml"]:
        first = path.read_text().splitlines()[0]
        assert first == "# yaml-language-server: $schema=../schemas/cue-sheet.schema.json", path


# The cues of bad.yaml that only the program can see through.
BEYOND_A_SCHEMA = {
    "opening", "no-such-day", "typo", "no-third", "no-window", "infinite", "other-channel",
    "no-file", "long-break", "no-variable", "bad-variable", "too-long", "nearly-too-long",
    "early", "lost", "off", "after-off", "after-end", "too-soon", "bonus", "before-bonus", "hen",
    "egg", "over", "drawn",
}


def test_bad_sheet_is_refused(cue_runner):
    text = (CUES / "bad.yaml").read_text()
    with pytest.raises(ruamel.yaml.error.YAMLError):
        load(text)
    readable, rest = text.split("  # ---- 4. What strict YAML readers refuse as well")
    assert rest
    sheet = load(readable)
    found = problems(sheet)
    paths = [list(error.absolute_path) for error in found]
    assert {path[0] for path in paths if path} == {
        "version", "start", "offset", "late", "channels", "vars", "cues",
    }
    assert {error.validator for error in found if not error.absolute_path} == {
        "additionalProperties", "oneOf",
    }
    refused = {path[1] for path in paths if path[:1] == ["cues"]}
    accepted = {cue.get("id") for index, cue in enumerate(sheet["cues"]) if index not in refused}
    assert accepted - {None} == BEYOND_A_SCHEMA
    assert check(cue_runner, CUES / "bad.yaml").returncode == REFUSED


# ---- What check prints ---------------------------------------------------------------------------

# To write them anew: cue-runner check NAME.yaml 2> NAME.txt, in the folder of the sheet.


def test_bad_sheet_as_text(cue_runner):
    result = check(cue_runner, CUES / "bad.yaml")
    assert result.stderr == (BAD_SHEETS / "bad.txt").read_text()
    assert result.stdout == ""


def test_bad_sheet_as_data(cue_runner):
    result = check(cue_runner, CUES / "bad.yaml", "--format", "json")
    assert result.stdout == (BAD_SHEETS / "bad.json").read_text()
    assert result.returncode == REFUSED
    text = (BAD_SHEETS / "bad.txt").read_text()
    for found in json.loads(result.stdout):
        line = "{path}:{line}:{column}: {severity}: {message} [{code}]".format(**found)
        assert line in text.splitlines()


@pytest.mark.parametrize("path", sorted(BAD_SHEETS.glob("*.yaml")), ids=lambda path: path.stem)
def test_other_bad_sheets(path, cue_runner):
    result = check(cue_runner, path)
    assert result.stderr == path.with_suffix(".txt").read_text()
    has_error = ": error: " in result.stderr
    assert result.returncode == (REFUSED if has_error else 0)


# ---- Mutations -----------------------------------------------------------------------------------

GOOD = """\
version: 1
title: Friday Night Trivia
channels:
  main: arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG123
  es: {arn: "arn:aws:ivs:us-west-2:123456789012:channel/Es", offset: 200ms}
start: stream
offset: -500ms
encoder_delay: 1.5s
lead: auto
late: 6s
restart: hold
defaults: {for: 20s, reveal: 3s, again: 4s, late: 7s}
vars: {host: Ada}
seed: friday
cues:
  - id: q1
    at: 00:01:30
    group: round 1
    question: Which planet has the most moons?
    answers: [Jupiter, Saturn, Uranus]
    correct: Saturn
    for: 21s
    again: 5s
    reveal: 8s
    poll_id: moons
    channels: [main, es]
    late: 9s
    note: ask Ada
    disabled: false
  - id: sponsor
    at: q1.end + 30s
    payload: {type: product, sku: A-100}
  - id: break
    at: q1.reveal + 2m
    ad_break: 31s
  - id: fact
    at: 10m
    repeat: {every: 10s, times: 30}
    draw: {fact: facts.txt, third: [Perhaps, No idea]}
    question: ${fact}
    answers: ["True", "False", "${third}"]
    correct: {number: 2}
"""

MUTATIONS = {
    "version-missing": ("version: 1\n", ""),
    "version-2": ("version: 1\n", "version: 2\n"),
    "version-text": ("version: 1\n", "version: '1'\n"),
    "version-null": ("version: 1\n", "version:\n"),
    "key-unknown": ("seed: friday", "sead: friday"),
    "title-list": ("title: Friday Night Trivia", "title: [Friday]"),
    "title-null": ("title: Friday Night Trivia", "title: null"),
    "channel-beside-channels": (
        "start: stream",
        "channel: arn:aws:ivs:us-west-2:123456789012:channel/x\nstart: stream",
    ),
    "channel-missing": ("channels:\n", "vars2:\n"),
    "channels-list": (
        "channels:\n  main: arn", "channels: [main]\ncues2:\n  main: arn"),
    "channel-name": ("  es: {arn", "  e s: {arn"),
    "arn-of-a-stream": (":channel/abcdEFG123", ":stream/abcdEFG123"),
    "arn-of-china": ("main: arn:aws:", "main: arn:aws-cn:"),
    "arn-without-region": ("main: arn:aws:ivs:us-west-2:", "main: arn:aws:ivs::"),
    "arn-account": ("main: arn:aws:ivs:us-west-2:123456789012", "main: arn:aws:ivs:us-west-2:me"),
    "arn-too-long": ("abcdEFG123", "a" * 100),
    "arn-missing-in-channel": ('arn: "arn:aws:ivs:us-west-2:123456789012:channel/Es", ', ""),
    "channel-key-unknown": ("offset: 200ms", "ofset: 200ms"),
    "channel-offset-word": ("offset: 200ms", "offset: soon"),
    "start-word": ("start: stream", "start: steam"),
    "start-without-offset": ("start: stream", "start: 2026-11-27T19:00:00"),
    "start-month-13": ("start: stream", "start: 2026-13-27T19:00:00Z"),
    "start-hour-24": ("start: stream", "start: 2026-11-27T24:00:00Z"),
    "start-date-only": ("start: stream", "start: 2026-11-27"),
    "start-true": ("start: stream", "start: true"),
    "offset-time": ("offset: -500ms", "offset: 00:00:01"),
    "encoder-delay-negative": ("encoder_delay: 1.5s", "encoder_delay: -1.5s"),
    "encoder-delay-negative-number": ("encoder_delay: 1.5s", "encoder_delay: -1"),
    "lead-number-above-10": ("lead: auto", "lead: 10.5"),
    "lead-word": ("lead: auto", "lead: automatic"),
    "late-word": ("late: 6s", "late: never"),
    "late-unit": ("late: 6s", "late: 6sec"),
    "late-space": ("late: 6s", "late: 6 s"),
    "late-units-out-of-order": ("late: 6s", "late: 6s1m"),
    "late-units-twice": ("late: 6s", "late: 6s1s"),
    "late-number-behind-a-unit": ("late: 6s", "late: 1m30"),
    "late-point-only": ("late: 6s", "late: 6.s"),
    "late-list": ("late: 6s", "late: [6s]"),
    "late-too-long": ("late: 6s", "late: 3600001"),
    "restart-word": ("restart: hold", "restart: stop"),
    "restart-false": ("restart: hold", "restart: false"),
    "defaults-list": ("defaults: {for: 20s, reveal: 3s, again: 4s, late: 7s}", "defaults: [20s]"),
    "defaults-unknown-key": ("late: 7s", "latest: 7s"),
    "defaults-for-zero": ("{for: 20s", "{for: 0"),
    "defaults-for-zero-text": ("{for: 20s", "{for: 0m0s"),
    "defaults-again-short": ("again: 4s", "again: 0.1"),
    "vars-name": ("{host: Ada}", "{my-host: Ada}"),
    "vars-name-digit": ("{host: Ada}", "{1host: Ada}"),
    "vars-value-list": ("{host: Ada}", "{host: [Ada]}"),
    "vars-value-null": ("{host: Ada}", "{host: }"),
    "vars-list": ("{host: Ada}", "[host]"),
    "seed-mapping": ("seed: friday", "seed: {day: friday}"),
    "cues-missing": ("cues:\n", "cuse:\n"),
    "cues-empty": (GOOD[GOOD.index("cues:\n"):], "cues: []\n"),
    "cues-mapping": (GOOD[GOOD.index("cues:\n"):], "cues: {id: a, at: 0, payload: {}}\n"),
    "cue-text": (GOOD[GOOD.index("cues:\n"):], "cues: [q1]\n"),
    "cue-key-unknown": ("group: round 1", "grup: round 1"),
    "cue-key-capital": ("group: round 1", "Group: round 1"),
    "cue-at-missing": ("    at: 00:01:30\n", ""),
    "id-space": ("id: sponsor", "id: the sponsor"),
    "id-dash-first": ("id: sponsor", "id: -sponsor"),
    "id-umlaut": ("id: sponsor", "id: spönsor"),
    "id-65": ("id: sponsor", "id: " + "s" * 65),
    "id-true": ("id: sponsor", "id: true"),
    "id-empty": ("id: sponsor", "id: ''"),
    "at-seconds-60": ("at: 00:01:30", "at: 00:01:60"),
    "at-one-digit": ("at: 00:01:30", "at: 00:1:30"),
    "at-four-parts": ("at: 00:01:30", "at: 00:00:01:30"),
    "at-negative": ("at: 00:01:30", "at: -90"),
    "at-negative-text": ("at: 00:01:30", "at: -1m"),
    "at-null": ("at: 00:01:30", "at:"),
    "at-true": ("at: 00:01:30", "at: true"),
    "at-list": ("at: 00:01:30", "at: [90]"),
    "at-edge-unknown": ("q1.end + 30s", "q1.ending + 30s"),
    "at-edges-twice": ("q1.end + 30s", "q1.end.reveal + 30s"),
    "at-no-sign": ("q1.end + 30s", "q1.end 30s"),
    "at-sign-only": ("q1.end + 30s", "q1.end +"),
    "at-plus-time": ("q1.end + 30s", "q1.end + 00:00:30"),
    "at-plus-only": ("at: 00:01:30", "at: +"),
    "at-instant-without-offset": ("at: 00:01:30", "at: 2026-11-27T19:00:00"),
    "group-list": ("group: round 1", "group: [1]"),
    "content-missing": ("    payload: {type: product, sku: A-100}\n", ""),
    "content-twice": ("ad_break: 31s", "ad_break: 31s\n    payload: {}"),
    "question-null": ("question: Which planet has the most moons?", "question:"),
    "question-blank": ("question: Which planet has the most moons?", "question: ' '"),
    "question-list": ("question: Which planet has the most moons?", "question: [Which?]"),
    "answers-missing": ("    answers: [Jupiter, Saturn, Uranus]\n", ""),
    "answers-one": ("[Jupiter, Saturn, Uranus]", "[Saturn]"),
    "answers-eleven": ("[Jupiter, Saturn, Uranus]", "[Saturn, B, C, D, E, F, G, H, I, J, K]"),
    "answers-same": ("[Jupiter, Saturn, Uranus]", "[Jupiter, Saturn, Jupiter]"),
    "answers-null": ("[Jupiter, Saturn, Uranus]", "[Saturn, null]"),
    "answers-empty": ("[Jupiter, Saturn, Uranus]", "[Saturn, '']"),
    "answers-text": ("[Jupiter, Saturn, Uranus]", "Saturn"),
    "answers-mapping": ("[Jupiter, Saturn, Uranus]", "{a: Jupiter, b: Saturn}"),
    "answers-with-payload": ("ad_break: 31s", "payload: {}\n    answers: [A, B]"),
    "correct-null": ("correct: Saturn", "correct:"),
    "correct-list": ("correct: Saturn", "correct: [Saturn]"),
    "correct-zero": ("{number: 2}", "{number: 0}"),
    "correct-eleven": ("{number: 2}", "{number: 11}"),
    "correct-number-text": ("{number: 2}", "{number: '2'}"),
    "correct-number-half": ("{number: 2}", "{number: 1.5}"),
    "correct-key-unknown": ("{number: 2}", "{index: 2}"),
    "for-zero": ("for: 21s", "for: 0s"),
    "for-negative": ("for: 21s", "for: -21"),
    "for-beside-ad-break": ("ad_break: 31s", "ad_break: 31s\n    for: 31s"),
    "again-short": ("again: 5s", "again: 0.199"),
    "again-with-payload": ("payload: {type", "again: 5s\n    payload: {type"),
    "reveal-without-correct": ("    correct: Saturn\n", ""),
    "reveal-word": ("reveal: 8s", "reveal: later"),
    "poll-id-blank": ("poll_id: moons", "poll_id: ''"),
    "poll-id-with-ad-break": ("ad_break: 31s", "ad_break: 31s\n    poll_id: x"),
    "channels-empty": ("channels: [main, es]", "channels: []"),
    "channels-twice": ("channels: [main, es]", "channels: [main, main]"),
    "channels-null": ("channels: [main, es]", "channels:"),
    "channels-true": ("channels: [main, es]", "channels: [true]"),
    "note-mapping": ("note: ask Ada", "note: {ask: Ada}"),
    "disabled-yes": ("disabled: false", "disabled: yes"),
    "disabled-number": ("disabled: false", "disabled: 0"),
    "disabled-text": ("disabled: false", "disabled: 'false'"),
    "payload-text": ("payload: {type: product, sku: A-100}", "payload: product"),
    "payload-list": ("payload: {type: product, sku: A-100}", "payload: [product]"),
    "payload-null": ("payload: {type: product, sku: A-100}", "payload:"),
    "payload-cue": ("{type: product,", "{cue: product,"),
    "payload-run": ("{type: product,", "{run: product,"),
    "ad-break-zero": ("ad_break: 31s", "ad_break: 0"),
    "ad-break-301": ("ad_break: 31s", "ad_break: 301"),
    "ad-break-half": ("ad_break: 31s", "ad_break: 30.5"),
    "ad-break-time": ("ad_break: 31s", "ad_break: 00:00:31"),
    "repeat-number": ("repeat: {every: 10s, times: 30}", "repeat: 30"),
    "repeat-without-every": ("{every: 10s, times: 30}", "{times: 30}"),
    "repeat-every-zero": ("{every: 10s, times: 30}", "{every: 0, times: 30}"),
    "repeat-every-short": ("{every: 10s, times: 30}", "{every: 0.009, times: 30}"),
    "repeat-times-zero": ("times: 30", "times: 0"),
    "repeat-times-half": ("times: 30", "times: 2.5"),
    "repeat-times-text": ("times: 30", "times: '30'"),
    "repeat-times-many": ("times: 30", "times: 1000001"),
    "repeat-both-ends": ("times: 30", "times: 30, until: 1h"),
    "repeat-until-word": ("times: 30", "until: never"),
    "repeat-key-unknown": ("times: 30", "count: 30"),
    "draw-list": ("draw: {fact: facts.txt, third: [Perhaps, No idea]}", "draw: [fact, third]"),
    "draw-name": ("third: [Perhaps, No idea]", "third-one: [Perhaps]"),
    "draw-nothing": ("[Perhaps, No idea]", "[]"),
    "draw-mapping": ("[Perhaps, No idea]", "{a: Perhaps}"),
    "draw-null-entry": ("[Perhaps, No idea]", "[Perhaps, null]"),
    "draw-outside": ("facts.txt", "../facts.txt"),
    "draw-outside-below": ("facts.txt", "lists/../../facts.txt"),
    "draw-absolute": ("facts.txt", "/etc/hostname"),
    "draw-backslash": ("facts.txt", "lists\\facts.txt"),
    "draw-folder": ("facts.txt", "lists/"),
    "draw-empty-part": ("facts.txt", "lists//facts.txt"),
    "draw-empty-path": ("facts.txt", "''"),
}


def mutated(old, new):
    assert GOOD.count(old) == 1, f"{old!r} is there {GOOD.count(old)} times"
    return GOOD.replace(old, new)


def test_good_sheet_is_accepted(cue_runner, write):
    assert problems(load(GOOD)) == []
    result = check(cue_runner, write(GOOD))
    assert (result.returncode, result.stderr) == (0, "show.yaml: 4 cues, nothing wrong\n")


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_the_schema_refuses_check_refuses(name, cue_runner, write):
    text = mutated(*MUTATIONS[name])
    assert problems(load(text)), "the schema accepts it"
    result = check(cue_runner, write(text))
    assert result.returncode == REFUSED, result.stderr
    assert ": error: " in result.stderr


# ---- Legal variants ------------------------------------------------------------------------------

VARIANTS = {
    **{f"duration-{form}": ("late: 6s", f"late: {form}")
       for form in ["90", "1.5", "0", "'90'", "1.5s", "250ms", "2m", "1h2m3s", "1h3s", "10us",
                    "5ns", "1m500ms", "0.25h", "any", "1000h", "0s"]},
    **{f"signed-{form}": ("offset: -500ms", f"offset: {form}")
       for form in ["+1s", "-1.5", "2", "'+2'", "0", "1h"]},
    **{f"at-{form}": ("at: 00:01:30", f"at: {form}")
       for form in ["0", "90", "90.5", "5m", "01:30", "1:30", "120:00", "00:01:30.250",
                    "'00:01:30'", "manual", "2026-11-27T19:00:00-08:00", "2026-11-27 19:00:00Z",
                    "2026-11-27T19:00:00.5+05:30", "007"]},
    **{f"after-{form}": ("q1.end + 30s", form)
       for form in ["q1", "q1+30s", "q1 - 30s", "q1 +30s", "q1.end", "q1.end+1m", "q1.end - 5s",
                    "q1.reveal", "q1.reveal + 1.5s", "q1.reveal  -  1s", "+30s", "+ 30s", "+0"]},
    **{f"start-{form}": ("start: stream", f"start: {form}")
       for form in ["now", "manual", "2026-11-27T19:00:00Z", "'2026-11-27t19:00:00.25-08:00'"]},
    **{f"lead-{form}": ("lead: auto", f"lead: {form}") for form in ["0", "80ms", "10", "10s"]},
    "restart-continue": ("restart: hold", "restart: continue"),
    "defaults-empty": ("{for: 20s, reveal: 3s, again: 4s, late: 7s}", "{}"),
    "vars-empty": ("{host: Ada}", "{}"),
    "vars-typed": ("{host: Ada}", "{host: 12, _x: true}"),
    "seed-number": ("seed: friday", "seed: 42"),
    "title-number": ("title: Friday Night Trivia", "title: 1984"),
    "title-empty": ("title: Friday Night Trivia", "title: ''"),
    "id-number": ("id: sponsor", "id: 42"),
    "id-64": ("id: sponsor", "id: " + "s" * 64),
    "id-missing": ("  - id: sponsor\n    at", "  - at"),
    "channel-alone": (
        GOOD,
        GOOD.replace(
            GOOD[GOOD.index("channels:\n"):GOOD.index("start:")],
            "channel: arn:aws:ivs:us-west-2:123456789012:channel/abcdEFG123\n",
        ).replace("[main, es]", "main"),
    ),
    "channel-by-name": ("channels: [main, es]", "channels: es"),
    "channel-in-a-list": ("channels: [main, es]", "channels: [es]"),
    "channel-offset-negative": ("offset: 200ms", "offset: -1.5"),
    "channel-without-offset": (', offset: 200ms}', "}"),
    "answers-two": ("[Jupiter, Saturn, Uranus]", "[Saturn, Mars]"),
    "answers-ten": ("[Jupiter, Saturn, Uranus]", "[Saturn, B, C, D, E, F, G, H, I, J]"),
    "answers-typed": ("[Jupiter, Saturn, Uranus]", "[Saturn, 1, 1.0, true, no]"),
    "correct-by-number": ("correct: Saturn", "correct: {number: 3}"),
    "correct-missing": ("    correct: {number: 2}\n", ""),
    "reveal-at-once": ("reveal: 8s", "reveal: 0"),
    "reveal-by-default": ("    reveal: 8s\n", ""),
    "for-by-default": ("    for: 21s\n", ""),
    "again-200ms": ("again: 5s", "again: 200ms"),
    "again-number": ("again: 5s", "again: 0.2"),
    "poll-id-hash": ("poll_id: moons", "poll_id: '${host.hash}'"),
    "disabled-true": ("ad_break: 31s", "ad_break: 31s\n    disabled: TRUE"),
    "payload-empty": ("{type: product, sku: A-100}", "{}"),
    "payload-nested": (
        "{type: product, sku: A-100}", "{a: [1, {b: null}, [c]], d: {cue: 1, run: 2}, e: 1.5e3}"),
    "payload-with-window": ("payload: {type", "for: 3s\n    payload: {type"),
    "payload-keys": ("{type: product, sku: A-100}", "{1: a, true: b, Ü: c, 'd e': f}"),
    "payload-dates": ("{type: product, sku: A-100}", "{day: 2026-11-27, no: no, t: 1:30}"),
    "ad-break-number": ("ad_break: 31s", "ad_break: 300"),
    "ad-break-minutes": ("ad_break: 31s", "ad_break: 5m"),
    "repeat-for-ever": ("{every: 10s, times: 30}", "{every: 10s}"),
    "repeat-until": ("times: 30", "until: 00:20:00"),
    "repeat-until-number": ("times: 30", "until: 1200"),
    "repeat-fast": ("{every: 10s, times: 30}", "{every: 250ms, times: 4}"),
    "draw-below": ("facts.txt", "./lists/facts.txt"),
    "draw-number": ("facts.txt", "7"),
    "draw-typed": ("[Perhaps, No idea]", "[1, false, 2.5]"),
    "draw-empty": (
        "draw: {fact: facts.txt, third: [Perhaps, No idea]}\n    question: ${fact}\n"
        '    answers: ["True", "False", "${third}"]',
        'draw: {}\n    question: Really?\n    answers: ["True", "False"]',
    ),
    "merge-key": (
        "payload: {type: product, sku: A-100}",
        "payload: &card {type: product, sku: A-100}\n  - id: second\n    at: +5s\n"
        "    payload: {<<: *card, sku: A-101}",
    ),
    "merge-list": (
        "payload: {type: product, sku: A-100}",
        "payload: {<<: [{type: product}, {type: card, sku: A-100}], price: 1}",
    ),
    "merge-in-a-cue": (
        "  - id: sponsor\n", "  - id: sponsor\n    <<: {group: interval, late: 3s}\n"),
    "anchor-of-a-text": (
        "payload: {type: product, sku: A-100}", "payload: {type: &x product, also: *x}"),
    "tagged-text": ("title: Friday Night Trivia", "title: !!str 12"),
    "block-text": (
        "question: Which planet has the most moons?",
        "question: >-\n      Which planet\n      has the most moons?",
    ),
    "json": (GOOD, json.dumps(load(GOOD))),
    "crlf": (GOOD, GOOD.replace("\n", "\r\n")),
    "document-marks": (GOOD, "%YAML 1.2\n---\n" + GOOD + "...\n"),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_legal_variants_are_accepted(name, cue_runner, write):
    text = mutated(*VARIANTS[name])
    assert problems(load(text)) == []
    result = check(cue_runner, write(text))
    assert result.returncode == 0, result.stderr
    assert ": error: " not in result.stderr


def test_there_are_enough():
    assert len(MUTATIONS) >= 60
    assert len(VARIANTS) >= 30
