"""Credentials: every place they may come from, against real servers, and beside botocore."""

import collections
import hashlib
import json
import os
import pathlib
import pty
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

import ivs_server
import situations
from aws_fixtures import moto, sts, watched  # noqa: F401  (fixtures)
from aws_servers import PATIENCE, SSO, Container, InstanceMetadata, Keys, need, utc
from ivs_server import Answer, Credentials, IVSServer, Stream
from program import CREDENTIALS, MAIN
from repository import REPOSITORY

SUPPORT = REPOSITORY / "Tests/python/support"
TASK = Keys("AKIDTASK")
INSTANCE = Keys("AKIDINSTANCE")
LOGIN = Keys("AKIDSSO")
PROCESS = Keys("AKIDPROCESS")
# Nothing listens there: what is to be found out is found out before anything is sent.
NOWHERE = "http://127.0.0.1:1"
WEB_TOKEN = "web-identity-token-nobody-may-see-this"


@pytest.fixture
def login():
    with SSO(LOGIN) as server:
        yield server


@pytest.fixture
def container():
    with Container(TASK, "container-token-nobody-may-see-this") as server:
        yield server


@pytest.fixture
def instance():
    with InstanceMetadata(INSTANCE) as server:
        yield server


def process_program(program, answer, name="keys", extra=""):
    text = answer if isinstance(answer, str) else json.dumps(answer)
    path = program.write(name, f"#!/bin/sh\n{extra}\ncat <<'END'\n{text}\nEND\n")
    os.chmod(path, 0o755)
    program.secrets |= {PROCESS.secret, PROCESS.token}
    return path


def process_answer(**more):
    keys = PROCESS
    return {
        "Version": 1, "AccessKeyId": keys.id, "SecretAccessKey": keys.secret,
        "SessionToken": keys.token, "Expiration": utc(3600),
    } | more


def doctor(program, *args, profile=None, **env):
    if profile:
        args = (*args, "--profile", profile)
    return program.doctor(
        "--endpoint-url", NOWHERE, *args, credentials=None,
        env={"AWS_ENDPOINT_URL_STS": NOWHERE} | env,
    )


# --- The same place as botocore -----------------------------------------------------------------


def beside(program, env, *args):
    """botocore's choice, with the environment that the program has."""
    chosen = subprocess.run(
        [sys.executable, str(SUPPORT / "botocore_chain.py"), *args],
        env=program.environment(None, **env), capture_output=True, text=True, timeout=PATIENCE,
    )
    assert chosen.returncode == 0, chosen.stderr
    return json.loads(chosen.stdout)


@pytest.mark.parametrize("situation", situations.SITUATIONS, ids=lambda s: s.name)
def test_the_same_source_and_region_as_botocore(
    watched, sts, login, container, instance, situation
):
    program = watched
    program.watch(sts, login, container, instance)
    program.secrets |= {WEB_TOKEN, situations.ENV["AWS_SECRET_ACCESS_KEY"]}
    program.secrets |= set(re.findall(r"[a-z]+-secret-nobody-may-see", situation.config))
    names = {
        "web": program.write("web-token", WEB_TOKEN),
        "process": process_program(program, process_answer()),
        "container": container.url,
        "instance": instance.url,
    }

    def filled(text):
        for name, value in names.items():
            text = text.replace("{" + name + "}", value)
        return text

    program.home("config", filled(situation.config))
    program.home("credentials", filled(situation.credentials))
    for name in (sha1("studio"), sha1("https://example.awsapps.com/start")):
        program.home(f".aws/sso/cache/{name}.json", login.cache_entry(7200))
    env = {
        "AWS_ENDPOINT_URL_STS": sts.url, "AWS_ENDPOINT_URL_SSO": login.url,
        "AWS_ENDPOINT_URL_SSO_OIDC": login.url,
    } | {name: filled(value) for name, value in situation.env.items()}
    option = ["--profile", situation.profile] if situation.profile else []
    theirs = beside(program, env, *option)
    ours = program.doctor("--endpoint-url", NOWHERE, *option, credentials=None, env=env)

    assert ours.credentials == situation.source, str(ours.result)
    if situation.source == "error":
        # A sentence and what to do; not one of them is without.
        check = next(c for c in ours.checks.values() if c["status"] == "fail")
        assert check["hint"], check
    else:
        region = ours["region"]["region"]
        assert region == situation.region, str(ours.result)
    if situation.key:
        assert ours["credentials"]["key_id_ends"] == situation.key[-4:]
    same = theirs["source"] == ours.credentials
    if same and situation.source != "error":
        same = theirs["region"] == ours["region"]["region"]
        if situation.key:
            same = same and theirs["key"] == situation.key
    assert same == (situation.why is None), (theirs, ours.credentials)


