"""Functions run for real: what they return, how they fail, what they print, and that one's failure is not another's."""

import json
import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from harness.clients import Aws
from harness.executions import create_state_machine, ended, history, start
from harness.functions import active, create, invoke, node_runtime, python_runtime, zipped
from harness.wait import until

NODE, PYTHON = "node", "python"


def runtime(language):
    return node_runtime() if language == NODE else python_runtime()


def function(aws, language, code, **options):
    return create(aws, runtime(language), textwrap.dedent(code), **options)


ECHO = {
    NODE: """
        exports.handler = async (event, context) => ({
          event, name: context.functionName, arn: context.invokedFunctionArn, id: context.awsRequestId,
          memory: context.memoryLimitInMB, time: context.getRemainingTimeInMillis(),
        });
    """,
    PYTHON: """
        def handler(event, context):
            return {
                "event": event, "name": context.function_name, "arn": context.invoked_function_arn,
                "id": context.aws_request_id, "memory": context.memory_limit_in_mb,
                "time": context.get_remaining_time_in_millis(),
            }
    """,
}


@pytest.mark.parametrize("language", [NODE, PYTHON])
def test_event_and_context(aws, language):
    name = function(aws, language, ECHO[language], Timeout=9, MemorySize=256)
    for event in ({"a": [1, 2.5, None, "ü"]}, "text", 7, [], None):
        answer = invoke(aws, name, {} if event is None else event)
        told = answer.value
        assert told["event"] == ({} if event is None else event)
        assert told["name"] == name
        assert told["arn"] == f"arn:aws:lambda:us-east-1:{aws.account}:function:{name}"
        assert told["id"] == answer.request_id
        assert told["memory"] == "256"
        assert 0 < told["time"] <= 9000


@pytest.mark.parametrize("language", [NODE, PYTHON])
def test_processes_are_kept_warm(aws, language):
    code = {
        NODE: "let count = 0; exports.handler = async () => ++count;",
        PYTHON: "count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return count",
    }
    name = function(aws, language, code[language])
    assert [invoke(aws, name).value for _ in range(5)] == [1, 2, 3, 4, 5]


def test_all_ways_to_write_a_node_handler(aws):
    files = {
        "callback.js": "exports.handler = (event, context, callback) => setImmediate(() => callback(null, 'callback'));",
        "promise.js": "exports.handler = () => Promise.resolve('promise');",
        "module.mjs": "export const handler = async () => (await import('node:path')).basename('/a/module');",
        "src/deep.js": "exports.handler = async () => 'deep';",
        "nothing.js": "exports.handler = async () => undefined;",
    }
    lambda_ = aws.client("lambda")
    name = create(aws, node_runtime(), files, handler="callback.handler")
    for handler, expected in [
        ("callback.handler", "callback"),
        ("promise.handler", "promise"),
        ("module.handler", "module"),
        ("src/deep.handler", "deep"),
        ("nothing.handler", None),
    ]:
        lambda_.update_function_configuration(FunctionName=name, Handler=handler)
        assert invoke(aws, active(aws, name)).value == expected


def test_the_errors_of_node(aws):
    code = """
        class Mine extends Error { constructor(message) { super(message); this.name = 'Mine'; } }
        exports.handler = async (event) => { if (event.plain) throw event.plain; throw new Mine('went wrong'); };
    """
    name = function(aws, NODE, code)
    answer = invoke(aws, name)
    assert (answer.status, answer.error) == (200, "Unhandled")
    told = answer.json
    assert list(told) == ["errorType", "errorMessage", "trace"]
    assert (told["errorType"], told["errorMessage"], told["trace"][0]) == ("Mine", "went wrong", "Mine: went wrong")
    assert "/var/task/index.js" in told["trace"][1]
    assert invoke(aws, name, {"plain": "words"}).json == {"errorType": "string", "errorMessage": "words", "trace": []}


def test_the_errors_of_python(aws):
    code = """
        class Mine(Exception):
            pass

        def handler(event, context):
            raise Mine("went wrong")
    """
    name = function(aws, PYTHON, code)
    answer = invoke(aws, name)
    assert (answer.status, answer.error) == (200, "Unhandled")
    told = answer.json
    assert list(told) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (told["errorType"], told["errorMessage"], told["requestId"]) == ("Mine", "went wrong", answer.request_id)
    assert told["stackTrace"] == ['  File "/var/task/index.py", line 6, in handler\n    raise Mine("went wrong")\n']
    assert '", "errorType": "' in answer.text


