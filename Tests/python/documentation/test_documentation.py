"""Holds the README and the guides against the program, its schemas and its sources.

Every block is run, and what it shows is compared: `…` stands for what varies or is left out, and
alone on a line for any number of lines. A comment before a block says what it needs: pages.py.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import tempfile

import pytest

import pages
import run_log
import swift_texts
from aws_servers import IAM, Server, need
from program import DISORDER, Program, StageProcess
from repository import REPOSITORY
from sheet_schema import SCHEMA as SHEET_SCHEMA
from sheet_schema import load

PAGES = {page.path.name: page for page in pages.pages()}
ARNS = [
    f"arn:aws:ivs:us-west-2:123456789012:channel/{name}" for name in ("abcdEFG123", "hijkLMN456")
]
# How long one block may take before it counts as hung.
PATIENCE = 60

# What is shown and not run; data in other forms is looked at by the tests below.
SHOWN = {"text", "ini", "html", "csv"}
RUN = {"console", "sh", "yaml", "json"}


def page(name):
    return PAGES[f"{name}.md"]


def swift_file(name):
    """The text of a Swift file, wherever in Sources it lies."""
    path, = (REPOSITORY / "Sources").rglob(name)
    return path.read_text()


# ---- Blocks --------------------------------------------------------------------------------------


class STS(Server):
    """Tells who is asking, and nothing else."""

    def answer(self, request):
        return 200, (
            "<GetCallerIdentityResponse><GetCallerIdentityResult>"
            "<Arn>arn:aws:sts::123456789012:assumed-role/Producer/ada</Arn>"
            "<UserId>AIDA</UserId><Account>123456789012</Account>"
            "</GetCallerIdentityResult></GetCallerIdentityResponse>"
        )


class Runner:
    """Runs the blocks of a page in a folder of its own."""

    def __init__(self, cue_runner, folder, sts, iam):
        self.program = Program(cue_runner, folder)
        self.folder = folder
        self.sts, self.iam = sts, iam
        # A socket's path has at most 107 bytes.
        self.runtime = tempfile.TemporaryDirectory(prefix="cue-docs-")
        self.elsewhere = tempfile.TemporaryDirectory(prefix="cue-docs-")
        os.mkdir(f"{self.elsewhere.name}/bin")
        os.symlink(cue_runner, f"{self.elsewhere.name}/bin/cue-runner")
        for name in ["cues", "schemas", "Sources"]:
            (folder / name).symlink_to(REPOSITORY / name)
        self.stage = None

    def close(self):
        if self.stage:
            self.stage.process.kill()
        self.program.close()
        self.runtime.cleanup()
        self.elsewhere.cleanup()

    def environment(self):
        more = {
            "PATH": f"{self.elsewhere.name}/bin:" + os.environ["PATH"],
            "XDG_RUNTIME_DIR": self.runtime.name,
            "TZ": "UTC",
        }
        if self.stage:
            more |= self.stage.exports
            more |= {"AWS_ENDPOINT_URL_STS": self.sts.url, "AWS_ENDPOINT_URL_IAM": self.iam.url}
        return more

    def run(self, block):
        """Runs one block; what is wrong with it is raised."""
        show = None
        if block.mark("on the air") is not None or block.mark("while"):
            channels = [word for arn in ARNS for word in ("--channel", arn)]
            elsewhere = Program(self.program.binary, self.elsewhere.name)
            self.stage = StageProcess(elsewhere, *channels)
        try:
            if copy := block.mark("copy"):
                source, name = copy.split()
                (self.folder / name).write_bytes((REPOSITORY / source).read_bytes())
            if name := block.mark("file"):
                (self.folder / name).parent.mkdir(exist_ok=True)
                (self.folder / name).write_text(block.text + "\n")
            if command := block.mark("while"):
                words = shlex.split(command)
                assert words[0] == "cue-runner"
                show = self.program.start(*words[1:], credentials=None, env=self.environment())
                show.wait_for(r"^\S+ +zero |waiting for GO")
            getattr(self, block.language, self.show)(block)
        finally:
            if show:
                show.signal(signal.SIGTERM)
                show.finish()
            if self.stage:
                self.stage.process.signal(signal.SIGTERM)
                self.stage.process.finish()
                self.stage = None

    def show(self, block):
        assert not re.match(r"\$ |cue-runner ", block.text), "a command is shown and not run"

    def bash(self, script):
        child = subprocess.Popen(
            ["bash", "-c", script], cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env=self.program.environment(**self.environment()),
        )
        try:
            output, _ = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            raise AssertionError(f"it did not end:\n{child.communicate()[0]}") from None
        result = subprocess.CompletedProcess(script, child.returncode, output)
        if "cue-runner" in script:
            found = DISORDER.search(result.stdout)
            assert not found, f"{found[0]!r} is nothing for users:\n{result.stdout}"
        return result

    def sh(self, block):
        result = self.bash("set -e\n" + block.text)
        wanted = int(block.mark("exits with") or 0)
        assert result.returncode == wanted, f"exit {result.returncode}\n{result.stdout}"

    def console(self, block):
        mark = "== end of command"
        script = "".join(
            f"{command}\nprintf '\\n{mark} %s\\n' $?\n" for command, _ in block.commands
        )
        result = self.bash(script)
        parts = re.split(rf"\n{mark} (\d+)\n", result.stdout)
        assert len(parts) == 2 * len(block.commands) + 1, result.stdout
        for index, (command, shown) in enumerate(block.commands):
            output, status = self.as_aws(parts[2 * index]), int(parts[2 * index + 1])
            is_last = index == len(block.commands) - 1
            wanted = int(block.mark("exits with") or 0) if is_last else 0
            assert status == wanted, f"$ {command}\nexit {status}\n{output}"
            if shown or is_last:
                lines = "\n".join(shown)
                assert matches(shown, output), (
                    f"$ {command}\n--- is shown\n{lines}\n--- is printed\n{output}"
                )

    def as_aws(self, output):
        """The stage stands in for IVS, and its address for AWS's."""
        if not self.stage:
            return output
        there = "https://ivs.us-west-2.amazonaws.com"
        output = output.replace(f"{self.stage.url}, by AWS_ENDPOINT_URL_IVS", there)
        output = output.replace(f"sending to {self.stage.url}", "sending to IVS in us-west-2")
        # A busy machine is rightly warned of its jitter.
        return re.sub(r"warn(  service .*\n) +→ .*\n", r"pass\1", output)

    def yaml(self, block):
        text = sheet(block.text)
        path = self.folder / "checked.yaml"
        path.write_text(text)
        result = self.bash("cue-runner check --strict --quiet checked.yaml")
        assert result.returncode == 0 and not result.stdout, f"{result.stdout}\n{text}"
        load(text)

    def json(self, block):
        try:
            values = [json.loads(block.text)]
        except ValueError:
            values = [json.loads(line) for line in block.text.splitlines()]
        for value in values:
            if isinstance(value, dict) and "event" in value:
                run_log.validate(value, json.dumps(value))


