"""`cue-runner SHEET` against an IVS that is not ours: what arrives, when, how often, how signed."""

import collections
import datetime
import json
import signal
import ssl

import pytest
import trustme

import ivs_server
from ivs_server import Answer, Held, HangUp, IVSServer, Stream
from program import CREDENTIALS, ES, MAIN, WITH_TOKEN
from run_log import microseconds

# Both clocks are this machine's; the log derives its moments from one reading of the wall clock,
# which the system may slew a little during a show.
CLOCK_SLACK_US = 2_000
# A question that left later than this moves its reveal; by design it then says so itself.
REVEAL_FOLLOWS_FROM_US = 100_000

FACTS = """\
Honey never spoils
A day on Venus is longer than its year
Äpfel und "Birnen" \\ 空 🎬
  Bananas are berries

Oxford is older than the Aztecs
"""

ALL_KINDS = f"""\
version: 1
title: All kinds
channels:
  main: {MAIN}
  es: {{arn: {ES}, offset: 150ms}}
vars: {{shop: "https://shop.example.com"}}
cues:
  - id: hello
    at: 0.3
    payload:
      type: product
      price: 19.90
      big: 12345678901234567890
      "no": no
      time: 1:30
      nothing: null
      list: [1, 2.50, true, "true", -0.0, 1e3]
      nested: {{a: {{b: [{{c: d}}]}}}}
      url: ${{shop}}/A-100
      cost: $$5
      text: "naïve ☃ \\"q\\" \\\\ / \\t\\u0001 𝄞 \\u2028"
  - id: q1
    at: 0.6
    question: Which planet has the most moons?
    answers: [Jupiter, Saturn, Uranus]
    correct: Saturn
    for: 3s
    again: 1s
    reveal: 200ms
  - id: ad
    at: 1.2
    channels: main
    ad_break: 15s
  - id: nur-es
    at: hello + 1s
    channels: [es]
    payload: {{type: subtitle, text: Chaqueta impermeable}}
  - id: fact
    at: 1.6
    repeat: {{every: 400ms, times: 4}}
    draw: {{fact: facts.txt, third: [Perhaps, No idea, Ask the cat]}}
    question: ${{fact}}
    answers: ["True", "False", "${{third}}"]
    poll_id: ${{fact.hash}}
    channels: main
    for: 1s
  - id: told
    at: q1.reveal + 300ms
    question: And how many?
    answers: ["145", "146"]
    correct: {{number: 2}}
    for: 0.4
    reveal: 0
    poll_id: moons
"""

SHORT = f"""\
version: 1
channel: {MAIN}
late: 4s
cues:
  - {{id: a, at: 0.3, payload: {{n: 1}}}}
  - {{id: b, at: 0.6, payload: {{n: 2}}}}
"""


def foretold(program, sheet, log, *options):
    """What `timeline` says of this run: (cue, channel) → row."""
    aligned, started = log.aligned, log.started
    zero = ("stream=" if aligned["source"] == "stream" else "") + aligned["zero"]
    result = program.run(
        "timeline", sheet, "--start", zero, "--run", started["run"], "--seed", started["seed"],
        "--format", "json", *options, credentials=None,
    ).ended(0)
    rows = json.loads(result.out)
    table = {(row["cue"], row["channel"]): row for row in rows}
    assert len(table) == len(rows), "timeline foretells a cue twice"
    return table


def play(program, server, text, *options, status=0, **more):
    """Runs a sheet to its end; returns its result, its log (checked) and the sheet's path."""
    sheet = program.write("show.yaml", text)
    result = program.run(
        sheet, "--endpoint-url", server.url, "--log", program.path("log.jsonl"), *options, **more
    )
    log = program.log().check()
    # Where a test leaves it open, the log says how it ended.
    result.ended(log.finished["exit"] if status is None else status)
    assert log.finished["exit"] == result.status
    return result, log, sheet


