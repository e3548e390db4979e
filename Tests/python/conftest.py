"""Fixtures: the program, its stage, and a server that judges it.

CUE_RUNNER names the program to be judged:

    CUE_RUNNER=.build/debug/cue-runner python -m pytest Tests/python
"""

import os
import pathlib

import pytest

from ivs_server import IVSServer, Stream
from program import CREDENTIALS, Program, StageProcess

MAIN = "arn:aws:ivs:us-west-2:123456789012:channel/Main12345"
ES = "arn:aws:ivs:us-west-2:123456789012:channel/Es1234567"


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
    return pathlib.Path(__file__).parents[2]
