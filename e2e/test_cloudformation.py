"""Stacks by AWS's own tools: deployed, updated, rolled back, deleted, and never left half done by a kill -9."""

import json

import botocore.exceptions
import pytest

from harness import stacks
from harness.clients import Aws
from harness.executions import ended, start, types
from harness.functions import invoke, node_runtime
from harness.queues import depth, receive_all
from harness.wait import until


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as refusal:
        call(**arguments)
    return refusal.value.response["Error"]["Code"], refusal.value.response["Error"]["Message"]


def template(resources, **sections):
    return json.dumps({"Resources": resources} | sections)


QUEUE = {"Type": "AWS::SQS::Queue"}


class TestTheCallbackExample:
    """examples/callback, whole: deployed by `aws cloudformation deploy`, which uses change sets."""

    def deploy(self, command_line, file):
        return command_line.text(
            "cloudformation", "deploy", "--template-file", file, "--stack-name", "callback",
            "--capabilities", "CAPABILITY_IAM", "--parameter-overrides", f"FunctionRuntime={node_runtime()}",
            "--no-fail-on-empty-changeset",
        )  # fmt: skip

    def test_deployed_updated_and_deleted(self, aws, command_line, tmp_path):
        told = self.deploy(command_line, stacks.EXAMPLE)
        assert "Successfully created/updated stack - callback" in told
        assert "No changes to deploy" in self.deploy(command_line, stacks.EXAMPLE)
        stack = aws.cloudformation.describe_stacks(StackName="callback")["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        outputs = stacks.outputs(stack)
        machine, outcome = outputs["StateMachineArn"], outputs["OutcomeQueueUrl"]

        # As it comes, the function looks at its message and leaves the answer to others.
        execution = start(aws, machine)
        token = self.token_of(aws, execution)
        until(lambda: depth(aws, outputs["TaskQueueUrl"]), lambda counts: counts == (0, 0, 0))
        assert aws.stepfunctions.describe_execution(executionArn=execution)["status"] == "RUNNING"
        aws.stepfunctions.send_task_success(taskToken=token, output='"by hand"')
        assert ended(aws, execution)["status"] == "SUCCEEDED"
        assert self.notification(aws, outcome) == "The token came back. The task of the workflow succeeded."
        assert types(aws, execution)[5:] == [
            "TaskSucceeded", "TaskStateExited",
            "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded",
        ]  # fmt: skip

        # A failure is caught and told.
        execution = start(aws, machine)
        aws.stepfunctions.send_task_failure(taskToken=self.token_of(aws, execution), error="OutOfOffice")
        assert ended(aws, execution)["status"] == "SUCCEEDED"
        assert self.notification(aws, outcome) == "The task of the workflow failed."

        # With the call in it, the function answers by itself.
        file = tmp_path / "answering.yaml"
        file.write_text(stacks.answering(stacks.EXAMPLE.read_text()))
        assert "Successfully created/updated stack - callback" in self.deploy(command_line, file)
        stack = aws.cloudformation.describe_stacks(StackName="callback")["Stacks"][0]
        assert stack["StackStatus"] == "UPDATE_COMPLETE"
        assert stacks.outputs(stack) == outputs
        execution = start(aws, machine)
        assert ended(aws, execution)["status"] == "SUCCEEDED"
        assert self.notification(aws, outcome) == "The token came back. The task of the workflow succeeded."

        command_line.text("cloudformation", "delete-stack", "--stack-name", "callback")
        command_line.text("cloudformation", "wait", "stack-delete-complete", "--stack-name", stack["StackId"])
        assert "QueueUrls" not in aws.sqs.list_queues()
        assert aws.stepfunctions.list_state_machines()["stateMachines"] == []
        assert aws.client("lambda").list_functions()["Functions"] == []
        assert aws.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
        assert aws.sns.list_topics()["Topics"] == []
        assert aws.iam.list_roles()["Roles"] == []

    def token_of(self, aws, execution):
        events = aws.stepfunctions.get_execution_history(executionArn=execution)["events"]
        scheduled = next(event for event in events if event["type"] == "TaskScheduled")
        return json.loads(scheduled["taskScheduledEventDetails"]["parameters"])["MessageBody"]["TaskToken"]

    def notification(self, aws, url):
        (message,) = receive_all(aws, url, 1)
        return json.loads(message["Body"])["Message"]


class TestRollback:
    BAD_MACHINE = {
        "Type": "AWS::StepFunctions::StateMachine",
        "DependsOn": "Queue",
        "Properties": {"RoleArn": "arn:aws:iam::000000000000:role/nobody", "DefinitionString": '{"StartAt": "A", "States": {}}'},
    }

    def test_a_stack_that_fails_leaves_nothing(self, aws):
        body = template({"Queue": QUEUE, "Machine": self.BAD_MACHINE})
        stack = stacks.create(aws, "broken", body)
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        told = stacks.events(aws, "broken")
        failed = next(event for event in told if event[:2] == ("Machine", "CREATE_FAILED"))
        assert failed[2].startswith('Resource handler returned message: "')
        assert ("Queue", "DELETE_COMPLETE", None) in told
        reason = "The following resource(s) failed to create: [Machine]. Rollback requested by user."
        assert ("broken", "ROLLBACK_IN_PROGRESS", reason) in told
        assert "QueueUrls" not in aws.sqs.list_queues()
        code, message = refused(aws.cloudformation.update_stack, StackName="broken", TemplateBody=template({"Queue": QUEUE}))
        assert code == "ValidationError"
        assert message == f"Stack:{stack['StackId']} is in ROLLBACK_COMPLETE state and can not be updated."
        assert stacks.delete(aws, "broken")["StackStatus"] == "DELETE_COMPLETE"

    def test_an_update_that_fails_puts_things_back(self, aws):
        def queue(seconds):
            return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "kept", "VisibilityTimeout": seconds}}

        stacks.create(aws, "stable", template({"Queue": queue(10)}))
        stack = stacks.update(aws, "stable", template({"Queue": queue(20), "Machine": self.BAD_MACHINE}))
        assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        url = aws.sqs.get_queue_url(QueueName="kept")["QueueUrl"]
        attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
        assert attributes == {"VisibilityTimeout": "10"}
        assert stacks.update(aws, "stable", template({"Queue": queue(30)}))["StackStatus"] == "UPDATE_COMPLETE"

    def test_without_rollback_what_is_there_stays(self, aws):
        stack = stacks.create(aws, "left", template({"Queue": QUEUE, "Machine": self.BAD_MACHINE}), OnFailure="DO_NOTHING")
        assert stack["StackStatus"] == "CREATE_FAILED"
        assert len(aws.sqs.list_queues()["QueueUrls"]) == 1
        assert stacks.delete(aws, "left")["StackStatus"] == "DELETE_COMPLETE"
        assert "QueueUrls" not in aws.sqs.list_queues()