def assert_as_foretold(program, server, log, sheet, *options):
    """The server, the log and `timeline` tell the same story, byte for byte."""
    server.assert_signed()
    names = {arn: name for name, arn in log.arns.items()}
    table = foretold(program, sheet, log, *options)
    logged = log.of("cue_sent", "cue_repeated")
    # By what the server called the request, which the log repeats.
    deliveries = {event["request_id"]: event for event in logged}
    assert len(deliveries) == len(logged)

    seen = collections.Counter()
    for call in server.taken:
        channel = names[call.channel]
        event = deliveries.pop(call.request_id, None)
        assert event, f"the log does not know of {call.body}"
        assert (event["channel"], event.get("metadata")) == (channel, call.metadata)
        # Stamped by the server after it was read, so it can't seem earlier than it was.
        leaves = microseconds(event["due"]) - event["lead_us"]
        assert call.arrived_us >= leaves - CLOCK_SLACK_US, f"{event['cue']} came early"
        assert event["status"] == call.status
        if event["event"] == "cue_repeated":
            assert_repetition(event, table[event["cue"], channel])
            continue
        seen[event["cue"], log.started["run"], channel] += 1
        row = table[event["cue"], channel]
        question = log.of("cue_sent", cue=event["cue"].removesuffix(".reveal"), channel=channel)
        if event["cue"].endswith(".reveal") and question[0]["late_us"] > REVEAL_FOLLOWS_FROM_US:
            assert microseconds(event["due"]) > microseconds(row["due"])
            continue
        assert event["due"] == row["due"]
        if row["kind"] == "ad_break":
            assert call.json == {"channelArn": call.channel, "durationSeconds": 15}
            assert event["ad_break_seconds"] == row["ad_break_seconds"]
        else:
            assert call.metadata.encode() == row["metadata"].encode()
            assert row["bytes"] == len(call.metadata.encode())
            assert list(call.json) == ["channelArn", "metadata"]
    assert max(seen.values()) == 1, f"received twice: {seen}"
    assert not deliveries, f"logged and never received: {deliveries}"
    assert {(cue, channel) for cue, _, channel in seen} == set(table), "not all came"


def assert_repetition(event, row):
    """The question once more: everything the same but the moment and the seconds left."""
    said, first = json.loads(event["metadata"]), json.loads(row["metadata"])
    assert list(said) == list(first)
    assert said["seconds"] < first["seconds"]
    for name in ("current_time", "seconds"):
        del said[name], first[name]
    assert said == first


# --- A show without trouble ---------------------------------------------------------------------


def test_all_kinds_of_cues_on_two_channels(program, server):
    program.write("facts.txt", FACTS)
    _, log, sheet = play(program, server, ALL_KINDS, "--start", "now")
    assert_as_foretold(program, server, log, sheet)
    assert log.aligned["source"] == "now"
    assert log.started["mode"] == "run"
    # 3 s of window, again every second: with 2 and with 1 second left, on both channels.
    repeated = [
        (event["channel"], json.loads(event["metadata"])["seconds"])
        for event in log.of("cue_repeated", cue="q1")
    ]
    assert sorted(repeated) == [("es", 1), ("es", 2), ("main", 1), ("main", 2)]
    facts = [json.loads(e["metadata"]) for e in log.of("cue_sent") if e["cue"].startswith("fact#")]
    lines = {line.strip() for line in FACTS.splitlines() if line.strip()}
    assert len(facts) == 4 and all(fact["question"] in lines for fact in facts)
    # The answer never travels with the question.
    for call in server.puts:
        if "question" in call.payload:
            assert not {"correct", "correctIndex", "answer"} & set(call.payload)
    by_channel = collections.Counter(call.channel for call in server.taken)
    assert by_channel == {MAIN: 1 + 3 + 1 + 1 + 4 + 2, ES: 1 + 3 + 1 + 1 + 2}


def test_options_move_and_narrow_what_is_sent(program, server):
    sheet = """\
version: 1
channels: {main: %s, es: %s}
vars: {name: nobody}
cues:
  - {id: a, at: 1, payload: {n: "${name}"}}
  - {id: b, at: 2, payload: {n: 2}}
  - {id: c, at: 2.5, payload: {n: 3}}
  - {id: d, at: 60, payload: {n: 4}}
""" % (MAIN, ES)
    # The last of two values counts, in the show as in its log.
    names = ["--var", "name=Bob", "--var", "name=Ada"]
    options = ["--offset", "-500ms", *names, "--from", "a", "--until", "b"]
    _, log, path = play(program, server, sheet, "--start", "now", *options)
    assert_as_foretold(program, server, log, path, *options)
    assert {call.cue for call in server.puts} == {"a", "b"}
    assert server.puts[0].payload["n"] == log.started["options"]["var.name"] == "Ada"
    zero = microseconds(log.aligned["zero"])
    assert {microseconds(e["due"]) - zero for e in log.of("cue_sent")} == {500_000, 1_500_000}


