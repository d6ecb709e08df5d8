"""Topics as AWS's clients use them: queues, filters, batches, and web endpoints with their handshake."""

import http.server
import json
import queue
import threading
import urllib.error
import urllib.request

import pytest

from harness.clients import Aws
from harness.executions import create_state_machine, ended, start, types
from harness.functions import create, node_runtime
from harness.queues import create_queue, depth, receive

SECONDS = 30


class Subscriber:
    """A web endpoint that keeps what it is sent, and answers as it is told."""

    def __init__(self):
        self.requests = queue.Queue()
        self.statuses = queue.SimpleQueue()
        subscriber = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status = 200 if subscriber.statuses.empty() else subscriber.statuses.get()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                subscriber.requests.put((dict(self.headers), body))

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        """The next request's headers, in lower case, and its body."""
        headers, body = self.requests.get(timeout=SECONDS)
        return {name.lower(): value for name, value in headers.items()}, body


@pytest.fixture
def subscriber():
    subscriber = Subscriber()
    yield subscriber
    subscriber.server.shutdown()


def follow(url):
    """What a link answers to whoever opens it."""
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        return answer.read().decode()


def topic_with_queue(aws, **attributes):
    topic = aws.sns.create_topic(Name="news")["TopicArn"]
    url, arn = create_queue(aws, "inbox")
    subscription = aws.sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    return topic, url, subscription


def test_a_queue_gets_what_its_filter_lets_through(aws):
    policy = json.dumps({"kind": ["order", {"prefix": "re"}], "amount": [{"numeric": [">", 10]}]})
    topic, url, _ = topic_with_queue(aws, FilterPolicy=policy)
    for kind, amount in [("order", "5"), ("order", "11"), ("other", "11"), ("return", "12")]:
        attributes = {
            "kind": {"DataType": "String", "StringValue": kind},
            "amount": {"DataType": "Number", "StringValue": amount},
        }
        aws.sns.publish(TopicArn=topic, Message=f"{kind} {amount}", Subject="about", MessageAttributes=attributes)
    bodies = [json.loads(receive(aws, url)["Body"]) for _ in range(2)]
    assert {body["Message"] for body in bodies} == {"order 11", "return 12"}
    assert bodies[0]["Type"] == "Notification" and bodies[0]["TopicArn"] == topic
    assert depth(aws, url) == (0, 2, 0)


def test_a_batch_is_delivered_raw_with_its_attributes(aws):
    topic, url, _ = topic_with_queue(aws, RawMessageDelivery="true")
    attributes = {"k": {"DataType": "Binary", "BinaryValue": b"\0\1\xff"}}
    entries = [{"Id": str(n), "Message": f"m{n}", "MessageAttributes": attributes} for n in range(3)]
    answer = aws.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["0", "1", "2"] and answer["Failed"] == []
    messages = [receive(aws, url) for _ in range(3)]
    assert {message["Body"] for message in messages} == {"m0", "m1", "m2"}
    assert messages[0]["MessageAttributes"]["k"]["BinaryValue"] == b"\0\1\xff"


