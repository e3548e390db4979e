"""The stage's video, as other players read it: boxes and times, the playlist, cues inside."""

import json
import re
import shutil
import subprocess
import time

import botocore.exceptions
import pytest

from watching import PATIENCE, Reader, Video, ask, child, client, put, question

LIVE = "arn:aws:ivs:us-west-2:123456789012:channel/OnAir123456"
OTHER = "arn:aws:ivs:us-west-2:123456789012:channel/AlsoOnAir12"


def poll(call, until):
    """Calls until the result is right: nothing tells when a playlist has changed."""
    deadline = time.monotonic() + PATIENCE
    while not until(result := call()):
        assert time.monotonic() < deadline, f"it never came: {result}"
        time.sleep(0.05)
    return result


def segments(text):
    return re.findall(r"^/live/\S+\.m4s$", text, re.M)


# --- The endless stream -------------------------------------------------------------------------


def test_it_follows_on_itself_across_the_seam(stage):
    video = Video(stage())
    assert video.response.getheader("Transfer-Encoding") == "chunked"
    assert video.response.getheader("Content-Type") == "video/mp4"
    # 55 fragments of 0.2 s are more than the 8 s of the clip, wherever they begin.
    fragments = video.read_until(lambda reader: len(reader.fragments) >= 55).fragments
    assert fragments[0].tracks["vide"].is_key, "a player can begin here"
    for before, after in zip(fragments, fragments[1:]):
        assert after.sequence == before.sequence + 1
        for name, unit in (("vide", 512), ("soun", 1024)):
            was, now = before.tracks[name], after.tracks[name]
            assert now.ticks == was.ticks + was.samples * unit, f"{name} has a gap or an overlap"
    keys = [f for f in fragments if f.tracks["vide"].is_key]
    assert {round(b.tracks["vide"].time - a.tracks["vide"].time, 6)
            for a, b in zip(keys, keys[1:])} == {1.0}
    drift = [f.tracks["soun"].time - f.tracks["vide"].time for f in fragments]
    assert max(drift) - min(drift) < 0.03, "sound and picture stay together"


def test_a_cue_is_at_the_frame_where_it_arrived(stage):
    running = stage()
    video = Video(running)
    video.read_until(lambda reader: len(reader.fragments) >= 3)
    texts = []
    for number in range(5):
        newest = video.reader.fragments[-1]
        texts.append(put(running, question(f"q{number}", text="naïve 空 🎬")))
        cue = video.read_until(lambda reader: len(reader.cues) > number).cues[-1]
        assert cue.text == texts[-1], "byte for byte"
        assert (cue.time * 25) == pytest.approx(round(cue.time * 25), abs=1e-6), "on a frame"
        holder = next(f for f in video.reader.fragments if cue in f.cues)
        start = holder.tracks["vide"].time
        assert start <= cue.time < start + 0.2, "inside its own fragment"
        assert holder.sequence > newest.sequence, "never in what was published"
    assert len({cue.id for cue in video.reader.cues}) == 5


def test_all_viewers_share_one_timeline(stage):
    running = stage()
    first, second = Video(running), Video(running)
    first.read_until(lambda reader: len(reader.fragments) >= 4)
    put(running, question())
    for video in (first, second):
        video.read_until(lambda reader: reader.cues)
    late = Video(running)
    late.read_until(lambda reader: len(reader.fragments) >= 8)
    last = late.reader.fragments[-1].sequence
    first.read_until(lambda reader: reader.fragments[-1].sequence >= last)
    known = {f.sequence: f for f in first.reader.fragments}
    shared = [f for v in (second, late) for f in v.reader.fragments if f.sequence in known]
    assert len(shared) > 8
    for fragment in shared:
        assert fragment.whole == known[fragment.sequence].whole
        assert fragment.cues == known[fragment.sequence].cues


