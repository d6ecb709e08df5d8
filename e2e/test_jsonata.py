"""JSONata: a callback workflow in it, what is refused, and expressions that run away beside callers who wait."""

import json
import subprocess
import threading
import time

import pytest

from harness.executions import create_state_machine, ended, history, start
from harness.queues import create_queue, receive
from harness.server import BINARY
from test_callback import SEND_AND_WAIT

ENDLESS = "($f := function($x) { $f($x + 1) }; $f(1))"


def in_jsonata(states, first=None):
    return {"QueryLanguage": "JSONata", "StartAt": first or next(iter(states)), "States": states}


def test_a_callback_in_jsonata(aws):
    url, _ = create_queue(aws, "approvals")
    machine = create_state_machine(
        aws,
        in_jsonata(
            {
                "Ask": {
                    "Type": "Task",
                    "Resource": SEND_AND_WAIT,
                    "TimeoutSeconds": "{% $states.input.days * 86400 %}",
                    "Arguments": {
                        "QueueUrl": url,
                        "MessageBody": {
                            "token": "{% $states.context.Task.Token %}",
                            "total": "{% $sum($states.input.lines.(price * count)) %}",
                        },
                    },
                    "Assign": {"by": "{% $states.result.by %}"},
                    "Output": "{% $states.result.approved %}",
                    "Next": "Approved?",
                },
                "Approved?": {
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% $states.input %}", "Next": "Done"}],
                    "Default": "Refused",
                },
                "Done": {"Type": "Succeed", "Output": {"by": "{% $uppercase($by) %}"}},
                "Refused": {"Type": "Fail", "Error": "Refused", "Cause": "{% 'by ' & $by %}"},
            }
        ),
    )
    for approved, by in [(True, "kim"), (False, "lee")]:
        lines = [{"price": 2.5, "count": 4}, {"price": 1, "count": 2}]
        execution = start(aws, machine, {"days": 3, "lines": lines})
        body = json.loads(receive(aws, url)["Body"])
        assert body["total"] == 12
        output = json.dumps({"approved": approved, "by": by})
        aws.stepfunctions.send_task_success(taskToken=body["token"], output=output)
        end = ended(aws, execution)
        if approved:
            assert json.loads(end["output"]) == {"by": "KIM"}
        else:
            assert (end["error"], end["cause"]) == ("Refused", "by lee")


def test_a_failed_evaluation_is_told_and_caught(aws):
    states = {
        "Work": {
            "Type": "Pass",
            "Output": {"n": ["{% $states.input.a / 2 %}", "{% $states.input.none %}"]},
            "End": True,
        }
    }
    execution = start(aws, create_state_machine(aws, in_jsonata(states)), {"a": 1})
    end = ended(aws, execution)
    assert end["error"] == "States.QueryEvaluationError"
    assert end["cause"].endswith(
        "The JSONata expression '$states.input.none' specified for the field 'Output/n[1]' returned nothing (undefined)."
    )
    kind, _, details = history(aws, execution)[2]
    assert (kind, details["location"], details["state"]) == ("EvaluationFailed", "Output/n[1]", "Work")


def test_a_definition_is_refused_with_all_that_is_wrong(aws):
    states = {"Work": {"Type": "Pass", "Parameters": {}, "Output": {"a": "{% $$.x %}", "b": "{% 1 + %}"}, "End": True}}
    with pytest.raises(aws.stepfunctions.exceptions.InvalidDefinition) as refused:
        create_state_machine(aws, in_jsonata(states))
    message = refused.value.response["Error"]["Message"]
    for part in ["field 'Parameters' is only supported", "Reference to '$$' is not supported.", "/States/Work/Output/b"]:
        assert part in message


def test_an_endless_expression_holds_up_nobody(aws):
    work = {"Type": "Pass", "Output": f"{{% {ENDLESS} %}}", "End": True}
    endless = create_state_machine(aws, in_jsonata({"Work": work}))
    short = create_state_machine(aws, in_jsonata({"Work": {"Type": "Pass", "End": True}}), name="short")
    answers = []

    def run_away():
        answers.append(start(aws, endless))

    threads = [threading.Thread(target=run_away) for _ in range(3)]
    for thread in threads:
        thread.start()
    served = 0
    while any(thread.is_alive() for thread in threads):
        began = time.monotonic()
        start(aws, short)
        served += time.monotonic() - began < 0.5
    for thread in threads:
        thread.join()
    assert served >= 3, "others were served while the expressions ran"
    assert len(answers) == 3
    for execution in answers:
        assert "U1001: Expression evaluation timeout: Check for infinite loop" in ended(aws, execution)["cause"]


def test_the_command_line_shows_the_place(tmp_path):
    file = tmp_path / "machine.json"
    file.write_text('{"StartAt": "A",\n "States": {\n  "A": {"Type": "Pass", "Next": "B"}}}\n')
    done = subprocess.run([BINARY, "validate", file], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == f"{file}:3:33: error: MISSING_TRANSITION_TARGET: Missing 'Next' target: B (/States/A/Next)\n"
    assert done.stderr == ""
