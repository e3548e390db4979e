"""Small servers that hand out credentials as AWS does, each written from AWS's own documents.

They listen on loopback, record every request, and tell which secrets they gave away, so that a test
can look for those in all that the program printed or wrote.

    with Container(Keys("AKIDTASK")) as task:
        program.run("doctor", env={"AWS_CONTAINER_CREDENTIALS_FULL_URI": task.url + "/creds"})
"""

import dataclasses
import datetime
import http.server
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree

from loopback import Loopback

PATIENCE = 60
USER = b"arn:aws:iam::123456789012:user/"
TIME = "%Y-%m-%dT%H:%M:%SZ"


def utc(seconds_from_now):
    moment = datetime.datetime.now(datetime.timezone.utc)
    return (moment + datetime.timedelta(seconds=seconds_from_now)).strftime(TIME)


@dataclasses.dataclass
class Keys:
    """Temporary credentials; each access key has a secret and a token of its own."""

    id: str
    lives: float = 6 * 3600

    @property
    def secret(self):
        return f"secret-of/{self.id}+nobody-may-see-this"

    @property
    def token(self):
        return f"token-of//{self.id}==nobody-may-see-this"

    @property
    def json(self):
        return {
            "AccessKeyId": self.id,
            "SecretAccessKey": self.secret,
            "Token": self.token,
            "Expiration": utc(self.lives),
            "Code": "Success",
            "Type": "AWS-HMAC",
        }


@dataclasses.dataclass
class Request:
    method: str
    target: str
    headers: dict
    body: bytes

    @property
    def path(self):
        return urllib.parse.urlsplit(self.target).path

    @property
    def query(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.target).query))

    @property
    def form(self):
        return dict(urllib.parse.parse_qsl(self.body.decode()))


