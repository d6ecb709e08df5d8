"""EXPRESS state machines, as boto3 runs them: synchronously, with tasks in the other services, within their limits."""

import http.client
import json
import threading
import time

import pytest
from botocore.exceptions import ClientError

from harness.clients import Aws
from harness.wait import until

ROLE = "r"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def states(aws):
    """boto3's client, which puts `sync-` before the host unless it is told not to."""
    aws.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
    return aws.client("stepfunctions", inject_host_prefix=False)


def machine(aws, states, definition, name="m", **more):
    role = f"arn:aws:iam::{aws.account}:role/{ROLE}"
    made = states.create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role, **{"type": "EXPRESS", **more}
    )
    return made["stateMachineArn"]


def passes(count):
    """A definition of so many Pass states."""
    names = [f"P{index}" for index in range(count)]
    following = [{"Next": name} for name in names[1:]] + [{"End": True}]
    return {"StartAt": "P0", "States": {name: {"Type": "Pass", **end} for name, end in zip(names, following)}}


def test_an_execution_is_answered_with_its_output_and_what_it_costs(aws, states):
    arn = machine(aws, states, passes(5))
    assert states.describe_state_machine(stateMachineArn=arn)["type"] == "EXPRESS"
    ended = states.start_sync_execution(stateMachineArn=arn, name="n", input='{"a": 1}', traceHeader="t")
    assert (ended["status"], ended["output"], ended["name"]) == ("SUCCEEDED", '{"a":1}', "n")
    assert ended["executionArn"].startswith(arn.replace(":stateMachine:", ":express:") + ":n:")
    assert ended["billingDetails"] == {"billedDurationInMilliseconds": 100, "billedMemoryUsedInMB": 64}
    assert ended["traceHeader"] == "t" and ended["startDate"] <= ended["stopDate"]
    bare = states.start_sync_execution(stateMachineArn=arn, name="n", includedData="METADATA_ONLY")
    assert "output" not in bare and bare["outputDetails"] == {"included": False}


def test_the_operations_of_the_other_type_are_refused(aws, states):
    express = machine(aws, states, passes(1))
    standard = machine(aws, states, passes(1), name="s", type="STANDARD")
    ended = states.start_sync_execution(stateMachineArn=express)
    execution = ended["executionArn"]
    refused = [
        (states.start_sync_execution, {"stateMachineArn": standard}, "StateMachineTypeNotSupported"),
        (states.list_executions, {"stateMachineArn": express}, "StateMachineTypeNotSupported"),
        (states.describe_execution, {"executionArn": execution}, "InvalidArn"),
        (states.stop_execution, {"executionArn": execution}, "InvalidArn"),
        (states.get_execution_history, {"executionArn": execution}, "InvalidArn"),
        (states.start_sync_execution, {"stateMachineArn": express, "input": "no"}, "InvalidExecutionInput"),
        (states.start_sync_execution, {"stateMachineArn": express + "x"}, "StateMachineDoesNotExist"),
    ]
    for call, arguments, code in refused:
        with pytest.raises(ClientError) as error:
            call(**arguments)
        assert error.value.response["Error"]["Code"] == code, arguments


def test_tasks_waits_and_branches_run_in_memory(aws, states):
    queue = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": queue, "MessageBody.$": "$.text"},
        "ResultPath": None,
        "End": True,
    }
    listing = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues", "End": True}
    wait = {"Type": "Wait", "Seconds": 1, "End": True}
    branches = [{"StartAt": "S", "States": {"S": state}} for state in (send, listing, wait)]
    both = {"StartAt": "B", "States": {"B": {"Type": "Parallel", "Branches": branches, "End": True}}}
    # Names of states are unique in a definition.
    for index, branch in enumerate(branches):
        name = f"S{index}"
        branch["StartAt"], branch["States"] = name, {name: branch["States"]["S"]}
    ended = states.start_sync_execution(stateMachineArn=machine(aws, states, both), input='{"text": "hello"}')
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])[1] == {"QueueUrls": [queue]}
    assert ended["billingDetails"]["billedDurationInMilliseconds"] >= 1000
    assert aws.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"


