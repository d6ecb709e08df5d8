"""The heart: a state sends its token to a queue, parks, and goes on when the token comes back, however it comes back."""

import json

import pytest

from harness.clients import Aws
from harness.executions import create_state_machine, ended, history, start, types
from harness.queues import create_queue, depth, receive

SEND_AND_WAIT = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


def definition(url, **options):
    """Sends its token to the queue, then tells which way it left."""
    ask = {
        "Type": "Task",
        "Resource": SEND_AND_WAIT,
        "Parameters": {"QueueUrl": url, "MessageBody": {"Token.$": "$$.Task.Token", "Question.$": "$.question"}},
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Failed"}],
        "Next": "Done",
    }
    states = {"Ask": ask | options, "Done": {"Type": "Succeed"}, "Failed": {"Type": "Pass", "End": True}}
    if not states["Ask"]["Catch"]:
        del states["Failed"]
    return {"StartAt": "Ask", "States": states}


class Parked:
    """An execution that waits, and the token that it waits for."""

    def __init__(self, aws, **options):
        self.aws = aws
        self.url, _ = create_queue(aws, "questions")
        self.role = aws.role("states")
        self.machine = create_state_machine(aws, definition(self.url, **options), role=self.role)
        self.execution = start(aws, self.machine, {"question": "ready?"})
        self.message = receive(aws, self.url)
        self.body = json.loads(self.message["Body"])
        self.token = self.body["Token"]

    def succeed(self, output):
        return self.aws.stepfunctions.send_task_success(taskToken=self.token, output=json.dumps(output))

    def fail(self, **failure):
        return self.aws.stepfunctions.send_task_failure(taskToken=self.token, **failure)

    def heartbeat(self):
        return self.aws.stepfunctions.send_task_heartbeat(taskToken=self.token)


def refusal(call, *arguments, **options):
    """The code and message with which a call is refused."""
    with pytest.raises(Exception) as refused:
        call(*arguments, **options)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


GONE = ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
INVALID = ("InvalidToken", "Invalid Token: 'Invalid token'")


def test_success_and_the_exact_history(aws):
    parked = Parked(aws)
    assert parked.body == {"Token": parked.token, "Question": "ready?"}
    assert aws.stepfunctions.describe_execution(executionArn=parked.execution)["status"] == "RUNNING"

    parked.succeed({"answer": 42})
    execution = ended(aws, parked.execution)
    assert (execution["status"], json.loads(execution["output"])) == ("SUCCEEDED", {"answer": 42})

    events = history(aws, parked.execution)
    asked, answer = {"question": "ready?"}, {"answer": 42}
    whole = {"truncated": False}
    task = {"resourceType": "sqs", "resource": "sendMessage.waitForTaskToken"}
    submitted = events[4][2].pop("output")
    assert submitted["MessageId"] == parked.message["MessageId"]
    assert submitted["MD5OfMessageBody"] == parked.message["MD5OfBody"]
    assert submitted["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert events == [
        ("ExecutionStarted", 0, {"input": asked, "inputDetails": whole, "roleArn": parked.role}),
        ("TaskStateEntered", 0, {"name": "Ask", "input": asked, "inputDetails": whole}),
        (
            "TaskScheduled",
            2,
            task | {"region": "us-east-1", "parameters": {"MessageBody": parked.body, "QueueUrl": parked.url}},
        ),
        ("TaskStarted", 3, task),
        ("TaskSubmitted", 4, task | {"outputDetails": whole}),
        ("TaskSucceeded", 5, task | {"output": answer, "outputDetails": whole}),
        ("TaskStateExited", 6, {"name": "Ask", "output": answer, "outputDetails": whole}),
        ("SucceedStateEntered", 7, {"name": "Done", "input": answer, "inputDetails": whole}),
        ("SucceedStateExited", 8, {"name": "Done", "output": answer, "outputDetails": whole}),
        ("ExecutionSucceeded", 9, {"output": answer, "outputDetails": whole}),
    ]


def test_failure_takes_the_catch_path(aws):
    parked = Parked(aws)
    parked.fail(error="OutOfOffice", cause="on holiday")
    execution = ended(aws, parked.execution)
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"]) == {
        "question": "ready?",
        "failure": {"Error": "OutOfOffice", "Cause": "on holiday"},
    }
    failed = history(aws, parked.execution)[5]
    assert failed == (
        "TaskFailed",
        5,
        {
            "resourceType": "sqs",
            "resource": "sendMessage.waitForTaskToken",
            "error": "OutOfOffice",
            "cause": "on holiday",
        },
    )