BROKEN = [
    (NODE, "this is no JavaScript", "index.handler", "Runtime.UserCodeSyntaxError"),
    (NODE, "require('nowhere-to-be-found');", "index.handler", "Runtime.ImportModuleError"),
    (NODE, "exports.other = 1;", "index.handler", "Runtime.HandlerNotFound"),
    (NODE, "exports.handler = async () => 1;", "absent.handler", "Runtime.ImportModuleError"),
    (PYTHON, "this is no Python", "index.handler", "Runtime.UserCodeSyntaxError"),
    (PYTHON, "import nowhere_to_be_found", "index.handler", "Runtime.ImportModuleError"),
    (PYTHON, "other = 1", "index.handler", "Runtime.HandlerNotFound"),
    (PYTHON, "def handler(e, c): return 1", "absent.handler", "Runtime.ImportModuleError"),
    (PYTHON, "def handler(e, c): return object()", "index.handler", "Runtime.MarshalError"),
]


@pytest.mark.parametrize(("language", "code", "handler", "error"), BROKEN)
def test_code_that_cannot_run_says_why(aws, language, code, handler, error):
    name = function(aws, language, code, handler=handler)
    for _ in range(2):
        answer = invoke(aws, name)
        assert answer.error == "Unhandled"
        assert answer.json["errorType"] == error, answer.text


ENDINGS = [
    (NODE, "exports.handler = async (event) => event.well ? 'well' : process.exit(0);", "Runtime exited without providing a reason"),
    (NODE, "exports.handler = async (event) => event.well ? 'well' : process.exit(3);", "Runtime exited with error: exit status 3"),
    (NODE, "exports.handler = async (event) => event.well ? 'well' : process.kill(process.pid, 'SIGKILL') && new Promise(() => {});", "Runtime exited with error: signal: killed"),
    (PYTHON, "import os\ndef handler(event, context):\n    return 'well' if event.get('well') else os._exit(3)", "Runtime exited with error: exit status 3"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "code", "reason"), ENDINGS)
def test_a_process_that_ends_is_reported_and_replaced(aws, language, code, reason):
    name = function(aws, language, code)
    for _ in range(2):
        answer = invoke(aws, name)
        assert answer.error == "Unhandled"
        assert answer.json["errorType"] == "Runtime.ExitError"
        assert answer.json["errorMessage"] == f"RequestId: {answer.request_id} Error: {reason}"
        assert invoke(aws, name, {"well": True}).value == "well"


HANGS = {
    NODE: "exports.handler = async (event) => { if (event.well) return 'well'; for (;;) {} };",
    PYTHON: "def handler(event, context):\n    if event.get('well'): return 'well'\n    while True: pass",
}


@pytest.mark.parametrize("language", [NODE, PYTHON])
def test_a_function_that_hangs_is_ended_and_replaced(aws, language):
    name = function(aws, language, HANGS[language], Timeout=1)
    answer = invoke(aws, name)
    assert answer.error == "Unhandled"
    assert answer.json == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {answer.request_id} Error: Task timed out after 1.00 seconds",
    }
    assert "Task timed out after 1.00 seconds" in answer.log
    assert invoke(aws, name, {"well": True}).value == "well"


