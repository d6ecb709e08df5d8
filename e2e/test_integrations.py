"""What a state calls: activities and their workers, other state machines, operations by their SDK's names, HTTP endpoints and
servers that stand for services which aren't here."""

import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.clients import Aws
from harness.executions import create_state_machine, ended, start, types
from harness.queues import create_queue
from harness.wait import until


class Endpoint:
    """A web server that keeps what it was asked, and answers as the test says."""

    def __init__(self):
        self.requests = []
        self.answers = {}
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                endpoint.requests.append((self.command, self.path, headers, body))
                status, answer = endpoint.answers.get(self.path.split("?")[0], (200, {}))
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def endpoint():
    endpoint = Endpoint()
    yield endpoint
    endpoint.server.shutdown()
    endpoint.server.server_close()


def one_state(resource, parameters=None, **more):
    task = {"Type": "Task", "Resource": resource, "End": True} | more
    if parameters is not None:
        task["Parameters"] = parameters
    return {"StartAt": "S", "States": {"S": task}}


def run(aws, resource, parameters, **more):
    """What an execution of this one call comes to."""
    machine = create_state_machine(aws, one_state(resource, parameters, **more), f"machine-{uuid.uuid4().hex[:8]}")
    return ended(aws, start(aws, machine))


def waiting(seconds):
    return {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "End": True}}}


def output(described):
    assert described["status"] == "SUCCEEDED", described
    return json.loads(described["output"])