def sha1(text):
    return hashlib.sha1(text.encode()).hexdigest()


@pytest.mark.parametrize("address", situations.ADDRESSES, ids=lambda a: a.name)
def test_the_same_endpoint_as_botocore(watched, address):
    watched.home("config", address.config)
    # Whatever is chosen, nothing leaves this machine: the proxy is not there.
    closed = {"HTTPS_PROXY": NOWHERE, "AWS_ENDPOINT_URL_STS": NOWHERE}
    env = situations.ENV | closed | address.env
    args = ["--region", address.region]
    if address.option:
        args += ["--endpoint-url", address.option]
    theirs = beside(watched, env, *args)
    ours = watched.doctor(*args, credentials=None, env=env)
    assert theirs["url"], theirs
    assert ours["endpoint"]["url"] == theirs["url"]


def test_the_table_is_large_enough():
    assert len(situations.SITUATIONS) >= 40
    assert len({s.name for s in situations.SITUATIONS}) == len(situations.SITUATIONS)


# --- Container and instance ---------------------------------------------------------------------


def test_a_containers_token_may_be_in_a_file(watched, container):
    watched.watch(container)
    path = watched.write("token", container.authorization)
    found = doctor(
        watched, AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url + "/v1/credentials?id=1",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=path,
        AWS_CONTAINER_AUTHORIZATION_TOKEN="another",
    )
    assert found.credentials == "container"
    assert found["credentials"]["renewable"] is True
    assert container.requests[0].target == "/v1/credentials?id=1"


@pytest.mark.parametrize(
    "token, words", [("line\nend", "line end"), (None, "can't be read"), ("wrong", "answers 401")]
)
def test_a_containers_token_that_is_none(watched, container, token, words):
    path = watched.write("token", token) if token else "/nowhere/token"
    found = doctor(
        watched, AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=path,
    )
    assert found["credentials"]["status"] == "fail" and found.exit == 77
    assert words in found["credentials"]["message"]
    assert found["credentials"]["hint"]


def test_a_container_that_fails_is_asked_three_times(watched):
    with Container(TASK, status=500) as container:
        found = doctor(watched, AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url)
        assert "answers 500" in found["credentials"]["message"]
        assert len(container.requests) == 3


def test_the_metadata_service_is_asked_by_its_second_version(watched, instance):
    watched.watch(instance)
    found = doctor(
        watched, AWS_EC2_METADATA_DISABLED="", AWS_EC2_METADATA_SERVICE_ENDPOINT=instance.url
    )
    assert found.credentials == "instance"
    assert [(r.method, r.path) for r in instance.requests] == [
        ("PUT", "/latest/api/token"), ("GET", instance.PATH), ("GET", instance.PATH + "live-show"),
    ]
    seconds = {r.headers.get("x-aws-ec2-metadata-token-ttl-seconds") for r in instance.requests}
    assert seconds == {"21600", None}


def test_an_instance_without_a_role_has_nothing(watched):
    with InstanceMetadata(INSTANCE, role=None) as instance:
        found = doctor(
            watched, AWS_EC2_METADATA_DISABLED="", AWS_EC2_METADATA_SERVICE_ENDPOINT=instance.url
        )
        assert found.credentials == "none"
        assert "aws configure" in found["credentials"]["hint"]


def test_a_metadata_service_that_is_silent_costs_a_second(watched):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        found = doctor(
            watched, AWS_EC2_METADATA_DISABLED="", AWS_EC2_METADATA_SERVICE_ENDPOINT=url,
            AWS_METADATA_SERVICE_TIMEOUT="0.2",
        )
        assert found.credentials == "none"


