//! The life of a function's processes: warm and frozen, limited, crashed, hung, retired, and gone.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a helper that fails fails its test, one that skips says so

mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use stepwell_runner::{InvokeError, SandboxChoice};
use world::{
    Options, REQUEST_ID, World, host_node, host_python, invocation, sandboxes, state_of, until, until_gone,
};

const COUNTER: (&str, &str) = (
    "index.py",
    "count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return count\n",
);

async fn world(sandbox: SandboxChoice) -> World {
    World::new(Options { sandbox, ..Options::default() }).await
}

#[tokio::test]
async fn a_process_is_kept_warm_until_its_revision_or_keys_end() {
    let Some(python) = host_python() else { return };
    let world = world(SandboxChoice::Auto).await;
    let mut spec = world.function(&python, "index.handler", &[COUNTER]).await;
    let first = world.invoke(&spec, "{}").await;
    let second = world.invoke(&spec, "{}").await;
    assert!(first.init_duration_ms.is_some() && second.init_duration_ms.is_none());
    assert_eq!((&first.payload[..], &second.payload[..]), (&b"1"[..], &b"2"[..]));
    assert!(first.max_memory_used_mb > 0);

    spec.revision = "2".into();
    assert_eq!(world.answer(&spec, "{}").await, "1");
    assert_eq!(world.answer(&spec, "{}").await, "2");

    // Keys that end before the invocation could are no longer used; a process keeps those that it started with.
    let mut ending = invocation("{}");
    ending.credentials.expiration_ms = Some(1);
    spec.revision = "3".into();
    let spec = Arc::new(spec);
    for _ in 0..2 {
        let result = world.runner.invoke(spec.clone(), ending.clone()).await.unwrap();
        assert_eq!(&result.payload[..], b"1");
    }

    world.runner.retire(&spec.key);
    assert_eq!(&world.runner.invoke(spec.clone(), ending).await.unwrap().payload[..], b"1");
    world.runner.shutdown(Duration::from_secs(10)).await;
    let refused = world.runner.invoke(spec, invocation("{}")).await;
    assert!(matches!(refused, Err(InvokeError::ShuttingDown)));
}