def processes_with(marker):
    """Processes of this machine in whose command line the marker stands."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if marker in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
            except OSError:
                continue  # It ended meanwhile.
    return found


def test_children_of_a_function_that_times_out_end_too(aws):
    # The child's argument tells it from every other process of the machine.
    code = """
        const { spawn } = require('node:child_process');
        exports.handler = async () => {
          spawn('sleep', ['86001.5'], { detached: true, stdio: 'ignore' });
          await new Promise(() => setInterval(() => {}, 1000));
        };
    """
    name = function(aws, NODE, code, Timeout=2)
    assert invoke(aws, name).json["errorType"] == "Sandbox.Timedout"
    until(lambda: processes_with(b"86001.5"), lambda found: not found)


def test_functions_end_when_the_server_is_killed(start_server):
    server = start_server()
    aws = Aws(server.url, "123412341234")
    code = """
        const { spawn } = require('node:child_process');
        exports.handler = async () => { spawn('sleep', ['86002.5'], { detached: true, stdio: 'ignore' }).unref(); return 'left'; };
    """
    name = function(aws, NODE, code)
    assert invoke(aws, name).value == "left"
    server.kill()
    until(lambda: processes_with(b"86002.5"), lambda found: not found)
    server.start()
    # The function is there again, on a process of its own.
    assert invoke(aws, name).value == "left"


def test_garbage_on_standard_output_is_only_log(aws):
    code = r"""
        exports.handler = async (event) => {
          process.stdout.write(Buffer.from([0, 255, 254, 10, 27, 91, 50, 74]));
          process.stdout.write('x'.repeat(300000) + '\n');
          process.stderr.write('{"errorType": "forged"}\nEND RequestId: forged\n');
          return 'fine';
        };
    """
    name = function(aws, NODE, code)
    answer = invoke(aws, name)
    assert answer.value == "fine"
    assert len(answer.log) <= 4096


def test_an_answer_that_is_too_large_is_an_error(aws):
    name = function(aws, PYTHON, "def handler(event, context): return 'x' * event['size']")
    answer = invoke(aws, name, {"size": 7 << 20})
    assert answer.error == "Unhandled"
    assert answer.json["errorType"] == "Function.ResponseSizeTooLarge"
    assert len(invoke(aws, name, {"size": 5 << 20}).value) == 5 << 20


def test_memory_is_limited(aws):
    name = function(aws, PYTHON, "def handler(event, context): return len(bytearray(event['mb'] << 20))", MemorySize=128, Timeout=30)
    assert invoke(aws, name, {"mb": 20}).value == 20 << 20
    assert invoke(aws, name, {"mb": 4000}).error == "Unhandled"
    assert invoke(aws, name, {"mb": 20}).value == 20 << 20


def test_one_functions_failure_is_not_anothers(aws):
    quiet = function(aws, PYTHON, "def handler(event, context): return event")
    hanging = function(aws, NODE, HANGS[NODE], Timeout=3)
    dying = function(aws, NODE, "exports.handler = async () => process.exit(1);")
    pending = [
        subprocess.Popen(
            ["aws", "--endpoint-url", aws.url, "lambda", "invoke", "--function-name", name, "/dev/stdout"],
            env=aws.environment(endpoint=False), stdout=subprocess.PIPE, text=True,
        )
        for name in (hanging, dying, hanging)
    ]  # fmt: skip
    for number in range(20):
        assert invoke(aws, quiet, {"n": number}).value == {"n": number}
    for process in pending:
        assert "Unhandled" in process.communicate(timeout=60)[0]


PEEK = """
    import os, socket

    def attempt(what):
        try:
            return what()
        except OSError as error:
            return type(error).__name__

    def handler(event, context):
        return {
            "environment": dict(os.environ),
            "directory": os.getcwd(),
            "data": attempt(lambda: os.listdir(event["data_dir"])),
            "key": attempt(lambda: open(event["data_dir"] + "/root-credentials").read()),
            "write": attempt(lambda: open("/var/task/new", "w").write("x")),
            "tmp": attempt(lambda: open("/tmp/new", "w").write("x")),
            "files": os.listdir("/tmp"),
        }
