"""Queues that feed functions: what succeeded is gone, what failed comes again, and ends in the dead-letter queue."""

import json

from harness.clients import Aws
from harness.functions import create, node_runtime
from harness.queues import create_queue, depth, receive, receive_all
from harness.wait import until

# Tells another queue what it was given, then fails for the bodies that say so.
WORKER = """
    const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
    const sqs = new SQSClient();
    exports.handler = async (event) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: process.env.SEEN, MessageBody: JSON.stringify(event) }));
      if (process.env.PARTIAL) {
        const failed = event.Records.filter((record) => record.body.startsWith('bad'));
        return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.messageId })) };
      }
      if (event.Records.some((record) => record.body.startsWith('bad'))) throw new Error('a bad one');
    };
"""


class Fed:
    """A queue that feeds a function, which tells a second queue what it saw."""

    def __init__(self, aws, attributes=None, mapping=None, partial=False):
        self.aws = aws
        self.seen, _ = create_queue(aws, "seen")
        self.url, self.arn = create_queue(aws, "work", **{"VisibilityTimeout": 30} | (attributes or {}))
        variables = {"SEEN": self.seen} | ({"PARTIAL": "yes"} if partial else {})
        self.function = create(aws, node_runtime(), WORKER, Timeout=20, Environment={"Variables": variables})
        self.lambda_ = aws.client("lambda")
        self.mapping = self.lambda_.create_event_source_mapping(
            EventSourceArn=self.arn, FunctionName=self.function, **(mapping or {})
        )

    def send(self, *bodies):
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        self.aws.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

    def next_batch(self):
        """The records of the next invocation."""
        (message,) = receive_all(self.aws, self.seen, 1)
        return json.loads(message["Body"])["Records"]

    def is_empty(self):
        return until(lambda: depth(self.aws, self.url), lambda counts: counts == (0, 0, 0))


def test_a_message_reaches_the_function_and_is_deleted(aws):
    fed = Fed(aws)
    assert (fed.mapping["State"], fed.mapping["BatchSize"]) == ("Creating", 10)
    attribute = {"DataType": "String", "StringValue": "v"}
    sent = aws.sqs.send_message(QueueUrl=fed.url, MessageBody="good", MessageAttributes={"k": attribute})
    (record,) = fed.next_batch()
    attributes = record.pop("attributes")
    handle = record.pop("receiptHandle")
    assert record == {
        "messageId": sent["MessageId"],
        "body": "good",
        "messageAttributes": {"k": {"stringValue": "v", "stringListValues": [], "binaryListValues": [], "dataType": "String"}},
        "md5OfBody": sent["MD5OfMessageBody"],
        "md5OfMessageAttributes": sent["MD5OfMessageAttributes"],
        "eventSource": "aws:sqs",
        "eventSourceARN": fed.arn,
        "awsRegion": "us-east-1",
    }
    assert handle and attributes["ApproximateReceiveCount"] == "1"
    assert fed.is_empty()


def test_messages_come_in_batches_and_none_twice(aws):
    fed = Fed(aws, mapping={"BatchSize": 3})
    for start in range(0, 30, 10):
        fed.send(*[f"{number}" for number in range(start, start + 10)])
    bodies = []
    while len(bodies) < 30:
        batch = fed.next_batch()
        assert 1 <= len(batch) <= 3
        bodies += [record["body"] for record in batch]
    assert sorted(bodies, key=int) == [str(number) for number in range(30)]
    assert fed.is_empty()


def test_what_fails_comes_again_and_ends_in_the_dead_letter_queue(aws):
    dead_url, dead_arn = create_queue(aws, "dead")
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    fed = Fed(aws, attributes={"VisibilityTimeout": 20, "RedrivePolicy": policy}, mapping={"BatchSize": 1})
    fed.send("bad", "good")
    # Visible again at once, so that the test need not wait for it.
    aws.sqs.set_queue_attributes(QueueUrl=fed.url, Attributes={"VisibilityTimeout": "20"})
    counts = {"bad": 0, "good": 0}
    while counts != {"bad": 2, "good": 1}:
        (record,) = fed.next_batch()
        counts[record["body"]] += 1
        assert record["attributes"]["ApproximateReceiveCount"] == str(counts[record["body"]])
    dead = until(lambda: aws.sqs.receive_message(QueueUrl=dead_url, WaitTimeSeconds=20).get("Messages"), seconds=90)
    assert dead[0]["Body"] == "bad"
    assert fed.is_empty()


def test_only_the_failures_of_a_batch_come_again(aws):
    fed = Fed(
        aws,
        attributes={"VisibilityTimeout": 20},
        mapping={"BatchSize": 10, "FunctionResponseTypes": ["ReportBatchItemFailures"]},
        partial=True,
    )
    fed.send("good", "bad", "fine")
    bodies = []
    while len(bodies) < 3:
        bodies += [record["body"] for record in fed.next_batch()]
    assert sorted(bodies) == ["bad", "fine", "good"]
    # The failed one alone is still in the queue, and comes again.
    until(lambda: sum(depth(aws, fed.url)), lambda count: count == 1)
    (again,) = fed.next_batch()
    assert (again["body"], again["attributes"]["ApproximateReceiveCount"]) == ("bad", "2")


def test_a_disabled_mapping_leaves_messages_alone(aws):
    fed = Fed(aws, mapping={"Enabled": False})
    uuid = fed.mapping["UUID"]
    fed.send("waiting")
    assert depth(aws, fed.url) == (1, 0, 0)
    fed.lambda_.update_event_source_mapping(UUID=uuid, Enabled=True)
    assert [record["body"] for record in fed.next_batch()] == ["waiting"]
    until(lambda: fed.lambda_.get_event_source_mapping(UUID=uuid)["State"], lambda state: state == "Enabled")
    fed.lambda_.delete_event_source_mapping(UUID=uuid)
    until(lambda: fed.lambda_.list_event_source_mappings(FunctionName=fed.function)["EventSourceMappings"], lambda left: not left)
    fed.send("left alone")
    assert receive(aws, fed.url)["Body"] == "left alone"


def test_the_mapping_goes_on_after_kill_9(start_server):
    server = start_server()
    aws = Aws(server.url, "123412341234")
    fed = Fed(aws, attributes={"VisibilityTimeout": 20})
    fed.send("before")
    assert [record["body"] for record in fed.next_batch()] == ["before"]
    server.restart()
    fed.send("after")
    bodies = set()
    while "after" not in bodies:
        # `before` may come a second time, if the crash came between its success and its deletion.
        bodies |= {record["body"] for record in fed.next_batch()}
    assert bodies <= {"before", "after"}