def test_a_fixed_lead_is_kept(program, server):
    _, log, sheet = play(program, server, SHORT, "--start", "now", "--lead", "200ms")
    assert_as_foretold(program, server, log, sheet)
    assert {event["lead_us"] for event in log.of("cue_sent")} == {200_000}


def test_a_burst_never_exceeds_the_limit_of_a_channel(program, server):
    cues = "\n".join(f"  - {{id: c{n}, at: 0.2, payload: {{n: {n}}}}}" for n in range(8))
    sheet = f"version: 1\nchannel: {MAIN}\nlate: 10s\ncues:\n{cues}\n"
    _, log, path = play(program, server, sheet, "--start", "now", "--quiet")
    assert_as_foretold(program, server, log, path)
    # Bursts drain in order, and the sixth leaves when the first is a second old.
    deliveries = sorted(log.of("cue_sent"), key=lambda event: event["sent"])
    assert [event["cue"] for event in deliveries] == [f"c{n}" for n in range(8)]
    sent = [microseconds(event["sent"]) for event in deliveries]
    assert all(later - earlier >= 1_000_000 for earlier, later in zip(sent, sent[5:]))


def test_cues_leave_on_connections_that_were_opened_before(program, server):
    play(program, server, SHORT, "--start", "now")
    warm = {call.connection for call in server.of("GetStream")}
    assert {call.connection for call in server.puts} <= warm


def test_requests_are_as_aws_clients_send_them(program, server):
    play(program, server, SHORT, "--start", "now")
    for call in server.calls:
        assert call.method == "POST" and call.target == "/" + call.operation
        assert call.header("content-type") == "application/json"
        assert call.header("user-agent").startswith("cue-runner/")
        assert call.header("amz-sdk-invocation-id")
        assert call.header("amz-sdk-request").startswith("attempt=")
        assert int(call.header("content-length")) == len(call.body)
        assert call.header("transfer-encoding") is None


def test_a_session_token_is_sent_and_signed(program):
    with IVSServer(WITH_TOKEN, {MAIN: Stream.now(60)}) as server:
        _, log, sheet = play(program, server, SHORT, "--start", "now", credentials=WITH_TOKEN)
        assert_as_foretold(program, server, log, sheet)
        for call in server.calls:
            assert call.header("x-amz-security-token") == WITH_TOKEN.token


def test_keys_of_a_profile(program, server):
    keys = server.credentials
    program.write(
        "home/credentials",
        f"[show]\naws_access_key_id = {keys.key}\naws_secret_access_key = {keys.secret}\n",
    )
    # An explicit --profile goes before keys in the environment, which are wrong ones here.
    wrong = {"AWS_ACCESS_KEY_ID": "AKIDWRONG", "AWS_SECRET_ACCESS_KEY": "wrong-secret-of-a-user"}
    result, _, _ = play(
        program, server, SHORT, "--start", "now", "--profile", "show", credentials=None, env=wrong
    )
    server.assert_signed()
    assert keys.secret not in result.err + result.out + program.log().text
    result.says("profile show")


def test_the_endpoint_of_the_environment(program, server):
    sheet = program.write("show.yaml", SHORT)
    env = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ENDPOINT_URL_IVS": server.url}
    program.run(sheet, "--start", "now", "--log", "log.jsonl", env=env).ended(0)
    program.log().check()
    assert [call.cue for call in server.puts] == ["a", "b"]


def test_another_region_is_signed_for_where_it_is_asked_for(program):
    with IVSServer(ivs_server.Credentials("AKIDX", "another-secret-entirely"), {MAIN: Stream.now()},
                   region="eu-central-1") as server:
        play(
            program, server, SHORT, "--start", "now", "--region", "eu-central-1",
            credentials=server.credentials,
        )
        server.assert_signed()


def test_a_dry_run_sends_nothing(program, server):
    _, log, _ = play(program, server, SHORT, "--start", "now", "--dry-run", credentials=None)
    assert not server.calls
    assert {event["reason"] for event in log.of("cue_skipped")} == {"dry_run"}
    assert log.started["mode"] == "dry_run"


