"""Queues as AWS's clients use them: both command lines (one per protocol), boto3, batches, visibility, redrive, kill -9."""

import hashlib
import json
import threading

import pytest

from harness.clients import Aws
from harness.queues import create_queue, depth, receive, receive_all
from harness.wait import until


def life_cycle(aws):
    """One queue's whole life through an `aws` command line."""
    url = aws.json("sqs", "create-queue", "--queue-name", "work", "--attributes", "VisibilityTimeout=600")["QueueUrl"]
    assert aws.json("sqs", "get-queue-url", "--queue-name", "work")["QueueUrl"] == url
    assert aws.json("sqs", "list-queues")["QueueUrls"] == [url]

    attributes = '{"kind": {"DataType": "String", "StringValue": "ünïcode"}, "n": {"DataType": "Number", "StringValue": "7"}}'
    sent = aws.json("sqs", "send-message", "--queue-url", url, "--message-body", "hello <&> there", "--message-attributes", attributes)
    assert sent["MD5OfMessageBody"] == hashlib.md5(b"hello <&> there").hexdigest()

    received = aws.json(
        "sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "5",
        "--attribute-names", "All", "--message-attribute-names", "All",
    )["Messages"][0]
    assert received["Body"] == "hello <&> there"
    assert received["MessageId"] == sent["MessageId"]
    assert received["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert received["MessageAttributes"]["kind"]["StringValue"] == "ünïcode"
    assert received["Attributes"]["ApproximateReceiveCount"] == "1"
    assert aws.json("sqs", "receive-message", "--queue-url", url) is None

    aws.text(
        "sqs", "change-message-visibility", "--queue-url", url,
        "--receipt-handle", received["ReceiptHandle"], "--visibility-timeout", "0",
    )
    again = aws.json("sqs", "receive-message", "--queue-url", url, "--attribute-names", "All")["Messages"][0]
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    aws.text("sqs", "delete-message", "--queue-url", url, "--receipt-handle", again["ReceiptHandle"])

    entries = json.dumps([{"Id": f"m{number}", "MessageBody": str(number)} for number in range(10)])
    batch = aws.json("sqs", "send-message-batch", "--queue-url", url, "--entries", entries)
    assert [entry["Id"] for entry in batch["Successful"]] == [f"m{number}" for number in range(10)]
    counts = aws.json("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "10"
    assert counts["VisibilityTimeout"] == "600"
    aws.text("sqs", "purge-queue", "--queue-url", url)
    counts = aws.json("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "0"

    aws.text("sqs", "delete-queue", "--queue-url", url)
    gone = aws.run("sqs", "get-queue-url", "--queue-name", "work")
    assert gone.returncode != 0
    assert "AWS.SimpleQueueService.NonExistentQueue" in gone.stderr


def test_a_queues_life_by_command_line(command_line):
    life_cycle(command_line)


def test_a_queues_life_by_the_older_protocol(command_line_2):
    life_cycle(command_line_2)


def test_a_message_sent_by_one_protocol_is_received_by_the_other(aws, command_line_2):
    url, _ = create_queue(aws, "both")
    command_line_2.text("sqs", "send-message", "--queue-url", url, "--message-body", "by form")
    assert receive(aws, url)["Body"] == "by form"
    aws.sqs.send_message(QueueUrl=url, MessageBody="by JSON")
    received = command_line_2.json("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "5")
    assert received["Messages"][0]["Body"] == "by JSON"


def test_a_long_poll_is_answered_by_the_message_that_comes(aws):
    url, _ = create_queue(aws, "poll")
    received = []
    poller = threading.Thread(target=lambda: received.append(receive(aws, url)))
    poller.start()
    sender = Aws(aws.url, aws.access_key_id)
    sender.sqs.send_message(QueueUrl=url, MessageBody="at last")
    poller.join(30)
    assert [message["Body"] for message in received] == ["at last"]


def test_each_message_goes_to_one_of_many_pollers(aws):
    url, _ = create_queue(aws, "many")
    lock, bodies = threading.Lock(), []

    def poll():
        for message in receive_all(Aws(aws.url, aws.access_key_id), url, 5):
            with lock:
                bodies.append(message["Body"])

    pollers = [threading.Thread(target=poll) for _ in range(4)]
    for poller in pollers:
        poller.start()
    for start in range(0, 20, 10):
        entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(start, start + 10)]
        aws.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    for poller in pollers:
        poller.join(60)
    assert sorted(bodies, key=int) == [str(number) for number in range(20)]
    assert depth(aws, url) == (0, 0, 0)


def test_what_is_received_too_often_goes_to_the_dead_letter_queue(aws):
    dead_url, dead_arn = create_queue(aws, "dead")
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = create_queue(aws, "live", RedrivePolicy=policy)
    aws.sqs.send_message(QueueUrl=url, MessageBody="poison")
    for count in ("1", "2"):
        message = receive(aws, url, VisibilityTimeout=0)
        assert message["Attributes"]["ApproximateReceiveCount"] == count
    assert "Messages" not in aws.sqs.receive_message(QueueUrl=url)
    dead = receive(aws, dead_url)
    assert dead["Body"] == "poison"
    assert dead["MessageId"] == message["MessageId"]
    assert dead["Attributes"]["DeadLetterQueueSourceArn"] == arn


def test_a_message_that_is_too_long_is_refused(aws):
    url, _ = create_queue(aws, "small", MaximumMessageSize=1024)
    aws.sqs.send_message(QueueUrl=url, MessageBody="x" * 1024)
    with pytest.raises(aws.sqs.exceptions.ClientError) as refused:
        aws.sqs.send_message(QueueUrl=url, MessageBody="x" * 1025)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert refused.value.response["Error"]["Message"] == (
        "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    )


def test_nothing_acknowledged_is_lost_by_kill_9(start_server):
    server = start_server()
    aws = Aws(server.url, "123412341234")
    url, _ = create_queue(aws, "durable")
    acknowledged, stop = [], threading.Event()

    def send(name):
        sender = Aws(server.url, "123412341234")
        number = 0
        while not stop.is_set():
            try:
                sender.sqs.send_message(QueueUrl=url, MessageBody=f"{name}-{number}")
            except Exception:  # noqa: BLE001  The server is gone: what was not acknowledged may be lost.
                return
            acknowledged.append(f"{name}-{number}")
            number += 1

    senders = [threading.Thread(target=send, args=(name,)) for name in "abcd"]
    for sender in senders:
        sender.start()
    until(lambda: len(acknowledged), lambda count: count >= 200)
    server.kill()
    stop.set()
    for sender in senders:
        sender.join(60)
    server.start()

    survived = set()
    while messages := aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        survived |= {message["Body"] for message in messages}
    assert set(acknowledged) <= survived


def test_a_message_in_flight_is_there_again_after_kill_9(start_server):
    server = start_server()
    aws = Aws(server.url, "123412341234")
    url, _ = create_queue(aws, "flight", VisibilityTimeout=1)
    aws.sqs.send_message(QueueUrl=url, MessageBody="again")
    first = receive(aws, url)
    server.restart()
    second = receive(aws, url)
    assert second["MessageId"] == first["MessageId"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
