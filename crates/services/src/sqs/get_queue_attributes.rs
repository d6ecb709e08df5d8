//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
//!
//! The counts are taken from the messages as they stand, and only when they are asked for: nobody keeps them up to date.

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Read;
use crate::row;
use crate::rows::Rows;
use crate::sqs::attributes::{self, Attributes};
use crate::sqs::model::{Queue, Ready};
use crate::sqs::{errors, keys};
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

/// Rows that are held at once while they are counted.
const CHUNK: usize = 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueueAttributes {
    #[serde(default)]
    pub queue_url: String,
    #[serde(default, alias = "AttributeName")]
    pub attribute_names: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueueAttributesOutput {
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

impl Read for GetQueueAttributes {
    const NAME: &'static str = "GetQueueAttributes";
    type Output = GetQueueAttributesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetQueueAttributesOutput, Failure> {
        let queue = Queue::by_url(&self.queue_url, rows, context)?;
        let asks_all = self.attribute_names.iter().any(|name| name == "All");
        let unknown = |name: &&String| *name != "All" && !attributes::is_known(name);
        if let Some(name) = self.attribute_names.iter().find(unknown) {
            return Err(errors::unknown_attribute(name).into());
        }
        let mut shown = attributes::shown(&queue);
        if asks_all || self.attribute_names.iter().any(|name| name.starts_with("ApproximateNumber")) {
            shown.extend(Counts::of(&queue, rows, context.now_ms)?.attributes());
        }
        shown.retain(|name, _| asks_all || self.attribute_names.contains(name));
        Ok(GetQueueAttributesOutput { attributes: shown })
    }
}

/// How many messages a queue has, by what can be done with them.
#[derive(Debug, Default)]
pub struct Counts {
    /// Can be received.
    pub visible: u64,
    /// Received, and hidden until its visibility timeout ends.
    pub in_flight: u64,
    /// Never received, and hidden until its delay ends.
    pub delayed: u64,
}

impl Counts {
    /// Counts the messages of a queue, but those whose retention is over.
    pub fn of(queue: &Queue, rows: &dyn Rows, now_ms: u64) -> Result<Self, Failure> {
        let mut counts = Self::default();
        let all = keys::readies(queue.id);
        let (mut start, end) = (all.as_bytes().to_vec(), all.end());
        loop {
            let chunk = rows.scan(&start, &end, Direction::Forward, CHUNK)?;
            for (key, value) in &chunk {
                let (visible_from_ms, _) = keys::read_ready(key)?;
                let ready: Ready = row::decode(value)?;
                if queue.has_forgotten(ready.sent_ms, now_ms) {
                    continue;
                }
                *match (visible_from_ms <= now_ms, ready.receive_count) {
                    (true, _) => &mut counts.visible,
                    (false, 0) => &mut counts.delayed,
                    (false, _) => &mut counts.in_flight,
                } += 1;
            }
            match chunk.last() {
                Some((key, _)) if chunk.len() == CHUNK => start = Key::after(key),
                _ => return Ok(counts),
            }
        }
    }

    fn attributes(&self) -> [(String, String); 3] {
        [
            ("ApproximateNumberOfMessages".to_owned(), self.visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible".to_owned(), self.in_flight.to_string()),
            ("ApproximateNumberOfMessagesDelayed".to_owned(), self.delayed.to_string()),
        ]
    }
}
