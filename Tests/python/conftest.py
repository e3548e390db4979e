"""Fixtures: the program, its stage, and a server that judges it.

CUE_RUNNER names the program to be judged:

    CUE_RUNNER=.build/debug/cue-runner python -m pytest Tests/python
"""

import os
import pathlib
import shutil

import pytest
from playwright.sync_api import sync_playwright

from ivs_server import IVSServer, Stream
from program import CREDENTIALS, ES, MAIN, Program, StageProcess
from repository import REPOSITORY


def pytest_terminal_summary(terminalreporter):
    """Which blocks of the documentation were run, and which were not, and why."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == "documentation":
                terminalreporter.write_line(value)


@pytest.fixture(scope="session")
def cue_runner():
    """The path of the program. Without one nothing is judged, which must not look like success."""
    name = os.environ.get("CUE_RUNNER")
    if not name:
        pytest.fail("CUE_RUNNER must name the cue-runner program to be judged", pytrace=False)
    path = pathlib.Path(name).resolve()
    if not os.access(path, os.X_OK) or path.is_dir():
        pytest.fail(f"CUE_RUNNER: {path} is no program", pytrace=False)
    return path


@pytest.fixture
def program(cue_runner, tmp_path):
    program = Program(cue_runner, tmp_path)
    yield program
    program.close()


@pytest.fixture
def server():
    """An IVS with two channels that have been on the air for a minute."""
    with IVSServer(CREDENTIALS, {MAIN: Stream.now(60), ES: Stream.now(60)}) as server:
        yield server


@pytest.fixture
def stage(cue_runner, tmp_path_factory):
    """A factory of running stages; each is ended by SIGTERM, and must end well."""
    stages = []
    programs = []

    def start(*args):
        program = Program(cue_runner, tmp_path_factory.mktemp("stage"))
        programs.append(program)
        stages.append(StageProcess(program, *args))
        return stages[-1]

    yield start
    try:
        for running in stages:
            running.stop()
    finally:
        for program in programs:
            program.close()


@pytest.fixture
def repository():
    return REPOSITORY


@pytest.fixture(scope="module")
def chromium():
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if not path:
        pytest.fail("Debian's chromium is needed", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"])
        yield browser
        browser.close()


@pytest.fixture
def picture(repository):
    folder = pathlib.Path(
        os.environ.get("CUE_SCREENSHOTS", repository / ".build" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)

    def take(page, name, **options):
        # What moves has arrived first, but for what moves for ever.
        page.evaluate("""() => Promise.all(document.getAnimations()
            .filter((a) => a.effect.getComputedTiming().iterations !== Infinity)
            .map((a) => a.finished.catch(() => {})))""")
        page.screenshot(path=folder / f"{name}.png", **options)

    take.folder = folder
    return take
