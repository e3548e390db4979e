"""Runs cue-runner as a user does, with nothing of the user's own account within reach."""

import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from ivs_server import Credentials
from run_log import RunLog

# How long anything may take before the test fails; no test passes or fails on less.
PATIENCE = 60

# Made up; the secret and the token are looked for in all that is printed or logged.
CREDENTIALS = Credentials("AKIDJUDGE12345678901", "judge-secret/K7MDENG+bPxRfiCYabcdefgh01")
WITH_TOKEN = Credentials(
    CREDENTIALS.key, CREDENTIALS.secret, "FwoGZXIvYXdzEJudgeToken//////////8TOKEN/with+signs=="
)

MAIN = "arn:aws:ivs:us-west-2:123456789012:channel/Main12345"
ES = "arn:aws:ivs:us-west-2:123456789012:channel/Es1234567"

# What a program in disorder prints: a trap, a stack, a type or an error value of a library.
DISORDER = re.compile(
    r"Fatal error|Stack dump|Crash|crashed|Thread \d+ |Backtrace|backtrace|precondition"
    r"|EventLoop|^ERROR:|Optional\(|Swift\.|NIO\w+|BoringSSL|OPENSSL"
    r"|\.swift\b|\.cc?:\d|HTTPClientError|IOError|errno|\bnil\b"
    r"|CommandFailure|Problem\(|Error\(| at 0x| 0x[0-9a-f]{6,}"
)
ESCAPE = "\x1b"


@dataclasses.dataclass
class Result:
    args: list
    status: int
    out: str
    err: str
    directory: pathlib.Path

    def __str__(self):
        return (
            f"{' '.join(self.args)}\nexit {self.status}\n--- stdout\n{self.out[-4000:]}"
            f"\n--- stderr\n{self.err[-4000:]}"
        )

    def ended(self, status):
        """Asserts the exit status, and that what was printed is fit for a user."""
        assert self.status == status, str(self)
        found = DISORDER.search(self.err)
        assert not found, f"{found[0]!r} is nothing for users\n{self}"
        assert ESCAPE not in self.out + self.err, f"an escape byte on no terminal\n{self}"
        return self

    def says(self, *patterns):
        """Asserts that standard error has each of these regular expressions."""
        for pattern in patterns:
            assert re.search(pattern, self.err), f"no {pattern!r}\n{self}"
        return self

    def helps(self):
        """Asserts that an error is followed by what to do about it."""
        return self.says(r"(?im)(^|: )error: ", r"(?im)^(hint: \S|  See '.*--help'|usage: )")


