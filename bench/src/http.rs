//! A client for HTTP/1.1 that does as little as it can: one kept connection, one request at a time, prepared heads.
//!
//! It reads what this server sends (a length and a body); anything else is trouble, not something to cope with.

use crate::trouble::{Doing, Trouble};
use std::io::Write;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A head is never longer.
const LONGEST_HEAD: usize = 16 * 1024;
/// Time before a request that was told to slow down is sent again.
const PAUSE: Duration = Duration::from_millis(25);

/// A request but for its body.
pub struct Prepared {
    name: String,
    head: Vec<u8>,
}

impl Prepared {
    /// An operation of awsJson.
    #[must_use]
    pub fn json(address: SocketAddr, service: &str, prefix: &str, operation: &str) -> Self {
        let more = format!(
            "X-Amz-Target: {prefix}.{operation}\r\nContent-Type: application/x-amz-json-1.0\r\n{}",
            authorization(service)
        );
        Self { name: operation.to_owned(), head: head(address, "/", &more) }
    }

    /// An operation of the query protocol, which stands in the body.
    #[must_use]
    pub fn form(address: SocketAddr, service: &str, operation: &str) -> Self {
        let more = format!("Content-Type: application/x-www-form-urlencoded\r\n{}", authorization(service));
        Self { name: operation.to_owned(), head: head(address, "/", &more) }
    }

    /// An operation of the REST protocol; `headers` are whole lines.
    #[must_use]
    pub fn rest(address: SocketAddr, service: &str, operation: &str, path: &str, headers: &str) -> Self {
        let more = format!("{headers}Content-Type: application/json\r\n{}", authorization(service));
        Self { name: operation.to_owned(), head: head(address, path, &more) }
    }

    /// A request of S3: by its method and path, which say all.
    #[must_use]
    pub fn s3(address: SocketAddr, method: &str, path: &str) -> Self {
        Self { name: format!("{method} {path}"), head: head_of(method, address, path, &authorization("s3")) }
    }

    /// The whole request, written behind what `out` has.
    pub fn write(&self, body: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        write!(out, "{}\r\n\r\n", body.len()).expect("memory takes what is written to it");
        out.extend_from_slice(body);
    }
}

/// Everything up to the length's value.
fn head(address: SocketAddr, path: &str, more: &str) -> Vec<u8> {
    head_of("POST", address, path, more)
}

fn head_of(method: &str, address: SocketAddr, path: &str, more: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n{more}Content-Length: ").into_bytes()
}

/// Names the account and the region; what it says is not verified while the server doesn't require signatures.
fn authorization(service: &str) -> String {
    format!(
        "Authorization: AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n"
    )
}

/// A kept connection.
pub struct Connection {
    stream: TcpStream,
    out: Vec<u8>,
    buffer: Vec<u8>,
    /// Where in the buffer the last answer's body is.
    body: Range<usize>,
    refused: u64,
}

impl Connection {
    /// # Errors
    /// If nobody listens.
    pub async fn open(address: SocketAddr) -> Result<Self, Trouble> {
        let stream = TcpStream::connect(address).await.doing("connecting")?;
        stream.set_nodelay(true).doing("TCP_NODELAY")?;
        Ok(Self { stream, out: Vec::new(), buffer: Vec::with_capacity(LONGEST_HEAD), body: 0..0, refused: 0 })
    }

    /// The body of a successful answer.
    ///
    /// # Errors
    /// If the server refuses, or the connection ends.
    pub async fn call(&mut self, request: &Prepared, body: &[u8]) -> Result<&[u8], Trouble> {
        self.out.clear();
        request.write(body, &mut self.out);
        self.stream.write_all(&self.out).await.doing(&request.name)?;
        self.buffer.clear();
        let head = loop {
            let read = self.stream.read_buf(&mut self.buffer).await.doing(&request.name)?;
            if read == 0 {
                return Err(Trouble::other(format!("{}: the server closed the connection", request.name)));
            }
            let parsed = parse(&self.buffer).map_err(|error| {
                Trouble::other(format!("{}: an answer that can't be read: {error}", request.name))
            })?;
            match parsed {
                Some(head) if self.buffer.len() >= head.length + head.body_length => break head,
                _ => {}
            }
        };
        self.body = head.length..head.length + head.body_length;
        let body = &self.buffer[self.body.clone()];
        match head.status {
            200..=299 => Ok(body),
            status => Err(Trouble::Refused {
                operation: request.name.clone(),
                status,
                body: String::from_utf8_lossy(body).into_owned(),
            }),
        }
    }