def test_a_fifo_topic_keeps_the_order_and_knows_what_it_has_said(aws):
    topic = aws.sns.create_topic(
        Name="news.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    )["TopicArn"]
    url, arn = create_queue(aws, "inbox.fifo", FifoQueue="true")
    aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    first = aws.sns.publish(TopicArn=topic, Message="1", MessageGroupId="g")
    assert aws.sns.publish(TopicArn=topic, Message="1", MessageGroupId="g")["MessageId"] == first["MessageId"]
    aws.sns.publish(TopicArn=topic, Message="2", MessageGroupId="g")
    answer = aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
    assert [message["Body"] for message in answer["Messages"]] == ["1", "2"]


@pytest.mark.parametrize("auth", ["off", "required"])
def test_a_web_endpoint_confirms_is_told_and_leaves_by_links_alone(start_server, subscriber, auth):
    server = start_server("--auth", auth)
    aws = Aws.root(server) if auth == "required" else Aws(server.url, "test")
    topic = aws.sns.create_topic(Name="news")["TopicArn"]
    pending = aws.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=subscriber.url)
    assert pending["SubscriptionArn"] == "pending confirmation"

    headers, body = subscriber.next()
    assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    invitation = json.loads(body)
    assert invitation["Token"] in invitation["SubscribeURL"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        follow(invitation["SubscribeURL"][:-1] + "x")
    assert refused.value.code == 400
    assert "<SubscriptionArn>arn:aws:sns:" in follow(invitation["SubscribeURL"])

    # The first try fails, and is made again.
    subscriber.statuses.put(503)
    policy = {"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 2, "numNoDelayRetries": 2}}
    subscription = aws.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"]
    aws.sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(policy)
    )
    published = aws.sns.publish(TopicArn=topic, Message="hello")
    for _ in range(2):
        headers, body = subscriber.next()
        assert headers["x-amz-sns-subscription-arn"] == subscription
        notification = json.loads(body)
        assert (notification["Message"], notification["MessageId"]) == ("hello", published["MessageId"])

    follow(notification["UnsubscribeURL"])
    assert aws.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_nobody_unsubscribes_a_queue_without_a_signature(start_server):
    aws = Aws.root(start_server("--auth", "required"))
    topic, url, subscription = topic_with_queue(aws)
    aws.sns.publish(TopicArn=topic, Message="hello")
    link = json.loads(receive(aws, url)["Body"])["UnsubscribeURL"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        follow(link)
    assert refused.value.code == 403 and "AuthorizationError" in refused.value.read().decode()
    aws.sns.get_subscription_attributes(SubscriptionArn=subscription)


def test_a_message_fans_out_to_all_queues(aws):
    topic = create_topic(aws)
    wrapped_url, wrapped = create_queue(aws, "wrapped")
    raw_url, raw = create_queue(aws, "raw")
    arn = subscribe(aws, topic, "sqs", wrapped)
    subscribe(aws, topic, "sqs", raw, RawMessageDelivery="true")
    attributes = {"kind": {"DataType": "String", "StringValue": "a"}}
    published = aws.sns.publish(TopicArn=topic, Message="extra! ü", Subject="News", MessageAttributes=attributes)

    body = json.loads(receive(aws, wrapped_url)["Body"])
    assert list(body) == [
        "Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature",
        "SigningCertURL", "UnsubscribeURL", "MessageAttributes",
    ]  # fmt: skip
    assert body["Type"] == "Notification"
    assert body["MessageId"] == published["MessageId"]
    assert (body["TopicArn"], body["Subject"], body["Message"]) == (topic, "News", "extra! ü")
    assert body["MessageAttributes"] == {"kind": {"Type": "String", "Value": "a"}}
    assert arn in body["UnsubscribeURL"]

    message = receive(aws, raw_url)
    assert message["Body"] == "extra! ü"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "a"


def test_a_function_is_told(aws):
    url, _ = create_queue(aws, "told")
    code = """
        const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
        exports.handler = (event) => new SQSClient().send(
          new SendMessageCommand({ QueueUrl: process.env.QUEUE, MessageBody: JSON.stringify(event) }));
    """
    name = create(aws, node_runtime(), code, Timeout=30, Environment={"Variables": {"QUEUE": url}})
    topic = create_topic(aws)
    subscription = subscribe(aws, topic, "lambda", f"arn:aws:lambda:us-east-1:{aws.account}:function:{name}")
    aws.client("lambda").add_permission(
        FunctionName=name, StatementId="topic", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com", SourceArn=topic
    )
    aws.sns.publish(TopicArn=topic, Message="hello function")
    (record,) = json.loads(receive(aws, url)["Body"])["Records"]
    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", subscription)
    assert (record["Sns"]["Message"], record["Sns"]["Subject"], record["Sns"]["TopicArn"]) == ("hello function", None, topic)


def test_a_wrong_token_confirms_nothing(aws, subscriber):
    topic = create_topic(aws)
    aws.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=subscriber.url)
    token = json.loads(subscriber.next()[1])["Token"]
    for wrong in ("guess", token[:-1], token + "0"):
        with pytest.raises(aws.sns.exceptions.InvalidParameterException):
            aws.sns.confirm_subscription(TopicArn=topic, Token=wrong)
    (listed,) = aws.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    assert aws.sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"].startswith(topic)


def test_a_workflow_publishes(aws):
    topic = create_topic(aws)
    url, arn = create_queue(aws, "outcome")
    subscribe(aws, topic, "sqs", arn, RawMessageDelivery="true")
    publish = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": topic, "Message": {"outcome.$": "$.outcome"}},
        "End": True,
    }
    execution = start(aws, create_state_machine(aws, {"StartAt": "Tell", "States": {"Tell": publish}}), {"outcome": "good"})
    output = json.loads(ended(aws, execution)["output"])
    message = receive(aws, url)
    assert json.loads(message["Body"]) == {"outcome": "good"}
    assert set(output) == {"MessageId", "SdkHttpMetadata", "SdkResponseMetadata"}
    assert types(aws, execution) == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited",
        "ExecutionSucceeded",
    ]  # fmt: skip


def test_a_workflow_that_publishes_nowhere_fails(aws):
    publish = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": f"arn:aws:sns:us-east-1:{aws.account}:nowhere", "Message": "?"},
        "End": True,
    }
    execution = start(aws, create_state_machine(aws, {"StartAt": "Tell", "States": {"Tell": publish}}))
    failed = ended(aws, execution)
    assert (failed["status"], failed["error"]) == ("FAILED", "SNS.NotFoundException")
    assert failed["cause"].startswith("Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound;")


def test_the_command_line_publishes(aws, command_line):
    topic = command_line.json("sns", "create-topic", "--name", "news")["TopicArn"]
    url, arn = create_queue(aws, "readers")
    command_line.json("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", arn)
    published = command_line.json("sns", "publish", "--topic-arn", topic, "--message", "by command line")
    body = json.loads(receive(aws, url)["Body"])
    assert (body["MessageId"], body["Message"]) == (published["MessageId"], "by command line")


def create_topic(aws, name="news"):
    return aws.sns.create_topic(Name=name)["TopicArn"]


def subscribe(aws, topic, protocol, endpoint, **attributes):
    """The ARN of a new subscription."""
    return aws.sns.subscribe(
        TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