"""


def test_a_function_sees_its_own_things_only(server, aws):
    name = function(aws, PYTHON, PEEK, Environment={"Variables": {"MINE": "yes"}})
    other = function(aws, PYTHON, PEEK)
    seen = invoke(aws, name, {"data_dir": str(server.data_dir)}).value
    environment = seen["environment"]
    assert environment["MINE"] == "yes"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "us-east-1"
    assert environment["LAMBDA_TASK_ROOT"] == "/var/task"
    assert environment["_HANDLER"] == "index.handler"
    assert environment["TZ"] == ":UTC"
    assert not [key for key in environment if key.startswith(("STEPWELL", "CARGO", "PYTEST", "VIRTUAL_ENV"))]
    assert isinstance(seen["data"], str) and isinstance(seen["key"], str)
    assert "aws_secret_access_key" not in seen["key"]
    assert seen["write"] in ("OSError", "PermissionError")
    assert seen["tmp"] == 1
    assert seen["files"] == ["new"]
    # The other function's /tmp is another one.
    assert invoke(aws, other, {"data_dir": "/"}).value["files"] == ["new"]


def test_logs_by_the_command_line(aws, command_line_2):
    code = """
        exports.handler = async (event) => { console.log('hello', event.n); console.error('beware'); return 1; };
    """
    name = function(aws, NODE, code)
    request_id = invoke(aws, name, {"n": 7}).request_id

    def tail():
        return command_line_2.text("logs", "tail", f"/aws/lambda/{name}", "--format", "short")

    log = until(tail, lambda text: f"REPORT RequestId: {request_id}" in text)
    assert re.search(rf"START RequestId: {request_id} Version: \$LATEST", log)
    assert re.search(rf"\t{request_id}\tINFO\thello 7", log)
    assert re.search(rf"\t{request_id}\tERROR\tbeware", log)
    assert re.search(rf"END RequestId: {request_id}", log)
    assert re.search(r"Duration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB", log)


def test_by_command_line(aws, command_line, tmp_path):
    package = tmp_path / "code.zip"
    package.write_bytes(zipped({"index.py": "def handler(event, context): return event['n'] * 2"}))
    role = aws.role("lambda")
    made = command_line.json(
        "lambda", "create-function", "--function-name", "double", "--runtime", python_runtime(),
        "--handler", "index.handler", "--role", role, "--zip-file", f"fileb://{package}",
    )  # fmt: skip
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    active(aws, "double")
    out = tmp_path / "out.json"
    answered = command_line.json("lambda", "invoke", "--function-name", "double", "--payload", '{"n": 21}', out)
    assert answered == {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
    assert out.read_text() == "42"
    gone = command_line.run("lambda", "invoke", "--function-name", "nobody", out)
    assert gone.returncode != 0
    assert f"Function not found: arn:aws:lambda:{aws.region}:{aws.account}:function:nobody" in gone.stderr


def test_an_event_that_is_no_json_is_refused(aws):
    name = function(aws, PYTHON, "def handler(event, context): return event")
    with pytest.raises(aws.client("lambda").exceptions.ClientError) as refused:
        aws.client("lambda").invoke(FunctionName=name, Payload=b"{nonsense")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestContentException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_functions_as_states(aws):
    double = function(aws, PYTHON, "def handler(event, context): return event['n'] * 2")
    failing = function(aws, NODE, "exports.handler = async () => { throw new RangeError('too far'); };")
    arn = f"arn:aws:lambda:us-east-1:{aws.account}:function"
    definition = {
        "StartAt": "Double",
        "States": {
            "Double": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": double, "Payload.$": "$"},
                "ResultSelector": {"n.$": "$.Payload"},
                "Next": "Direct",
            },
            "Direct": {"Type": "Task", "Resource": f"{arn}:{double}", "ResultPath": "$.n", "Next": "Fail"},
            "Fail": {
                "Type": "Task",
                "Resource": f"{arn}:{failing}",
                "Catch": [{"ErrorEquals": ["RangeError"], "ResultPath": "$.error", "Next": "End"}],
                "End": True,
            },
            "End": {"Type": "Succeed"},
        },
    }
    execution = start(aws, create_state_machine(aws, definition), {"n": 3})
    output = json.loads(ended(aws, execution)["output"])
    assert output["n"] == 12
    assert output["error"]["Error"] == "RangeError"
    assert json.loads(output["error"]["Cause"])["errorMessage"] == "too far"
    assert [event[0] for event in history(aws, execution)] == [
        "ExecutionStarted",
        "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited",
        "TaskStateEntered", "LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded", "TaskStateExited",
        "TaskStateEntered", "LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionFailed", "TaskStateExited",
        "SucceedStateEntered", "SucceedStateExited",
        "ExecutionSucceeded",
    ]  # fmt: skip


def test_code_from_a_bucket(aws):
    s3, lambda_, bucket = aws.client("s3"), aws.client("lambda"), f"functions-{aws.account}"
    s3.create_bucket(Bucket=bucket)
    for answer in (1, 2):
        code = zipped({"index.py": f"def handler(event, context): return {answer}"})
        s3.put_object(Bucket=bucket, Key=f"{answer}.zip", Body=code)
    lambda_.create_function(
        FunctionName="from-a-bucket",
        Runtime=python_runtime(),
        Handler="index.handler",
        Role=aws.role("lambda"),
        Code={"S3Bucket": bucket, "S3Key": "1.zip"},
    )
    assert invoke(aws, active(aws, "from-a-bucket")).value == 1
    lambda_.update_function_code(FunctionName="from-a-bucket", S3Bucket=bucket, S3Key="2.zip")
    assert invoke(aws, active(aws, "from-a-bucket")).value == 2
    with pytest.raises(lambda_.exceptions.InvalidParameterValueException) as refused:
        lambda_.update_function_code(FunctionName="from-a-bucket", S3Bucket=bucket, S3Key="3.zip")
    assert "S3 Error Code: NoSuchKey" in str(refused.value)
