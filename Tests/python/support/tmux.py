"""A terminal that tests can press keys in and read: tmux, with a server of its own."""

import re
import shlex
import shutil
import subprocess
import time

import pytest

from program import PATIENCE


class Terminal:
    """A shell in a terminal of tmux, as an operator has one."""

    def __init__(self, program, columns=80, rows=24, **env):
        if not shutil.which("tmux"):
            pytest.fail("tmux is needed to judge the screen: apt-get install tmux", pytrace=False)
        self.program = program
        self._socket = str(program.directory / "tmux")
        environment = program.environment(**{"TERM": "xterm-256color", "PS1": "$ "} | env)
        environment["TMUX_TMPDIR"] = str(program.directory)
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
            "env", "-u", "TMUX", *(f"{k}={v}" for k, v in env.items()), "bash", "--norc",
            env=environment, cwd=program.directory,
        )
        self._tmux("set-option", "-g", "window-size", "manual")
        self.wait_for(r"^\$")

    def _tmux(self, *args, **options):
        done = subprocess.run(
            ["tmux", "-u", "-S", self._socket, *args], capture_output=True, text=True, **options
        )
        assert done.returncode == 0, f"tmux {args}: {done.stderr}"
        return done.stdout

    def press(self, *keys):
        """Presses keys; the moments between which the terminal got them, in µs since 1970."""
        before = time.time_ns() // 1_000
        self._tmux("send-keys", *keys)
        return before, time.time_ns() // 1_000

    def type(self, text):
        self._tmux("send-keys", "-l", text)

    def run(self, command):
        self.type(command)
        self.press("Enter")

    def cue_runner(self, *args):
        """Starts the program; the shell tells its exit status and the terminal's modes after."""
        words = " ".join(shlex.quote(str(word)) for word in (self.program.binary, *args))
        self.run(f"clear; stty -g > before; {words}; s=$?; stty -g > after; echo status $s")

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def lines(self):
        return self._tmux("capture-pane", "-p").split("\n")[:-1]

    @property
    def screen(self):
        return "\n".join(self.lines)

    def state(self, name):
        return self._tmux("display-message", "-p", f"#{{{name}}}").strip()

    def wait(self, condition, what="it"):
        """The screen, once `condition` holds of it. A screen tells nobody that it changed, so it
        is looked at again and again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            screen = self.screen
            if condition(screen):
                return screen
            assert time.monotonic() < deadline, f"{what} never came:\n{screen}"
            time.sleep(0.02)

    def wait_for(self, pattern):
        return self.wait(lambda screen: re.search(pattern, screen, re.M), repr(pattern))

    def close(self):
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True)
