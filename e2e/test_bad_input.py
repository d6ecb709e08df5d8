"""Requests that no SDK would send: each is refused with a 4xx, in the protocol that it was sent in."""

import json

import botocore.exceptions
import pytest

from test_server import request

JSON = {"Content-Type": "application/x-amz-json-1.0"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def target(name):
    return JSON | {"X-Amz-Target": name}


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (target("AWSStepFunctions.MakeCoffee"), "{}", "UnknownOperationException"),
        (target("AmazonSQS.MakeCoffee"), "{}", "UnknownOperationException"),
        (target("AmazonNowhere.MakeCoffee"), "{}", "UnknownOperationException"),
        (target("AWSStepFunctions.ListStateMachines"), "{", "SerializationException"),
        (target("AWSStepFunctions.ListStateMachines"), "[]", "SerializationException"),
        (target("AWSStepFunctions.ListStateMachines"), '{"maxResults": "many"}', "SerializationException"),
        (target("AWSStepFunctions.ListStateMachines"), b"\xff\xfe{}", "SerializationException"),
        (target("AWSStepFunctions.ListStateMachines"), "[" * 100_000, "SerializationException"),
        (target("AmazonSQS.CreateQueue"), '{"QueueName": {"a": 1}}', "SerializationException"),
        (FORM, "Action=MakeCoffee&Version=2010-03-31", "InvalidAction"),
        (FORM, "Action=ListTopics&Version=1999-01-01", "InvalidAction"),
    ],
)
def test_malformed_requests_are_refused_in_their_protocol(server, headers, body, code):
    status, _, answer = request(server, "POST", "/", headers, body)
    assert 400 <= status < 500
    if headers is FORM:
        assert f"<Code>{code}</Code>" in answer
    else:
        assert json.loads(answer)["__type"].endswith(code)


@pytest.mark.parametrize("path", ["/2015-03-31/nothing", "/bucket/key", "/%00", "/../../etc/passwd", "/_stepwell/v9/x"])
def test_paths_that_are_nothing_are_refused(server, path):
    status, _, _ = request(server, "GET", path)
    assert 400 <= status < 500


@pytest.mark.parametrize(("service", "call"), [("rds", "describe_db_instances"), ("dynamodb", "list_tables"), ("ec2", "describe_vpcs")])
def test_services_that_are_not_here_are_refused_so_that_no_sdk_retries(aws, service, call):
    client = aws.client(service, retries={"total_max_attempts": 3, "mode": "standard"})
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        getattr(client, call)()
    metadata = refused.value.response["ResponseMetadata"]
    assert 400 <= metadata["HTTPStatusCode"] < 500
    assert metadata["RetryAttempts"] == 0


def test_a_body_that_is_too_large_is_refused(server):
    body = json.dumps({"QueueUrl": "x", "MessageBody": "y" * (9 << 20)})
    status, _, _ = request(server, "POST", "/", target("AmazonSQS.SendMessage"), body)
    assert status == 413


def test_a_body_that_never_comes_to_an_end_is_refused(server):
    def endless():
        for _ in range(80):
            yield b"x" * (1 << 20)

    try:
        status, _, _ = request(server, "POST", "/", JSON | {"Transfer-Encoding": "chunked"}, endless())
        assert status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # It was refused before all of it was sent.
    assert request(server)[0] == 200