class Process:
    """The program while it runs; what it prints can be waited for."""

    def __init__(self, program, args, popen, secrets):
        self.args = args
        self._program = program
        self._popen = popen
        self._secrets = secrets
        self._texts = {"out": "", "err": ""}
        self._changed = threading.Condition()
        self._readers = [
            threading.Thread(target=self._read, args=(name, pipe), daemon=True)
            for name, pipe in (("out", popen.stdout), ("err", popen.stderr))
            if pipe
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, name, pipe):
        while chunk := os.read(pipe.fileno(), 65_536):
            with self._changed:
                self._texts[name] += chunk.decode("utf-8", "replace")
                self._changed.notify_all()

    @property
    def pid(self):
        return self._popen.pid

    @property
    def is_running(self):
        return self._popen.poll() is None

    def wait_for(self, pattern, stream="err"):
        """The match of a regular expression, once the program has printed it."""

        def search():
            return re.search(pattern, self._texts[stream], re.M)

        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while not search():
                is_over = not self.is_running and not any(r.is_alive() for r in self._readers)
                if is_over or time.monotonic() > deadline:
                    break
                self._changed.wait(0.1)
            match = search()
            assert match, f"{pattern!r} was never printed: {self._texts}"
            return match

    def wait_for_log(self, path, condition):
        """The log, once `condition` holds of it.

        A file tells nobody that it has grown, so it is looked at again and again.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            is_running = self.is_running
            log = RunLog(path)
            if condition(log):
                return log
            assert is_running, f"the program ended before that\n{log.text}\n{self._texts}"
            assert time.monotonic() < deadline, f"it never came\n{log.text}\n{self._texts}"
            time.sleep(0.01)

    def signal(self, number):
        self._popen.send_signal(number)

    def finish(self):
        try:
            self._popen.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not end: {self.args}\n{self._texts}") from None
        for reader in self._readers:
            reader.join(PATIENCE)
        result = Result(
            self.args, self._popen.returncode, self._texts["out"], self._texts["err"],
            self._program.directory,
        )
        self._program.assert_no_secret(result, self._secrets)
        return result

    def kill(self):
        if self.is_running:
            self._popen.kill()
        self._popen.wait(PATIENCE)


class Program:
    """cue-runner, in a directory and an environment of its own."""

    def __init__(self, binary, directory):
        self.binary = binary
        self.directory = pathlib.Path(directory)
        self._processes = []

    def environment(self, credentials=None, **more):
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        # Nothing is inherited but the way to the system's own programs.
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "AWS_CONFIG_FILE": str(home / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        if credentials:
            environment["AWS_ACCESS_KEY_ID"] = credentials.key
            environment["AWS_SECRET_ACCESS_KEY"] = credentials.secret
            if credentials.token:
                environment["AWS_SESSION_TOKEN"] = credentials.token
        environment.update(more)
        return environment

    def write(self, name, text):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def path(self, name):
        return str(self.directory / name)

    def start(self, *args, credentials=CREDENTIALS, env=None, stdin=None, **popen):
        args = [str(self.binary), *map(str, args)]
        popen = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | popen
        child = subprocess.Popen(
            args, cwd=self.directory, env=self.environment(credentials, **(env or {})),
            stdin=subprocess.DEVNULL if stdin is None else stdin, start_new_session=True, **popen,
        )
        secrets = [s for s in (credentials and (credentials.secret, credentials.token)) or () if s]
        process = Process(self, args, child, secrets)
        self._processes.append(process)
        return process

    def run(self, *args, text=None, **options):
        """Runs to the end; `text` is given on standard input."""
        if text is None:
            return self.start(*args, **options).finish()
        process = self.start(*args, stdin=subprocess.PIPE, **options)
        process._popen.stdin.write(text.encode())
        process._popen.stdin.close()
        return process.finish()

    def log(self, name="log.jsonl"):
        return RunLog(self.directory / name)

    def assert_no_secret(self, result, secrets):
        """No secret is in what was printed, nor in any log that lies here."""
        texts = {"stdout": result.out, "stderr": result.err}
        for path in self.directory.glob("*.jsonl"):
            texts[path.name] = path.read_text(errors="replace")
        for name, text in texts.items():
            for secret in secrets:
                assert secret not in text, f"a secret is in {name}\n{result}"
            assert not re.search(r"Signature=|AWS4-HMAC", text), f"a signature is in {name}"

    def close(self):
        for process in self._processes:
            process.kill()


class StageProcess:
    """`cue-runner stage`, and what it printed for its clients."""

    def __init__(self, program, *args):
        self.process = program.start("stage", *args, credentials=None)
        self.process.wait_for(r"^export CHANNEL_ARN=\S+\n", "out")
        text = self.process._texts["out"]
        self.exports = dict(re.findall(r"^export (\w+)=(\S+)$", text, re.M))
        self.url = self.exports["AWS_ENDPOINT_URL_IVS"]
        self.key = self.exports["AWS_ACCESS_KEY_ID"]
        self.secret = self.exports["AWS_SECRET_ACCESS_KEY"]
        self.region = self.exports["AWS_DEFAULT_REGION"]
        self.channel = self.exports["CHANNEL_ARN"]
        self.text = text

    @property
    def credentials(self):
        return Credentials(self.key, self.secret)

    def stop(self):
        assert self.process.is_running, "the stage ended by itself"
        self.process.signal(signal.SIGTERM)
        return self.process.finish().ended(128 + signal.SIGTERM)
