"""The stage under AWS's own clients: what works against it works against IVS, and what IVS refuses
it refuses in IVS's words."""

import concurrent.futures
import datetime
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse

import boto3
import botocore.auth
import botocore.credentials
import botocore.exceptions
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from program import CREDENTIALS
from run_log import RunLog

LIVE = "arn:aws:ivs:us-west-2:123456789012:channel/OnAir123456"
OFFLINE = "arn:aws:ivs:us-west-2:123456789012:channel/OffAir12345"
UNKNOWN = "arn:aws:ivs:us-west-2:123456789012:channel/Nobody12345"


@pytest.fixture
def on_air(stage):
    return stage("--channel", LIVE, "--offline-channel", OFFLINE)


def client(stage, key=None, secret=None, region=None, token=None):
    # One attempt: what is refused is to be seen, not repeated.
    return boto3.client(
        "ivs", endpoint_url=stage.url, region_name=region or stage.region,
        aws_access_key_id=key or stage.key, aws_secret_access_key=secret or stage.secret,
        aws_session_token=token, config=Config(retries={"total_max_attempts": 1}),
    )


def refused(call, *args, **options):
    """(status, code, message) of a call that must be refused."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(*args, **options)
    answer = caught.value.response
    message = answer.get("exceptionMessage") or answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["RequestId"], "AWS names every request"
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], message


# --- What it prints -----------------------------------------------------------------------------


def test_it_prints_what_a_client_needs(stage):
    running = stage()
    assert re.match(r"http://127\.0\.0\.1:\d+$", running.url)
    assert running.channel.startswith("arn:aws:ivs:")
    assert running.url in running.text.splitlines()[0]
    # The lines are for a shell: `eval "$(…)"` would take them.
    shell = subprocess.run(
        ["sh", "-c", 'eval "$1"; echo "$AWS_ENDPOINT_URL_IVS $CHANNEL_ARN"', "sh", running.text],
        capture_output=True, text=True, check=True,
    )
    assert shell.stdout == f"{running.url} {running.channel}\n"


def test_two_stages_have_secrets_of_their_own(stage):
    first, second = stage(), stage()
    assert first.url != second.url
    assert first.secret != second.secret and first.key != second.key


def test_it_takes_a_port_once(stage, program):
    port = urllib.parse.urlsplit(stage().url).port
    result = program.run("stage", "--port", str(port), credentials=None).ended(69)
    result.helps().says(str(port))


def test_it_ends_by_ctrl_c(program):
    process = program.start("stage", credentials=None)
    process.wait_for(r"^export CHANNEL_ARN=", "out")
    process.signal(signal.SIGINT)
    process.finish().ended(130)


# --- boto3 --------------------------------------------------------------------------------------


def test_boto3_put_metadata(on_air):
    ivs = client(on_air)
    for text in ("x", "plain", json.dumps({"cue": "q1", "text": "naïve 空 🎬"}), "é" * 512):
        answer = ivs.put_metadata(channelArn=LIVE, metadata=text)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert answer["ResponseMetadata"]["RequestId"]


def test_boto3_get_stream(on_air):
    before = datetime.datetime.now(datetime.timezone.utc)
    stream = client(on_air).get_stream(channelArn=LIVE)["stream"]
    assert stream["channelArn"] == LIVE
    assert stream["state"] == "LIVE" and stream["health"] == "HEALTHY"
    assert re.fullmatch(r"st-[A-Za-z0-9]{23}", stream["streamId"])
    assert stream["startTime"] <= before and stream["startTime"].microsecond == 0
    assert isinstance(stream["viewerCount"], int)
    assert client(on_air).get_stream(channelArn=LIVE)["stream"]["streamId"] == stream["streamId"]


def test_boto3_list_streams(stage):
    arns = [f"arn:aws:ivs:us-west-2:123456789012:channel/Number{n:06}" for n in range(3)]
    running = stage(*(word for arn in arns for word in ("--channel", arn)),
                    "--offline-channel", OFFLINE)
    ivs = client(running)
    listed = ivs.list_streams()
    assert [stream["channelArn"] for stream in listed["streams"]] == arns, "the live ones only"
    assert "nextToken" not in listed
    pages = ivs.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 2})
    paged = [[stream["channelArn"] for stream in page["streams"]] for page in pages]
    assert paged == [arns[:2], arns[2:]]
    assert ivs.list_streams(filterBy={"health": "STARVING"})["streams"] == []


def test_boto3_get_channel(on_air):
    ivs = client(on_air)
    for arn in (LIVE, OFFLINE):
        channel = ivs.get_channel(arn=arn)["channel"]
        assert channel["arn"] == arn and channel["latencyMode"] == "LOW"


def test_boto3_insert_ad_break(on_air):
    ivs = client(on_air)
    first = ivs.insert_ad_break(channelArn=LIVE, durationSeconds=15)
    second = ivs.insert_ad_break(channelArn=LIVE, durationSeconds=300)
    assert re.fullmatch(r"\S{12}", first["adBreakId"])
    assert first["adBreakId"] != second["adBreakId"]


def test_the_stage_tells_of_each_call(on_air):
    client(on_air).put_metadata(channelArn=LIVE, metadata="four")
    on_air.process.wait_for("PutMetadata.*OnAir123456.*204")
    refused(client(on_air).put_metadata, channelArn=OFFLINE, metadata="x")
    on_air.process.wait_for("PutMetadata.*OffAir12345.*404.*ChannelNotBroadcasting")


# --- What is refused ----------------------------------------------------------------------------


def test_the_channel_is_offline(on_air):
    ivs = client(on_air)
    for call, options in [
        (ivs.put_metadata, {"metadata": "x"}),
        (ivs.get_stream, {}),
        (ivs.insert_ad_break, {"durationSeconds": 5}),
    ]:
        status, code, message = refused(call, channelArn=OFFLINE, **options)
        assert (status, code) == (404, "ChannelNotBroadcasting")
        assert message, "IVS says it in exceptionMessage"


def test_the_channel_is_unknown(on_air):
    ivs = client(on_air)
    for call, options in [
        (ivs.put_metadata, {"channelArn": UNKNOWN, "metadata": "x"}),
        (ivs.get_stream, {"channelArn": UNKNOWN}),
        (ivs.get_channel, {"arn": UNKNOWN}),
        (ivs.insert_ad_break, {"channelArn": UNKNOWN, "durationSeconds": 5}),
    ]:
        status, code, message = refused(call, **options)
        assert (status, code) == (404, "ResourceNotFoundException") and message


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("x" * 1024, True),
        ("x" * 1025, False),
        ("é" * 512, True),
        ("é" * 512 + "x", False),
        ("🎬" * 256, True),
        ("🎬" * 257, False),
        # What counts is the text, not the escapes that it takes in JSON.
        ('"' * 1024, True),
        ("\x01" * 1024, True),
        ("\x01" * 1025, False),
    ],
    ids=["1024", "1025", "1024-in-2s", "1025-in-2s", "1024-in-4s", "1028-in-4s", "1024-quotes",
         "1024-controls", "1025-controls"],
)
def test_the_size_of_metadata(on_air, text, is_taken):
    ivs = client(on_air)
    if is_taken:
        ivs.put_metadata(channelArn=LIVE, metadata=text)
    else:
        status, code, message = refused(ivs.put_metadata, channelArn=LIVE, metadata=text)
        assert (status, code) == (400, "ValidationException") and message


def test_empty_metadata(on_air):
    # boto3 would refuse it by itself.
    ivs = boto3.client(
        "ivs", endpoint_url=on_air.url, region_name=on_air.region, aws_access_key_id=on_air.key,
        aws_secret_access_key=on_air.secret,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )
    assert refused(ivs.put_metadata, channelArn=LIVE, metadata="")[:2] == (
        400, "ValidationException"
    )


@pytest.mark.parametrize("seconds", [0, 301, -1])
def test_the_length_of_an_ad_break(on_air, seconds):
    answer = send(on_air, "InsertAdBreak", {"channelArn": LIVE, "durationSeconds": seconds})
    assert answer.error == (400, "ValidationException")


def test_the_sixth_within_a_second_is_throttled(on_air):
    ivs = client(on_air)
    ivs.get_channel(arn=LIVE)

    def put(_):
        try:
            ivs.put_metadata(channelArn=LIVE, metadata="x")
            return 204, None
        except botocore.exceptions.ClientError as error:
            answer = error.response
            return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]

    # A machine that is slow enough stretches any number of calls over more than a second. So they
    # are held against the time that they took, and made again where that was too long.
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        for _ in range(20):
            start = time.monotonic()
            answers = list(pool.map(put, range(12)))
            seconds = int(time.monotonic() - start) + 1
            taken = answers.count((204, None))
            assert taken <= 5 * seconds
            if taken < 12:
                break
    assert set(answers) - {(204, None)} == {(429, "ThrottlingException")}


# --- Signatures ---------------------------------------------------------------------------------


def test_a_wrong_secret(on_air):
    status, code, message = refused(
        client(on_air, secret="not-the-secret").put_metadata, channelArn=LIVE, metadata="x"
    )
    # AWS's gateway in front of its JSON services; botocore reads `message`.
    assert (status, code) == (403, "InvalidSignatureException")
    assert "signature" in message and on_air.secret not in message


def test_an_unknown_key(on_air):
    status, code, message = refused(
        client(on_air, key="AKIANOBODY").put_metadata, channelArn=LIVE, metadata="x"
    )
    assert (status, code) == (403, "UnrecognizedClientException")
    assert message == "The security token included in the request is invalid."


def test_a_token_that_it_never_gave(on_air):
    call = client(on_air, token="some-token").put_metadata
    assert refused(call, channelArn=LIVE, metadata="x")[:2] == (
        403, "UnrecognizedClientException"
    )


def test_another_regions_scope(on_air):
    call = client(on_air, region="eu-west-1").put_metadata
    assert refused(call, channelArn=LIVE, metadata="x")[:2] == (403, "InvalidSignatureException")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.status, self.headers["x-amzn-ErrorType"]


def raw(stage, method, target, headers, body=b""):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(stage.url).netloc, timeout=30)
    try:
        connection.request(method, target, body, headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def signed(stage, operation, body, *, service="ivs", region=None, at=None, method="POST",
           headers=()):
    """Headers as botocore signs them, with any clock and scope."""
    request = AWSRequest(
        method, f"{stage.url}/{operation}", {"Content-Type": "application/json", **dict(headers)},
        body,
    )
    request.context["timestamp"] = None
    credentials = botocore.credentials.Credentials(stage.key, stage.secret)
    signer = botocore.auth.SigV4Auth(credentials, service, region or stage.region)
    now = at or datetime.datetime.now(datetime.timezone.utc)
    with pytest.MonkeyPatch.context() as patch:
        # botocore reads its clock by this name.
        patch.setattr(botocore.auth, "get_current_datetime", lambda *_: now.replace(tzinfo=None))
        signer.add_auth(request)
    return dict(request.headers.items())


def send(stage, operation, value, body=None, **options):
    body = json.dumps(value).encode() if body is None else body
    return raw(stage, "POST", "/" + operation, signed(stage, operation, body, **options), body)


PUT = {"channelArn": LIVE, "metadata": "x"}


def test_signing_by_hand_is_taken(on_air):
    assert send(on_air, "PutMetadata", PUT).status == 204


@pytest.mark.parametrize("minutes", [-16, 16, -24 * 60])
def test_a_date_too_far_away(on_air, minutes):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    answer = send(on_air, "PutMetadata", PUT, at=at)
    assert answer.error == (403, "InvalidSignatureException")
    wanted = "Signature expired" if minutes < 0 else "Signature not yet current"
    assert answer.json["message"].startswith(wanted)


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_date_near_enough(on_air, minutes):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    assert send(on_air, "PutMetadata", PUT, at=at).status == 204


def test_a_tampered_body(on_air):
    body = json.dumps(PUT).encode()
    headers = signed(on_air, "PutMetadata", body)
    answer = raw(on_air, "POST", "/PutMetadata", headers, body.replace(b'"x"', b'"y"'))
    assert answer.error == (403, "InvalidSignatureException")


def test_another_path_than_the_signed(on_air):
    body = json.dumps(PUT).encode()
    headers = signed(on_air, "GetStream", body)
    assert raw(on_air, "POST", "/PutMetadata", headers, body).error == (
        403, "InvalidSignatureException"
    )


def test_a_signed_header_that_was_changed(on_air):
    body = json.dumps(PUT).encode()
    headers = signed(on_air, "PutMetadata", body)
    headers["Content-Type"] = "text/plain"
    assert raw(on_air, "POST", "/PutMetadata", headers, body).status == 403


def test_an_unsigned_request(on_air):
    answer = raw(on_air, "POST", "/PutMetadata", {"Content-Type": "application/json"},
                 json.dumps(PUT).encode())
    assert answer.error == (403, "MissingAuthenticationTokenException")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"service": "ivschat"}, "InvalidSignatureException"),
        ({"service": "s3"}, "InvalidSignatureException"),
        ({"region": "us-east-1"}, "InvalidSignatureException"),
    ],
    ids=str,
)
def test_another_scope(on_air, options, code):
    assert send(on_air, "PutMetadata", PUT, **options).error == (403, code)


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h | {"Authorization": "Bearer token"},
        lambda h: h | {"Authorization": h["Authorization"].split(", Signature=")[0]},
        lambda h: h | {"Authorization": h["Authorization"].replace("aws4_request", "aws5")},
        lambda h: h | {"Authorization": ""},
        lambda h: h | {"X-Amz-Date": "yesterday"},
        lambda h: {name: value for name, value in h.items() if name != "X-Amz-Date"},
        lambda h: h | {"Authorization": h["Authorization"].replace("host;", "")},
    ],
    ids=["bearer", "no signature", "scope", "empty", "bad date", "no date", "host not signed"],
)
def test_a_broken_authorization(on_air, change):
    body = json.dumps(PUT).encode()
    answer = raw(on_air, "POST", "/PutMetadata", change(signed(on_air, "PutMetadata", body)), body)
    status, code = answer.error
    assert status in (400, 403) and code
    assert answer.json["message"]


# --- HTTP ---------------------------------------------------------------------------------------


def test_the_shape_of_a_success(on_air):
    put = send(on_air, "PutMetadata", PUT)
    assert (put.status, put.body) == (204, b"")
    assert put.headers["content-length"] in (None, "0")
    assert re.fullmatch(r"[0-9a-f-]{36}", put.headers["x-amzn-RequestId"])
    assert put.headers["x-amzn-ErrorType"] is None
    # Clients set their clocks by it.
    date = datetime.datetime.strptime(put.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT")
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    assert abs(now - date) < datetime.timedelta(minutes=1)
    again = send(on_air, "PutMetadata", PUT)
    assert again.headers["x-amzn-RequestId"] != put.headers["x-amzn-RequestId"]

    got = send(on_air, "GetStream", {"channelArn": LIVE})
    assert got.status == 200
    assert got.headers["Content-Type"] == "application/json"
    assert list(got.json) == ["stream"]
    assert {"channelArn", "streamId", "startTime", "state", "health", "viewerCount"} <= set(
        got.json["stream"]
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", got.json["stream"]["startTime"])


def test_the_shape_of_an_error(on_air):
    answer = send(on_air, "PutMetadata", PUT | {"channelArn": OFFLINE})
    assert answer.error == (404, "ChannelNotBroadcasting")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["x-amzn-RequestId"]
    assert list(answer.json) == ["exceptionMessage"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b"null", b"{}", b"\xff\xfe", b'{"channelArn": 1, "metadata": 2}',
     b'{"channelArn": null, "metadata": "x"}', b'{"channelArn": "' + LIVE.encode() + b'"}',
     b'{"channelArn": "main", "metadata": "x"}',
     b'{"channelArn": "' + LIVE.encode() + b'", "metadata": "\xff"}',
     b'{"channelArn": "' + LIVE.encode() + b'", "metadata": "\\ud800"}',
     b"[" * 10_000],
    ids=lambda body: repr(body[:40]),
)
def test_a_body_that_is_no_request(on_air, body):
    answer = send(on_air, "PutMetadata", None, body=body)
    assert answer.status == 400
    assert answer.headers["x-amzn-ErrorType"] in ("ValidationException", "SerializationException")
    # It lives on.
    assert send(on_air, "PutMetadata", PUT).status == 204


def test_unknown_members_are_ignored(on_air):
    assert send(on_air, "PutMetadata", PUT | {"newMember": {"a": [1]}}).status == 204


@pytest.mark.parametrize(("method", "target"), [
    ("POST", "/"), ("GET", "/PutMetadata"), ("POST", "/putmetadata"),
    ("POST", "/CreateChannel"), ("DELETE", "/PutMetadata"), ("POST", "/PutMetadata/"),
])
def test_what_is_no_operation(on_air, method, target):
    body = json.dumps(PUT).encode()
    answer = raw(
        on_air, method, target, signed(on_air, target[1:], body, method=method), body
    )
    assert answer.status in (403, 404, 405)
    assert send(on_air, "PutMetadata", PUT).status == 204


def test_a_huge_body_is_refused(on_air):
    body = json.dumps(PUT | {"metadata": "x" * 5_000_000}).encode()
    try:
        answer = send(on_air, "PutMetadata", None, body=body)
    except (ConnectionError, http.client.RemoteDisconnected):
        # It may hang up before all of it has come.
        pass
    else:
        assert answer.status in (400, 413)
    assert send(on_air, "PutMetadata", PUT).status == 204


def test_a_connection_is_kept(on_air):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(on_air.url).netloc, timeout=30)
    body = json.dumps(PUT).encode()
    sockets = set()
    bad = json.dumps(PUT | {"channelArn": OFFLINE}).encode()
    for sent, status in [(body, 204), (bad, 404), (body, 204), (b"{", 400), (body, 204)]:
        connection.request("POST", "/PutMetadata", sent, signed(on_air, "PutMetadata", sent))
        response = connection.getresponse()
        response.read()
        assert response.status == status
        sockets.add(connection.sock.getsockname())
    connection.close()
    assert len(sockets) == 1


# --- The AWS CLI --------------------------------------------------------------------------------


def aws(stage, tmp_path, *args, secret=None):
    """The AWS CLI with the lines that the stage printed."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8",
        "AWS_MAX_ATTEMPTS": "1", "AWS_EC2_METADATA_DISABLED": "true", **stage.exports,
    }
    del environment["AWS_ENDPOINT_URL_IVS"]
    if secret:
        environment["AWS_SECRET_ACCESS_KEY"] = secret
    return subprocess.run(
        [sys.executable, "-m", "awscli", "ivs", *args, "--endpoint-url", stage.url],
        env=environment, capture_output=True, text=True, timeout=120,
    )


