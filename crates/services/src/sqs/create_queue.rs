//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
//!
//! Creating what is there already answers with it, if nothing that is given has another value there. A deleted queue's name
//! is free at once; AWS asks for a minute's patience, which would only slow tests down.

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::sqs::attributes::{self, Attributes};
use crate::sqs::model::{Queue, QueueName};
use crate::sqs::{errors, keys, tags};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateQueue {
    #[serde(default)]
    pub queue_name: String,
    #[serde(default, alias = "Attribute")]
    pub attributes: Attributes,
    #[serde(default, rename = "tags", alias = "Tag", alias = "Tags")]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueUrlOutput {
    pub queue_url: String,
}

impl Command for CreateQueue {
    const NAME: &'static str = "CreateQueue";
    type Output = QueueUrlOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<QueueUrlOutput, Failure> {
        let mut queue = self.queue(context)?;
        tags::check(&self.tags)?;
        let given = attributes::check(&self.attributes, &queue, tx)?;
        let key = keys::queue(context.scope(), &queue.name);
        if let Some(existing) = tx.row::<Queue>(&key)? {
            return match attributes::difference(&given, &existing) {
                Some(name) => Err(errors::queue_name_exists(name).into()),
                None => Ok(QueueUrlOutput { queue_url: existing.url(&context.request.base_url) }),
            };
        }
        queue.id = tx.next_sequence();
        attributes::set(&mut queue.attributes, given);
        tx.put(&key, &queue);
        tx.put(&keys::queue_by_id(queue.id), &QueueName::of(&queue));
        calls::queue_was_made(&queue.arn(), context.scope(), tx)?;
        Ok(QueueUrlOutput { queue_url: queue.url(&context.request.base_url) })
    }
}

impl CreateQueue {
    /// The queue as it would be made, of its kind but without its number and its other attributes.
    fn queue(&self, context: &Context) -> Result<Queue, Failure> {
        let is_fifo = match self.attributes.get("FifoQueue").map(|value| attributes::flag(value)) {
            None => false,
            Some(Some("true")) => true,
            Some(Some(_)) => return Err(errors::unknown_attribute("FifoQueue").into()),
            Some(None) => return Err(errors::invalid_attribute_value("FifoQueue").into()),
        };
        check_name(&self.queue_name, is_fifo)?;
        let kind = is_fifo.then(|| ("FifoQueue".to_owned(), "true".to_owned()));
        Ok(Queue {
            account: context.account().to_owned(),
            region: context.region().to_owned(),
            name: self.queue_name.clone(),
            created_ms: context.now_ms,
            modified_ms: context.now_ms,
            attributes: kind.into_iter().collect(),
            tags: self.tags.clone(),
            ..Queue::default()
        })
    }
}

fn check_name(name: &str, is_fifo: bool) -> Result<(), Failure> {
    let stem = if is_fifo { name.strip_suffix(".fifo").unwrap_or("") } else { name };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !stem.is_empty() && name.len() <= 80 && stem.bytes().all(allowed) {
        return Ok(());
    }
    Err(errors::invalid_queue_name(is_fifo).into())
}