class TestChangeSets:
    def test_a_change_set_says_what_it_would_do_and_does_it(self, aws):
        cloudformation = aws.cloudformation
        cloudformation.create_change_set(
            StackName="plan", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=template({"A": QUEUE})
        )
        first = self.made(aws, "first")
        assert cloudformation.describe_stacks(StackName="plan")["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
        assert [change["ResourceChange"]["Action"] for change in first["Changes"]] == ["Add"]
        assert "QueueUrls" not in aws.sqs.list_queues()
        cloudformation.execute_change_set(StackName="plan", ChangeSetName="first")
        assert stacks.settled(aws, "plan")["StackStatus"] == "CREATE_COMPLETE"

        changed = {"A": QUEUE | {"Properties": {"DelaySeconds": 3}}, "B": QUEUE}
        cloudformation.create_change_set(StackName="plan", ChangeSetName="second", TemplateBody=template(changed))
        second = self.made(aws, "second")
        changes = {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in second["Changes"]}
        assert (changes["A"]["Action"], changes["A"]["Replacement"]) == ("Modify", "False")
        assert changes["B"]["Action"] == "Add"
        cloudformation.delete_change_set(StackName="plan", ChangeSetName="second")
        assert len(aws.sqs.list_queues()["QueueUrls"]) == 1

    def test_a_change_set_without_changes_says_so(self, aws):
        stacks.create(aws, "same", template({"A": QUEUE}))
        aws.cloudformation.create_change_set(StackName="same", ChangeSetName="none", TemplateBody=template({"A": QUEUE}))
        made = self.made(aws, "none", stack="same")
        assert (made["Status"], made["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
        assert made["StatusReason"] == (
            "The submitted information didn't contain changes. Submit different information to create a change set."
        )
        code, _ = refused(aws.cloudformation.execute_change_set, StackName="same", ChangeSetName="none")
        assert code == "InvalidChangeSetStatus"

    def made(self, aws, name, stack="plan"):
        return until(
            lambda: aws.cloudformation.describe_change_set(StackName=stack, ChangeSetName=name),
            lambda change_set: change_set["Status"] in ("CREATE_COMPLETE", "FAILED"),
        )


WRONG = [
    ("{", "Template format error: JSON not well-formed. (line 1, column "),
    ("Resources:\n  A:\n   - [", "Template format error: YAML not well-formed. (line "),
    ("just text", "Template format error: unsupported structure."),
    ("{}", "Template format error: At least one Resources member must be defined."),
    (template({"A": {}}), "Template format error: [/Resources/A] Every Resources object must contain a Type member."),
    (template({"my-id": QUEUE}), "Template format error: Resource name my-id is non alphanumeric."),
    (template({"A": QUEUE | {"DependsOn": "B"}}), "Template format error: Unresolved resource dependencies [B] in the Resources block of the template"),
    (template({"A": QUEUE | {"DependsOn": "B"}, "B": QUEUE | {"DependsOn": "A"}}), "Circular dependency between resources: ["),
    (template({"A": QUEUE | {"Surprise": 1}}), "Invalid template resource property 'Surprise'"),
    (template({"A": {"Type": "AWS::EC2::Instance"}}), "Template format error: Unrecognized resource types: [AWS::EC2::Instance]"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "message"), WRONG)
def test_templates_that_are_wrong_get_awss_error(aws, body, message):
    for call in (aws.cloudformation.validate_template, lambda **body: aws.cloudformation.create_stack(StackName="s", **body)):
        try:
            call(TemplateBody=body)
        except botocore.exceptions.ClientError as refusal:
            error = refusal.response["Error"]
            assert (error["Code"], error["Message"][: len(message)]) == ("ValidationError", message)
        else:
            # ValidateTemplate looks at types as little as AWS does.
            assert call is aws.cloudformation.validate_template and "Unrecognized" in message


@pytest.mark.parametrize("transform", ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "MyMacro"])
def test_transforms_are_refused_with_a_reason(aws, transform):
    body = template({"A": QUEUE}, Transform=transform)
    capabilities = ["CAPABILITY_AUTO_EXPAND"]
    try:
        stack = stacks.create(aws, "macro", body, Capabilities=capabilities)
    except botocore.exceptions.ClientError as refusal:
        assert transform in refusal.response["Error"]["Message"]
    else:
        assert stack["StackStatus"] in ("ROLLBACK_COMPLETE", "CREATE_FAILED")
        assert transform in stack["StackStatusReason"]
    assert "QueueUrls" not in aws.sqs.list_queues()


def test_roles_need_the_callers_consent(aws):
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}}
    code, message = refused(aws.cloudformation.create_stack, StackName="s", TemplateBody=template({"R": role}))
    assert (code, message) == ("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]")