def test_the_aws_cli(on_air, tmp_path):
    put = aws(on_air, tmp_path, "put-metadata", "--channel-arn", LIVE, "--metadata", "café 空")
    assert (put.returncode, put.stdout, put.stderr) == (0, "", "")
    on_air.process.wait_for(r"PutMetadata.*204.*9 bytes")
    stream = aws(on_air, tmp_path, "get-stream", "--channel-arn", LIVE)
    assert json.loads(stream.stdout)["stream"]["state"] == "LIVE"
    streams = aws(on_air, tmp_path, "list-streams")
    assert [s["channelArn"] for s in json.loads(streams.stdout)["streams"]] == [LIVE]
    channel = aws(on_air, tmp_path, "get-channel", "--arn", OFFLINE)
    assert json.loads(channel.stdout)["channel"]["arn"] == OFFLINE
    ad_break = aws(
        on_air, tmp_path, "insert-ad-break", "--channel-arn", LIVE, "--duration-seconds", "30"
    )
    assert len(json.loads(ad_break.stdout)["adBreakId"]) == 12


def test_the_aws_cli_is_refused(on_air, tmp_path):
    put = ("put-metadata", "--metadata", "x", "--channel-arn")
    for arn, secret, code in [
        (OFFLINE, None, "ChannelNotBroadcasting"),
        (UNKNOWN, None, "ResourceNotFoundException"),
        (LIVE, "wrong", "InvalidSignatureException"),
    ]:
        result = aws(on_air, tmp_path, *put, arn, secret=secret)
        assert result.returncode == 255
        assert f"({code})" in result.stderr


