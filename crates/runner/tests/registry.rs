//! Interpreters and SDKs from the real package registries, inside functions that call back as real ones do. What is
//! fetched is kept under the target directory, so it is fetched once.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a helper that fails fails its test, one that skips says so

mod world;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use stepwell_runner::{FunctionSpec, Progress, SandboxChoice};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use world::{Options, World, invocation, repository, sandboxes};

fn runtimes() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("function-runtimes")
}

async fn world(sandbox: SandboxChoice) -> World {
    World::new(Options { sandbox, runtimes: Some(runtimes()), ..Options::default() }).await
}

/// Stands in for the services: answers every call with `{}` and passes on what was asked.
async fn endpoint() -> (String, mpsc::UnboundedReceiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (calls, called) = mpsc::unbounded_channel();
    let respond = move |request: Request<Incoming>, calls: mpsc::UnboundedSender<(String, Value)>| async move {
        let target = request.headers().get("x-amz-target").map(|target| target.to_str().unwrap().to_owned());
        let signed = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let body = request.into_body().collect().await.unwrap().to_bytes();
        assert!(signed.unwrap_or_default().contains("Credential=ASIAEXAMPLE/"));
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        // A test that has what it wants doesn't listen any more.
        let _ = calls.send((target.unwrap_or_default(), body));
        let mut response = Response::new(Full::new(Bytes::from_static(b"{}")));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0".parse().unwrap());
        Ok::<_, Infallible>(response)
    };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let calls = calls.clone();
            let service = service_fn(move |request| respond(request, calls.clone()));
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    (url, called)
}

const EXPECTED: &str = "AWSStepFunctions.SendTaskSuccess";

/// Calls SendTaskSuccess from a function, and says what the function answered and what the service was asked.
async fn calls_back(world: &World, spec: &FunctionSpec, event: &Value) -> (Value, Vec<(String, Value)>) {
    let (url, mut called) = endpoint().await;
    let told = std::sync::Mutex::new(Vec::new());
    let prepared = world.runner.prepare(spec, &|progress| told.lock().unwrap().push(progress)).await;
    prepared.unwrap_or_else(|error| panic!("{error}"));
    for progress in told.into_inner().unwrap() {
        assert!(matches!(progress, Progress::Fetching { .. } | Progress::Fetched { .. } | Progress::Note(_)));
    }
    let mut invocation = invocation(&event.to_string());
    invocation.endpoint_url = url;
    let result = world.runner.invoke(Arc::new(spec.clone()), invocation).await.unwrap();
    let payload = String::from_utf8_lossy(&result.payload).into_owned();
    assert_eq!(result.function_error, None, "{payload}\n{:#?}", world.lines.messages());
    let mut calls = Vec::new();
    while let Ok(call) = called.try_recv() {
        calls.push(call);
    }
    (serde_json::from_str(&payload).unwrap(), calls)
}

async fn each_sdk_reaches_the_endpoint(runtime: &str, file: &str, code: &str, version: &str) {
    for sandbox in sandboxes().await {
        let world = world(sandbox).await;
        let spec = world.function(runtime, "index.handler", &[(file, code)]).await;
        let (answer, calls) = calls_back(&world, &spec, &json!({"token": "T"})).await;
        assert!(answer.as_str().unwrap().starts_with(version), "{sandbox:?}: {answer}");
        assert_eq!(calls, [(EXPECTED.to_owned(), json!({"taskToken": "T", "output": "1"}))], "{sandbox:?}");
    }
}

const V2: &str = "const AWS = require('aws-sdk'); const sfn = new AWS.StepFunctions({ apiVersion: '2016-11-23' }); \
                  exports.handler = async (event) => { \
                  await sfn.sendTaskSuccess({ taskToken: event.token, output: '1' }).promise(); \
                  return process.version; };";

#[tokio::test]
async fn node_12_has_the_v2_sdk() {
    each_sdk_reaches_the_endpoint("nodejs12.x", "index.js", V2, "v12.").await;
}

#[tokio::test]
async fn a_single_client_of_the_v2_sdk_is_enough() {
    let code = "const StepFunctions = require('aws-sdk/clients/stepfunctions'); const sfn = new StepFunctions(); \
                exports.handler = async (event) => { \
                await sfn.sendTaskSuccess({ taskToken: event.token, output: '1' }).promise(); \
                return process.version; };";
    each_sdk_reaches_the_endpoint("nodejs16.x", "index.js", code, "v16.").await;
}

