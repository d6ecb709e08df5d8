//! What a function finds around itself: environment, context, files, limits; and what its output becomes.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a helper that fails fails its test, one that skips says so

mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use stepwell_runner::SandboxChoice;
use world::{Options, REQUEST_ID, World, host_node, host_python, invocation, sandboxes, scratch};

async fn world(sandbox: SandboxChoice) -> World {
    World::new(Options { sandbox, ..Options::default() }).await
}

#[tokio::test]
async fn the_environment_is_awss_and_nothing_of_the_servers() {
    for sandbox in sandboxes().await {
        for (runtime, file, code) in [
            (host_node(), "index.js", "exports.handler = async () => ({ ...process.env });"),
            (
                host_python(),
                "index.py",
                "import os\ndef handler(event, context):\n    return dict(os.environ)\n",
            ),
        ] {
            let Some(runtime) = runtime else { continue };
            let world = world(sandbox).await;
            let mut spec = world.function(&runtime, "index.handler", &[(file, code)]).await;
            spec.environment = vec![
                ("STAGE".into(), "test = \"quoted\" é\n2".into()),
                ("AWS_REGION".into(), "reserved names do not get through".into()),
                ("LD_PRELOAD".into(), "/var/task/none.so".into()),
            ];
            let variables: BTreeMap<String, String> =
                serde_json::from_str(&world.answer(&spec, "{}").await).unwrap();
            let stream = world.lines.logs()[0].stream.to_string();
            for (name, value) in [
                ("STAGE", "test = \"quoted\" é\n2"),
                ("AWS_REGION", "us-east-1"),
                ("AWS_DEFAULT_REGION", "us-east-1"),
                ("AWS_EXECUTION_ENV", &format!("AWS_Lambda_{runtime}")),
                ("AWS_LAMBDA_FUNCTION_NAME", &spec.name),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", &spec.log_group),
                ("AWS_LAMBDA_LOG_STREAM_NAME", &stream),
                ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
                ("AWS_SESSION_TOKEN", "session"),
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
                ("_HANDLER", "index.handler"),
                ("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793"),
                ("LANG", "en_US.UTF-8"),
                ("TZ", ":UTC"),
            ] {
                assert_eq!(variables.get(name).map(String::as_str), Some(value), "{sandbox:?} {name}");
            }
            if sandbox == SandboxChoice::Bubblewrap {
                assert_eq!(variables["LAMBDA_TASK_ROOT"], "/var/task");
                assert_eq!(variables["LAMBDA_RUNTIME_DIR"], "/var/runtime");
            }
            for name in ["CARGO_MANIFEST_DIR", "USER", "_STEPWELL_RUNTIME_TOKEN"] {
                assert!(!variables.contains_key(name), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_variable_that_could_not_be_passed_is_refused() {
    let Some(python) = host_python() else { return };
    for sandbox in sandboxes().await {
        let world = world(sandbox).await;
        for (name, value) in [("A", "x\0--bind\0/\0/"), ("A=B", "x"), ("A\0B", "x")] {
            let mut spec = world.function(&python, "index.handler", &[("index.py", "")]).await;
            spec.environment = vec![(name.into(), value.into())];
            let refused = world.runner.invoke(Arc::new(spec), invocation("{}")).await.unwrap_err();
            assert!(refused.to_string().contains("NUL"), "{refused}");
        }
    }
}

#[tokio::test]
async fn the_context_is_complete() {
    let world = world(SandboxChoice::Auto).await;
    let mut with_context = invocation("{}");
    with_context.client_context = Some("{\n \"custom\": {\"name\": \"Zoë\"}}".into());
    if let Some(node) = host_node() {
        let code = "exports.handler = async (event, c) => ({ ...c, left: c.getRemainingTimeInMillis() > 19000 \
                    && c.getRemainingTimeInMillis() <= 20000 });";
        let spec = world.function(&node, "index.handler", &[("index.js", code)]).await;
        let expected = json!({
            "functionName": spec.name, "functionVersion": "$LATEST", "memoryLimitInMB": "128",
            "logGroupName": spec.log_group, "awsRequestId": REQUEST_ID, "left": true,
            "invokedFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f:live",
            "clientContext": {"custom": {"name": "Zoë"}}, "callbackWaitsForEmptyEventLoop": true,
        });
        let result = world.runner.invoke(Arc::new(spec), with_context.clone()).await.unwrap();
        let mut context: Value = serde_json::from_slice(&result.payload).unwrap();
        let stream = context.as_object_mut().unwrap().remove("logStreamName").unwrap();
        assert!(stream.as_str().unwrap().contains("/[$LATEST]"));
        assert_eq!(context, expected);
    }
    if let Some(python) = host_python() {
        let code = "def handler(event, c):\n    return [c.function_name, c.function_version, c.memory_limit_in_mb, \
                    c.aws_request_id, c.invoked_function_arn, c.client_context.custom, c.identity.cognito_identity_id, \
                    19000 < c.get_remaining_time_in_millis() <= 20000]\n";
        let spec = world.function(&python, "index.handler", &[("index.py", code)]).await;
        let expected = json!([
            spec.name, "$LATEST", "128", REQUEST_ID,
            "arn:aws:lambda:us-east-1:000000000000:function:f:live", {"name": "Zoë"}, null, true,
        ]);
        let result = world.runner.invoke(Arc::new(spec), with_context).await.unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&result.payload).unwrap(), expected);
    }
}

#[tokio::test]
async fn a_log_reads_as_on_aws() {
    if let Some(node) = host_node() {
        let world = world(SandboxChoice::Auto).await;
        let code = "console.log('loading'); exports.handler = async () => { console.log('one', { a: 1 }); \
                    console.error('two\\nlines'); process.stdout.write('raw\\n'); throw new Error('boom'); };";
        let spec = world.function(&node, "index.handler", &[("index.js", code)]).await;
        let mut wanted = invocation("{}");
        wanted.log_tail = true;
        let result = world.runner.invoke(Arc::new(spec), wanted).await.unwrap();
        let messages = world.lines.messages();
        let expected = [
            "INIT_START Runtime Version: nodejs",
            "Z\tundefined\tINFO\tloading\n",
            &format!("START RequestId: {REQUEST_ID} Version: $LATEST\n"),
            &format!("Z\t{REQUEST_ID}\tINFO\tone {{ a: 1 }}\n"),
            &format!("Z\t{REQUEST_ID}\tERROR\ttwo\nlines\n"),
            "raw\n",
            &format!(
                "Z\t{REQUEST_ID}\tERROR\tInvoke Error \t{{\"errorType\":\"Error\",\"errorMessage\":\"boom\",\"stack\":["
            ),
            &format!("END RequestId: {REQUEST_ID}\n"),
            &format!("REPORT RequestId: {REQUEST_ID}\tDuration: "),
        ];
        assert_eq!(messages.len(), expected.len(), "{messages:#?}");
        for (message, expected) in messages.iter().zip(expected) {
            assert!(message.contains(expected), "{message:?} should contain {expected:?}");
        }
        let report = messages.last().unwrap();
        for part in
            [" ms\tBilled Duration: ", "\tMemory Size: 128 MB\tMax Memory Used: ", " MB\tInit Duration: "]
        {
            assert!(report.contains(part), "{report:?}");
        }
        assert!(report.ends_with(" ms\t\n"));
        assert_eq!(result.log_tail.unwrap(), messages[2..].concat());
        let log = &world.lines.logs()[0];
        assert_eq!((&*log.account, &*log.region), ("000000000000", "us-east-1"));
    }
    if let Some(python) = host_python() {
        let world = world(SandboxChoice::Auto).await;
        let code = "import logging\ndef handler(event, context):\n    print('one')\n    \
                    logging.getLogger().warning('two\\nlines')\n    print('no end', end='')\n    \
                    raise ValueError('boom')\n";
        let spec = world.function(&python, "index.handler", &[("index.py", code)]).await;
        world.invoke(&spec, "{}").await;
        let messages = world.lines.messages();
        assert_eq!(messages[2], "one\n");
        assert!(messages[3].starts_with("[WARNING]\t20"), "{:?}", messages[3]);
        assert!(messages[3].ends_with(&format!("Z\t{REQUEST_ID}\ttwo\nlines\n")));
        let error = "no end[ERROR] ValueError: boom\nTraceback (most recent call last):\n\
                     \u{a0}\u{a0}File \"/var/task/index.py\", line 6, in handler\n\
                     \u{a0}\u{a0}\u{a0}\u{a0}raise ValueError('boom')\n";
        assert_eq!(messages[4], error);
    }
}

#[tokio::test]
async fn garbage_and_floods_become_bounded_lines() {
    for sandbox in sandboxes().await {
        let Some(python) = host_python() else { return };
        let world = world(sandbox).await;
        let code = "import os\ndef handler(event, context):\n    os.write(1, bytes(range(256)) * 10)\n    \
                    os.write(2, b'{\"errorType\":\"x\"}\\n')\n    \
                    for _ in range(300): os.write(1, b'y' * 100000)\n    return 'fine'\n";
        let spec = world.function(&python, "index.handler", &[("index.py", code)]).await;
        assert_eq!(world.answer(&spec, "{}").await, "\"fine\"");
        let messages = world.lines.messages();
        assert!(messages.iter().all(|message| message.len() <= 1024 * 1024));
        assert!(messages.iter().map(String::len).sum::<usize>() < 17 * 1024 * 1024);
        assert!(messages.iter().any(|message| message.contains("dropped")));
        assert!(messages.last().unwrap().starts_with("REPORT "));
    }
}

#[tokio::test]
async fn files_are_its_own_and_code_cannot_be_changed() {
    let Some(python) = host_python() else { return };
    let sandboxes = sandboxes().await;
    // Trees that a function would otherwise share with the host.
    let places = [scratch(), "/tmp".into(), "/dev/shm".into()];
    let places = places.into_iter().filter(|place| place.is_dir());
    for (sandbox, beneath) in
        places.flat_map(|place| sandboxes.iter().map(move |sandbox| (*sandbox, place.clone())))
    {
        let world = World::new(Options { sandbox, beneath, ..Options::default() }).await;
        let code = "import os, tempfile\ndef can_list(path):\n    try: return bool(os.listdir(path))\n    \
                    except OSError: return False\ndef can_signal(process):\n    \
                    try: return os.kill(process, 0) is None\n    except OSError: return False\n\
                    def handler(event, context):\n    \
                    found = {'cwd': os.getcwd() == os.environ['LAMBDA_TASK_ROOT'], 'data': can_list(event), 'server': can_signal(os.getppid())}\n    \
                    with tempfile.NamedTemporaryFile('w', delete=False) as f: f.write('x')\n    \
                    found['tmp'] = len(os.listdir(tempfile.gettempdir()))\n    \
                    try:\n        open('index.py', 'a').write('x')\n        found['code'] = 'written'\n    \
                    except OSError as e: found['code'] = type(e).__name__\n    \
                    found['processes'] = len([p for p in os.listdir('/proc') if p.isdigit()])\n    \
                    return found\n";
        let spec = world.function(&python, "index.handler", &[("index.py", code)]).await;
        let data = serde_json::to_string(&world.directory.path().join("functions")).unwrap();
        let found: Value = serde_json::from_str(&world.answer(&spec, &data).await).unwrap();
        assert_eq!((&found["cwd"], &found["tmp"]), (&json!(true), &json!(1)), "{found}");
        let report = world.runner.sandbox();
        if report.bubblewrap || report.landlock {
            assert_eq!(found["data"], json!(false), "{found}");
            assert_ne!(found["code"], json!("written"), "not even by root");
        }
        if report.landlock {
            assert_eq!(found["server"], json!(false), "{found}");
        }
        if report.bubblewrap {
            assert!(found["processes"].as_u64().unwrap() <= 3, "{found}");
        }
    }
}

#[tokio::test]
async fn memory_beyond_the_limit_ends_the_function_and_nobody_else() {
    for sandbox in sandboxes().await {
        let world = world(sandbox).await;
        if let Some(python) = host_python() {
            let code = "def handler(event, context):\n    return len(b'x' * (event * 1024 * 1024))\n";
            let spec = world.function(&python, "index.handler", &[("index.py", code)]).await;
            assert_eq!(world.answer(&spec, "100").await, "104857600", "what MemorySize promises is there");
            assert!(world.answer(&spec, "1000").await.contains("MemoryError"));
        }
        if let Some(node) = host_node() {
            let code = "exports.handler = async (mb) => { const kept = []; \
                        for (let i = 0; i < mb; i++) kept.push(Buffer.alloc(1024 * 1024, 1)); return kept.length; };";
            let spec = world.function(&node, "index.handler", &[("index.js", code)]).await;
            assert_eq!(world.answer(&spec, "100").await, "100", "what MemorySize promises is there");
            assert_eq!(world.invoke(&spec, "2000").await.function_error, Some("Unhandled"));
            assert_eq!(world.answer(&spec, "1").await, "1");
        }
        // What no limit of a single process sees: many together.
        if let Some(python) = host_python() {
            let code = "import os, time\ndef handler(event, context):\n    for _ in range(4):\n        \
                        if os.fork() == 0:\n            kept = b'x' * (event * 1024 * 1024)\n            \
                        time.sleep(1000)\n    time.sleep(0.6)\n    return 'alive'\n";
            let spec = world.function(&python, "index.handler", &[("index.py", code)]).await;
            assert_eq!(world.answer(&spec, "20").await, "\"alive\"");
            assert!(world.answer(&spec, "80").await.contains("signal: killed"));
        }
    }
}

#[tokio::test]
async fn one_function_cannot_speak_for_another() {
    let Some(python) = host_python() else { return };
    let world = world(SandboxChoice::Plain).await;
    let victim = "import os, time\ndef handler(event, context):\n    \
                  print('api', os.environ['AWS_LAMBDA_RUNTIME_API'])\n    time.sleep(1)\n    return 'mine'\n";
    let victim = Arc::new(world.function(&python, "index.handler", &[("index.py", victim)]).await);
    let thief = "import urllib.request as u, urllib.error\ndef handler(event, context):\n    \
                 base = 'http://%s/2018-06-01/runtime/invocation/' % event['api']\n    found = []\n    \
                 for r in [base + 'next', u.Request(base + event['id'] + '/response', data=b'\"stolen\"')]:\n        \
                 try: found.append(u.urlopen(r, timeout=5).status)\n        \
                 except urllib.error.HTTPError as e: found.append(e.code)\n    return found\n";
    let thief = world.function(&python, "index.handler", &[("index.py", thief)]).await;
    let robbed = world.runner.invoke(victim, invocation("{}"));
    let robbing = async {
        let line = world.lines.saying("api 127").await;
        let event = json!({"api": line.trim().split_once(' ').unwrap().1, "id": REQUEST_ID});
        world.answer(&thief, &event.to_string()).await
    };
    let (robbed, robbing) = tokio::join!(robbed, robbing);
    assert_eq!(robbing, "[403, 403]");
    assert_eq!(&robbed.unwrap().payload[..], b"\"mine\"");
}
