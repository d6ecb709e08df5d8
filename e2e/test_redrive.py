"""Executions that go on after they ended, as AWS's clients see them: tasks, branches, and map runs, also over a kill."""

import json

import pytest
from botocore.exceptions import ClientError
from harness.clients import Aws
from harness.executions import create_state_machine, ended, start, types
from harness.wait import until


def ask(queue, **more):
    """A task whose token comes through a queue."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody": {"Token.$": "$$.Task.Token", "Input.$": "$"}},
        "End": True,
        **more,
    }


def tokens(aws, queue, count):
    """The tokens of so many messages, which are deleted; in the order of their inputs."""
    found = []
    while len(found) < count:
        for message in aws.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5, MaxNumberOfMessages=10)["Messages"]:
            body = json.loads(message["Body"])
            found.append((json.dumps(body["Input"]), body["Token"]))
            aws.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [token for _, token in sorted(found)]


def test_a_failed_execution_goes_on_after_a_kill(start_server):
    server = start_server()
    aws = Aws(server.url, "123456789012")
    queue = aws.sqs.create_queue(QueueName="q")["QueueUrl"]
    branches = [{"StartAt": name, "States": {name: ask(queue, InputPath=f"$.{name}")}} for name in ("a", "b")]
    definition = {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}}
    execution = start(aws, create_state_machine(aws, definition), {"a": 1, "b": 2})
    first, second = tokens(aws, queue, 2)
    aws.stepfunctions.send_task_success(taskToken=first, output='"kept"')
    aws.stepfunctions.send_task_failure(taskToken=second, error="E")
    failed = ended(aws, execution)
    assert (failed["status"], failed["redriveStatus"], failed["redriveCount"]) == ("FAILED", "REDRIVABLE", 0)
    server.kill()
    server.start()
    redriven = aws.stepfunctions.redrive_execution(executionArn=execution, clientToken="once")
    server.kill()
    server.start()
    again = aws.stepfunctions.redrive_execution(executionArn=execution, clientToken="once")
    assert again["redriveDate"] == redriven["redriveDate"]
    [token] = tokens(aws, queue, 1)
    aws.stepfunctions.send_task_success(taskToken=token, output='"new"')
    done = ended(aws, execution)
    assert (done["status"], json.loads(done["output"]), done["redriveCount"]) == ("SUCCEEDED", ["kept", "new"], 1)
    assert types(aws, execution).count("ExecutionRedriven") == 1
    with pytest.raises(ClientError, match="Execution is SUCCEEDED and cannot be redriven") as refused:
        aws.stepfunctions.redrive_execution(executionArn=execution)
    assert refused.value.response["Error"]["Code"] == "ExecutionNotRedrivable"


def test_a_map_run_goes_on_with_what_failed(aws):
    queue = aws.sqs.create_queue(QueueName="q")["QueueUrl"]
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Ask",
        "States": {"Ask": ask(queue)},
    }
    definition = {"StartAt": "Map", "States": {"Map": {"Type": "Map", "ItemProcessor": processor, "End": True}}}
    execution = start(aws, create_state_machine(aws, definition), [1, 2, 3])
    first, second, _ = tokens(aws, queue, 3)
    aws.stepfunctions.send_task_success(taskToken=first, output='"kept"')
    aws.stepfunctions.send_task_failure(taskToken=second, error="E")
    assert ended(aws, execution)["status"] == "FAILED"
    [run] = aws.stepfunctions.list_map_runs(executionArn=execution)["mapRuns"]

    def described():
        return aws.stepfunctions.describe_map_run(mapRunArn=run["mapRunArn"])

    until(described, lambda now: now["executionCounts"]["running"] == 0)
    aws.stepfunctions.redrive_execution(executionArn=execution)
    for token in tokens(aws, queue, 2):
        aws.stepfunctions.send_task_success(taskToken=token, output='"new"')
    assert json.loads(ended(aws, execution)["output"]) == ["kept", "new", "new"]
    assert (described()["status"], described()["redriveCount"]) == ("SUCCEEDED", 1)
    redriven = aws.stepfunctions.list_executions(mapRunArn=run["mapRunArn"], redriveFilter="REDRIVEN")["executions"]
    assert [child["redriveCount"] for child in redriven] == [1, 1]
    assert "MapRunRedriven" in types(aws, execution)
