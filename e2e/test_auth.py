"""`--auth required`: signatures of the root key and of roles' temporary keys are let in, anything else is not."""

import datetime
import urllib.error
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pytest

from harness.clients import Aws, CommandLine, node, trust
from harness.functions import create, invoke, python_runtime
from harness.queues import create_queue, receive
from harness.server import Server
from test_server import request


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """A server that lets only signed requests in."""
    server = Server(tmp_path_factory.mktemp("locked") / "data", "--auth", "required").start()
    yield server
    assert server.stop() == 0


@pytest.fixture
def root(locked):
    """The server, as its root key."""
    return Aws.root(locked)


def refused(call, **arguments):
    """Code and status with which a call is refused."""
    with pytest.raises(botocore.exceptions.ClientError) as refusal:
        call(**arguments)
    response = refusal.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def session(aws, **options):
    """A session of a role that the root may take on."""
    role = f"role-{datetime.datetime.now().timestamp():.6f}".replace(".", "-")
    arn = aws.iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust({"AWS": aws.account}))["Role"]["Arn"]
    keys = aws.sts.assume_role(RoleArn=arn, RoleSessionName="tester", **options)["Credentials"]
    return Aws(aws.url, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def test_the_root_key_is_let_in_everywhere(root, tmp_path):
    assert root.account == "000000000000"
    root.sqs.list_queues()
    root.stepfunctions.list_state_machines()
    root.sns.list_topics()
    root.iam.list_roles()
    root.logs.describe_log_groups()
    root.client("lambda").list_functions()
    for by_environment in (False, True):
        told = CommandLine(root, by_environment=by_environment).json("stepfunctions", "list-state-machines")
        assert "stateMachines" in told


def test_the_javascript_sdks_sign_well(root):
    told = node("story-v3.js", root, False, role=root.role("states"))
    assert (told["status"], told["account"]) == ("SUCCEEDED", "000000000000")
    root.stepfunctions.delete_state_machine(stateMachineArn="arn:aws:states:us-east-1:000000000000:stateMachine:story")
    told = node("story-v2.js", session(root), False, role=root.role("states"))
    assert (told["status"], told["account"]) == ("SUCCEEDED", "000000000000")


def test_unknown_keys_are_refused_in_each_protocol(locked):
    stranger = Aws(locked.url, "AKIAIOSFODNN7EXAMPLE")
    twelve = Aws(locked.url, "123456789012")
    for aws in (stranger, twelve):
        assert refused(aws.sqs.list_queues)[0] in ("UnrecognizedClientException", "InvalidClientTokenId")
        assert refused(aws.stepfunctions.list_state_machines) == ("UnrecognizedClientException", 400)
        assert refused(aws.sns.list_topics) == ("InvalidClientTokenId", 403)
        assert refused(aws.client("lambda").list_functions) == ("UnrecognizedClientException", 403)


def test_a_wrong_secret_is_refused_in_each_protocol(root):
    wrong = Aws(root.url, root.access_key_id, "not-the-secret")
    assert refused(wrong.stepfunctions.list_state_machines) == ("InvalidSignatureException", 400)
    assert refused(wrong.sns.list_topics) == ("SignatureDoesNotMatch", 403)
    assert refused(wrong.client("lambda").list_functions) == ("InvalidSignatureException", 403)


def test_unsigned_requests_are_refused(locked):
    json = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AWSStepFunctions.ListStateMachines"}
    status, _, body = request(locked, "POST", "/", json, "{}")
    assert (status, "MissingAuthenticationToken" in body) == (400, True)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, body = request(locked, "POST", "/", form, "Action=ListTopics&Version=2010-03-31")
    assert (status, "MissingAuthenticationToken" in body) == (403, True)
    status, _, body = request(locked, "GET", "/2015-03-31/functions")
    assert (status, "Missing Authentication Token" in body) == (403, True)
    for method, path in (("GET", "/_stepwell/v1/callbacks"), ("POST", "/_stepwell/v1/code")):
        status, _, body = request(locked, method, path)
        assert (status, "MissingAuthenticationToken" in body) == (403, True)
    assert request(locked)[0] == 200


def signed(aws, service, url, body, headers, when=None, region="us-east-1"):
    """A request signed by botocore's own signer, as urllib sends it."""
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(aws.access_key_id, aws.secret, aws.token), service, region)
    made = botocore.awsrequest.AWSRequest("POST", url, data=body, headers=headers)
    if when:
        made.context["timestamp"] = when.strftime("%Y%m%dT%H%M%SZ")
        signer.add_auth = lambda request: _add_auth_at(signer, request)
    signer.add_auth(made)
    return dict(made.headers.items())


def _add_auth_at(signer, request):
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    signer._inject_signature_to_request(request, signature)


LIST = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AWSStepFunctions.ListStateMachines"}


def post(server, headers, body="{}"):
    status, _, answer = request(server, "POST", "/", headers, body)
    return status, answer


def test_what_was_signed_can_not_be_changed(locked, root):
    headers = signed(root, "states", locked.url + "/", "{}", LIST)
    assert post(locked, headers)[0] == 200
    assert "InvalidSignatureException" in post(locked, headers, '{"maxResults": 1}')[1]
    other = headers | {"X-Amz-Target": "AWSStepFunctions.ListActivities"}
    assert post(locked, other)[0] == 400
    broken = headers | {"Authorization": headers["Authorization"].replace("Signature=", "Sig=")}
    assert "IncompleteSignatureException" in post(locked, broken)[1]
    assert "IncompleteSignatureException" in post(locked, headers | {"Authorization": "AWS4-HMAC-SHA256 nonsense"})[1]


def test_a_signature_for_another_service_is_refused(locked, root):
    headers = signed(root, "sqs", locked.url + "/", "{}", LIST)
    status, answer = post(locked, headers)
    assert status == 400
    assert "Credential should be scoped to correct service: 'states'." in answer


def test_presigned_requests_are_let_in(locked, root):
    url = root.sts.generate_presigned_url("get_caller_identity", HttpMethod="GET", ExpiresIn=60)
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert "<Account>000000000000</Account>" in answer.read().decode()
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"), timeout=30)
    assert refusal.value.code == 403


def test_temporary_keys_need_their_token_and_their_secret(root):
    aws = session(root)
    assert aws.sts.get_caller_identity()["Arn"].startswith("arn:aws:sts::000000000000:assumed-role/role-")
    aws.sqs.list_queues()
    assert refused(Aws(aws.url, aws.access_key_id, aws.secret).sns.list_topics)[1] == 403
    assert refused(Aws(aws.url, aws.access_key_id, aws.secret, aws.token[:-4] + "AAAA").sns.list_topics)[1] == 403
    assert refused(Aws(aws.url, aws.access_key_id, "other", aws.token).sns.list_topics) == ("SignatureDoesNotMatch", 403)


def test_functions_sign_with_their_roles_keys(root):
    url, _ = create_queue(root, "from-inside")
    code = """
import boto3, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody="signed inside")
    return boto3.client("sts").get_caller_identity()["Arn"]
"""
    name = create(root, python_runtime(), code, Timeout=30, Environment={"Variables": {"QUEUE": url}})
    assert invoke(root, name).value.endswith(f"/{name}")
    assert receive(root, url)["Body"] == "signed inside"


def test_the_root_key_stays_the_same(start_server):
    server = start_server("--auth", "required")
    key = (server.data_dir / "root-credentials").read_text()
    server.restart()
    assert (server.data_dir / "root-credentials").read_text() == key