def test_the_encoders_delay_is_added_where_zero_is_ours(program, server):
    text = SHORT.replace("late: 4s", "late: 4s\nencoder_delay: 400ms")
    _, log, sheet = play(program, server, text, "--start", "now")
    assert_as_foretold(program, server, log, sheet)
    zero = microseconds(log.aligned["zero"])
    assert [microseconds(e["due"]) - zero for e in log.of("cue_sent")] == [700_000, 1_000_000]


# --- Zero ---------------------------------------------------------------------------------------


def test_zero_is_the_streams_start(program, server):
    """IVS tells whole seconds; a sheet that starts with the stream counts from exactly that."""
    server.set_stream(MAIN, None)
    sheet = f"""\
version: 1
channel: {MAIN}
start: stream
late: 10s
cues:
  - id: q
    at: 2
    question: Live?
    answers: ["Yes", "No"]
    correct: "Yes"
    for: 1s
    reveal: 0
"""
    path = program.write("show.yaml", sheet)
    process = program.start(path, "--endpoint-url", server.url, "--log", "log.jsonl")
    # It waits while the channel is off the air.
    server.wait_for(lambda calls: [c.status for c in calls].count(404) >= 2)
    assert not server.puts
    stream = Stream.now()
    server.set_stream(MAIN, stream)
    process.finish().ended(0)
    log = program.log().check()
    assert log.aligned["source"] == "stream"
    assert log.aligned["stream_id"] == stream.id
    assert log.aligned["uncertainty_us"] == 1_000_000
    start = stream.start.replace(tzinfo=None)
    assert microseconds(log.aligned["zero"]) == (
        (start - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)
    )
    assert log.one("stream_session")["start_time"] == log.aligned["zero"]
    assert_as_foretold(program, server, log, path)


def test_an_instant_after_the_streams_start(program, server):
    instant = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
    text = instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    _, log, sheet = play(program, server, SHORT, "--start", text)
    assert (log.aligned["source"], log.aligned["zero"]) == ("instant", text)
    assert_as_foretold(program, server, log, sheet)


def test_zero_follows_the_newest_start_until_a_cue_is_sent(program, server):
    """The encoder is started anew before the show begins: the first start was a test."""
    server.set_stream(MAIN, Stream.now())
    text = SHORT.replace("at: 0.3", "at: 8").replace("at: 0.6", "at: 8.3")
    path = program.write("show.yaml", text)
    process = program.start(path, "--endpoint-url", server.url, "--log", "log.jsonl")
    process.wait_for_log(program.path("log.jsonl"), lambda log: log.of("stream_aligned"))
    second = Stream.now(-1)
    server.set_stream(MAIN, second)
    process.finish().ended(0)
    log = program.log().check()
    assert len(log.of("stream_aligned")) == 2
    assert log.aligned["stream_id"] == second.id
    assert [e["stream_id"] for e in log.of("stream_session")][1:] == [second.id]
    assert_as_foretold(program, server, log, path)


LATE = f"""\
version: 1
channel: {MAIN}
late: 2s
cues:
  - {{id: past, at: 1, payload: {{n: 1}}}}
  - {{id: to-come, at: 64, payload: {{n: 2}}}}
"""


def test_a_show_that_has_begun_is_not_joined_unasked(program, server):
    result, log, _ = play(program, server, LATE, status=69)
    result.helps().says("has begun", "--join")
    assert not server.puts, "nothing is sent"
    assert {event["reason"] for event in log.of("cue_skipped")} == {"not_played"}
    assert log.finished["reason"] == "joining_late"


def test_join_plays_the_rest(program):
    with IVSServer(
        ivs_server.Credentials("AKIDJOIN", "the-secret-of-one-who-joins"), {MAIN: Stream.now(61)}
    ) as server:
        _, log, _ = play(program, server, LATE, "--join", credentials=server.credentials)
        server.assert_signed()
        assert [call.cue for call in server.taken] == ["to-come"]
        assert log.one("cue_skipped")["cue"] == "past"
        assert log.one("cue_skipped")["reason"] == "joined_late"
        sent = log.one("cue_sent")
        leaves = microseconds(sent["due"]) - sent["lead_us"]
        assert server.taken[0].arrived_us >= leaves - CLOCK_SLACK_US


# --- Trouble ------------------------------------------------------------------------------------