def matches(shown, output):
    """Whether lines are what was printed, with … for anything."""
    pattern = ""
    for line in shown:
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            # Columns are as wide as what they hold, which is not the same where … stands.
            parts = map(re.escape, line.rstrip().split("…"))
            pattern += ".*".join(re.sub(r"(?:\\ ){2,}", " +", part) for part in parts) + "\n"
    lines = output.rstrip("\n").split("\n") if output.strip() else []
    printed = "".join(line.rstrip() + "\n" for line in lines)
    return re.fullmatch(pattern, printed) is not None


def sheet(text):
    """A whole sheet around a part of one: a few of its keys, or a few cues."""
    if re.search(r"(?m)^- ", text):
        text = "cues:\n" + "".join(f"  {line}\n" for line in text.split("\n"))
    if not re.search(r"(?m)^channels?:", text):
        text = f"channel: {ARNS[0]}\n{text}"
    if not re.search(r"(?m)^version:", text):
        text = f"version: 1\n{text}"
    if not re.search(r"(?m)^cues:", text):
        text += "\ncues:\n  - {id: first, at: 1, payload: {type: banner}}\n"
    return text


def is_judged_by_next(blocks, index):
    """A sheet whose problems the next block shows."""
    following = blocks[index + 1] if index + 1 < len(blocks) else None
    return (
        blocks[index].language == "yaml" and following and following.language == "console"
        and blocks[index].mark("file") and "exits with" in dict(following.marks)
        and f"check {blocks[index].mark('file')}" in following.text
    )


@pytest.fixture(scope="module")
def services():
    need("jq", "jq")
    need("nc", "netcat-openbsd")
    with STS() as sts, IAM() as iam:
        yield sts, iam


