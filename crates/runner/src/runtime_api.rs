//! The Lambda Runtime API of one process: HTTP on a loopback port of its own.
//!
//! It only translates: requests become `Call`s for the task that serves the process, which alone decides. Whoever
//! calls must show the secret that the process was started with, since any local program can reach a loopback port.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};

use crate::fault::MAX_RESPONSE_BYTES;

pub(crate) const TOKEN_HEADER: &str = "stepwell-runtime-token";
const ERROR_TYPE_HEADER: &str = "lambda-runtime-function-error-type";
const VERSION: &str = "/2018-06-01/runtime/";
/// Connections that one process may hold open.
const MAX_CONNECTIONS: usize = 16;
/// What is read of a body that is too large, so that the answer still reaches whoever sends it.
const MAX_DISCARDED_BYTES: usize = 64 * 1024 * 1024;

/// What a process says.
#[derive(Debug)]
pub(crate) enum Call {
    /// It is ready for an invocation, and waits for it.
    Next {
        deliver: oneshot::Sender<Delivery>,
    },
    /// `body` is `None` where it was larger than a function may answer.
    Response {
        request_id: String,
        body: Option<Bytes>,
        answer: oneshot::Sender<Verdict>,
    },
    Error {
        request_id: String,
        error_type: Option<String>,
        body: Bytes,
        answer: oneshot::Sender<Verdict>,
    },
    InitError {
        error_type: Option<String>,
        body: Bytes,
        answer: oneshot::Sender<Verdict>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    /// No invocation of that id is under way in this process.
    InvalidRequestId,
}

/// An invocation on its way into the process.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub event: Bytes,
}

pub(crate) struct RuntimeApi {
    pub address: SocketAddr,
    pub calls: mpsc::Receiver<Call>,
    listener: AbortHandle,
}

impl RuntimeApi {
    pub async fn listen(token: String) -> io::Result<RuntimeApi> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (calls_in, calls) = mpsc::channel(MAX_CONNECTIONS);
        let door = Arc::new(Door { token, calls: calls_in });
        let listener = tokio::spawn(accept(listener, door)).abort_handle();
        Ok(RuntimeApi { address, calls, listener })
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

struct Door {
    token: String,
    calls: mpsc::Sender<Call>,
}

/// Ends, with all its connections, when it is aborted.
async fn accept(listener: TcpListener, door: Arc<Door>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    while let Ok(place) = places.clone().acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let door = door.clone();
                connections.spawn(async move {
                    serve(stream, door).await;
                    drop(place);
                });
            }
            // Out of file descriptors, mostly: one that ends frees some.
            Err(error) => {
                tracing::warn!(%error, "a function's runtime API could not accept a connection");
                connections.join_next().await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, door: Arc<Door>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY on a runtime API connection");
    }
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(door.respond(request).await) }
    });
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // A process that ends, or that sends garbage, breaks its own connection only.
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a runtime API connection ended");
    }
}

impl Door {
    async fn respond(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let shown = request.headers().get(TOKEN_HEADER).map(HeaderValue::as_bytes);
        if shown != Some(self.token.as_bytes()) {
            return refusal(StatusCode::FORBIDDEN, "Forbidden", "this runtime API serves another process");
        }
        let Some(path) = request.uri().path().strip_prefix(VERSION) else {
            return refusal(StatusCode::NOT_FOUND, "NotFound", "no such path");
        };
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method(), segments.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => {
                let body = read_body(request.into_body(), MAX_RESPONSE_BYTES).await;
                self.response((*id).to_owned(), body).await
            }
            (&Method::POST, ["invocation", id, "error"]) => {
                let error_type = error_type(&request);
                let request_id = (*id).to_owned();
                match read_body(request.into_body(), MAX_RESPONSE_BYTES).await {
                    Ok(Some(body)) => {
                        self.ask(|answer| Call::Error { request_id, error_type, body, answer }).await
                    }
                    other => self.response(request_id, other.map(|_| None)).await,
                }
            }
            (&Method::POST, ["init", "error"]) => {
                let error_type = error_type(&request);
                let body = read_body(request.into_body(), MAX_RESPONSE_BYTES).await;
                let body = body.ok().flatten().unwrap_or_default();
                self.ask(|answer| Call::InitError { error_type, body, answer }).await
            }
            _ => refusal(StatusCode::NOT_FOUND, "NotFound", "no such path"),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        let (deliver, delivery) = oneshot::channel();
        if self.calls.send(Call::Next { deliver }).await.is_err() {
            return gone();
        }
        let Ok(Delivery { headers, event }) = delivery.await else { return gone() };
        let mut response = Response::new(Full::new(event));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().extend(headers);
        response
    }

    async fn response(&self, request_id: String, body: Result<Option<Bytes>, ()>) -> Response<Full<Bytes>> {
        let Ok(body) = body else {
            return refusal(StatusCode::BAD_REQUEST, "BadRequest", "the body ended early");
        };
        let too_large = body.is_none();
        let response = self.ask(|answer| Call::Response { request_id, body, answer }).await;
        if too_large && response.status() == StatusCode::ACCEPTED {
            let message = format!("Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).");
            return refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message);
        }
        response
    }

    async fn ask(&self, call: impl FnOnce(oneshot::Sender<Verdict>) -> Call) -> Response<Full<Bytes>> {
        let (answer, verdict) = oneshot::channel();
        if self.calls.send(call(answer)).await.is_err() {
            return gone();
        }
        match verdict.await {
            Ok(Verdict::Accepted) => json(StatusCode::ACCEPTED, r#"{"status":"OK"}"#.to_owned()),
            Ok(Verdict::InvalidRequestId) => {
                refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
            }
            Err(_) => gone(),
        }
    }
}

fn error_type(request: &Request<Incoming>) -> Option<String> {
    let value = request.headers().get(ERROR_TYPE_HEADER)?.to_str().ok()?;
    Some(value.chars().take(256).collect())
}

/// `None` for a body beyond `limit`; an error where it ended early.
async fn read_body(mut body: Incoming, limit: usize) -> Result<Option<Bytes>, ()> {
    let expected = body.size_hint().exact().unwrap_or_default().min(limit as u64) as usize;
    let mut collected = BytesMut::with_capacity(expected);
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| ())?.into_data() else { continue };
        seen += data.len();
        if seen <= limit {
            collected.extend_from_slice(&data);
        } else if seen > MAX_DISCARDED_BYTES {
            break;
        }
    }
    Ok((seen <= limit).then(|| collected.freeze()))
}

fn gone() -> Response<Full<Bytes>> {
    refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "this process is being ended")
}

fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response<Full<Bytes>> {
    json(status, serde_json::json!({"errorMessage": message, "errorType": error_type}).to_string())
}

fn json(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests;
