"""State machines and executions, and their histories in a form that tests can compare as a whole."""

import json

from .wait import until


def create_state_machine(aws, definition, name="machine", role=None):
    """The ARN of a new state machine; `definition` is an object."""
    created = aws.stepfunctions.create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role or aws.role("states")
    )
    return created["stateMachineArn"]


def start(aws, state_machine, input=None, **options):
    """The ARN of a new execution."""
    started = aws.stepfunctions.start_execution(stateMachineArn=state_machine, input=json.dumps(input or {}), **options)
    return started["executionArn"]


def ended(aws, execution):
    """What DescribeExecution says once the execution has ended."""
    return until(
        lambda: aws.stepfunctions.describe_execution(executionArn=execution),
        lambda answer: answer["status"] != "RUNNING",
    )


def history(aws, execution):
    """All events, each as (type, the event before it, its details with the JSON in them read)."""
    pages = aws.stepfunctions.get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    return [(event["type"], event["previousEventId"], _details(event)) for event in events]


def types(aws, execution):
    """The types of all events, in order."""
    return [event[0] for event in history(aws, execution)]


def _details(event):
    found = [value for key, value in event.items() if key.endswith("EventDetails")]
    return {key: _read(key, value) for key, value in found[0].items()} if found else {}


def _read(key, value):
    return json.loads(value) if key in ("input", "output", "parameters") else value
