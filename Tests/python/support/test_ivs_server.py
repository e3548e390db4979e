"""The judge is judged: our stand-in for IVS takes what AWS's own client sends, and nothing else."""

import json

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

import ivs_server
from ivs_server import Call, Credentials, IVSServer, Stream
from program import CREDENTIALS, MAIN, WITH_TOKEN


def client(server, credentials, region="us-west-2"):
    return boto3.client(
        "ivs", region_name=region, endpoint_url=server.url,
        aws_access_key_id=credentials.key, aws_secret_access_key=credentials.secret,
        aws_session_token=credentials.token, config=Config(retries={"total_max_attempts": 1}),
    )


def test_a_request_that_boto3_sent_once():
    """A request of boto3 1.43.11 as it went over the wire, with the key of AWS's documents."""
    body = (
        b'{"channelArn": "arn:aws:ivs:us-west-2:123456789012:channel/AbCdEf123456", '
        b'"metadata": "{\\"cue\\":\\"q1\\",\\"t\\":12.5,\\"txt\\":\\"h\\u00e9llo\\"}"}'
    )
    headers = [
        ("Host", "127.0.0.1:5801"),
        ("Content-Type", "application/json"),
        ("X-Amz-Date", "20261120T220348Z"),
    ]
    canonical = ivs_server.canonical_request(
        "POST", "/PutMetadata", headers, ["content-type", "host", "x-amz-date"], body
    )
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    assert ivs_server.signature(secret, "20261120T220348Z", "us-west-2", "ivs", canonical) == (
        "3a2f4536413e079a4757b03c60dde3e03625586347f51d2867dfbc1f06abbca1"
    )


def test_the_get_vanilla_case_of_the_official_suite():
    """From AWS's own signing test suite (awslabs/aws-c-auth, tests/aws-signing-test-suite/v4)."""
    headers = [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")]
    canonical = ivs_server.canonical_request("GET", "/", headers, ["host", "x-amz-date"], b"")
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    given = ivs_server.signature(secret, "20150830T123600Z", "us-east-1", "service", canonical)
    assert given == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"


@pytest.mark.parametrize("credentials", [CREDENTIALS, WITH_TOKEN], ids=["keys", "token"])
def test_boto3_is_taken(credentials):
    with IVSServer(credentials, {MAIN: Stream.now()}) as server:
        ivs = client(server, credentials)
        ivs.put_metadata(channelArn=MAIN, metadata=json.dumps({"cue": "héllo 空"}))
        assert ivs.insert_ad_break(channelArn=MAIN, durationSeconds=15)["adBreakId"]
        assert ivs.get_stream(channelArn=MAIN)["stream"]["state"] == "LIVE"
        assert ivs.list_streams()["streams"][0]["channelArn"] == MAIN
        assert ivs.get_channel(arn=MAIN)["channel"]["arn"] == MAIN
        server.assert_signed()
        assert len(server.calls) == 5
        assert server.puts[0].cue == "héllo 空"


@pytest.mark.parametrize(
    ("given", "region", "problem"),
    [
        (Credentials("AKIDANOTHER", CREDENTIALS.secret), "us-west-2", "access key id"),
        (Credentials(CREDENTIALS.key, "another"), "us-west-2", "not the one of this request"),
        (Credentials(CREDENTIALS.key, CREDENTIALS.secret, "t"), "us-west-2", "security token"),
        (CREDENTIALS, "eu-west-1", "scope's region"),
    ],
)
def test_what_is_wrong_is_refused(given, region, problem):
    with IVSServer(CREDENTIALS, {MAIN: Stream.now()}) as server:
        with pytest.raises(botocore.exceptions.ClientError):
            client(server, given, region).put_metadata(channelArn=MAIN, metadata="x")
        assert any(problem in found for found in server.calls[0].problems)


def test_a_changed_body_is_seen():
    with IVSServer(CREDENTIALS, {MAIN: Stream.now()}) as server:
        client(server, CREDENTIALS).put_metadata(channelArn=MAIN, metadata="x")
        call = server.calls[0]
        changed = Call(
            call.method, call.target, call.headers, call.body.replace(b'"x"', b'"y"'),
            call.arrived_us, call.connection,
        )
        assert not ivs_server.signature_problems(call, CREDENTIALS, "us-west-2")
        assert ivs_server.signature_problems(changed, CREDENTIALS, "us-west-2")