# --- cue-runner itself on a stage ---------------------------------------------------------------


def test_a_run_on_a_stage(on_air, program):
    sheet = program.write(
        "show.yaml",
        f"version: 1\nchannel: {LIVE}\nstart: now\ncues:\n"
        "  - {id: a, at: 0.2, payload: {n: 1}}\n",
    )
    program.run(
        sheet, "--log", "log.jsonl", credentials=on_air.credentials,
        env={"AWS_ENDPOINT_URL_IVS": on_air.url},
    ).ended(0)
    assert program.log().check().one("cue_sent")["cue"] == "a"
    on_air.process.wait_for("PutMetadata OnAir123456 204")


# --- rehearse -----------------------------------------------------------------------------------


def rehearse(program, repository, name):
    # No credentials: there are none to be had.
    return program.start(
        "rehearse", repository / "cues" / name, "--speed", "60", "--log", "log.jsonl",
        credentials=None,
    )


def test_rehearse_the_trivia_night(program, repository):
    result = rehearse(program, repository, "trivia-night.yaml").finish().ended(0)
    log = program.log().check()
    assert log.started["mode"] == "rehearsal"
    assert log.started["options"]["speed"] in ("60", "60.0")
    sent = [event["cue"] for event in log.of("cue_sent")]
    questions = [f"q{n}" for n in range(1, 6)]
    assert sorted(sent) == sorted(
        ["welcome", "sponsor", "goodbye", *questions, *(q + ".reveal" for q in questions)]
    )
    assert len(log.of("cue_repeated")) == log.finished["counts"]["repeated"] >= 1
    # A payload states the moment that its cue would have had, and not one of the fast clock.
    zero = "stream=" + log.aligned["zero"]
    listed = program.run(
        "timeline", repository / "cues" / "trivia-night.yaml", "--start", zero,
        "--run", log.started["run"], "--format", "json", credentials=None,
    ).ended(0)
    wanted = {row["cue"]: row["metadata"] for row in json.loads(listed.out)}
    got = {event["cue"]: event["metadata"] for event in log.of("cue_sent")}
    # A question that left late, as the fast clock counts it, makes its reveal as late.
    for cue in wanted:
        if not cue.endswith(".reveal"):
            assert got[cue] == wanted[cue]
    reveals = {
        event["cue"]: json.loads(event["metadata"])["answer"]
        for event in log.of("cue_sent") if event["cue"].endswith(".reveal")
    }
    assert reveals == {
        "q1.reveal": "Saturn", "q2.reveal": "206", "q3.reveal": "Rhubarb", "q4.reveal": "Sky",
        "q5.reveal": "The fax machine",
    }
    result.says("13 delivered", "0 missed")


