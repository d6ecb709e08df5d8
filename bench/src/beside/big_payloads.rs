//! Messages of 250 KB, as many as go: the store has to put more in order than it can, and says so to those who send.

use super::Done;
use super::stop::{Stop, count};
use crate::http::{Connection, Prepared};
use crate::site::SettingUp;
use crate::trouble::Trouble;
use serde_json::json;
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;

const SENDERS: usize = 8;
const BYTES: usize = 250_000;

pub struct BigPayloads {
    address: SocketAddr,
    queue_url: String,
}

impl BigPayloads {
    /// # Errors
    /// What the server refused.
    pub async fn prepare(set_up: &mut SettingUp) -> Result<Self, Trouble> {
        let queue = set_up.queue("bulk").await?;
        Ok(Self { address: set_up.address(), queue_url: queue.url })
    }

    /// # Errors
    /// What the server refused.
    pub async fn disturb(self, stop: Stop) -> Result<Vec<Done>, Trouble> {
        let message = json!({"QueueUrl": self.queue_url, "MessageBody": noise(BYTES)});
        let body = Rc::new(message.to_string().into_bytes());
        let refused = Rc::new(Cell::new(0));
        let send = |_, counter: Rc<Cell<u64>>| {
            let (body, refused) = (body.clone(), refused.clone());
            async move {
                let request = Prepared::json(self.address, "sqs", "AmazonSQS", "SendMessage");
                let mut connection = Connection::open(self.address).await?;
                loop {
                    connection.insist(&request, &body).await?;
                    refused.set(refused.get() + connection.take_refused());
                    count(&counter);
                }
            }
        };
        let sent = stop.crowd(SENDERS, send).await?;
        Ok(vec![
            Done { what: "messages of 250 KB sent", count: sent },
            Done { what: "times their senders were told to slow down", count: refused.get() },
        ])
    }
}

/// Text that doesn't compress to nothing.
#[must_use]
pub fn noise(bytes: usize) -> String {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'a' + u8::try_from(state >> 24).unwrap_or_default() % 26)
    };
    std::iter::repeat_with(next).take(bytes).collect()
}