@pytest.mark.parametrize("name", PAGES)
def test_blocks(name, cue_runner, tmp_path, services, record_property):
    runner = Runner(cue_runner, tmp_path, *services)
    problems, ran, left = [], 0, []
    blocks = PAGES[name].blocks
    try:
        for index, block in enumerate(blocks):
            why = block.mark("not run")
            if why:
                left.append(f"{block.place}: {why}")
                continue
            if block.language not in RUN | SHOWN:
                problems.append(f"{block.place}: {block.language!r} says not how it is to be run")
                continue
            try:
                if is_judged_by_next(blocks, index):
                    (tmp_path / block.mark("file")).write_text(block.text + "\n")
                else:
                    runner.run(block)
                ran += 1
            except (AssertionError, ValueError) as problem:
                problems.append(f"{block.place}: {problem}")
    finally:
        runner.close()
    said = [f"{name}: {ran} blocks were run or read, {len(left)} were not", *left]
    record_property("documentation", "\n  ".join(said))
    assert not problems, "\n\n".join(problems)
    assert ran or not blocks


def test_the_judge_of_output_can_say_no():
    assert matches(["a  …", "…", "z"], "a b\nc\nd\nz\n")
    assert matches([], "")
    assert not matches(["a"], "b\n")
    assert not matches(["a"], "a\nb\n")
    assert not matches(["a", "b"], "a\n")
    assert not matches([], "a\n")


# ---- Links, options ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    found = PAGES[name]
    for text, target in found.links:
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        there = (found.path.parent / path).resolve() if path else found.path
        assert there.exists(), f"[{text}]({target})"
        if anchor:
            headings = PAGES.get(there.name) or pages.read(there)
            assert anchor in headings.anchors, f"[{text}]({target}): there are {headings.anchors}"


def test_every_guide_is_linked_from_the_readme():
    targets = {target.partition("#")[0] for _, target in PAGES["README.md"].links}
    guides = {str(path.relative_to(REPOSITORY)) for path in pages.GUIDES.glob("*.md")}
    assert guides <= targets


# Options of other programs that the pages speak of.
FOREIGN = set(
    "--show-bin-path --scratch-path --product --profile --sso-session --format --channel-arn "
    "--metadata --policy-document --policy-name --quick --role-name --query".split()
)


def test_options_are_the_programs(cue_runner):
    known = set(FOREIGN)
    helps = subprocess.run([str(cue_runner), "--help"], capture_output=True, text=True, check=True)
    commands = re.findall(r"^  ([a-z]+)(?: \(default\))?  +[A-Z]", helps.stdout, re.M)
    assert len(commands) >= 13
    for command in [[], *([name] for name in commands)]:
        result = subprocess.run(
            [str(cue_runner), *command, "--help"], capture_output=True, text=True, check=True
        )
        known |= set(re.findall(r"--[a-z][a-z-]+", result.stdout))
    for name, found in PAGES.items():
        blocks = [
            block.text for block in found.blocks if block.language in ("sh", "console", "ini")
        ]
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", "\n".join(found.code + blocks)))
        assert named <= known, f"{name} names {named - known}"


def test_what_the_readme_repeats_is_the_same():
    """The picture is compared below."""

    def blocks(name, language):
        return [block.text for block in PAGES[name].blocks if block.language == language]

    assert blocks("README.md", "yaml")[0] == blocks("WritingASheet.md", "yaml")[0]
    policy, payload = blocks("README.md", "json")
    assert policy == blocks("SettingUpAWS.md", "json")[0]
    assert payload in blocks("WritingASheet.md", "console")[1]
    rows = page("Troubleshooting").rows("What you see") + page("Troubleshooting").rows("Messages")
    known = {cell for row in rows for cell in row[:1]}
    repeated = [row[0] for row in PAGES["README.md"].rows("Troubleshooting")[1:]]
    assert set(repeated) <= known


def test_docc_reads_the_guides(tmp_path):
    result = subprocess.run(
        [
            "docc", "convert", str(pages.GUIDES), "--output-path", str(tmp_path / "out"),
            "--fallback-display-name", "cue-runner", "--fallback-bundle-identifier", "cue-runner",
        ],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )
    assert (result.returncode, (result.stdout + result.stderr).strip()) == (0, "")


# ---- Writing a sheet -----------------------------------------------------------------------------