def test_failure_without_a_catch_fails_the_execution(aws):
    parked = Parked(aws, Catch=[])
    parked.fail(error="No", cause="because")
    execution = ended(aws, parked.execution)
    assert (execution["status"], execution["error"], execution["cause"]) == ("FAILED", "No", "because")
    assert types(aws, parked.execution)[-2:] == ["TaskFailed", "ExecutionFailed"]


def test_failure_may_say_nothing(aws):
    parked = Parked(aws)
    parked.fail()
    assert json.loads(ended(aws, parked.execution)["output"])["failure"] == {"Error": None, "Cause": None}


def test_only_the_first_answer_counts(aws):
    parked = Parked(aws)
    parked.succeed("first")
    sfn = aws.stepfunctions
    assert refusal(sfn.send_task_success, taskToken=parked.token, output='"second"') == GONE
    assert refusal(sfn.send_task_failure, taskToken=parked.token, error="Late") == GONE
    assert refusal(sfn.send_task_heartbeat, taskToken=parked.token) == GONE
    assert json.loads(ended(aws, parked.execution)["output"]) == "first"
    assert refusal(sfn.send_task_success, taskToken=parked.token, output='"third"') == GONE


def test_tokens_that_nobody_gave_out_are_refused(aws):
    parked = Parked(aws)
    sfn = aws.stepfunctions
    changed = ("B" if parked.token[20] == "A" else "A").join([parked.token[:20], parked.token[21:]])
    for token in ("garbage", "AAAA" * 100, changed, parked.token[:-8], parked.token + "AAAA", " ", "ü"):
        assert refusal(sfn.send_task_success, taskToken=token, output="1") == INVALID, token
        assert refusal(sfn.send_task_failure, taskToken=token) == INVALID, token
        assert refusal(sfn.send_task_heartbeat, taskToken=token) == INVALID, token
    assert refusal(sfn.send_task_success, taskToken="x" * 2049, output="1")[0] == "ValidationException"
    assert aws.stepfunctions.describe_execution(executionArn=parked.execution)["status"] == "RUNNING"
    parked.succeed(1)


def test_a_token_is_of_no_use_to_another_account(aws):
    parked = Parked(aws)
    stranger = Aws(aws.url, "999999999999").stepfunctions
    assert refusal(stranger.send_task_success, taskToken=parked.token, output="1")[0] in ("InvalidToken", "TaskDoesNotExist")
    assert aws.stepfunctions.describe_execution(executionArn=parked.execution)["status"] == "RUNNING"


@pytest.mark.parametrize("output", ["not json", "", "{", '{"a":1}}'])
def test_an_output_that_is_no_json_is_refused_and_the_token_stays_good(aws, output):
    parked = Parked(aws)
    code, message = refusal(aws.stepfunctions.send_task_success, taskToken=parked.token, output=output)
    assert code == "InvalidOutput"
    assert message.startswith("Invalid Output: '")
    parked.succeed("good")
    assert json.loads(ended(aws, parked.execution)["output"]) == "good"


def test_a_task_that_nobody_answers_times_out(aws):
    parked = Parked(aws, TimeoutSeconds=1)
    execution = ended(aws, parked.execution)
    assert json.loads(execution["output"])["failure"] == {"Error": "States.Timeout", "Cause": ""}
    events = history(aws, parked.execution)
    assert events[2][2]["timeoutInSeconds"] == 1
    task = {"resourceType": "sqs", "resource": "sendMessage.waitForTaskToken"}
    assert events[5] == ("TaskTimedOut", 5, task | {"error": "States.Timeout"})
    assert refusal(aws.stepfunctions.send_task_success, taskToken=parked.token, output="1") == GONE