    /// The same, and again as long as it is told to slow down, as AWS's own clients do.
    ///
    /// # Errors
    /// If the server refuses otherwise, or the connection ends.
    pub async fn insist(&mut self, request: &Prepared, body: &[u8]) -> Result<&[u8], Trouble> {
        while let Err(trouble) = self.call(request, body).await.map(drop) {
            if !trouble.is_throttling() {
                return Err(trouble);
            }
            self.refused += 1;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(&self.buffer[self.body.clone()])
    }

    /// How often it was told to slow down since this was asked last.
    pub fn take_refused(&mut self) -> u64 {
        std::mem::take(&mut self.refused)
    }
}

/// The head of an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    /// Bytes up to the body.
    pub length: usize,
    pub body_length: usize,
}

/// Reads the head of an answer, if all of it is there.
///
/// # Errors
/// What is wrong with it.
pub fn parse(bytes: &[u8]) -> Result<Option<Head>, &'static str> {
    let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else {
        return if bytes.len() > LONGEST_HEAD { Err("its head has no end") } else { Ok(None) };
    };
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| "its head is no text")?;
    let (first, headers) = text.split_once("\r\n").unwrap_or((text, ""));
    let status = first.strip_prefix("HTTP/1.1 ").ok_or("it is not HTTP/1.1")?;
    let status = status.get(..3).and_then(|code| code.parse().ok()).ok_or("it has no status")?;
    let mut body_length = None;
    for line in headers.split("\r\n") {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            body_length = Some(value.trim().parse().map_err(|_| "its length is no number")?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err("its body comes in chunks");
        }
    }
    let body_length = body_length.ok_or("it has no length")?;
    Ok(Some(Head { status, length: end + 4, body_length }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_and_what_is_wrong_is_named() {
        let head = |status, length, body_length| Ok(Some(Head { status, length, body_length }));
        let cases: [(&str, Result<Option<Head>, &str>); 12] = [
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", head(200, 38, 2)),
            ("HTTP/1.1 400 Bad Request\r\nA: b\r\nContent-Length:7\r\n\r\n", head(400, 52, 7)),
            ("HTTP/1.1 200\r\nCONTENT-LENGTH: 0\r\n\r\nHTTP/1.1 200", head(200, 35, 0)),
            ("", Ok(None)),
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n", Ok(None)),
            ("HTTP/1.1 200 OK\r\n\r\n", Err("it has no length")),
            ("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", Err("its length is no number")),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\n",
                Err("its length is no number"),
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Err("its body comes in chunks")),
            ("HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", Err("it is not HTTP/1.1")),
            ("HTTP/1.1 2\r\ncontent-length: 0\r\n\r\n", Err("it has no status")),
            ("HTTP/1.1 abc\r\ncontent-length: 0\r\n\r\n", Err("it has no status")),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(parse(b"HTTP/1.1 200 \xff\r\n\r\n"), Err("its head is no text"));
        assert_eq!(parse(&[b'a'; LONGEST_HEAD + 1]), Err("its head has no end"));
    }

    #[test]
    fn an_answer_in_pieces_is_whole_only_at_the_end() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n";
        for cut in 0..answer.len() {
            assert_eq!(parse(&answer[..cut]), Ok(None), "{cut}");
        }
    }

    #[test]
    fn a_prepared_request_is_written_with_its_length() {
        let address = "127.0.0.1:80".parse().unwrap();
        let mut out = Vec::new();
        Prepared::json(address, "sqs", "AmazonSQS", "SendMessage").write(b"{}", &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("POST / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n"), "{text}");
        assert!(text.contains("X-Amz-Target: AmazonSQS.SendMessage\r\n"), "{text}");
        assert!(text.ends_with("\r\nContent-Length: 2\r\n\r\n{}"), "{text}");
    }
}
