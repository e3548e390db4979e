"""What a viewer's machine does, without our own code: boxes of MP4, ID3, events, answers.

Written from the standards (ISO/IEC 14496-12, id3v2.4.0-structure, RFC 8216), so that the stage is
judged by another reading of them than its own.
"""

import dataclasses
import http.client
import json
import struct
import threading
import urllib.parse

import boto3
from botocore.config import Config

PATIENCE = 60


def client(stage, token=None):
    """AWS's own client, one attempt a call."""
    return boto3.client(
        "ivs", endpoint_url=stage.url, region_name=stage.region, aws_access_key_id=stage.key,
        aws_secret_access_key=stage.secret, aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def put(stage, payload):
    """Sends a payload as the show does; returns its text."""
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    client(stage).put_metadata(channelArn=stage.channel, metadata=text)
    return text


def question(cue="q1", run="x7k2", answers=("Jupiter", "Saturn", "Uranus"), **more):
    return {
        "cue": cue, "run": run, "poll_id": cue, "current_time": "2026-11-27T19:01:30.000Z",
        "question": f"Question {cue}?", "answers": list(answers), "seconds": 20,
    } | more


def reveal(cue="q1", run="x7k2", answer="Saturn", place=1):
    return {
        "cue": f"{cue}.reveal", "run": run, "poll_id": cue,
        "current_time": "2026-11-27T19:01:50.000Z", "answer": answer, "correctIndex": place,
    }


# --- HTTP ---------------------------------------------------------------------------------------


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


def ask(stage, method, target, body=None, headers=None):
    """One request, its path sent as it stands."""
    url = stage if isinstance(stage, str) else stage.url
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=PATIENCE)
    try:
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())
    finally:
        connection.close()


def answer(stage, choice, viewer="viewer-0001", cue="q1", run="x7k2", **more):
    body = json.dumps({"run": run, "cue": cue, "viewer": viewer, "choice": choice} | more)
    return ask(stage, "POST", "/answers", body, {"Content-Type": "application/json"})


class Events:
    """The stage's server-sent events, read by a thread; what has come can be waited for."""

    def __init__(self, stage):
        netloc = urllib.parse.urlsplit(stage.url).netloc
        self._connection = http.client.HTTPConnection(netloc, timeout=PATIENCE)
        self._connection.request("GET", "/answers", headers={"Accept": "text/event-stream"})
        self.response = self._connection.getresponse()
        assert self.response.status == 200
        self.text = ""
        self.counts = {}
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        name = ""
        try:
            while line := self.response.readline().decode():
                with self._changed:
                    self.text += line
                    if line.startswith("event: "):
                        name = line[7:].strip()
                    if line.startswith("data: ") and name == "counts":
                        data = json.loads(line[6:])
                        self.counts[data["run"], data["cue"]] = data["counts"]
                        self._changed.notify_all()
        except (OSError, ValueError, AttributeError):
            # The test has closed the connection.
            pass

    def wait_for(self, counts, cue="q1", run="x7k2"):
        with self._changed:
            reached = self._changed.wait_for(
                lambda: self.counts.get((run, cue)) == counts, PATIENCE)
        assert reached, f"{counts} never came: {self.counts}"

    def close(self):
        self._connection.close()


# --- MP4 ----------------------------------------------------------------------------------------


def boxes(data, start=0, end=None):
    """(type, content, whole) of each box."""
    end = len(data) if end is None else end
    while start < end:
        size, kind = struct.unpack_from(">I4s", data, start)
        assert size >= 8 and start + size <= end, f"a box of {size} bytes in {end - start}"
        yield kind.decode(), data[start + 8:start + size], data[start:start + size]
        start += size


def child(data, *path):
    for name in path:
        data = next(content for kind, content, _ in boxes(data) if kind == name)
    return data


@dataclasses.dataclass
class Track:
    time: float
    samples: int
    is_key: bool
    ticks: int
    timescale: int


@dataclasses.dataclass
class Fragment:
    sequence: int
    tracks: dict
    cues: list
    whole: bytes


@dataclasses.dataclass
class Cue:
    time: float
    text: str
    id: int


def timescales(moov):
    found = {}
    for kind, track, _ in boxes(moov):
        if kind == "trak":
            header = child(track, "tkhd")
            media = child(track, "mdia", "mdhd")
            number = struct.unpack_from(">I", header, 20 if header[0] else 12)[0]
            handler = child(track, "mdia", "hdlr")[8:12].decode()
            found[number] = (handler, struct.unpack_from(">I", media, 20 if media[0] else 12)[0])
    return found


