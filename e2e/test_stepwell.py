"""The `stepwell` command line as people and scripts use it, and the server's own API beneath it."""

import json
import subprocess
import threading

import pytest

from harness import stacks
from harness.clients import Aws
from harness.executions import create_state_machine, ended, start
from harness.functions import invoke, node_runtime
from harness.queues import create_queue
from harness.server import BINARY
from harness.wait import until
from test_callback import SEND_AND_WAIT
from test_server import request


class Stepwell:
    """The command line, as an account."""

    def __init__(self, aws):
        self.aws = aws

    def begin(self, *arguments):
        """The process, whose outputs are read line by line."""
        return subprocess.Popen(
            [BINARY, *map(str, arguments)],
            env=self.aws.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments):
        """Exit status, standard output, standard error."""
        process = self.begin(*arguments)
        out, complaint = process.communicate(timeout=300)
        return process.returncode, out, complaint

    def text(self, *arguments):
        status, out, complaint = self.run(*arguments)
        assert status == 0, complaint + out
        return out

    def json(self, *arguments):
        return json.loads(self.text("--output", "json", *arguments))


@pytest.fixture
def stepwell(aws):
    return Stepwell(aws)


def ask(aws, **options):
    """A state machine of one state that waits for its callback."""
    url, _ = create_queue(aws, "questions")
    state = {
        "Type": "Task",
        "Resource": SEND_AND_WAIT,
        "Parameters": {"QueueUrl": url, "MessageBody": {"Token.$": "$$.Task.Token"}},
        "End": True,
    }
    return create_state_machine(aws, {"StartAt": "Ask", "States": {"Ask": state | options}}, name="asking")


def local_template(folder, answer):
    """A template beside the code of its function."""
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "index.js").write_text(f"exports.handler = async () => '{answer}';")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    file = folder / "template.json"
    resources = {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": node_runtime(),
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": "code",
            },
        },
    }
    file.write_text(json.dumps({"Resources": resources, "Outputs": {"Name": {"Value": {"Ref": "Function"}}}}))
    return file


def test_local_code_is_deployed_and_deployed_again(aws, stepwell, tmp_path):
    template = local_template(tmp_path, "first")
    told = stepwell.json("deploy", template, "--stack-name", "local")
    assert (told["status"], told["changed"]) == ("CREATE_COMPLETE", True)
    name = told["outputs"]["Name"]
    assert invoke(aws, name).value == "first"

    # The same bytes for the same files: nothing to do, whenever they were written.
    (tmp_path / "code" / "index.js").touch()
    assert stepwell.json("deploy", template, "--stack-name", "local")["changed"] is False
    local_template(tmp_path, "second")
    told = stepwell.json("deploy", template, "--stack-name", "local")
    assert (told["status"], told["outputs"]["Name"]) == ("UPDATE_COMPLETE", name)
    assert invoke(aws, name).value == "second"


def test_progress_is_shown_and_a_failure_is_explained(stepwell, tmp_path):
    told = stepwell.text(
        "deploy", stacks.EXAMPLE, "--stack-name", "callback", "--parameter", f"FunctionRuntime={node_runtime()}"
    )
    for line in ("CREATE_COMPLETE", "TaskFunctionTrigger", "WaitForCallbackStateMachine", "OutcomeQueueUrl"):
        assert line in told
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": "arn:aws:iam::000000000000:role/nobody", "DefinitionString": "{}"},
    }
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"Resources": {"Machine": machine}}))
    status, _, complaint = stepwell.run("deploy", broken, "--stack-name", "broken")
    assert status == 1
    assert "ROLLBACK_COMPLETE" in complaint and "Machine (AWS::StepFunctions::StateMachine)" in complaint


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Resources: {A: {Type: AWS::EC2::VPC}}", "Unrecognized resource types: [AWS::EC2::VPC]"),
        ("Resources:\n  A: [1", "YAML not well-formed. (line "),
        ('{"Resources": }', "JSON not well-formed. (line 1, column "),
    ],
)
def test_a_template_that_is_wrong_is_refused_with_the_place(stepwell, tmp_path, text, reason):
    file = tmp_path / "template"
    file.write_text(text)
    status, _, complaint = stepwell.run("deploy", file, "--stack-name", "wrong")
    assert status != 0
    assert reason in complaint