def test_throttled_once(program, server):
    server.script(ivs_server.throttled(), cue="a")
    _, log, sheet = play(program, server, SHORT, "--start", "now", "--late", "20s")
    failed = log.one("attempt_failed")
    assert (failed["cue"], failed["attempt"], failed["status"]) == ("a", 1, 429)
    assert failed["code"] == "ThrottlingException"
    assert failed["message"] == "Request was denied due to request throttling."
    assert failed["retry_in_us"] is not None
    assert log.one("cue_sent", cue="a")["attempts"] == 2
    assert log.one("cue_sent", cue="b")["attempts"] == 1
    assert_as_foretold(program, server, log, sheet)


def test_what_the_service_asks_to_wait_is_honoured(program, server):
    server.script(ivs_server.throttled(retry_after_ms=1500), cue="b")
    _, log, _ = play(program, server, SHORT, "--start", "now", "--late", "20s")
    assert log.one("attempt_failed")["retry_in_us"] >= 1_500_000
    first, second = (call.arrived_us for call in server.puts if call.cue == "b")
    assert second - first >= 1_500_000 - CLOCK_SLACK_US


@pytest.mark.parametrize("status", [500, 503])
def test_the_service_fails_twice(program, server, status):
    server.script(ivs_server.service_error(status), cue="a", times=2)
    result, log, sheet = play(program, server, SHORT, "--start", "now")
    assert [e["status"] for e in log.of("attempt_failed", cue="a")] == [status, status]
    assert log.one("cue_sent", cue="a")["attempts"] == 3
    assert_as_foretold(program, server, log, sheet)
    result.says("retry +a")


def test_a_lost_answer_is_asked_for_again(program, server):
    server.script(HangUp(), cue="a")
    _, log, _ = play(program, server, SHORT, "--start", "now")
    failed = log.one("attempt_failed", cue="a")
    assert failed["status"] is None and failed["retry_in_us"] is not None
    assert log.one("cue_sent", cue="a")["attempts"] == 2
    # Viewers may have got the first one: both are the same to the byte, so that they drop one.
    first, second = (call.metadata for call in server.puts if call.cue == "a")
    assert first == second
    server.assert_signed()


def test_an_answer_that_never_comes_leaves_the_cue_in_doubt(program, server):
    held = server.script(Held(), cue="a")
    result, log, _ = play(program, server, SHORT, "--start", "now", "--late", "1s", status=1)
    assert held.arrived.is_set()
    doubt = log.one("cue_in_doubt")
    assert (doubt["cue"], doubt["reason"]) == ("a", "no_answer")
    assert log.one("cue_sent")["cue"] == "b", "one cue's trouble is not another's"
    result.says("in doubt")


def test_a_slow_answer_counts_as_delivered(program, server):
    held = server.script(Held(), cue="a")
    path = program.write("show.yaml", SHORT)
    process = program.start(
        path, "--start", "now", "--endpoint-url", server.url, "--log", "log.jsonl"
    )
    assert held.arrived.wait(ivs_server.PATIENCE)
    # The next cue goes meanwhile.
    process.wait_for_log(program.path("log.jsonl"), lambda log: log.of("cue_sent", cue="b"))
    held.release()
    process.finish().ended(0)
    log = program.log().check()
    assert_as_foretold(program, server, log, path)


def test_refused_for_good(program, server):
    text = "User: arn:aws:iam::123456789012:user/tv is not authorized to perform: ivs:PutMetadata"
    server.script(ivs_server.denied(text), cue="a")
    result, log, _ = play(program, server, SHORT, "--start", "now", status=1)
    failed = log.one("cue_failed")
    assert (failed["cue"], failed["code"]) == ("a", "AccessDeniedException")
    assert failed["message"] == text and failed["attempts"] == 1
    assert [call.cue for call in server.puts] == ["a", "b"], "it is not tried again"
    assert log.one("attempt_failed")["retry_in_us"] is None
    assert text in result.err, "AWS's own words reach the user"


def test_a_failed_question_is_not_revealed(program, server):
    sheet = f"""\
version: 1
channel: {MAIN}
cues:
  - {{id: q, at: 0.3, question: Q?, answers: [A, B], correct: A, for: 0.5, reveal: 0.2, again: 0.2}}
  - {{id: end, at: 1.5, payload: {{n: 1}}}}
"""
    server.script(ivs_server.denied(), cue="q")
    _, log, _ = play(program, server, sheet, "--start", "now", status=1)
    assert [call.cue for call in server.puts] == ["q", "end"]
    assert log.one("cue_skipped", cue="q.reveal")["reason"] == "question_not_sent"


