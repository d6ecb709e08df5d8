//! The Runtime API as a bootstrap speaks to it, and as others abuse it.

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Sends one request as bytes and returns status and body.
async fn send(address: SocketAddr, request: Vec<u8>) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

fn request(method: &str, path: &str, token: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\n{TOKEN_HEADER}: {token}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Answers calls as the task of a process would that has invocation `known` under way.
fn answering(mut api: RuntimeApi) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let address = api.address;
    let task = tokio::spawn(async move {
        while let Some(call) = api.calls.recv().await {
            match call {
                Call::Next { deliver } => {
                    let header =
                        (HeaderName::from_static("lambda-runtime-deadline-ms"), HeaderValue::from(5));
                    deliver.send(Delivery { headers: vec![header], event: "{}".into() }).unwrap();
                }
                Call::Response { request_id, answer, .. } | Call::Error { request_id, answer, .. } => {
                    let known = request_id == "known";
                    answer.send(if known { Verdict::Accepted } else { Verdict::InvalidRequestId }).unwrap();
                }
                Call::InitError { answer, .. } => answer.send(Verdict::Accepted).unwrap(),
            }
        }
    });
    (address, task)
}

#[tokio::test]
async fn requests_are_answered_as_documented() {
    let (address, _task) = answering(RuntimeApi::listen("secret".into()).await.unwrap());
    let base = "/2018-06-01/runtime/";
    let cases = [
        ("GET", "invocation/next", "secret", 200, "{}"),
        ("GET", "invocation/next", "guess", 403, "Forbidden"),
        ("GET", "invocation/next", "", 403, "Forbidden"),
        ("POST", "invocation/known/response", "secret", 202, r#"{"status":"OK"}"#),
        ("POST", "invocation/known/error", "secret", 202, r#"{"status":"OK"}"#),
        ("POST", "invocation/other/response", "secret", 400, "InvalidRequestID"),
        ("POST", "invocation/other/error", "secret", 400, "InvalidRequestID"),
        ("POST", "init/error", "secret", 202, r#"{"status":"OK"}"#),
        ("POST", "invocation//x", "secret", 404, "NotFound"),
        ("DELETE", "invocation/next", "secret", 404, "NotFound"),
    ];
    for (method, path, token, status, body) in cases {
        let (got, text) = send(address, request(method, &format!("{base}{path}"), token, b"{}")).await;
        assert_eq!(got, status, "{method} {path}");
        assert!(text.contains(body), "{method} {path}: {text}");
    }
    let (status, _) = send(address, request("GET", "/2020-01-01/extension/register", "secret", b"")).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_response_that_is_too_large_is_refused_and_the_next_one_is_served() {
    let (address, _task) = answering(RuntimeApi::listen("secret".into()).await.unwrap());
    let path = "/2018-06-01/runtime/invocation/known/response";
    for (size, status) in [(MAX_RESPONSE_BYTES, 202), (MAX_RESPONSE_BYTES + 1, 413), (2, 202)] {
        let (got, _) = send(address, request("POST", path, "secret", &vec![b'1'; size])).await;
        assert_eq!(got, status, "{size} bytes");
    }
}

#[tokio::test]
async fn garbage_harms_only_its_own_connection() {
    let (address, _task) = answering(RuntimeApi::listen("secret".into()).await.unwrap());
    for garbage in [
        &b"\x00\xff\x00\xff\r\n\r\n"[..],
        b"GET",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // Whatever it answers, or nothing at all, the connection ends.
        drop(stream.read_to_end(&mut answer).await);
    }
    let next = request("GET", "/2018-06-01/runtime/invocation/next", "secret", b"");
    assert_eq!(send(address, next).await.0, 200);
}

#[tokio::test]
async fn nobody_listens_once_the_process_is_gone() {
    let api = RuntimeApi::listen("secret".into()).await.unwrap();
    let address = api.address;
    drop(api);
    // The listener's task ends when it is next polled, which is now.
    tokio::task::yield_now().await;
    assert!(TcpStream::connect(address).await.is_err());
}