def test_callbacks_are_listed_and_answered(aws, stepwell):
    machine = ask(aws, TimeoutSeconds=600, HeartbeatSeconds=60)
    first = stepwell.json("start", "asking", "--name", "first")["executionArn"]
    stepwell.json("start", machine, "--name", "second")
    assert stepwell.json("callbacks", "list", "--execution", "first")["callbacks"][0]["executionArn"] == first

    listed = {callback["executionArn"].rsplit(":", 1)[1]: callback for callback in stepwell.json("callbacks", "list")["callbacks"]}
    assert set(listed) == {"first", "second"}
    callback = listed["first"]
    assert (callback["state"], callback["resource"], callback["stateMachineArn"]) == ("Ask", "sqs:sendMessage.waitForTaskToken", machine)
    assert callback["deadline"] - callback["since"] == pytest.approx(600, abs=1)
    assert callback["heartbeatDeadline"] - callback["since"] == pytest.approx(60, abs=1)
    stepwell.text("callbacks", "heartbeat", callback["taskToken"])
    (later,) = stepwell.json("callbacks", "list", "--execution", "first")["callbacks"]
    assert later["heartbeatDeadline"] > callback["heartbeatDeadline"]

    stepwell.text("callbacks", "succeed", callback["taskToken"], "--task-output", '{"yes": 1}')
    stepwell.text("callbacks", "fail", "--execution", "second", "--error", "No", "--cause", "because")
    assert json.loads(ended(aws, first)["output"]) == {"yes": 1}
    shown = stepwell.json("executions", "list", "asking")["executions"]
    assert {execution["name"]: execution["status"] for execution in shown} == {"first": "SUCCEEDED", "second": "FAILED"}
    assert stepwell.json("callbacks", "list") == {"callbacks": []}
    history = stepwell.text("executions", "show", "second")
    assert "TaskFailed" in history and "No: because" in history

    status, _, complaint = stepwell.run("callbacks", "succeed", callback["taskToken"], "--task-output", "1")
    assert status == 1 and "Task Timed Out" in complaint


def test_an_execution_is_watched_to_its_end(aws, stepwell):
    ask(aws)
    watching = stepwell.begin("start", "asking", "--name", "watched", "--input", '{"a": 1}', "--watch")
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(iter(watching.stdout.readline, "")))
    reader.start()
    until(lambda: [line for line in lines if "waits" in line])
    stepwell.text("callbacks", "succeed", "--execution", "watched", "--task-output", '"good"')
    assert watching.wait(30) == 0
    reader.join(30)
    told = "".join(lines)
    assert "entered" in told and "Ask" in told and '"good"' in told

    watching = stepwell.begin("start", "asking", "--name", "failing", "--watch")
    until(lambda: stepwell.run("callbacks", "fail", "--execution", "failing", "--error", "No")[0] == 0)
    out, _ = watching.communicate(timeout=30)
    assert watching.returncode == 1
    assert "No" in out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("start", "nobody"), "there is no state machine `nobody`"),
        (("executions", "show", "nothing"), "there is no execution `nothing`"),
        (("callbacks", "succeed", "garbage"), "garbage"),
        (("deploy", "missing.yaml", "--stack-name", "s"), "missing.yaml"),
        (("--endpoint-url", "http://127.0.0.1:1", "callbacks", "list"), "no server answers at `http://127.0.0.1:1`"),
        (("dance",), "unrecognized subcommand"),
    ],
)
def test_mistakes_are_explained(stepwell, arguments, reason):
    status, _, complaint = stepwell.run(*arguments)
    assert status != 0
    assert reason in complaint
    assert "panicked" not in complaint


def test_help_is_there_for_every_command(stepwell):
    for command in (
        [], ["serve"], ["deploy"], ["start"],
        ["callbacks"], ["callbacks", "list"], ["callbacks", "succeed"], ["callbacks", "fail"], ["callbacks", "heartbeat"],
        ["executions"], ["executions", "list"], ["executions", "show"],
    ):  # fmt: skip
        assert "Usage: stepwell" in stepwell.text(*command, "--help")


def test_where_signatures_are_required_the_command_line_signs(start_server):
    server = start_server("--auth", "required")
    aws = Aws.root(server)
    ask(aws)
    stepwell = Stepwell(aws)
    execution = stepwell.json("start", "asking", "--name", "signed")["executionArn"]
    stepwell.text("callbacks", "succeed", "--execution", "signed", "--task-output", '"yes"')
    assert ended(aws, execution)["output"] == '"yes"'
    status, _, complaint = Stepwell(Aws(server.url, aws.access_key_id, "wrong")).run("callbacks", "list")
    assert status == 1 and "signature" in complaint.lower()


def test_the_open_callbacks_come_in_pages(aws):
    machine = ask(aws)
    for number in range(7):
        start(aws, machine, name=f"e{number}")
    found, token = [], None
    authorization = {"Authorization": f"AWS4-HMAC-SHA256 Credential={aws.access_key_id}/20260101/us-east-1/stepwell/aws4_request"}

    class Here:
        host, port = aws.url.removeprefix("http://").split(":")

    while True:
        path = "/_stepwell/v1/callbacks?maxResults=2" + (f"&nextToken={token}" if token else "")
        status, _, body = request(Here, path=path, headers=authorization)
        assert status == 200
        page = json.loads(body)
        found += [callback["executionArn"] for callback in page["callbacks"]]
        if not (token := page.get("nextToken")):
            break
    assert len(found) == len(set(found)) == 7
    for query in ("maxResults=-1", "maxResults=x", "nextToken=garbage"):
        status, _, body = request(Here, path=f"/_stepwell/v1/callbacks?{query}", headers=authorization)
        assert status == 400, query
        assert set(json.loads(body)) == {"code", "message"}
