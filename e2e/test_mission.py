"""The mission's own definition and function, unmodified: first with the call commented out, then as its comment says."""

import json
import re

from harness import stacks
from harness.executions import ended, history, start
from harness.queues import create_queue, receive_all
from harness.wait import until


def code_blocks(mission):
    """The definition and the function, as they stand in the text."""
    (text,) = [file.read_text() for file in mission.glob("*.txt")]
    definition, function = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    return definition, function


def uncommented(function):
    changed = re.sub(r"// (console\.log\(`Calling|let response)", r"\1", function)
    assert changed != function
    return changed


def role(service):
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}}


def template(definition, function):
    """The resources that the mission names, around its definition and function."""
    substitutions = {"sqsQueueUrl": {"Ref": "Queue"}, "SimpleLambdaFunctionArn": {"Ref": "Topic"}}
    resources = {
        "DeadLetterQueue": {"Type": "AWS::SQS::Queue"},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": "DeadLetterQueue.Arn"}, "maxReceiveCount": 3}
            },
        },
        "Topic": {"Type": "AWS::SNS::Topic"},
        "FunctionRole": role("lambda"),
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "nodejs14.x",
                "Handler": "index.lambda_handler",
                "Timeout": 25,
                "Role": {"Fn::GetAtt": "FunctionRole.Arn"},
                "Code": {"ZipFile": function},
            },
        },
        "Trigger": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": "Queue.Arn"},
                "FunctionName": {"Fn::GetAtt": "Function.Arn"},
                "BatchSize": 10,
            },
        },
        "WorkflowRole": role("states"),
        "WaitForCallbackStateMachine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": {"Fn::GetAtt": "WorkflowRole.Arn"},
                "DefinitionString": {"Fn::Sub": [definition, substitutions]},
            },
        },
    }
    outputs = {"Machine": {"Value": {"Ref": "WaitForCallbackStateMachine"}}, "Topic": {"Value": {"Ref": "Topic"}},
               "Function": {"Value": {"Ref": "Function"}}}  # fmt: skip
    return json.dumps({"Resources": resources, "Outputs": outputs})


def test_the_mission(aws, mission):
    definition, function = code_blocks(mission)
    stack = stacks.create(aws, "mission", template(definition, function))
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.events(aws, "mission")
    outputs = stacks.outputs(stack)
    url, arn = create_queue(aws, "notifications")
    aws.sns.subscribe(TopicArn=outputs["Topic"], Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    log_group = f"/aws/lambda/{outputs['Function']}"

    # The function takes the message and says nothing: the execution stays parked.
    execution = start(aws, outputs["Machine"])
    until(lambda: log(aws, log_group), lambda text: "Loading function" in text and "END RequestId" in text, seconds=60)
    assert aws.stepfunctions.describe_execution(executionArn=execution)["status"] == "RUNNING"
    parameters = history(aws, execution)[2][2]["parameters"]
    aws.stepfunctions.send_task_success(taskToken=parameters["MessageBody"]["TaskToken"], output='"from outside"')
    assert ended(aws, execution)["status"] == "SUCCEEDED"
    assert names(aws, execution) == ["Start Task And Wait For Callback", "Notify Success"]
    assert next_notification(aws, url) == "Callback received. Task started by Step Functions succeeded."

    # A failure goes the other way.
    execution = start(aws, outputs["Machine"])
    parameters = history(aws, execution)[2][2]["parameters"]
    aws.stepfunctions.send_task_failure(taskToken=parameters["MessageBody"]["TaskToken"], error="No", cause="because")
    assert ended(aws, execution)["status"] == "SUCCEEDED"
    assert names(aws, execution) == ["Start Task And Wait For Callback", "Notify Failure"]
    assert next_notification(aws, url) == "Task started by Step Functions failed."

    # Uncommented and deployed again, the function completes the task.
    stack = stacks.update(aws, "mission", template(definition, uncommented(function)))
    assert stack["StackStatus"] == "UPDATE_COMPLETE", stacks.events(aws, "mission")
    execution = start(aws, outputs["Machine"])
    ended(aws, execution)
    events = history(aws, execution)
    assert events[5][0] == "TaskSucceeded"
    assert events[5][2]["output"] == "Callback task completed successfully."
    assert next_notification(aws, url) == "Callback received. Task started by Step Functions succeeded."
    until(lambda: log(aws, log_group), lambda text: "Calling Step Functions to complete callback task" in text)
    assert stacks.delete(aws, "mission")["StackStatus"] == "DELETE_COMPLETE"


def log(aws, group):
    try:
        events = aws.logs.filter_log_events(logGroupName=group)["events"]
    except aws.logs.exceptions.ResourceNotFoundException:
        return ""
    return "".join(event["message"] for event in events)


def names(aws, execution):
    """The states that were entered, in order."""
    return [details["name"] for kind, _, details in history(aws, execution) if kind == "TaskStateEntered"]


def next_notification(aws, url):
    (message,) = receive_all(aws, url, 1)
    return message["Body"]
