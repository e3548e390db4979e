#!/usr/bin/env python3
"""Prints the manual page of a built cue-runner, out of the same words as its --help.

    manual.py PROGRAM | man -l -

In mdoc, which both man-db and mandoc read; its date is that of the version in the changelog.
https://man7.org/linux/man-pages/man7/groff_mdoc.7.html
"""

import datetime
import json
import pathlib
import re
import subprocess
import sys

CHANGELOG = pathlib.Path(__file__).resolve().parent / "CHANGELOG.md"
ABOUT = """\
A producer writes a live show's cues in one YAML file, the sheet. cue-runner takes the \
start of the Amazon IVS stream as zero, sends each cue at its moment as timed metadata, \
and leaves a run log that says what was sent, when, and how late. A sheet without a \
command is run. A sheet named - is read from standard input."""
# As the README lists them.
STATUSES = [
    ("0", "Every cue was delivered, or skipped on purpose."),
    ("1", "The show ran, and some cue was missed, failed or is in doubt."),
    ("64", "Wrong usage."),
    ("65", "The sheet, or the spreadsheet to import, has errors."),
    ("66", "No such file."),
    ("69", "The stream never came, the service can't be reached, or joining late without --join."),
    ("70", "An internal error."),
    ("73", "A file can't be written, or is there already."),
    ("77", "Credentials are missing or were refused."),
    ("129, 130, 143", "Ended by SIGHUP, by Ctrl-C (SIGINT), by SIGTERM."),
]
SEE_ALSO = """\
The sheet, the run log and what happens in a show are described in README.md of \
cue-runner {version}, and in the guides that it names: your first show, writing a sheet, \
operating a show, reading the log, setting up AWS, troubleshooting."""


def escaped(text):
    """Without what mdoc would read as its own: a backslash, a minus that is to be typed, a line's
    first dot or quote, and letters beyond ASCII."""
    known = {"\\": "\\e", "-": "\\-", "`": "\\(ga", '"': "\\(dq"}
    text = "".join(known.get(c, c if c <= "~" else f"\\[u{ord(c):04X}]") for c in text)
    return "\\&" + text if text[:1] in (".", "'") else text


def filled(text):
    """A sentence begins a line, and lines are short: so mdoc wants its source."""
    line = ""
    for word in text.split():
        if (line.endswith(".") and word[0].isupper()) or len(line) + len(word) > 64:
            yield escaped(line)
            line = ""
        line = f"{line} {word}" if line else word
    if line:
        yield escaped(line)


def listed(items):
    if items:
        yield ".Bl -tag -width 8n"
        for tag, text in items:
            yield f".It {escaped(tag)}"
            yield from filled(text)
        yield ".El"


def discussion(text, with_heads):
    """Paragraphs are filled; heads and what is indented stay as they are."""
    literal = False
    for line in filter(None, text.split("\n")):
        if line.endswith(":") and line == line.upper() and not with_heads:
            continue
        if line.startswith(" ") != literal:
            yield ".Ed" if literal else ".Bd -literal -offset indent"
            literal = not literal
        if literal:
            yield escaped(line[2:])
        else:
            yield ".Pp"
            yield from filled(line)
    if literal:
        yield ".Ed"


def usage(argument):
    name = argument["valueName"]
    more = " ..." if argument["isRepeating"] else ""
    return (f" [{name}]" if argument["isOptional"] else f" {name}") + more


def option(argument):
    """Its names, and what it does."""
    names = ", ".join(
        ("-" if name["kind"] == "short" else "--") + name["name"] for name in argument["names"])
    value = f" {argument.get('valueName', '')}" if argument["kind"] == "option" else ""
    text = argument.get("abstract", "")
    if values := argument.get("allValues"):
        text += f" One of {', '.join(values)}."
    if "defaultValue" in argument:
        text += f" Default: {argument['defaultValue']}."
    return names + value, text


def command(tree):
    """One subcommand: what it does, its arguments and options, and what its help says besides."""
    arguments = [
        argument for argument in tree.get("arguments", [])
        if argument["shouldDisplay"] and argument.get("valueName") not in ("help", "version")
    ]  # fmt: skip
    positional = [argument for argument in arguments if argument["kind"] == "positional"]
    yield f".Ss {tree['commandName']}" + escaped("".join(map(usage, positional)))
    yield from filled(tree.get("abstract", ""))
    yield from listed([option(argument) for argument in arguments if argument not in positional])
    yield from discussion(tree.get("discussion", ""), with_heads=True)


def page(tree, version, date):
    name = tree["commandName"]
    yield from (f".Dd {date:%B} {date.day}, {date.year}", ".Dt CUE-RUNNER 1", ".Os", ".Sh NAME")
    yield from (f".Nm {name}", f".Nd {escaped(tree['abstract'].removesuffix('.'))}")
    yield from (".Sh SYNOPSIS", f".Nm {name}", ".Ar sheet", ".Op Ar options")
    yield from (f".Nm {name}", ".Ar command", ".Op Ar options", ".Sh DESCRIPTION")
    yield from filled(ABOUT)
    yield ".Sh COMMANDS"
    for each in tree["subcommands"]:
        yield from command(each)
    yield ".Sh EXIT STATUS"
    yield from listed(STATUSES)
    yield ".Sh EXAMPLES"
    yield from discussion(tree["discussion"], with_heads=False)
    yield ".Sh SEE ALSO"
    yield from filled(SEE_ALSO.format(version=version))


def output(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    program = sys.argv[1]
    version = output(program, "--version").strip()
    day = re.search(
        rf"^## \[{re.escape(version)}\] - (\S+)$", CHANGELOG.read_text(), re.MULTILINE)
    if not day:
        sys.exit(f"manual.py: {CHANGELOG.name} has no version {version}")
    tree = json.loads(output(program, "--experimental-dump-help"))["command"]
    date = datetime.date.fromisoformat(day[1])
    print(*page(tree, version, date), sep="\n")


main()
