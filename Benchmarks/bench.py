"""What the benchmarks share: building, starting, stopping, and saying figures with their counts."""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / ".build" / "benchmarks"
VENV = BUILD / "venv"
RESULTS = BUILD / "results"
CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/"
# The example keys of AWS's documents: no account has them.
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}


# --- Building ---------------------------------------------------------------------------------


def in_venv():
    """Goes on in an environment that has the peers; makes it where it is missing."""
    wanted = (HERE / "requirements.txt").read_bytes()
    have = VENV / "requirements.txt"
    if not have.exists() or have.read_bytes() != wanted:
        say("installing the peers")
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run(
            [VENV / "bin/pip", "install", "--quiet", "--disable-pip-version-check",
             "-r", HERE / "requirements.txt"],
            check=True)  # fmt: skip
        have.write_bytes(wanted)
    if pathlib.Path(sys.prefix) != VENV:
        os.execv(VENV / "bin/python", [str(VENV / "bin/python"), *sys.argv])


def helper(name, *libraries):
    """Compiles one of helpers/*.c if it has changed, and gives its path."""
    source, common = HERE / "helpers" / f"{name}.c", HERE / "helpers" / "common.h"
    program = BUILD / name
    BUILD.mkdir(parents=True, exist_ok=True)
    newest = max(source.stat().st_mtime, common.stat().st_mtime)
    if not program.exists() or program.stat().st_mtime < newest:
        subprocess.run(
            ["cc", "-O2", "-o", program, source, *(f"-l{name}" for name in libraries)], check=True
        )
    return str(program)


def cue_runner(is_fresh=False):
    """CUE_RUNNER, or the release build, which is made where it is missing or is to be fresh."""
    path = os.environ.get("CUE_RUNNER")
    if path:
        return path
    program = ROOT / ".build/release/cue-runner"
    if is_fresh or not program.exists():
        say("building cue-runner (release)")
        subprocess.run(
            ["swift", "build", "-c", "release", "--product", "cue-runner"],
            cwd=ROOT, check=True, stdout=sys.stderr)  # fmt: skip
    return str(program)


# --- Saying -----------------------------------------------------------------------------------


def say(text):
    print(text, file=sys.stderr, flush=True)


def cpu_times():
    """Busy, stolen and all time of the machine so far, in ticks."""
    fields = [int(word) for word in open("/proc/stat").readline().split()[1:9]]
    return sum(fields) - fields[3] - fields[4], fields[7], sum(fields)


class Load:
    """How busy the machine was meanwhile, our own work included."""

    def __init__(self):
        self.before = cpu_times()

    def __str__(self):
        busy, stolen, whole = (b - a for a, b in zip(self.before, cpu_times()))
        whole = max(whole, 1)
        return (
            f"load average {' '.join(open('/proc/loadavg').read().split()[:3])}, "
            f"processors {100 * busy / whole:.0f}% busy, {100 * stolen / whole:.1f}% stolen"
        )


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def machine():
    model = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), "?"
    )
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    return f"{now()}, {os.cpu_count()} × {model}, Linux {os.uname().release}, sources {commit}"


