"""Fixtures around AWS's credential services; test modules import those that they use."""

import pytest

from aws_servers import STS, Moto
from watched import Watched


@pytest.fixture(scope="session")
def moto(tmp_path_factory):
    with Moto(tmp_path_factory.mktemp("moto")) as moto:
        yield moto


@pytest.fixture
def sts(moto):
    with STS(moto) as sts:
        yield sts


@pytest.fixture
def watched(cue_runner, tmp_path):
    program = Watched(cue_runner, tmp_path)
    yield program
    program.close()
