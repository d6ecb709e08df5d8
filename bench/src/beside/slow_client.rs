//! Hundreds of connections of three kinds: some send their request's head a byte at a time, some a large body but for its
//! last bytes, and some ask for a large answer and never read it. Who is hung up on comes again.

use super::Done;
use super::big_payloads::noise;
use super::stop::{Stop, count};
use crate::http::Prepared;
use crate::site::SettingUp;
use crate::trouble::{Doing, Trouble};
use serde_json::json;
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Time between two bytes.
const DRIP: Duration = Duration::from_millis(200);
/// Between the first connections.
const APART: Duration = Duration::from_millis(10);
/// Before a connection that was ended comes again.
const PAUSE: Duration = Duration::from_secs(5);
/// The size of a body that doesn't end.
const BODY_BYTES: usize = 7_500_000;
/// Messages that make an answer large.
const MESSAGES: usize = 10;

pub struct SlowClient {
    address: SocketAddr,
    connections: usize,
    receive: Vec<u8>,
}

impl SlowClient {
    /// `unread_bytes` are those of each message in an answer that is not read.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn prepare(
        set_up: &mut SettingUp,
        connections: usize,
        unread_bytes: usize,
    ) -> Result<Self, Trouble> {
        let queue = set_up.queue("large").await?;
        for _ in 0..MESSAGES {
            let message = json!({"QueueUrl": queue.url, "MessageBody": noise(unread_bytes)});
            set_up.json("sqs", "AmazonSQS", "SendMessage", message).await?;
        }
        // They stay visible, so that each who asks gets them all.
        let asked = json!({"QueueUrl": queue.url, "MaxNumberOfMessages": MESSAGES, "VisibilityTimeout": 0});
        let address = set_up.address();
        let mut receive = Vec::new();
        Prepared::json(address, "sqs", "AmazonSQS", "ReceiveMessage")
            .write(asked.to_string().as_bytes(), &mut receive);
        Ok(Self { address, connections, receive })
    }

    /// # Errors
    /// If nobody listens.
    pub async fn disturb(self, stop: Stop) -> Result<Vec<Done>, Trouble> {
        let (address, receive) = (self.address, Rc::new(self.receive));
        let be_slow = |index: usize, counter: Rc<Cell<u64>>| {
            let receive = receive.clone();
            async move {
                // Large answers take their time on the server, whoever reads them: they are not asked for all at once.
                tokio::time::sleep(APART * u32::try_from(index).unwrap_or_default()).await;
                loop {
                    let stream = TcpStream::connect(address).await.doing("connecting")?;
                    count(&counter);
                    // However it ends, the server has ended it.
                    drop(match index % 3 {
                        0 => drip_a_head(stream).await,
                        1 => never_end_a_body(stream).await,
                        _ => never_read(stream, &receive).await,
                    });
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        let opened = stop.crowd(self.connections, be_slow).await?;
        Ok(vec![Done { what: "connections of slow clients", count: opened }])
    }
}

async fn drip_a_head(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await?;
    drip(&mut stream).await
}

async fn never_end_a_body(mut stream: TcpStream) -> std::io::Result<()> {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.SendMessage\r\nContent-Length: {BODY_BYTES}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let piece = [b'x'; 64 * 1024];
    let mut left = BODY_BYTES - 1000;
    while left > 0 {
        let length = left.min(piece.len());
        stream.write_all(&piece[..length]).await?;
        left -= length;
    }
    drip(&mut stream).await
}

/// Until the server says something, or hangs up.
async fn drip(stream: &mut TcpStream) -> std::io::Result<()> {
    loop {
        let mut answer = [0; 1024];
        tokio::select! {
            read = stream.read(&mut answer) => return read.map(drop),
            () = tokio::time::sleep(DRIP) => stream.write_all(b"x").await?,
        }
    }
}

async fn never_read(mut stream: TcpStream, request: &[u8]) -> std::io::Result<()> {
    stream.write_all(request).await?;
    // Until the server hangs up: nothing else is written here, so an error is all that can come.
    stream.ready(tokio::io::Interest::ERROR).await.map(drop)
}
