//! Two endpoints that are subscribed to a topic: one never answers, one drips its answer; and thousands of publishes.

use super::Done;
use super::big_payloads::noise;
use super::stop::{Stop, count};
use crate::http::{Connection, Prepared};
use crate::site::SettingUp;
use crate::trouble::{Doing, Trouble};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const PUBLISHERS: usize = 4;
const MESSAGE_BYTES: usize = 16_000;
/// Time between two bytes of an answer that drips.
const DRIP: Duration = Duration::from_millis(500);
/// Requests to endpoints that are longer are no confirmations.
const LONGEST_REQUEST: usize = 64 * 1024;
/// Time for a subscription to be confirmed.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct StuckSubscriber {
    address: SocketAddr,
    topic: String,
}

impl StuckSubscriber {
    /// # Errors
    /// What the server refused.
    pub async fn prepare(set_up: &mut SettingUp) -> Result<Self, Trouble> {
        Ok(Self { address: set_up.address(), topic: set_up.bare_topic("stuck").await? })
    }

    /// # Errors
    /// What the server refused, or if it confirms no subscription.
    pub async fn disturb(self, stop: Stop) -> Result<Vec<Done>, Trouble> {
        let mut set_up = SettingUp::at(self.address).await?;
        let mut endpoints = JoinSet::new();
        let connections = Rc::new(Cell::new(0));
        for drips in [false, true] {
            let listener = TcpListener::bind("127.0.0.1:0").await.doing("listening")?;
            let endpoint = format!("http://{}/", listener.local_addr().doing("listening")?);
            set_up.subscribe(&self.topic, "http", &endpoint).await?;
            let token = tokio::time::timeout(PATIENCE, confirmation(&listener)).await;
            let token = token.map_err(|_| Trouble::other("no confirmation was asked for"))??;
            set_up.confirm_subscription(&self.topic, &token).await?;
            endpoints.spawn_local(never_answer(listener, drips, connections.clone()));
        }
        let message = format!(
            "Action=Publish&Version=2010-03-31&TopicArn={}&Message={}",
            utf8_percent_encode(&self.topic, NON_ALPHANUMERIC),
            noise(MESSAGE_BYTES)
        );
        let message = Rc::new(message.into_bytes());
        let publish = |_, counter: Rc<Cell<u64>>| {
            let message = message.clone();
            async move {
                let request = Prepared::form(self.address, "sns", "Publish");
                let mut connection = Connection::open(self.address).await?;
                loop {
                    connection.insist(&request, &message).await?;
                    count(&counter);
                }
            }
        };
        let published = stop.crowd(PUBLISHERS, publish).await?;
        Ok(vec![
            Done { what: "messages published", count: published },
            Done { what: "connections to the stuck endpoints", count: connections.get() },
        ])
    }
}

/// Takes the request for confirmation, answers it, and gives its token.
async fn confirmation(listener: &TcpListener) -> Result<String, Trouble> {
    let (mut stream, _) = listener.accept().await.doing("accepting a confirmation")?;
    let mut request = Vec::new();
    while request.len() < LONGEST_REQUEST {
        let read = stream.read_buf(&mut request).await.doing("reading a confirmation")?;
        let text = String::from_utf8_lossy(&request);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        if let Some(token) =
            serde_json::from_str::<Value>(body).ok().as_ref().and_then(|body| body.get("Token"))
        {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer).await.doing("answering a confirmation")?;
            return Ok(token.as_str().unwrap_or_default().to_owned());
        }
        if read == 0 {
            break;
        }
    }
    Err(Trouble::other("an endpoint was sent something else than a request for confirmation"))
}

/// Accepts all and answers nobody, or a byte at a time.
async fn never_answer(listener: TcpListener, drips: bool, connections: Rc<Cell<u64>>) {
    let mut kept = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        count(&connections);
        kept.spawn_local(hold(stream, drips));
        while kept.try_join_next().is_some() {}
    }
}

/// Holds a connection until its other end gives up.
async fn hold(mut stream: TcpStream, drips: bool) {
    let mut read = vec![0; LONGEST_REQUEST];
    let mut answer = b"HTTP/1.1 200 OK\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'x'));
    loop {
        tokio::select! {
            read = stream.read(&mut read) => if !matches!(read, Ok(1..)) { return },
            () = tokio::time::sleep(DRIP), if drips => {
                let byte = answer.next().copied().unwrap_or(b'x');
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
            }
        }
    }
}