def test_rehearse_the_product_launch(program, repository):
    rehearse(program, repository, "product-launch.yaml").finish().ended(0)
    log = program.log().check()
    assert set(log.arns) == {"main", "es"}
    endings = {key: event["event"] for key, event in log.endings().items()}
    assert endings["title", "main"] == endings["title", "es"] == "cue_sent"
    assert endings["chaqueta", "es"] == "cue_sent" and ("chaqueta", "main") not in endings
    assert log.one("cue_sent", cue="break", channel="main")["ad_break_seconds"] == 15
    # Nobody is there to call it.
    for cue in ("encore", "encore-price"):
        for channel in ("main", "es"):
            assert endings[cue, channel] == "cue_skipped"


def test_rehearse_the_classic_until_interrupted(program, repository):
    process = rehearse(program, repository, "classic-facts.yaml")
    process.wait_for_log(program.path("log.jsonl"), lambda log: len(log.of("cue_sent")) >= 3)
    process.signal(signal.SIGINT)
    process.finish().ended(130)
    log = program.log().check()
    assert log.finished["exit"] == 130
    assert [e["cue"] for e in log.of("cue_sent")][:3] == ["fact#1", "fact#2", "fact#3"]
    facts = (repository / "cues" / "facts.txt").read_text().splitlines()
    for event in log.of("cue_sent"):
        assert json.loads(event["metadata"])["question"] in facts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("phase", ["waiting", "running"])
