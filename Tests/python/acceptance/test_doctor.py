"""`cue-runner doctor`: what would fail tonight, each line with what to do."""

import datetime
import json
import re

import pytest

import ivs_server
from aws_fixtures import moto, sts, watched  # noqa: F401  (fixtures)
from aws_servers import IAM
from ivs_server import Credentials, IVSServer, Stream
from program import CREDENTIALS, ES, MAIN

NOWHERE = "http://127.0.0.1:1"
SHEET = f"""\
version: 1
channel: {MAIN}
cues:
  - {{id: a, at: 1, payload: {{n: 1}}}}
"""


@pytest.fixture
def iam():
    with IAM() as server:
        yield server


def examine(program, server, *args, sts=None, iam=None, **env):
    env = {
        "AWS_ENDPOINT_URL_IVS": server.url if server else NOWHERE,
        "AWS_ENDPOINT_URL_STS": sts.url if sts else NOWHERE,
        "AWS_ENDPOINT_URL_IAM": iam.url if iam else NOWHERE,
    } | env
    return program.doctor(*args, env=env)


def test_all_is_well(watched, server, sts, iam):
    path = watched.write("show.yaml", SHEET)
    found = examine(watched, server, path, sts=sts, iam=iam)
    # The account is moto's, and the channel's.
    statuses = {name: check["status"] for name, check in found.checks.items()}
    # A busy machine is rightly warned of its jitter.
    assert statuses.pop("service") in ("pass", "warn")
    assert statuses == {
        "sheet": "pass", "region": "pass", "endpoint": "pass", "network": "pass",
        "credentials": "pass", "identity": "pass", "clock": "pass", "channel main": "pass",
        "permission": "pass", "retries": "pass",
    }
    assert found.exit == 0
    credentials = found["credentials"]
    assert credentials["source"] == "environment"
    assert credentials["key_id_ends"] == CREDENTIALS.key[-4:]
    assert CREDENTIALS.key not in found.result.out
    assert found["identity"]["account"] == "123456789012"
    region = found["region"]
    assert (region["region"], region["source"]) == ("us-west-2", "the channel's ARN")
    assert found["endpoint"]["source"] == "AWS_ENDPOINT_URL_IVS"
    assert found["service"]["round_trip_us"] > 0 and found["service"]["jitter_us"] >= 0
    assert abs(found["clock"]["behind_us"]) <= found["clock"]["uncertainty_us"]
    assert found["channel main"]["stream_id"].startswith("st-")
    assert found["permission"]["allowed"] is True
    form = iam.requests[0].form
    assert form["ActionNames.member.1"] == "ivs:PutMetadata"
    assert form["ResourceArns.member.1"] == MAIN
    assert form["PolicySourceArn"] == found["identity"]["arn"]
    # Nothing was sent to viewers.
    assert {call.operation for call in server.calls} == {"GetStream"}
    server.assert_signed()


def steady(text):
    """Without the warning of jitter, which a busy machine is rightly given."""
    return re.sub(r"warn  service .*\n +→ .*\n", "", text)


def test_the_text(watched, server, sts, iam):
    path = watched.write("show.yaml", SHEET)
    env = {
        "AWS_ENDPOINT_URL_IVS": server.url, "AWS_ENDPOINT_URL_STS": sts.url,
        "AWS_ENDPOINT_URL_IAM": iam.url,
    }
    result = watched.run("doctor", path, env=env).ended(0)
    lines = steady(result.out).splitlines()
    assert all(re.match(r"(pass|warn|fail)  \w", line) for line in lines), result.out
    assert f"key …{CREDENTIALS.key[-4:]}" in result.out
    quiet = watched.run("doctor", path, "--quiet", env=env).ended(0)
    assert steady(quiet.out) == ""
    # What is not in order has what to do below it.
    server.set_stream(MAIN, None)
    warned = watched.run("doctor", path, "--quiet", env=env).ended(0)
    wanted = r"warn  channel main  off the air\n +→ start the broadcast.*\n"
    assert re.fullmatch(wanted, steady(warned.out))