class Server(Loopback):
    """Answers each request by `answer(request)`: a status, a body and perhaps headers."""

    def __init__(self):
        super().__init__(_Handler)
        self.requests = []
        self.secrets = set()
        self._changed = threading.Condition()

    def take(self, request):
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
        return self.answer(request)

    def wait_for(self, condition):
        with self._changed:
            came = self._changed.wait_for(lambda: condition(self.requests), PATIENCE)
            assert came, f"it never came: {[r.target for r in self.requests]}"

    def answer(self, request):
        raise NotImplementedError


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _handle(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.owner.take(
            Request(self.command, self.path, headers, body)
        )
        status, payload, *more = answer
        if not isinstance(payload, (bytes, str)):
            payload = json.dumps(payload)
        payload = payload if isinstance(payload, bytes) else payload.encode()
        self.send_response(status)
        for name, value in (more[0] if more else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = _handle

    def log_message(self, *_):
        pass


class Container(Server):
    """The endpoint of an ECS task or an EKS pod.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    """

    def __init__(self, keys, authorization=None, status=200):
        super().__init__()
        self.keys = keys
        self.authorization = authorization
        self.status = status
        if authorization:
            self.secrets.add(authorization)

    def answer(self, request):
        if self.authorization and request.headers.get("authorization") != self.authorization:
            return 401, {"code": "Unauthorized", "message": "who are you?"}
        keys = self.keys() if callable(self.keys) else self.keys
        self.secrets |= {keys.secret, keys.token}
        return self.status, keys.json if self.status == 200 else {"message": "broken"}


class InstanceMetadata(Server):
    """The metadata service of an EC2 instance, version 2 alone.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
    """

    PATH = "/latest/meta-data/iam/security-credentials/"
    TOKEN = "metadata-token-nobody-may-see-this=="

    def __init__(self, keys, role="live-show"):
        super().__init__()
        self.keys = keys
        self.role = role
        self.secrets |= {self.TOKEN}

    def answer(self, request):
        if request.method == "PUT" and request.path == "/latest/api/token":
            seconds = int(request.headers.get("x-aws-ec2-metadata-token-ttl-seconds", 0))
            return (200, self.TOKEN) if 1 <= seconds <= 21_600 else (400, "")
        if request.headers.get("x-aws-ec2-metadata-token") != self.TOKEN:
            return 401, ""
        if self.role and request.path == self.PATH:
            return 200, self.role
        if self.role and request.path == self.PATH + self.role:
            self.secrets |= {self.keys.secret, self.keys.token}
            return 200, self.keys.json
        return 404, ""


class SSO(Server):
    """IAM Identity Center: GetRoleCredentials, and CreateToken for a refresh token.

    https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
    https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
    """

    ACCESS = "sso-access-token-nobody-may-see-this"
    RENEWED = "sso-renewed-token-nobody-may-see-this"
    REFRESH = "sso-refresh-token-nobody-may-see-this"
    CLIENT_SECRET = "sso-client-secret-nobody-may-see-this"

    def __init__(self, keys, account="123456789012", role="Producer"):
        super().__init__()
        self.keys = keys
        self.account = account
        self.role = role
        self.tokens = {self.ACCESS, self.RENEWED}
        self.secrets |= {self.ACCESS, self.RENEWED, self.REFRESH, self.CLIENT_SECRET}

    def answer(self, request):
        if request.path == "/federation/credentials":
            if request.headers.get("x-amz-sso_bearer_token") not in self.tokens:
                return 401, {"message": "Session token not found or invalid"}
            if request.query != {"role_name": self.role, "account_id": self.account}:
                return 403, {"message": "No access"}
            self.secrets |= {self.keys.secret, self.keys.token}
            return 200, {
                "roleCredentials": {
                    "accessKeyId": self.keys.id,
                    "secretAccessKey": self.keys.secret,
                    "sessionToken": self.keys.token,
                    "expiration": int((time.time() + self.keys.lives) * 1000),
                }
            }
        if request.path == "/token":
            wanted = {
                "grantType": "refresh_token",
                "clientId": "client",
                "clientSecret": self.CLIENT_SECRET,
                "refreshToken": self.REFRESH,
            }
            if json.loads(request.body) != wanted:
                return 400, {"error": "invalid_grant"}
            return 200, {
                "accessToken": self.RENEWED, "expiresIn": 28_800, "refreshToken": self.REFRESH,
                "tokenType": "Bearer",
            }
        return 404, {}

    def cache_entry(self, expires_in, renewable=True):
        entry = {
            "startUrl": "https://example.awsapps.com/start",
            "region": "eu-west-1",
            "accessToken": self.ACCESS,
            "expiresAt": utc(expires_in),
        }
        if renewable:
            entry |= {
                "clientId": "client",
                "clientSecret": self.CLIENT_SECRET,
                "registrationExpiresAt": utc(86_400 * 30),
                "refreshToken": self.REFRESH,
            }
        return json.dumps(entry)


class IAM(Server):
    """SimulatePrincipalPolicy, with one decision for everything.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """

    def __init__(self, decision="allowed"):
        super().__init__()
        self.decision = decision

    def answer(self, request):
        if self.decision is None:
            return 403, (
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
                "</ErrorResponse>"
            )
        return 200, (
            "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>"
            f"<member><EvalDecision>{self.decision}</EvalDecision></member></EvaluationResults>"
            "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
        )


class Moto:
    """moto_server of PyPI, as a process."""

    def __init__(self, directory):
        # One that nothing listens on at this moment; another could take it, and moto would say so.
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = open(directory / "moto.txt", "w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=self._log, stderr=subprocess.STDOUT,
        )

    def __enter__(self):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(self.url + "/moto-api/", timeout=PATIENCE).close()
                return self
            except OSError:
                assert self._process.poll() is None, "moto_server ended"
                assert time.monotonic() < deadline, "moto_server never answered"
                # A port tells nobody that it is open.
                time.sleep(0.05)

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._log.close()


class STS(Server):
    """Moto's STS, with what goes in and out looked at on its way."""

    def __init__(self, moto):
        super().__init__()
        self._moto = moto.url
        self.fails_with = None

    @property
    def forms(self):
        return [request.form for request in self.requests]

    def answer(self, request):
        if self.fails_with:
            code, message = self.fails_with
            return 403, (
                f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error>"
                "</ErrorResponse>"
            )
        skipped = {"host", "content-length", "connection", "accept-encoding"}
        forwarded = urllib.request.Request(
            self._moto + request.target, request.body or None,
            {name: value for name, value in request.headers.items() if name not in skipped},
            method=request.method,
        )
        # Moto tells services apart by the host.
        forwarded.add_header("Host", "sts.us-east-1.amazonaws.com")
        with urllib.request.urlopen(forwarded, timeout=PATIENCE) as answer:
            # Moto writes a user's ARN with sts where AWS has iam.
            body = answer.read().replace(b"arn:aws:sts::123456789012:user/", USER)
        for element in xml.etree.ElementTree.fromstring(body).iter():
            if element.tag.split("}")[-1] in ("SecretAccessKey", "SessionToken"):
                self.secrets.add(element.text)
        return 200, body, {"Content-Type": "text/xml"}


def need(tool, package):
    """A tool of Debian's packages; it is installed where it is missing."""
    if not shutil.which(tool):
        subprocess.run(["apt-get", "update", "-q"], check=False, capture_output=True)
        subprocess.run(["apt-get", "install", "-yq", package], check=True, capture_output=True)
    return shutil.which(tool) or tool
