"""A server that answers as Amazon IVS does, written from AWS's documents and nothing of ours.

It shares no code with the program that it judges, nor with botocore: signatures are verified with
hmac and hashlib alone. Every request is stamped when its last byte has been read, judged, recorded
and then answered; what it answers can be scripted per request.

    with IVSServer(credentials, channels={ARN: Stream.now()}) as server:
        server.script(Throttled(), cue="q1")     # the next request for that cue, once
        server.wait_for(lambda calls: len(calls) >= 3)

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/API_PutMetadata.html
"""

import dataclasses
import datetime
import email.utils
import hashlib
import hmac
import http.server
import json
import re
import socket
import threading
import time
import urllib.parse
import uuid

from loopback import Loopback

SERVICE = "ivs"
ALGORITHM = "AWS4-HMAC-SHA256"
TOLERANCE = datetime.timedelta(minutes=15)
OPERATIONS = ("PutMetadata", "InsertAdBreak", "GetStream", "ListStreams", "GetChannel")
METADATA_BYTES_MAX = 1024
# A dead-end in a test shows as this many seconds, not as a hang.
PATIENCE = 60


@dataclasses.dataclass(frozen=True)
class Credentials:
    key: str
    secret: str
    token: str | None = None


# --- AWS Signature Version 4 ------------------------------------------------------------------


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _canonical_path(target):
    path = urllib.parse.urlsplit(target).path or "/"
    # Every service but S3 signs the path of the wire encoded once more.
    return urllib.parse.quote(path, safe="/-_.~")


def _canonical_query(target):
    pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(target).query, keep_blank_values=True)
    encoded = [tuple(urllib.parse.quote(part, safe="-_.~") for part in pair) for pair in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def canonical_request(method, target, headers, signed_names, body):
    """`headers` are (name, value) as they came, `signed_names` as the signature lists them."""
    lines = []
    for name in signed_names:
        values = [value for header, value in headers if header.lower() == name]
        lines.append(name + ":" + ",".join(" ".join(value.split()) for value in values) + "\n")
    return "\n".join(
        [
            method,
            _canonical_path(target),
            _canonical_query(target),
            "".join(lines),
            ";".join(signed_names),
            hashlib.sha256(body).hexdigest(),
        ]
    )


def signature(secret, amz_date, region, service, canonical):
    day = amz_date[:8]
    scope = f"{day}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join([ALGORITHM, amz_date, scope, hashed])
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, "aws4_request"):
        key = _hmac(key, part)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


_AUTHORIZATION = re.compile(
    ALGORITHM + r" Credential=([^/\s,]+)/(\d{8})/([^/\s,]+)/([^/\s,]+)/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)


def signature_problems(call, credentials, region, now=None):
    """All that is wrong with a request's signature, in words; an empty list is a good signature."""
    problems = []
    values = {}
    for name, value in call.headers:
        values.setdefault(name.lower(), []).append(value)
    for name in ("host", "x-amz-date", "authorization", "content-type"):
        if len(values.get(name, [])) != 1:
            problems.append(f"{name} is there {len(values.get(name, []))} times")
    if problems:
        return problems
    match = _AUTHORIZATION.fullmatch(values["authorization"][0])
    if not match:
        return ["the Authorization header has another form than AWS's"]
    key, day, scope_region, service, names, given = match.groups()
    signed = names.split(";")
    if key != credentials.key:
        problems.append(f"the access key id is {key}")
    if scope_region != region:
        problems.append(f"the scope's region is {scope_region}, the channel's {region}")
    if service != SERVICE:
        problems.append(f"the scope's service is {service}")
    if signed != sorted(set(signed)):
        problems.append("the signed headers are not in order, or not unique")
    required = {"host", "x-amz-date", "content-type"}
    tokens = values.get("x-amz-security-token", [])
    if credentials.token is None and tokens:
        problems.append("there is a security token and should be none")
    if credentials.token is not None:
        required.add("x-amz-security-token")
        if tokens != [credentials.token]:
            problems.append("the security token is missing or another")
    required |= {name for name in values if name.startswith("x-amz-")}
    for name in sorted(required - set(signed)):
        problems.append(f"{name} is not signed")
    for name in signed:
        if name not in values:
            problems.append(f"{name} is signed and not there")
    amz_date = values["x-amz-date"][0]
    try:
        moment = datetime.datetime.strptime(amz_date, "%Y%m%dT%H%M%SZ")
    except ValueError:
        return problems + [f"x-amz-date is {amz_date!r}"]
    moment = moment.replace(tzinfo=datetime.timezone.utc)
    now = now or datetime.datetime.now(datetime.timezone.utc)
    if abs(now - moment) > TOLERANCE:
        problems.append(f"x-amz-date {amz_date} is too far from now")
    if amz_date[:8] != day:
        problems.append("the scope's day is not that of x-amz-date")
    for hashed in values.get("x-amz-content-sha256", []):
        if hashed != hashlib.sha256(call.body).hexdigest():
            problems.append("x-amz-content-sha256 is not the body's hash")
    canonical = canonical_request(call.method, call.target, call.headers, signed, call.body)
    wanted = signature(credentials.secret, amz_date, scope_region, service, canonical)
    if not hmac.compare_digest(wanted, given):
        problems.append("the signature is not the one of this request")
    return problems


# --- What is received, and what is answered ----------------------------------------------------


@dataclasses.dataclass
class Call:
    """One request as it arrived, and what it was answered."""

    method: str
    target: str
    headers: list
    body: bytes
    arrived_us: int
    connection: int
    problems: list = dataclasses.field(default_factory=list)
    status: int | None = None
    request_id: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def operation(self):
        return urllib.parse.urlsplit(self.target).path.removeprefix("/")

    @property
    def json(self):
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def channel(self):
        return self.json.get("channelArn") or self.json.get("arn")

    @property
    def metadata(self):
        return self.json.get("metadata")

    @property
    def payload(self):
        try:
            value = json.loads(self.metadata or "")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def cue(self):
        return self.payload.get("cue")

    @property
    def is_taken(self):
        return self.status is not None and 200 <= self.status < 300

    def header(self, name):
        return next((value for header, value in self.headers if header.lower() == name), None)


@dataclasses.dataclass
class Stream:
    """A channel on the air since `start`, which IVS tells in whole seconds."""

    start: datetime.datetime
    id: str = dataclasses.field(default_factory=lambda: "st-" + uuid.uuid4().hex[:23])

    @classmethod
    def now(cls, ago=0):
        moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ago)
        return cls(moment.replace(microsecond=0))

    @property
    def start_text(self):
        return self.start.strftime("%Y-%m-%dT%H:%M:%SZ")

    def describe(self, arn):
        return {
            "channelArn": arn,
            "health": "HEALTHY",
            "playbackUrl": "https://example.com/playback.m3u8",
            "startTime": self.start_text,
            "state": "LIVE",
            "streamId": self.id,
            "viewerCount": 3,
        }


