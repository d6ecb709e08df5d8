"""Versions and aliases of state machines, as AWS's clients see them."""

import json

import pytest
from botocore.exceptions import ClientError
from harness.clients import Aws
from harness.executions import create_state_machine, ended, start


def giving(result):
    return {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": result, "End": True}}}


@pytest.fixture
def versions(aws):
    """The ARNs of a state machine and of its two versions, which give 1 and 2."""
    machine = create_state_machine(aws, giving(1))
    first = aws.stepfunctions.publish_state_machine_version(stateMachineArn=machine)
    second = aws.stepfunctions.update_state_machine(
        stateMachineArn=machine, definition=json.dumps(giving(2)), publish=True, versionDescription="second"
    )
    return machine, first["stateMachineVersionArn"], second["stateMachineVersionArn"]


def test_versions_keep_what_was_published(aws, versions):
    machine, first, second = versions
    assert (first, second) == (f"{machine}:1", f"{machine}:2")
    described = aws.stepfunctions.describe_state_machine(stateMachineArn=second)
    assert (described["description"], json.loads(described["definition"])) == ("second", giving(2))
    assert ended(aws, start(aws, first))["output"] == "1"
    assert ended(aws, start(aws, machine))["output"] == "2"
    [item] = aws.stepfunctions.list_executions(stateMachineArn=first)["executions"]
    assert item["stateMachineVersionArn"] == first
    pages = aws.stepfunctions.list_state_machine_versions(stateMachineArn=machine, maxResults=1)
    assert [item["stateMachineVersionArn"] for item in pages["stateMachineVersions"]] == [second]
    rest = aws.stepfunctions.list_state_machine_versions(stateMachineArn=machine, nextToken=pages["nextToken"])
    assert [item["stateMachineVersionArn"] for item in rest["stateMachineVersions"]] == [first]


def test_an_alias_moves_from_one_version_to_the_next(aws, versions):
    machine, first, second = versions
    alias = aws.stepfunctions.create_state_machine_alias(
        name="PROD", routingConfiguration=[{"stateMachineVersionArn": first, "weight": 100}]
    )["stateMachineAliasArn"]
    described = ended(aws, start(aws, alias))
    assert (described["output"], described["stateMachineAliasArn"]) == ("1", alias)
    with pytest.raises(aws.stepfunctions.exceptions.ConflictException):
        aws.stepfunctions.delete_state_machine_version(stateMachineVersionArn=first)

    both = [{"stateMachineVersionArn": first, "weight": 50}, {"stateMachineVersionArn": second, "weight": 50}]
    aws.stepfunctions.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=both)
    outputs = {ended(aws, start(aws, alias))["output"] for _ in range(40)}
    assert outputs == {"1", "2"}

    all_of_it = [{"stateMachineVersionArn": second, "weight": 100}]
    aws.stepfunctions.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=all_of_it)
    aws.stepfunctions.delete_state_machine_version(stateMachineVersionArn=first)
    assert ended(aws, start(aws, alias))["output"] == "2"
    described = aws.stepfunctions.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert described["routingConfiguration"] == all_of_it
    aws.stepfunctions.delete_state_machine_alias(stateMachineAliasArn=alias)
    assert aws.stepfunctions.list_state_machine_aliases(stateMachineArn=machine)["stateMachineAliases"] == []
    with pytest.raises(ClientError, match="State Machine Does Not Exist"):
        start(aws, alias)


def test_versions_and_aliases_are_there_after_a_kill(start_server):
    server = start_server()
    aws = Aws(server.url, "123456789012")
    machine = aws.stepfunctions.create_state_machine(
        name="machine", definition=json.dumps(giving(1)), roleArn=aws.role("states"), publish=True
    )
    routing = [{"stateMachineVersionArn": machine["stateMachineVersionArn"], "weight": 100}]
    alias = aws.stepfunctions.create_state_machine_alias(name="PROD", routingConfiguration=routing)
    server.kill()
    server.start()
    assert ended(aws, start(aws, alias["stateMachineAliasArn"]))["output"] == "1"