# A mapping of the schema, the heading whose table has its keys, and how a sheet leads there.
SHEET_KEYS = {
    "Keys of the sheet": (lambda s: s, lambda sheet: [sheet]),
    "Several channels": (
        lambda s: s["properties"]["channels"]["additionalProperties"]["anyOf"][1],
        lambda sheet: [c for c in sheet.get("channels", {}).values() if isinstance(c, dict)],
    ),
    "Defaults": (
        lambda s: s["properties"]["defaults"], lambda sheet: [sheet.get("defaults", {})],
    ),
    "Keys of a cue": (lambda s: s["$defs"]["cue"], lambda sheet: sheet["cues"]),
    "Questions": (
        lambda s: s["$defs"]["correct"]["anyOf"][1],
        lambda sheet: [c["correct"] for c in sheet["cues"] if isinstance(c.get("correct"), dict)],
    ),
    "Repeats and draws": (
        lambda s: s["$defs"]["repeat"],
        lambda sheet: [c["repeat"] for c in sheet["cues"] if "repeat" in c],
    ),
}


def named(rows, column=0):
    """What stands in backquotes in a column of a table."""
    return [text for row in rows for text in pages.spans(row[column])]


@pytest.mark.parametrize("heading", SHEET_KEYS)
def test_every_key_of_a_sheet_is_told_and_shown(heading):
    schema, there = SHEET_KEYS[heading]
    keys = set(schema(SHEET_SCHEMA)["properties"])
    guide = page("WritingASheet")
    rows = guide.rows(heading)
    # Tables below headings of a lower rank have keys of their own.
    below = {
        "Keys of the sheet": ["Several channels", "Defaults"],
        "Keys of a cue": ["Questions", "Repeats and draws"],
    }
    for lower in below.get(heading, []):
        for row in guide.rows(lower):
            rows.remove(row)
    assert sorted(named(rows)) == sorted(keys)
    sheets = [load(sheet(block.text)) for block in guide.blocks if block.language == "yaml"]
    shown = {key for sheet in sheets for mapping in there(sheet) for key in mapping}
    assert keys <= shown, f"no example has {keys - shown}"


def test_every_mapping_of_the_schema_has_its_table():
    """A new mapping needs a table, or none would miss its keys."""
    found = json.dumps(SHEET_SCHEMA).count('"properties": {')
    assert found == len(SHEET_KEYS)


# ---- Reading the log -----------------------------------------------------------------------------


def fields(name):
    """All fields of an event, those of what it refers to included."""
    definition = run_log.SCHEMA["$defs"][name]
    found = set(definition.get("properties", {}))
    if "$ref" in definition:
        found |= fields(definition["$ref"].rpartition("/")[2])
    return found - {"event", "time"}


EVENTS = run_log.SCHEMA["properties"]["event"]["enum"]


def test_every_event_is_told_with_its_fields():
    rows = page("ReadingTheLog").rows("Events")
    assert [named([row])[0] for row in rows] == EVENTS
    for row in rows:
        event = named([row])[0]
        assert set(pages.spans(row[2])) == fields(event), event


def inside(event, field):
    """What an object or a list in a field has for fields of its own, and the words of a choice."""
    schema = run_log.SCHEMA["$defs"][event].get("properties", {}).get(field, {})
    while isinstance(schema, dict) and "$ref" in schema:
        schema = run_log.SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    if not isinstance(schema, dict):
        return set()
    words = schema.get("enum", []) if field in ("mode", "source", "what", "action") else []
    inner = schema.get("properties") or schema.get("items", {}).get("properties") or {}
    return set(inner) | set(words)


def test_every_field_is_told():
    rows = page("ReadingTheLog").rows("Fields")
    told = named(rows)
    assert len(told) == len(set(told))
    assert set(told) == {"time"} | {field for event in EVENTS for field in fields(event)}
    for row in rows:
        for name in pages.spans(row[0]):
            wanted = set().union(*(inside(event, name) for event in EVENTS))
            assert wanted <= set(pages.spans(row[1])), name
    assert inside("run_started", "sheet") and inside("operator", "action")


def test_every_reason_is_told():
    told = {(event, reason) for event, reason in (
        (pages.spans(row[0])[0], pages.spans(row[1])[0])
        for row in page("ReadingTheLog").rows("Reasons")
    )}
    known = set()
    for event in EVENTS:
        reason = run_log.SCHEMA["$defs"][event]["properties"].get("reason", {})
        known |= {(event, choice["const"]) for choice in reason.get("oneOf", [])}
    assert told == known