def read_cue(content):
    assert content[:4] == bytes([1, 0, 0, 0]), "emsg version 1"
    timescale, time, duration, number = struct.unpack_from(">IQII", content, 4)
    scheme, value, tag = content[24:].split(b"\0", 2)
    assert scheme == b"https://aomedia.org/emsg/ID3"
    return Cue(time / timescale, read_id3(tag), number)


def read_id3(tag):
    """The value of a tag's one TXXX frame."""

    def syncsafe(four):
        assert all(byte < 128 for byte in four)
        return four[0] << 21 | four[1] << 14 | four[2] << 7 | four[3]

    assert tag[:5] == b"ID3\x04\x00" and tag[5] == 0
    assert syncsafe(tag[6:10]) == len(tag) - 10
    assert tag[10:14] == b"TXXX" and tag[18:20] == b"\0\0"
    content = tag[20:20 + syncsafe(tag[14:18])]
    assert content[0] == 3, "UTF-8"
    description, text = content[1:].split(b"\0", 1)
    assert text.endswith(b"\0") and b"\0" not in text[:-1]
    return text[:-1].decode()


class Reader:
    """Reads fragments from the bytes of a stream."""

    def __init__(self):
        self.rest = b""
        self.scales = {}
        self.fragments = []
        self._cues = []
        self._head = None

    def feed(self, data):
        self.rest += data
        while len(self.rest) >= 8:
            size = struct.unpack_from(">I", self.rest)[0]
            if len(self.rest) < size:
                break
            kind, content, whole = next(boxes(self.rest[:size]))
            self.rest = self.rest[size:]
            self._take(kind, content, whole)
        return self

    def _take(self, kind, content, whole):
        if kind == "moov":
            self.scales = timescales(content)
        elif kind == "emsg":
            self._cues.append(read_cue(content))
        elif kind == "moof":
            self._head = (content, whole)
        elif kind == "mdat":
            self.fragments.append(self._fragment(*self._head, whole))
            self._cues = []

    def _fragment(self, moof, head, mdat):
        sequence = struct.unpack_from(">I", child(moof, "mfhd"), 4)[0]
        tracks = {}
        for kind, track, _ in boxes(moof):
            if kind != "traf":
                continue
            header = child(track, "tfhd")
            number = struct.unpack_from(">I", header, 4)[0]
            flags = struct.unpack_from(">I", header)[0] & 0xFFFFFF
            # Behind the number: duration, size, flags, as far as the header has them.
            at = 8 + (4 if flags & 2 else 0)
            duration = struct.unpack_from(">I", header, at)[0] if flags & 8 else 0
            name, timescale = self.scales[number]
            decode = child(track, "tfdt")
            assert decode[0] == 1, "64 bits, for a stream that goes on"
            time = struct.unpack_from(">Q", decode, 4)[0]
            run = child(track, "trun")
            run_flags = struct.unpack_from(">I", run)[0] & 0xFFFFFF
            samples = struct.unpack_from(">I", run, 4)[0]
            first = struct.unpack_from(">I", run, 12)[0] if run_flags & 4 else 0x10000
            tracks[name] = Track(
                time / timescale, samples, not first & 0x10000, time, timescale)
            tracks[name].duration = duration
        return Fragment(sequence, tracks, self._cues, head + mdat)

    @property
    def cues(self):
        return [cue for fragment in self.fragments for cue in fragment.cues]


class Video:
    """A viewer's endless stream."""

    def __init__(self, stage, target="/live.mp4"):
        netloc = urllib.parse.urlsplit(stage.url).netloc
        self._connection = http.client.HTTPConnection(netloc, timeout=PATIENCE)
        self._connection.request("GET", target)
        self.response = self._connection.getresponse()
        assert self.response.status == 200
        self.reader = Reader()

    def read_until(self, condition):
        """Reads on until the reader meets a condition; the stream may not end before."""
        while not condition(self.reader):
            data = self.response.read1(65_536)
            assert data, "the stream ended"
            self.reader.feed(data)
        return self.reader

    def read_to_end(self):
        self.reader.feed(self.response.read())
        return self.reader

    def close(self):
        self._connection.close()
