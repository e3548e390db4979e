"""Reads the README and the guides: headings, links, and fenced blocks with what is said of them.

What a test has to know of a block stands in a comment just before it, which no reader sees:

    <!-- not run: WHY -->              it can't be run here
    <!-- exits with 65 -->             its command, or the last of them, ends with that status
    <!-- file: show.yaml -->           it is put into a file of that name
    <!-- copy: PATH show.run.jsonl --> a file of the repository lies there under that name
    <!-- on the air -->                a stage stands in for IVS; its stream begins with the block
    <!-- while: cue-runner … -->       the block is run beside that show, on such a stage

Each page has a folder of its own, in which its blocks are run from the first to the last.
"""

import dataclasses
import pathlib
import re

from repository import REPOSITORY

GUIDES = REPOSITORY / "Sources/cue-runner/cue-runner.docc"
README = REPOSITORY / "README.md"

FENCE = re.compile(r"(?P<indent> *)```(?P<language>\S*)$")
MARK = re.compile(
    r"\s*<!-- (?P<word>not run|exits with|file|copy|on the air|while):? ?(?P<value>.*?) ?-->$"
)
SPAN = re.compile(r"(?<!`)(`+)(?!`)\s?(.+?)\s?(?<!`)\1(?!`)")


@dataclasses.dataclass
class Block:
    page: pathlib.Path
    line: int
    language: str
    text: str
    marks: list

    def mark(self, word):
        """What the comments before the block say; None where they don't."""
        return next((value for name, value in self.marks if name == word), None)

    @property
    def place(self):
        return f"{self.page.name}:{self.line}"

    @property
    def commands(self):
        """Of a console block: each command, and the lines that are shown after it."""
        found = []
        for line in self.text.split("\n"):
            if line.startswith("$ "):
                found.append([line[2:], []])
            elif found and not found[-1][1] and found[-1][0].endswith("\\"):
                found[-1][0] += "\n" + line.removeprefix("> ")
            else:
                assert found, f"{self.place}: a console block begins with $"
                found[-1][1].append(line)
        return found


@dataclasses.dataclass
class Page:
    path: pathlib.Path
    text: str
    blocks: list
    headings: list
    prose: str

    @property
    def anchors(self):
        """As GitHub makes them of headings."""
        found, times = [], {}
        for heading in self.headings:
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
            slug = re.sub(r"[^\w\- ]", "", plain.lower().replace("`", "")).replace(" ", "-")
            count = times.get(slug, 0)
            times[slug] = count + 1
            found.append(slug if count == 0 else f"{slug}-{count}")
        return found

    @property
    def links(self):
        """(text, target) of all that is linked or shown outside of code."""
        link = r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)"
        return re.findall(link, SPAN.sub("", self.prose))

    @property
    def code(self):
        """What stands in backquotes in the running text."""
        return spans(self.prose.replace("\\|", "|"))

    def section(self, heading):
        """The lines below a heading, up to the next one of its rank."""
        match = re.search(rf"^(#+) {re.escape(heading)}$", self.prose, re.M)
        assert match, f"{self.path.name} has no heading {heading!r}"
        rest = self.prose[match.end():]
        end = re.search(rf"^#{{1,{len(match[1])}}} ", rest, re.M)
        return rest[: end.start()] if end else rest

    def rows(self, heading):
        """The cells of all tables below a heading, but for the tables' own heads."""
        rows = []
        for line in self.section(heading).split("\n"):
            line = line.strip()
            if not line.startswith("|"):
                continue
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
            if all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                rows.pop()
            else:
                rows.append([cell.replace("\\|", "|") for cell in cells])
        return rows


def spans(text):
    """What stands in backquotes."""
    return [found for _, found in SPAN.findall(text)]


def read(path):
    text = path.read_text()
    blocks, headings, prose, marks = [], [], [], []
    lines = iter(enumerate(text.split("\n"), 1))
    for number, line in lines:
        fence = FENCE.match(line)
        mark = MARK.match(line)
        if fence:
            inside = []
            indent = fence["indent"]
            for _, inner in lines:
                if inner.strip() == "```":
                    break
                inside.append(inner.removeprefix(indent))
            else:
                raise AssertionError(f"{path.name}:{number}: the block is never closed")
            blocks.append(
                Block(
                    path, number, fence["language"], "\n".join(inside), marks,
                )
            )
            marks = []
            continue
        if mark:
            marks.append((mark["word"], mark["value"]))
            continue
        assert not (marks and line.strip()), f"{path.name}:{number}: a comment without its block"
        heading = re.match(r"#+ (.*)", line)
        if heading:
            headings.append(heading[1].strip())
        prose.append(line)
    return Page(path, text, blocks, headings, "\n".join(prose))


def pages():
    return [read(path) for path in [README, *sorted(GUIDES.glob("*.md"))]]