def test_without_a_sheet(watched, server, sts):
    found = examine(watched, server, sts=sts, AWS_REGION="us-west-2")
    assert found.exit == 0
    assert found["region"]["source"] == "AWS_REGION"
    assert "permission" not in found
    assert {call.operation for call in server.calls} == {"ListStreams"}


def test_a_channel_that_is_off_the_air(watched, server, sts, iam):
    server.set_stream(MAIN, None)
    found = examine(watched, server, "--channel", MAIN, sts=sts, iam=iam)
    assert found["channel Main12345"]["status"] == "warn" and found.exit == 0
    assert found["channel Main12345"]["live"] is False


def test_a_channel_that_is_not_there(watched, server, sts, iam):
    found = examine(watched, server, "--channel", MAIN + "gone", sts=sts, iam=iam)
    assert found["channel Main12345gone"]["status"] == "fail" and found.exit == 69


def test_every_channel_of_a_sheet(watched, server, sts, iam):
    server.set_stream(ES, None)
    path = watched.write(
        "show.yaml", SHEET.replace(f"channel: {MAIN}", f"channels: {{main: {MAIN}, es: {ES}}}")
    )
    found = examine(watched, server, path, sts=sts, iam=iam)
    assert found["channel main"]["status"] == "pass"
    assert found["channel es"]["status"] == "warn"
    assert found["permission main"]["status"] == found["permission es"]["status"] == "pass"


def test_a_secret_that_is_wrong(watched, sts, iam):
    with IVSServer(Credentials(CREDENTIALS.key, "another"), {MAIN: Stream.now(60)}) as server:
        found = examine(watched, server, "--channel", MAIN, sts=sts, iam=iam)
    check = found["channel Main12345"]
    assert check["status"] == "fail" and found.exit == 77
    assert "InvalidSignatureException" in check["message"] and check["hint"]


def test_getstream_is_denied(watched, server, sts, iam):
    server.script(ivs_server.denied("not authorized"), operation="GetStream", times=100)
    found = examine(watched, server, "--channel", MAIN, sts=sts, iam=iam)
    check = found["channel Main12345"]
    assert check["status"] == "fail" and found.exit == 77
    assert "not authorized" in check["message"]
    assert check["hint"] == f"allow ivs:GetStream on {MAIN}"


@pytest.mark.parametrize("decision", ["implicitDeny", "explicitDeny"])
def test_putmetadata_is_denied(watched, server, sts, decision):
    with IAM(decision) as iam:
        found = examine(watched, server, "--channel", MAIN, sts=sts, iam=iam)
    assert found["permission"]["status"] == "fail" and found.exit == 77
    assert found["permission"]["allowed"] is False
    assert found["permission"]["hint"] == f"allow it on {MAIN}"


def test_iam_does_not_tell(watched, server, sts):
    with IAM(None) as iam:
        found = examine(watched, server, "--channel", MAIN, sts=sts, iam=iam)
    assert found["permission"]["status"] == "warn" and found.exit == 0
    assert "AccessDenied" in found["permission"]["message"]
    assert found["permission"]["allowed"] is None


def test_nothing_answers(watched):
    found = examine(watched, None, "--channel", MAIN)
    assert found["service"]["status"] == "fail" and found.exit == 69
    assert found["service"]["hint"] == "check AWS_ENDPOINT_URL_IVS"


def test_no_credentials(watched, server):
    found = watched.doctor(
        "--channel", MAIN, credentials=None, env={"AWS_ENDPOINT_URL_IVS": server.url}
    )
    assert found["credentials"]["status"] == "fail" and found.exit == 77
    # The way to IVS is looked at all the same, unsigned.
    assert found["service"]["status"] in ("pass", "warn") and found["clock"]["status"] == "pass"
    assert "channel Main12345" not in found