def test_each_channel_has_its_own_cues(stage):
    running = stage("--channel", LIVE, "--channel", OTHER)
    ours, theirs = Video(running), Video(running, "/live/AlsoOnAir12/live.mp4")
    client(running).put_metadata(channelArn=OTHER, metadata="for the other")
    client(running).put_metadata(channelArn=LIVE, metadata="for this one")
    assert [c.text for c in ours.read_until(lambda r: r.cues).cues] == ["for this one"]
    assert [c.text for c in theirs.read_until(lambda r: r.cues).cues] == ["for the other"]
    assert ask(running, "GET", "/live/Nobody/live.mp4").status == 404


def test_delay_shows_everything_later(stage):
    prompt, late = stage(), stage("--delay", "3s")
    lags = []
    for running in (prompt, late):
        video = Video(running)
        video.read_until(lambda reader: len(reader.fragments) >= 2)
        put(running, "x")
        sent = time.monotonic()
        video.read_until(lambda reader: reader.cues)
        lags.append(time.monotonic() - sent)
    assert lags[1] - lags[0] > 2, f"{lags}"


# --- The playlist -------------------------------------------------------------------------------


class PlaylistRules:
    """RFC 8216's rules for a live media playlist, kept over many reloads."""

    def __init__(self):
        self.known = {}
        self.sequence = -1
        self.gone = set()

    def check(self, text):
        assert text.endswith("\n") and "\r" not in text
        lines = text.splitlines()
        assert lines[0] == "#EXTM3U", "4.3.1.1"
        head = dict(re.findall(r"^#(EXT-X-[A-Z-]+):(.*)$", text, re.M))
        for once in ("EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE"):
            assert len(re.findall(rf"^#{once}:", text, re.M)) == 1, once
        assert int(head["EXT-X-VERSION"]) >= 6, "EXT-X-MAP without I-frames only, 4.3.2.5"
        target = int(head["EXT-X-TARGETDURATION"])
        sequence = int(head["EXT-X-MEDIA-SEQUENCE"])
        before = text[:text.index("#EXTINF")].splitlines()
        assert f"#EXT-X-MEDIA-SEQUENCE:{sequence}" in before, "4.3.3.2"
        assert "#EXT-X-ENDLIST" not in lines, "it is live"
        assert sequence >= self.sequence, "it never goes back, 6.2.2"
        self.sequence = sequence
        assert re.search(r'^#EXT-X-MAP:URI="[^"]+"', text, re.M)
        entries = re.findall(
            r"^#EXT-X-PROGRAM-DATE-TIME:(\S+)\n#EXTINF:([\d.]+),\n(\S+)$", text, re.M)
        assert len(entries) == text.count("#EXTINF"), "each segment has its date"
        for offset, (date, duration, uri) in enumerate(entries):
            assert round(float(duration)) <= target, "4.3.3.1"
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", date)
            number = sequence + offset
            assert self.known.setdefault(number, (date, duration, uri)) == (date, duration, uri), (
                "a segment keeps number, address and date, 6.2.1")
            assert number not in self.gone, "what left does not come back"
        self.gone |= {n for n in self.known if n < sequence}
        assert len({uri for _, _, uri in self.known.values()}) == len(self.known)
        return entries, target


def test_the_playlist_keeps_the_rules_of_rfc_8216(stage):
    running = stage()
    rules = PlaylistRules()
    video = Video(running)
    text = poll(lambda: ask(running, "GET", "/live.m3u8"), lambda a: a.status == 200)
    assert text.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert text.headers["access-control-allow-origin"] == "*"
    seen = 0
    # Twelve segments: the window slides, and the clip's seam is among them.
    while len(rules.known) < 12:
        entries, target = rules.check(ask(running, "GET", "/live.m3u8").text)
        if len(rules.known) > seen:
            seen = len(rules.known)
            assert len(entries) == min(seen, 6), "as long as it can be"
            if seen >= 3:
                assert sum(float(d) for _, d, _ in entries) >= 3 * target, "6.2.2"
        wanted = len(video.reader.fragments) + 1
        video.read_until(lambda reader: len(reader.fragments) >= wanted)
    # What has left stays for the length of the longest playlist that had it, 6.2.2.
    for number in range(6):
        assert ask(running, "GET", rules.known[number][2]).status == 200
    dates = [rules.known[n][0] for n in sorted(rules.known)]
    assert [b[17:23] != a[17:23] for a, b in zip(dates, dates[1:])] == [True] * 11


