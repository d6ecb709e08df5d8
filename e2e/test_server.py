"""The process itself: health, one server per data directory, signals, who is heard at all."""

import http.client
import json
import os
import re
import signal
import stat

import pytest

from harness.clients import Aws
from harness.server import spawn


def request(server, method="GET", path="/_stepwell/health", headers=None, body=None):
    """A bare HTTP request: status, headers and body."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def test_health(server):
    status, headers, body = request(server)
    assert (status, headers["content-type"]) == (200, "application/json")
    health = json.loads(body)
    assert health["status"] == "ok"
    assert re.fullmatch(r"\d+\.\d+\.\d+", health["version"])


def test_the_data_directory_is_the_owners_alone(start_server, tmp_path):
    made = spawn(tmp_path / "fresh", "127.0.0.1:0")
    try:
        assert "is listening on" in made.stdout.readline()
        assert stat.S_IMODE(os.stat(tmp_path / "fresh").st_mode) == 0o700
        key = tmp_path / "fresh" / "root-credentials"
        assert stat.S_IMODE(os.stat(key).st_mode) == 0o600
        assert "aws_secret_access_key" in key.read_text()
    finally:
        made.terminate()
        made.communicate(timeout=30)


def test_a_second_server_on_the_same_data_is_refused_and_told_the_pid(start_server):
    first = start_server()
    second = spawn(first.data_dir, "127.0.0.1:0")
    _, complaint = second.communicate(timeout=30)
    assert second.returncode != 0
    assert str(first.process.pid) in complaint
    assert request(first)[0] == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_asked(start_server, number):
    server = start_server()
    waiting = Aws(server.url, "111122223333")
    url = waiting.sqs.create_queue(QueueName="open")["QueueUrl"]
    assert waiting.sqs.receive_message(QueueUrl=url).get("Messages") is None
    assert server.stop(number) == 0
    # The lock is free again, and nothing was lost.
    server.start()
    assert waiting.sqs.list_queues()["QueueUrls"] == [url]


def test_a_port_that_is_taken_is_said(server, tmp_path):
    second = spawn(tmp_path / "data", f"127.0.0.1:{server.port}")
    _, complaint = second.communicate(timeout=30)
    assert second.returncode != 0
    assert f"127.0.0.1:{server.port}" in complaint


def test_listening_beyond_loopback_needs_signatures_or_a_clear_wish(tmp_path):
    refused = spawn(tmp_path / "data", "0.0.0.0:0")
    _, complaint = refused.communicate(timeout=30)
    assert refused.returncode != 0
    assert "--auth required" in complaint and "--insecure-listen" in complaint


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example"},
    {"Host": "localhost.evil.example:80"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_foreign_pages_and_rebound_names_are_not_heard(server, headers):
    target = {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"}
    body = json.dumps({"QueueName": "planted"})
    status, _, _ = request(server, "POST", "/", headers | target, body)
    assert status == 403
    assert request(server, headers=headers)[0] == 403
    assert "planted" not in str(Aws(server.url, "000000000000").sqs.list_queues())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]", "sqs.us-east-1.localhost:4566"])
def test_own_names_are_heard(server, host):
    assert request(server, headers={"Host": host})[0] == 200


def test_names_and_origins_that_the_operator_names_are_heard(start_server):
    server = start_server("--host", "stepwell.test", "--cors-origin", "https://tools.test")
    assert request(server, headers={"Host": "stepwell.test:4566"})[0] == 200
    assert request(server, headers={"Origin": "https://tools.test", "Sec-Fetch-Site": "cross-site"})[0] == 200
    assert request(server, headers={"Origin": "https://others.test"})[0] == 403
