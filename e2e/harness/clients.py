"""AWS's own clients, pointed at a server: boto3 in the process, the command lines and Node.js beside it."""

import configparser
import functools
import json
import os
import subprocess
import uuid
from pathlib import Path

import boto3
import botocore.config

from .server import HOME

REGION = "us-east-1"
# In the older regions version 1 of the command line sends SQS's requests to a name of its own, whatever AWS_ENDPOINT_URL says.
YOUNG_REGION = "ca-west-1"
NODE_SCRIPTS = Path(__file__).resolve().parent.parent / "node"
COMMAND_SECONDS = 120


class Aws:
    """One account's view of a server, as boto3 clients that are made on demand: `aws.sqs`, `aws.stepfunctions`…

    Every test has an account of its own, so tests never see each other's things.
    """

    def __init__(self, url, access_key_id, secret="test", token=None, region=REGION, ca=None):
        self.url = url
        # The file of the authority that is trusted, where the server speaks TLS.
        self.ca = ca
        self.region = region
        self.access_key_id = access_key_id
        self.secret = secret
        self.token = token

    @classmethod
    def root(cls, server):
        """The server, as the root key that it made at its first start."""
        file = configparser.ConfigParser()
        file.read_string((server.data_dir / "root-credentials").read_text())
        key = file["default"]
        return cls(server.url, key["aws_access_key_id"], key["aws_secret_access_key"])

    def client(self, service, **config):
        # A refusal is looked at as it came: the SDK's own second try would hide a 5xx.
        settings = {"retries": {"total_max_attempts": 1}, "connect_timeout": 10, "read_timeout": 90} | config
        config = botocore.config.Config(**settings)
        return self.session().client(service, endpoint_url=self.url, verify=self.ca and str(self.ca), config=config)

    def session(self):
        return boto3.session.Session(
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret,
            aws_session_token=self.token,
            region_name=self.region,
        )

    def __getattr__(self, service):
        if service.startswith("_"):
            raise AttributeError(service)
        client = self.client(service)
        setattr(self, service, client)
        return client

    @functools.cached_property
    def account(self):
        return self.sts.get_caller_identity()["Account"]

    def environment(self, endpoint=True):
        """The variables under which any of AWS's clients acts as this account."""
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_PAGER": "",
        }
        if self.token:
            variables["AWS_SESSION_TOKEN"] = self.token
        if self.ca:
            variables["AWS_CA_BUNDLE"] = variables["NODE_EXTRA_CA_CERTS"] = str(self.ca)
        if endpoint:
            variables["AWS_ENDPOINT_URL"] = self.url
        return variables

    def role(self, *services, name=None):
        """A role that these services may take on, and its ARN. Names are short: `states`, `lambda`."""
        name = name or f"role-{uuid.uuid4().hex[:8]}"
        principals = [f"{service}.amazonaws.com" for service in services]
        created = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"Service": principals}))
        return created["Role"]["Arn"]


def trust(principal):
    """A trust policy as JSON text."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class CommandLine:
    """The `aws` command line, told of the server by an option or by the environment alone."""

    def __init__(self, aws, program="aws", by_environment=False):
        self.aws = aws
        self.program = program
        self.by_environment = by_environment

    def run(self, *arguments, stdin=None):
        """The finished process, whatever its status."""
        endpoint = [] if self.by_environment else ["--endpoint-url", self.aws.url]
        return subprocess.run(
            [self.program, *endpoint, *map(str, arguments)],
            env=self.aws.environment(endpoint=self.by_environment),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )

    def text(self, *arguments):
        done = self.run(*arguments)
        assert done.returncode == 0, f"aws {' '.join(map(str, arguments))}: {done.stderr}{done.stdout}"
        return done.stdout

    def json(self, *arguments):
        """What the command answers, as JSON; None where it answers nothing."""
        answer = self.text(*arguments, "--output", "json")
        return json.loads(answer) if answer.strip() else None


def node(script, aws, by_environment, **arguments):
    """Runs a script of node/ and returns the JSON that it prints."""
    environment = aws.environment(endpoint=by_environment)
    environment["NODE_PATH"] = str(HOME / "javascript" / "node_modules")
    environment["AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE"] = "1"
    if not by_environment:
        arguments["endpoint"] = aws.url
    done = subprocess.run(
        ["node", NODE_SCRIPTS / script, json.dumps(arguments)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    assert done.returncode == 0, f"{script}: {done.stderr}{done.stdout}"
    return json.loads(done.stdout)
