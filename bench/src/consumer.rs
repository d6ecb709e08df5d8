//! A consumer of a queue: receives up to ten messages, has them handled, deletes them in one batch.

use crate::http::Connection;
use crate::site::{Queue, Site};
use crate::trouble::{Doing, Trouble};
use serde::Deserialize;
use std::borrow::Cow;
use std::io::Write;

/// A message that was received.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    pub body: String,
    pub receipt: String,
}

pub struct Consumer<'a> {
    site: &'a Site,
    queue: &'a Queue,
    connection: Connection,
    body: Vec<u8>,
}

impl<'a> Consumer<'a> {
    /// # Errors
    /// If nobody listens.
    pub async fn new(site: &'a Site, queue: &'a Queue) -> Result<Self, Trouble> {
        Ok(Self { site, queue, connection: Connection::open(site.address).await?, body: Vec::new() })
    }

    /// Waits for messages; gives at least one.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn receive(&mut self) -> Result<Vec<Message>, Trouble> {
        loop {
            let answer = self.connection.insist(&self.site.receive, &self.queue.receive_body).await?;
            let messages = read_messages(answer)?;
            if !messages.is_empty() {
                return Ok(messages);
            }
        }
    }

    /// # Errors
    /// What the server refused, one of the entries included.
    pub async fn delete(&mut self, messages: &[Message]) -> Result<(), Trouble> {
        self.body.clear();
        write_deletions(&self.queue.url, messages, &mut self.body);
        let answer = self.connection.insist(&self.site.delete_batch, &self.body).await?;
        check_batch(answer)
    }
}

/// # Errors
/// If an entry of a batch failed.
pub fn check_batch(answer: &[u8]) -> Result<(), Trouble> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        #[serde(default)]
        failed: Vec<serde_json::Value>,
    }
    let answer: Answer = serde_json::from_slice(answer).doing("an answer to a batch")?;
    match answer.failed.first() {
        None => Ok(()),
        Some(entry) => Err(Trouble::other(format!("an entry of a batch failed: {entry}"))),
    }
}

fn read_messages(answer: &[u8]) -> Result<Vec<Message>, Trouble> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer<'b> {
        #[serde(default, borrow)]
        messages: Vec<Received<'b>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Received<'b> {
        #[serde(borrow)]
        body: Cow<'b, str>,
        #[serde(borrow)]
        receipt_handle: Cow<'b, str>,
    }
    let answer: Answer = serde_json::from_slice(answer).doing("an answer to ReceiveMessage")?;
    let message = |received: Received| Message {
        body: received.body.into_owned(),
        receipt: received.receipt_handle.into_owned(),
    };
    Ok(answer.messages.into_iter().map(message).collect())
}

fn write_deletions(url: &str, messages: &[Message], out: &mut Vec<u8>) {
    let write = |out: &mut Vec<u8>, text: std::fmt::Arguments| {
        out.write_fmt(text).expect("memory takes what is written to it");
    };
    write(out, format_args!("{{\"QueueUrl\":\"{url}\",\"Entries\":["));
    for (index, message) in messages.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Receipt handles are base64: nothing in them is escaped.
        write(out, format_args!("{comma}{{\"Id\":\"{index}\",\"ReceiptHandle\":\"{}\"}}", message.receipt));
    }
    out.extend_from_slice(b"]}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_whether_escaped_or_not() {
        let answer = br#"{"Messages":[{"MessageId":"1","Body":"{\"a\":1}","ReceiptHandle":"r1"},
            {"Body":"plain","ReceiptHandle":"r2","MD5OfBody":"x"}]}"#;
        let message = |body: &str, receipt: &str| Message { body: body.into(), receipt: receipt.into() };
        assert_eq!(read_messages(answer).unwrap(), [message("{\"a\":1}", "r1"), message("plain", "r2")]);
        assert_eq!(read_messages(b"{}").unwrap(), []);
        for broken in ["", "[1]", "{\"Messages\":[{\"Body\":\"x\"}]}", "{\"Messages\":"] {
            assert!(read_messages(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_batch_of_deletions_is_json() {
        let messages = ["r1", "r2"].map(|receipt| Message { body: String::new(), receipt: receipt.into() });
        let mut out = Vec::new();
        write_deletions("http://q", &messages, &mut out);
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["QueueUrl"], "http://q");
        assert_eq!(value["Entries"][1], serde_json::json!({"Id": "1", "ReceiptHandle": "r2"}));
    }

    #[test]
    fn an_entry_that_failed_is_trouble() {
        assert!(check_batch(br#"{"Successful":[{"Id":"0"}]}"#).is_ok());
        assert!(check_batch(br#"{"Successful":[],"Failed":[{"Id":"0"}]}"#).is_err());
        assert!(check_batch(b"<").is_err());
    }
}
