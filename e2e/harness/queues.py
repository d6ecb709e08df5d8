"""Receiving from queues: the long poll is the event to wait for."""


def receive(aws, queue_url, seconds=20, **options):
    """The next message; fails if none comes. All its attributes are asked for."""
    options = {"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]} | options
    answer = aws.sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=seconds, **options)
    assert "Messages" in answer, f"no message came within {seconds} s"
    return answer["Messages"][0]


def receive_all(aws, queue_url, count):
    """So many messages, deleted as they come."""
    messages = []
    while len(messages) < count:
        message = receive(aws, queue_url)
        aws.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        messages.append(message)
    return messages


def create_queue(aws, name, **attributes):
    """The URL and ARN of a new queue."""
    url = aws.sqs.create_queue(QueueName=name, Attributes={key: str(value) for key, value in attributes.items()})["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, arn


def depth(aws, queue_url):
    """Messages that wait, that are being worked on, and that are delayed."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
    attributes = aws.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
    return tuple(int(attributes[name]) for name in names)