def test_every_figure_of_a_rule_is_told(cue_runner, tmp_path):
    result = subprocess.run(
        [str(cue_runner), "report", "--fail-if", "x>1", "none.jsonl"], cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )
    known = re.search(r"There are (.*)", result.stderr)[1].split(", ")
    told = named(page("ReadingTheLog").rows("For scripts"))
    assert sorted(told) == sorted(known)


# ---- Troubleshooting -----------------------------------------------------------------------------


def literals(pattern, place=1):
    """The texts that a call of that name says; what only passes on another's is left out."""
    found = set()
    for _, _, arguments in swift_texts.calls(pattern):
        if len(arguments) > place and not arguments[place].startswith("hint:"):
            found |= set(swift_texts.template(arguments[place].removeprefix("message:").strip()))
    return {text.replace("`", "") for text in found - {"…"} if " " in text or "…" in text}


def told(heading):
    return {text for text in named(page("Troubleshooting").rows(heading))}


def test_every_message_is_told():
    known = literals(r"\bCommandFailure")
    known |= literals(r"\bStageProblem", 0)
    known |= literals(r"\bOptionProblem", 0)
    known |= literals(r"terminal\.error", 0)
    assert len(known) > 50
    assert told("Messages") == known


def test_messages_are_told_with_their_exit_status():
    source = swift_file("ShowSettings.swift")
    numbers = dict(re.findall(r"^    case (\w+) = (\d+)$", source, re.M))
    known = {}
    for _, _, arguments in swift_texts.calls(r"\bCommandFailure"):
        if len(arguments) > 1:
            for text in swift_texts.template(arguments[1]):
                known.setdefault(text, set()).update(re.findall(r"\.(\w+)(?![\w.(])", arguments[0]))
    rows = [row for row in page("Troubleshooting").rows("Messages") if len(row) == 3]
    looked = 0
    for row in rows:
        names = known.get(pages.spans(row[0])[0], set()) & set(numbers)
        if names:
            assert set(re.findall(r"\d+", row[1])) == {numbers[name] for name in names}, row[0]
            looked += 1
    assert looked > 35


def test_every_problem_of_credentials_is_told():
    known = literals(r"\bAWSProblem")
    known |= {"HTTPS_PROXY …", 'can\'t read certificates from "…"'}
    source = swift_file("HTTPTransport.swift")
    assert 'can\'t read certificates from' in source
    assert len(known) > 40
    assert told("Credentials and configuration") == known


def test_every_refusal_is_told():
    known = literals(r"\.refused", 0) | literals(r"\.unusable", 0)
    # On the screen the reason stands in these.
    known -= {"the edited sheet can't be used: …", "…; the show goes on as it was\n…"}
    # Said by a choice between two.
    known |= {'"…" is not pending any more'}
    source = swift_file("DispatchPlan+Operator.swift")
    assert "is not pending any more" in source
    assert told("Refused actions") == known


def test_every_failure_of_a_hook_is_told():
    found = set()
    for path in (REPOSITORY / "Sources").rglob("*Hook*.swift"):
        text = path.read_text()
        for match in re.finditer(r'"it (?:was|can\'t|ended) ', text):
            found.add(swift_texts.literal(text, match.start())[0])
    assert told("Hooks") == found


def test_every_code_of_an_attempt_is_told():
    """AWS's names, by which attempts are judged, and our own words for a connection."""
    wire = swift_file("IVSErrorKind.swift")
    modelled = swift_file("IVSError.swift")
    wire += modelled.partition("statuses: ")[2].partition("]")[0]
    names = set(re.findall(r'"([A-Z][A-Za-z0-9]{5,})"', wire))
    assert len(names) > 40
    assert told("AWS's own") - {"502"} == names

    own = set()
    for folder in ["AWSTransport", "CuePublisher", "CueShow"]:
        for path in (REPOSITORY / "Sources" / folder).rglob("*.swift"):
            source = path.read_text()
            for text in re.findall(r'\bcode(?::| =) ("[^"]+")', source):
                own.add(swift_texts.literal(text, 0)[0])
            own |= set(re.findall(r'(?:return |: )\("([a-z_]+)", ', source))
    run = swift_file("RunCommand.swift")
    own |= set(re.findall(r'code: "(\w+)"', run))
    signing = swift_file("SigningError.swift")
    cases = re.findall(r'^ +case (\w+)(?: = "([\w-]+)")?$', signing, re.M)
    own |= {raw or name for name, raw in cases}
    assert told("Of the connection") == own