def test_credentials_that_have_ended(watched, server, sts, iam):
    found = examine(
        watched, server, "--channel", MAIN, sts=sts, iam=iam,
        AWS_CREDENTIAL_EXPIRATION="2020-01-01T00:00:00Z",
    )
    assert found["credentials"]["status"] == "fail" and found.exit == 77


def test_a_profile_that_is_not_there(watched, server):
    found = watched.doctor("--profile", "gone", env={"AWS_ENDPOINT_URL_IVS": server.url})
    assert found.exit == 77
    assert found["configuration"]["message"] == 'there is no profile "gone", which --profile names'
    assert found["configuration"]["hint"] == "run `aws configure --profile gone` to make it"


def test_a_sheet_with_errors(watched, server, sts, iam):
    path = watched.write("show.yaml", SHEET.replace("at: 1", "at: soon"))
    found = examine(watched, server, path, sts=sts, iam=iam)
    assert found["sheet"]["status"] == "fail" and found.exit == 65
    assert found["channel main"]["status"] == "pass", "the rest is looked at all the same"


def test_a_sheet_that_is_not_there(watched, server, sts):
    found = examine(watched, server, "gone.yaml", sts=sts)
    assert found["sheet"]["status"] == "fail" and found.exit == 66


def test_a_channel_of_another_account(watched, server, sts, iam):
    other = MAIN.replace("123456789012", "999999999999")
    server.set_stream(other, Stream.now(60))
    found = examine(watched, server, "--channel", other, sts=sts, iam=iam)
    assert found["identity"]["status"] == "warn"
    assert "999999999999" in found["identity"]["message"]


def test_a_region_that_is_not_the_channels(watched):
    with IVSServer(CREDENTIALS, {MAIN: Stream.now(60)}, region="eu-west-1") as server:
        found = examine(watched, server, "--channel", MAIN, "--region", "eu-west-1")
    assert found["region"]["status"] == "warn"
    assert found["region"]["hint"].endswith("leave --region out")


@pytest.mark.parametrize(
    "seconds, status, exit", [(3, "warn", 0), (-3, "warn", 0), (60, "fail", 69)]
)
def test_a_clock_that_is_off(watched, server, sts, iam, seconds, status, exit):
    moment = datetime.timedelta(seconds=seconds)
    handler = server._http.RequestHandlerClass

    class Moved(handler):
        """Writes the moved moment in place of the true one."""

        def date_time_string(self, timestamp=None):
            now = datetime.datetime.now(datetime.timezone.utc) + moment
            return now.strftime("%a, %d %b %Y %H:%M:%S GMT")

    server._http.RequestHandlerClass = Moved
    found = examine(watched, server, "--channel", MAIN, sts=sts, iam=iam)
    assert found["clock"]["status"] == status and found.exit == exit
    behind = found["clock"]["behind_us"] / 1e6
    assert abs(behind - seconds) <= found["clock"]["uncertainty_us"] / 1e6 + 0.1
    assert ("behind" if seconds > 0 else "ahead of") in found["clock"]["message"]
    assert "timedatectl" in found["clock"]["hint"]


def test_one_attempt_alone(watched, server, sts, iam):
    found = examine(
        watched, server, "--channel", MAIN, sts=sts, iam=iam, AWS_MAX_ATTEMPTS="1",
        AWS_RETRY_MODE="standard",
    )
    assert found["retries"]["status"] == "warn"
    assert (found["retries"]["mode"], found["retries"]["max_attempts"]) == ("standard", 1)


def test_an_override_is_taken_as_it_stands(watched, server, sts, iam):
    found = examine(
        watched, server, "--channel", MAIN, sts=sts, iam=iam, AWS_USE_FIPS_ENDPOINT="true"
    )
    assert found["endpoint"]["status"] == "warn"
    assert found["endpoint"]["url"] == server.url


def test_what_is_no_channel(watched):
    result = watched.run("doctor", "--channel", "nonsense", "--format", "json")
    assert result.status == 64
    assert json.loads(result.out)["checks"][0]["status"] == "fail"