def test_the_stream_comes_back_within_the_budget(program, server):
    server.script(ivs_server.offline(), cue="a")
    _, log, sheet = play(program, server, SHORT, "--start", "now", "--late", "20s")
    failed = log.one("attempt_failed")
    assert (failed["cue"], failed["code"], failed["status"]) == ("a", "ChannelNotBroadcasting", 404)
    assert log.one("cue_sent", cue="a")["attempts"] == 2
    assert_as_foretold(program, server, log, sheet)


def test_the_stream_stays_away(program, server):
    server.script(ivs_server.offline(), cue="a", times=100)
    result, log, _ = play(program, server, SHORT, "--start", "now", "--late", "1s", status=1)
    missed = log.one("cue_missed")
    assert (missed["cue"], missed["reason"]) == ("a", "stream_offline")
    deadline = microseconds(missed["due"]) + 1_000_000
    last = [call for call in server.puts if call.cue == "a"][-1]
    # The budget is a promise to viewers; a send that was on its way at its end may still land.
    assert last.arrived_us <= deadline + 1_000_000
    result.says("off the air")


def test_one_channels_trouble_never_delays_another(program, server):
    sheet = f"""\
version: 1
channels: {{main: {MAIN}, es: {ES}}}
late: 2s
cues:
  - {{id: a, at: 0.3, payload: {{n: 1}}}}
  - {{id: b, at: 0.8, payload: {{n: 2}}}}
"""
    server.script(lambda call: ivs_server.offline() if call.channel == ES else None, times=100)
    _, log, _ = play(program, server, sheet, "--start", "now", status=1)
    assert {e["cue"]: e["attempts"] for e in log.of("cue_sent", channel="main")} == {"a": 1, "b": 1}
    assert {e["reason"] for e in log.of("cue_missed", channel="es")} == {"stream_offline"}


def test_the_channel_is_unknown_to_ivs(program, server):
    sheet = SHORT.replace(MAIN, MAIN + "gone")
    result, log, _ = play(program, server, sheet, "--start", "now", status=69)
    result.helps().says("knows no channel")
    assert log.finished["reason"] == "no_such_channel"
    assert not server.puts


def test_a_clock_that_is_wrong(program):
    """Only the time that is signed follows the service's clock; cues stay where they are."""
    ahead = datetime.timedelta(minutes=20)
    credentials = ivs_server.Credentials("AKIDCLOCK", "the-secret-of-a-slow-clock")
    with IVSServer(credentials, {MAIN: Stream.now(60)}, ahead=ahead) as server:
        _, log, _ = play(program, server, SHORT, "--start", "now", credentials=credentials)
        # Its clock is learnt from the first answer; everything after that is signed by it.
        assert not [call.problems for call in server.puts if call.problems]
        for event, call in zip(log.of("cue_sent"), server.taken, strict=True):
            leaves = microseconds(event["due"]) - event["lead_us"]
            assert call.arrived_us >= leaves - CLOCK_SLACK_US
            moment = datetime.datetime.now(datetime.timezone.utc)
            due = datetime.datetime.fromisoformat(event["due"].replace("Z", "+00:00"))
            assert abs(moment - due) < datetime.timedelta(minutes=5), "cues stay where they are"


