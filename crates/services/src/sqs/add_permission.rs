//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sqs::errors;
use crate::sqs::model::Queue;
use crate::sqs::permissions::{self, is_labelled, one_or_list};
use crate::tx::Tx;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermission {
    #[serde(default)]
    pub queue_url: String,
    pub label: String,
    #[serde(default, rename = "AWSAccountIds", alias = "AWSAccountId")]
    pub aws_account_ids: Vec<String>,
    #[serde(default, alias = "ActionName")]
    pub actions: Vec<String>,
}

impl Command for AddPermission {
    const NAME: &'static str = "AddPermission";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut queue = Arc::unwrap_or_clone(Queue::by_url(&self.queue_url, tx, context)?);
        self.check()?;
        let mut policy = permissions::policy(&queue);
        let statements = permissions::statements(&mut policy);
        if statements.iter().any(|statement| is_labelled(statement, &self.label)) {
            return Err(errors::invalid_value("Label", &self.label, "Already exists.").into());
        }
        statements.push(self.statement(&queue));
        queue.attributes.insert("Policy".to_owned(), Value::Object(policy).to_string());
        queue.modified_ms = context.now_ms;
        queue.put(tx);
        Ok(())
    }
}

impl AddPermission {
    fn check(&self) -> Result<(), Failure> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !(1..=80).contains(&self.label.len()) || !self.label.bytes().all(allowed) {
            let reason =
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.";
            return Err(errors::invalid_value("Label", &self.label, reason).into());
        }
        if self.aws_account_ids.is_empty() {
            return Err(errors::missing_parameter("PrincipalId").into());
        }
        if self.actions.is_empty() {
            return Err(errors::missing_parameter("Actions").into());
        }
        let is_account = |id: &&String| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(wrong) = self.aws_account_ids.iter().find(|id| !is_account(id)) {
            let reason = "Unable to verify.";
            return Err(errors::invalid_value("PrincipalId", format!("[{wrong}]"), reason).into());
        }
        let known = |action: &&String| *action == "*" || GRANTABLE.contains(&action.as_str());
        if let Some(wrong) = self.actions.iter().find(|action| !known(action)) {
            let reason = "Only the queue owner is allowed to invoke this action.";
            return Err(errors::invalid_value("ActionName", format!("SQS:{wrong}"), reason).into());
        }
        Ok(())
    }

    fn statement(&self, queue: &Queue) -> Value {
        let roots = self.aws_account_ids.iter().map(|id| format!("arn:aws:iam::{id}:root")).collect();
        let actions = self.actions.iter().map(|action| format!("SQS:{action}")).collect();
        json!({
            "Sid": self.label,
            "Effect": "Allow",
            "Principal": {"AWS": one_or_list(roots)},
            "Action": one_or_list(actions),
            "Resource": queue.arn(),
        })
    }
}

/// What an owner can let others do.
const GRANTABLE: &[&str] = &[
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
];
