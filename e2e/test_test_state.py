"""One state tested by itself: with mocks, at all levels of inspection, by SDK and command line."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from harness.queues import create_queue, receive

TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f", "Payload.$": "$.order"},
    "ResultPath": "$.paid",
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Refund"}],
    "Next": "Ship",
}


@pytest.fixture
def states(aws):
    """AWS has a name of its own for this operation's host; a server reached by its address has not."""
    return aws.client("stepfunctions", inject_host_prefix=False)


def test_a_mocked_task_shows_what_it_made(states):
    answer = states.test_state(
        definition=json.dumps(TASK),
        input='{"order": 7}',
        inspectionLevel="DEBUG",
        mock={"result": '{"Payload": "ok", "StatusCode": 200}'},
    )
    assert (answer["status"], answer["nextState"]) == ("SUCCEEDED", "Ship")
    assert json.loads(answer["output"]) == {"order": 7, "paid": {"Payload": "ok", "StatusCode": 200}}
    inspected = answer["inspectionData"]
    assert json.loads(inspected["afterParameters"]) == {"FunctionName": "f", "Payload": 7}
    assert json.loads(inspected["afterResultPath"]) == json.loads(answer["output"])


def test_errors_are_retried_and_caught_as_the_state_says(states):
    busy = {"errorOutput": {"error": "Busy", "cause": "full"}}
    request = {"definition": json.dumps(TASK), "input": '{"order": 7}', "inspectionLevel": "DEBUG", "mock": busy}
    answer = states.test_state(**request, stateConfiguration={"retrierRetryCount": 1})
    assert answer["status"] == "RETRIABLE"
    assert answer["inspectionData"]["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 4}
    answer = states.test_state(**request, stateConfiguration={"retrierRetryCount": 2})
    assert (answer["status"], answer["nextState"], answer["error"]) == ("CAUGHT_ERROR", "Refund", "Busy")
    assert answer["inspectionData"]["errorDetails"] == {"catchIndex": 0}


def test_a_mock_must_look_like_the_answer(states):
    with pytest.raises(ClientError) as refused:
        states.test_state(definition=json.dumps(TASK), mock={"result": '{"StatusCode": "200"}'})
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Mock result schema validation error: Field 'StatusCode' must be a number",
    }
    answer = states.test_state(
        definition=json.dumps(TASK),
        input='{"order": 1}',
        mock={"result": '{"StatusCode": "200"}', "fieldValidationMode": "NONE"},
    )
    assert answer["status"] == "SUCCEEDED"


def test_a_state_of_a_machine_with_variables_in_jsonata(states):
    machine = {
        "QueryLanguage": "JSONata",
        "StartAt": "Add",
        "States": {
            "Add": {"Type": "Pass", "Assign": {"total": "{% $total + $states.input %}"}, "Next": "Enough"},
            "Enough": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $total > 9 %}", "Next": "Done"}],
                "Default": "Add",
            },
            "Done": {"Type": "Succeed"},
        },
    }
    request = {"definition": json.dumps(machine), "input": "3"}
    answer = states.test_state(**request, stateName="Add", variables='{"total": 7}', inspectionLevel="DEBUG")
    assert (answer["nextState"], answer["inspectionData"]["variables"]) == ("Enough", '{"total":10}')
    assert states.test_state(**request, stateName="Enough", variables='{"total": 10}')["nextState"] == "Done"
    assert states.test_state(**request, stateName="Enough", variables='{"total": 9}')["nextState"] == "Add"

def test_without_a_mock_the_task_really_calls(aws, states):
    url, _ = create_queue(aws, "orders")
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody.$": "$.order"},
        "ResultSelector": {"sent.$": "$.MessageId"},
        "Next": "Ship",
    }
    answer = states.test_state(
        definition=json.dumps(send), roleArn=aws.role("states"), input='{"order": "one"}', inspectionLevel="DEBUG"
    )
    assert (answer["status"], answer["nextState"]) == ("SUCCEEDED", "Ship")
    message = receive(aws, url)
    assert (message["Body"], message["MessageId"]) == ("one", json.loads(answer["output"])["sent"])
    assert json.loads(answer["inspectionData"]["result"])["MessageId"] == message["MessageId"]


def test_what_the_service_refuses_fails_the_state(aws, states):
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": "http://localhost/000000000000/nowhere", "MessageBody": "m"},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Lost"}],
        "End": True,
    }
    answer = states.test_state(definition=json.dumps(send), roleArn=aws.role("states"))
    assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "Lost")
    assert answer["error"] == "SQS.QueueDoesNotExistException"


def test_a_wait_is_waited_for(states):
    began = time.monotonic()
    answer = states.test_state(definition=json.dumps({"Type": "Wait", "Seconds": 1, "Next": "After"}), input="7")
    assert time.monotonic() - began >= 1
    assert (answer["status"], answer["nextState"], answer["output"]) == ("SUCCEEDED", "After", "7")
