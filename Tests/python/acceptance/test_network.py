"""The way to IVS: a real proxy, certificates, and what requests look like beside AWS's CLI."""

import dataclasses
import json
import pathlib
import re
import ssl
import subprocess
import sys
import uuid

import pytest

import ivs_server
from aws_fixtures import watched  # noqa: F401  (a fixture)
from aws_servers import PATIENCE
from ivs_server import IVSServer, Stream
from program import CREDENTIALS, ES, MAIN, WITH_TOKEN
from secure import SecureIVS, Tinyproxy

SHOW = f"""\
version: 1
channel: {MAIN}
cues:
  - {{id: a, at: 0.3, payload: {{text: "naïve ☃ \\"q\\""}}}}
  - {{id: b, at: 0.6, question: Live?, answers: ["Yes", "No"], for: 1s}}
"""
PROXY_PASSWORD = "proxy-p4ssword-nobody-may-see"


@pytest.fixture
def secure(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tls")
    with SecureIVS(CREDENTIALS, {MAIN: Stream.now(60)}, directory) as server:
        yield server


@pytest.fixture
def proxy(tmp_path_factory):
    with Tinyproxy(tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy


@pytest.fixture
def strict_proxy(tmp_path_factory):
    with Tinyproxy(tmp_path_factory.mktemp("proxy"), "ada", PROXY_PASSWORD) as proxy:
        yield proxy


def play(program, server, *args, status=0, env=None):
    path = program.write("show.yaml", SHOW)
    result = program.run(
        path, "--start", "now", "--endpoint-url", server.url, "--log", "log.jsonl", *args, env=env
    )
    return result.ended(status)


def assert_delivered(program, server):
    assert [call.cue for call in server.taken] == ["a", "b"]
    server.assert_signed()
    assert len(program.log().check().of("cue_sent")) == 2


# --- Proxies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_carries_a_run(watched, secure, proxy, name):
    play(watched, secure, "--ca-bundle", secure.bundle, env={name: proxy.url})
    assert_delivered(watched, secure)
    assert set(proxy.asked_for) == {f"localhost:{secure.port}"}


def test_http_proxy_is_for_endpoints_without_tls(watched, server, secure, proxy):
    env = {"HTTP_PROXY": proxy.url}
    play(watched, server, env=env)
    assert_delivered(watched, server)
    assert proxy.asked_for
    before = len(proxy.asked_for)
    found = watched.doctor(
        "--channel", MAIN, "--endpoint-url", secure.url, "--ca-bundle", secure.bundle, env=env
    )
    assert found["network"]["proxy"] is None and found["service"]["status"] == "pass"
    assert len(proxy.asked_for) == before


def test_a_proxy_with_user_and_password(watched, secure, strict_proxy):
    watched.secrets |= {PROXY_PASSWORD, strict_proxy.secret}
    result = play(
        watched, secure, "--ca-bundle", secure.bundle, env={"HTTPS_PROXY": strict_proxy.url}
    )
    assert_delivered(watched, secure)
    assert strict_proxy.asked_for
    assert "ada" not in result.out + result.err


def test_a_proxy_that_wants_another_password(watched, secure, strict_proxy):
    env = {"HTTPS_PROXY": strict_proxy.address, "AWS_ENDPOINT_URL_STS": secure.url}
    found = watched.doctor(
        "--channel", MAIN, "--endpoint-url", secure.url, "--ca-bundle", secure.bundle, env=env
    )
    assert found["network"]["proxy"] == f"127.0.0.1:{strict_proxy.port}"
    assert found["service"]["status"] == "fail" and found.exit == 69
    assert "asks for a user and password" in found["service"]["message"]
    assert not secure.calls


@pytest.mark.parametrize(
    "exceptions", ["localhost", ".example.com, localhost", "*", "localhost:{port}"]
)
def test_no_proxy_goes_around_it(watched, secure, proxy, exceptions):
    env = {"HTTPS_PROXY": proxy.url, "NO_PROXY": exceptions.format(port=secure.port)}
    play(watched, secure, "--ca-bundle", secure.bundle, env=env)
    assert_delivered(watched, secure)
    assert proxy.asked_for == []


def test_a_proxy_that_is_not_there(watched, secure):
    result = play(
        watched, secure, "--ca-bundle", secure.bundle, "--wait", "1s", status=69,
        env={"HTTPS_PROXY": "http://127.0.0.1:1"},
    )
    result.helps().says("through the proxy 127.0.0.1:1")


def test_a_proxy_of_a_kind_that_is_not_known(watched, secure):
    result = play(watched, secure, status=64, env={"HTTPS_PROXY": "socks5://127.0.0.1:1080"})
    result.helps().says("HTTPS_PROXY names a proxy of the kind socks5://")


# --- Trust --------------------------------------------------------------------------------------


def test_a_strange_certificate_is_refused(watched, secure):
    result = play(watched, secure, "--wait", "1s", status=69)
    result.helps().says(r"TLS|certificate")
    assert not secure.calls


def test_another_certificate_does_not_help(watched, secure, tmp_path_factory):
    import secure as tls

    other, _ = tls.certificate(tmp_path_factory.mktemp("other"))
    play(watched, secure, "--ca-bundle", other, "--wait", "1s", status=69)
    assert not secure.calls


def test_ca_bundle(watched, secure):
    play(watched, secure, "--ca-bundle", secure.bundle)
    assert_delivered(watched, secure)


def test_aws_ca_bundle(watched, secure):
    play(watched, secure, env={"AWS_CA_BUNDLE": str(secure.bundle)})
    assert_delivered(watched, secure)


def test_the_profiles_ca_bundle(watched, secure):
    watched.home("config", f"[default]\nca_bundle = {secure.bundle}\n")
    play(watched, secure)
    assert_delivered(watched, secure)


def test_a_bundle_that_is_none(watched, secure):
    result = play(watched, secure, "--ca-bundle", "/nowhere.pem", status=64)
    result.helps().says("/nowhere.pem")


def test_an_older_tls_is_refused(watched, tmp_path_factory):
    directory = tmp_path_factory.mktemp("tls")
    with SecureIVS(
        CREDENTIALS, {MAIN: Stream.now(60)}, directory, newest=ssl.TLSVersion.TLSv1_1
    ) as server:
        play(watched, server, "--ca-bundle", server.bundle, "--wait", "1s", status=69)
        assert not server.calls


def test_nothing_turns_verification_off(watched):
    for command in ((), ("run",), ("doctor",)):
        text = watched.run(*command, "--help").ended(0).out
        assert not re.search(r"insecure|no-verify|skip-verif", text)


# --- Requests -----------------------------------------------------------------------------------


@dataclasses.dataclass
class Wire:
    """What a service sees of a request: not its signature, which covers the moment as well."""

    method: str
    target: str
    headers: dict
    signed: list
    scope: str
    body: object

    @classmethod
    def of(cls, call):
        headers = {}
        for name, value in call.headers:
            assert name.lower() not in headers, f"{name} comes twice"
            headers[name.lower()] = value
        authorization = headers.pop("authorization")
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/(\S+), "
            r"SignedHeaders=([^,]+), Signature=[0-9a-f]{64}", authorization,
        )
        assert re.fullmatch(r"\d{8}T\d{6}Z", headers.pop("x-amz-date"))
        invocation = headers.pop("amz-sdk-invocation-id")
        assert uuid.UUID(invocation).version == 4 and invocation == str(uuid.UUID(invocation))
        assert headers.pop("user-agent")
        # The bytes of JSON differ (spaces, escapes), what they say does not.
        assert int(headers.pop("content-length")) == len(call.body)
        return cls(
            call.method, call.target, headers, found[2].split(";"), found[1], json.loads(call.body)
        )


@pytest.mark.parametrize("credentials", [CREDENTIALS, WITH_TOKEN], ids=["keys", "token"])
def test_our_requests_are_those_of_the_aws_cli(watched, credentials):
    with IVSServer(credentials, {MAIN: Stream.now(60)}) as server:
        path = watched.write("show.yaml", SHOW)
        watched.run(
            path, "--start", "now", "--endpoint-url", server.url, "--log", "log.jsonl",
            credentials=credentials,
        ).ended(0)
        ours_put, ours_get = server.puts[0], server.of("GetStream")[0]
        server.calls.clear()
        for arguments in (
            ["put-metadata", "--channel-arn", MAIN, "--metadata", ours_put.metadata],
            ["get-stream", "--channel-arn", MAIN],
        ):
            subprocess.run(
                [
                    str(pathlib.Path(sys.executable).with_name("aws")), "ivs", *arguments,
                    "--endpoint-url", server.url, "--region", "us-west-2",
                ],
                env=watched.environment(credentials), check=True, capture_output=True,
                timeout=PATIENCE,
            )
        server.assert_signed()
        assert Wire.of(ours_put) == Wire.of(server.puts[0])
        assert Wire.of(ours_get) == Wire.of(server.of("GetStream")[0])


def test_attempts_of_one_cue_belong_together(watched):
    with IVSServer(CREDENTIALS, {MAIN: Stream.now(60)}) as server:
        server.script(ivs_server.service_error(503), cue="a", times=2)
        play(watched, server, env={"AWS_MAX_ATTEMPTS": "4"})
        of_a = [call for call in server.puts if call.cue == "a"]
        assert [call.header("amz-sdk-request") for call in of_a] == [
            "attempt=1; max=4", "attempt=2; max=4", "attempt=3; max=4",
        ]
        assert len({call.header("amz-sdk-invocation-id") for call in of_a}) == 1
        ids = [call.header("amz-sdk-invocation-id") for call in server.calls if call not in of_a]
        assert len(set(ids)) == len(ids), "every other call has its own"
        server.assert_signed()


def test_the_user_agent(watched):
    with IVSServer(CREDENTIALS, {MAIN: Stream.now(60)}) as server:
        version = watched.run("--version").out.strip()
        play(watched, server, env={"AWS_SDK_UA_APP_ID": "friday trivia"})
        agents = {call.header("user-agent") for call in server.calls}
        assert agents == {f"cue-runner/{version} ua/2.1 os/linux lang/swift app/friday-trivia"}


@pytest.mark.parametrize(
    "name, value", [("AWS_RETRY_MODE", "eager"), ("AWS_MAX_ATTEMPTS", "none")]
)
def test_retry_settings_that_are_none(watched, server, name, value):
    result = play(watched, server, status=64, env={name: value})
    result.helps().says(value)


def region_of(call):
    return re.search(r"/\d{8}/([^/]+)/", call.header("authorization"))[1]


def test_each_channel_is_called_in_its_region(watched):
    """Two channels in two regions; each request is signed for its own."""
    other = ES.replace("us-west-2", "eu-west-1")
    sheet = f"""\
version: 1
channels: {{main: {MAIN}, es: {other}}}
cues:
  - {{id: a, at: 0.3, payload: {{n: 1}}}}
"""
    with IVSServer(CREDENTIALS, {MAIN: Stream.now(60), other: Stream.now(60)}) as server:
        path = watched.write("show.yaml", sheet)

        def of_any_region(call):
            # It judges by one region; what is asked here is which one is named.
            server.region = region_of(call)
            return IVSServer.judge_and_answer(server, call)

        server.judge_and_answer = of_any_region
        watched.run(
            path, "--start", "now", "--endpoint-url", server.url, "--log", "log.jsonl"
        ).ended(0)
        scopes = {call.channel: region_of(call) for call in server.puts}
        assert scopes == {MAIN: "us-west-2", other: "eu-west-1"}
        server.assert_signed()
