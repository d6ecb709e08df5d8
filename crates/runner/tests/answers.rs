//! What a caller gets, for every way in which a handler can answer, fail, or not be there. The same cases run in each
//! sandbox that works on this machine, with the same answers.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a helper that fails fails its test, one that skips says so

mod world;

use world::{Options, REQUEST_ID, World, host_node, host_python, sandboxes};

struct Case {
    name: &'static str,
    handler: &'static str,
    files: &'static [(&'static str, &'static str)],
    event: &'static str,
    /// `None` for success. A `…` in the expected payload stands for anything.
    expected: Result<&'static str, &'static str>,
}

const NODE: &[Case] = &[
    Case {
        name: "async result",
        handler: "index.handler",
        files: &[("index.js", "exports.handler = async (event) => ({ got: event, n: 1.0, s: 'é' });")],
        event: r#"{"a":[1,null]}"#,
        expected: Ok(r#"{"got":{"a":[1,null]},"n":1,"s":"é"}"#),
    },
    Case {
        name: "no payload",
        handler: "index.handler",
        files: &[("index.js", "exports.handler = async (event) => event;")],
        event: "",
        expected: Ok("{}"),
    },
    Case {
        name: "nothing returned",
        handler: "index.handler",
        files: &[("index.js", "exports.handler = async () => {};")],
        event: "1",
        expected: Ok("null"),
    },
    Case {
        name: "callback after the event loop is empty",
        handler: "index.handler",
        files: &[(
            "index.js",
            "exports.handler = (event, context, callback) => { let late = 'early'; \
             setTimeout(() => { late = 'late'; }, 20); \
             callback(null, { toJSON: () => late }); };",
        )],
        event: "{}",
        expected: Ok(r#""late""#),
    },
    Case {
        name: "callback that doesn't wait",
        handler: "index.handler",
        files: &[(
            "index.js",
            "exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; \
             setInterval(() => {}, 1000); callback(null, 'now'); };",
        )],
        event: "{}",
        expected: Ok(r#""now""#),
    },
    Case {
        name: "callback with an error",
        handler: "index.handler",
        files: &[(
            "index.js",
            "exports.handler = (event, context, callback) => callback(new TypeError('no'));",
        )],
        event: "{}",
        expected: Err(r#"{"errorType":"TypeError","errorMessage":"no","trace":["TypeError: no",…]}"#),
    },
    Case {
        name: "callback with a string",
        handler: "index.handler",
        files: &[("index.js", "exports.handler = (event, context, callback) => callback('plain');")],
        event: "{}",
        expected: Err(r#"{"errorType":"string","errorMessage":"plain","trace":[]}"#),
    },
    Case {
        name: "context.succeed and the first answer counts",
        handler: "index.handler",
        files: &[(
            "index.js",
            "exports.handler = (event, context) => { context.succeed(1); context.fail('late'); };",
        )],
        event: "{}",
        expected: Ok("1"),
    },
    Case {
        name: "callback never called",
        handler: "index.handler",
        files: &[(
            "index.js",
            "exports.handler = (event, context, callback) => { setTimeout(() => {}, 5); };",
        )],
        event: "{}",
        expected: Ok("null"),
    },
    Case {
        name: "thrown",
        handler: "index.handler",
        files: &[("index.js", "exports.handler = async () => { throw new Error('msg'); };")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Error","errorMessage":"msg","trace":["Error: msg","    at …handler (/var/task/index.js:1:39)",…]}"#,
        ),
    },
    Case {
        name: "thrown, of a class of its own",
        handler: "index.handler",
        files: &[(
            "index.js",
            "class Declined extends Error { constructor(m) { super(m); this.name = 'Declined'; } } \
             exports.handler = () => { throw new Declined('card'); };",
        )],
        event: "{}",
        expected: Err(r#"{"errorType":"Declined","errorMessage":"card","trace":["…: card",…]}"#),
    },
    Case {
        name: "thrown object",
        handler: "index.handler",
        files: &[("index.js", "exports.handler = async () => { throw { code: 5 }; };")],
        event: "{}",
        expected: Err(r#"{"errorType":"object","errorMessage":"[object Object]","trace":[]}"#),
    },
    Case {
        name: "unserialisable result",
        handler: "index.handler",
        files: &[("index.js", "exports.handler = async () => { const a = {}; a.a = a; return a; };")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Error","errorMessage":"Unable to stringify response body","trace":[…]}"#,
        ),
    },
    Case {
        name: "uncaught exception",
        handler: "index.handler",
        files: &[(
            "index.js",
            "exports.handler = () => new Promise(() => setTimeout(() => { throw new RangeError('later'); }, 1));",
        )],
        event: "{}",
        expected: Err(
            r#"{"errorType":"RangeError","errorMessage":"later","trace":["RangeError: later","    at Timeout._onTimeout (/var/task/index.js:1:68)",…]}"#,
        ),
    },
    Case {
        name: "unhandled rejection",
        handler: "index.handler",
        files: &[(
            "index.js",
            "exports.handler = () => new Promise(() => { Promise.reject(new Error('lost')); });",
        )],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: lost","trace":["Runtime.UnhandledPromiseRejection: Error: lost",…]}"#,
        ),
    },
    Case {
        name: "a nested path and property",
        handler: "src/api/users.handlers.list",
        files: &[("src/api/users.js", "exports.handlers = { list: async () => 'users' };")],
        event: "{}",
        expected: Ok(r#""users""#),
    },
    Case {
        name: "an ES module by extension",
        handler: "index.handler",
        files: &[
            (
                "index.mjs",
                "import { two } from './two.mjs'; const one = await 1; export const handler = async () => one + two;",
            ),
            ("two.mjs", "export const two = 2;"),
        ],
        event: "{}",
        expected: Ok("3"),
    },
    Case {
        name: "thrown by an ES module",
        handler: "index.handler",
        files: &[("index.mjs", "export const handler = async () => { throw new Error('msg'); };")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Error","errorMessage":"msg","trace":["Error: msg","    at Runtime.handler (file:///var/task/index.mjs:1:44)",…]}"#,
        ),
    },
    Case {
        name: "an ES module by package",
        handler: "index.handler",
        files: &[
            ("index.js", "export const handler = async () => typeof require;"),
            ("package.json", r#"{"type":"module"}"#),
        ],
        event: "{}",
        expected: Ok(r#""undefined""#),
    },
    Case {
        name: "a CommonJS module by extension",
        handler: "index.handler",
        files: &[
            ("index.cjs", "exports.handler = async () => 'cjs';"),
            ("package.json", r#"{"type":"module"}"#),
        ],
        event: "{}",
        expected: Ok(r#""cjs""#),
    },
    Case {
        name: "a streaming handler",
        handler: "index.handler",
        files: &[(
            "index.js",
            "exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('a'); stream.end('b'); \
             await new Promise((done) => stream.on('finish', done)); });",
        )],
        event: "{}",
        expected: Ok("ab"),
    },
    Case {
        name: "missing module",
        handler: "nowhere.handler",
        files: &[("index.js", "")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'nowhere'\nRequire stack:\n- /var/runtime/index.js","trace":["Runtime.ImportModuleError: Error: Cannot find module 'nowhere'",…]}"#,
        ),
    },
    Case {
        name: "missing dependency",
        handler: "index.handler",
        files: &[("index.js", "require('left-pad');")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'left-pad'\nRequire stack:\n- /var/task/index.js\n- /var/runtime/index.js","trace":[…]}"#,
        ),
    },
    Case {
        name: "missing handler",
        handler: "index.h",
        files: &[("index.js", "exports.handler = 1;")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.HandlerNotFound","errorMessage":"index.h is undefined or not exported","trace":["Runtime.HandlerNotFound: index.h is undefined or not exported",…]}"#,
        ),
    },
    Case {
        name: "a handler that is no function",
        handler: "index.handler",
        files: &[("index.js", "exports.handler = 1;")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is not a function","trace":[…]}"#,
        ),
    },
    Case {
        name: "a name without a function",
        handler: "index",
        files: &[("index.js", "")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.MalformedHandlerName","errorMessage":"Bad handler","trace":[…]}"#,
        ),
    },
    Case {
        name: "a name that leads outside",
        handler: "../index.handler",
        files: &[("index.js", "")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.MalformedHandlerName","errorMessage":"'../index.handler' is not…"#,
        ),
    },
    Case {
        name: "syntax error",
        handler: "index.handler",
        files: &[("index.js", "exports.handler = async () => {")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.UserCodeSyntaxError","errorMessage":"SyntaxError: Unexpected end of input","trace":["/var/task/index.js:1",…]}"#,
        ),
    },
    Case {
        name: "an exception while loading",
        handler: "index.handler",
        files: &[("index.js", "throw new Error('at load');")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Error","errorMessage":"at load","trace":["Error: at load","    at Object.<anonymous> (/var/task/index.js:1:7)",…]}"#,
        ),
    },
    Case {
        name: "exit",
        handler: "index.handler",
        files: &[("index.js", "exports.handler = async () => process.exit(0);")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited without providing a reason"}"#,
        ),
    },
    Case {
        name: "exit with a status, while loading",
        handler: "index.handler",
        files: &[("index.js", "process.exit(3);")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited with error: exit status 3"}"#,
        ),
    },
    Case {
        name: "killed",
        handler: "index.handler",
        files: &[(
            "index.js",
            "exports.handler = async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); };",
        )],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited with error: signal: killed"}"#,
        ),
    },
    Case {
        name: "too large",
        handler: "index.handler",
        files: &[("index.js", "exports.handler = async () => 'x'.repeat(6291555);")],
        event: "{}",
        expected: Err(
            r#"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#,
        ),
    },
];

const PYTHON: &[Case] = &[
    Case {
        name: "result",
        handler: "index.handler",
        files: &[(
            "index.py",
            "def handler(event, context):\n    return {'got': event, 'n': 1.0, 't': (1, None)}\n",
        )],
        event: r#"{"a": [1,null]}"#,
        expected: Ok(r#"{"got": {"a": [1, null]}, "n": 1.0, "t": [1, null]}"#),
    },
    Case {
        name: "nothing returned",
        handler: "index.handler",
        files: &[("index.py", "def handler(event, context):\n    pass\n")],
        event: "",
        expected: Ok("null"),
    },
    Case {
        name: "decimals",
        handler: "index.handler",
        files: &[(
            "index.py",
            "from decimal import Decimal\ndef handler(event, context):\n    return [Decimal('1.10'), {'d': Decimal('-3')}]\n",
        )],
        event: "{}",
        expected: Ok(r#"[1.10, {"d": -3}]"#),
    },
    Case {
        name: "bytes",
        handler: "index.handler",
        files: &[("index.py", "def handler(event, context):\n    return b'<raw>'\n")],
        event: "{}",
        expected: Ok("<raw>"),
    },
    Case {
        name: "exception",
        handler: "handler.handler",
        files: &[("handler.py", "def handler(event, context):\n    raise Exception(\"msg\")\n")],
        event: "{}",
        expected: Err(
            r#"{"errorMessage": "msg", "errorType": "Exception", "requestId": "<id>", "stackTrace": ["  File \"/var/task/handler.py\", line 2, in handler\n    raise Exception(\"msg\")\n"]}"#,
        ),
    },
    Case {
        name: "an exception of a class of its own, two frames deep",
        handler: "pkg/mod.handler",
        files: &[(
            "pkg/mod.py",
            "class Declined(Exception):\n    pass\n\ndef inner():\n    raise Declined('card')\n\ndef handler(event, context):\n    inner()\n",
        )],
        event: "{}",
        expected: Err(
            r#"{"errorMessage": "card", "errorType": "Declined", "requestId": "<id>", "stackTrace": ["  File \"/var/task/pkg/mod.py\", line 8, in handler\n    inner()\n", "  File \"/var/task/pkg/mod.py\", line 5, in inner\n    raise Declined('card')\n"]}"#,
        ),
    },
    Case {
        name: "unserialisable result",
        handler: "index.handler",
        files: &[("index.py", "def handler(event, context):\n    return {1, 2}\n")],
        event: "{}",
        expected: Err(
            r#"{"errorMessage": "Unable to marshal response: Object of type set is not JSON serializable", "errorType": "Runtime.MarshalError", "requestId": "<id>", "stackTrace": []}"#,
        ),
    },
    Case {
        name: "missing module",
        handler: "x.handler",
        files: &[("index.py", "")],
        event: "{}",
        expected: Err(
            r#"{"errorMessage": "Unable to import module 'x': No module named 'x'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}"#,
        ),
    },
    Case {
        name: "missing dependency",
        handler: "index.handler",
        files: &[("index.py", "import y\n")],
        event: "{}",
        expected: Err(
            r#"{"errorMessage": "Unable to import module 'index': No module named 'y'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}"#,
        ),
    },
    Case {
        name: "missing handler",
        handler: "index.h",
        files: &[("index.py", "")],
        event: "{}",
        expected: Err(
            r#"{"errorMessage": "Handler 'h' missing on module 'index'", "errorType": "Runtime.HandlerNotFound", "requestId": "", "stackTrace": []}"#,
        ),
    },
    Case {
        name: "a name without a function",
        handler: "index",
        files: &[("index.py", "")],
        event: "{}",
        expected: Err(
            r#"{"errorMessage": "Bad handler 'index': not enough values to unpack (expected 2, got 1)", "errorType": "Runtime.MalformedHandlerName", "requestId": "", "stackTrace": []}"#,
        ),
    },
    Case {
        name: "syntax error",
        handler: "index.handler",
        files: &[("index.py", "def handler(:\n")],
        event: "{}",
        expected: Err(
            r#"{"errorMessage": "Syntax error in module 'index': invalid syntax (index.py, line 1)", "errorType": "Runtime.UserCodeSyntaxError", "requestId": "", "stackTrace": ["  File \"/var/task/index.py\" Line 1\n    def handler(:\n"]}"#,
        ),
    },
    Case {
        name: "an exception while loading",
        handler: "index.handler",
        files: &[("index.py", "raise ValueError('at load')\n")],
        event: "{}",
        expected: Err(
            r#"{"errorMessage": "at load", "errorType": "ValueError", "requestId": "", "stackTrace": […"  File \"/var/task/index.py\", line 1, in <module>\n    raise ValueError('at load')\n"]}"#,
        ),
    },
    Case {
        name: "exit",
        handler: "index.handler",
        files: &[("index.py", "def handler(event, context):\n    exit(1)\n")],
        event: "{}",
        expected: Err(
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited with error: exit status 1"}"#,
        ),
    },
    Case {
        name: "too large",
        handler: "index.handler",
        files: &[("index.py", "def handler(event, context):\n    return 'x' * 6291555\n")],
        event: "{}",
        expected: Err(
            r#"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#,
        ),
    },
];

/// Whether `text` is the pattern, in which `…` stands for anything.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('…') else { return text == pattern };
    let Some(text) = text.strip_prefix(start) else { return false };
    text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| is_like(&text[at..], rest))
}

async fn all_answer(runtime: &str, cases: &[Case]) {
    let mut wrong = Vec::new();
    for sandbox in sandboxes().await {
        let world = World::new(Options { sandbox, ..Options::default() }).await;
        for case in cases {
            let spec = world.function(runtime, case.handler, case.files).await;
            let result = world.invoke(&spec, case.event).await;
            let payload = String::from_utf8(result.payload.to_vec()).unwrap();
            let (function_error, pattern) = match case.expected {
                Ok(pattern) => (None, pattern),
                Err(pattern) => (Some("Unhandled"), pattern),
            };
            if result.function_error != function_error
                || !is_like(&payload, &pattern.replace("<id>", REQUEST_ID))
            {
                wrong.push(format!("{sandbox:?} {}:\n  {payload:.800}\n  {pattern}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn node_handlers_answer_as_on_aws() {
    if let Some(runtime) = host_node() {
        all_answer(&runtime, NODE).await;
    }
}

#[tokio::test]
async fn python_handlers_answer_as_on_aws() {
    if let Some(runtime) = host_python() {
        all_answer(&runtime, PYTHON).await;
    }
}
