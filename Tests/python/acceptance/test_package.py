"""What a release is made of: the package, its unit, the list of its parts, the image's recipe.

A package of the program that is judged here is put together without the static build, which takes
ten minutes; `Tests/run package` makes that one, and tries it in a clean Debian.
"""

import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from repository import REPOSITORY

GUIDES = "Sources/cue-runner/cue-runner.docc"


def tool(name):
    """Debian's, or one of this environment."""
    path = shutil.which(name) or shutil.which(name, path=str(pathlib.Path(sys.executable).parent))
    if not path:
        pytest.fail(f"{name} is needed", pytrace=False)
    return path


def output(*words, **options):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def packed(cue_runner, tmp_path_factory):
    """The package, and a folder with what is in it."""
    folder = tmp_path_factory.mktemp("package")
    tool("dpkg-shlibdeps")
    package = output(REPOSITORY / ".release/package", cue_runner, folder, "--trial").strip()
    tree = folder / "tree"
    output("dpkg-deb", "--extract", package, tree)
    return pathlib.Path(package), tree


def test_the_package_has_what_belongs_to_it(packed, cue_runner, repository):
    package, tree = packed
    files = {str(path.relative_to(tree)) for path in tree.rglob("*")
             if path.is_symlink() or path.is_file()}
    doc = "usr/share/doc/cue-runner"
    wanted = {
        "usr/bin/cue-runner", "usr/libexec/cue-runner/play-show",
        "lib/systemd/system/cue-runner@.service", "usr/share/man/man1/cue-runner.1.gz",
        "usr/share/bash-completion/completions/cue-runner",
        "usr/share/zsh/vendor-completions/_cue-runner",
        "usr/share/fish/vendor_completions.d/cue-runner.fish",
        "usr/share/lintian/overrides/cue-runner",
        *(f"{doc}/{name}" for name in (
            "README.md", "copyright", "NOTICE.gz", "changelog.gz", "changelog.Debian.gz",
            "cues", "schemas", "examples")),
        *(f"{doc}/guides/{path.name}" for path in (repository / GUIDES).iterdir()),
        *(f"usr/share/cue-runner/{path.relative_to(repository)}"
          for folder in ("schemas", "cues") for path in (repository / folder).iterdir()),
    }  # fmt: skip
    assert files == wanted
    assert (tree / doc / "examples/trivia-night.yaml").is_file()
    version = output(cue_runner, "--version").strip()
    fields = output("dpkg-deb", "--field", package)
    assert re.search(rf"^Version: {re.escape(version)}-1~\w+", fields, re.M)
    for library in ("libyaml-0-2", r"libssl3\w*", r"libsqlite3-0", "libc6", "ca-certificates"):
        assert re.search(rf"^Depends: .*\b{library}\b", fields, re.M), library
    # Everything is root's, and nobody else may write.
    for line in output("dpkg-deb", "--contents", package).splitlines():
        assert re.match(r"[-dl]rw(x|-)r-(x|-)r-(x|-) root/root|lrwxrwxrwx root/root", line), line
    sums = output("dpkg-deb", "--info", package, "md5sums").splitlines()
    assert {line.split("  ")[1] for line in sums} == {
        name for name in files if not (tree / name).is_symlink()}
    for line in sums:
        digest, name = line.split("  ")
        assert hashlib.md5((tree / name).read_bytes()).hexdigest() == digest


def test_readme_names_what_is_installed(packed, repository):
    """Every place that the README tells of is in the package, or is the user's own."""
    _, tree = packed
    readme = (repository / "README.md").read_text()
    install = re.search(r"^## Install\n(.*?)^## ", readme, re.M | re.S)[1]
    named = re.findall(r"/usr/(?:share|libexec|bin|lib)/[\w./@-]*\w", install)
    assert named
    for name in named:
        assert (tree / name[1:]).exists(), name


def test_links_lead_to_what_is_installed(packed):
    """But for those that a checkout alone can follow."""
    _, tree = packed
    doc = tree / "usr/share/doc/cue-runner"
    followed = 0
    for page in (doc / "README.md", *(doc / "guides").glob("*.md")):
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if re.match(r"https?:|(\.\./)?(Benchmarks|\.release)/", target):
                continue
            place = tree / target[1:] if target[0] == "/" else page.parent / target
            assert place.exists(), f"{page.name}: {target}"
            followed += 1
    assert followed > 20


def test_the_changelog_tells_of_this_version(cue_runner, repository):
    """The package's date is the changelog's; the manual page has the same."""
    version = output(cue_runner, "--version").strip()
    text = (repository / ".release/CHANGELOG.md").read_text()
    first = re.search(r"^## \[(.*?)\] - (\d{4}-\d{2}-\d{2})$", text, re.M)
    assert first and first[1] == version
    page = output(repository / ".release/manual.py", cue_runner)
    shown = re.search(r"^\.Dd (.*)$", page, re.M)[1]
    assert output("date", "-d", shown, "+%F").strip() == first[2]


