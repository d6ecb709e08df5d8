"""Who acts: accounts, roles taken on, and the role as which functions and workflows act."""

import json
import textwrap
import uuid

import botocore.exceptions
import pytest

from harness.clients import Aws, trust
from harness.executions import create_state_machine
from harness.functions import create, invoke, node_runtime, python_runtime


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as refusal:
        call(**arguments)
    return refusal.value.response["Error"]["Code"], refusal.value.response["Error"]["Message"]


def assumed(aws, role, session="tester", **options):
    """The server, as a session of this role."""
    keys = aws.sts.assume_role(RoleArn=role, RoleSessionName=session, **options)["Credentials"]
    return Aws(aws.url, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def role_for_account(aws, name="people"):
    document = trust({"AWS": aws.account})
    return aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]


def test_an_account_is_selected_by_its_number(server):
    assert Aws(server.url, "123456789012").account == "123456789012"
    assert Aws(server.url, "test").account == "000000000000"
    assert Aws(server.url, "123456789012").sts.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"


def test_accounts_and_regions_do_not_see_each_other(server, account):
    here = Aws(server.url, account)
    here.sqs.create_queue(QueueName="mine")
    assert "QueueUrls" not in Aws(server.url, "000000000001").sqs.list_queues()
    assert "QueueUrls" not in Aws(server.url, account, region="eu-west-3").sqs.list_queues()


def test_a_role_is_taken_on(aws):
    role = role_for_account(aws)
    session = assumed(aws, role, "someone")
    identity = session.sts.get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{aws.account}:assumed-role/people/someone"
    assert identity["UserId"].endswith(":someone")
    # It acts in the account of its role.
    aws.sqs.create_queue(QueueName="ours")
    assert len(session.sqs.list_queues()["QueueUrls"]) == 1


def test_by_command_line(aws, command_line):
    role = role_for_account(aws)
    taken = command_line.json("sts", "assume-role", "--role-arn", role, "--role-session-name", "shell")
    assert taken["AssumedRoleUser"]["Arn"].endswith("assumed-role/people/shell")
    assert command_line.json("sts", "get-caller-identity")["Account"] == aws.account


def test_a_role_that_is_missing_or_trusts_others_is_refused(aws):
    nobody = f"arn:aws:iam::{aws.account}:role/nobody"
    workflows = aws.role("states")
    for role in (nobody, workflows):
        code, message = refused(aws.sts.assume_role, RoleArn=role, RoleSessionName="me")
        assert code == "AccessDenied"
        assert message == (
            f"User: arn:aws:iam::{aws.account}:root is not authorized to perform: sts:AssumeRole on resource: {role}"
        )


PASS = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}


def test_a_workflow_needs_a_role_that_trusts_it(aws):
    text = "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role."
    for role in (f"arn:aws:iam::{aws.account}:role/nobody", aws.role("lambda")):
        code, message = refused(
            aws.stepfunctions.create_state_machine, name="m", definition=json.dumps(PASS), roleArn=role
        )
        assert (code, message) == ("AccessDeniedException", text)
    create_state_machine(aws, PASS, role=aws.role("states"))


def test_a_function_needs_a_role_that_trusts_it(aws):
    for role in (f"arn:aws:iam::{aws.account}:role/nobody", aws.role("states")):
        code, message = refused(
            aws.client("lambda").create_function,
            FunctionName="f", Runtime="nodejs22.x", Handler="index.handler", Role=role, Code={"ZipFile": b"PK\x05\x06" + b"\0" * 18},
        )  # fmt: skip
        assert code == "InvalidParameterValueException"
        assert message == "The role defined for the function cannot be assumed by Lambda."


WHO = {
    "python": """
        import boto3
        def handler(event, context):
            identity = boto3.client("sts").get_caller_identity()
            return [identity["Account"], identity["Arn"]]
    """,
    "v3": """
        const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
        exports.handler = async () => {
          const identity = await new STSClient().send(new GetCallerIdentityCommand({}));
          return [identity.Account, identity.Arn];
        };
    """,
    "v2": """
        const AWS = require('aws-sdk');
        exports.handler = async () => {
          const identity = await new AWS.STS().getCallerIdentity().promise();
          return [identity.Account, identity.Arn];
        };
    """,
}


@pytest.mark.parametrize("language", WHO)
def test_a_function_acts_as_its_role(aws, language):
    runtime = {"python": python_runtime(), "v3": node_runtime(), "v2": "nodejs14.x"}[language]
    role = aws.role("lambda", name=f"worker-{uuid.uuid4().hex[:6]}")
    name = create(aws, runtime, textwrap.dedent(WHO[language]), role=role, Timeout=30)
    account, arn = invoke(aws, name).value
    assert account == aws.account
    assert arn == f"arn:aws:sts::{aws.account}:assumed-role/{role.rsplit('/', 1)[1]}/{name}"
