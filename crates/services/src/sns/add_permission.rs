//! <https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::sns::model::Topic;
use crate::sns::{errors, permissions};
use crate::tx::Tx;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermission {
    pub topic_arn: String,
    pub label: String,
    #[serde(rename = "AWSAccountId")]
    pub aws_account_id: Vec<String>,
    pub action_name: Vec<String>,
}

/// What an owner can let others do.
const GRANTABLE: &[&str] = &[
    "AddPermission",
    "DeleteTopic",
    "GetDataProtectionPolicy",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "ListTagsForResource",
    "Publish",
    "PutDataProtectionPolicy",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
];

impl Command for AddPermission {
    const NAME: &'static str = "AddPermission";
    type Output = ();

    fn apply(&self, tx: &mut Tx, _: &mut Context) -> Result<(), Failure> {
        let mut topic = Arc::unwrap_or_clone(Topic::by_arn(&self.topic_arn, tx)?);
        if !self.action_name.iter().all(|action| GRANTABLE.contains(&action.as_str())) {
            return Err(errors::invalid_parameter("Policy statement action out of service scope!").into());
        }
        let mut policy = permissions::policy(&topic);
        let statements = permissions::statements(&mut policy);
        if statements.iter().any(|statement| permissions::is_labelled(statement, &self.label)) {
            return Err(errors::invalid_parameter("Statement already exists").into());
        }
        statements.push(self.statement(&topic));
        topic.attributes.insert("Policy".to_owned(), policy.to_string());
        topic.put(tx);
        Ok(())
    }
}

impl AddPermission {
    fn statement(&self, topic: &Topic) -> Value {
        let roots = self.aws_account_id.iter().map(|id| format!("arn:aws:iam::{id}:root")).collect();
        let actions = self.action_name.iter().map(|action| format!("SNS:{action}")).collect();
        json!({
            "Sid": self.label,
            "Effect": "Allow",
            "Principal": {"AWS": permissions::one_or_list(roots)},
            "Action": permissions::one_or_list(actions),
            "Resource": topic.arn(),
        })
    }
}