def test_failures_and_timeouts_are_answers(aws, states):
    fail = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}}
    ended = states.start_sync_execution(stateMachineArn=machine(aws, states, fail, name="f"))
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "E", "C")
    slow = {"TimeoutSeconds": 1, "StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": True}}}
    ended = states.start_sync_execution(stateMachineArn=machine(aws, states, slow, name="w"))
    assert (ended["status"], ended["error"]) == ("TIMED_OUT", "States.Timeout")


def test_it_answers_under_the_prefix_of_the_host(aws, server, states):
    arn = machine(aws, states, passes(1))
    host, port = server.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    headers = {
        "Host": f"sync-localhost:{port}",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "AWSStepFunctions.StartSyncExecution",
    }
    connection.request("POST", "/", json.dumps({"stateMachineArn": arn}), headers)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    assert (answer.status, body["status"]) == (200, "SUCCEEDED")


def test_who_leaves_ends_the_execution(aws, server, states):
    queue = aws.client("sqs").create_queue(QueueName="left")["QueueUrl"]
    late = {
        "StartAt": "W",
        "States": {
            "W": {"Type": "Wait", "Seconds": 2, "Next": "S"},
            "S": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Parameters": {"QueueUrl": queue, "MessageBody": "late"},
                "End": True,
            },
        },
    }
    arn = machine(aws, states, late)
    impatient = aws.client("stepfunctions", inject_host_prefix=False, read_timeout=1)
    gone = threading.Thread(target=lambda: pytest.raises(Exception, impatient.start_sync_execution, stateMachineArn=arn))
    began = time.monotonic()
    gone.start()
    stays = states.start_sync_execution(stateMachineArn=arn)
    assert stays["status"] == "SUCCEEDED" and time.monotonic() - began >= 2
    gone.join()
    # Both would have sent by now: a long poll finds the one message of the caller who stayed, and no other.
    sqs = aws.client("sqs")
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=2)["Messages"]
    assert len(received) == 1
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2)


def test_asynchronous_executions_run_and_tell_their_log(aws, states):
    group = aws.client("logs")
    group.create_log_group(logGroupName="/express")
    arn = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:/express:*"
    logging = {
        "level": "ALL",
        "includeExecutionData": True,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
    }
    made = machine(aws, states, passes(2), loggingConfiguration=logging)
    started = states.start_execution(stateMachineArn=made, name="n", input='{"a": 1}')
    assert ":express:m:n:" in started["executionArn"]

    def types():
        events = group.filter_log_events(logGroupName="/express")["events"]
        return [json.loads(event["message"])["type"] for event in events]

    expected = ["ExecutionStarted", *["PassStateEntered", "PassStateExited"] * 2, "ExecutionSucceeded"]
    until(types, lambda seen: len(seen) >= len(expected))
    assert types() == expected
    states.start_sync_execution(stateMachineArn=made)
    entry = json.loads(group.filter_log_events(logGroupName="/express")["events"][0]["message"])
    assert entry["execution_arn"] == started["executionArn"]
    assert entry["details"]["input"] == '{"a": 1}'


def test_an_acknowledged_execution_runs_although_the_server_was_killed(start_server):
    server = start_server()
    aws = Aws(server.url, "111122223333")
    aws.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
    queue = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    send = {
        "StartAt": "W",
        "States": {
            "W": {"Type": "Wait", "Seconds": 1, "Next": "S"},
            "S": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Parameters": {"QueueUrl": queue, "MessageBody.$": "$.n"},
                "End": True,
            },
        },
    }
    states = aws.client("stepfunctions")
    made = machine(aws, states, send)
    states.start_execution(stateMachineArn=made, input='{"n": "kept"}')
    server.kill()
    server.start()
    sqs = Aws(server.url, "111122223333").client("sqs")
    received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)
    assert received["Messages"][0]["Body"] == "kept"
