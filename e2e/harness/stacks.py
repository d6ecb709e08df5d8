"""Stacks: deployed, updated, deleted, and waited for; the callback example in both its versions."""

import re
from pathlib import Path

from .wait import until

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "callback" / "template.yaml"
# A function in the stack may have to fetch its runtime.
STACK_SECONDS = 280


def settled(aws, name):
    """The stack, once nothing is in progress any more."""
    return until(
        lambda: aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0],
        lambda stack: not stack["StackStatus"].endswith("_IN_PROGRESS"),
        seconds=STACK_SECONDS,
    )


def create(aws, name, template, **options):
    """The stack's description, once it is there or has failed."""
    options = {"Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]} | options
    return settled(aws, aws.cloudformation.create_stack(StackName=name, TemplateBody=template, **options)["StackId"])


def update(aws, name, template, **options):
    options = {"Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]} | options
    return settled(aws, aws.cloudformation.update_stack(StackName=name, TemplateBody=template, **options)["StackId"])


def delete(aws, name):
    stack = aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    aws.cloudformation.delete_stack(StackName=name)
    return settled(aws, stack)


def outputs(stack):
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def events(aws, name):
    """(logical id, status, reason) of all events, oldest first."""
    pages = aws.cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    newest_first = [event for page in pages for event in page["StackEvents"]]
    return [
        (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason"))
        for event in reversed(newest_first)
    ]


def answering(template):
    """The example's template with the call in its function uncommented, as its comment asks for."""
    changed = re.sub(r"// (console\.log\(`answering|await workflows\.send)", r"\1", template)
    assert changed != template
    return changed
