"""Completion in the real shells, and the manual page by a strict reader of such pages."""

import re
import shutil
import subprocess

import pytest

from tmux import Terminal

SUBCOMMANDS = [
    "run", "check", "timeline", "rehearse", "stage", "control", "doctor", "viewer", "answers",
    "report", "import", "init", "completion",
]


def tool(name):
    path = shutil.which(name)
    if not path:
        pytest.fail(f"{name} is needed: apt-get install {name}", pytrace=False)
    return path


@pytest.fixture
def folder(program):
    """What may be completed lies here, and some that may not."""
    for name in ["friday.yaml", "friday.csv", "friday.run.jsonl", "friday.txt", "friday.png"]:
        program.write(name, "")
    program.write("shows/saturday.yaml", "")
    (program.directory / "bin").mkdir()
    (program.directory / "bin" / "cue-runner").symlink_to(program.binary)
    return program


def script(program, shell):
    path = program.write(f"completion.{shell}", program.run("completion", shell).ended(0).out)
    return path


# What is typed before Tab, and what then stands there.
TYPED = [
    ("cue-runner timel", "cue-runner timeline "),
    ("cue-runner fri", "cue-runner friday.yaml "),
    ("cue-runner friday.yaml --dry", "cue-runner friday.yaml --dry-run "),
    ("cue-runner friday.yaml --start m", "cue-runner friday.yaml --start manual "),
    ("cue-runner timeline friday.yaml --format web", "cue-runner timeline friday.yaml --format webvtt "),
    ("cue-runner check shows/", "cue-runner check shows/saturday.yaml "),
    ("cue-runner report fr", "cue-runner report friday.run.jsonl "),
    ("cue-runner control resu", "cue-runner control resume "),
    ("cue-runner doctor --region eu-w", "cue-runner doctor --region eu-west-1 "),
    ("cue-runner import friday.csv --times mm", "cue-runner import friday.csv --times mm:ss "),
    ("cue-runner completion zs", "cue-runner completion zsh "),
]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_tab_completes(folder, shell):
    tool(shell)
    path = script(folder, shell)
    term = Terminal(folder, columns=100)
    try:
        term.run(f"export PATH={folder.directory}/bin:$PATH")
        if shell == "zsh":
            term.run("PS1='$ ' zsh -f")
            term.wait_for(r"^\$ *$")
            term.run("PS1='$ '; autoload -Uz compinit && compinit -D -u")
        term.run(f"source {path}; echo ready")
        term.wait_for(r"^ready")
        for typed, wanted in TYPED:
            term.run("clear")
            term.wait(lambda screen: re.fullmatch(r"\$\s*", screen), "a clear screen")
            term.type(typed)
            term.press("Tab")
            # A space behind the word is trimmed where it ends the line; what is typed next shows it.
            term.type("x")
            # A shell may escape the colon, which changes nothing of what is meant.
            term.wait(lambda screen: screen.replace("\\", "").strip() == f"$ {wanted}x", wanted)
            term.press("C-u")
    finally:
        term.close()


def fish(program, line):
    """What fish offers for a line."""
    done = subprocess.run(
        [tool("fish"), "--no-config", "-c",
         f"source {program.path('completion.fish')}; complete -C '{line}'"],
        capture_output=True, text=True, timeout=60, cwd=program.directory,
        env=program.environment() | {"PATH": f"{program.directory}/bin:/usr/bin:/bin"},
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return [offer.split("\t")[0] for offer in done.stdout.splitlines()]


def test_fish_completes(folder):
    script(folder, "fish")
    for typed, wanted in TYPED:
        assert fish(folder, typed) == [wanted.split()[-1]], typed
    offers = fish(folder, "cue-runner ")
    assert set(SUBCOMMANDS) <= set(offers) and "friday.yaml" in offers
    assert not {"friday.csv", "friday.png"} & set(offers)


def test_every_subcommand_is_in_every_script(program):
    tree = program.run("--help").ended(0).out
    named = re.findall(r"^  (\w+)(?: \(default\))?  +\S", tree.split("SUBCOMMANDS:")[1], re.M)
    assert named == SUBCOMMANDS
    for shell in ["bash", "zsh", "fish"]:
        text = program.run("completion", shell).ended(0).out
        for name in SUBCOMMANDS:
            assert re.search(rf"\b{name}\b", text), f"{shell}: {name}"
        tool(shell)
        path = program.write("script", text)
        subprocess.run([shell, "-n", path], check=True)


def test_an_unknown_shell_is_refused(program):
    program.run("completion", "tcsh").ended(64).helps()


def test_the_manual_page(program, repository):
    made = subprocess.run(
        [repository / ".release/manual.py", program.binary],
        capture_output=True, text=True, check=True)
    page = program.write("cue-runner.1", made.stdout)
    lint = subprocess.run(
        [tool("mandoc"), "-Tlint", "-Wwarning", page], capture_output=True, text=True)
    assert lint.stdout == ""
    shown = subprocess.run(
        ["mandoc", "-Tutf8", "-Owidth=100", page], capture_output=True, text=True, check=True)
    # Bold and underlined letters are struck over.
    text = re.sub(".\b", "", shown.stdout)
    for name in SUBCOMMANDS:
        assert re.search(rf"^   {name}\b", text, re.M), name
        help_text = program.run("help", name).ended(0).out
        for option in set(re.findall(r"--[a-z][a-z-]+", help_text.split("OPTIONS:")[-1])):
            if option not in ("--help", "--version"):
                assert option in text, f"{name}: {option}"
    for status in ["64", "65", "66", "69", "70", "73", "77"]:
        assert re.search(rf"^     {status}  +\w", text, re.M)
