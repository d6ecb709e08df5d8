//! The listener: connections, limits, and bytes in and out. What a request means is the pipeline's.

use crate::patient::Patient;
use crate::room::{NotReceived, Room};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::metrics::gauge::Gauge;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use stepwell_wire::{Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// The largest body that any operation takes: the code of a function, in base64 (Lambda's own limit).
const MOST_BYTES: usize = 70_167_211;
/// What is read ahead of a connection, and so the longest head of a request. AWS takes 16 KiB or so.
const BUFFER_BYTES: usize = 64 << 10;
/// Time for a client to send a request's head.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// Time for a client to send a request's body.
const BODY_PATIENCE: Duration = Duration::from_secs(120);
/// Time for a client to take an answer: from when it takes no more to its last byte.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);
/// Time for open requests to end when the server shuts down.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(5);

/// What a listener's requests are for.
pub trait Answers: Send + Sync + 'static {
    /// Answers a request.
    fn answer(&self, request: &Request<'_>) -> impl Future<Output = Response> + Send;

    /// Where open connections are counted.
    fn connections(&self) -> Option<&Gauge>;
}

/// Serves `listener`, with TLS if there is an acceptor, until `stop` says so; then lets open requests end. `connections` are
/// open at a time at most: a further one waits to be accepted.
pub async fn serve<A: Answers>(
    listener: TcpListener,
    connections: usize,
    tls: Option<TlsAcceptor>,
    answers: Arc<A>,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(connections));
    let room = Arc::new(Room::new());
    let mut connections = JoinSet::new();
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            () = stopped(&mut stop) => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let (tls, stop) = (tls.clone(), stop.clone());
                let (answers, room) = (answers.clone(), room.clone());
                connections.spawn(async move {
                    if let Some(open) = answers.connections() {
                        open.inc();
                    }
                    serve_stream(stream, tls, &answers, &room, stop).await;
                    if let Some(open) = answers.connections() {
                        open.dec();
                    }
                    drop(place);
                });
            }
            // Out of file descriptors, or a client that left at once: neither is the end of the listener.
            Err(error) => {
                tracing::warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(SHUTDOWN_PATIENCE, all_ended).await.is_err() {
        tracing::info!("closing connections that did not end in time");
    }
}

async fn serve_stream<A: Answers>(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    answers: &Arc<A>,
    room: &Arc<Room>,
    stop: watch::Receiver<bool>,
) {
    // Answers are small and whole: waiting to fill a packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("TCP_NODELAY: {error}");
    }
    let Some(tls) = tls else { return serve_connection(stream, answers, room, stop).await };
    match tokio::time::timeout(HEAD_PATIENCE, tls.accept(stream)).await {
        Ok(Ok(stream)) => serve_connection(stream, answers, room, stop).await,
        // A scanner, a client that doesn't trust us, or one that speaks plain HTTP.
        Ok(Err(error)) => tracing::debug!("a TLS handshake failed: {error}"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn serve_connection<A: Answers>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    answers: &Arc<A>,
    room: &Arc<Room>,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(|request| {
        let (answers, room) = (answers.clone(), room.clone());
        async move { Ok::<_, Infallible>(answer(request, &*answers, &room).await) }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .half_close(false)
        .max_buf_size(BUFFER_BYTES);
    let stream = TokioIo::new(Patient::new(stream, ANSWER_PATIENCE));
    let mut connection = std::pin::pin!(server.serve_connection(stream, service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended: {error}");
    }
}

/// Waits for the server to shut down; a server that is gone has shut down.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

async fn answer(
    request: hyper::Request<Incoming>,
    answers: &impl Answers,
    room: &Room,
) -> hyper::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    // It has its place until it is answered: what was decoded of it lives as long.
    let received = match tokio::time::timeout(BODY_PATIENCE, room.receive(body, MOST_BYTES)).await {
        Ok(Ok(received)) => received,
        Ok(Err(NotReceived::TooLarge)) => return plain(413, "the request body is too large"),
        Ok(Err(NotReceived::NoRoom)) => return plain(503, "too many large requests are under way"),
        Ok(Err(NotReceived::Broken(error))) => {
            return plain(400, &format!("the request body can't be read: {error}"));
        }
        Err(_) => return plain(408, "the request body did not arrive in time"),
    };
    let headers = head.headers.iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let request = Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers: headers.collect(),
        body: &received.bytes,
    };
    written(answers.answer(&request).await, room)
}

fn written(response: Response, room: &Room) -> hyper::Response<Full<Bytes>> {
    let Ok(body) = room.answer(response.body) else {
        tracing::warn!("an answer was left out: too much is unread by the clients of others");
        return plain(503, "too many large answers are unread");
    };
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name.as_ref(), value);
    }
    builder.body(Full::new(body)).unwrap_or_else(|error| {
        tracing::error!("a response that can't be written: {error}");
        plain(500, "the response could not be written")
    })
}

fn plain(status: u16, text: &str) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::new(Bytes::from(format!("{text}\n"))));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    response
}
