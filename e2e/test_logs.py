"""The log: structured, with what an operator searches for, and with no token that somebody could use."""

import json

import pytest

from harness.clients import Aws, trust
from harness.executions import ended
from harness.wait import until
from test_callback import Parked


def events(server):
    """What was logged, each line read; standard output's one line is none of them."""
    return [json.loads(line) for line in server.log if line.startswith("{")]


def test_every_request_has_a_line_with_what_is_searched_for(start_server):
    server = start_server("--log-format", "json", "--log-level", "info,stepwell_server=debug")
    aws = Aws(server.url, "000000000000")
    parked = Parked(aws)
    request_id = parked.succeed({})["ResponseMetadata"]["RequestId"]

    def line():
        spans = [event for event in events(server) if event.get("span", {}).get("request_id") == request_id]
        return next((event for event in spans if event["message"] == "answered"), None)

    found = until(line)
    assert (found["level"], found["status"]) == ("DEBUG", 200)
    assert 0 < found["duration_ms"] < 60_000
    assert found["span"] == {
        "name": "request",
        "request_id": request_id,
        "service": "states",
        "operation": "SendTaskSuccess",
        "caller": "arn:aws:iam::000000000000:root",
        "execution": parked.execution,
    }
    starts = [event for event in events(server) if event.get("span", {}).get("operation") == "StartExecution"]
    assert starts and all(event["span"]["state_machine"] == parked.machine for event in starts)
    others = [line for line in server.log if not line.startswith("{")]
    assert len(others) == 1 and "is listening on" in others[0]


def test_no_token_can_be_read_in_the_log_whatever_is_logged(start_server):
    server = start_server("--log-level", "trace")
    aws = Aws(server.url, "000000000000")
    parked = Parked(aws)
    keys = aws.sts.assume_role(
        RoleArn=aws.iam.create_role(RoleName="taken", AssumeRolePolicyDocument=trust({"AWS": aws.account}))["Role"]["Arn"],
        RoleSessionName="session",
    )["Credentials"]
    Aws(server.url, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]).sqs.list_queues()
    # Where something is said of a request, a token in it is said with it: here it is the name that is asked for.
    with pytest.raises(aws.stepfunctions.exceptions.ExecutionDoesNotExist):
        arn = parked.execution.rsplit(":", 1)[0]
        aws.stepfunctions.describe_execution(executionArn=f"{arn}:{parked.token}")
    # One that is refused, one that is answered, and one that is answered twice.
    for answer in ("{}", "{}"):
        try:
            aws.stepfunctions.send_task_success(taskToken=parked.token, output=answer)
        except aws.stepfunctions.exceptions.TaskTimedOut:
            pass
    assert ended(aws, parked.execution)["status"] == "SUCCEEDED"
    assert server.stop() == 0
    text = "".join(server.log)
    assert "SendTaskSuccess" in text, "at this level requests are logged"
    assert f"…{parked.token[-11:]}" in text, "and the token is, but for its beginning"
    for secret in (parked.token, parked.message["ReceiptHandle"], keys["SessionToken"], keys["SecretAccessKey"]):
        assert secret not in text


def test_a_level_that_is_none_is_refused(start_server, tmp_path):
    from harness.server import spawn

    process = spawn(tmp_path / "data", "127.0.0.1:0", "--log-level", "stepwell_server=loud")
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2 and "--log-level" in said