def test_segments_are_whole_and_carry_the_cues(stage):
    running = stage()
    poll(lambda: ask(running, "GET", "/live.m3u8"), lambda a: a.status == 200)
    sent = put(running, question())
    start = ask(running, "GET", "/live/Stage1234567/init.mp4")
    reader = Reader().feed(start.body)
    read = []

    def next_segments():
        for uri in segments(ask(running, "GET", "/live.m3u8").text):
            if uri not in read:
                read.append(uri)
                reader.feed(ask(running, "GET", uri).body)
        return reader

    poll(next_segments, lambda r: r.cues and len(read) >= 4)
    assert [cue.text for cue in reader.cues] == [sent]
    for first in range(0, len(reader.fragments), 5):
        assert reader.fragments[first].tracks["vide"].is_key, "a segment can be played by itself"
    times = [f.tracks["vide"].time for f in reader.fragments]
    assert all(b - a == pytest.approx(0.2) for a, b in zip(times, times[1:]))
    assert child(start.body, "moov", "mvex"), "the start tells that fragments follow"


def test_what_is_no_segment(stage):
    running = stage()
    for name in ("9999999.m4s", "-1.m4s", "x.m4s", "99999999999999999999.m4s", "init.mp4/x", ""):
        assert ask(running, "GET", f"/live/Stage1234567/{name}").status == 404


def test_get_stream_leads_to_the_playlist(stage):
    running = stage("--channel", LIVE, "--channel", OTHER)
    for arn in (LIVE, OTHER):
        url = client(running).get_stream(channelArn=arn)["stream"]["playbackUrl"]
        assert url.startswith(running.url + "/live")
        target = url.removeprefix(running.url)
        text = poll(lambda: ask(running, "GET", target), lambda a: a.status == 200).text
        assert all(arn.split("/")[1] in uri for uri in segments(text))


# --- Another reader -----------------------------------------------------------------------------


def test_ffprobe_plays_it_without_a_gap(stage):
    ffprobe = shutil.which("ffprobe")
    assert ffprobe, "Debian's ffmpeg is needed"
    running = stage()
    poll(lambda: segments(ask(running, "GET", "/live.m3u8").text), lambda s: len(s) >= 3)
    put(running, question())
    found = subprocess.run(
        [ffprobe, "-v", "error", "-show_entries", "stream=codec_name,width,height,sample_rate"
         ":packet=stream_index,pts_time,duration_time", "-read_intervals", "%+12",
         "-of", "json", f"{running.url}/live.m3u8"],
        capture_output=True, text=True, timeout=100, check=True,
    )
    assert found.stderr == "", "nothing that it complains about"
    report = json.loads(found.stdout)
    streams = report["streams"]
    assert [s["codec_name"] for s in streams] == ["h264", "aac"]
    assert (streams[0]["width"], streams[0]["height"]) == (640, 360)
    for index in (0, 1):
        packets = [p for p in report["packets"] if p["stream_index"] == index]
        times = [float(p["pts_time"]) for p in packets]
        step = float(packets[0]["duration_time"])
        # The clip is 8 s long: 12 s have a seam.
        assert times[-1] - times[0] > 8.5
        gaps = [b - a for a, b in zip(times, times[1:])]
        assert max(gaps) < step * 1.01 and min(gaps) > step * 0.99