def sheet_codes(*folders):
    call = r"\b(?:error|warning|report|problem|fail|note|Diagnostic|ImportProblem)"
    codes = set()
    for _, _, arguments in swift_texts.calls(call, folders):
        for argument in arguments[:3]:
            if match := re.fullmatch(r'"([a-z]+(?:-[a-z]+)*)"', argument):
                codes.add(match[1])
                break
    return codes


def test_every_code_of_a_sheet_is_told():
    known = sheet_codes("CueSheet", "CueTimeline")
    assert len(known) > 60
    assert told("Problems of a sheet") == known
    assert told("Problems of a spreadsheet") == sheet_codes("CueImport")


def test_exit_statuses():
    source = swift_file("ShowSettings.swift")
    known = re.findall(r"^    case \w+ = (\d+)$", source, re.M)
    told = re.findall(r"\d+", " ".join(row[0] for row in PAGES["README.md"].rows("Exit status")))
    assert told == known
    manual = (REPOSITORY / ".release/manual.py").read_text()
    listed = manual.partition("STATUSES = [")[2].partition("\n]")[0]
    assert re.findall(r"\b\d+\b(?=[\d, ]*\")", listed) == known


# ---- Setting up AWS ------------------------------------------------------------------------------


def sources(room):
    return "".join(path.read_text() for path in (REPOSITORY / "Sources" / room).rglob("*.swift"))


WIRE = swift_file("IVSOperation.swift")
OPERATIONS = dict(re.findall(r'case (\w+) = "(\w+)"', WIRE))


def policies():
    blocks = [block for block in page("SettingUpAWS").blocks if block.language == "json"]
    return [json.loads(block.text)["Statement"][0] for block in blocks]


def test_the_policy_has_what_a_run_calls(server, program):
    """As the sources say, and as a server sees it."""
    publisher = swift_file("IVSPublisher.swift")
    called = {f"ivs:{name}" for case, name in OPERATIONS.items() if f".{case}," in publisher}
    policy = policies()[0]
    assert set(policy["Action"]) == called
    assert re.fullmatch(r"arn:aws:ivs:[a-z0-9-]+:\d{12}:channel/\w+", policy["Resource"])

    arn = next(iter(server.channels))
    path = program.write(
        "show.yaml",
        f"version: 1\nchannel: {arn}\ncues:\n"
        "  - {id: a, at: 0.1, payload: {n: 1}}\n  - {id: b, at: 0.2, ad_break: 30s}\n",
    )
    program.run(path, "--start", "now", env={"AWS_ENDPOINT_URL_IVS": server.url}).ended(0)
    assert {f"ivs:{call.operation}" for call in server.calls} == set(policy["Action"])


def test_every_call_is_told():
    told = named(page("SettingUpAWS").rows("Which calls are made"))
    credentials = sources("AWSCredentials")
    forms = set(re.findall(r'\("Action", "(\w+)"\)', credentials))
    known = {("iam:" if name == "SimulatePrincipalPolicy" else "sts:") + name for name in forms}
    known |= {"sso:GetRoleCredentials"} if "/federation/credentials" in credentials else set()
    known |= {"sso-oidc:CreateToken"} if '"/token"' in credentials else set()
    publisher = sources("CuePublisher")
    for case, name in OPERATIONS.items():
        known |= {f"ivs:{name}"} if re.search(rf"\.{case}\b", publisher) else set()
    calls = [text for text in told if re.fullmatch(r"[a-z-]+:[A-Z]\w+", text)]
    assert sorted(calls) == sorted(known)


def test_every_line_of_doctor_is_told():
    source = swift_file("Doctor.swift")
    source += swift_file("DoctorCommand.swift")
    source += swift_file("Findings.swift")
    known = set(re.findall(r'\.(?:pass|warn|fail)\(\s*"([a-z]+)[" ]', source))
    assert "let check = channels.count == 1 ? \"permission\"" in source
    told = named(page("SettingUpAWS").rows("Doctor"))
    assert {name.split()[0] for name in told} == known | {"permission", "channel"}


