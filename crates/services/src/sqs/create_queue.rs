//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::sqs::model::Queue;
use crate::sqs::{errors, keys};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateQueue {
    #[serde(default)]
    pub queue_name: String,
    #[serde(default, alias = "Attribute")]
    pub attributes: BTreeMap<String, String>,
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
        check_name(&self.queue_name)?;
        let key = keys::queue(context.scope(), &self.queue_name);
        let queue = match tx.row::<Queue>(&key)? {
            Some(queue) => self.same(queue)?,
            None => {
                let queue = self.queue(tx.next_sequence(), context);
                tx.put(&key, &queue);
                queue
            }
        };
        Ok(QueueUrlOutput { queue_url: queue.url(&context.request.base_url) })
    }
}

impl CreateQueue {
    fn queue(&self, id: u64, context: &Context) -> Queue {
        Queue {
            id,
            account: context.account().to_owned(),
            region: context.region().to_owned(),
            name: self.queue_name.clone(),
            created_ms: context.now_ms,
            modified_ms: context.now_ms,
            attributes: self.attributes.clone(),
            tags: self.tags.clone(),
            purged_ms: 0,
        }
    }

    /// The queue that is there already, unless an attribute that is given has another value there.
    fn same(&self, queue: Queue) -> Result<Queue, Failure> {
        let differs = self.attributes.iter().find(|(name, value)| queue.attributes.get(*name) != Some(value));
        match differs {
            Some((name, _)) => Err(errors::queue_name_exists(name).into()),
            None => Ok(queue),
        }
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=80).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    let text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
    Err(errors::invalid_parameter(text).into())
}