def test_a_rehearsal_ends_by_a_signal(program, number, phase):
    start = "2126-01-01T00:00:00Z" if phase == "waiting" else "now"
    sheet = program.write(
        "show.yaml", f"version: 1\nchannel: {LIVE}\ncues:\n"
        "  - {id: a, at: 0.1, payload: {n: 1}}\n  - {id: b, at: 5h, payload: {n: 2}}\n",
    )
    process = program.start(
        "rehearse", sheet, "--start", start, "--log", "log.jsonl", credentials=None
    )
    event = "stream_session" if phase == "waiting" else "cue_sent"
    process.wait_for_log(program.path("log.jsonl"), lambda log: log.of(event))
    process.signal(number)
    process.finish().ended(128 + number)
    assert program.log().check().finished["exit"] == 128 + number


def test_a_rehearsed_burst_is_delivered(program):
    """The limits of the show and of its stage run faster together, and a burst drains."""
    cues = "".join(f"  - {{id: c{n}, at: 10, payload: {{n: {n}}}}}\n" for n in range(12))
    sheet = program.write("show.yaml", f"version: 1\nchannel: {LIVE}\nlate: any\ncues:\n{cues}")
    program.run(
        "rehearse", sheet, "--speed", "60", "--log", "log.jsonl", credentials=None
    ).ended(0)
    log = program.log().check()
    assert len(log.of("cue_sent")) == 12
    # Sixty times faster, a stall of milliseconds is enough to be throttled; by nothing else.
    assert {event["code"] for event in log.of("attempt_failed")} <= {"ThrottlingException"}