#[tokio::test]
async fn a_crash_is_answered_and_the_next_invocation_starts_anew() {
    let Some(node) = host_node() else { return };
    for sandbox in sandboxes().await {
        let world = world(sandbox).await;
        let code = "let count = 0; exports.handler = async (event) => { count += 1; \
                    if (event.crash) process.exit(7); return count; };";
        let spec = world.function(&node, "index.handler", &[("index.js", code)]).await;
        assert_eq!(world.answer(&spec, "{}").await, "1");
        let crashed = world.invoke(&spec, r#"{"crash":1}"#).await;
        assert_eq!(crashed.function_error, Some("Unhandled"));
        assert!(String::from_utf8_lossy(&crashed.payload).contains("exit status 7"));
        assert_eq!(world.answer(&spec, "{}").await, "1");
    }
}

#[tokio::test]
async fn a_function_that_ends_right_after_its_answer_harms_nobody() {
    let Some(python) = host_python() else { return };
    let world = world(SandboxChoice::Auto).await;
    // Its own thread ends the process at about the time at which the next invocation is chosen for it.
    let code = "import os, threading\ndef handler(event, context):\n    \
                threading.Timer(event / 1000, lambda: os._exit(0)).start()\n    return 'ok'\n";
    let spec = world.function(&python, "index.handler", &[("index.py", code)]).await;
    for delay in ["0", "1", "2", "5"] {
        for _ in 0..3 {
            let answer = world.answer(&spec, delay).await;
            // It may end in the middle of the next one, which is then told so.
            assert!(answer == "\"ok\"" || answer.contains("Runtime.ExitError"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_hang_is_ended_at_the_timeout_with_all_that_was_started() {
    for sandbox in sandboxes().await {
        for (runtime, file, code) in [
            (
                host_node(),
                "index.js",
                "const { spawn } = require('child_process'); exports.handler = async (event) => { \
                 spawn('sleep', [event.marker]); console.log('hanging'); for (;;) {} };",
            ),
            (
                host_python(),
                "index.py",
                "import subprocess\ndef handler(event, context):\n    \
                 subprocess.Popen(['sleep', event['marker']])\n    print('hanging')\n    while True: pass\n",
            ),
        ] {
            let Some(runtime) = runtime else { continue };
            let world = world(sandbox).await;
            let mut spec = world.function(&runtime, "index.handler", &[(file, code)]).await;
            spec.timeout_s = 1;
            let marker = format!(
                "71{}{}",
                std::process::id(),
                runtime.len() + usize::from(sandbox == SandboxChoice::Plain)
            );
            let started = Instant::now();
            let answer = world.answer(&spec, &format!(r#"{{"marker":"{marker}"}}"#)).await;
            let expected = format!(
                r#"{{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {REQUEST_ID} Error: Task timed out after 1.00 seconds"}}"#
            );
            assert_eq!(answer, expected);
            assert!(started.elapsed() >= Duration::from_secs(1));
            until_gone(&format!("sleep\0{marker}")).await;
            let messages = world.lines.messages();
            assert!(messages.iter().any(|line| line.contains("hanging")), "{messages:?}");
            let timed_out = format!("Z {REQUEST_ID} Task timed out after 1.00 seconds\n");
            assert!(messages.iter().any(|line| line.ends_with(&timed_out)), "{messages:?}");
            assert!(messages.iter().any(|line| line.contains("\tStatus: timeout\t")), "{messages:?}");
        }
    }
}

#[tokio::test]
async fn a_hang_while_loading_ends_too() {
    let Some(python) = host_python() else { return };
    let world = world(SandboxChoice::Auto).await;
    let mut spec =
        world.function(&python, "index.handler", &[("index.py", "import time\ntime.sleep(1000)\n")]).await;
    spec.timeout_s = 1;
    assert!(world.answer(&spec, "{}").await.contains("Sandbox.Timedout"));
    let messages = world.lines.messages();
    let reports =
        messages.iter().filter(|line| line.starts_with("INIT_REPORT") && line.contains("Status: timeout"));
    assert_eq!(reports.count(), 2, "once for itself and once within the invocation: {messages:?}");
}

#[tokio::test]
async fn invocations_run_side_by_side_up_to_the_limits() {
    let Some(python) = host_python() else { return };
    let options = Options { max_processes: 3, max_per_function: 2, ..Options::default() };
    let world = World::new(options).await;
    // Two that wait for each other, by files: they can only end if they run at the same time.
    let code = "import os, time\ndef handler(event, context):\n    \
                return os.getpid(), len([n for n in range(20) if time.sleep(0.005) is None])\n";
    let spec = Arc::new(world.function(&python, "index.handler", &[("index.py", code)]).await);
    let mut running = tokio::task::JoinSet::new();
    let world = Arc::new(world);
    for _ in 0..12 {
        let (world, spec) = (world.clone(), spec.clone());
        running.spawn(async move { world.runner.invoke(spec, invocation("{}")).await.unwrap() });
    }
    let results = running.join_all().await;
    assert!(results.iter().all(|result| result.function_error.is_none()));
    assert_eq!(results.iter().filter(|result| result.init_duration_ms.is_some()).count(), 2);

    let mut reserved = (*spec).clone();
    reserved.reserved_concurrency = Some(0);
    let refused = world.runner.invoke(Arc::new(reserved), invocation("{}")).await;
    assert!(matches!(refused, Err(InvokeError::Throttled { limit: 0 })));
}

#[tokio::test]
async fn more_functions_than_processes_take_turns() {
    let Some(python) = host_python() else { return };
    let world = World::new(Options { max_processes: 2, ..Options::default() }).await;
    let mut specs = Vec::new();
    for _ in 0..4 {
        specs.push(world.function(&python, "index.handler", &[COUNTER]).await);
    }
    for _ in 0..2 {
        for spec in &specs {
            assert_eq!(world.answer(spec, "{}").await, "1", "each had to make room for another");
        }
    }
}

#[tokio::test]
async fn a_caller_that_leaves_takes_nothing_with_it() {
    let Some(python) = host_python() else { return };
    let world = World::new(Options { max_processes: 1, ..Options::default() }).await;
    let code = "import time\ncount = 0\ndef handler(event, context):\n    global count\n    count += 1\n    \
                print('begun')\n    time.sleep(event)\n    return count\n";
    let spec = Arc::new(world.function(&python, "index.handler", &[("index.py", code)]).await);
    tokio::select! {
        _ = world.runner.invoke(spec.clone(), invocation("0.3")) => panic!("it can't have ended yet"),
        _ = world.lines.saying("begun") => {}
    }
    assert_eq!(&world.runner.invoke(spec, invocation("0")).await.unwrap().payload[..], b"2");
}

#[tokio::test]
async fn an_idle_process_is_frozen_and_then_ended() {
    let Some(node) = host_node() else { return };
    for sandbox in sandboxes().await {
        let idle_limit = Duration::from_secs(1);
        let world = World::new(Options { sandbox, idle_limit, ..Options::default() }).await;
        let marker = format!("74{}{}", std::process::id(), usize::from(sandbox == SandboxChoice::Plain));
        let code = format!(
            "require('child_process').spawn('sleep', ['{marker}']); setInterval(() => {{}}, 1); \
             exports.handler = async () => 'here';"
        );
        let spec = world.function(&node, "index.handler", &[("index.js", &code)]).await;
        let sleeper = format!("sleep\0{marker}");
        for _ in 0..2 {
            assert_eq!(world.answer(&spec, "{}").await, "\"here\"");
            until(|| state_of(&sleeper) == Some('T'), "it is not frozen").await;
        }
        until_gone(&sleeper).await;
        assert!(world.invoke(&spec, "{}").await.init_duration_ms.is_some());
    }
}

#[tokio::test]
async fn shutdown_ends_what_still_runs() {
    let Some(python) = host_python() else { return };
    for sandbox in sandboxes().await {
        let world = world(sandbox).await;
        let marker = format!("72{}{}", std::process::id(), usize::from(sandbox == SandboxChoice::Plain));
        let code = format!(
            "import subprocess\ndef handler(event, context):\n    print('begun')\n    subprocess.call(['sleep', '{marker}'])\n"
        );
        let spec = Arc::new(world.function(&python, "index.handler", &[("index.py", &code)]).await);
        let running = world.runner.invoke(spec, invocation("{}"));
        let stopping = async {
            world.lines.saying("begun").await;
            world.runner.shutdown(Duration::from_millis(50)).await;
        };
        let (outcome, ()) = tokio::join!(running, stopping);
        assert!(matches!(outcome, Err(InvokeError::ShuttingDown)));
        until_gone(&format!("sleep\0{marker}")).await;
        let left = std::fs::read_dir(world.directory.path().join("functions/runs")).unwrap().count();
        assert_eq!(left, 0);
    }
}

/// The parent in the test below: this same binary, started again. It starts a function that starts a child, says so,
/// and waits to be killed.
#[tokio::test]
async fn parent_that_is_killed() {
    let Ok(marker) = std::env::var("STEPWELL_TEST_ORPHAN") else { return };
    let sandbox = match std::env::var("STEPWELL_TEST_SANDBOX").as_deref() {
        Ok("bubblewrap") => SandboxChoice::Bubblewrap,
        _ => SandboxChoice::Plain,
    };
    let world = world(sandbox).await;
    let code = format!(
        "import subprocess\ndef handler(event, context):\n    subprocess.Popen(['sleep', '{marker}'])\n    print('begun')\n    \
         subprocess.call(['sleep', '{marker}'])\n"
    );
    let spec =
        Arc::new(world.function(&host_python().unwrap(), "index.handler", &[("index.py", &code)]).await);
    let running = world.runner.invoke(spec, invocation("{}"));
    let said = async {
        world.lines.saying("begun").await;
        std::fs::write(std::env::var("STEPWELL_TEST_BEGUN").unwrap(), "begun").unwrap();
    };
    let _ = tokio::join!(running, said);
}

#[tokio::test]
async fn functions_die_with_the_server_however_it_dies() {
    if host_python().is_none() {
        return;
    }
    for sandbox in sandboxes().await {
        let directory = tempfile::tempdir().unwrap();
        let begun = directory.path().join("begun");
        let marker = format!("73{}{}", std::process::id(), usize::from(sandbox == SandboxChoice::Plain));
        let mut server = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["parent_that_is_killed", "--exact", "--nocapture"])
            .env("STEPWELL_TEST_ORPHAN", &marker)
            .env("STEPWELL_TEST_BEGUN", &begun)
            .env(
                "STEPWELL_TEST_SANDBOX",
                if sandbox == SandboxChoice::Plain { "plain" } else { "bubblewrap" },
            )
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        until(|| begun.exists(), "the function never began").await;
        assert!(state_of(&format!("sleep\0{marker}")).is_some());
        server.kill().unwrap();
        server.wait().unwrap();
        until_gone(&format!("sleep\0{marker}")).await;
    }
}
