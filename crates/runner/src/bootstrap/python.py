"""Runs a Python function: loads its handler as AWS's runtime does and serves the Lambda Runtime API until it is ended.

Written for Python 3.6 and everything later, with the standard library alone. What a function can observe (log lines,
error payloads with their separators and key order, the context) follows AWS's runtime. The Runtime API is spoken
over a plain socket: loading an HTTP client would cost more than the whole rest of the start.
"""

import importlib
import json
import logging
import os
import re
import socket
import sys
import time
import traceback

TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
TOKEN = os.environ.pop("_STEPWELL_RUNTIME_TOKEN")
MINOR = int(re.sub(r"\D", "", os.environ["AWS_EXECUTION_ENV"].rpartition("3.")[2]) or 0)
NO_BREAK_SPACE = "\u00a0"

current_request_id = None


class Fault(Exception):
    """Something that the runtime itself has to report."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = "Runtime." + kind
        self.message = message
        self.trace = trace


# ---- the Runtime API ----


class RuntimeApi:
    def __init__(self, address):
        self.address = address
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def next(self):
        status, headers, body = self.call("GET", "invocation/next")
        if status != 200:
            # Without its Runtime API the process is of no use to anybody.
            sys.exit(1)
        return headers, body

    def respond(self, request_id, body, content_type):
        self.call("POST", "invocation/%s/response" % request_id, body, {"content-type": content_type})

    def fail(self, path, error):
        headers = {
            "content-type": "application/json",
            "lambda-runtime-function-error-type": error["errorType"].encode("ascii", "replace").decode(),
        }
        self.call("POST", path, json.dumps(error).encode(), headers)

    def call(self, method, path, body=b"", headers=None):
        lines = [
            "%s /2018-06-01/runtime/%s HTTP/1.1" % (method, path),
            "host: " + self.address,
            "stepwell-runtime-token: " + TOKEN,
            "content-length: %d" % len(body),
        ]
        lines += ["%s: %s" % header for header in (headers or {}).items()]
        self.socket.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return self.receive()

    def receive(self):
        while b"\r\n\r\n" not in self.pending:
            self.more()
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        parts, have = [self.pending], len(self.pending)
        while have < length:
            part = self.receive_some()
            parts.append(part)
            have += len(part)
        received = b"".join(parts)
        self.pending = received[length:]
        return int(status.split(" ")[1]), headers, received[:length]

    def more(self):
        self.pending += self.receive_some()

    def receive_some(self):
        received = self.socket.recv(1 << 20)
        if not received:
            sys.exit(1)
        return received


# ---- results and errors as JSON ----


class Encoder(json.JSONEncoder):
    """AWS writes a Decimal as the number that it shows; the standard library has no way to write one as it stands."""

    MARK = os.urandom(16).hex()

    def __init__(self):
        super().__init__(ensure_ascii=MINOR < 12, allow_nan=False)
        self.saw_decimal = False

    def default(self, o):
        decimal = sys.modules.get("decimal")
        if decimal and isinstance(o, decimal.Decimal):
            if not o.is_finite():
                raise ValueError("Out of range float values are not JSON compliant: " + repr(o))
            self.saw_decimal = True
            return self.MARK + str(o) + self.MARK
        return super().default(o)

    def encode(self, o):
        text = super().encode(o)
        if self.saw_decimal:
            text = re.sub('"%s([^"]*?)%s"' % (self.MARK, self.MARK), r"\1", text)
        return text


def marshal(response):
    if isinstance(response, bytes):
        return response, "application/unknown"
    try:
        return Encoder().encode(response).encode("utf-8", "surrogatepass"), "application/json"
    except Exception as error:
        raise Fault("MarshalError", "Unable to marshal response: %s" % error)


def error_payload(message, kind, trace, request_id=""):
    error = {"errorMessage": message, "errorType": kind}
    # AWS's older runtimes did not say it.
    if MINOR >= 9:
        error["requestId"] = request_id
    error["stackTrace"] = trace
    return error


def as_on_aws(text):
    """A path of this host, as the function would see it on AWS."""
    return text if TASK_ROOT == "/var/task" else text.replace(TASK_ROOT, "/var/task")


def payload_of_exception(request_id=""):
    """Of the exception that is being handled."""
    kind, value, trace = sys.exc_info()
    if isinstance(value, Fault):
        lines = [as_on_aws(line) for line in value.trace or []]
        return error_payload(as_on_aws(value.message), value.kind, lines, request_id)
    frames = [(frame.filename, frame.lineno, frame.name, frame.line) for frame in traceback.extract_tb(trace)]
    while frames and frames[0][0] == __file__:
        frames.pop(0)
    lines = [as_on_aws(line) for line in traceback.format_list(frames)]
    return error_payload(as_on_aws(str(value)), kind.__name__, lines, request_id)


# ---- the log ----


def log_error(error):
    first = "[ERROR] " + error["errorType"]
    if error["errorMessage"]:
        first += ": " + error["errorMessage"]
    lines = [first, "Traceback (most recent call last):"]
    for element in error["stackTrace"]:
        for line in element.splitlines():
            bare = line.lstrip(" ")
            lines.append(NO_BREAK_SPACE * (len(line) - len(bare)) + bare)
    write_event("\n".join(lines))


def write_event(text):
    """A carriage return keeps an event of several lines one event of the log."""
    sys.stdout.write(text.replace("\n", "\r") + "\n")
    sys.stdout.flush()


class LogHandler(logging.Handler):
    def emit(self, record):
        try:
            write_event(self.format(record))
        except Exception:
            self.handleError(record)


def with_request_id(record):
    record.aws_request_id = current_request_id or ""
    return True


def set_up_logging():
    logging.Formatter.converter = time.gmtime
    handler = LogHandler()
    form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(with_request_id)
    logging.getLogger().addHandler(handler)


# ---- the context ----


class _Fields:
    __slots__ = ()

    def __init__(self, values=None):
        for name in self.__slots__:
            setattr(self, name, (values or {}).get(name))

    def __repr__(self):
        fields = ",".join("%s=%s" % (name, getattr(self, name)) for name in self.__slots__)
        return "%s([%s])" % (type(self).__name__, fields)


class CognitoIdentity(_Fields):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Fields):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Fields):
    __slots__ = ("custom", "env", "client")


class LambdaContext:
    def __init__(self, headers):
        environment = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.client_context = client_context(headers.get("lambda-runtime-client-context"))
        self.identity = CognitoIdentity()
        self._epoch_deadline_time_in_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        names = (
            "aws_request_id log_group_name log_stream_name function_name memory_limit_in_mb "
            "function_version invoked_function_arn client_context identity"
        ).split()
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in names)


def client_context(text):
    if not text:
        return None
    try:
        values = json.loads(text)
    except Exception as error:
        raise Fault("LambdaContextUnmarshalError", "Unable to parse Client Context JSON: %s" % error)
    context = ClientContext(values)
    if context.client is not None:
        context.client = Client(context.client)
    return context


# ---- loading and calling the handler ----


def load_handler(name):
    module_name, dot, function = name.rpartition(".")
    if not dot:
        message = "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name
        raise Fault("MalformedHandlerName", message)
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault(
            "BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise Fault("UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), trace)
    try:
        return getattr(module, function)
    except AttributeError:
        raise Fault("HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, module_name))


def unmarshal(body):
    try:
        return json.loads(body.decode("utf-8"))
    except Exception as error:
        raise Fault("UnmarshalError", "Unable to unmarshal input: %s" % error)


def invoke(api, handler, headers, body):
    global current_request_id
    request_id = current_request_id = headers["lambda-runtime-aws-request-id"]
    trace_id = headers.get("lambda-runtime-trace-id")
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        result = marshal(handler(unmarshal(body), LambdaContext(headers)))
    except Exception:
        error = payload_of_exception(request_id)
        log_error(error)
        api.fail("invocation/%s/error" % request_id, error)
    else:
        api.respond(request_id, *result)


def like_an_interpreter_with_site():
    """The host's site packages are left out by -S; the builtins that `site` adds are not."""
    import site

    site.setquit()
    site.setcopyright()
    site.sethelper()


def main():
    # What the function imports is looked for in its own code first, and never beside this file.
    sys.path[0] = TASK_ROOT
    like_an_interpreter_with_site()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    set_up_logging()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception:
        error = payload_of_exception()
        log_error(error)
        api.fail("init/error", error)
        sys.exit(1)
    while True:
        headers, body = api.next()
        invoke(api, handler, headers, body)


if __name__ == "__main__":
    main()