#[tokio::test]
async fn node_22_has_the_v3_sdk_for_es_modules() {
    let code = "import { SFNClient, SendTaskSuccessCommand } from '@aws-sdk/client-sfn'; \
                import '@aws-sdk/client-sqs'; import '@aws-sdk/client-sns'; import '@aws-sdk/client-lambda'; \
                import '@aws-sdk/client-sts'; import '@aws-sdk/client-cloudwatch-logs'; \
                import '@aws-sdk/client-cloudformation'; import '@aws-sdk/client-iam'; \
                const sfn = new SFNClient(); export const handler = async (event) => { \
                await sfn.send(new SendTaskSuccessCommand({ taskToken: event.token, output: '1' })); \
                return process.version; };";
    each_sdk_reaches_the_endpoint("nodejs22.x", "index.mjs", code, "v22.").await;
}

const V3: &str = "const { SFNClient, SendTaskSuccessCommand } = require('@aws-sdk/client-sfn'); \
                  const sfn = new SFNClient({}); exports.handler = async (event) => { \
                  await sfn.send(new SendTaskSuccessCommand({ taskToken: event.token, output: '1' })); \
                  return process.version; };";

#[tokio::test]
async fn node_18_has_the_v3_sdk_that_still_runs_on_it() {
    each_sdk_reaches_the_endpoint("nodejs18.x", "index.js", V3, "v18.").await;
}

#[tokio::test]
async fn node_24_runs_and_has_no_callbacks() {
    each_sdk_reaches_the_endpoint("nodejs24.x", "index.js", V3, "v24.").await;
    let world = world(SandboxChoice::Auto).await;
    let code = "exports.handler = (event, context, callback) => callback(null, 1);";
    let spec = world.function("nodejs24.x", "index.handler", &[("index.js", code)]).await;
    let answer = world.answer(&spec, "{}").await;
    assert!(answer.starts_with(r#"{"errorType":"Runtime.CallbackHandlerDeprecated""#), "{answer}");
    let code = "exports.handler = async (event, context) => [typeof context.succeed, fetch('data:,x').then ? 1 : 0, \
                await (await fetch('data:,wasm')).text()];";
    let spec = world.function("nodejs24.x", "index.handler", &[("index.js", code)]).await;
    assert_eq!(world.answer(&spec, "{}").await, r#"["function",1,"wasm"]"#);
}

#[tokio::test]
async fn python_has_boto3() {
    let Some(runtime) = world::host_python() else { return };
    let code = "import sys, boto3\nsfn = boto3.client('stepfunctions')\ndef handler(event, context):\n    \
                sfn.send_task_success(taskToken=event['token'], output='1')\n    return 'python3.%d' % sys.version_info[1]\n";
    each_sdk_reaches_the_endpoint(&runtime, "index.py", code, &runtime).await;
}

#[tokio::test]
async fn the_missions_own_function_runs_unmodified() {
    let shared =
        std::env::var_os("STEPWELL_SHARED").map_or_else(|| repository().join("../shared"), PathBuf::from);
    let Ok(mut texts) = std::fs::read_dir(shared.join("mission")) else {
        println!("skipped: there is no folder {}", shared.join("mission").display());
        return;
    };
    let text = texts.find_map(|text| std::fs::read_to_string(text.ok()?.path()).ok()).unwrap();
    let code = text.split("```").find(|block| block.contains("require('aws-sdk')")).unwrap();
    // The first line only names the block's language.
    let code = code.split_once('\n').unwrap().1;
    let body = json!({"MessageTitle": "Task started", "TaskToken": "the token"}).to_string();
    let event = json!({"Records": [{"messageId": "1", "body": body}]});
    for sandbox in sandboxes().await {
        let world = world(sandbox).await;
        let spec = world.function("nodejs12.x", "index.lambda_handler", &[("index.js", code)]).await;
        let (answer, calls) = calls_back(&world, &spec, &event).await;
        assert_eq!((answer, calls.len()), (Value::Null, 0));
        assert!(
            world.lines.messages().iter().any(|line| line.ends_with("\tundefined\tINFO\tLoading function\n"))
        );

        // As its comment asks for: the call is uncommented.
        let uncommented =
            code.replace("// console.log", "console.log").replace("// let response", "let response");
        assert_ne!(uncommented, code);
        let spec = world.function("nodejs12.x", "index.lambda_handler", &[("index.js", &uncommented)]).await;
        let (_, calls) = calls_back(&world, &spec, &event).await;
        let output = "\"Callback task completed successfully.\"";
        assert_eq!(calls, [(EXPECTED.to_owned(), json!({"output": output, "taskToken": "the token"}))]);
    }
}