def test_every_variable_of_the_environment_is_told():
    name = r'"((?:AWS|XDG|NOTIFY|WATCHDOG)_[A-Z0-9_]+|NO_COLOR|TERM)"'
    known = set(re.findall(name, sources("")))
    told = set(named(page("SettingUpAWS").rows("Environment")))
    told = {name.partition("=")[0] for name in told if re.match(r"[A-Z]", name)}
    proxies = {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}
    assert told - proxies - {"AWS_ENDPOINT_URL_IVS"} == known


# ---- Architecture --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Package.swift, as SwiftPM understands it; elsewhere, so that no build is waited for."""
    scratch = str(tmp_path_factory.mktemp("package"))
    result = subprocess.run(
        ["swift", "package", "--scratch-path", scratch, "dump-package"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=PATIENCE, check=True,
    )
    return json.loads(result.stdout)


def rooms():
    """By name: what it does, which rooms it imports, which packages."""
    return {
        pages.spans(name)[0]: (does, set(pages.spans(own)), set(filter(None, foreign.split(", "))))
        for name, does, own, foreign in page("Architecture").rows("The rooms")
    }


def test_the_rooms_are_those_of_the_package(package):
    known = {}
    for target in package["targets"]:
        if target["type"] == "test" or (target.get("path") or "").startswith("Tests"):
            continue
        own, foreign = set(), set()
        for dependency in target["dependencies"]:
            own |= {dependency["byName"][0]} if "byName" in dependency else set()
            foreign |= {dependency["product"][1]} if "product" in dependency else set()
        known[target["name"]] = (own, foreign)
    assert {name: room[1:] for name, room in rooms().items()} == known


def test_nothing_imports_upward_nor_past_the_package():
    order = list(rooms())
    for name, (does, imports, packages) in rooms().items():
        assert all(order.index(other) < order.index(name) for other in imports), name
        line = r"^(?:@\w+ )?(?:\w+ )?import (?:\w+ )?(\w+)"
        found = set(re.findall(line, sources(name), re.M))
        assert found & set(order) <= imports, f"{name} imports {found & set(order) - imports}"
        if "*pure*" in does:
            assert not packages
            foreign = found - set(order) - {"Glibc", "Synchronization"}
            assert not foreign, f"{name} imports {foreign}"


def test_the_picture_has_every_room():
    pictures = [PAGES["README.md"].blocks[0], page("Architecture").blocks[0]]
    house = set(re.findall(r"\b(?:Cue|AWS|IVS)[A-Z]\w+|\bCLi\w+", pictures[1].text))
    assert house == set(rooms()) - {"cue-runner"}
    # The front door's is the same but for the last line.
    assert pictures[1].text.startswith(pictures[0].text)


def test_the_pictures_arrows_are_the_packages():
    """Whichever way data goes, the room on the right imports the one on the left."""
    house = rooms()
    text = page("Architecture").blocks[0].text
    arrows = re.findall(r"\b(\w+) (?=──(?:\w+──)?> (\w+))|\b(\w+) (?=<── (\w+))", text)
    pairs = [(a or c, b or d) for a, b, c, d in arrows]
    pairs = [(left, right) for left, right in pairs if {left, right} <= set(house)]
    assert len(pairs) >= 5
    for left, right in pairs:
        assert left in house[right][1], f"{right} does not import {left}"


def cells(heading):
    for row in page("Architecture").rows(heading):
        yield row, [pages.spans(cell) for cell in row]


def test_the_walks_lead_to_what_is_there():
    walks = 0
    for heading, where in [("Three walks", 1), ("One cue, from the sheet to its log line", 2)]:
        for row, spans in cells(heading):
            path, function = spans[where][0], spans[where + 1][0]
            assert function in (REPOSITORY / path).read_text(), row
            if heading == "Three walks":
                test, *names = spans[where + 2]
                text = (REPOSITORY / test).read_text()
                assert all(name in text for name in names), row
            walks += 1
    assert walks >= 20
    assert len(page("Architecture").rows("One cue, from the sheet to its log line")) == 10


def test_the_files_that_are_named_are_there():
    for found in PAGES.values():
        for text in found.code:
            if re.match(r"(Sources|Tests|schemas|Benchmarks|cues)/[\w./+-]+\.\w+$", text):
                assert (REPOSITORY / text).exists(), f"{found.path.name}: {text}"
