"""The function under the crash test: tells a queue what it was given; for a workflow it only answers."""

import json
import os
import urllib.request


def handler(event, context):
    if "task" in event:
        return {"done": event["task"]}
    seen = {"request": context.aws_request_id}
    if "Records" in event:
        seen["records"] = [{"id": record["messageId"], "body": record["body"]} for record in event["Records"]]
    else:
        seen["invocation"] = event["invocation"]
    message = {"QueueUrl": os.environ["REPORTS"], "MessageBody": json.dumps(seen)}
    request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], json.dumps(message).encode())
    request.add_header("X-Amz-Target", "AmazonSQS.SendMessage")
    request.add_header("Content-Type", "application/x-amz-json-1.0")
    urllib.request.urlopen(request, timeout=2).read()
    return {}
