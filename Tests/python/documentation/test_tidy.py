"""Rules of the house that no compiler and no formatter keeps.

Each is held against every source, and against an example that breaks it: a rule that can't fail
guards nothing.
"""

import re

import pytest

from repository import REPOSITORY

PURE = [
    "CueText", "CueSheet", "CueTimeline", "CueScheduler", "CueShow", "CueRunLog", "CueReport",
    "CueImport", "CueDoctor", "AWSSigning", "IVSWire",
]
FUNCTION_LINES_MAX = 70


def without_comments(text):
    return re.sub(r"//.*", "", text)


def sources(*folders, suffix=".swift"):
    paths = [path for folder in folders for path in (REPOSITORY / folder).rglob("*" + suffix)]
    assert paths
    return {str(path.relative_to(REPOSITORY)): path.read_text() for path in paths}


def long_functions(text):
    """The first lines of the functions that are longer than may be."""
    lines, found = text.split("\n"), []
    for first, line in enumerate(lines):
        start = re.match(r"( *)(?:@\w+(?:\(.*\))? |[a-z]+(?:\([a-z]+\))? )*(?:func |init[?(<])", line)
        if not start or line.rstrip().endswith("}"):
            continue
        end = next(
            (n for n in range(first + 1, len(lines)) if lines[n] == start[1] + "}"), len(lines))
        if end - first - 1 > FUNCTION_LINES_MAX:
            found.append(line.strip())
    return found


def matches(pattern):
    return lambda text: re.findall(pattern, without_comments(text), re.MULTILINE)


def without_reason(text):
    """Ways around the compiler's proof against races, with no word on the line of why."""
    return [
        line.strip() for line in text.split("\n")
        if re.search(r"@unchecked Sendable|nonisolated\(unsafe\)", line) and "  // " not in line
    ]


def prints_by_itself(text):
    """Calls of Swift's or C's own printers, outside the file that has ours."""
    if "package func print(" in text:
        return []
    return matches(r"(?<![.\w])(?<!func )(?:print|debugPrint|fputs|puts)\(")(text)


RULES = {
    "functions fit on a screen": (
        ["Sources", "Tests"], long_functions,
        "    func f() {\n" + "        g()\n" * (FUNCTION_LINES_MAX + 1) + "    }"),
    "pure rooms know neither Foundation nor NIO": (
        [f"Sources/{room}" for room in PURE], matches(r"^.*\bimport (?:Foundation|NIO|Dispatch)\w*"),
        "package import FoundationEssentials"),
    "time is a parameter of pure rooms": (
        [f"Sources/{room}" for room in PURE],
        matches(r"\b(?:ContinuousClock|SuspendingClock|SystemClock|clock_gettime|Task\.sleep)\b"),
        "let now = ContinuousClock.now"),
    "what goes around the compiler has its reason beside it": (
        ["Sources"], without_reason, "final class C: @unchecked Sendable {"),
    "bad input ends no process": (
        ["Sources"], matches(r"\btry!|\bas!|\bfatalError\(|\bpreconditionFailure\("),
        "let x = try! read()"),
    "one place prints": (
        ["Sources"], prints_by_itself,
        '        print("hello")'),
    "nothing is left for later": (
        ["Sources", "Tests"], lambda text: re.findall(r"\b(?:TODO|FIXME|HACK)\b", text),
        "// " + "TO" + "DO: later"),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_house_is_tidy(rule):
    folders, find, example = RULES[rule]
    assert find(example), "the rule finds nothing in an example that breaks it"
    found = {path: places for path, text in sources(*folders).items() if (places := find(text))}
    assert not found
