"""Executions under a test case: mocked states call nobody, others do their work; a wrong file keeps the server from starting."""

import json

from harness.clients import Aws
from harness.executions import create_state_machine, ended, types
from harness.queues import create_queue, depth
from harness.server import spawn

CONFIGURATION = {
    "StateMachines": {
        "machine": {
            "TestCases": {
                "Answered": {"Ask": "Answer"},
                "Busy": {"Ask": "BusyThenAnswer"},
                "Real": {},
            }
        }
    },
    "MockedResponses": {
        "Answer": {"0": {"Return": {"answer": 42}}},
        "BusyThenAnswer": {
            "0-1": {"Throw": {"Error": "Busy", "Cause": "try again"}},
            "2": {"Return": {"answer": 43}},
        },
    },
}


def definition(url):
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": url, "MessageBody": {"Token.$": "$$.Task.Token"}},
        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 2}],
        "End": True,
    }
    return {"StartAt": "Ask", "States": {"Ask": ask}}


def test_states_come_to_what_their_test_case_says(start_server, tmp_path, account):
    file = tmp_path / "mocks.json"
    file.write_text(json.dumps(CONFIGURATION))
    aws = Aws(start_server("--mock-config", file).url, account)
    url, _ = create_queue(aws, "questions")
    machine = create_state_machine(aws, definition(url))

    def run(case):
        return aws.stepfunctions.start_execution(stateMachineArn=f"{machine}#{case}")["executionArn"]

    answered = ended(aws, run("Answered"))
    assert (answered["stateMachineArn"], answered["output"]) == (machine, '{"answer":42}')
    busy = run("Busy")
    assert ended(aws, busy)["output"] == '{"answer":43}'
    assert types(aws, busy).count("TaskFailed") == 2
    assert sum(depth(aws, url)) == 0
    run("Real")
    assert sum(depth(aws, url)) == 1


def test_a_wrong_file_says_where(tmp_path):
    file = tmp_path / "mocks.json"
    file.write_text('{"StateMachines":\n {"m": {"TestCases": {"c": {"S": "r"}}}}}')
    process = spawn(tmp_path / "data", "127.0.0.1:0", "--mock-config", file)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"`{file}` 2:34: there is no mocked response `r`" in said