def test_the_list_of_parts(cue_runner, repository):
    text = output(repository / ".release/parts.py", "sbom", cue_runner)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    parts = json.loads(text)
    application = parts["metadata"]["component"]
    assert application["version"] == output(cue_runner, "--version").strip()
    digest = hashlib.sha256(cue_runner.read_bytes()).hexdigest()
    assert application["hashes"] == [{"alg": "SHA-256", "content": digest}]

    components = {part["name"]: part for part in parts["components"]}
    pins = json.loads((repository / "Package.resolved").read_text())["pins"]
    for pin in pins:
        part = components[pin["location"].removesuffix(".git").split("/")[-1]]
        assert part["version"] == pin["state"]["version"]
        properties = {each["name"]: each["value"] for each in part["properties"]}
        assert properties["cue-runner:revision"] == pin["state"]["revision"]
        assert part["licenses"] and part["purl"].endswith("@" + part["version"])
    # What the manifest asks for is in the program; what only other products want is not.
    for name in ("swift-nio", "swift-nio-ssl", "async-http-client", "hummingbird", "GRDB.swift"):
        assert components[name]["scope"] == "required"
    assert components["swift-certificates"]["scope"] == "excluded"
    assert {"libssl3", "libssl3t64"} & components.keys() and "libyaml-0-2" in components
    # Foreign code that they carry along is told as well.
    for name, foreign in (("-ssl", "boringssl"), ("-extras", "zlib"), ("", "llhttp")):
        assert [part["name"] for part in components[f"swift-nio{name}"]["components"]] == [foreign]


def test_licences_of_what_is_built_in(packed):
    _, tree = packed
    text = (tree / "usr/share/doc/cue-runner/copyright").read_text()
    paragraphs = [dict(re.findall(r"^(\S+?): (.*)$", p, re.M)) for p in text.split("\n\n")]
    files = [p for p in paragraphs if "Files" in p]
    assert {"*", "swift/*", "swift-nio/*", "GRDB.swift/*"} <= {p["Files"] for p in files}
    told = {p["License"] for p in paragraphs if "License" in p and "Files" not in p}
    for p in files:
        assert p["Copyright"]
        assert p["License"] in told or p["License"] == "MIT", p
    assert "Permission is hereby granted, free of charge" in text


def test_the_unit_is_one_that_systemd_understands(packed, tmp_path):
    _, tree = packed
    unit = (tree / "lib/systemd/system/cue-runner@.service").read_text()
    # Where the package would have put it; the manual page is looked for as well.
    here = tmp_path / "cue-runner@friday.service"
    for name in ("/usr/bin/cue-runner", "/usr/libexec/cue-runner/play-show"):
        unit = unit.replace(name, str(tree / name[1:]))
    here.write_text(re.sub(r"^Documentation=.*\n", "", unit, flags=re.M))
    done = subprocess.run(
        [tool("systemd-analyze"), "verify", "--man=no", here], capture_output=True, text=True)
    assert done.returncode == 0 and "friday" not in done.stderr, done.stderr


# A stand-in that writes down how it was called, and one line of a log.
RUNNER = """#!/bin/sh
echo "$@" >>called
while [ "$1" != --log ] && [ "$1" != --resume ]; do shift; done
echo '{"event":"EVENT"}' >>"$2"
"""


@pytest.mark.parametrize("last, goes_on", [("cue_sent", True), ("run_finished", False)])
def test_a_show_that_died_is_gone_on_with(repository, tmp_path, last, goes_on):
    """And one that came to its end, or whose /run was emptied, is not."""
    runner = tmp_path / "cue-runner"
    runner.write_text(RUNNER.replace("EVENT", last))
    runner.chmod(0o755)
    script = tmp_path / "play-show"
    text = (repository / ".release/play-show").read_text()
    assert "/usr/bin/cue-runner" in text
    script.write_text(text.replace("/usr/bin/cue-runner", str(runner)).replace("%SZ", "%S.%NZ"))
    folders = {"RUNTIME_DIRECTORY": tmp_path / "run", "STATE_DIRECTORY": tmp_path / "state"}
    for folder in folders.values():
        folder.mkdir()

    def play():
        output("sh", script, "friday", "--join", cwd=tmp_path,
               env={"PATH": "/usr/bin:/bin"} | {k: str(v) for k, v in folders.items()})
        return (tmp_path / "called").read_text().splitlines()[-1]

    socket = folders["RUNTIME_DIRECTORY"] / "control.sock"
    first = play()
    start = f"run /etc/cue-runner/friday.yaml --control {socket} --join"
    name = r"friday\.\d{8}T[\d.]+Z\.run\.jsonl"
    assert re.fullmatch(rf"{start} --log {tmp_path}/state/{name}", first)
    log = first.split()[-1]
    second = play()
    assert (second == f"{start} --resume {log} --sheet-changed") == goes_on
    (folders["RUNTIME_DIRECTORY"] / "log").unlink()
    third = play()
    assert " --log " in third and log not in third


def test_a_log_without_a_line_is_no_run(repository, tmp_path):
    (tmp_path / "log").symlink_to(tmp_path / "empty")
    (tmp_path / "empty").write_text("")
    script = (repository / ".release/play-show").read_text().replace("exec /usr/bin/", "echo ")
    said = output("sh", "-c", script, "play-show", "friday",
                  env={"PATH": "/usr/bin:/bin", "RUNTIME_DIRECTORY": str(tmp_path),
                       "STATE_DIRECTORY": str(tmp_path)})
    assert "--resume" not in said and not (tmp_path / "empty").exists()


def test_the_image_is_made_by_the_rules(repository):
    lint = subprocess.run(
        [tool("hadolint"), "--no-color", repository / ".release/Dockerfile"],
        capture_output=True, text=True)
    assert lint.returncode == 0 and not lint.stdout, lint.stdout


def test_scripts_are_sound(repository):
    scripts = [
        path for folder in (".release", "Tests", "Benchmarks", ".ci")
        for path in sorted((repository / folder).iterdir())
        if path.is_file() and re.match(rb"#!.*\b(ba)?sh\n", path.read_bytes()[:40])
    ]  # fmt: skip
    assert len(scripts) > 5
    found = subprocess.run(
        [tool("shellcheck"), "--external-sources", *scripts, repository / "Tests/install-missing"],
        capture_output=True, text=True, cwd=repository)
    assert found.returncode == 0, found.stdout