def percentile(values, share):
    """By nearest rank, so that it is a value that occurred."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)] if ordered else float("nan")


def spread(values, unit=1e3):
    """p50/p99/max, of nanoseconds in microseconds if nothing else is said."""
    if not values:
        return "-"
    return "/".join(f"{percentile(values, p) / unit:,.0f}" for p in (50, 99, 100))


def table(head, rows):
    """A Markdown table."""
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    for line in lines:
        print("| " + " | ".join(str(c).ljust(w) for c, w in zip(line, widths)) + " |")
    print(flush=True)


class Targets:
    """Each target with what was measured, and whether it was reached."""

    def __init__(self):
        self.rows = []

    def add(self, what, target, measured, reached):
        self.rows.append([what, target, measured, "reached" if reached else "NOT reached"])

    def show(self):
        table(["target", "asked", "measured", ""], self.rows)


class Summary:
    """A part's rows of the one table that `run` prints, kept until the part is measured again."""

    def __init__(self, part, options):
        self.part, self.load, self.rows, self.targets = part, Load(), [], []
        self.kind = "quick" if options.quick else "full"

    def add(self, what, candidate, figure, count, ratio=""):
        """`ratio` says what the candidate's figure is to cue-runner's."""
        self.rows.append([what, candidate, figure, f"{count:,}", ratio])

    def save(self, targets=None):
        RESULTS.mkdir(parents=True, exist_ok=True)
        kept = {
            "when": now(), "kind": self.kind, "load": str(self.load), "rows": self.rows,
            "targets": targets.rows if targets else [], "machine": machine(),
        }  # fmt: skip
        (RESULTS / f"{self.part}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False))


def times(value):
    """A ratio in a table: 12 ×, 3.4 ×, 0.45 ×."""
    return f"{value:,.0f} ×" if value >= 10 else f"{value:.2g} ×" if value < 1 else f"{value:.1f} ×"


def arguments(doc, **options):
    """--quick, and what the program adds: name=(default, help)."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="shorter; figures are rougher")
    for name, (default, help) in options.items():
        parser.add_argument(f"--{name}", type=type(default), default=default, help=help)
    return parser.parse_args()


# --- Running ----------------------------------------------------------------------------------


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="cue-bench-") as directory:
        yield pathlib.Path(directory)


@contextlib.contextmanager
def listening(*command):
    """Starts a helper that prints its port; stops it afterwards."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def server():
    return listening(helper("ivs-server"))


def relay(port, milliseconds):
    return listening(helper("relay"), str(port), str(milliseconds))


def arrivals(port):
    """What the server at this port took since the last time: connections, and (ns, channel, cue)."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /arrivals HTTP/1.1\r\n\r\n")
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(1 << 16)
        head, body = data.split(b"\r\n\r\n", 1)
        length = int(head.split(b"Content-Length:")[1])
        while len(body) < length:
            body += connection.recv(1 << 16)
    first, *lines = body.decode().splitlines()
    rows = [line.split(" ") for line in lines]
    # One of the connections is the one that asked last.
    return int(first.split()[1]) - 1, [(int(at), channel, cue) for at, channel, cue in rows]


def environment():
    """Nothing of this machine's AWS configuration, and no way out."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | KEYS | {
        "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true", "NO_COLOR": "1",
        "AWS_DEFAULT_REGION": "us-west-2", "LANG": "C.UTF-8",
    }  # fmt: skip


def without_real_time():
    """What to put before a command that is not to have SCHED_FIFO; None where it can't be had."""
    return ["setpriv", "--bounding-set", "-sys_nice", "--inh-caps", "-sys_nice"]


def may_have_real_time():
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        return False
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return True


def run_cue_runner(sheet, port, log, *options, real_time=True, check=True, timeout=900):
    """Plays a sheet from now; gives its exit status, its CPU seconds and its peak memory in KiB."""
    before = [] if real_time or not may_have_real_time() else without_real_time()
    usage = pathlib.Path(str(log) + ".usage")
    command = [
        helper("measure"), usage, *before, cue_runner(), "run", sheet, "--start", "now",
        "--endpoint-url", f"http://127.0.0.1:{port}", "--log", log, "--quiet", *options,
    ]  # fmt: skip
    result = subprocess.run(
        [str(word) for word in command], env=environment(), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=timeout)  # fmt: skip
    if check and result.returncode != 0:
        say(result.stderr)
        raise SystemExit(f"cue-runner ended with {result.returncode}")
    wall, user, system, peak = usage.read_text().split()
    return result.returncode, float(wall), float(user) + float(system), int(peak)


def measured(*command):
    """Wall and CPU seconds, peak of memory in MB and output of a program that runs to its end."""
    usage = BUILD / f"usage-{os.getpid()}"
    result = subprocess.run(
        [str(word) for word in (helper("measure"), usage, *command)],
        env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)  # fmt: skip
    wall, user, system, peak = map(float, usage.read_text().split())
    usage.unlink()
    if result.returncode:
        raise SystemExit(f"{command[0]} ended with {result.returncode}: {result.stderr[:2000]}")
    return wall, user + system, peak * 1024 / 1e6, (result.stdout + result.stderr).strip()


def nanoseconds(rfc3339):
    """Of a time in UTC with microseconds; a float would not hold it."""
    seconds, fraction = rfc3339.rstrip("Z").split(".")
    whole = datetime.datetime.fromisoformat(seconds).replace(tzinfo=datetime.timezone.utc)
    return int(whole.timestamp()) * 10**9 + int(fraction.ljust(9, "0"))


def events(log):
    return [json.loads(line) for line in open(log)]


@contextlib.contextmanager
def busy(loops):
    """Keeps the processors busy with so many loops at normal priority."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        if loops:
            time.sleep(1)
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