@pytest.mark.parametrize("env", [
    {"AWS_PROFILE": "no-such-profile"},
    {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ENDPOINT_URL_IVS": "http://127.0.0.1:9"},
    {"AWS_CA_BUNDLE": "/nonexistent.pem"},
    {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"},
    {"AWS_ACCESS_KEY_ID": CREDENTIALS.key, "AWS_SECRET_ACCESS_KEY": CREDENTIALS.secret,
     "AWS_SESSION_TOKEN": "a-token"},
], ids=lambda env: next(iter(env)))
def test_a_rehearsal_reads_nothing_of_the_account(program, env):
    program.write("home/config", "[default]\nendpoint_url = http://127.0.0.1:9\n")
    sheet = program.write(
        "show.yaml",
        f"version: 1\nchannel: {LIVE}\ncues:\n  - {{id: a, at: 5, payload: {{n: 1}}}}\n",
    )
    result = program.run(
        "rehearse", sheet, "--speed", "100", "--log", "log.jsonl", credentials=None, env=env
    ).ended(0)
    program.log().check().one("cue_sent")
    for secret in (CREDENTIALS.key, CREDENTIALS.secret, "a-token"):
        assert secret not in result.out + result.err + program.log().text


def test_a_rehearsal_of_standard_input(program):
    text = f"version: 1\nchannel: {LIVE}\ncues:\n  - {{id: a, at: 2, payload: {{n: 1}}}}\n"
    program.run("rehearse", "-", "--speed", "100", "--log", "log.jsonl", text=text).ended(0)
    program.log().check().one("cue_sent")


def test_the_same_seed_draws_the_same(program, repository):
    """A log's run and seed foretell what `timeline` prints."""
    program.write("facts.txt", (repository / "cues" / "facts.txt").read_text())
    sheet = program.write(
        "show.yaml",
        f"version: 1\nchannel: {LIVE}\nseed: evening\ncues:\n"
        "  - id: f\n    at: 1\n    repeat: {every: 2s, times: 5}\n    draw: {x: facts.txt}\n"
        "    payload: {f: '${x}'}\n",
    )
    drawn = []
    for name in ("one.jsonl", "two.jsonl"):
        program.run("rehearse", sheet, "--speed", "60", "--log", name).ended(0)
        log = RunLog(program.directory / name).check()
        assert log.started["seed"] == "evening"
        drawn.append([json.loads(e["metadata"])["f"] for e in log.of("cue_sent")])
    assert drawn[0] == drawn[1] and len(drawn[0]) == 5