def big(prefix, seconds):
    """Twenty queues, one after the other, and a function at the end."""
    resources = {}
    for number in range(20):
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{prefix}-{number}", "VisibilityTimeout": seconds}}
        if number:
            queue["DependsOn"] = f"Queue{number - 1}"
        resources[f"Queue{number}"] = queue
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    resources["Role"] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    resources["Function"] = {
        "Type": "AWS::Lambda::Function",
        "DependsOn": "Queue19",
        "Properties": {
            "Runtime": node_runtime(),
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": "exports.handler = async () => 1;"},
        },
    }
    return template(resources)


def test_a_stack_operation_goes_on_after_kill_9(start_server):
    server = start_server()
    aws = Aws(server.url, "123412341234")
    cloudformation = aws.cloudformation

    def killed_in_the_middle(begin, at_least):
        seen = len(stacks.events(aws, "big")) if cloudformation.list_stacks()["StackSummaries"] else 0
        begin()
        for more in at_least:
            until(lambda: len(stacks.events(aws, stack_id())) - seen, lambda count: count >= more)
            server.restart()
        return stacks.settled(aws, stack_id())

    def stack_id():
        return cloudformation.list_stacks()["StackSummaries"][0]["StackId"]

    capabilities = ["CAPABILITY_IAM"]
    stack = killed_in_the_middle(
        lambda: cloudformation.create_stack(StackName="big", TemplateBody=big("q", 10), Capabilities=capabilities), (1, 5, 30)
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    created = [event for event in stacks.events(aws, "big") if event[1] == "CREATE_COMPLETE"]
    assert len(created) == len({event[0] for event in created}) == 23

    stack = killed_in_the_middle(
        lambda: cloudformation.update_stack(StackName="big", TemplateBody=big("q", 20), Capabilities=capabilities), (1, 10)
    )
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    for url in aws.sqs.list_queues()["QueueUrls"]:
        attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
        assert attributes == {"VisibilityTimeout": "20"}

    stack = killed_in_the_middle(lambda: cloudformation.delete_stack(StackName="big"), (1, 10))
    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert "QueueUrls" not in aws.sqs.list_queues()
    assert aws.client("lambda").list_functions()["Functions"] == []


def test_a_retained_resource_stays(aws):
    stacks.create(aws, "keep", template({"A": QUEUE | {"DeletionPolicy": "Retain"}, "B": QUEUE}))
    stack = stacks.delete(aws, "keep")
    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert len(aws.sqs.list_queues()["QueueUrls"]) == 1
    assert ("A", "DELETE_SKIPPED", None) in stacks.events(aws, stack["StackId"])


def test_functions_parameters_conditions_and_exports(aws):
    body = """
Parameters:
  Stage: {Type: String, AllowedValues: [test, live]}
  Seconds: {Type: Number, Default: 40}
Mappings:
  PerStage: {test: {Delay: "1"}, live: {Delay: "2"}}
Conditions:
  IsLive: !Equals [!Ref Stage, live]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Join ["-", [!Ref AWS::StackName, !Select [1, !Split [",", "a,b,c"]]]]
      VisibilityTimeout: !Ref Seconds
      DelaySeconds: !FindInMap [PerStage, !Ref Stage, Delay]
      MessageRetentionPeriod: !If [IsLive, 86400, !Ref AWS::NoValue]
  OnlyLive: {Type: AWS::SQS::Queue, Condition: IsLive}
Outputs:
  Arn: {Value: !GetAtt Queue.Arn, Export: {Name: !Sub "${AWS::StackName}-arn"}}
  Text: {Value: !Sub ["${Queue.QueueName} in ${AWS::Region} of ${AWS::AccountId} for ${x}${!Literal}", {x: !Ref Stage}]}
"""
    parameters = [{"ParameterKey": "Stage", "ParameterValue": "test"}]
    stack = stacks.create(aws, "functional", body, Parameters=parameters)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.events(aws, "functional")
    outputs = stacks.outputs(stack)
    assert outputs["Arn"] == f"arn:aws:sqs:us-east-1:{aws.account}:functional-b"
    assert outputs["Text"] == f"functional-b in us-east-1 of {aws.account} for test${{Literal}}"
    (url,) = aws.sqs.list_queues()["QueueUrls"]
    attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (attributes["VisibilityTimeout"], attributes["DelaySeconds"], attributes["MessageRetentionPeriod"]) == ("40", "1", "345600")

    importing = template({"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "functional-arn"}}}})
    assert stacks.create(aws, "importing", importing)["StackStatus"] == "CREATE_COMPLETE"
    code, message = refused(aws.cloudformation.delete_stack, StackName="functional")
    assert code == "ValidationError" and "functional-arn" in message and "importing" in message


# `package` sends archives to AWS whatever `--endpoint-url` says.
@pytest.mark.parametrize("command_line", ["environment"], indirect=True)
def test_code_is_packaged_into_a_bucket_and_deployed_from_there(aws, command_line, tmp_path):
    """As `aws cloudformation package`, SAM and CDK do it: archives in a bucket, named by their contents."""
    bucket = f"code-{aws.account}"
    aws.client("s3").create_bucket(Bucket=bucket)
    properties = {"Runtime": node_runtime(), "Handler": "index.handler", "Role": aws.role("lambda"), "Code": "code"}
    function = {"Type": "AWS::Lambda::Function", "Properties": {**properties, "FunctionName": "packaged"}}
    (tmp_path / "template.json").write_text(template({"Function": function}))
    (tmp_path / "code").mkdir()
    for answer in (1, 2):
        (tmp_path / "code/index.js").write_text(f"exports.handler = async () => {answer};")
        command_line.text(
            "cloudformation", "package", "--template-file", str(tmp_path / "template.json"),
            "--s3-bucket", bucket, "--output-template-file", str(tmp_path / "packaged.yaml"),
        )  # fmt: skip
        command_line.text(
            "cloudformation", "deploy", "--template-file", str(tmp_path / "packaged.yaml"), "--stack-name", "packaged",
        )  # fmt: skip
        assert invoke(aws, "packaged").value == answer