@dataclasses.dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict = dataclasses.field(default_factory=dict)
    # The connection is closed after it, whatever its Content-Length promised.
    cuts_off: bool = False

    @classmethod
    def of(cls, value):
        return cls(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    @classmethod
    def error(cls, status, code, message, **headers):
        body = json.dumps({"exceptionMessage": message}).encode()
        fields = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
        return cls(status, body, fields | {k.replace("_", "-"): v for k, v in headers.items()})


def throttled(retry_after_ms=None):
    more = {} if retry_after_ms is None else {"x_amz_retry_after": str(retry_after_ms)}
    return Answer.error(
        429, "ThrottlingException", "Request was denied due to request throttling.", **more
    )


def service_error(status=500):
    return Answer.error(status, "InternalServerException", "Unexpected error during processing.")


def offline():
    return Answer.error(
        404, "ChannelNotBroadcasting", "The stream is offline for the given channel ARN."
    )


def denied(message="User: arn:aws:iam::123456789012:user/x is not authorized to perform it"):
    return Answer.error(403, "AccessDeniedException", message)


class HangUp:
    """The connection is closed without an answer, after the whole request was read."""


class Held:
    """The request is answered, as if nothing was wrong, when the test lets it."""

    def __init__(self):
        self.arrived = threading.Event()
        self.call = None
        self._released = threading.Event()

    def release(self):
        self._released.set()

    def wait(self):
        self._released.wait(PATIENCE)


@dataclasses.dataclass
class _Fault:
    answer: object
    operation: str
    cue: str | None
    left: int

    def fits(self, call):
        return (
            self.left > 0
            and call.operation == self.operation
            and (self.cue is None or call.cue == self.cue)
        )


class IVSServer(Loopback):
    def __init__(self, credentials, channels, region="us-west-2", ahead=datetime.timedelta(),
                 tls=None):
        super().__init__(_Handler)
        self.credentials = credentials
        self.region = region
        # How far the server's clock is ahead of this machine's.
        self.ahead = ahead
        # By ARN; None is a channel that is off the air.
        self.channels = dict(channels)
        self.calls = []
        self._faults = []
        self._changed = threading.Condition()
        self._connections = 0
        self._scheme = "https" if tls else "http"
        if tls:
            # The handshake is made by the thread of its connection: one that fails stops nobody.
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )

    def __exit__(self, *_):
        for fault in self._faults:
            if isinstance(fault.answer, Held):
                fault.answer.release()
        super().__exit__()

    @property
    def url(self):
        return super().url.replace("http", self._scheme, 1)

    # --- For tests

    def script(self, answer, operation="PutMetadata", cue=None, times=1):
        """The next `times` requests that fit get this answer; scripts are taken in order."""
        with self._changed:
            self._faults.append(_Fault(answer, operation, cue, times))
        return answer

    def set_stream(self, arn, stream):
        with self._changed:
            self.channels[arn] = stream

    def wait_for(self, condition, timeout=PATIENCE):
        """Waits until `condition` holds of the calls that were answered."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self.calls), timeout):
                seen = [(call.operation, call.cue, call.status) for call in self.calls]
                raise AssertionError(f"it did not come in {timeout} s; what came: {seen}")

    def of(self, *operations):
        with self._changed:
            return [call for call in self.calls if call.operation in operations]

    @property
    def puts(self):
        return self.of("PutMetadata")

    @property
    def taken(self):
        """The cues that viewers got: metadata and ad breaks."""
        return [call for call in self.of("PutMetadata", "InsertAdBreak") if call.is_taken]

    def assert_signed(self):
        assert self.calls, "nothing came"
        for call in self.calls:
            assert not call.problems, (call.operation, call.problems)

    # --- For the handler

    def connected(self):
        with self._changed:
            self._connections += 1
            return self._connections

    @property
    def clock(self):
        return datetime.datetime.now(datetime.timezone.utc) + self.ahead

    def judge_and_answer(self, call):
        call.problems = signature_problems(call, self.credentials, self.region, self.clock)
        with self._changed:
            fault = next((fault for fault in self._faults if fault.fits(call)), None)
            if fault:
                fault.left -= 1
        answer = fault.answer if fault else None
        if isinstance(answer, Held):
            answer.call = call
            answer.arrived.set()
            answer.wait()
            answer = None
        if isinstance(answer, HangUp):
            self._record(call, None)
            return None
        if callable(answer):
            answer = answer(call)
        if answer is None:
            answer = self._perform(call)
        self._record(call, answer.status)
        return answer

    def _record(self, call, status):
        with self._changed:
            call.status = status
            self.calls.append(call)
            self._changed.notify_all()

    def _perform(self, call):
        if call.problems:
            message = "The request signature we calculated does not match: " + call.problems[0]
            if any("too far from now" in problem for problem in call.problems):
                message = "Signature expired: it is too far from now"
            body = json.dumps({"message": message}).encode()
            return Answer(403, body, {"x-amzn-ErrorType": "InvalidSignatureException"})
        if call.method != "POST" or call.operation not in OPERATIONS:
            return Answer(404, b"{}", {"x-amzn-ErrorType": "UnknownOperationException"})
        return getattr(self, "_" + call.operation)(call)

    def _channel_problem(self, call):
        if not isinstance(call.channel, str):
            return Answer.error(400, "ValidationException", "channelArn is required")
        with self._changed:
            if call.channel not in self.channels:
                return Answer.error(404, "ResourceNotFoundException", "No such channel.")
            return None if self.channels[call.channel] else offline()

    def _PutMetadata(self, call):
        text = call.metadata
        if not isinstance(text, str) or not 1 <= len(text.encode()) <= METADATA_BYTES_MAX:
            return Answer.error(400, "ValidationException", "metadata has 1 to 1024 bytes")
        return self._channel_problem(call) or Answer(204)

    def _InsertAdBreak(self, call):
        seconds = call.json.get("durationSeconds")
        if type(seconds) is not int or not 1 <= seconds <= 300:
            return Answer.error(400, "ValidationException", "durationSeconds is 1 to 300")
        return self._channel_problem(call) or Answer.of({"adBreakId": uuid.uuid4().hex[:12]})

    def _GetStream(self, call):
        problem = self._channel_problem(call)
        if problem:
            return problem
        return Answer.of({"stream": self.channels[call.channel].describe(call.channel)})

    def _ListStreams(self, call):
        live = [s.describe(arn) for arn, s in self.channels.items() if s]
        return Answer.of({"streams": live})

    def _GetChannel(self, call):
        if call.channel not in self.channels:
            return Answer.error(404, "ResourceNotFoundException", "No such channel.")
        return Answer.of({"channel": {"arn": call.channel, "name": "a", "latencyMode": "LOW"}})


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self):
        super().setup()
        self.connection_number = self.server.owner.connected()

    def _handle(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        # Stamped after the last byte: it can only be later than the truth, never earlier.
        arrived = time.time_ns() // 1000
        call = Call(
            self.command, self.path, list(self.headers.items()), body, arrived,
            self.connection_number,
        )
        answer = self.server.owner.judge_and_answer(call)
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        self.send_header("x-amzn-RequestId", call.request_id)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204 and "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()
        if answer.cuts_off:
            self.close_connection = True

    def date_time_string(self, timestamp=None):
        # What the Date header says is by the server's clock.
        return email.utils.format_datetime(self.server.owner.clock, usegmt=True)

    do_GET = do_POST = do_PUT = do_DELETE = _handle

    def log_message(self, *_):
        pass
