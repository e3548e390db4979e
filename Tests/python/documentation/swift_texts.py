"""Finds the texts that the program says to its users, in the sources that say them.

A text with parts that are only known when it is said has an ellipsis in their place.
"""

import re

from repository import REPOSITORY


def literal(source, start):
    """Reads the string literal that begins at `start`: its template, and where it ends."""
    assert source[start] == '"'
    block = source.startswith('"""', start)
    end = '"""' if block else '"'
    place, text = start + len(end), ""
    while not source.startswith(end, place):
        if source.startswith("\\(", place):
            place = closing(source, place + 1)
            text += "…"
        elif source[place] == "\\":
            text += {"n": "\n", "\n": ""}.get(source[place + 1], source[place + 1])
            place += 2
        else:
            text += source[place]
            place += 1
    return text, place + len(end)


def closing(source, start):
    """The place after the bracket that closes the one at `start`; brackets in texts don't count."""
    depth, place = 0, start
    while True:
        if source[place] == '"':
            _, place = literal(source, place)
            continue
        if source.startswith("//", place):
            place = source.index("\n", place)
            continue
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(source[place], 0)
        place += 1
        if depth == 0:
            return place


def arguments(source, start):
    """The arguments of the call whose bracket opens at `start`, as source."""
    end = closing(source, start) - 1
    found, begin, place = [], start + 1, start + 1
    while place < end:
        if source[place] == '"':
            _, place = literal(source, place)
        elif source[place] in "([{":
            place = closing(source, place)
        elif source[place] == ",":
            found.append(source[begin:place].strip())
            place += 1
            begin = place
        else:
            place += 1
    last = source[begin:end].strip()
    return found + [last] * bool(last)


def template(expression):
    """What an expression says: texts joined by +, an ellipsis for what is no text; each arm of a
    choice by ?: is one of its own."""
    choice = re.match(r'(?s)[^"]*?\?(?!\?)\s*(?=")', expression)
    if choice:
        first, end = literal(expression, choice.end())
        rest = expression[end:].lstrip()
        # a + after the first arm belongs to it
        while rest.startswith("+"):
            piece = rest[1:].lstrip()
            text, stop = literal(piece, 0)
            first += text
            rest = piece[stop:].lstrip()
        if rest.startswith(":"):
            return [first] + template(rest[1:].strip())
    text, place = "", 0
    while place < len(expression):
        character = expression[place]
        if character == '"':
            piece, place = literal(expression, place)
            text += piece
        elif character in "([{":
            place = closing(expression, place)
            text += "…"
        elif character.isspace() or character == "+":
            place += 1
        else:
            place += 1
            text += "…"
    return [re.sub("…+", "…", text)]


def calls(pattern, folders=("",)):
    """(path, match, arguments) of each call whose name matches, in these folders of Sources."""
    for folder in folders:
        for path in sorted((REPOSITORY / "Sources" / folder).rglob("*.swift")):
            source = path.read_text()
            for match in re.finditer(pattern + r"\(", source):
                yield path, match, arguments(source, match.end() - 1)


