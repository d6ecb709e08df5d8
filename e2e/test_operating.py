"""What an operator sees: metrics, health and readiness."""

import json
import urllib.error
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from harness.clients import Aws
from harness.metrics import parse, scrape, value
from harness.queues import create_queue, receive
from harness.wait import until
from test_callback import Parked
from test_server import request


def listens(server):
    """Where the server's second listener is, from its log."""
    words = "metrics, health and readiness are on "
    line = until(lambda: next((line for line in server.log if words in line), None))
    return line.split(words)[1].strip().removesuffix("/_stepwell/")


def test_metrics_tell_what_was_done_and_what_waits(start_server):
    server = start_server()
    aws = Aws(server.url, "000000000000")
    page = f"{server.url}/_stepwell/metrics"
    parked = Parked(aws)
    url, _ = create_queue(aws, "three")
    for delay in (0, 0, 300):
        aws.sqs.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=delay)
    receive(aws, url)

    def queue(samples, name, state):
        labels = {"account": "000000000000", "region": "us-east-1", "queue": name, "state": state}
        return value(samples, "stepwell_queue_messages", **labels)

    seen = scrape(page)
    assert [queue(seen, "three", state) for state in ("visible", "in_flight", "delayed")] == [1, 1, 1]
    assert queue(seen, "questions", "in_flight") == 1
    assert value(seen, "stepwell_open_waits") == 1
    assert 0 <= value(seen, "stepwell_oldest_open_wait_age_seconds") < 180
    sends = {"service": "sqs", "operation": "SendMessage"}
    assert value(seen, "stepwell_requests_total", **sends, status="2xx") == 3
    assert value(seen, "stepwell_request_duration_seconds_count", **sends) == 3
    assert value(seen, "stepwell_request_duration_seconds_bucket", **sends, le="60.0") == 3
    assert value(seen, "stepwell_commit_duration_seconds_count") >= 8
    assert value(seen, "stepwell_batch_commands_sum") >= 8
    assert value(seen, "stepwell_store_disk_bytes") > 1000
    assert value(seen, "process_resident_memory_bytes") > 1 << 20
    assert value(seen, "stepwell_quarantined_commands") == value(seen, "stepwell_timers_late") == 0
    assert value(seen, "stepwell_stalled_seconds") < 5

    # What is stored is there after a kill; what was counted since the start begins anew.
    server.restart()
    seen = scrape(page)
    assert value(seen, "stepwell_open_waits") == 1
    assert sum(queue(seen, "three", state) for state in ("visible", "in_flight", "delayed")) == 3
    assert value(seen, "stepwell_requests_total", **sends, status="2xx") == 0
    parked.succeed({})
    until(lambda: value(scrape(page), "stepwell_open_waits"), lambda open_waits: open_waits == 0)
    aws.sqs.purge_queue(QueueUrl=url)
    until(lambda: queue(scrape(page), "three", "visible"), lambda messages: messages == 0)


def test_refusals_are_told_by_their_status(start_server):
    server = start_server()
    aws = Aws(server.url, "000000000000")
    with pytest.raises(aws.stepfunctions.exceptions.InvalidToken):
        aws.stepfunctions.send_task_success(taskToken="none", output="{}")
    seen = scrape(f"{server.url}/_stepwell/metrics")
    labels = {"service": "states", "operation": "SendTaskSuccess"}
    assert value(seen, "stepwell_requests_total", **labels, status="4xx") == 1
    assert value(seen, "stepwell_requests_total", **labels, status="2xx") == 0


def test_metrics_need_a_signature_where_requests_do_and_a_listener_of_their_own_none(start_server):
    server = start_server("--auth", "required", "--metrics-listen", "127.0.0.1:0")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        scrape(f"{server.url}/_stepwell/metrics")
    assert refusal.value.code == 403
    root = Aws.root(server)
    signed = botocore.awsrequest.AWSRequest("GET", f"{server.url}/_stepwell/metrics")
    keys = botocore.credentials.Credentials(root.access_key_id, root.secret)
    botocore.auth.SigV4Auth(keys, "stepwell", "us-east-1").add_auth(signed)
    with urllib.request.urlopen(urllib.request.Request(signed.url, headers=dict(signed.headers))) as answer:
        assert ("stepwell_open_waits", frozenset()) in parse(answer.read().decode())

    own = listens(server)
    for path in ("/metrics", "/_stepwell/metrics"):
        assert ("stepwell_open_waits", frozenset()) in scrape(own + path)
    for path, status in (("/_stepwell/health", "ok"), ("/_stepwell/ready", "ready")):
        assert json.load(urllib.request.urlopen(own + path))["status"] == status
        assert json.load(urllib.request.urlopen(server.url + path))["status"] == status
    # Nothing else is there, and no page of another site is heard.
    for address, headers in (
        (f"{own}/_stepwell/v1/callbacks", {}),
        (f"{own}/", {"X-Amz-Target": "AmazonSQS.ListQueues"}),
        (f"{own}/metrics", {"Origin": "https://evil.example"}),
    ):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(urllib.request.Request(address, headers=headers))
        assert refusal.value.code in (403, 404)


def test_a_server_that_shuts_down_is_not_ready_any_more(start_server):
    server = start_server("--metrics-listen", "127.0.0.1:0")
    aws = Aws(server.url, "000000000000")
    own = listens(server)
    assert request(server, path="/_stepwell/ready")[0] == 200
    # A request that doesn't end holds the shutdown up for a while.
    url, _ = create_queue(aws, "held")
    import socket

    held = socket.create_connection((server.host, server.port))
    held.sendall(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n")
    until(lambda: value(scrape(f"{own}/metrics"), "stepwell_connections"), lambda connections: connections >= 2)
    server.process.terminate()

    def reasons():
        try:
            return json.load(urllib.request.urlopen(f"{own}/_stepwell/ready")).get("reasons", [])
        except urllib.error.HTTPError as refusal:
            assert refusal.code == 503
            return json.load(refusal)["reasons"]

    assert until(reasons) == ["shutting down"]
    held.close()
    assert server.process.wait(30) == 0
