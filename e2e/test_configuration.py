"""The configuration file: option before environment before file, and mistakes told with their line."""

import os
import subprocess

import pytest

from harness.server import BINARY
from test_server import request


def serve(*arguments, **environment):
    variables = {name: value for name, value in os.environ.items() if not name.startswith("STEPWELL_")}
    return subprocess.run(
        [BINARY, "serve", *map(str, arguments)], env=variables | environment, capture_output=True, text=True, timeout=30
    )


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "stepwell.toml"
    path.write_text('listen = "127.0.0.1:1"\nauth = "required"\nhost = ["a.test", "b.test"]\noffline = true\n')
    return path


def test_option_before_environment_before_file_before_default(file):
    shown = serve("--config", file, "--print-config", "--listen", "127.0.0.1:3", STEPWELL_AUTH="off")
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    for line in (
        'listen = "127.0.0.1:3" # command line',
        'auth = "off" # environment',
        f'host = ["a.test", "b.test"] # `{file}`',
        f"offline = true # `{file}`",
        'sandbox = "auto" # default',
        "# metrics-listen is not set",
    ):
        assert line in lines, shown.stdout
    assert serve("--print-config", STEPWELL_CONFIG=str(file)).stdout.startswith(f'listen = "127.0.0.1:1" # `{file}`')


def test_a_server_is_what_its_file_says(start_server, file):
    server = start_server("--config", file)
    assert request(server, headers={"Host": "b.test"})[0] == 200
    assert request(server, path="/_stepwell/v1/callbacks")[0] == 403


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("listen = '127.0.0.1:1'\ndata_dir = 'x'\n", "line 2: `data_dir` is no option of `serve`; `data-dir` is meant"),
        ("\n\nauth = 'sometimes'\n", "line 3: invalid value 'sometimes'"),
        ("listen =\n", "line 1: "),
    ],
)
def test_mistakes_are_told_with_their_line(file, text, complaint):
    file.write_text(text)
    refused = serve("--config", file)
    assert refused.returncode == 1 and complaint in refused.stderr, refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_file_that_is_missing_is_told(tmp_path):
    refused = serve("--config", tmp_path / "none.toml")
    assert refused.returncode == 1 and "none.toml" in refused.stderr