def test_ffprobe_sees_the_event_messages(stage):
    running = stage()
    video = Video(running)
    texts = [put(running, question(f"q{number}")) for number in range(3)]
    video.read_until(lambda reader: len(reader.cues) == 3)
    start = ask(running, "GET", "/live/Stage1234567/init.mp4").body
    last = int(video.reader.cues[-1].time)
    poll(lambda: segments(ask(running, "GET", "/live.m3u8").text),
         lambda s: any(uri.endswith(f"/{last}.m4s") for uri in s))
    wanted = sorted({int(cue.time) for cue in video.reader.cues})
    data = start + b"".join(
        ask(running, "GET", f"/live/Stage1234567/{n}.m4s").body for n in wanted)
    found = subprocess.run(
        [shutil.which("ffprobe"), "-v", "trace", "-i", "-"], input=data, capture_output=True,
        timeout=100, check=True,
    ).stderr.decode(errors="replace")
    # Debian's ffprobe (5.1) names the boxes and their sizes, and reads no further.
    sizes = [int(size) for size in re.findall(r"type:'emsg' parent:'root' sz: (\d+)", found)]
    assert len(sizes) == 3
    overhead = {size - len(text.encode()) for size, text in zip(sizes, texts)}
    assert len(overhead) == 1, "each box is its text, and as much around it"


# --- Trouble on demand --------------------------------------------------------------------------


def status_of(call, *args, **options):
    try:
        call(*args, **options)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return None


def test_it_goes_off_the_air_and_comes_back(stage):
    running = stage("--offline-at", "3s", "--restart-at", "6s")
    ivs = client(running)
    first = ivs.get_stream(channelArn=running.channel)["stream"]
    video = Video(running)
    video.read_to_end()
    assert video.reader.fragments, "the stream ended by itself, after it had begun"
    poll(lambda: status_of(client(running).put_metadata, channelArn=running.channel, metadata="x"),
         lambda code: code == "ChannelNotBroadcasting")
    poll(lambda: ask(running, "GET", "/live.m3u8").status, lambda status: status == 404)
    assert ask(running, "GET", "/live.mp4").status == 404

    poll(lambda: ask(running, "GET", "/live.m3u8").status, lambda status: status == 200)
    second = ivs.get_stream(channelArn=running.channel)["stream"]
    assert second["streamId"] != first["streamId"]
    assert (second["startTime"] - first["startTime"]).total_seconds() == 6
    put(running, "back")
    assert Video(running).read_until(lambda r: r.cues).cues[0].text == "back"
    texts = {}

    def look():
        text = ask(running, "GET", "/live.m3u8").text
        number = int(re.search(r"MEDIA-SEQUENCE:(\d+)", text)[1])
        mark = re.search(r"#EXT-X-DISCONTINUITY\n", text)
        past = int((re.search(r"DISCONTINUITY-SEQUENCE:(\d+)", text) or [0, 0])[1])
        texts[number] = (bool(mark), past)
        return past

    poll(look, lambda past: past == 1)
    # Three segments are before the gap and their numbers go on behind it; the mark is between.
    assert all(state == ((True, 0) if number <= 3 else (False, 1))
               for number, state in texts.items()), texts


def test_latency_is_added_to_each_call(stage):
    running = stage("--latency", "300ms")
    ivs = client(running)
    ivs.get_stream(channelArn=running.channel)
    started = time.monotonic()
    ivs.put_metadata(channelArn=running.channel, metadata="x")
    assert time.monotonic() - started >= 0.3


def test_a_share_of_the_calls_fails(stage):
    channels = [f"{LIVE}-{number}" for number in range(6)]
    running = stage(
        "--fail", "429:40%", "--fail", "500:20%",
        *(word for channel in channels for word in ("--channel", channel)))
    ivs = client(running)
    # Five for a channel are within IVS's own limit, so that every failure is one that was asked for.
    codes = [
        status_of(ivs.put_metadata, channelArn=channel, metadata="x")
        for channel in channels for _ in range(5)
    ]
    assert set(codes) == {None, "ThrottlingException", "InternalServerException"}
    assert 5 <= codes.count("ThrottlingException") <= 19 and codes.count(None) >= 5


@pytest.mark.parametrize("words", [
    ("--fail", "429"), ("--fail", "200:10%"), ("--fail", "429:101%"), ("--delay", "-1s"),
    ("--delay", "2h"), ("--restart-at", "1s", "--offline-at", "2s"), ("--token", "x" * 20),
    ("--listen", "0.0.0.0", "--token", "short"),
])
def test_options_that_make_no_sense(program, words):
    program.run("stage", *words, credentials=None).ended(64).helps()
