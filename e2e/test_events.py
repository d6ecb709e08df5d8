"""The default bus of EventBridge as boto3 uses it: rules, targets, and what executions tell."""

import json

import pytest
from botocore.exceptions import ClientError

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["states.amazonaws.com", "events.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture
def role(aws):
    made = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
    return made["Role"]["Arn"]


@pytest.fixture
def queue(aws):
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, arn


def machine(aws, role, name, state):
    definition = json.dumps({"StartAt": "S", "States": {"S": {"End": True, **state}}})
    made = aws.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=role)
    return made["stateMachineArn"]


def rule(aws, name, pattern, target):
    events = aws.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    assert events.put_targets(Rule=name, Targets=[{"Id": "1", **target}])["FailedEntryCount"] == 0


def heard(aws, url):
    messages = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def test_a_rule_hears_how_an_execution_ended(aws, role, queue):
    url, arn = queue
    fails = machine(aws, role, "fails", {"Type": "Pass"})
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["SUCCEEDED"]},
    }
    rule(aws, "ends", pattern, {"Arn": arn})
    started = aws.client("stepfunctions").start_execution(stateMachineArn=fails, input="[1]")
    [event] = heard(aws, url)
    assert event["resources"] == [started["executionArn"]]
    assert (event["detail"]["output"], event["detail"]["error"]) == ("[1]", None)


def test_events_of_ones_own_start_a_state_machine(aws, role, queue):
    url, arn = queue
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody.$": "$"},
    }
    started = machine(aws, role, "started", send)
    transformer = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"number": <n>}'}
    rule(aws, "own", {"source": ["shop"]}, {"Arn": started, "RoleArn": role, "InputTransformer": transformer})
    entry = {"Source": "shop", "DetailType": "order", "Detail": json.dumps({"n": 7})}
    put = aws.client("events").put_events(Entries=[entry, {**entry, "Detail": "no"}])
    assert put["FailedEntryCount"] == 1 and put["Entries"][1]["ErrorCode"] == "MalformedDetail"
    sqs = aws.client("sqs")
    message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]
    assert json.loads(message["Body"]) == {"number": 7}


def test_rules_are_listed_described_and_deleted(aws, queue):
    events = aws.client("events")
    rule(aws, "a", {"source": ["s"]}, {"Arn": queue[1]})
    events.disable_rule(Name="a")
    assert events.describe_rule(Name="a")["State"] == "DISABLED"
    assert [one["Name"] for one in events.list_rules()["Rules"]] == ["a"]
    assert events.list_targets_by_rule(Rule="a")["Targets"] == [{"Id": "1", "Arn": queue[1]}]
    with pytest.raises(ClientError) as error:
        events.delete_rule(Name="a")
    assert error.value.response["Error"]["Code"] == "ValidationException"
    events.remove_targets(Rule="a", Ids=["1"])
    events.delete_rule(Name="a")
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.describe_rule(Name="a")
    with pytest.raises(events.exceptions.InvalidEventPatternException):
        events.put_rule(Name="b", EventPattern='{"a": 1}')
