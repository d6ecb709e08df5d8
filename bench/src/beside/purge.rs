//! A queue of many messages that is purged.

use super::Done;
use super::stop::{Stop, count};
use crate::consumer::check_batch;
use crate::http::{Connection, Prepared};
use crate::site::{SettingUp, text};
use crate::trouble::{Doing, Trouble};
use serde_json::{Value, json};
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

const SENDERS: usize = 16;
const BATCH: u64 = 10;
/// How often it is asked what is left.
const LOOK: Duration = Duration::from_millis(100);

pub struct Purge {
    address: SocketAddr,
    queue_url: String,
    messages: u64,
}

impl Purge {
    /// Fills the queue.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn prepare(set_up: &mut SettingUp, messages: u64) -> Result<Self, Trouble> {
        let queue = set_up.queue("purged").await?;
        let address = set_up.address();
        let entry = |id: u64| json!({"Id": id.to_string(), "MessageBody": format!("message {id:.>80}")});
        let batch = json!({"QueueUrl": queue.url, "Entries": (0..BATCH).map(entry).collect::<Vec<_>>()});
        let body = Rc::new(batch.to_string().into_bytes());
        let (_running, never) = super::Stopper::new();
        let fill = |_, counter: Rc<Cell<u64>>| {
            let body = body.clone();
            async move {
                let request = Prepared::json(address, "sqs", "AmazonSQS", "SendMessageBatch");
                let mut connection = Connection::open(address).await?;
                while counter.get() < messages / BATCH {
                    count(&counter);
                    check_batch(connection.insist(&request, &body).await?)?;
                }
                Ok(())
            }
        };
        let batches = never.crowd(SENDERS, fill).await?;
        Ok(Self { address, queue_url: queue.url, messages: batches * BATCH })
    }

    /// # Errors
    /// What the server refused.
    pub async fn disturb(self, stop: Stop) -> Result<Vec<Done>, Trouble> {
        let sqs = |operation| Prepared::json(self.address, "sqs", "AmazonSQS", operation);
        let mut connection = Connection::open(self.address).await?;
        let began = Instant::now();
        let asked = json!({"QueueUrl": self.queue_url}).to_string();
        connection.call(&sqs("PurgeQueue"), asked.as_bytes()).await?;
        let (look, left) = (sqs("GetQueueAttributes"), "ApproximateNumberOfMessages");
        let asked = json!({"QueueUrl": self.queue_url, "AttributeNames": [left]}).to_string();
        loop {
            let answer = connection.call(&look, asked.as_bytes()).await?;
            let answer: Value = serde_json::from_slice(answer).doing("GetQueueAttributes")?;
            let left = text(answer.get("Attributes").unwrap_or(&Value::Null), left)?;
            let left: u64 = left.parse().map_err(|_| Trouble::other(format!("not a number: {left}")))?;
            if left == 0 || !stop.sleep(LOOK).await {
                let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                return Ok(vec![
                    Done { what: "messages purged", count: self.messages - left.min(self.messages) },
                    Done { what: "ms that took", count: ms },
                ]);
            }
        }
    }
}
