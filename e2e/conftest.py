"""Fixtures: one server for all tests, an account for each, and servers of their own for the tests that kill them."""

import os
import random
from pathlib import Path

import pytest

from harness.clients import YOUNG_REGION, Aws, CommandLine
from harness.server import Server

SHARED = Path(os.environ.get("STEPWELL_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that tests share. It must still run, and end cleanly, when they are done."""
    server = Server(tmp_path_factory.mktemp("shared") / "data").start()
    yield server
    assert server.is_running(), "the server died:\n" + "".join(server.log[-50:])
    assert server.stop() == 0
    assert not [line for line in server.log if "panicked" in line]


@pytest.fixture
def start_server(tmp_path):
    """Makes servers that the test has for itself: `start_server("--auth", "required")`."""
    servers = []

    def start(*arguments):
        server = Server(tmp_path / f"data-{len(servers)}", *arguments)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        if server.is_running():
            server.stop()


@pytest.fixture
def account():
    """Twelve digits that no other test has."""
    return f"{random.randrange(10**11, 10**12)}"


@pytest.fixture
def aws(server, account):
    """The shared server, as an account that nobody else uses."""
    return Aws(server.url, account)


@pytest.fixture(params=["option", "environment"])
def command_line(request, aws):
    """The `aws` command line, by --endpoint-url and by AWS_ENDPOINT_URL."""
    by_environment = request.param == "environment"
    if by_environment:
        aws.region = YOUNG_REGION
    return CommandLine(aws, by_environment=by_environment)


@pytest.fixture
def command_line_2(aws):
    """Debian's `aws`, of version 2: it has `logs tail`, and speaks the older protocol of SQS."""
    return CommandLine(aws, program="/usr/bin/aws")


@pytest.fixture
def mission():
    """The folder with the mission's own function and definition, where it is beside the repository."""
    folder = SHARED / "mission"
    if not folder.is_dir():
        pytest.skip(f"there is no {folder} here")
    return folder