def test_the_addresses_that_aws_gave_these_services(watched, tmp_path):
    """Their own link-local addresses, in a network namespace where they are on the loopback."""
    unshare = need("unshare", "util-linux")
    ip = need("ip", "iproute2")
    inside = tmp_path / "inside.py"
    inside.write_text(f"""
import os, subprocess, sys
sys.path.insert(0, {str(SUPPORT)!r})
subprocess.run([{ip!r}, "link", "set", "lo", "up"], check=True)
for address in ("169.254.170.2", "169.254.169.254"):
    subprocess.run([{ip!r}, "addr", "add", address + "/32", "dev", "lo"], check=True)
import aws_servers as a
class At(a.Server):
    address = None
def place(server, address):
    server._http.server_close()
    a.Loopback.__init__(server, a._Handler, (address, 80))
    return server
with place(a.Container(a.Keys("AKIDTASK")), "169.254.170.2") as task, place(
    a.InstanceMetadata(a.Keys("AKIDINSTANCE")), "169.254.169.254"
):
    for more in ({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x"}}, {{}}):
        done = subprocess.run(sys.argv[1:], env=dict(os.environ, **more), capture_output=True)
        sys.stdout.write(done.stdout.decode())
    print(task.requests[0].target)
""")
    env = watched.environment(None, AWS_EC2_METADATA_DISABLED="", AWS_ENDPOINT_URL=NOWHERE)
    done = subprocess.run(
        [
            unshare, "--user", "--map-root-user", "--net", sys.executable, str(inside),
            str(watched.binary), "doctor", "--format", "json",
        ],
        env=env, capture_output=True, text=True, timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert re.findall(r'"key_id_ends":"(\w+)"', done.stdout) == ["TASK", "ANCE"]
    assert done.stdout.endswith("/v2/credentials/x\n")


# --- SSO ----------------------------------------------------------------------------------------


def sso_files(program, login, expires_in, session=True, renewable=True):
    keys = situations.SSO_SESSION if session else situations.SSO
    program.home("config", situations.profile("studio", keys) + situations.SESSION)
    name = sha1("studio" if session else "https://example.awsapps.com/start")
    return program.home(
        f".aws/sso/cache/{name}.json", login.cache_entry(expires_in, renewable)
    )


def sso_doctor(program, login):
    program.watch(login)
    return doctor(
        program, profile="studio", AWS_ENDPOINT_URL_SSO=login.url,
        AWS_ENDPOINT_URL_SSO_OIDC=login.url,
    )


def test_a_login_that_ends_soon_is_renewed_and_kept_for_awss_own_tools(watched, login):
    path = sso_files(watched, login, 600)
    found = sso_doctor(watched, login)
    assert found.credentials == "sso"
    assert [r.path for r in login.requests] == ["/token", "/federation/credentials"]
    assert login.requests[1].headers["x-amz-sso_bearer_token"] == SSO.RENEWED
    entry = json.loads(pathlib.Path(path).read_text())
    assert entry["accessToken"] == SSO.RENEWED and entry["refreshToken"] == SSO.REFRESH
    assert os.stat(path).st_mode & 0o777 == 0o600
    theirs = beside(
        watched,
        {"AWS_ENDPOINT_URL_SSO": login.url, "AWS_ENDPOINT_URL_SSO_OIDC": login.url},
        "--profile", "studio",
    )
    assert theirs["source"] == "sso" and theirs["key"] == LOGIN.id
    assert [r.path for r in login.requests][2:] == ["/federation/credentials"]


@pytest.mark.parametrize(
    "expires_in, session, renewable, message, hint",
    [
        (-60, True, False, "has expired", "aws sso login --sso-session studio"),
        (-60, False, True, "has expired", "aws sso login --profile studio"),
    ],
)
def test_a_login_that_has_ended(
    watched, login, expires_in, session, renewable, message, hint
):
    sso_files(watched, login, expires_in, session, renewable)
    found = sso_doctor(watched, login)
    assert found.exit == 77
    assert message in found["credentials"]["message"]
    assert hint in found["credentials"]["hint"]
    assert not login.requests


def test_a_login_that_sso_knows_no_more(watched, login):
    sso_files(watched, login, 7200)
    login.tokens = set()
    found = sso_doctor(watched, login)
    assert "has expired" in found["credentials"]["message"]
    assert "aws sso login" in found["credentials"]["hint"]


def test_nobody_is_logged_in(watched, login):
    config = situations.profile("studio", situations.SSO_SESSION) + situations.SESSION
    watched.home("config", config)
    found = sso_doctor(watched, login)
    assert "not logged in" in found["credentials"]["message"]
    assert "aws sso login" in found["credentials"]["hint"]


def test_a_role_that_sso_does_not_give(watched, login):
    sso_files(watched, login, 7200)
    login.role = "Other"
    found = sso_doctor(watched, login)
    assert "Producer in account 123456789012: No access" in found["credentials"]["message"]


# --- Roles --------------------------------------------------------------------------------------

BASE = situations.profile("base", situations.STATIC)
ROLE = situations.ROLE + "source_profile = base\n"


def test_what_a_role_is_assumed_with(watched, sts):
    watched.watch(sts)
    watched.home(
        "config",
        BASE + situations.profile(
            "live", ROLE,
            "external_id = studio/7=x&y\nrole_session_name = friday\nduration_seconds = 1800\n",
        ),
    )
    found = doctor(watched, profile="live", AWS_ENDPOINT_URL_STS=sts.url)
    assert found.credentials == "assume_role"
    assert sts.forms[0] == {
        "Action": "AssumeRole", "Version": "2011-06-15",
        "RoleArn": "arn:aws:iam::123456789012:role/Live", "RoleSessionName": "friday",
        "DurationSeconds": "1800", "ExternalId": "studio/7=x&y",
    }
    assert "/us-east-1/sts/aws4_request" in sts.requests[0].headers["authorization"]
    # And who that is.
    assert sts.forms[1]["Action"] == "GetCallerIdentity"
    assert ":assumed-role/Live/friday" in found["identity"]["arn"]


def test_a_role_is_signed_for_in_the_configured_region(watched, sts):
    watched.home("config", BASE + situations.profile("live", ROLE, "region = eu-west-1\n"))
    doctor(watched, profile="live", AWS_ENDPOINT_URL_STS=sts.url)
    assert "/eu-west-1/sts/aws4_request" in sts.requests[0].headers["authorization"]
    assert re.fullmatch(r"cue-runner-\d+", sts.forms[0]["RoleSessionName"])


def test_the_signature_under_an_assumed_role_is_good(watched, sts):
    """Moto does not look at signatures, so another judge does."""
    watched.home("config", BASE + situations.profile("live", ROLE))
    doctor(watched, profile="live", AWS_ENDPOINT_URL_STS=sts.url)
    request = sts.requests[0]
    signed = re.search(r"SignedHeaders=([^,]+), ?Signature=(\w+)", request.headers["authorization"])
    canonical = ivs_server.canonical_request(
        request.method, request.target, list(request.headers.items()), signed[1].split(";"),
        request.body,
    )
    wanted = ivs_server.signature(
        "static-secret-nobody-may-see", request.headers["x-amz-date"], "us-east-1", "sts", canonical
    )
    assert signed[2] == wanted


def test_a_role_that_is_refused(watched, sts):
    sts.fails_with = ("AccessDenied", "not authorized to perform: sts:AssumeRole")
    watched.home("config", BASE + situations.profile("live", ROLE))
    found = doctor(watched, profile="live", AWS_ENDPOINT_URL_STS=sts.url)
    assert found.exit == 77
    message = found["credentials"]["message"]
    assert message == (
        "AWS STS refuses AssumeRole with AccessDenied: not authorized to perform: sts:AssumeRole"
    )
    assert "sts:AssumeRole" in found["credentials"]["hint"]
    assert len(sts.requests) == 1, "it is not tried again"


def test_a_web_identitys_token_and_name(watched, sts):
    watched.watch(sts)
    watched.secrets.add(WEB_TOKEN)
    path = watched.write("token", WEB_TOKEN + "\n")
    found = doctor(
        watched, AWS_ENDPOINT_URL_STS=sts.url, AWS_WEB_IDENTITY_TOKEN_FILE=path,
        AWS_ROLE_ARN="arn:aws:iam::123456789012:role/CI", AWS_ROLE_SESSION_NAME="build-7",
    )
    assert found.credentials == "web_identity"
    assert sts.forms[0] == {
        "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15",
        "RoleArn": "arn:aws:iam::123456789012:role/CI", "RoleSessionName": "build-7",
        "WebIdentityToken": WEB_TOKEN,
    }
    assert "authorization" not in sts.requests[0].headers


MFA = "mfa_serial = arn:aws:iam::123456789012:mfa/ada\n"


def test_an_mfa_code_is_not_asked_for_without_a_terminal(watched, sts):
    watched.home("config", BASE + situations.profile("live", ROLE, MFA))
    found = doctor(watched, profile="live", AWS_ENDPOINT_URL_STS=sts.url)
    assert found.exit == 77
    assert "mfa/ada" in found["credentials"]["message"]
    assert "terminal" in found["credentials"]["message"]
    assert "export-credentials --profile live" in found["credentials"]["hint"]
    assert not sts.requests


def test_an_mfa_code_is_asked_for_on_a_terminal(watched, sts):
    watched.watch(sts)
    watched.home("config", BASE + situations.profile("live", ROLE, MFA))
    ours, theirs = pty.openpty()
    try:
        process = watched.start(
            "doctor", "--format", "json", "--profile", "live", "--endpoint-url", NOWHERE,
            credentials=None, env={"AWS_ENDPOINT_URL_STS": sts.url, "TERM": "vt100"},
            stdin=theirs, stderr=theirs,
        )
        said = b""
        while b"then Enter" not in said:
            said += os.read(ours, 1024)
        assert b"arn:aws:iam::123456789012:mfa/ada" in said
        os.write(ours, b"123456\n")
        result = process.finish()
    finally:
        os.close(ours)
        os.close(theirs)
    assert sts.forms[0]["SerialNumber"] == "arn:aws:iam::123456789012:mfa/ada"
    assert sts.forms[0]["TokenCode"] == "123456"
    checks = {check["check"]: check for check in json.loads(result.out)["checks"]}
    assert checks["credentials"]["source"] == "assume_role"
    # Nobody is asked in mid-show, so it is said that they end.
    assert checks["credentials"]["status"] == "warn"
    assert checks["credentials"]["renewable"] is False


def test_credentials_that_nobody_renews_are_announced(watched, server):
    path = watched.write("show.yaml", SHOW)
    end = utc(3600)
    process = watched.start(
        path, "--start", "now", "--endpoint-url", server.url,
        env={"AWS_CREDENTIAL_EXPIRATION": end},
    )
    process.wait_for(f"these credentials end at {end} and are not renewed")
    process.signal(signal.SIGINT)
    process.finish()


# --- Processes ----------------------------------------------------------------------------------


def process_doctor(program, path, *arguments):
    command = " ".join([str(path), *arguments])
    program.home("config", situations.profile("live", f"credential_process = {command}\n"))
    return doctor(program, profile="live")


def test_a_process_is_given_its_words(watched):
    path = process_program(watched, process_answer(), extra='printf "<%s>" "$@" > words')
    found = process_doctor(watched, path, "--role", "'live show'", '"a \\"b\\""', "$HOME", "*")
    assert found.credentials == "process"
    words = pathlib.Path(watched.path("words")).read_text()
    assert words == '<--role><live show><a "b"><$HOME><*>', "no shell is asked"


def test_a_process_may_give_keys_that_never_end(watched):
    answer = process_answer()
    del answer["Expiration"], answer["SessionToken"]
    found = process_doctor(watched, process_program(watched, answer))
    assert found.credentials == "process" and found["credentials"]["expires"] is None


@pytest.mark.parametrize(
    "answer, words",
    [
        ("not json", "not JSON"),
        (process_answer(Version=2), '"Version": 1'),
        ({"Version": 1, "AccessKeyId": "X"}, "no SecretAccessKey"),
        (process_answer(Expiration="tomorrow"), "Expiration"),
    ],
)
def test_a_process_that_answers_wrongly(watched, answer, words):
    found = process_doctor(watched, process_program(watched, answer))
    assert found.exit == 77
    assert words in found["credentials"]["message"]
    assert "by hand" in found["credentials"]["hint"]


def test_a_process_that_is_not_there(watched):
    found = process_doctor(watched, "/nowhere/keys", "--password", "argument-nobody-may-see")
    watched.secrets.add("argument-nobody-may-see")
    assert "can't be started" in found["credentials"]["message"]
    assert "argument-nobody-may-see" not in found.result.out


# --- What a crash would leave behind --------------------------------------------------------------


def test_no_core_file_holds_a_secret(watched, server):
    path = watched.write("show.yaml", SHOW)
    process = watched.start(path, "--start", "now", "--endpoint-url", server.url)
    server.wait_for(lambda calls: calls)
    limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
    assert re.search(r"Max core file size +0 +0 ", limits), limits
    # What others on this machine see of it.
    arguments = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
    assert not [s for s in (CREDENTIALS.secret, CREDENTIALS.key) if s in arguments]
    process.signal(signal.SIGINT)
    process.finish()


# --- Renewal in mid-show ------------------------------------------------------------------------

SHOW = f"version: 1\nchannel: {MAIN}\nlate: 2s\ncues:\n" + "".join(
    f"  - {{id: c{n}, at: {0.3 + n * 0.25:.2f}, payload: {{n: {n}}}}}\n" for n in range(48)
)


class Rotation(IVSServer):
    """An IVS that takes the keys of a container, each for as long as they live."""

    def __init__(self, channels):
        super().__init__(Credentials("", ""), channels)
        self.issued = {}

    def issue(self, lives):
        keys = Keys(f"AKIDTURN{len(self.issued):04}", lives)
        self.issued[keys.id] = (keys, time.monotonic() + lives)
        return keys

    def judge_and_answer(self, call):
        found = re.search(r"Credential=(\w+)/", call.header("authorization") or "")
        keys, end = self.issued[found[1]]
        call.key = keys.id
        # Requests are judged one at a time here, by the keys that they name.
        self.credentials = Credentials(keys.id, keys.secret, keys.token)
        if time.monotonic() > end:
            self._record(call, 403)
            return Answer.error(403, "ExpiredTokenException", "The security token has expired")
        return super().judge_and_answer(call)


def play_with_container(program, server, container):
    path = program.write("show.yaml", SHOW)
    return program.start(
        path, "--start", "now", "--endpoint-url", server.url, "--log", "log.jsonl",
        credentials=None, env={"AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url},
    )


def test_credentials_that_end_in_mid_show_are_renewed(watched):
    with Rotation({MAIN: Stream.now(60)}) as server:
        with Container(lambda: server.issue(4)) as container:
            watched.watch(container)
            process = play_with_container(watched, server, container)
            process.finish().ended(0)
        log = watched.log().check()
        assert len(log.of("cue_sent")) == 48
        assert {event["attempts"] for event in log.of("cue_sent")} == {1}
        assert not log.of("attempt_failed")
        used = collections.Counter(call.key for call in server.puts)
        assert len(used) >= 4, "they were renewed several times"
        server.assert_signed()


def test_no_cue_waits_for_a_renewal(watched):
    """The container's endpoint keeps its answer back until more cues have left."""
    with Rotation({MAIN: Stream.now(60)}) as server:
        asked = []

        def keys():
            asked.append(len(server.puts))
            if len(asked) == 2:
                before = len(server.puts)
                server.wait_for(lambda calls: len(server_puts(calls)) >= before + 4)
            return server.issue(6 if len(asked) == 1 else 3600)

        with Container(keys) as container:
            watched.watch(container)
            process = play_with_container(watched, server, container)
            process.finish().ended(0)
        log = watched.log().check()
        assert len(log.of("cue_sent")) == 48
        assert {event["attempts"] for event in log.of("cue_sent")} == {1}
        assert len(asked) == 2, "one renewal at a time"
        assert len({call.key for call in server.puts}) == 2


def server_puts(calls):
    return [call for call in calls if call.operation == "PutMetadata"]


def test_what_ivs_calls_ended_is_renewed_and_sent_again(watched):
    """By our clock they live on; the service's is the one that counts."""
    with Rotation({MAIN: Stream.now(60)}) as server:

        def keys():
            given = server.issue(2)
            given.lives = 3600
            return given

        with Container(keys) as container:
            watched.watch(container)
            process = play_with_container(watched, server, container)
            process.finish().ended(0)
        log = watched.log().check()
        assert len(log.of("cue_sent")) == 48
        assert log.of("attempt_failed"), "the refusal is in the log"
        assert {event["code"] for event in log.of("attempt_failed")} == {"ExpiredTokenException"}


def test_a_renewal_that_fails_is_said_and_the_show_goes_on(watched):
    with Rotation({MAIN: Stream.now(60)}) as server:
        with Container(lambda: server.issue(14)) as container:
            watched.watch(container)
            process = play_with_container(watched, server, container)
            server.wait_for(lambda calls: len(server_puts(calls)) >= 4)
            container.status = 500
            result = process.finish().ended(0)
        log = watched.log().check()
        assert len(log.of("cue_sent")) == 48
        # Nine seconds into their fourteen the end is near.
        result.says(r"credentials end at .*: the container's credential endpoint answers 500")