def test_heartbeats_keep_a_task_alive_and_their_end_does_not(aws):
    parked = Parked(aws, HeartbeatSeconds=2, TimeoutSeconds=600)
    # The long poll on a queue that stays empty is the clock here: three times a second of the heartbeat's two.
    quiet, _ = create_queue(aws, "quiet")
    for _ in range(3):
        assert parked.heartbeat()["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert "Messages" not in aws.sqs.receive_message(QueueUrl=quiet, WaitTimeSeconds=1)
    assert aws.stepfunctions.describe_execution(executionArn=parked.execution)["status"] == "RUNNING"
    execution = ended(aws, parked.execution)
    assert json.loads(execution["output"])["failure"]["Error"] == "States.Timeout"
    assert types(aws, parked.execution)[5] == "TaskTimedOut"
    assert refusal(aws.stepfunctions.send_task_heartbeat, taskToken=parked.token) == GONE


def test_a_retry_asks_again_with_a_new_token(aws):
    retry = [{"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    parked = Parked(aws, Retry=retry)
    parked.fail(error="Again")
    second = json.loads(receive(aws, parked.url)["Body"])["Token"]
    assert second != parked.token
    sfn = aws.stepfunctions
    assert refusal(sfn.send_task_success, taskToken=parked.token, output="1") == GONE
    sfn.send_task_success(taskToken=second, output='"second"')
    assert json.loads(ended(aws, parked.execution)["output"]) == "second"
    assert types(aws, parked.execution).count("TaskScheduled") == 2


def test_stopping_the_execution_ends_the_token(aws):
    parked = Parked(aws)
    aws.stepfunctions.stop_execution(executionArn=parked.execution, error="Stopped", cause="by hand")
    execution = ended(aws, parked.execution)
    assert (execution["status"], execution["error"], execution["cause"]) == ("ABORTED", "Stopped", "by hand")
    assert refusal(aws.stepfunctions.send_task_success, taskToken=parked.token, output="1") == GONE


def test_a_queue_that_is_not_there_fails_the_task(aws):
    url = f"{aws.url}/{aws.account}/nowhere"
    machine = create_state_machine(aws, definition(url))
    execution = ended(aws, start(aws, machine, {"question": "?"}))
    assert json.loads(execution["output"])["failure"]["Error"].startswith("SQS.")


def test_the_command_line_tells_the_same_story(aws, command_line, tmp_path):
    url = command_line.json("sqs", "create-queue", "--queue-name", "questions")["QueueUrl"]
    file = tmp_path / "definition.json"
    file.write_text(json.dumps(definition(url)))
    role = aws.role("states")
    machine = command_line.json(
        "stepfunctions", "create-state-machine", "--name", "story", "--role-arn", role, "--definition", f"file://{file}"
    )["stateMachineArn"]
    execution = command_line.json(
        "stepfunctions", "start-execution", "--state-machine-arn", machine, "--input", '{"question": "?"}'
    )["executionArn"]
    message = command_line.json("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "10")["Messages"][0]
    token = json.loads(message["Body"])["Token"]
    command_line.text("stepfunctions", "send-task-success", "--task-token", token, "--task-output", '"yes"')
    assert ended(aws, execution)["output"] == '"yes"'
    twice = command_line.run("stepfunctions", "send-task-success", "--task-token", token, "--task-output", '"yes"')
    assert twice.returncode != 0 and "TaskTimedOut" in twice.stderr
    assert command_line.json("stepfunctions", "list-executions", "--state-machine-arn", machine)["executions"][0]["status"] == "SUCCEEDED"


def test_parked_executions_survive_kill_9_and_go_on(start_server):
    server = start_server()
    aws = Aws(server.url, "123412341234")
    parked = Parked(aws)
    before = history(aws, parked.execution)
    for _ in range(3):
        server.restart()
        assert history(aws, parked.execution) == before
    parked.succeed({"after": "the crash"})
    server.restart()
    execution = ended(aws, parked.execution)
    assert (execution["status"], json.loads(execution["output"])) == ("SUCCEEDED", {"after": "the crash"})
    assert refusal(aws.stepfunctions.send_task_success, taskToken=parked.token, output="1") == GONE
    # The message was received before the crash, and not a second one sent by it.
    assert sum(depth(aws, parked.url)) == 1


def test_a_timeout_that_is_due_while_the_server_is_down_is_kept(start_server):
    server = start_server()
    aws = Aws(server.url, "123412341234")
    parked = Parked(aws, TimeoutSeconds=1)
    server.restart()
    assert json.loads(ended(aws, parked.execution)["output"])["failure"]["Error"] == "States.Timeout"


def test_every_execution_that_was_acknowledged_is_parked_once_after_kill_9(start_server):
    server = start_server()
    aws = Aws(server.url, "123412341234")
    url, _ = create_queue(aws, "questions", VisibilityTimeout=600)
    machine = create_state_machine(aws, definition(url))
    executions = [start(aws, machine, {"question": number}) for number in range(30)]
    server.restart()
    tokens = {}
    while messages := aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            body = json.loads(message["Body"])
            assert body["Question"] not in tokens, "one step sent two messages"
            tokens[body["Question"]] = body["Token"]
    assert sorted(tokens) == list(range(30))
    for number, token in tokens.items():
        aws.stepfunctions.send_task_success(taskToken=token, output=str(number))
    for number, execution in enumerate(executions):
        assert ended(aws, execution)["output"] == str(number)
