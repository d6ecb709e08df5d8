"""Functions: made from a few lines of code, ready when this returns, invoked and answered as JSON."""

import base64
import functools
import io
import json
import subprocess
import uuid
import zipfile

from .wait import until

# A runtime's interpreter and SDKs may have to be fetched first, which takes as long as it takes.
READY_SECONDS = 280


@functools.cache
def node_runtime():
    """The runtime that needs no Node.js but the host's own."""
    major = subprocess.run(["node", "-p", "process.versions.node.split('.')[0]"], capture_output=True, text=True, check=True)
    return f"nodejs{major.stdout.strip()}.x"


def python_runtime():
    return "python3.11"


def zipped(files):
    """The bytes of a zip archive with these files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in files.items():
            out.writestr(name, text)
    return archive.getvalue()


def create(aws, runtime, code, handler="index.handler", role=None, name=None, **options):
    """The name of a new function, once it is active. `code` is the text of its one file, or several by their names."""
    name = name or f"function-{uuid.uuid4().hex[:8]}"
    files = code if isinstance(code, dict) else {"index.js" if runtime.startswith("node") else "index.py": code}
    aws.client("lambda").create_function(
        FunctionName=name,
        Runtime=runtime,
        Handler=handler,
        Role=role or aws.role("lambda"),
        Code={"ZipFile": zipped(files)},
        **options,
    )
    return active(aws, name)


def active(aws, name):
    """Waits until the function can be invoked; fails with the reason if it never can."""
    lambda_ = aws.client("lambda")
    described = until(
        lambda: lambda_.get_function_configuration(FunctionName=name),
        lambda answer: answer["State"] != "Pending" and answer["LastUpdateStatus"] != "InProgress",
        seconds=READY_SECONDS,
    )
    assert (described["State"], described["LastUpdateStatus"]) == ("Active", "Successful"), described
    return name


class Invoked:
    """An invocation's answer."""

    def __init__(self, answer):
        self.status = answer["StatusCode"]
        self.error = answer.get("FunctionError")
        self.text = answer["Payload"].read().decode()
        self.log = base64.b64decode(answer.get("LogResult", "")).decode()
        self.request_id = answer["ResponseMetadata"]["RequestId"]

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def value(self):
        """What the function returned; fails if it failed."""
        assert self.error is None, self.text + self.log
        return self.json


def invoke(aws, name, event=None, **options):
    payload = json.dumps({} if event is None else event)
    return Invoked(aws.client("lambda").invoke(FunctionName=name, Payload=payload, LogType="Tail", **options))