STRANGE = {
    "not JSON": Answer(200, b"<html>", {"Content-Type": "text/html"}),
    "empty": Answer(200, b""),
    "another shape": Answer.of({"stream": []}),
    "no start": Answer.of({"stream": {"channelArn": MAIN, "streamId": "st-1", "state": "LIVE"}}),
    "redirect": Answer(307, b"", {"Location": "http://127.0.0.1:9/GetStream"}),
    "cut off": Answer(200, b'{"stream"', {"Content-Length": "500"}, cuts_off=True),
    "too long": Answer(200, b" " * 3_000_000),
    "an error in HTML": Answer(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_answer_to_get_stream(program, server, name):
    """What a proxy or a portal in between may say: the next look sees the stream."""
    server.script(STRANGE[name], operation="GetStream")
    _, log, sheet = play(program, server, SHORT, "--start", "stream", "--offset", "62s")
    assert_as_foretold(program, server, log, sheet, "--offset", "62s")


@pytest.mark.parametrize("name", ["cut off", "too long", "an error in HTML"])
def test_a_strange_answer_to_a_cue(program, server, name):
    server.script(STRANGE[name], cue="a")
    _, log, _ = play(program, server, SHORT, "--start", "now", status=None)
    # It was answered, so it may have been taken: it is sent again, or said to be in doubt.
    ending = log.endings()["a", "main"]
    assert ending["event"] in ("cue_sent", "cue_in_doubt")
    assert ending["attempts"] >= 2
    assert log.endings()["b", "main"]["event"] == "cue_sent"


def test_a_redirect_is_not_followed(program, server):
    """A signed cue goes where it was sent and nowhere else."""
    server.script(Answer(307, b"", {"Location": "/elsewhere"}), cue="a")
    _, log, _ = play(program, server, SHORT, "--start", "now", status=1)
    assert log.endings()["a", "main"]["event"] == "cue_failed"
    assert {call.operation for call in server.calls} == {"GetStream", "PutMetadata"}


def test_any_success_is_one(program, server):
    server.script(Answer(200, b"{}", {"Content-Type": "application/json"}), cue="a")
    _, log, _ = play(program, server, SHORT, "--start", "now")
    assert log.one("cue_sent", cue="a")["status"] == 200


def test_the_stream_goes_and_comes_back(program, server):
    """By default the show's clock runs on; the log tells what became of the stream."""
    text = SHORT.replace("at: 0.6", "at: 1h")
    path = program.write("show.yaml", text)
    log_path = program.path("log.jsonl")
    process = program.start(
        path, "--start", "now", "--endpoint-url", server.url, "--log", log_path
    )
    process.wait_for_log(log_path, lambda log: log.of("cue_sent"))
    first = server.channels[MAIN]
    server.set_stream(MAIN, None)
    process.wait_for_log(log_path, lambda log: log.of("stream_changed"))
    second = Stream.now()
    server.set_stream(MAIN, second)
    process.wait_for_log(log_path, lambda log: len(log.of("stream_changed")) == 2)
    process.signal(signal.SIGINT)
    process.finish().ended(130)
    log = program.log().check()
    went, came = log.of("stream_changed")
    assert (went["from"], went["to"]) == (first.id, None)
    assert (came["from"], came["to"]) == (None, second.id)
    assert [e["stream_id"] for e in log.of("stream_session")] == [first.id, second.id]
    assert len(log.of("stream_aligned")) == 1, "zero stays once a cue has been sent"


# --- TLS ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def tls_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return IVSServer(CREDENTIALS, {MAIN: Stream.now(60)}, tls=context)


@pytest.mark.parametrize("how", ["--ca-bundle", "AWS_CA_BUNDLE"])
def test_tls_with_an_authority_of_ones_own(program, authority, how):
    bundle = program.write("ca.pem", authority.cert_pem.bytes())
    options, env = ([how, bundle], {}) if how == "--ca-bundle" else ([], {how: bundle})
    with tls_server(authority.issue_cert("127.0.0.1")) as server:
        _, log, sheet = play(program, server, SHORT, "--start", "now", *options, env=env)
        assert_as_foretold(program, server, log, sheet)


def past():
    return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)


@pytest.mark.parametrize("case", ["unknown authority", "another host", "expired"])
def test_tls_that_is_not_to_be_trusted(program, authority, case):
    """No credential, no cue goes to whom a certificate does not vouch for; and it is said why."""
    bundle = program.write("ca.pem", authority.cert_pem.bytes())
    certificate = {
        "unknown authority": lambda: trustme.CA().issue_cert("127.0.0.1"),
        "another host": lambda: authority.issue_cert("ivs.example.com"),
        "expired": lambda: authority.issue_cert(
            "127.0.0.1", not_before=past() - datetime.timedelta(days=9), not_after=past()
        ),
    }[case]()
    with tls_server(certificate) as server:
        result, log, _ = play(
            program, server, SHORT, "--start", "now", "--wait", "1s", "--ca-bundle", bundle,
            status=69,
        )
        assert not server.calls
    result.helps().says("certificate")
    assert log.finished["reason"] == "unreachable"
