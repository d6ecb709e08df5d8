//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::errors;
use crate::sqs::model::Queue;
use crate::sqs::permissions::{self, is_labelled};
use crate::tx::Tx;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemovePermission {
    #[serde(default)]
    pub queue_url: String,
    pub label: String,
}

impl Command for RemovePermission {
    const NAME: &'static str = "RemovePermission";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut queue = Arc::unwrap_or_clone(Queue::by_url(&self.queue_url, tx, context)?);
        let mut policy = permissions::policy(&queue);
        let statements = permissions::statements(&mut policy);
        let before = statements.len();
        statements.retain(|statement| !is_labelled(statement, &self.label));
        if statements.len() == before {
            return Err(errors::invalid_value("Label", &self.label, "can't find label.").into());
        }
        // The last statement takes the policy with it.
        if statements.is_empty() {
            queue.attributes.remove("Policy");
        } else {
            queue.attributes.insert("Policy".to_owned(), Value::Object(policy).to_string());
        }
        queue.modified_ms = context.now_ms;
        queue.put(tx);
        Ok(())
    }
}
