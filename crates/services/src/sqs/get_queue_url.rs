//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::operation::Read;
use crate::rows::Rows;
use crate::sqs::create_queue::QueueUrlOutput;
use crate::sqs::model::Queue;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueueUrl {
    pub queue_name: String,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    pub queue_owner_aws_account_id: Option<String>,
}

impl Read for GetQueueUrl {
    const NAME: &'static str = "GetQueueUrl";
    type Output = QueueUrlOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<QueueUrlOutput, Failure> {
        let account = self.queue_owner_aws_account_id.as_deref().unwrap_or(context.account());
        let queue = Queue::by_name(&Scope::new(account, context.region()), &self.queue_name, rows)?;
        Ok(QueueUrlOutput { queue_url: queue.url(&context.request.base_url) })
    }
}
