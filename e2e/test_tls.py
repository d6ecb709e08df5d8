"""TLS: AWS's clients, the command line and functions against a certificate made here; a new one without a restart."""

import json
import shutil
import signal
import socket
import ssl
import subprocess

import botocore.exceptions
import pytest

from harness.certificates import self_signed
from harness.clients import Aws, CommandLine
from harness.executions import ended
from harness.functions import create, invoke, node_runtime, python_runtime
from harness.queues import create_queue
from harness.server import BINARY, spawn
from harness.wait import until
from test_callback import Parked

ACCOUNT = "000000000000"


@pytest.fixture
def tls(start_server, tmp_path):
    """A server that speaks TLS, and an account of it that trusts its certificate."""
    certificate, key = self_signed(tmp_path)
    server = start_server("--tls-cert", certificate, "--tls-key", key)
    server.certificate, server.key = certificate, key
    return server, Aws(server.url, ACCOUNT, ca=certificate)


def stepwell(aws, *arguments, **environment):
    return subprocess.run(
        [BINARY, *map(str, arguments)],
        env=aws.environment() | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def shown(server):
    """The certificate that the server shows."""
    return ssl.get_server_certificate((server.host, server.port))


def test_a_callback_story_over_tls(tls):
    server, aws = tls
    assert server.url.startswith("https://")
    parked = Parked(aws)
    assert parked.url == f"{server.url}/{ACCOUNT}/questions"
    parked.succeed({"over": "tls"})
    assert ended(aws, parked.execution)["status"] == "SUCCEEDED"
    assert "stateMachines" in CommandLine(aws).json("stepfunctions", "list-state-machines")


def test_who_does_not_trust_the_certificate_goes_no_further(tls):
    server, aws = tls
    with pytest.raises(botocore.exceptions.SSLError):
        Aws(server.url, ACCOUNT).sqs.list_queues()
    distrustful = stepwell(aws, "callbacks", "list", AWS_CA_BUNDLE="")
    assert distrustful.returncode == 1 and "certificate" in distrustful.stderr, distrustful.stderr


def test_the_command_line_speaks_tls(tls):
    server, aws = tls
    parked = Parked(aws)
    listed = stepwell(aws, "callbacks", "list", "--output", "json")
    assert [callback["taskToken"] for callback in json.loads(listed.stdout)["callbacks"]] == [parked.token], listed
    answered = stepwell(
        aws, "callbacks", "succeed", parked.token, "--output", "{}", "--ca-bundle", server.certificate, AWS_CA_BUNDLE="/nowhere"
    )
    assert answered.returncode == 0, answered.stderr
    assert ended(aws, parked.execution)["status"] == "SUCCEEDED"
    nowhere = stepwell(aws, "callbacks", "list", "--ca-bundle", "/nowhere")
    assert nowhere.returncode == 1 and "/nowhere" in nowhere.stderr


@pytest.mark.parametrize("language", ["python", "node"])
def test_functions_call_back_over_tls(tls, language):
    server, aws = tls
    url, _ = create_queue(aws, "inside")
    python = """
import boto3, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=event["url"], MessageBody="m")
    return os.environ["AWS_ENDPOINT_URL"]
"""
    node = """
const { SQSClient, SendMessageCommand } = require("@aws-sdk/client-sqs");
exports.handler = async (event) => {
  await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: event.url, MessageBody: "m" }));
  return process.env.AWS_ENDPOINT_URL;
};
"""
    runtime, code = (python_runtime(), python) if language == "python" else (node_runtime(), node)
    function = create(aws, runtime, code, Timeout=60)
    assert invoke(aws, function, {"url": url}).value == server.url
    assert aws.sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "m"


def test_the_names_of_the_certificate_are_the_servers_own(start_server, tmp_path):
    certificate, key = self_signed(tmp_path, names="DNS:stepwell.test,DNS:localhost")
    server = start_server("--tls-cert", certificate, "--tls-key", key)
    context = ssl.create_default_context(cafile=certificate)
    for host, status in (("stepwell.test:4566", b"200"), ("other.test", b"403")):
        with context.wrap_socket(
            socket.create_connection((server.host, server.port)), server_hostname="stepwell.test"
        ) as connection:
            connection.sendall(f"GET /_stepwell/health HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
            assert connection.recv(4096).startswith(b"HTTP/1.1 " + status)


def test_a_certificate_is_replaced_without_a_restart(tls, tmp_path):
    server, aws = tls
    before = shown(server)
    aws.sqs.list_queues()
    # A connection that is open before and goes on after.
    context = ssl.create_default_context(cafile=server.certificate)
    with context.wrap_socket(socket.create_connection((server.host, server.port)), server_hostname="127.0.0.1") as open_one:

        def health():
            open_one.sendall(b"GET /_stepwell/health HTTP/1.1\r\nhost: localhost\r\n\r\n")
            return open_one.recv(4096).startswith(b"HTTP/1.1 200")

        assert health()
        # Files that don't fit together change nothing.
        certificate, key = self_signed(tmp_path, "next")
        shutil.copy(certificate, server.certificate)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: any("the certificate stays what it was" in line for line in server.log))
        assert shown(server) == before
        shutil.copy(key, server.key)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: shown(server), lambda certificate: certificate != before)
        assert health()
    assert Aws(server.url, ACCOUNT, ca=certificate).sqs.list_queues()


def test_files_that_can_not_be_used_are_told(tmp_path):
    certificate, key = self_signed(tmp_path)
    _, other = self_signed(tmp_path, "other")
    (tmp_path / "empty.pem").write_text("nothing\n")
    cases = [
        ((certificate, other), "is not that of the certificate in"),
        ((tmp_path / "missing.pem", key), "missing.pem"),
        ((tmp_path / "empty.pem", key), "holds no certificate"),
        ((certificate, certificate), "no private key"),
    ]
    for number, ((named, its_key), complaint) in enumerate(cases):
        process = spawn(tmp_path / f"data{number}", "127.0.0.1:0", "--tls-cert", named, "--tls-key", its_key)
        _, said = process.communicate(timeout=30)
        assert process.returncode != 0 and complaint in said, said
    process = spawn(tmp_path / "data", "127.0.0.1:0", "--tls-cert", certificate)
    _, said = process.communicate(timeout=30)
    assert process.returncode != 0 and "go together" in said
