"""Reads run logs as a stranger would: by their schema, and by what design says of their order.

Every line is validated each time it is read. `check` holds a whole log against the promises that
no schema can state.
"""

import collections
import datetime
import json
import pathlib
import re

import jsonschema

from repository import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "schemas/run-log.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(SCHEMA)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
# One validator an event, so that a bad line is told by its own rules and not by all seventeen.
BY_EVENT = {
    name: jsonschema.Draft202012Validator(SCHEMA | {"oneOf": [{"$ref": f"#/$defs/{name}"}]})
    for name in SCHEMA["properties"]["event"]["enum"]
}
ENDINGS = {"cue_sent", "cue_missed", "cue_failed", "cue_skipped", "cue_in_doubt"}


def microseconds(text):
    """An RFC 3339 time of the log, in whole microseconds since 1970."""
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    since = moment - datetime.datetime(1970, 1, 1)
    return since // datetime.timedelta(microseconds=1)


def _unique(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a field is there twice: {names}"
    return dict(pairs)


def validate(event, line):
    assert isinstance(event, dict), f"no object: {line}"
    name = event.get("event")
    validator = BY_EVENT.get(name, VALIDATOR)
    error = jsonschema.exceptions.best_match(validator.iter_errors(event))
    assert error is None, f"{error.message} at {error.json_path} in {line}"
    assert list(event)[:2] == ["event", "time"], f"event and time come first: {line}"


class RunLog:
    """A run log's lines so far."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.text = self.path.read_bytes().decode("utf-8") if self.path.exists() else ""
        *lines, self.torn = self.text.split("\n")
        self.events = []
        for line in lines:
            try:
                event = json.loads(line, object_pairs_hook=_unique)
            except ValueError as problem:
                raise AssertionError(f"no JSON: {line!r}") from problem
            validate(event, line)
            self.events.append(event)

    def __iter__(self):
        return iter(self.events)

    def of(self, *names, **fields):
        return [
            event
            for event in self.events
            if event["event"] in names
            and all(event.get(name) == value for name, value in fields.items())
        ]

    def one(self, name, **fields):
        found = self.of(name, **fields)
        assert len(found) == 1, f"{len(found)} {name} {fields} in\n{self.text}"
        return found[0]

    @property
    def started(self):
        return self.events[0]

    @property
    def finished(self):
        return self.one("run_finished")

    @property
    def aligned(self):
        return self.of("stream_aligned")[-1]

    @property
    def arns(self):
        return {channel["name"]: channel["arn"] for channel in self.started["channels"]}

    def endings(self):
        """(cue, channel) → the event that ended it."""
        return {(e["cue"], e["channel"]): e for e in self.of(*ENDINGS)}

    def check(self, is_whole=True):
        """Holds the log against what it promises; `is_whole` where the run came to its end."""
        try:
            self._check(is_whole)
        except AssertionError as problem:
            raise AssertionError(f"{problem}\n\nThe log:\n{self.text}") from problem
        return self

    def _check(self, is_whole):
        assert self.events, "the log is empty"
        names = [event["event"] for event in self.events]
        assert names[0] == "run_started" and names.count("run_started") == 1
        if is_whole:
            assert self.torn == "", f"the last line is torn: {self.torn!r}"
            assert names[-1] == "run_finished", "the last line is not run_finished"
        assert names.count("run_finished") == (1 if is_whole else 0)
        self._check_field_order()
        ended = self._check_cues()
        if is_whole:
            self._check_end(ended)

    def _check_field_order(self):
        orders = collections.defaultdict(set)
        for event in self.events:
            orders[event["event"], frozenset(event)].add(tuple(event))
        for (name, _), order in orders.items():
            assert len(order) == 1, f"{name} comes with its fields in more than one order"

    def _check_cues(self):
        run = self.started["run"]
        armed, ended = {}, {}
        failures = collections.Counter()
        # What the process before a resume had armed: it may be armed again, and attempts that it
        # made and could not record are no contradiction.
        before = set()
        has_zero = False
        for event in self.events:
            name = event["event"]
            has_zero = has_zero or name == "stream_aligned"
            if name == "run_resumed":
                before |= {key for key, is_armed in armed.items() if is_armed}
            if "cue" not in event:
                continue
            key = (event["cue"], event["channel"])
            assert key[1] in self.arns, f"{key} is on no channel of this run"
            if name == "cue_armed":
                assert key not in ended, f"{key} is armed after its end"
                assert not armed.get(key) or key in before, f"{key} is armed twice"
                armed[key] = True
            elif name == "cue_disarmed":
                assert armed.get(key), f"{key} is disarmed and was not armed"
                armed[key] = False
            elif name == "attempt_failed":
                # After the question itself was sent it can only be a repetition's.
                is_repetition = ended.get(key) == "cue_sent"
                assert is_repetition or armed.get(key), f"{key} was tried and never armed"
                if not is_repetition:
                    failures[key] += 1
                    is_next = event["attempt"] == failures[key]
                    assert is_next or key in before, f"{key} skips an attempt"
            elif name == "cue_repeated":
                assert ended.get(key) == "cue_sent", f"{key} is repeated and was never sent"
            if name in ("cue_sent", "cue_repeated"):
                assert has_zero, f"{key} left before there was a zero"
                self._check_delivery(event, run)
            if name in ENDINGS:
                assert key not in ended, f"{key} ends twice"
                ended[key] = name
                attempts = event.get("attempts", 0)
                if attempts:
                    assert armed.get(key), f"{key} was tried and never armed"
                if key in before:
                    pass
                elif name == "cue_sent":
                    assert failures[key] == attempts - 1, f"{key}: attempts do not add up"
                elif name in ("cue_missed", "cue_failed"):
                    assert failures[key] == attempts, f"{key}: attempts do not add up"
                if name == "cue_sent" and key[0].endswith(".reveal"):
                    question = (key[0].removesuffix(".reveal"), key[1])
                    assert ended.get(question) in ("cue_sent", "cue_in_doubt"), (
                        f"{key} was revealed and its question never sent"
                    )
        self._open = {key for key, is_armed in armed.items() if is_armed and key not in ended}
        return ended

    def _check_delivery(self, event, run):
        due, sent, acknowledged = (
            microseconds(event[name]) for name in ("due", "sent", "acknowledged")
        )
        # Each is rounded on its own.
        late = sent - (due - event["lead_us"])
        assert abs(late - event["late_us"]) <= 2, f"late_us is {event['late_us']}, not {late}"
        assert abs(acknowledged - sent - event["round_trip_us"]) <= 2, "round_trip_us is wrong"
        half = microseconds(event["arrival"]) - sent
        assert abs(half - event["round_trip_us"] / 2) <= 2, "arrival is not half a round trip on"
        if "metadata" in event:
            text = event["metadata"]
            assert event["bytes"] == len(text.encode()), "bytes is not the length of metadata"
            payload = json.loads(text)
            assert list(payload)[:2] == ["cue", "run"], "a payload begins with cue and run"
            assert (payload["cue"], payload["run"]) == (event["cue"], run)
            # A rehearsal that runs faster states the moment that the cue would have had.
            if "current_time" in payload and float(self.started["options"].get("speed", 1)) == 1:
                # Whole milliseconds, rounded down.
                moment = re.sub(r"(\.\d{3})\d{3}Z$", r"\1Z", event["due"])
                assert payload["current_time"] == moment, "current_time is not the moment due"

    def _check_end(self, ended):
        assert not self._open, f"armed and never ended: {self._open}"
        finished = self.finished
        counts = collections.Counter(ended.values())
        counts["cue_repeated"] = len(self.of("cue_repeated"))
        for name, count in finished["counts"].items():
            assert count == counts["cue_" + name], f"counts.{name} is {count}"
        late = sorted(event["late_us"] for event in self.of("cue_sent"))
        if late:

            def rank(share):
                return late[max(0, -(-len(late) * share // 100) - 1)]

            wanted = {"p50": rank(50), "p99": rank(99), "max": late[-1]}
            assert finished["late_us"] == wanted, f"late_us is not {wanted}"
        else:
            assert finished["late_us"] is None
        if finished["reason"] in ("complete", "stopped"):
            is_good = counts["cue_missed"] + counts["cue_failed"] + counts["cue_in_doubt"] == 0
            assert finished["exit"] == (0 if is_good else 1), "exit does not go with the counts"
