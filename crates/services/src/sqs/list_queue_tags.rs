//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::sqs::model::Queue;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueueTags {
    #[serde(default)]
    pub queue_url: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueueTagsOutput {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

impl Read for ListQueueTags {
    const NAME: &'static str = "ListQueueTags";
    type Output = ListQueueTagsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListQueueTagsOutput, Failure> {
        let queue = Queue::by_url(&self.queue_url, rows, context)?;
        Ok(ListQueueTagsOutput { tags: queue.tags.clone() })
    }
}