def test_a_worker_polls_beats_and_answers(aws):
    activity = aws.stepfunctions.create_activity(name="work")["activityArn"]
    machine = create_state_machine(aws, one_state(activity, HeartbeatSeconds=30))
    polled = []
    worker = threading.Thread(
        target=lambda: polled.append(aws.stepfunctions.get_activity_task(activityArn=activity, workerName="w"))
    )
    worker.start()
    execution = start(aws, machine, {"order": 7})
    worker.join(30)
    (task,) = polled
    assert json.loads(task["input"]) == {"order": 7}
    aws.stepfunctions.send_task_heartbeat(taskToken=task["taskToken"])
    aws.stepfunctions.send_task_success(taskToken=task["taskToken"], output='"done"')
    assert output(ended(aws, execution)) == "done"
    assert types(aws, execution)[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    with pytest.raises(aws.stepfunctions.exceptions.TaskTimedOut):
        aws.stepfunctions.send_task_success(taskToken=task["taskToken"], output="1")
    assert [item["name"] for item in aws.stepfunctions.list_activities()["activities"]] == ["work"]


def test_a_parent_waits_for_its_child_also_over_a_power_cut(start_server, account):
    server = start_server()
    aws = Aws(server.url, account)
    child = create_state_machine(aws, waiting(2), "child")
    parameters = {"StateMachineArn": child, "Name": "c", "Input": {"n": 1}}
    parent = create_state_machine(aws, one_state("arn:aws:states:::states:startExecution.sync:2", parameters), "parent")
    execution = start(aws, parent)
    server.restart()
    result = output(ended(aws, execution))
    assert (result["Status"], result["Output"], result["Name"]) == ("SUCCEEDED", {"n": 1}, "c")


def test_a_stopped_parent_stops_its_child(aws):
    child = create_state_machine(aws, waiting(600), "child")
    parameters = {"StateMachineArn": child, "Name": "c"}
    execution = start(
        aws, create_state_machine(aws, one_state("arn:aws:states:::states:startExecution.sync", parameters), "parent")
    )
    children = until(lambda: aws.stepfunctions.list_executions(stateMachineArn=child)["executions"])
    aws.stepfunctions.stop_execution(executionArn=execution)
    assert ended(aws, children[0]["executionArn"])["status"] == "ABORTED"


def test_operations_go_by_their_names_in_the_sdk(aws):
    url, _ = create_queue(aws, "q")
    sent = output(run(aws, "arn:aws:states:::aws-sdk:sqs:sendMessage", {"QueueUrl": url, "MessageBody": "hello"}))
    assert sorted(sent) == ["Md5OfMessageBody", "MessageId"]
    received = output(run(aws, "arn:aws:states:::aws-sdk:sqs:receiveMessage", {"QueueUrl": url}))
    assert received["Messages"][0]["Body"] == "hello"
    found = output(run(aws, "arn:aws:states:::aws-sdk:sqs:getQueueUrl", {"QueueName": "q"}))
    assert found["QueueUrl"] == url
    missing = f"arn:aws:states:us-east-1:{aws.account}:activity:none"
    failed = run(aws, "arn:aws:states:::aws-sdk:sfn:describeActivity", {"ActivityArn": missing})
    assert failed["error"] == "Sfn.ActivityDoesNotExistException"


def test_a_service_that_is_not_here_is_another_servers(start_server, endpoint, account):
    aws = Aws(start_server("--endpoint", f"dynamodb={endpoint.url}").url, account)
    endpoint.answers["/"] = (200, {"Item": {"id": {"S": "1"}}})
    result = output(run(aws, "arn:aws:states:::dynamodb:getItem", {"TableName": "t", "Key": {"id": {"S": "1"}}}))
    assert result["Item"] == {"id": {"S": "1"}}
    (_, _, headers, body) = endpoint.requests[0]
    assert headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert "/us-east-1/dynamodb/aws4_request" in headers["authorization"]
    assert json.loads(body) == {"TableName": "t", "Key": {"id": {"S": "1"}}}
    refusal = {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "none"}
    endpoint.answers["/"] = (400, refusal)
    assert run(aws, "arn:aws:states:::aws-sdk:dynamodb:getItem", {})["error"] == "DynamoDb.ResourceNotFoundException"
    caught = run(aws, "arn:aws:states:::batch:submitJob.sync", {})
    assert "batch:submitJob.sync" in caught["cause"]


def invoke(connection, url, **more):
    return {"ApiEndpoint": url, "Method": "POST", "Authentication": {"ConnectionArn": connection}} | more


HTTP = "arn:aws:states:::http:invoke"


def test_an_http_task_authenticates_with_a_connection(aws, endpoint):
    made = aws.events.create_connection(
        Name="basic",
        AuthorizationType="BASIC",
        AuthParameters={"BasicAuthParameters": {"Username": "u", "Password": "p"}},
    )
    endpoint.answers["/orders"] = (200, {"id": 7})
    asked = {"RequestBody": {"n": 1}, "QueryParameters": {"q": "x"}}
    result = output(run(aws, HTTP, invoke(made["ConnectionArn"], f"{endpoint.url}/orders", **asked)))
    assert (result["StatusCode"], result["StatusText"], result["ResponseBody"]) == (200, "OK", {"id": 7})
    assert result["Headers"]["content-type"] == ["application/json"]
    (method, path, headers, body) = endpoint.requests[0]
    assert (method, path, json.loads(body)) == ("POST", "/orders?q=x", {"n": 1})
    assert headers["authorization"] == "Basic dTpw"
    shown = aws.events.describe_connection(Name="basic")
    assert shown["AuthParameters"] == {"BasicAuthParameters": {"Username": "u"}}


def test_an_http_task_fetches_its_token_first(aws, endpoint):
    oauth = {
        "ClientParameters": {"ClientID": "id", "ClientSecret": "secret"},
        "AuthorizationEndpoint": f"{endpoint.url}/token",
        "HttpMethod": "POST",
    }
    made = aws.events.create_connection(
        Name="oauth", AuthorizationType="OAUTH_CLIENT_CREDENTIALS", AuthParameters={"OAuthParameters": oauth}
    )
    endpoint.answers["/token"] = (200, {"access_token": "t0ken", "token_type": "Bearer"})
    output(run(aws, HTTP, invoke(made["ConnectionArn"], f"{endpoint.url}/orders")))
    token, call = endpoint.requests
    assert token[3] == "grant_type=client_credentials&client_id=id&client_secret=secret"
    assert call[2]["authorization"] == "Bearer t0ken"


def test_an_http_task_fails_by_status_and_without_an_answer(aws, endpoint):
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "v"}}
    made = aws.events.create_connection(Name="key", AuthorizationType="API_KEY", AuthParameters=key)
    endpoint.answers["/gone"] = (404, {"message": "gone"})
    failed = run(aws, HTTP, invoke(made["ConnectionArn"], f"{endpoint.url}/gone"))
    assert (failed["error"], json.loads(failed["cause"])) == ("States.Http.StatusCode.404", {"message": "gone"})
    assert endpoint.requests[0][2]["x-key"] == "v"
    failed = run(aws, HTTP, invoke(made["ConnectionArn"], "http://127.0.0.1:9/"))
    assert failed["error"] == "States.Http.Socket"


@pytest.mark.parametrize("reveals", [False, True])
def test_a_tested_http_task_shows_what_it_exchanged(aws, endpoint, reveals):
    basic = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
    made = aws.events.create_connection(Name="basic", AuthorizationType="BASIC", AuthParameters=basic)
    endpoint.answers["/orders"] = (200, {"id": 7})
    call = invoke(made["ConnectionArn"], f"{endpoint.url}/orders", RequestBody={"n": 1})
    tested = aws.client("stepfunctions", inject_host_prefix=False).test_state(
        definition=json.dumps({"Type": "Task", "Resource": HTTP, "Parameters": call, "End": True}),
        roleArn=aws.role("states"),
        inspectionLevel="TRACE",
        revealSecrets=reveals,
    )
    assert tested["status"] == "SUCCEEDED"
    request, response = tested["inspectionData"]["request"], tested["inspectionData"]["response"]
    assert (request["protocol"], request["method"], request["body"]) == ("http", "POST", '{"n":1}')
    assert request["url"] == f"{endpoint.url}/orders"
    assert ("authorization: Basic dTpw" in request["headers"]) == reveals
    assert endpoint.requests[0][2]["authorization"] == "Basic dTpw"
    assert (response["statusCode"], response["statusMessage"], response["body"]) == ("200", "OK", '{"id": 7}')
    assert "content-type: application/json" in response["headers"]
